"""What is looked up or done in the files of a working container, from outside."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.engine.buildah.store import WordError

if TYPE_CHECKING:
    from migrator.engine.buildah.copying import Tree

_SECONDS = 10.0
# What a runtime makes to mount something on it.
_MADE = ("etc/hosts", "etc/hostname", "etc/resolv.conf", "run/.containerenv", "run/secrets", "run", "etc", "dev")


def absent(root: Path) -> list[Path]:
    """Of the places that a runtime makes, those that are not there yet."""
    return [root / name for name in (*_MADE, "proc", "sys") if not os.path.lexists(root / name)]


def remove_made(places: list[Path]) -> None:
    """Remove what a runtime has made at these places, and nobody has used."""
    for path in places:
        with contextlib.suppress(OSError):
            if path.is_dir():
                path.rmdir()
            elif path.lstat().st_size == 0:
                path.unlink()


def end_inside(root: Path) -> None:
    """End the processes whose files are those of a container."""
    own = root.stat()
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        found = []
        for place in Path("/proc").iterdir():
            if place.name.isdecimal():
                with contextlib.suppress(OSError):
                    there = (place / "root").stat()
                    if (there.st_dev, there.st_ino) == (own.st_dev, own.st_ino):
                        found.append(int(place.name))
        if not found:
            return
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def program(tree: Tree, name: str, path: str, folder: str) -> int:
    """What docker would end with because a program cannot be started: 127, 126, or 0 where it can."""
    places = [name] if "/" in name else [f"{one or '.'}/{name}" for one in path.split(":")]
    found = 127
    for place in places:
        full = place if place.startswith("/") else f"{folder or '/'}/{place}"
        try:
            host = Path(tree.host(tree.resolved(full)))
            status = host.stat()
        except OSError:
            continue
        if host.is_dir() or not status.st_mode & 0o111:
            found = 126 if "/" in name else found
            continue
        return 0
    return found


def identity(tree: Tree, user: str) -> tuple[int, int]:
    """The numbers of `--user` in a container."""
    name, colon, group = user.partition(":")
    known = {line.split(":")[0]: line.split(":") for line in _lines(tree, "/etc/passwd") if line.count(":") > 3}
    groups = {line.split(":")[0]: line.split(":") for line in _lines(tree, "/etc/group") if line.count(":") > 1}
    entry = known.get(name) or next((one for one in known.values() if one[2] == name), None)
    try:
        number = int(entry[2] if entry else name)
        if colon and group:
            return number, int(groups[group][2] if group in groups else group)
        return number, int(entry[3]) if entry else 0
    except ValueError as error:
        raise WordError(f"unable to find user {user}: no matching entries in passwd file") from error


def _lines(tree: Tree, path: str) -> list[str]:
    try:
        return Path(tree.host(tree.resolved(path))).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
