"""A look at the bytes of a repository, before any parser: whether a script may be there that carries files.

It never says no where the converter might say yes: it looks at the files that the converter looks at (`candidates`,
`programs` and `part_names` of the migration), and says no only where none of them names an engine, or where none of
them takes anything out of an image and none reads another file in.
"""

from __future__ import annotations

import os
import re
import stat
from functools import lru_cache
from typing import TYPE_CHECKING

from migrator.frontends.read import front_end_of
from migrator.organisation.places import SKIPPED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# What is a script by its name; and names that say nothing, where the first line has to.
_SCRIPT = re.compile(r"\.(?:sh|bash|ksh|zsh|py)$", re.IGNORECASE)
_BLANK = re.compile(r"[^.]*")
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


def may_be_script(path: str, head: bytes, *, executable: bool) -> bool:
    """Whether the converter may read a file as a script, by its name, its executable bit and its first bytes."""
    named = _by_name(path)
    return named is True or ((executable or named is None) and head.startswith(b"#!"))


# The repositories of an organisation have many paths in common.
@lru_cache(1 << 16)
def _by_name(path: str) -> bool | None:
    """Whether a path is that of a script; None where its name says nothing."""
    if _SCRIPT.search(path) is not None or front_end_of(path) is not None:
        return True
    return None if _BLANK.fullmatch(path.rsplit("/", 1)[-1]) is not None else False


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
    start = len(os.path.join(root, ""))  # noqa: PTH118 - hot
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        scripts: list[tuple[str, bool]] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name not in SKIPPED:
                            waiting.append(entry.path)
                    elif _by_name(entry.path[start:]) is not False or _is_executable(entry):
                        scripts.append((entry.path, entry.is_symlink()))
        except OSError:
            if folder == root:
                raise
        for path, linked in scripts:
            data = _read(path[start:], _inside(path, root) if linked else path)
            if data is not None:
                yield data


def _is_executable(entry: os.DirEntry[str]) -> bool:
    try:
        mode = entry.stat(follow_symlinks=False).st_mode
    except OSError:
        return False
    return stat.S_ISREG(mode) and mode & stat.S_IXUSR != 0


def _inside(path: str, root: str) -> str | None:
    """Where a link leads to, as long as that is in the repository."""
    try:
        target = os.path.realpath(path)
    except (OSError, ValueError):
        return None
    return target if target.startswith(os.path.realpath(root) + os.sep) else None


def _read(path: str, target: str | None) -> bytes | None:
    """The bytes of what may be a script; None for what is none, no text, too large, or no file."""
    if target is None:
        return None
    try:
        # Without O_NONBLOCK the opening of a pipe would wait for a writer for ever.
        number = os.open(target, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        status = os.fstat(number)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            return None
        head = os.read(number, _HEAD)
        if b"\0" in head or not may_be_script(path, head, executable=True):
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
