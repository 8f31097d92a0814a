"""What an image is, read from `docker save` by this file alone: it shares nothing with the tool's own verifier."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import posixpath
import tarfile
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from conftest import Engine

CONFIG = (
    "Env", "Cmd", "Entrypoint", "WorkingDir", "User", "ExposedPorts", "Volumes", "Labels", "StopSignal",
    "Healthcheck", "OnBuild", "Shell",
)  # fmt: skip
_KINDS = {tarfile.CHRTYPE: "char", tarfile.BLKTYPE: "block", tarfile.FIFOTYPE: "fifo"}


@dataclass(frozen=True)
class Entry:
    """One path of an image; a link has no mode of its own, a folder no size."""

    type: str
    mode: str
    owner: str
    size: int = 0
    content: str = ""
    link: str = ""
    device: str = ""
    xattr: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Snapshot:
    """The merged file system of an image by path, and its configuration; times are not part of it."""

    files: dict[str, Entry]
    config: dict[str, Any]


def snapshot(engine: Engine, image: str, scratch: Path) -> Snapshot:
    """Reads an image of the engine, layer by layer."""
    archive = scratch / "image.tar"
    tagged = image if ":" in image.rsplit("/", 1)[-1] else f"{image}:latest"
    engine.docker("save", "-o", str(archive), tagged)
    files: dict[str, Entry] = {}
    with tarfile.open(archive) as outer:
        (manifest,) = json.loads(_member(outer, "manifest.json"))
        config = json.loads(_member(outer, manifest["Config"])).get("config", {})
        for layer in manifest["Layers"]:
            with tarfile.open(fileobj=outer.extractfile(layer)) as inner:
                _apply(files, inner)
    archive.unlink()
    return Snapshot(files, {name: _plain(name, config.get(name)) for name in CONFIG})


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    stream = archive.extractfile(name)
    assert stream is not None
    return stream.read()


def _plain(name: str, value: object) -> object:
    if name == "Env" and isinstance(value, list):
        return dict(item.split("=", 1) for item in value)
    return value or None


def _apply(files: dict[str, Entry], layer: tarfile.TarFile) -> None:
    members = [(posixpath.normpath("/" + member.name.lstrip("/")), member) for member in layer]
    for path, _ in members:  # what a layer hides lies below it, wherever in the layer it says so
        folder, name = posixpath.split(path)
        if name == ".wh..wh..opq":
            _remove(files, folder, itself=False)
        elif name.startswith(".wh."):
            _remove(files, posixpath.join(folder, name[4:]), itself=True)
    for path, member in members:
        if posixpath.basename(path).startswith(".wh."):
            continue
        entry = _entry(files, layer, member)
        if entry.type != "folder" and path in files and files[path].type == "folder":
            _remove(files, path, itself=True)
        files[path] = entry


def _remove(files: dict[str, Entry], path: str, *, itself: bool) -> None:
    prefix = path.rstrip("/") + "/"
    for name in [name for name in files if name.startswith(prefix) or (itself and name == path)]:
        del files[name]


def _entry(files: dict[str, Entry], layer: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
    prefix = "SCHILY.xattr."
    # overlayfs under a podman without rights writes notes there, for itself: no container of its sees them.
    given = {k.removeprefix(prefix): v for k, v in member.pax_headers.items() if k.startswith(prefix)}
    xattr = tuple(sorted((k, v) for k, v in given.items() if k not in {"user.overlay.origin", "user.overlay.impure"}))
    mode, owner = f"{member.mode & 0o7777:04o}", f"{member.uid}:{member.gid}"
    if member.islnk():  # one more name of a file that is there already
        return files[posixpath.normpath("/" + member.linkname.lstrip("/"))]
    if member.isdir():
        return Entry("folder", mode, owner, xattr=xattr)
    if member.issym():
        return Entry("link", "", owner, link=member.linkname, xattr=xattr)
    if member.isfile():
        stream = layer.extractfile(member)
        assert stream is not None
        digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]  # it reads like a file
        return Entry("file", mode, owner, member.size, digest, xattr=xattr)
    return Entry(
        _KINDS.get(member.type, "other"), mode, owner, device=f"{member.devmajor}:{member.devminor}", xattr=xattr
    )


def differences(legacy: Snapshot, new: Snapshot, set_aside: Sequence[str] = ()) -> list[str]:
    """One line for every difference, but at the paths that are set aside."""
    lines = []
    for path in sorted(legacy.files.keys() | new.files.keys()):
        if any(fnmatch.fnmatch(path, pattern) for pattern in set_aside):
            continue
        old, now = legacy.files.get(path), new.files.get(path)
        if old is None or now is None:
            lines.append(f"{path}: legacy {_short(old)}, new {_short(now)}")
            continue
        lines += [
            f"{path}: {item.name} {str(getattr(old, item.name))[:12]} → {str(getattr(now, item.name))[:12]}"
            for item in fields(Entry)
            if getattr(old, item.name) != getattr(now, item.name)
        ]
    for name in CONFIG:
        if legacy.config[name] != new.config[name]:
            lines.append(f"config.{name}: {legacy.config[name]!r} → {new.config[name]!r}")
    return lines


def _short(entry: Entry | None) -> str:
    return f"{entry.type} {entry.mode} {entry.owner}" if entry is not None else "nothing"
