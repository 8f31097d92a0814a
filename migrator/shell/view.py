"""A text that leaves out some characters of its source, and still knows where each of its characters stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migrator.source import Source, Span

CARRIAGE_RETURNS = re.compile(r"\r+(?=\n|\Z)")


@dataclass(frozen=True)
class View:
    """What the lexer reads: the source, or the source without some of its characters.

    Left out are carriage returns before a line end, a byte-order mark, the backslashes that a backtick
    substitution takes away, and the leading tabs of a `<<-` body. `offsets` holds the place in the source of each
    character and of the end; None says that the view is the whole source.
    """

    source: Source
    text: str
    offsets: tuple[int, ...] | None = None

    def place(self, offset: int) -> int:
        """Where in the source the character at `offset` stands."""
        return offset if self.offsets is None else self.offsets[offset]

    def span(self, start: int, end: int) -> Span:
        """The range of the source that holds the characters [start, end) of this view."""
        if end <= start:
            # Right behind the character before, so that an empty word is not apart from what it belongs to.
            place = self.place(start - 1) + 1 if start else self.place(start)
            return self.source.span(place, place)
        return self.source.span(self.place(start), self.place(end - 1) + 1)

    def pick(self, ranges: Iterable[tuple[int, int]], end: int) -> View:
        """A view of some ranges of this one, in order, one behind the other; `end` is where its end stands."""
        kept = list(ranges)
        text = "".join([self.text[start:stop] for start, stop in kept])
        places = chain.from_iterable(
            range(start, stop) if self.offsets is None else self.offsets[start:stop] for start, stop in kept
        )
        return View(self.source, text, (*places, self.place(end)))


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
