"""The merged root file system and the configuration of an image, as values that can be compared."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from migrator.verify.entry import Entry, Kind
from migrator.verify.reading import read_image

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from migrator.engine.base import Engine
    from migrator.verify.archive import Archive, Layer

CONFIG = (
    *("Env", "Cmd", "Entrypoint", "WorkingDir", "User", "ExposedPorts", "Volumes", "Labels", "StopSignal"),
    *("Healthcheck", "OnBuild", "Shell"),
)
# What stands beside the configuration and belongs to the image all the same, as the configuration's fields are named.
ABOUT = {
    "author": "Author",
    "os": "Os",
    "os.version": "OsVersion",
    "os.features": "OsFeatures",
    "architecture": "Architecture",
    "variant": "Variant",
}
# What builders and `docker commit` leave in it of the container that the image was made in. No engine reads any of it
# when it starts a container, and two builds never have the same.
OF_CONTAINER = frozenset(
    {
        *("Hostname", "Domainname", "Image", "AttachStdin", "AttachStdout", "AttachStderr"),
        *("Tty", "OpenStdin", "StdinOnce", "MacAddress"),
    }
)
# What only Windows asks for: the builders for Linux disagree on it.
OF_WINDOWS = frozenset({"ArgsEscaped"})


@dataclass(frozen=True)
class Snapshot:
    """An image as a value: absolute path to entry, and the part of the configuration that says how it runs.

    `partial` means that layers below were not read: entries of kind whiteout then stand for what is removed from them.
    """

    files: Mapping[str, Entry]
    config: Mapping[str, Any]
    partial: bool = False


def merge(layers: Iterable[Layer | None]) -> tuple[dict[str, Entry], bool]:
    """The file system that layers give together, lowest first, and whether some of them (None) are not known."""
    files: dict[str, Entry] = {}
    partial = False
    for number, layer in enumerate(layers):
        if layer is None:
            partial = True
        else:
            _apply(files, layer, number, partial=partial)
    _name_links(files)
    return files, partial


def _name_links(files: dict[str, Entry]) -> None:
    """Give all names of one file that are left the first of them, whichever of them a layer began with."""
    groups: dict[str, list[str]] = {}
    for path, entry in files.items():
        if entry.linked:
            groups.setdefault(entry.linked, []).append(path)
    for paths in groups.values():
        first = min(paths) if len(paths) > 1 else ""
        for path in paths:
            files[path] = replace(files[path], linked=first)


def _apply(files: dict[str, Entry], layer: Layer, number: int, *, partial: bool) -> None:
    gone = layer.removed | layer.opaque
    if gone:
        # Whiteouts speak of the layers below, wherever they stand in their own.
        for path in [path for path in files if _is_hidden(path, layer)]:
            del files[path]
    if partial:
        files.update({path: Entry(Kind.WHITEOUT) for path in layer.removed})
        files.update({posixpath.join(path, "*"): Entry(Kind.WHITEOUT) for path in layer.opaque})
    replaced = [
        path
        for path, entry in layer.entries.items()
        if entry.kind is not Kind.FOLDER and path in files and files[path].kind is Kind.FOLDER
    ]
    for path in replaced:
        for below in [name for name in files if name.startswith(f"{path}/")]:
            del files[below]
    for path, entry in layer.entries.items():
        before = files.get(path)
        if partial and entry.kind is Kind.FOLDER and before is not None and before.kind is not Kind.FOLDER:
            # What stood there kept the folder of the layers that are not known from being seen, and so does this one.
            files[posixpath.join(path, "*")] = Entry(Kind.WHITEOUT)
        found = _file_of(entry, layer, files) if entry.kind is Kind.HARD_LINK else entry
        # Names are one file within a layer: over two layers they are two files, whatever they are called.
        linked = f"{number}{entry.linked}" if entry.linked else ""
        files[path] = found if found.linked == linked else replace(found, linked=linked)


def _is_hidden(path: str, layer: Layer) -> bool:
    if path in layer.removed:
        return True
    parent = posixpath.dirname(path)
    while parent != path:
        if parent in layer.removed or parent in layer.opaque:
            return True
        path, parent = parent, posixpath.dirname(parent)
    return False


def _file_of(entry: Entry, layer: Layer, files: Mapping[str, Entry]) -> Entry:
    """The file that a hard link is one more name of; the link itself where the file is in a layer that was not read."""
    if entry.linked:
        return layer.entries[entry.linked]
    seen = 0
    found = entry
    while found.kind is Kind.HARD_LINK and seen <= len(layer.entries):
        seen += 1
        target = layer.entries.get(found.link) or files.get(found.link)
        if target is None:
            return entry
        found = target
    return found


def normal(name: str, value: Any) -> Any:  # noqa: ANN401 - JSON
    """A field of the configuration in the one spelling that the same meaning has: empty and absent are the same."""
    if name in {"ExposedPorts", "Volumes"}:
        value = sorted(value or ())
    return value or None


def of_archive(archive: Archive) -> Snapshot:
    """The snapshot of an image that was read."""
    files, partial = merge(archive.layers)
    return Snapshot(files, configuration(archive.config), partial)


def configuration(image: Mapping[str, Any]) -> dict[str, Any]:
    """All that the configuration of an image says, but for what only tells of the container it was made in.

    Fields that we do not know are among it: an engine may act on them.
    """
    config = image.get("config") or image.get("Config") or {}
    left_out = OF_CONTAINER if image.get("os") == "windows" else OF_CONTAINER | OF_WINDOWS
    about = {name: normal(name, image.get(key)) for key, name in ABOUT.items()}
    fields = {name: normal(name, value) for name, value in config.items() if name not in left_out}
    return {**dict.fromkeys(CONFIG), **fields, **{name: value for name, value in about.items() if value is not None}}


def take(engine: Engine, image: str, skip: Collection[str] = (), *, root: bool = True) -> Snapshot:
    """The snapshot of an image of an engine; layers in `skip` are not read where that is possible.

    Without `root` the entry of the root itself is left out: not every source has it.
    """
    found = of_archive(read_image(engine, image, skip, root=root))
    return found if root else replace(found, files={path: one for path, one in found.files.items() if path != "/"})


def take_pair(engine: Engine, legacy: str, new: str, needed: Collection[str] = ()) -> tuple[Snapshot, Snapshot]:
    """The snapshots of two images. What they share below is read only when what lies above it differs.

    Over the same layers the same entries give the same files; times are not looked at for that. Where a path of
    `needed` is not above what they share, everything is read as well.
    """
    one, other = engine.image(legacy), engine.image(new)
    shared = set(shared_layers(one.layers, other.layers)) if one and other else set()
    # By their ids, of which the engine need not be asked once more.
    legacy, new = one.id if one else legacy, other.id if other else new
    # The root itself comes with the lowest layer, and is the same where that is.
    root = not (one and other and one.layers[:1] == other.layers[:1])
    pair = (take(engine, legacy, shared, root=root), take(engine, new, shared, root=root))
    if (pair[0].partial or pair[1].partial) and not (
        timeless(pair[0]) == timeless(pair[1]) and all(is_known(path, pair[0].files) for path in needed)
    ):
        return take(engine, legacy, root=root), take(engine, new, root=root)
    return pair


def is_known(path: str, files: Mapping[str, Entry]) -> bool:
    """Whether the entries of upper layers say what is at a path: it, what is in it, or that it is gone."""
    inside = f"{path.rstrip('/')}/"
    entry = files.get(path)
    parent = posixpath.dirname(path)
    while parent not in {"/", ""}:
        if parent in files and files[parent].kind is Kind.WHITEOUT:
            return True
        parent = posixpath.dirname(parent)
    return (entry is not None and entry.kind is not Kind.FOLDER) or any(name.startswith(inside) for name in files)


def shared_layers(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    """The diff ids with which both lists begin, without those that come again further up."""
    shared = []
    rest_one, rest_other = list(one), list(other)
    while rest_one and rest_other and rest_one[0] == rest_other[0]:
        shared.append(rest_one.pop(0))
        rest_other.pop(0)
    return tuple(digest for digest in shared if digest not in rest_one and digest not in rest_other)


def timeless(snapshot: Snapshot) -> dict[str, Entry]:
    """The files of a snapshot without their times."""
    return {path: replace(entry, time=0) for path, entry in snapshot.files.items()}
