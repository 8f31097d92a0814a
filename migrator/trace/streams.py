"""What flows through a pipe or into a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migrator.source import Span
    from migrator.trace.images import Image, RunStep
    from migrator.trace.workspace import Node


@dataclass(frozen=True)
class Text:
    """Text, with symbols for what is not known; with `loose`, lines in an order that nobody knows."""

    text: str
    loose: bool = False


@dataclass(frozen=True)
class Content:
    """The bytes of one file: of the checkout, out of an image, or written."""

    node: Node


@dataclass(frozen=True)
class Archive:
    """A tar stream of a tree (a `Folder`), or of a folder of an image.

    `owners` says whether it holds the owners that the files have in an image, or those of the host's. `prefix` is what
    stands in front of every member's path in the tree: "" or "./"; None where they differ, or are written otherwise.
    """

    tree: Node
    owners: bool = True
    prefix: str | None = ""


@dataclass(frozen=True)
class Packed:
    """A stream that went through a compressor."""

    method: str
    inner: Stream


@dataclass(frozen=True)
class Printed:
    """What a command in a container prints: `image` is the container's state before, `step` the command."""

    image: Image
    step: RunStep


@dataclass(frozen=True)
class Filtered:
    """What commands of the host print of things out of an image, once they run in a stage.

    `line` is their text there, run in `folder`; `reads` are the things and the places where they must stand.
    """

    line: str
    reads: tuple[tuple[str, Node], ...]
    folder: str
    because: Span


@dataclass(frozen=True)
class Exported:
    """What `docker export` prints: the whole of a container, with some files of the engine's own among it."""

    image: Image
    because: Span


@dataclass(frozen=True)
class Opaque:
    """A stream that cannot be known, and the reason."""

    because: Span
    what: str


@dataclass(frozen=True)
class Mixed:
    """Several streams one after the other, not all of them text."""

    parts: tuple[Stream, ...]


Stream = Mixed | Text | Content | Archive | Packed | Printed | Filtered | Exported | Opaque
NOTHING = Text("")


def leading(members: Iterable[str]) -> str | None:
    """What tar writes in front of the members that it is given by these names: "" or "./"; None where it differs.

    Measured with GNU tar 1.34 and BusyBox 1.35: a slash in front goes, `./` stays, and nothing within is made shorter.
    """
    found = set()
    for member in members:
        first, *rest = member.lstrip("/").removesuffix("/").split("/")
        if first == "." and (rest or not member.startswith("/")):
            first, *rest = ["", *rest]
        elif not first:
            return None
        if {"", ".", ".."} & {*rest} or first in (".", ".."):
            return None
        found.add("./" if not first else "")
    return found.pop() if len(found) == 1 else None
