"""What the lexer hands to the mask: pieces of a statement, each with its meaning and with the shape bashlex sees."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrator.shell.syntax import HereDocument, Word
    from migrator.source import Span


@dataclass
class RedirectToken:
    """A redirection; the body of a here-document comes in when its lines are reached."""

    descriptor: int | None
    operator: str
    target: Word
    document: HereDocument | None = None


@dataclass(frozen=True)
class ForHeader:
    """`for ((first; condition; step))`."""

    parts: tuple[Word | None, Word | None, Word | None]


@dataclass(frozen=True)
class LoopWord:
    """A word in the head of `for` or `select`."""

    word: Word


@dataclass(frozen=True)
class Keyword:
    """A reserved word that bashlex sees as another one: `select`."""

    text: str


@dataclass(frozen=True)
class FunctionName:
    """The name that a definition gives."""

    name: str


@dataclass
class Token:
    """One piece of a statement: [start, end) in the view, and the plain text that bashlex sees in its place.

    `shape` is never longer than the piece, so that offsets in the masked text are offsets in the view. `meaning` is
    a node of the tree (a word, an assignment, a compound command), one of the values above, or None.
    `opaque` is where a prefix that we do not follow (`coproc`) begins.
    """

    start: int
    end: int
    shape: str
    meaning: object = None
    opaque: int | None = None


@dataclass
class Statement:
    """A whole statement at the top of a sequence, with what the lexer found wrong with it."""

    tokens: list[Token] = field(default_factory=list)
    background: Token | None = None
    problem: Problem | None = None


@dataclass(frozen=True)
class Problem:
    """Why a statement cannot be understood, and where that shows."""

    reason: str
    span: Span
    too_deep: bool = False
    too_much: bool = False
