"""The statements of one sequence as they grow: their tokens, and the constructs that are open in the last one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from enum import Enum, auto
from typing import TYPE_CHECKING

from migrator.shell.cursor import MAX_DEPTH
from migrator.shell.tokens import Problem, Statement, Token

if TYPE_CHECKING:
    from migrator.shell.cursor import Cursor


class State(Enum):
    """What may come next."""

    COMMAND = auto()  # a command; nothing of it has been read
    BODY = auto()  # the body of a function
    PREFIX = auto()  # assignments or redirections have been read, the command's name has not
    ARGUMENTS = auto()  # the command's name has been read
    CLOSED = auto()  # a compound command has been read, but not its redirections
    NAME = auto()  # the name behind `for` or `select`
    IN = auto()  # `in`, `do` or a separator behind that name
    WORDS = auto()  # the words behind `in`


class Statements:
    """What has been read of a sequence. A statement ends where no construct is open."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._depth = cursor.job.depth
        self._current = Statement()
        self._opaque: int | None = None
        self.complete: list[Statement] = []
        self.open: list[str] = []
        self._numbers: Counter[str] = Counter()
        self.state = State.COMMAND
        self.declaring = False

    @property
    def tokens(self) -> list[Token]:
        """The tokens of the statement that is being read."""
        return self._current.tokens

    @property
    def innermost(self) -> str | None:
        """The innermost construct that is open."""
        return self.open[-1] if self.open else None

    @property
    def is_wrong(self) -> bool:
        """Whether the statement that is being read cannot be understood any more."""
        return self._current.problem is not None

    def emit(self, start: int, end: int, shape: str, meaning: object = None) -> Token:
        """Adds a token."""
        token = Token(start, end, shape, meaning, self._opaque)
        self._opaque = None
        self._current.tokens.append(token)
        return token

    def mark_opaque(self, start: int) -> None:
        """Makes the command of the next token one that is not followed, from `start` on."""
        self._opaque = start

    def blame(self, reason: str, at: int | None = None, *, too_deep: bool = False) -> None:
        """Says that the statement is wrong at a place, or else at the cursor; the first reason counts."""
        if self._current.problem is None:
            self._current.problem = Problem(reason, self._cursor.fault(reason, at).span, too_deep)

    def begin_command(self) -> None:
        """Says that a command may come next."""
        self.state = State.COMMAND
        self.declaring = False

    def push(self, kind: str) -> None:
        """Opens a construct."""
        self.open.append(kind)
        self._numbers[kind] += 1
        self._count_depth()
        if self._depth + len(self.open) > MAX_DEPTH:
            self.blame(f"more than {MAX_DEPTH} constructs stand inside each other", too_deep=True)

    def pop(self, kind: str, closing: str) -> None:
        """Closes the innermost construct, which must be of this kind; `closing` stands before the cursor."""
        at = self._cursor.at - len(closing)
        if not self.is_open(kind):
            self.blame(f"`{closing}` closes nothing", at)
            return
        if self.open[-1] != kind:
            self.blame(f"`{closing}` stands where `{self.open[-1]}` is not closed", at)
        while self._pop_one() != kind:
            pass
        self._count_depth()

    def is_open(self, kind: str) -> bool:
        """Whether a construct of this kind is open."""
        return self._numbers[kind] > 0

    def enter_body(self, opening: str) -> None:
        """Goes from the head of a loop to its body, which `do` or `{` opens."""
        if self.innermost in ("for", "while"):
            self._pop_one()
            self.push(opening)
        else:
            self.blame(f"`{opening}` belongs to no loop")

    def finish(self, background: Token | None = None) -> None:
        """Ends the statement; `background` is the `&` behind it."""
        if self.open:
            self.blame(f"`{self.open[-1]}` is not closed")
        if self.tokens:
            self._cursor.job.wrong += self.is_wrong
            self.complete.append(replace(self._current, background=background))
        self._current = Statement()
        self._opaque = None
        self._close_all()
        self.begin_command()

    def abandon(self, problem: Problem, begun: int) -> None:
        """Makes one statement of what has been read of the last one and all of the text behind it.

        `begun` is where the piece begins that could not be read.
        """
        end = len(self._cursor.text.rstrip())
        self._close_all()
        self._current.problem = problem
        self.emit(min(begun, end), end, "")
        self.finish()

    def _pop_one(self) -> str:
        kind = self.open.pop()
        self._numbers[kind] -= 1
        return kind

    def _close_all(self) -> None:
        self.open.clear()
        self._numbers.clear()
        self._count_depth()

    def _count_depth(self) -> None:
        # No deeper than the limit: what a statement that is too deep holds is not followed, what is behind it is.
        self._cursor.job.depth = min(self._depth + len(self.open), MAX_DEPTH)
