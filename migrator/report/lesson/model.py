"""The lesson as data: every sentence a key of the catalogue with its values, every line with where it went.

Nothing here is markup, and nothing depends on the language. Text of the repository has passed
`migrator.report.display.visible` already: it is one line and holds no control character.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

Value = str | int


@dataclass(frozen=True)
class Said:
    """A sentence: a key of the catalogue, and what stands in its blanks."""

    key: str
    values: tuple[tuple[str, Value], ...] = ()


def said(key: str, **values: Value) -> Said:
    """The sentence `key` with these values."""
    return Said(key, tuple(values.items()))


class Fate(StrEnum):
    """What became of a line of the old files, or how a line of the new file came to be."""

    KEPT = "kept"  # the same bytes on both sides
    CHANGED = "changed"  # the same line, with something in it changed
    MOVED = "moved"  # what it did is said by other lines now
    GONE = "gone"  # nothing of it is needed any more
    YOURS = "yours"  # no part of the image, so it stays with whoever runs the build
    NEW = "new"  # added by the conversion
    BLANK = "blank"


class Mark(StrEnum):
    """How a piece of code is set."""

    PLAIN = "plain"
    KEYWORD = "keyword"
    COMMENT = "comment"
    ADDED = "added"


@dataclass(frozen=True)
class Piece:
    """Some characters of a line, set in one way."""

    text: str
    mark: Mark = Mark.PLAIN


@dataclass(frozen=True)
class Line:
    """One line of a file; `ties` are the ids of the lines on the other side that belong to it."""

    id: str
    number: int
    pieces: tuple[Piece, ...]
    fate: Fate
    note: Said
    ties: tuple[str, ...] = ()
    rule: str | None = None

    @property
    def text(self) -> str:
        """The line as it is written."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True)
class Panel:
    """One file beside the others, and in a few words what it is for."""

    id: str
    title: str
    role: Said
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Step:
    """One thought: its heading, what is said, and the lines that show it; `command` is something to type."""

    id: str
    title: Said
    text: tuple[Said, ...]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    command: str | None = None


class Lane(StrEnum):
    """Where something is while the images are built."""

    HOST = "host"
    ENGINE = "engine"


class Shape(StrEnum):
    """What a node of a picture stands for."""

    FILE = "file"
    IMAGE = "image"
    CONTAINER = "container"
    STAGE = "stage"
    RESULT = "result"


@dataclass(frozen=True)
class Node:
    """A thing in a picture: its lane, its row from the top, its name and what it is."""

    id: str
    lane: Lane
    row: int
    shape: Shape
    title: str
    detail: Said


@dataclass(frozen=True)
class Edge:
    """An arrow from one node to another; `label` is what makes the step, as it is typed."""

    start: str
    end: str
    label: str


@dataclass(frozen=True)
class Flow:
    """A picture of how an image comes to be."""

    id: str
    title: Said
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class Row:
    """One line of the table of numbers; `mono` says that the cells are for comparing sign by sign."""

    label: Said
    before: Said
    after: Said
    mono: bool = False


@dataclass(frozen=True)
class Numbers:
    """What was counted in the script, and what an engine measured; `source` says where the measures are from."""

    counted: tuple[Row, ...]
    measured: tuple[Row, ...]
    source: Said


@dataclass(frozen=True)
class Question:
    """A question, and the answer that is folded under it."""

    question: Said
    answer: Said


@dataclass(frozen=True)
class Lesson:
    """The whole page; `variants` are keys of its own sentences in place of those that speak of a script."""

    script: str
    dockerfile: str
    before: tuple[Panel, ...]
    after: Panel
    commands: tuple[str, ...]
    summary: tuple[Said, ...]
    flows: tuple[Flow, Flow]
    steps: tuple[Step, ...]
    numbers: Numbers
    questions: tuple[Question, ...]
    variants: Mapping[str, str] = field(default_factory=dict)

    def said(self, key: str, **values: Value) -> Said:
        """A sentence of the page by its key, or the one that this lesson has in its place."""
        return said(self.variants.get(key, key), **values)

    @cached_property
    def lines(self) -> dict[str, tuple[Panel, Line]]:
        """Every line of both sides by its id, with the file that it is in."""
        return {line.id: (panel, line) for panel in (*self.before, self.after) for line in panel.lines}
