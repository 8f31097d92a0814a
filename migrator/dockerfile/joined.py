"""Text put together from pieces of a source, each character with its place in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from migrator.source import Source, Span

# What Go's unicode.IsSpace takes for a blank; Python's own notion has four control characters more.
BLANKS = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
# What separates words where the engine splits by its regular expression for white space.
_SEPARATORS = re.compile(r"[\t\v\f\r ]+")


@dataclass(frozen=True)
class Joined:
    """A text and, for each of its characters, the offset in the source that it comes from."""

    source: Source
    text: str
    offsets: tuple[int, ...]

    @classmethod
    def of(cls, source: Source, pieces: Iterable[tuple[int, str]]) -> Joined:
        """The text made of pieces, each given with the offset of its first character."""
        text: list[str] = []
        offsets: list[int] = []
        for start, piece in pieces:
            text.append(piece)
            offsets.extend(range(start, start + len(piece)))
        return cls(source, "".join(text), tuple(offsets))

    def span(self, start: int, end: int) -> Span:
        """The range of the source from the first to the last character of a part of the text."""
        if start < end:
            return self.source.span(self.offsets[start], self.offsets[end - 1] + 1)
        if start < len(self.offsets):
            return self.source.span(self.offsets[start], self.offsets[start])
        at = self.offsets[-1] + 1 if self.offsets else 0
        return self.source.span(at, at)

    def cut(self, start: int, end: int) -> Joined:
        """A part of the text."""
        return Joined(self.source, self.text[start:end], self.offsets[start:end])

    def strip(self) -> Joined:
        """The text without blanks at its ends."""
        start = len(self.text) - len(self.text.lstrip(BLANKS))
        return self.cut(start, max(start, len(self.text.rstrip(BLANKS))))

    def halves(self) -> tuple[Joined, Joined]:
        """What stands in front of the first run of separators, and behind it (empty when there is none)."""
        match = _SEPARATORS.search(self.text)
        if match is None:
            return self, self.cut(len(self.text), len(self.text))
        return self.cut(0, match.start()), self.cut(match.end(), len(self.text))

    def fields(self) -> Iterator[Joined]:
        """The parts between separators; quotes mean nothing here."""
        start = 0
        for match in _SEPARATORS.finditer(self.text):
            yield self.cut(start, match.start())
            start = match.end()
        yield self.cut(start, len(self.text))
