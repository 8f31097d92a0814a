"""Edits of a shell text that was made of another file, as edits of that file."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.repository.edits import Edit, merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from migrator.source import Derived, Span


class CannotMapError(Exception):
    """An edit is of something that does not stand in the file as it stands in the shell text."""


@dataclass(frozen=True)
class Part:
    """The characters [start, end) of the shell text, the place that they stand for, and whether they are that text.

    `reference` says that it is a value in a line of the file (`$(NAME)`), not what was put around the line.
    """

    start: int
    end: int
    origin: Span
    exact: bool
    reference: bool = False


@dataclass
class Mapping:
    """The way back from a shell text to the one file that it was made of.

    `escaped` writes shell text as it has to stand in the file; `fixed` says whether a value means the same elsewhere.
    """

    source: Derived
    path: str
    escaped: Callable[[str], str]
    fixed: Callable[[str], bool]
    parts: list[Part] = field(default_factory=list)
    seen: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        ends = [*(piece.start for piece in self.source.pieces[1:]), len(self.source.text)]
        plain = [
            Part(piece.start, end, piece.origin, piece.exact)
            for piece, end in zip(self.source.pieces, ends, strict=True)
        ]
        for index, part in enumerate(plain):
            beside = [plain[near] for near in (index - 1, index + 1) if 0 <= near < len(plain)]
            inline = not part.exact and "\n" not in self.source.text[part.start : part.end] + part.origin.text
            is_reference = inline and any(one.exact and _adjoins(one.origin, part.origin) for one in beside)
            self.parts.append(Part(part.start, part.end, part.origin, part.exact, is_reference))
        for part in self.parts:
            if self._is_text(part):
                self.seen.update(range(part.origin.start, part.origin.end))

    def lines(self) -> set[int]:
        """The offsets in the file at which something of the shell text stands."""
        return set(self.seen)

    def edits(self, edits: Iterable[Edit]) -> list[Edit]:
        """The same edits of the file; raises CannotMapError."""
        removed: Counter[int] = Counter()
        inserted: dict[tuple[int, int], list[str]] = {}
        for edit in merged(edits):
            for part in self._in(edit.start, edit.end):
                low, high = max(edit.start, part.start), min(edit.end, part.end)
                removed.update(self._places(part, low, high))
            if edit.text and edit.text != ":":
                inserted.setdefault(self._offset(edit.start), []).append(self._written(edit.text))
            elif edit.text:
                raise CannotMapError
        if any(count != self.seen[place] for place, count in removed.items()):
            raise CannotMapError  # the line means something else for another target
        found = list(_ranges(set(removed)))
        for (place, beside), texts in inserted.items():
            if len(set(texts)) > 1 or len(texts) != self.seen[beside]:
                raise CannotMapError
            found.append(Edit(place, place, texts[0]))
        return sorted(found)

    def _is_text(self, part: Part) -> bool:
        return part.origin.source.name == self.path and (part.exact or part.reference)

    def _in(self, start: int, end: int) -> Iterator[Part]:
        return (part for part in self.parts if part.start < end and start < part.end)

    def _places(self, part: Part, low: int, high: int) -> Iterable[int]:
        if not part.exact and not part.reference:
            return ()  # what was put around a line goes with the line
        if not self._is_text(part) or (part.reference and (low, high) != (part.start, part.end)):
            raise CannotMapError
        first = part.origin.start
        if part.reference:
            return range(first, part.origin.end)
        return range(first + low - part.start, first + high - part.start)

    def _offset(self, place: int) -> tuple[int, int]:
        """Where in the file something goes that goes in at a place of the shell text, and a character beside it."""
        for part in self.parts:
            if part.start < place <= part.end and self._is_text(part) and (part.exact or place == part.end):
                offset = part.origin.end if place == part.end else part.origin.start + place - part.start
                return offset, offset - 1
        for part in self.parts:
            if part.start == place and self._is_text(part):
                return part.origin.start, part.origin.start
        raise CannotMapError

    def _written(self, text: str) -> str:
        """Shell text for the file: a word that another line holds is written as that line writes it."""
        return "".join(word if word.isspace() else self._word(word) for word in re.findall(r"\s+|\S+", text))

    def _word(self, word: str) -> str:
        at = self.source.text.find(word)
        while at >= 0:
            parts = list(self._in(at, at + len(word)))
            if all(self._is_text(part) for part in parts) and self._is_whole(at, at + len(word), parts):
                shown = "".join(self._shown(part, at, at + len(word)) for part in parts)
                if all(part.exact or self.fixed(part.origin.text) for part in parts):
                    return shown
            at = self.source.text.find(word, at + 1)
        values = {self.source.text[part.start : part.end] for part in self.parts if part.reference}
        if any(len(value) > 1 and value in word for value in values):
            raise CannotMapError  # a value of a variable, which somebody may set otherwise
        return self.escaped(word)

    def _is_whole(self, start: int, end: int, parts: list[Part]) -> bool:
        around = self.source.text[start - 1 : start] + self.source.text[end : end + 1]
        inside = all(part.exact or (start <= part.start and part.end <= end) for part in parts)
        return inside and not around.strip()

    def _shown(self, part: Part, start: int, end: int) -> str:
        if not part.exact:
            return part.origin.text
        low, high = max(start, part.start), min(end, part.end)
        first = part.origin.start + low - part.start
        return part.origin.source.text[first : first + high - low]


def _adjoins(one: Span, other: Span) -> bool:
    same = one.source.name == other.source.name and other.start < other.end
    return same and (one.end == other.start or other.end == one.start)


def _ranges(places: set[int]) -> Iterator[Edit]:
    start = last = None
    for place in sorted(places):
        if start is None or last is None or place != last + 1:
            if start is not None and last is not None:
                yield Edit(start, last + 1)
            start = place
        last = place
    if start is not None and last is not None:
        yield Edit(start, last + 1)


__all__ = ["CannotMapError", "Mapping"]
