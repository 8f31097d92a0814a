"""A bare repository as a `Project`: the files of its HEAD, read from git's objects; nothing is checked out."""

from __future__ import annotations

import os
import stat
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from dulwich.objects import Blob, Commit, Tag, Tree
from dulwich.repo import Repo

from migrator.errors import ProjectError
from migrator.organisation.scan import LARGEST
from migrator.project import Kind, Project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from dulwich.objects import ObjectID


@dataclass(frozen=True)
class Missing:
    """For a repository that lacks files: what fetches some by their numbers, and which to fetch before any is read."""

    fetch: Callable[[Iterable[bytes]], None]
    matters: Callable[[str, Kind], bool]


@dataclass(frozen=True)
class Bare(Project):
    """A project of which the text is never that of a file too large to be a script."""

    def text(self, path: str) -> str | None:
        """The text of a file, or None when there is no such file, it is too large, or it is not UTF-8 text."""
        if path not in self.files or self.files[path] is Kind.LINK:
            return None
        return super().text(path)


@contextmanager
def opened(path: str, missing: Missing | None = None) -> Iterator[Bare | None]:
    """The files of HEAD; None when there is no commit yet. Raises ProjectError when git's data cannot be read.

    Files are read in the block only: git's data is open as long.
    """
    repository = _repository(path)
    with closing(repository):
        yield _load(repository, path, missing)


def load(path: str) -> Bare | None:
    """The same for a process that reads one repository and ends."""
    return _load(_repository(path), path, None)


def _repository(path: str) -> Repo:
    try:
        return Repo(path)
    except Exception as error:  # a repository can be broken in more ways than dulwich has exceptions
        raise _broken(path, error) from error


def _load(repository: Repo, path: str, missing: Missing | None) -> Bare | None:
    try:
        head = _head(repository)
        if head is None:
            return None
        entries = list(_entries(repository, head))
    except Exception as error:
        raise _broken(path, error) from error
    if missing is not None:
        missing.fetch(dict.fromkeys(sha for name, kind, sha in entries if missing.matters(name, kind)))
    blob = partial(_blob, repository, path, missing)
    numbers = {name: sha for name, _, sha in entries}
    links = {name: os.fsdecode(blob(sha)) for name, kind, sha in entries if kind is Kind.LINK}
    files = dict(sorted((name, kind) for name, kind, _ in entries))
    name = os.path.basename(os.path.abspath(path)).removesuffix(".git")  # noqa: PTH100, PTH119 - bytes may be odd
    return Bare(name, files, lambda file: blob(numbers[file]), links)


def _broken(path: str, error: BaseException) -> ProjectError:
    detail = " ".join(str(error).split()) or type(error).__name__
    return ProjectError(
        f"cannot read git's data of {path}: {detail}", "`git fsck` says whether the repository is sound."
    )


def _head(repository: Repo) -> ObjectID | None:
    """The tree of HEAD."""
    try:
        found = repository[repository.head()]
    except KeyError:
        if repository.get_refs().keys() - {b"HEAD"}:
            raise ValueError("HEAD names a branch that is not there") from None
        return None
    while isinstance(found, Tag):
        found = repository[found.object[1]]
    if not isinstance(found, Commit):
        raise TypeError("HEAD is no commit")
    tree: ObjectID = found.tree
    return tree


def _entries(repository: Repo, tree: ObjectID) -> Iterator[tuple[str, Kind, ObjectID]]:
    """Every file of a tree; a submodule is none."""
    waiting = [(b"", tree)]
    while waiting:
        prefix, number = waiting.pop()
        found = repository.object_store[number]
        if not isinstance(found, Tree):
            raise TypeError(f"{number.decode()} is no tree")
        for entry in found.iteritems():
            name, mode, sha = prefix + entry.path, entry.mode, entry.sha
            if stat.S_ISDIR(mode):
                waiting.append((name + b"/", sha))
            elif stat.S_ISLNK(mode):
                yield os.fsdecode(name), Kind.LINK, sha
            elif stat.S_ISREG(mode):
                yield os.fsdecode(name), Kind.EXECUTABLE if mode & stat.S_IXUSR else Kind.FILE, sha


def _blob(repository: Repo, path: str, missing: Missing | None, number: ObjectID) -> bytes:
    if missing is not None and number not in repository.object_store:
        missing.fetch((number,))
    try:
        found = repository.object_store[number]
    except Exception as error:
        raise _broken(path, error) from error
    if not isinstance(found, Blob):
        raise ProjectError(f"{number.decode()} of {path} is no file")
    data = found.as_raw_string()
    return b"\0" if len(data) > LARGEST else data
