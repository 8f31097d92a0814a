"""From a folder on disk to a `Project`: the files of a clean checkout, read when they are asked for.

A checkout is what git tracks, and a new Dockerfile that it is not told to ignore. Whatever an earlier run of a script
left behind is not part of it, and must not be: `docker cp` gives another result when its destination already exists.
Where git tracks nothing (an unpacked archive, a repository without its first `git add`), every file that is there
counts.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from dulwich.index import Index

from migrator.errors import ProjectError
from migrator.project import Kind, Project

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUBMODULE = 0o160000
_NEW = ("Dockerfile", "Dockerfile.multistage")
# Scripts and Dockerfiles are thousands of times smaller; what is larger is data, whatever its name is.
_LARGEST_TEXT = 16 << 20


@dataclass(frozen=True)
class Checkout(Project):
    """A project on a disk: its text is never read over a link that leads nowhere, nor out of a huge file."""

    root: Path = field(default_factory=Path, compare=False)

    def text(self, path: str) -> str | None:
        """The text of a file, or None when there is no such file, it is too large, or it is not UTF-8 text."""
        if path not in self.files:
            return None
        target = _target(self.root, path)
        if target is None or os.stat(target).st_size > _LARGEST_TEXT:  # noqa: PTH116 - hot
            return None
        return super().text(path)


def load(path: Path) -> Checkout:
    """The checkout in the folder `path`; raises ProjectError when it cannot be listed."""
    try:
        root = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise _unreadable(path, error) from error
    if not root.is_dir():
        raise ProjectError(f"{path} is not a folder", "Give the folder that holds the repository.")
    files: dict[str, Kind] = {}
    links: dict[str, str] = {}
    tracked = _tracked(root)
    for name in (*tracked, *_added(root, tracked)) if tracked else _present(root):
        found = _kind(root, name)
        if found is not None:
            files[name] = found
            if found is Kind.LINK:
                links[name] = str((root / name).readlink())
    return Checkout(root.name, dict(sorted(files.items())), lambda name: _read(root, name), links, root)


def root_of(script: Path) -> Path:
    """The root of the repository that holds `script`: git's top level, else the folder that it is in."""
    folder = script.absolute().parent
    return _top_level(folder) or folder


def _unreadable(path: Path | str, error: BaseException) -> ProjectError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return ProjectError(f"cannot read {path}: {reason}", "Check that the path exists and that you may read it.")


def _top_level(folder: Path) -> Path | None:
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), None)


def _git_folder(top: Path) -> Path:
    """Where git keeps its data: `.git`, or for a worktree or submodule the folder that the file `.git` names."""
    marker = top / ".git"
    if marker.is_dir():
        return marker
    named = marker.read_text(encoding="utf-8", errors="surrogateescape").removeprefix("gitdir:").strip()
    return top / named


def _tracked(root: Path) -> list[str]:
    """Paths below `root` that git tracks; nothing when there is no index, or none of it is below `root`."""
    top = _top_level(root)
    if top is None:
        return []
    try:
        index = _git_folder(top) / "index"
        if not index.is_file():
            return []
        status = index.stat()
        entries = _entries(os.fspath(index), (status.st_ino, status.st_size, status.st_mtime_ns))
    except Exception as error:  # an index can be broken in more ways than dulwich has exceptions
        raise ProjectError(
            f"cannot read git's index of {top}: {error}", "`git status` says whether the repository is sound."
        ) from error
    prefix = "" if root == top else root.relative_to(top).as_posix() + "/"
    found: list[str] = []
    for name, mode in entries:
        if not name.startswith(prefix):
            continue
        below = name[len(prefix) :]
        if mode == _SUBMODULE:
            found.extend(f"{below}/{inner}" for inner in _submodule(root / below))
        else:
            found.append(below)
    return found


def _added(root: Path, tracked: list[str]) -> list[str]:
    """The Dockerfiles beside what is tracked that git was not told of yet and is not told to ignore: new ones.

    No build leaves one behind; a person wrote it, or `migrate` did.
    """
    known = set(tracked)
    folders = dict.fromkeys(("", *(name.rpartition("/")[0] for name in tracked)))
    names = (f"{folder}/{base}".lstrip("/") for folder in folders for base in _NEW)
    found = [name for name in names if name not in known and _kind(root, name) is Kind.FILE]
    top = _top_level(root) if found else None
    if top is None:
        return []
    from dulwich.ignore import IgnoreFilterManager  # noqa: PLC0415 - needed for few repositories only
    from dulwich.repo import Repo  # noqa: PLC0415

    try:
        ignored = IgnoreFilterManager.from_repo(Repo(os.fspath(top)))
        prefix = "" if root == top else root.relative_to(top).as_posix() + "/"
        return [name for name in found if not ignored.is_ignored(prefix + name)]
    except Exception:  # noqa: BLE001 - as with the index; without the rules nothing is known to be new
        return []


# git writes an index anew under another name and puts it in place of the old one. Folders of one repository share it.
@lru_cache(maxsize=1)
def _entries(index: str, _state: tuple[int, int, int]) -> list[tuple[str, int]]:
    """The paths of an index with their modes."""
    return [(os.fsdecode(name), getattr(entry, "mode", 0)) for name, entry in Index(index).items()]


def _submodule(folder: Path) -> list[str]:
    """What a submodule's own repository tracks, when it has been fetched."""
    return _tracked(folder) if (folder / ".git").exists() else []


def _present(root: Path) -> Iterator[str]:
    """Every file below `root` that is not git's own. Links are never followed, so a cycle of them ends nothing."""

    def stop(error: OSError) -> None:
        raise _unreadable(error.filename, error)

    for folder, folders, names in os.walk(root, onerror=stop):
        folders[:] = sorted(name for name in folders if name != ".git")
        linked = [name for name in folders if os.path.islink(os.path.join(folder, name))]  # noqa: PTH114, PTH118 - hot
        relative = os.path.relpath(folder, root)
        for name in (*names, *linked):
            if name != ".git":
                yield name if relative == "." else f"{relative}/{name}"


def _kind(root: Path, name: str) -> Kind | None:
    """What stands at a path; None for what a checkout cannot hold (a socket, a device) or no longer has."""
    try:
        mode = os.lstat(os.path.join(root, name)).st_mode  # noqa: PTH118 - hot
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(root / name, error) from error
    if stat.S_ISLNK(mode):
        return Kind.LINK
    if stat.S_ISREG(mode):
        return Kind.EXECUTABLE if mode & stat.S_IXUSR else Kind.FILE
    return None


def _target(root: Path, name: str) -> str | None:
    """The regular file of the repository that a path leads to, over links if need be; None when there is none."""
    try:
        if _is_plain(root, name):
            return os.path.join(root, name)  # noqa: PTH118 - as below
        # Strings: a path object costs as much as the file itself.
        target = os.path.realpath(os.path.join(root, name), strict=True)  # noqa: PTH118
        inside = target.startswith(os.path.join(root, ""))  # noqa: PTH118
        return target if inside and os.path.isfile(target) else None  # noqa: PTH113
    except (OSError, ValueError):
        return None


def _is_plain(root: Path, name: str) -> bool:
    """Whether a path is that of a regular file with no link on the way from the root, which has none itself."""
    place = os.fspath(root)
    *folders, base = name.split("/")
    for folder in folders:
        place = f"{place}/{folder}"
        if folder in {"", ".", ".."} or not stat.S_ISDIR(os.lstat(place).st_mode):
            return False
    return base not in {"", ".", ".."} and stat.S_ISREG(os.lstat(f"{place}/{base}").st_mode)


def _read(root: Path, name: str) -> bytes:
    """The bytes of a file of the checkout. A link is followed, but never out of the repository."""
    target = _target(root, name)
    if target is None:
        raise ProjectError(
            f"{name} is not a file of the repository", "It is gone, or a link that leads to no file in there."
        )
    try:
        with open(target, "rb") as stream:  # noqa: PTH123 - hot
            return stream.read()
    except OSError as error:
        raise _unreadable(name, error) from error
