"""One sha256 for a file or a whole folder, the same whether it is read on the host, in an archive or in an image."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

BLOCK = 1 << 20


def stream_digest(source: IO[bytes]) -> str:
    """The sha256 of what is left to read."""
    found = hashlib.sha256()
    while block := source.read(BLOCK):
        found.update(block)
    return found.hexdigest()


def tree_digest(leaves: Mapping[str, str]) -> str:
    """The sha256 of a folder: of its sorted paths, each with what stands there (a file's sha256, `-> target`, `/`)."""
    found = hashlib.sha256()
    for path in sorted(leaves):
        found.update(f"{leaves[path]}\0{path}\0".encode("utf-8", "surrogateescape"))
    return found.hexdigest()


def path_digest(path: Path) -> str | None:
    """The sha256 of what stands at a path of the host; None when nothing does, or it cannot be read."""
    try:
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode):
            with path.open("rb") as source:
                return stream_digest(source)
        if stat.S_ISDIR(mode):
            return tree_digest(_leaves(path))
    except OSError:
        pass
    return None


def _leaves(folder: Path) -> dict[str, str]:
    found = {}
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent, name)
            mode = path.lstat().st_mode
            relative = str(path.relative_to(folder))
            if stat.S_ISLNK(mode):
                found[relative] = f"-> {os.readlink(path)}"  # noqa: PTH115 - Path.readlink would change the text
            elif stat.S_ISDIR(mode):
                found[relative] = "/"
            elif stat.S_ISREG(mode):
                with path.open("rb") as source:
                    found[relative] = stream_digest(source)
            else:
                found[relative] = "special"
    return found
