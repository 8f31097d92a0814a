"""What stands at a path of an image."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The type of a directory entry. A hard link is one only inside its layer: merged, it is the file."""

    FILE = "file"
    FOLDER = "directory"
    LINK = "symlink"
    CHARACTER = "character device"
    BLOCK = "block device"
    FIFO = "fifo"
    HARD_LINK = "hard link"
    WHITEOUT = "whiteout"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: all that a comparison may see. `content` is the sha256 of a file, `time` its seconds.

    `linked` is empty where nothing else is this very file, else the first path, in their order, of those that are.
    """

    kind: Kind
    mode: int = 0o644
    owner: tuple[int, int] = (0, 0)
    size: int = 0
    content: str = ""
    link: str = ""
    device: tuple[int, int] | None = None
    xattrs: tuple[tuple[str, str], ...] = ()
    time: int = 0
    linked: str = ""

    @property
    def described(self) -> str:
        """The entry in a few words, for a person."""
        owner = f"{self.owner[0]}:{self.owner[1]}"
        if self.kind is Kind.LINK:
            return f"{self.kind} -> {self.link}, {owner}"
        size = f", {self.size} bytes" if self.kind is Kind.FILE else ""
        return f"{self.kind} {self.mode:04o}, {owner}{size}"
