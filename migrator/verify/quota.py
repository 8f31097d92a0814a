"""How much a verification may put on the disk outside of the engine: it is looked at while something runs."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.errors import MigratorError

if TYPE_CHECKING:
    from pathlib import Path

    from migrator.project import Project

_RESTS = 10


class OverDiskError(MigratorError):
    """There is, or would be, more in the folder than may be; not an error for a user: an outcome."""


def used(folder: Path, enough: int) -> int:
    """The bytes on the disk that a folder takes; counting ends where they are more than `enough`."""
    total = 0
    waiting = [str(folder)]
    while waiting and total <= enough:
        # What is made and removed meanwhile does not count, nor what cannot be looked into.
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
    return total


@dataclass
class Quota:
    """The limit of one folder, in bytes; None is no limit."""

    folder: Path
    limit: int | None
    exceeded: bool = False
    _next: float = field(default=0.0, repr=False)

    def __call__(self) -> bool:
        """Whether what runs is to be ended. A folder with very many files is not looked through all the time."""
        began = time.monotonic()
        if self.limit is not None and not self.exceeded and began >= self._next:
            self.exceeded = used(self.folder, self.limit) > self.limit
            self._next = time.monotonic() + _RESTS * (time.monotonic() - began)
        return self.exceeded

    def check(self) -> None:
        """Raise OverDiskError where there is too much by now."""
        self._next = 0.0
        if self():
            raise OverDiskError(f"more than {(self.limit or 0) >> 20} MB on the disk")

    def has_room(self, project: Project, root: Path | None) -> None:
        """Raise OverDiskError where the copy of a repository alone would be too much: huge files are not even read."""
        if self.limit is None or root is None:
            return
        total = 0
        for name in project.files:
            with contextlib.suppress(OSError):
                total += (root / name).lstat().st_size
        if total > self.limit:
            raise OverDiskError(f"the files of the repository are {total >> 20} MB")
