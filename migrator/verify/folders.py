"""Reads a layer from the folder in which overlayfs has it: nothing is packed, sent and unpacked again.

What a folder says beyond its files is written in https://docs.kernel.org/filesystems/overlayfs.html: a character device
0/0 removes a name, an attribute hides what is below.
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.verify.archive import BLOCK, NOTES, Layer
from migrator.verify.entry import Entry, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from migrator.verify.archive import Keep, Sink

_MARK = "trusted.overlay."
# The same, where a user without rights has mounted it; under any other it is an attribute like those of everybody.
_OF_USERS = "user.overlay."
_KINDS = {
    stat.S_IFDIR: Kind.FOLDER,
    stat.S_IFREG: Kind.FILE,
    stat.S_IFLNK: Kind.LINK,
    stat.S_IFCHR: Kind.CHARACTER,
    stat.S_IFBLK: Kind.BLOCK,
    stat.S_IFIFO: Kind.FIFO,
}


class IncompleteError(Exception):
    """The folder of a layer refers to others for what is in it."""


def read_folder(folder: Path, xattrs: tuple[str, ...], keep: Keep | None = None) -> Layer:
    """What the folder of one layer says; raises IncompleteError where that is not all of the layer.

    The root itself is not in it: engines give the top of their folders a mode and a time of their own.
    """
    return _Walk(folder, xattrs, keep).layer()


@dataclass
class _Walk:
    """One folder, while it is read."""

    folder: Path
    xattrs: tuple[str, ...]
    keep: Keep | None
    entries: dict[str, Entry] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    opaque: set[str] = field(default_factory=set)
    # Names of one file, by device and inode: it is read once.
    linked: dict[tuple[int, int], str] = field(default_factory=dict)
    # The first name of each file that has several.
    names: dict[tuple[int, int], str] = field(default_factory=dict)

    def layer(self) -> Layer:
        pending = [(str(self.folder), "")]
        while pending:
            where, inside = pending.pop()
            for path, name, status in _inside(where, inside):
                if status.st_rdev == 0 and stat.S_ISCHR(status.st_mode):
                    self.removed.add(name)
                    continue
                self.note(path, name, status)
                if stat.S_ISDIR(status.st_mode):
                    pending.append((path, name))
        return Layer(self.entries, frozenset(self.removed), frozenset(self.opaque))

    def note(self, path: str, name: str, status: os.stat_result) -> None:
        kind = _KINDS.get(stat.S_IFMT(status.st_mode))
        if kind is None:  # a socket, which no archive has
            return
        device = (os.major(status.st_rdev), os.minor(status.st_rdev))
        self.entries[name] = Entry(
            kind=kind,
            mode=stat.S_IMODE(status.st_mode),
            owner=(status.st_uid, status.st_gid),
            size=status.st_size if kind is Kind.FILE else 0,
            content=self.content(path, name, status) if kind is Kind.FILE else "",
            link=os.readlink(path) if kind is Kind.LINK else "",  # noqa: PTH115 - the text as it is
            device=device if kind in {Kind.CHARACTER, Kind.BLOCK} else None,
            xattrs=self.attributes(path, name),
            time=int(status.st_mtime),
            linked=self.first(name, status) if status.st_nlink > 1 and kind is not Kind.FOLDER else "",
        )

    def first(self, name: str, status: os.stat_result) -> str:
        """The name by which a file with several was met first."""
        return self.names.setdefault((status.st_dev, status.st_ino), name)

    def attributes(self, path: str, name: str) -> tuple[tuple[str, str], ...]:
        """The attributes that count; those of overlayfs are heeded."""
        found = []
        for key in os.listxattr(path, follow_symlinks=False):
            mark = key.removeprefix(_MARK) if key.startswith(_MARK) else None
            if mark == "opaque" and os.getxattr(path, key, follow_symlinks=False) == b"y":
                self.opaque.add(name)
            elif (mark is not None and mark not in NOTES) or key.startswith(_OF_USERS):
                # A name or a content that is elsewhere, names that are hidden in another way: the folder alone does
                # not say what is in the layer.
                raise IncompleteError(path)
            elif mark is None and key.startswith(self.xattrs):
                value = os.getxattr(path, key, follow_symlinks=False)
                found.append((key, value.decode("utf-8", "surrogateescape")))
        return tuple(sorted(found))

    def content(self, path: str, name: str, status: os.stat_result) -> str:
        sink = self.keep(name) if self.keep is not None else None
        identity = (status.st_dev, status.st_ino)
        if sink is None and identity in self.linked:
            return self.linked[identity]
        digest = _digest(path, sink)
        if status.st_nlink > 1:
            self.linked[identity] = digest
        return digest


def _inside(where: str, inside: str) -> Iterator[tuple[str, str, os.stat_result]]:
    with os.scandir(where) as listed:
        for entry in listed:
            yield entry.path, f"{inside}/{entry.name}", entry.stat(follow_symlinks=False)


def _digest(path: str, sink: Sink | None) -> str:
    found = hashlib.sha256()
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with open(descriptor, "rb", buffering=0) as source:  # noqa: PTH123 - a descriptor
        while block := source.read(BLOCK):
            found.update(block)
            if sink is not None:
                sink.write(block)
    if sink is not None:
        sink.close(found.hexdigest())
    return found.hexdigest()
