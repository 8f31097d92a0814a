"""The lines of a Makefile: logical lines with the place of every character, and the raw lines of recipes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migrator.source import Source, Span

_JOINED = re.compile(r"[ \t]*\\\n[ \t]*")


@dataclass(frozen=True)
class Line:
    """Some text of a Makefile, and where in the source each of its characters stands."""

    source: Source
    text: str
    offsets: tuple[int, ...]

    @classmethod
    def of(cls, source: Source, start: int, end: int) -> Line:
        """The characters [start, end) of a source, without the carriage returns at line ends."""
        text = source.text[start:end]
        if "\r" not in text:
            return cls(source, text, tuple(range(start, end)))
        keep = [at for at, found in enumerate(text) if found != "\r" or text[at + 1 : at + 2] not in ("\n", "")]
        return cls(source, "".join(text[at] for at in keep), tuple(start + at for at in keep))

    def part(self, start: int, end: int | None = None) -> Line:
        """The characters [start, end) of this text."""
        return Line(self.source, self.text[start:end], self.offsets[start:end])

    def stripped(self) -> Line:
        """Without the blanks around it."""
        start = len(self.text) - len(self.text.lstrip())
        return self.part(start, max(start, len(self.text.rstrip())))

    def started(self) -> Line:
        """Without the blanks before it; those behind it can be part of a value."""
        return self.part(len(self.text) - len(self.text.lstrip()))

    def span(self, start: int = 0, end: int | None = None) -> Span:
        """Where the characters [start, end) stand."""
        chosen = self.offsets[start:end]
        if chosen:
            return self.source.span(chosen[0], chosen[-1] + 1)
        at = self.offsets[-1] + 1 if self.offsets else 0
        return self.source.span(at, at)

    def without(self, ranges: Iterable[tuple[int, int, str]]) -> Line:
        """The text with some ranges replaced; a replacement stands where its range began."""
        text, offsets, at = "", [], 0
        for start, end, new in ranges:
            text += self.text[at:start] + new
            offsets += [*self.offsets[at:start], *([self.offsets[start]] * len(new))]
            at = end
        return Line(self.source, text + self.text[at:], (*offsets, *self.offsets[at:]))

    @cached_property
    def logical(self) -> Line:
        """The line as everything but a recipe is read: put together, without its comment and the blanks before it."""
        return self.joined().uncommented().started()

    def joined(self) -> Line:
        """Continued lines put together as outside of recipes: with one blank."""
        if "\\\n" not in self.text:
            return self
        return self.without((found.start(), found.end(), " ") for found in _JOINED.finditer(self.text))

    def as_recipe(self, prefix: str) -> Line:
        """Continued lines as the shell gets them: the backslash stays, the prefix of the next line goes."""
        if "\\\n" not in self.text:
            return self.part(1) if self.text.startswith(prefix) else self
        first = [(0, 1, "")] if self.text.startswith(prefix) else []
        later = re.finditer(r"\\\n" + re.escape(prefix), self.text)
        return self.without([*first, *((found.end() - len(prefix), found.end(), "") for found in later)])

    def uncommented(self) -> Line:
        r"""Without the comment, and with `\#` as the character that it is. A `#` in a reference is text."""
        if "#" not in self.text:
            return self
        cuts: list[tuple[int, int, str]] = []
        depth = 0
        for at, character in enumerate(self.text):
            if character in "({" and (depth or self.text[at - 1 : at] == "$"):
                depth += 1
            elif character in ")}" and depth:
                depth -= 1
            elif character == "#" and not depth:
                if self.text[at - 1 : at] != "\\":
                    return self.part(0, at).without(cuts)
                cuts.append((at - 1, at, ""))
        return self.without(cuts)


# A Makefile is read anew for each of its targets and for each way through its conditions.
@lru_cache(maxsize=32)
def physical(source: Source) -> tuple[Line, ...]:
    """The lines of a Makefile as continued by backslashes, without the final line end."""
    found: list[Line] = []
    text = source.text
    start = at = 0
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        content = text[at:end].rstrip("\r")
        at = end + 1
        if (len(content) - len(content.rstrip("\\"))) % 2 and at < len(text):
            continue
        found.append(Line.of(source, start, end))
        start = at
    if start < len(text):
        found.append(Line.of(source, start, len(text)))
    return tuple(found)
