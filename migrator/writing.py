"""Writing into a repository: each file at once or not at all, and a set of files all together or none of them."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from migrator.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# mkstemp makes files that only their owner can read; a new file of a repository is an ordinary one.
_ORDINARY = 0o666


@dataclass(frozen=True)
class _Prepared:
    """One change whose new content is on disk already, beside the file that it will replace."""

    path: Path
    new: Path | None
    old: Path | None


def write_file(path: Path, content: str) -> None:
    """Put `content` at `path`: a reader sees the old file or the new one, and a mode that was set stays."""
    _apply([(path, content)])


def write_changes(root: Path, changes: Mapping[str, str | None]) -> None:
    """Write every path (from `root`) with its whole new text, or delete it for None; all of them or none.

    Raises ProjectError, and leaves everything as it was, when one of them cannot be written.
    """
    top = root.resolve()
    refuse_submodules(root, changes)
    _apply([(_destination(top, name, delete=content is None), content) for name, content in changes.items()])


def refuse_submodules(root: Path, names: Iterable[str]) -> None:
    """Raises ProjectError when a path lies in a repository of its own below `root`: no commit of this one holds it."""
    for name in names:
        below = [*PurePosixPath(name).parents][:-1]
        inner = next((place for place in below if (root / place / ".git").exists()), None)
        if inner is not None:
            advice = f"Run migrator in {inner} itself, commit there, and then commit the new state of {inner} here."
            raise ProjectError(f"{name} belongs to another repository, the one in {inner} (a submodule?)", advice)


def _destination(top: Path, name: str, *, delete: bool) -> Path:
    """Where a change lands: a link is written through, since that is what an editor does, but not out of `top`."""
    path = top / name
    landing = path.parent.resolve() / path.name if delete else path.resolve()
    if not landing.is_relative_to(top) or landing == top:
        raise ProjectError(f"{name} leads out of the repository", "Nothing was written.")
    return landing


def _apply(changes: Iterable[tuple[Path, str | None]]) -> None:
    prepared: list[_Prepared] = []
    folders: list[Path] = []
    done: list[_Prepared] = []
    try:
        for path, content in changes:
            folders.extend(_make_folders(path.parent))
            prepared.append(_prepare(path, content))
        # From here on nothing needs room on the disk: names are exchanged, nothing else.
        for change in prepared:
            done.append(change)
            if change.new is not None:
                change.new.replace(change.path)
            else:
                change.path.unlink(missing_ok=True)
    except BaseException as error:
        _undo(done, folders, prepared)
        if isinstance(error, OSError):
            where = error.filename2 or error.filename or "the repository"
            raise ProjectError(f"cannot write {where}: {error.strerror}", "Nothing was changed.") from error
        raise
    for change in prepared:
        if change.old is not None:
            with suppress(OSError):
                change.old.unlink(missing_ok=True)


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder and its parents; gives back those that were not there, the deepest first."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _prepare(path: Path, content: str | None) -> _Prepared:
    """Put the new content and a second name for the old file beside `path`."""
    before = path.lstat() if path.is_symlink() or path.exists() else None
    if before is not None and stat.S_ISDIR(before.st_mode):
        raise IsADirectoryError(21, "is a folder", str(path))
    new = None if content is None else _write_beside(path, content, before)
    try:
        old = None if before is None else _keep_beside(path)
    except BaseException:
        if new is not None:
            new.unlink(missing_ok=True)
        raise
    return _Prepared(path, new, old)


def _write_beside(path: Path, content: str, before: os.stat_result | None) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=".new", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode("utf-8", "surrogateescape"))
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), stat.S_IMODE(before.st_mode) if before else _ORDINARY & ~_umask())
            if before is not None:
                # Only root may give files away; for anyone else the file is their own already.
                with suppress(PermissionError):
                    os.fchown(file.fileno(), before.st_uid, before.st_gid)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _keep_beside(path: Path) -> Path:
    """A second name for the file as it is, to put it back from."""
    kept = Path(tempfile.mktemp(prefix=f".{path.name[:100]}.", suffix=".old", dir=path.parent))  # noqa: S306 - link(2) refuses an existing name
    try:
        os.link(path, kept, follow_symlinks=False)
    except OSError:
        shutil.copy2(path, kept, follow_symlinks=False)
    return kept


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _undo(done: list[_Prepared], folders: list[Path], prepared: list[_Prepared]) -> None:
    """Put back what was exchanged and remove what was laid beside; goes on as far as the disk allows."""
    for change in reversed(done):
        with suppress(OSError):
            if change.old is not None:
                change.old.replace(change.path)
            else:
                change.path.unlink(missing_ok=True)
    for change in prepared:
        for extra in (change.new, change.old):
            if extra is not None:
                with suppress(OSError):
                    extra.unlink(missing_ok=True)
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
