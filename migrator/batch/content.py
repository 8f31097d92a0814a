"""What an answer stands on: the names of all files of a repository, and the bytes of those that were read."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from migrator.errors import ProjectError
from migrator.organisation.audit import Read
from migrator.project import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from migrator.batch.task import Known
    from migrator.project import Project

_BLOCK = 1 << 20


class Watched(Read):
    """A project that remembers which files were asked for."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        object.__setattr__(self, "asked", set())
        object.__setattr__(self, "reader", self._remembering(project.read))

    def _remembering(self, read: Callable[[str], bytes]) -> Callable[[str], bytes]:
        asked: set[str] = vars(self)["asked"]

        def remembered(name: str) -> bytes:
            asked.add(name)
            return read(name)

        return remembered

    def text(self, path: str) -> str | None:
        """The text of a file, as the project has it."""
        if path in self.files:
            asked: set[str] = vars(self)["asked"]
            asked.add(path)
        return super().text(path)

    @property
    def read_files(self) -> tuple[str, ...]:
        """The files that were asked for so far, by name."""
        asked: set[str] = vars(self)["asked"]
        return tuple(sorted(asked))


def digest(project: Project, root: str | None, meaning: str, read: Iterable[str] | None) -> str:
    """The digest of the listing and of the bytes of the files `read`, all of them for None; `meaning` goes in."""
    found = hashlib.sha256(os.fsencode(meaning) + b"\0")
    for name, kind in sorted(project.files.items()):
        for part in (name, str(kind), project.links.get(name, "")):
            found.update(os.fsencode(part) + b"\0")
    for name in sorted(project.files if read is None else read):
        found.update(os.fsencode(name) + b"\0" + _of_file(project, root, name))
    return found.hexdigest()


def still_holds(project: Project, root: str | None, meaning: str, known: Known) -> bool:
    """Whether what an answer stands on is there as it was, or as it was left by what was written."""
    return digest(project, root, meaning, known.read) == known.digest or (
        known.after is not None and digest(project, root, meaning, None) == known.after
    )


def _of_file(project: Project, root: str | None, name: str) -> bytes:
    """The digest of one file; of one that cannot be read, that it cannot."""
    if name not in project.files:
        return b"gone"
    try:
        if root is None or project.files[name] is Kind.LINK:
            return hashlib.sha256(project.read(name)).digest()
        # A large one need not fit into the memory.
        found = hashlib.sha256()
        number = os.open(os.path.join(root, name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)  # noqa: PTH118 - odd names
        try:
            while block := os.read(number, _BLOCK):
                found.update(block)
        finally:
            os.close(number)
        return found.digest()
    except (OSError, ProjectError) as error:
        return type(error).__name__.encode()
