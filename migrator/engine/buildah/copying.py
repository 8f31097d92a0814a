"""`docker cp` between this machine and the files of a working container, by the rules of docker's own client.

They are those of docker/cli, cli/command/container/cp.go, and moby/moby, pkg/archive/copy.go: which end is followed
when it is a link, whether a folder is copied to a place or into it, what the copy is called. A path of a container
is resolved within the container, and where a folder of this machine is mounted in it, there.
"""

from __future__ import annotations

import os
import posixpath
import stat
import sys
import tempfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from migrator.engine.buildah.archive import Unpacking, pack
from migrator.engine.buildah.enginefiles import add_engine_files, holds_engine_files
from migrator.engine.buildah.store import RefusedError, WordError

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.engine.buildah.store import State

_LINKS = 255
_ITERATIONS = 10


@dataclass(frozen=True)
class Tree:
    """The files of a container as it sees them: its own at `root`, and what is mounted over them."""

    root: str
    state: State

    def host(self, path: str) -> str:
        """Where a path of the container, that has no links in it, is on this machine."""
        if any(_is_below(path, one) for one in self.state.tmpfs):
            raise RefusedError(f"{path}, which is in memory only while the container runs")
        over = [one for one in self.state.mounts if _is_below(path, one.target)]
        if not over:
            return posixpath.normpath(f"{self.root}/{path}")
        mount = max(over, key=lambda one: len(one.target))
        return posixpath.normpath(f"{mount.source}/{path[len(mount.target) :]}")

    def is_whole(self, path: str) -> bool:
        """Whether nothing is mounted below a path."""
        targets = (*(one.target for one in self.state.mounts), *self.state.tmpfs)
        return not any(target != path and _is_below(target, path) for target in targets)

    def status(self, path: str) -> os.stat_result:
        """What is at a path of which the folder has no links in it; raises OSError."""
        return os.lstat(self.host(path))

    def resolved(self, path: str) -> str:
        """A path of the container without links, as the container would follow them; it need not exist."""
        left, found, count = _parts(path), "", 0
        while left:
            name = left.pop(0)
            if name == "..":
                found = posixpath.dirname(found) if found.count("/") > 1 else ""
                continue
            here = f"{found}/{name}"
            try:
                target = os.readlink(self.host(here))  # noqa: PTH115 - the text as it is
            except OSError:
                found = here
                continue
            count += 1
            if count > _LINKS:
                raise WordError(f"too many links in {path}")
            left = _parts(target) + left
            found = "" if target.startswith("/") else found
        return found or "/"


def _parts(path: str) -> list[str]:
    return [name for name in path.split("/") if name not in {"", "."}]


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith("/" if folder == "/" else f"{folder}/")


@dataclass(frozen=True)
class Info:
    """One end of a copy, as docker's CopyInfo."""

    path: str
    exists: bool = False
    is_dir: bool = False
    rebase: str = ""


def split(path: str) -> tuple[str, str]:
    """Docker's SplitPathDirEntry: folder and last name of a path, the name being `.` where the path ends so."""
    clean = clean_path(path)
    if _says_current(path):
        return clean, "."
    folder, base = posixpath.split(clean)
    return folder or ("." if base else "/"), base or "/"


def clean_path(path: str) -> str:
    """A path as Go's filepath.Clean leaves it."""
    found = posixpath.normpath(path)
    return f"/{found.lstrip('/')}" if found.startswith("/") else found


def _says_current(path: str) -> bool:
    return posixpath.basename(path.rstrip("/")) == "." or path == ""


def preserved(clean: str, original: str) -> str:
    """A cleaned path with the `/.` or `/` that the one had which was written."""
    if not _says_current(clean) and _says_current(original):
        clean = f"{clean.rstrip('/')}/."
    if original.endswith("/") and not clean.endswith("/"):
        clean += "/"
    return clean


def local(path: str) -> str:
    """A path of this machine, absolute, with the end that it was written with."""
    # Also where the path is empty: that is the folder where we are.
    return preserved(posixpath.normpath(posixpath.join(os.getcwd(), path)), path)  # noqa: PTH109 - text


def _rebased(old: str, new: str) -> Callable[[str], str]:
    """How the names of an archive change whose first part is another one from now on."""
    old = "" if old == "/" else old
    return lambda name: name.replace(old, new, 1) if old else f"{new}{name}"


def _same(name: str) -> str:
    return name


def prepared(source: Info, target: Info) -> tuple[str, Callable[[str], str]]:
    """Docker's PrepareArchiveCopy: the folder to unpack in, and how the names in the archive change."""
    folder, base = split(target.path)
    own = source.rebase or split(source.path)[1]
    if target.exists and target.is_dir:
        return target.path, _same
    if target.exists and source.is_dir:
        raise WordError("cannot copy directory")
    if not target.exists and not source.is_dir and (target.path.endswith("/") or _says_current(target.path)):
        raise WordError("no such directory")
    return folder, _rebased(own, base)


def local_target(path: str) -> Info:
    """Docker's CopyInfoDestinationPath: a place on this machine, links followed to where they lead."""
    for count in range(_LINKS):
        try:
            status = os.lstat(path)
        except FileNotFoundError:
            parent = split(path)[0]
            if not stat.S_ISDIR(os.stat(parent).st_mode):  # noqa: PTH116 - a text with its end
                raise WordError("not a directory") from None
            return Info(path)
        if not stat.S_ISLNK(status.st_mode):
            return Info(path, exists=True, is_dir=stat.S_ISDIR(status.st_mode))
        if count > _ITERATIONS:
            break
        path = posixpath.join(split(path)[0], os.readlink(path))  # noqa: PTH115 - as above
    raise WordError(f'too many symlinks in "{path}"')


def local_source(path: str, *, follow: bool) -> Info:
    """Docker's CopyInfoSourcePath: what is to be copied from this machine."""
    if follow:
        resolved, rebase = rebase_name(path, os.path.realpath(path, strict=True))
    else:
        folder, base = posixpath.split(path)
        resolved = f"{os.path.realpath(folder, strict=True)}/{base}".replace("//", "/")
        changed = path.endswith("/") and _base(path) != _base(resolved)
        rebase = _base(path) if changed else ""
    return Info(resolved, exists=True, is_dir=stat.S_ISDIR(os.lstat(resolved).st_mode), rebase=rebase)


def rebase_name(path: str, resolved: str) -> tuple[str, str]:
    """Docker's GetRebaseName: what a link leads to, and the name of the link where the copy has it."""
    if _says_current(path) and not _says_current(resolved):
        resolved += "/."
    if path.endswith("/") and not resolved.endswith("/"):
        resolved += "/"
    return resolved, _base(path) if _base(path) != _base(resolved) else ""


def _base(path: str) -> str:
    """Go's filepath.Base."""
    return posixpath.basename(path.rstrip("/")) or ("/" if path else ".")


@dataclass(frozen=True)
class Found:
    """What a path of a container is: where it lies, what it is called, what it leads to where it is a link."""

    place: str
    name: str
    is_dir: bool
    link: str = ""


def find(tree: Tree, path: str) -> Found:
    """Docker's ContainerStatPath and ResolvePath; raises WordError where there is nothing."""
    full = preserved(clean_path(f"/{path}"), path)
    folder, base = posixpath.split(full)
    parent = tree.resolved(folder)
    place = clean_path(f"{parent}/{base}")
    try:
        status = tree.status(place)
    except OSError as error:
        raise missing(path) from error
    is_dir = stat.S_ISDIR(status.st_mode)
    if not is_dir and base in {"", "."}:
        raise missing(path)
    link = os.readlink(tree.host(place)) if stat.S_ISLNK(status.st_mode) else ""  # noqa: PTH115 - the text as it is
    return Found(place, _base(full), is_dir, link)


def missing(path: str) -> WordError:
    """The error for a path that a container has not."""
    return WordError(f"Error response from daemon: Could not find the file {path} in container")


def copy_out(tree: Tree, path: str, target: str, *, follow: bool) -> None:
    """`docker cp CONTAINER:PATH TARGET`, or to the standard output where that is `-`."""
    if target != "-":
        target = local(target)
        _check_output(target)
    source, rebase = path, ""
    if follow:
        source, rebase = _followed(tree, path)
    found = find(tree, source)
    if holds_engine_files(found.place):
        if tree.state.status != "created" or tree.state.touched:
            raise RefusedError(f"a copy of {path} out of a container that ran: docker has files of its own there")
        add_engine_files(tree.root)
        found = find(tree, source)
    if not tree.is_whole(found.place):
        raise RefusedError(f"a copy of {path}, below which something is mounted")
    host = tree.host(found.place)
    name = "." if found.name == "." else found.name
    if target == "-":
        pack(host, name, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    info = Info(source, exists=True, is_dir=found.is_dir, rebase=rebase)
    folder, rename = prepared(info, local_target(target))
    first = _rebased(split(source)[1], rebase) if rebase else lambda one: one
    with tempfile.TemporaryFile() as spool:
        pack(host, name, spool)
        spool.seek(0)
        Unpacking(clean_path(folder), rename=lambda one: rename(first(one))).all(spool)


def _followed(tree: Tree, path: str) -> tuple[str, str]:
    """With `--follow-link`: what a path leads to, once, and the name of the copy."""
    try:
        found = find(tree, path)
    except WordError:
        return path, ""
    if not found.link:
        return path, ""
    # The daemon says where a link leads in the container, all the way.
    return rebase_name(path, tree.resolved(found.place))


def _check_output(path: str) -> None:
    """Docker's ValidateOutputPath."""
    folder = posixpath.dirname(clean_path(path))
    if not os.path.exists(folder):  # noqa: PTH110 - a text with its end
        raise WordError(f'invalid output path: directory "{folder}" does not exist')
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - as above
    except FileNotFoundError:
        return
    except OSError as error:
        raise WordError(f"stat {path}: {error.strerror}") from error
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise WordError(f'invalid output path: "{path}" must be a directory or a regular file')


def copy_in(tree: Tree, source: str, path: str, *, follow: bool, owner: tuple[int, int] | None) -> None:
    """`docker cp SOURCE CONTAINER:PATH`; ends as a process that sees nothing but the container's files any more."""
    target = _target_in(tree, path)
    with tempfile.TemporaryFile() as spool:
        if source == "-":
            if not target.is_dir:
                raise WordError(f'destination "{path}" must be a directory')
            folder, rename = target.path, _rebased("", "")
            stream: IO[bytes] = sys.stdin.buffer
        else:
            try:
                info = local_source(local(source), follow=follow)
            except OSError as error:
                raise WordError(f"{error.strerror}: {source}") from error
            folder, rename = prepared(info, target)
            _pack_local(info, spool)
            spool.seek(0)
            stream = spool
        place = _extraction_point(tree, folder)
        os.chroot(tree.root)
        os.chdir("/")
        Unpacking(clean_path(place), owners=True, owner=owner, rename=rename).all(stream)


def _pack_local(info: Info, spool: IO[bytes]) -> None:
    """Docker's TarResource."""
    folder, base = split(info.path)
    pack(folder if base == "." else info.path.rstrip("/") or "/", info.rebase or base, spool)


def _target_in(tree: Tree, path: str) -> Info:
    """What a copy into a container finds at its place there; a link is followed."""
    try:
        found = find(tree, path)
        if found.link:
            path = tree.resolved(found.place)
            found = find(tree, path)
    except WordError:
        return Info(path)
    return Info(path, exists=True, is_dir=found.is_dir)


def _extraction_point(tree: Tree, folder: str) -> str:
    """The folder of a container in which an archive is unpacked."""
    place = tree.resolved(folder)
    if any(_is_below(place, one) for one in ("/dev", "/proc", "/sys")):
        raise RefusedError(f"a copy to {folder}, where an engine puts files of its own")
    if tree.host(place) != posixpath.normpath(f"{tree.root}/{place}") or not tree.is_whole(place):
        raise RefusedError(f"a copy to {folder}, over what is mounted there")
    try:
        status = tree.status(place)
    except OSError as error:
        raise missing(folder) from error
    if not stat.S_ISDIR(status.st_mode):
        raise WordError("Error response from daemon: extraction point is not a directory")
    return place
