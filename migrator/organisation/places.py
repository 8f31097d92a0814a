"""Which repositories the paths of a command line mean. Folders are listed one at a time, and links not followed."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Folders that tools fill: what dependencies bring along is not what an organisation has written.
SKIPPED = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__", ".tox", ".venv", "site-packages"})
_MARKS = frozenset({".git", "HEAD", "objects", "refs"})
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|[\w.-]+@[\w.-]+:")
# What stands before the host of an address: often a password, sometimes a token.
_SECRET = re.compile(r"(?<=://)[^/@\s]+@")
_LONGEST_LINE = 1 << 16


class Kind(StrEnum):
    """What stands at a place."""

    CHECKOUT = "checkout"
    BARE = "bare"
    FOLDER = "folder"
    ADDRESS = "address"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Place:
    """One source of an audit: a path, what is there, and for what cannot be read the reason.

    For an address, `path` is what of it may be shown, and `address` all of it.
    """

    path: str
    kind: Kind
    problem: str = ""
    address: str = ""


def places(paths: Iterable[str]) -> Iterator[Place]:
    """Every repository that the paths mean, each once, in the order of the paths and of the names below them.

    Each path gives at least one place, unless all that it means was named before.
    """
    seen: set[tuple[int, int]] = set()
    addresses: set[str] = set()
    for path in paths:
        for place in _meant(path):
            if place.kind is Kind.ADDRESS:
                if place.address not in addresses:
                    addresses.add(place.address)
                    yield place
                continue
            try:
                status = os.stat(place.path)  # noqa: PTH116 - a hundred thousand of them
            except (OSError, ValueError):
                yield place
                continue
            key = status.st_dev, status.st_ino
            if key not in seen:
                seen.add(key)
                yield place


def without_secret(text: str) -> str:
    """A text without what stands before the host of the addresses in it."""
    return _SECRET.sub("", text)


def listed(stream: IO[bytes]) -> Iterator[str]:
    """The paths of a list, one on each line; empty lines count for nothing."""
    while line := stream.readline(_LONGEST_LINE):
        path = os.fsdecode(line.rstrip(b"\r\n"))
        if path:
            yield path


def _meant(path: str) -> Iterator[Place]:
    kind = _kind_of(path)
    if isinstance(kind, Place):
        yield kind
    elif kind is not Kind.FOLDER:
        yield Place(path, kind)
    elif next(_repositories(path), None) is None:
        yield Place(path, Kind.FOLDER)
    else:
        # A folder of repositories: one of its folders without any is a source too, and not passed over in silence.
        for child in _folders(path):
            found = False
            for place in _repositories(child):
                found = True
                yield place
            if not found and not os.path.basename(child).startswith("."):  # noqa: PTH119 - hot
                yield Place(child, Kind.FOLDER)


def is_address(path: str) -> bool:
    """Whether a path of the command line is an address; a path that is there may look like one."""
    return _URL.match(path) is not None and not os.path.lexists(path)


def _kind_of(path: str) -> Kind | Place:
    """What a path of the command line is; a place with a problem when it is nothing to read."""
    if is_address(path):
        return Place(without_secret(path), Kind.ADDRESS, address=path)
    try:
        with os.scandir(path) as entries:
            return _kind(entry.name for entry in entries)
    except NotADirectoryError:
        return Place(path, Kind.NOTHING, f"{path} is a file, not a folder")
    except (OSError, ValueError) as error:
        return Place(path, Kind.NOTHING, _cannot_read(path, error))


def _cannot_read(path: str, error: OSError | ValueError) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"cannot read {path}: {reason}"


def _kind(names: Iterable[str]) -> Kind:
    """What a folder is by the names in it."""
    bare = set(_MARKS - {".git"})
    for name in names:
        if name == ".git":
            return Kind.CHECKOUT
        bare.discard(name)
    return Kind.FOLDER if bare else Kind.BARE


def _repositories(top: str) -> Iterator[Place]:
    """Every repository at or below a folder, in the order of their names; nothing is looked for inside of one."""
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        below: list[str] = []
        names: list[str] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name in _MARKS:
                        names.append(entry.name)
                    if entry.name not in SKIPPED and entry.is_dir(follow_symlinks=False):
                        below.append(entry.path)
        except OSError as error:
            yield Place(folder, Kind.NOTHING, _cannot_read(folder, error))
            continue
        kind = _kind(names)
        if kind is not Kind.FOLDER:
            yield Place(folder, kind)
        else:
            waiting.extend(sorted(below, reverse=True))


def _folders(path: str) -> list[str]:
    """The folders in a folder by name, without those that tools fill; links among them are not followed."""
    with os.scandir(path) as entries:
        found = [e.path for e in entries if e.name not in SKIPPED and e.is_dir(follow_symlinks=False)]
    return sorted(found)
