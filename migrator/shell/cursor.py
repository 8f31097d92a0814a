"""The reading position in a view, and what all readers of one script share."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.diagnostics import Diagnostic
    from migrator.shell.syntax import Sequence, WordPart
    from migrator.shell.tokens import Token
    from migrator.shell.view import View
    from migrator.source import Span

# Constructs inside each other, of whatever kind. Real scripts stay below 15; every level costs the readers, the
# builder and whoever walks the tree a few Python frames each.
MAX_DEPTH = 40

# `((` is arithmetic or two subshells, which only its end tells. Each wrong guess reads the text once more, so that
# the number of guesses is limited; no real script comes near it.
MAX_WRONG_GUESSES = 100

# Words with what they are made of, and pieces of lines: a word of a command counts as two. Each takes about half a
# kilobyte as a tree. Scripts of twenty thousand lines, which is as many commands as are followed, have some 100,000.
MOST_PIECES = 300_000

# Statements that are no shell, each with a finding of its own. Nobody reads the second hundred.
MOST_WRONG = 1_000

_BLANKS = re.compile(r"(?:[ \t]|\\\n)+")
_COMMENT = re.compile(r"#[^\n]*")
_SPACE = re.compile(r"(?:[ \t]|\\\n|#[^\n]*)+")


class NotShellError(Exception):
    """The text cannot be read as shell; caught where the view that is being read begins."""

    def __init__(self, reason: str, span: Span) -> None:
        super().__init__(reason)
        self.reason = reason
        self.span = span


class TooDeepError(NotShellError):
    """Constructs stand inside each other more deeply than we follow."""

    def __init__(self, span: Span) -> None:
        super().__init__(f"more than {MAX_DEPTH} constructs stand inside each other", span)


class TooMuchTextError(NotShellError):
    """There is more to read than is worth it."""


class Closer(Enum):
    """What ends a sequence of commands."""

    END = auto()  # the end of the view
    PAREN = auto()  # `)`
    ARM = auto()  # `;;`, `;&`, `;;&` or `esac`


class CommandReader(Protocol):
    """Reads commands up to the closer, which it leaves to the caller."""

    def __call__(self, cursor: Cursor, closer: Closer) -> Sequence:
        """The commands."""
        ...


class ExpansionReader(Protocol):
    """Reads what stands behind `$`, a backtick, `<(` or `>(`; None when that is no expansion."""

    def __call__(self, cursor: Cursor, *, quoted: bool) -> WordPart | None:
        """The expansion, or None."""
        ...


class DocumentReader(Protocol):
    """Reads the bodies of the pending here-documents, which begin at `start`, and gives back where they end."""

    def __call__(self, cursor: Cursor, start: int) -> int:
        """Where the last body ends, terminator included."""
        ...


@dataclass
class Job:
    """What the readers of one script share.

    The three readers are here because words, commands and here-documents hold each other. `posix` says that the
    script is for `sh`; `pieces` counts what was read, `wrong` the statements that are not shell.
    """

    commands: CommandReader
    expansion: ExpansionReader
    documents: DocumentReader
    posix: bool = False
    findings: list[Diagnostic] = field(default_factory=list)
    depth: int = 0
    wrong_guesses: set[int] = field(default_factory=set)
    pieces: int = 0
    wrong: int = 0


@dataclass
class Cursor:
    """A position in a view. `pending` are the here-documents whose bodies begin at the next line.

    `skips` leads from a line end to the end of the here-document bodies behind it, where these are read already;
    `substitutions` counts the `$(` that are open around the position.
    """

    job: Job
    view: View
    at: int = 0
    pending: list[Token] = field(default_factory=list)
    skips: dict[int, int] = field(default_factory=dict)
    substitutions: int = 0

    @property
    def text(self) -> str:
        """The text of the view."""
        return self.view.text

    @property
    def ended(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self.view.text)

    def looking_at(self, *texts: str) -> bool:
        """Whether one of the texts stands here."""
        return self.view.text.startswith(texts, self.at)

    def take(self, text: str) -> bool:
        """Step over the text if it stands here, and say whether it did."""
        if not self.view.text.startswith(text, self.at):
            return False
        self.at += len(text)
        return True

    def expect(self, text: str, construct: str) -> None:
        """Step over the text, which must stand here to end the construct."""
        if not self.take(text):
            found = "the end of the script" if self.ended else f"`{self.text[self.at]}`"
            raise self.fault(f"{construct} should end with `{text}`, but {found} stands there")

    def fault(self, reason: str, at: int | None = None) -> NotShellError:
        """What to raise when the text at a place, or else at the position, is not shell."""
        return NotShellError(reason, self._character(self.at if at is None else at))

    @contextmanager
    def nested(self) -> Iterator[None]:
        """One level deeper for the time of the block."""
        if self.job.depth >= MAX_DEPTH:
            raise TooDeepError(self._character(self.at))
        before = self.job.depth
        self.job.depth += 1
        try:
            yield
        finally:
            self.job.depth = before

    def _character(self, at: int) -> Span:
        return self.view.span(at, min(at + 1, len(self.view.text)))

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The match of a pattern that begins here; the position stays."""
        return pattern.match(self.view.text, self.at)

    def skip(self, pattern: re.Pattern[str]) -> bool:
        """Step over what the pattern matches here, and say whether it matches."""
        found = pattern.match(self.view.text, self.at)
        if found is None:
            return False
        self.at = found.end()
        return True

    def count(self) -> None:
        """Counts one more piece; raises TooMuchTextError where it is more than are read."""
        self.job.pieces += 1
        if self.job.pieces > MOST_PIECES:
            reason = f"it has more than some {MOST_PIECES // 2:,} words"
            raise TooMuchTextError(reason, self._character(self.at))

    def skip_blanks(self) -> None:
        """Step over blanks and joined lines."""
        self.skip(_BLANKS)

    def skip_blanks_and_comment(self) -> None:
        """Step over blanks, joined lines and a comment, up to the line end."""
        self.skip(_BLANKS)
        self.skip(_COMMENT)

    def skip_newline(self) -> None:
        """Step over the line end that stands here, and over the here-document bodies behind it."""
        start = self.skips.get(self.at, self.at + 1)
        self.at = self.job.documents(self, start) if self.pending else start

    def skip_space(self) -> None:
        """Step over blanks, line ends and comments."""
        while self.skip(_SPACE) or self.looking_at("\n"):
            if self.looking_at("\n"):
                self.skip_newline()

    def read_documents_ahead(self) -> None:
        """Read the bodies of the pending here-documents although their line has not come to its end yet."""
        if not self.pending:
            return
        line_end = self.text.find("\n", self.at)
        if line_end < 0:
            self.job.documents(self, len(self.text))
        else:
            start = self.skips.get(line_end, line_end + 1)
            self.skips[line_end] = self.job.documents(self, start)
