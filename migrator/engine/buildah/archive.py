"""A tree of files into a tar stream and out of it, by the rules of `docker cp`.

They are those of moby/moby, pkg/archive: what is put into the stream, what an entry may replace, which links are an
error, in which order owner, attributes, mode and times are set.
"""

from __future__ import annotations

import os
import posixpath
import stat
import tarfile
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from migrator.engine.buildah.store import WordError
from migrator.engine.removal import remove_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_CAPABILITY = "security.capability"
_PAX = "SCHILY.xattr."
_IMPLIED = 0o755


def pack(source: str, name: str, target: IO[bytes], inside: Callable[[str], bool] = lambda _path: True) -> None:
    """Write what lies at `source` into a tar stream, as `name` and below it; folders in the order of their names.

    A link is written as a link. `inside` says of a path below the source whether it belongs to it.
    """
    first: dict[tuple[int, int], str] = {}
    with tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT, encoding="utf-8") as archive:
        for path, entry_name in _walk(source, name):
            status = os.lstat(path)
            if stat.S_ISSOCK(status.st_mode) or not inside(path):
                continue
            entry = _entry(path, entry_name, status)
            if entry.isreg() and status.st_nlink > 1:
                known = first.setdefault((status.st_dev, status.st_ino), entry_name)
                if known != entry_name:
                    entry.type, entry.linkname, entry.size = tarfile.LNKTYPE, known, 0
            if entry.isreg():
                with open(path, "rb") as content:  # noqa: PTH123 - a path as the file system has it
                    archive.addfile(entry, content)
            else:
                archive.addfile(entry)


def _walk(source: str, name: str) -> Iterator[tuple[str, str]]:
    if name:  # an export names what is below the root, and not the root itself
        yield source, name
    if stat.S_ISDIR(os.lstat(source).st_mode):
        for one in sorted(os.listdir(source), key=os.fsencode):  # noqa: PTH208 - the names alone
            yield from _walk(f"{source}/{one}", f"{name}/{one}" if name else one)


def _entry(path: str, name: str, status: os.stat_result) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.mode, entry.uid, entry.gid = stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid
    entry.mtime = int(status.st_mtime)
    kind = stat.S_IFMT(status.st_mode)
    entry.type = _TYPES[kind]
    if kind == stat.S_IFREG:
        entry.size = status.st_size
    elif kind == stat.S_IFLNK:
        entry.linkname = os.readlink(path)  # noqa: PTH115 - the text as it is
    elif kind in {stat.S_IFCHR, stat.S_IFBLK}:
        entry.devmajor, entry.devminor = os.major(status.st_rdev), os.minor(status.st_rdev)
    with suppress(OSError):
        value = os.getxattr(path, _CAPABILITY, follow_symlinks=False)
        # Text in this format: a byte that is none would be written otherwise.
        entry.pax_headers = {f"{_PAX}{_CAPABILITY}": value.decode("utf-8", "surrogateescape")}
    return entry


_TYPES = {
    stat.S_IFREG: tarfile.REGTYPE,
    stat.S_IFDIR: tarfile.DIRTYPE,
    stat.S_IFLNK: tarfile.SYMTYPE,
    stat.S_IFIFO: tarfile.FIFOTYPE,
    stat.S_IFCHR: tarfile.CHRTYPE,
    stat.S_IFBLK: tarfile.BLKTYPE,
}


@dataclass(frozen=True)
class Unpacking:
    """How entries become files below `folder`: `owners` says whether they keep theirs, `owner` gives all the same."""

    folder: str
    owners: bool = False
    owner: tuple[int, int] | None = None
    rename: Callable[[str], str] = lambda name: name

    def all(self, source: IO[bytes]) -> None:
        """Unpack a whole stream; raises WordError where docker would end with an error, with what came before."""
        folders: dict[str, tarfile.TarInfo] = {}
        try:
            with tarfile.open(fileobj=source, mode="r|*", encoding="utf-8") as archive:
                for entry in archive:
                    path = self._one(archive, entry)
                    if path is not None and entry.isdir():
                        folders[path] = entry
        except (tarfile.TarError, EOFError) as error:
            raise WordError(f"Error response from daemon: Error processing tar file: {error}") from error
        for path, entry in folders.items():
            os.utime(path, (entry.mtime, entry.mtime))

    def _one(self, archive: tarfile.TarFile, entry: tarfile.TarInfo) -> str | None:
        name = _clean(self.rename(f"{entry.name}/" if entry.isdir() and entry.name != "." else entry.name))
        if entry.islnk():
            entry.linkname = self.rename(entry.linkname)
        path = posixpath.normpath(f"{self.folder}/{name}")
        if posixpath.relpath(path, self.folder).split("/")[0] == "..":
            raise WordError(f"{name!r} is outside of {self.folder!r}")
        if not name.endswith("/"):
            self._parent(posixpath.dirname(path))
        if not self._is_free(path, name, entry):
            return None
        self._create(archive, path, entry)
        return path

    def _parent(self, path: str) -> None:
        if not os.path.lexists(path):
            missing = []
            while not os.path.lexists(path):
                missing.append(path)
                path = posixpath.dirname(path)
            for one in reversed(missing):
                os.mkdir(one, _IMPLIED)  # noqa: PTH102 - as everywhere here, names and not paths
                os.chmod(one, _IMPLIED)  # noqa: PTH101 - as above
                if self.owners:
                    os.chown(one, 0, 0)

    @staticmethod
    def _is_free(path: str, name: str, entry: tarfile.TarInfo) -> bool:
        """Whether an entry can be made, what it replaces being removed; False where there is nothing to do."""
        try:
            there = os.lstat(path)
        except FileNotFoundError:
            return True
        folder = stat.S_ISDIR(there.st_mode)
        if folder and not entry.isdir():
            raise WordError(f'cannot overwrite directory "{path}" with non-directory "{entry.name}"')
        if not folder and entry.isdir():
            raise WordError(f'cannot overwrite non-directory "{path}" with directory "{entry.name}"')
        if folder and name == ".":
            return False
        if not folder:
            remove(path)
        return True

    def _create(self, archive: tarfile.TarFile, path: str, entry: tarfile.TarInfo) -> None:
        if entry.isdir():
            with suppress(FileExistsError):
                os.mkdir(path)  # noqa: PTH102 - as above
        elif entry.isreg():
            _write(archive, path, entry)
        elif entry.issym():
            self._check_link(posixpath.join(posixpath.dirname(path), entry.linkname), path, entry, "symlink")
            os.symlink(entry.linkname, path)  # noqa: PTH211 - as above
        elif entry.islnk():
            original = posixpath.normpath(f"{self.folder}/{entry.linkname}")
            self._check_link(original, path, entry, "hardlink")
            os.link(original, path, follow_symlinks=False)
        elif entry.isfifo():
            os.mkfifo(path)
        elif entry.isdev():
            kind = stat.S_IFCHR if entry.ischr() else stat.S_IFBLK
            os.mknod(path, kind | 0o600, os.makedev(entry.devmajor, entry.devminor))
        else:
            raise WordError(f"unhandled tar header type {entry.type!r}")
        self._finish(path, entry)

    def _check_link(self, target: str, path: str, entry: tarfile.TarInfo, kind: str) -> None:
        # Joined, so an absolute one is taken for one below.
        joined = f"{posixpath.dirname(path)}/{entry.linkname}" if kind == "symlink" else target
        if not posixpath.normpath(joined).startswith(self.folder):
            raise WordError(f'invalid {kind} "{path}" -> "{entry.linkname}"')

    def _finish(self, path: str, entry: tarfile.TarInfo) -> None:
        if self.owner is not None:
            os.chown(path, *self.owner, follow_symlinks=False)
        elif self.owners:
            os.chown(path, entry.uid, entry.gid, follow_symlinks=False)
        for key, value in entry.pax_headers.items():
            if key.startswith(_PAX):
                with suppress(OSError):
                    data = value.encode("utf-8", "surrogateescape")
                    os.setxattr(path, key.removeprefix(_PAX), data, follow_symlinks=False)
        if not entry.issym():
            os.chmod(path, entry.mode & 0o7777)  # noqa: PTH101 - as above
        os.utime(path, (entry.mtime, entry.mtime), follow_symlinks=False)


def _write(archive: tarfile.TarFile, path: str, entry: tarfile.TarInfo) -> None:
    content = archive.extractfile(entry)
    number = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(number, "wb") as target:
        while content is not None and (block := content.read(1 << 20)):
            target.write(block)


def _clean(name: str) -> str:
    """A name as Go's filepath.Clean leaves it."""
    found = posixpath.normpath(name)
    return f"/{found.lstrip('/')}" if found.startswith("/") else found


def remove(path: str) -> None:
    """Remove what is at a path, whatever it is."""
    if os.path.isdir(path) and not os.path.islink(path):  # noqa: PTH112, PTH114 - as above
        from pathlib import Path  # noqa: PLC0415 - rarely needed

        remove_folder(Path(path))
    else:
        os.unlink(path)  # noqa: PTH108 - as above
