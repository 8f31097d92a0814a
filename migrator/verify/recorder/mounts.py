"""Folders of this machine in a script's containers: mounted only where the engine sees what is in them.

An engine on another machine, in a virtual machine or in a container of its own mounts what it has under the same path,
which is an empty folder as a rule: the script would fail, or build something else than it does at home.
"""

from __future__ import annotations

import contextlib
import io
import secrets
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.dockercli.names import MountKind
from migrator.dockercli.names import mount as parse_mount
from migrator.dockercli.names import volume as parse_volume

if TYPE_CHECKING:
    from migrator.verify.recorder.call import Call
    from migrator.verify.recorder.line import Line
    from migrator.verify.recorder.session import Session

UNSEEN = "unseen"
_SEEN = "seen"
_PLACE = "/migrator-probe"
# What an engine says of a folder to mount that it does not have: Docker, and podman.
_ABSENT = ("bind source path does not exist", "no such file or directory")


def unseen(session: Session) -> str | None:
    """The mount that the engine could not have done as it was meant; None where there was none."""
    path = Path(session.folder) / UNSEEN
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None


def are_seen(call: Call, line: Line, image: str) -> bool:
    """Whether the engine sees the files of this machine that a container is to have; asked once in a run."""
    sources = [mount.source for mount in map(parse_volume, line.values("volume")) if mount.kind is MountKind.BIND]
    sources += [mount.source for mount in map(parse_mount, line.values("mount")) if mount.kind is MountKind.BIND]
    if not any(_is_ours(call, source) for source in sources):
        return True
    folder = Path(call.session.folder)
    if not any((folder / name).exists() for name in (_SEEN, UNSEEN)):
        found = _probe(call, image)
        if found is None:
            return True
        (folder / (_SEEN if found else UNSEEN)).write_text(sources[0], encoding="utf-8", errors="replace")
    return (folder / _SEEN).exists()


def _is_ours(call: Call, source: str) -> bool:
    """Whether a path is in the copy of the repository, or beside it in what a script finds as its own."""
    place = Path.cwd() / source
    return place.is_relative_to(Path(call.session.folder).parent) or place.is_relative_to(call.session.root)


def _probe(call: Call, image: str) -> bool | None:
    """Whether the engine finds a file that we have just written; None where that cannot be told."""
    folder = Path(call.session.folder) / "probe"
    folder.mkdir(exist_ok=True)
    token = secrets.token_bytes(16)
    (folder / "token").write_bytes(token)
    container = call.session.thing(f"probe-{secrets.token_hex(6)}")
    # Not by `-v`, which makes the folder where it is missing. The container is never started.
    given = f"type=bind,source={folder},target={_PLACE}"
    try:
        made = call.ask("create", "--name", container, "--mount", given, image, "/never-started")
        if not made.ok:
            return False if any(text in made.complaint.lower() for text in _ABSENT) else None
        done = call.ask("cp", f"{container}:{_PLACE}/token", "-")
        return done.ok and _content(done.stdout) == token
    finally:
        call.ask("rm", "-f", "-v", container)


def _content(archive: bytes) -> bytes | None:
    with contextlib.suppress(tarfile.TarError), tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        for member in opened:
            file = opened.extractfile(member)
            if file is not None:
                return file.read()
    return None
