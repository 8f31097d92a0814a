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


@dataclass(frozen=True)
class Span:
    """A half-open range of a `Source`; lines and columns are computed when asked for."""

    source: Source = field(repr=False)
    start: int
    end: int

    @property
    def file(self) -> str:
        """Name of the text that the span is in."""
        return self.source.name

    @property
    def text(self) -> str:
        """The characters that the span covers."""
        return self.source.text[self.start : self.end]

    @property
    def line(self) -> int:
        """Line of the first character, from 1."""
        return self.source.position(self.start)[0]

    @property
    def column(self) -> int:
        """Column of the first character, from 1."""
        return self.source.position(self.start)[1]

    @property
    def end_line(self) -> int:
        """Line just behind the last character, from 1."""
        return self.source.position(self.end)[0]

    @property
    def end_column(self) -> int:
        """Column just behind the last character, from 1."""
        return self.source.position(self.end)[1]

    def to(self, other: Span) -> Span:
        """The range from the start of this span to the end of `other`, which is in the same text."""
        return Span(self.source, self.start, other.end)
