"""The files that docker puts into each container when it makes it, and which no image has."""

from __future__ import annotations

import contextlib
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# moby/moby, daemon/initlayer: what docker puts into each container when it makes it; None is an empty file.
_FILES: Mapping[str, str | None] = {
    "dev/pts": "",
    "dev/shm": "",
    "proc": "",
    "sys": "",
    ".dockerenv": None,
    "etc/resolv.conf": None,
    "etc/hosts": None,
    "etc/hostname": None,
    "dev/console": None,
    "etc/mtab": "/proc/mounts",
}

# What docker puts into a container that no image has, or what is the machine's: a copy of it is docker's own matter.
OF_ENGINE = (
    *("/dev", "/proc", "/sys", "/.dockerenv", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/mtab"),
    "/run/.containerenv",
)


def holds_engine_files(path: str) -> bool:
    """Whether a path of a container is or holds, or lies in, what an engine puts there itself."""
    own = posixpath.normpath(f"/{path.lstrip('/')}")
    below = "/" if own == "/" else f"{own}/"
    return any(place == own or place.startswith(below) or own.startswith(f"{place}/") for place in OF_ENGINE)


def add_engine_files(root: str) -> None:
    """Put into a container what docker puts into it; a file that is there is replaced."""
    for name, target in _FILES.items():
        here = Path(root)
        for part in name.split("/"):
            here /= part
            with contextlib.suppress(OSError):
                here.unlink()
        if here.exists():
            continue
        _folder(here.parent)
        if target is None:
            here.touch()
            here.chmod(0o755)
        elif target:
            here.symlink_to(target)
        else:
            _folder(here)


def _folder(path: Path) -> None:
    if not path.exists():
        _folder(path.parent)
        path.mkdir()
        path.chmod(0o755)
