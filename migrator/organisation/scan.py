"""A look at the bytes of a repository, before any parser: whether a script may be there that carries files.

It never says no where the converter might say yes: it looks at the files that the converter looks at (`candidates`,
`programs` and `part_names` of the migration), and says no only where none of them names an engine, or where none of
them takes anything out of an image and none reads another file in.
"""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING

from migrator.organisation.places import SKIPPED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NAMED = re.compile(
    r"\.(?:sh|bash|ksh|zsh|py|mk|ps1|psm1|bat|cmd|ya?ml)$|^[Mm]akefile\.|^GNUmakefile$|^package\.json$|^[^.]*$",
    re.IGNORECASE,
)
_ENGINE = re.compile(rb"docker|podman|nerdctl|buildah", re.IGNORECASE)
_OUT = re.compile(
    rb"\b(?:cp|create|run|exec|export|save|load|import|commit|start|attach|logs|output|mount|archive|copy)\b|\s-o\b",
    re.IGNORECASE,
)
# What another file brings in: a sourced file, an included one. Then only the converter can say.
_MORE = re.compile(
    rb"(?m)(?:^|[;&|({!]|\b(?:if|then|do|else|elif|while|until|command|builtin)\b)[ \t]*\.[ \t]+\S"
    rb"|(?:^|[\s;&|(])(?:source|-?include|sinclude|eval)\s"
)
_HEAD = 1 << 13
# As `checkout` has it: what is larger is data, and no text to the converter.
LARGEST = 16 << 20


def is_looked_at(path: str, *, executable: bool) -> bool:
    """Whether the converter may read a file of this name as a script, by the name and the executable bit."""
    return executable or _NAMED.search(path.rsplit("/", 1)[-1]) is not None


def may_hold(texts: Iterable[bytes]) -> bool:
    """Whether scripts with these bytes may be the pattern; reads no further than it has to."""
    engine = out = False
    for data in texts:
        engine = engine or _ENGINE.search(data) is not None
        out = out or _OUT.search(data) is not None or _MORE.search(data) is not None
        if engine and out:
            return True
    return False


def folder_may_hold(root: str) -> bool:
    """The same for a folder on a disk; raises OSError when the folder itself cannot be listed."""
    return may_hold(_texts(root))


def _texts(root: str) -> Iterator[bytes]:
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        scripts: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name not in SKIPPED:
                            waiting.append(entry.path)
                    elif _may_be_script(entry):
                        scripts.append(entry.path)
        except OSError:
            if folder == root:
                raise
        for path in scripts:
            data = _read(path, root)
            if data is not None:
                yield data


def _may_be_script(entry: os.DirEntry[str]) -> bool:
    if _NAMED.search(entry.name) is not None:
        return True
    try:
        mode = entry.stat(follow_symlinks=False).st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode) and mode & stat.S_IXUSR != 0


def _read(path: str, root: str) -> bytes | None:
    """The bytes of a text file; None for what is no text, too large, no file, or outside of the repository."""
    try:
        if os.path.islink(path):  # noqa: PTH114 - hot
            path = os.path.realpath(path)
            if not path.startswith(os.path.realpath(root) + os.sep):
                return None
        # Without O_NONBLOCK the opening of a pipe would wait for a writer for ever.
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        status = os.fstat(number)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            return None
        head = os.read(number, _HEAD)
        if b"\0" in head:
            return None
        return head if status.st_size <= len(head) else head + _rest(number)
    except OSError:
        return None
    finally:
        os.close(number)


def _rest(number: int) -> bytes:
    blocks = []
    while block := os.read(number, 1 << 20):
        blocks.append(block)
        if len(blocks) > LARGEST >> 20:
            break
    return b"".join(blocks)
