"""Text with a name, and half-open ranges in it: what every tree node and every diagnostic points at."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Source:
    """One named text: a file of the repository (`name` is its path from the root), or text that a script wrote.

    `guests` are lines that the file itself does not have, each as (the file's line that they stand behind, how many):
    they count as part of that line.
    """

    name: str
    text: str
    guests: tuple[tuple[int, int], ...] = ()

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        r"""Offset of the first character of every line; a line ends at `\n` and nowhere else."""
        starts = [0]
        position = self.text.find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = self.text.find("\n", position + 1)
        return tuple(starts)

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) of an offset, both counted from 1, the column in characters."""
        line = bisect_right(self.line_starts, offset)
        column = offset - self.line_starts[line - 1] + 1
        for behind, count in self.guests:
            if behind < line <= behind + count:
                return behind, 1
            line -= count if line > behind else 0
        return line, column

    def line_text(self, line: int) -> str:
        """The text of a line counted from 1, without its line end."""
        line += sum(count for behind, count in self.guests if behind < line)
        start = self.line_starts[line - 1]
        end = self.line_starts[line] - 1 if line < len(self.line_starts) else len(self.text)
        return self.text[start:end].removesuffix("\r")

    def span(self, start: int, end: int) -> Span:
        """The half-open range [start, end) of this text."""
        return Span(self, start, end)

    @property
    def whole(self) -> Span:
        """The whole text as one span."""
        return Span(self, 0, len(self.text))

    def original(self, span: Span) -> Span:
        """The range of a file that a range of this text stands for: itself, unless this text was made of others."""
        return span


@dataclass(frozen=True)
class Piece:
    """Where a text that was made of others takes its characters from `start` on from.

    With `exact` it is `origin` character by character; otherwise all of the piece stands for all of `origin`.
    """

    start: int
    origin: Span
    exact: bool


@dataclass(frozen=True)
class Derived(Source):
    """A text made of pieces of others, such as the commands of a Makefile's target.

    Its own text is what is parsed; file, lines and columns of its spans are those of the pieces.
    """

    pieces: tuple[Piece, ...] = field(default=(), repr=False, compare=False)

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return tuple(piece.start for piece in self.pieces)

    def original(self, span: Span) -> Span:
        """The range in the file that holds the first character, as far as it reaches in that file."""
        if not self.pieces:
            return span
        first = self._at(span.start)
        last = self._at(max(span.start, span.end - 1))
        if last.source != first.source or last.end < first.start:
            return first
        return first.to(last)

    def _at(self, offset: int) -> Span:
        piece = self.pieces[max(bisect_right(self._starts, offset) - 1, 0)]
        origin = piece.origin
        if not piece.exact:
            return origin
        start = min(origin.start + max(offset - piece.start, 0), origin.end)
        return Span(origin.source, start, min(start + 1, origin.end))


@dataclass(frozen=True)
class Span:
    """A half-open range of a `Source`; lines and columns are computed when asked for."""

    source: Source = field(repr=False)
    start: int
    end: int

    @property
    def file(self) -> str:
        """Name of the text that the span is in."""
        return self.original.source.name

    @property
    def original(self) -> Span:
        """The same place in the file that the text was made of; for the text of a file, this span."""
        return self.source.original(self)

    @property
    def shown(self) -> str:
        """The line of the file that the span begins in."""
        place = self.original
        return place.source.line_text(place.line)

    @property
    def text(self) -> str:
        """The characters that the span covers."""
        return self.source.text[self.start : self.end]

    @property
    def line(self) -> int:
        """Line of the first character, from 1."""
        place = self.original
        return place.source.position(place.start)[0]

    @property
    def column(self) -> int:
        """Column of the first character, from 1."""
        place = self.original
        return place.source.position(place.start)[1]

    @property
    def end_line(self) -> int:
        """Line just behind the last character, from 1."""
        place = self.original
        return place.source.position(place.end)[0]

    @property
    def end_column(self) -> int:
        """Column just behind the last character, from 1."""
        place = self.original
        return place.source.position(place.end)[1]

    def to(self, other: Span) -> Span:
        """The range from the start of this span to the end of `other`, which is in the same text."""
        return Span(self.source, self.start, other.end)
