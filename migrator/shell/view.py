"""A text that leaves out some characters of its source, and still knows where each of its characters stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from migrator.source import Source, Span

CARRIAGE_RETURNS = re.compile(r"\r+(?=\n|\Z)")


@dataclass(frozen=True)
class View:
    """What the lexer reads: the source, or the source without some of its characters.

    Left out are carriage returns before a line end, a byte-order mark, the backslashes that a backtick
    substitution takes away, and the leading tabs of a `<<-` body. What is left is a few runs of the source:
    `starts` says where in the view each begins, the end of the view being the last one, and `places` where in the
    source. Without any, the view is the whole source.
    """

    source: Source
    text: str
    starts: tuple[int, ...] = ()
    places: tuple[int, ...] = ()

    def place(self, offset: int) -> int:
        """Where in the source the character at `offset` stands."""
        if not self.starts:
            return offset
        run = bisect_right(self.starts, offset) - 1
        return self.places[run] + offset - self.starts[run]

    def span(self, start: int, end: int) -> Span:
        """The range of the source that holds the characters [start, end) of this view."""
        if end <= start:
            # Right behind the character before, so that an empty word is not apart from what it belongs to.
            place = self.place(start - 1) + 1 if start else self.place(start)
            return self.source.span(place, place)
        return self.source.span(self.place(start), self.place(end - 1) + 1)

    def pick(self, ranges: Iterable[tuple[int, int]], end: int) -> View:
        """A view of some ranges of this one, in order, one behind the other; `end` is where its end stands."""
        kept = [(start, stop) for start, stop in ranges if start < stop]
        text = "".join([self.text[start:stop] for start, stop in kept])
        starts: list[int] = []
        places: list[int] = []
        length = 0
        for start, stop in kept:
            for begin, place in self._runs(start, stop):
                at = length + begin - start
                if not places or places[-1] + at - starts[-1] != place:
                    starts.append(at)
                    places.append(place)
            length += stop - start
        return View(self.source, text, (*starts, length), (*places, self.place(end)))

    def _runs(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Where the runs within [start, stop) begin, in this view and in the source."""
        yield start, self.place(start)
        for run in range(bisect_right(self.starts, start), len(self.starts)):
            if self.starts[run] >= stop:
                return
            yield self.starts[run], self.places[run]


def view_of(source: Source) -> View:
    r"""The source as the lexer should see it: without a byte-order mark, and with `\n` as its only line end."""
    text = source.text
    if not text.startswith("\ufeff") and "\r" not in text:
        return View(source, text)
    ranges: list[tuple[int, int]] = []
    start = 1 if text.startswith("\ufeff") else 0
    for found in CARRIAGE_RETURNS.finditer(text):
        ranges.append((start, found.start()))
        start = found.end()
    ranges.append((start, len(text)))
    return View(source, text).pick(ranges, len(text))
