"""File systems of images as folders: overlay mounts to stack them, chroot to run in them, what COPY does to them.

Written from what engines were measured to do and from their documentation, without a line of the tool under test.
"""

from __future__ import annotations

import ctypes
import os
import posixpath
import re
import shutil
import stat
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LIBC = ctypes.CDLL(None, use_errno=True)
_BIND, _DETACH = 4096, 2
CHROOT = shutil.which("chroot", path="/usr/sbin:/sbin:/usr/bin:/bin") or ""


class FailedError(Exception):
    """What an engine refuses."""


def mount(kind: str, target: Path, options: str, source: str = "none", flags: int = 0) -> None:
    """mount(2)."""
    done = _LIBC.mount(source.encode(), str(target).encode(), kind.encode(), flags, options.encode())
    if done:
        raise OSError(ctypes.get_errno(), f"mount {kind} {target}")


def unmount(target: Path) -> None:
    """Takes a mount away, whoever still looks at it."""
    _LIBC.umount2(str(target).encode(), _DETACH)


@dataclass(frozen=True)
class Image:
    """Folders stacked (the topmost first) and a configuration."""

    layers: tuple[Path, ...]
    config: dict[str, Any]


@dataclass
class Store:
    """Where all folders of one engine stand; `close` leaves nothing mounted and nothing on the disk."""

    folder: Path
    base: Path
    mounts: list[Path] = field(default_factory=list)
    views: dict[tuple[Path, ...], Path] = field(default_factory=dict)
    number: int = 0

    def fresh(self, name: str) -> Path:
        """A new folder."""
        self.number += 1
        path = self.folder / f"{name}{self.number}"
        path.mkdir(parents=True)
        return path

    def open(self, layers: tuple[Path, ...]) -> tuple[Path, Path]:
        """A place in which changes to a stack are kept apart: what is seen, and the folder of the changes."""
        upper, work, seen = self.fresh("u"), self.fresh("w"), self.fresh("m")
        lower = ":".join(map(str, layers or (self.fresh("e"),)))
        mount("overlay", seen, f"lowerdir={lower},upperdir={upper},workdir={work}")
        self.mounts.append(seen)
        return seen, upper

    def shut(self, seen: Path) -> None:
        """Ends what `open` gave."""
        unmount(seen)
        self.mounts.remove(seen)

    def view(self, layers: tuple[Path, ...]) -> Path:
        """A stack to read."""
        if len(layers) < 2:
            return layers[0] if layers else self.fresh("e")
        if layers not in self.views:
            seen = self.fresh("v")
            mount("overlay", seen, f"lowerdir={':'.join(map(str, layers))}", flags=1)
            self.mounts.append(seen)
            self.views[layers] = seen
        return self.views[layers]

    def close(self) -> None:
        """Unmounts and removes."""
        for seen in reversed(self.mounts):
            unmount(seen)
        shutil.rmtree(self.folder, ignore_errors=True)


def inside(root: Path, path: str, *, follow: bool = True, depth: int = 0) -> Path:
    """The place of an absolute path below a root, with links followed as they lead within it."""
    here = root
    parts = [part for part in path.split("/") if part and part != "."]
    for index, part in enumerate(parts):
        if part == "..":
            here = here.parent if here != root else root
            continue
        there = here / part
        last = index == len(parts) - 1
        if there.is_symlink() and (follow or not last) and depth < 20:
            target = os.readlink(there)  # noqa: PTH115  # as it is written
            start = "" if target.startswith("/") else "/" + here.relative_to(root).as_posix()
            rest = "/".join([f"{start}/{target}", *parts[index + 1 :]])
            return inside(root, rest, follow=follow, depth=depth + 1)
        here = there
    return here


def owner_in(root: Path, text: str) -> tuple[int, int]:
    """The numbers behind `user[:group]`, which the image's own files know."""
    user, _, group = text.partition(":")

    def look(name: str, file: str, column: int) -> int | None:
        if name.isdigit():
            return int(name)
        place = root / "etc" / file
        for line in place.read_text().splitlines() if place.exists() else ():
            fields = line.split(":")
            if fields[0] == name:
                return int(fields[column])
        return None

    uid = look(user or "0", "passwd", 2)
    gid = look(group, "group", 2) if group else (look(user, "passwd", 3) if not user.isdigit() else None)
    if uid is None or (group and gid is None):
        raise FailedError(f"no user {text} in the image")
    if gid is None:
        gid = int(user) if user.isdigit() and int(user) else 0
        lines = (root / "etc/passwd").read_text().splitlines() if (root / "etc/passwd").exists() else []
        gid = next((int(line.split(":")[3]) for line in lines if line.split(":")[2] == user), gid)
    return uid, gid


def make_parents(root: Path, place: Path, owner: tuple[int, int]) -> None:
    """The folders on the way to a place, of mode 0755."""
    missing = []
    while place != root and not place.exists():
        missing.append(place)
        place = place.parent
    for folder in reversed(missing):
        folder.mkdir()
        folder.chmod(0o755)
        os.chown(folder, *owner)


def lay(source: Path, place: Path, owner: tuple[int, int] | None, *, top: bool, special: bool = True) -> None:
    """Copies a file, link or tree to exactly `place`, merging folders; `top` is the folder whose content is copied."""
    state = source.lstat()
    uid, gid = owner if owner is not None else (state.st_uid, state.st_gid)
    mode = stat.S_IMODE(state.st_mode) if special else stat.S_IMODE(state.st_mode) & 0o1777
    if stat.S_ISDIR(state.st_mode):
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            if not (place.is_symlink() and place.is_dir()):
                raise FailedError(f"cannot copy a folder to {place.name}")
        elif not place.exists():
            place.mkdir()
        if not top:
            os.chown(place, uid, gid)
            place.chmod(mode)
        for name in sorted(path.name for path in source.iterdir()):
            lay(source / name, place / name, owner, top=False)
        return
    if place.is_dir() and not place.is_symlink():
        raise FailedError(f"cannot copy a file over the folder {place.name}")
    place.unlink(missing_ok=True)
    if stat.S_ISLNK(state.st_mode):
        place.symlink_to(os.readlink(source))  # noqa: PTH115  # as it is written
        os.chown(place, uid, gid, follow_symlinks=False)
        return
    shutil.copyfile(source, place)
    os.chown(place, uid, gid)
    place.chmod(mode)


def run(root: Path, words: Sequence[str], config: dict[str, Any], into: Path, given: Path | None = None) -> int:
    """Runs a program in a root; its output goes to a file."""
    uid, gid = owner_in(root, config.get("user") or "0")
    folder = config.get("workdir") or "/"
    make_parents(root, inside(root, folder), (0, 0))
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", **config["env"]}
    environment.setdefault("HOME", "/root" if uid == 0 else "/")
    starter = [CHROOT, f"--userspec={uid}:{gid}", "--groups=", str(root), "/bin/sh", "-c", 'cd "$0" && exec "$@"']
    with into.open("wb") as output, (given or Path("/dev/null")).open("rb") as stdin:
        return subprocess.run(
            [*starter, folder, *words], env=environment, stdin=stdin, stdout=output, stderr=subprocess.DEVNULL,
            check=False, timeout=60, umask=0o022,
        ).returncode  # fmt: skip


# --- a context ---------------------------------------------------------------------------------------------


def ignored(patterns: Sequence[str]) -> Iterator[tuple[re.Pattern[str], bool]]:
    """The lines of an ignore file as expressions, and whether each lets in."""
    for line in patterns:
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        lets_in = text.startswith("!")
        text = posixpath.normpath(text.removeprefix("!").strip()).lstrip("/")
        yield re.compile(pattern(text)), lets_in


def pattern(text: str) -> str:
    """An ignore pattern or a glob of COPY as a regular expression."""
    found, at = "", 0
    while at < len(text):
        if text.startswith("**/", at):
            found, at = found + "(.*/)?", at + 3
        elif text.startswith("**", at):
            found, at = found + ".*", at + 2
        elif text[at] == "*":
            found, at = found + "[^/]*", at + 1
        elif text[at] == "?":
            found, at = found + "[^/]", at + 1
        elif text[at] == "[":
            end = text.index("]", at)
            found, at = found + text[at : end + 1], end + 1
        else:
            found, at = found + re.escape(text[at]), at + 1
    return found


def filtered(context: Path, lines: Sequence[str], place: Path) -> Path:
    """The context without what its ignore file keeps out."""
    rules = list(ignored(lines))
    if not rules:
        return context

    def kept_out(path: str) -> bool:
        answer = False
        ways = [path]
        while "/" in ways[-1]:
            ways.append(posixpath.dirname(ways[-1]))
        for expression, lets_in in rules:
            if any(expression.fullmatch(way) for way in ways):
                answer = not lets_in
        return answer

    def take(folder: Path, path: str) -> None:
        for name in sorted(below.name for below in folder.iterdir()):
            below, inner = folder / name, posixpath.join(path, name)
            out = kept_out(inner)
            if below.is_dir() and not below.is_symlink():
                if not out:
                    (place / inner).mkdir(parents=True, exist_ok=True)
                    (place / inner).chmod(stat.S_IMODE(below.stat().st_mode))
                take(below, inner)
            elif not out:
                if not (place / path).exists():
                    (place / path).mkdir(parents=True)
                lay(below, place / inner, None, top=False)

    take(context, "")
    return place


# --- COPY and ADD ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Copying:
    """One COPY or ADD: from which tree, into which root, and by whose rules."""

    tree: Path
    root: Path
    owner: tuple[int, int] | None
    unpack: bool
    mode: int | None = None

    def all(self, sources: Sequence[str], destination: str) -> None:
        """Copies everything to an absolute destination, which may end with a slash."""
        found = [match for source in sources for match in self._matches(source)]
        into = destination.endswith(("/", "/.")) or len(found) > 1
        for source in found:
            self._one(source, destination, into=into)

    def _matches(self, source: str) -> list[str]:
        path = posixpath.normpath("/" + source).lstrip("/")
        if not any(character in path for character in "*?["):
            if not os.path.lexists(inside(self.tree, path)):
                raise FailedError(f"{source}: not found")
            return [path]
        found = [""]
        for part in path.split("/"):
            expression = re.compile(pattern(part))
            step = []
            for folder in found:
                here = inside(self.tree, folder)
                if here.is_dir():
                    names = sorted(path.name for path in here.iterdir())
                    step += [posixpath.join(folder, name) for name in names if expression.fullmatch(name)]
            found = step
        if not found:
            raise FailedError(f"{source}: no match")
        return found

    def _one(self, source: str, destination: str, *, into: bool) -> None:
        here = inside(self.tree, source)
        owner = self.owner if self.owner is not None else None
        made = self.owner or (0, 0)
        place = inside(self.root, destination)
        if here.is_dir():
            make_parents(self.root, place, made)
            lay(here, place, owner, top=True)
            return
        if self.unpack and tarfile.is_tarfile(here):
            make_parents(self.root, place, made)
            _unpack(here, place)
            return
        if into or place.is_dir():
            make_parents(self.root, place, made)
            place = place / posixpath.basename(source)
        else:
            make_parents(self.root, place.parent, made)
        lay(here, place, owner, top=False)
        if self.mode is not None:
            place.chmod(self.mode)


def _unpack(archive: Path, place: Path) -> None:
    with tarfile.open(archive) as stream:
        for member in stream:
            spot = place / posixpath.normpath(member.name)
            if spot == place and member.isdir():
                continue
            spot.parent.mkdir(parents=True, exist_ok=True)
            if member.isdir():
                spot.mkdir(exist_ok=True)
            else:
                if spot.is_dir() and not spot.is_symlink():
                    shutil.rmtree(spot)
                spot.unlink(missing_ok=True)
                if member.issym():
                    spot.symlink_to(member.linkname)
                elif member.islnk():
                    os.link(place / member.linkname, spot)
                else:
                    content = stream.extractfile(member)
                    assert content is not None
                    spot.write_bytes(content.read())
            os.chown(spot, member.uid, member.gid, follow_symlinks=False)
            if not member.issym():
                spot.chmod(member.mode & 0o7777)
