"""What an input comes to: one shell text, whose places are those of the files that it was made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from migrator.source import Derived, Piece, Source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migrator.diagnostics import Diagnostic
    from migrator.source import Span


@dataclass(frozen=True)
class Program:
    """The shell text to run, the positional parameters that it gets (None: any), and findings about the input.

    `covers` is what the part says in its own file, where it cannot be read as shell text. With `task` the text is that
    of a Python file, and this is the task of it to run.
    """

    source: Source
    args: tuple[str, ...] | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    covers: str | None = None
    task: str | None = None


class Chunk(NamedTuple):
    """Some text and the place that it stands for; `exact` says that it is that place character by character.

    A chunk that sets the shell variable `unless_read` and does nothing else is left out where nothing reads it.
    """

    text: str
    origin: Span
    exact: bool = False
    unless_read: str = ""


@dataclass
class Composer:
    """Puts a shell text together from chunks."""

    chunks: list[Chunk] = field(default_factory=list)

    def add(self, text: str, origin: Span, *, exact: bool = False) -> None:
        """Adds text that stands for `origin`."""
        if text:
            self.chunks.append(Chunk(text, origin, exact))

    def extend(self, chunks: Iterable[Chunk]) -> None:
        """Adds chunks in order."""
        self.chunks.extend(chunk for chunk in chunks if chunk.text)

    def source(self, name: str) -> Derived:
        """The whole text under a name."""
        pieces: list[Piece] = []
        at = 0
        chunks = _needed(self.chunks)
        for chunk in chunks:
            pieces.append(Piece(at, chunk.origin, chunk.exact))
            at += len(chunk.text)
        return Derived(name, "".join(chunk.text for chunk in chunks), pieces=tuple(pieces))


def _needed(chunks: list[Chunk]) -> list[Chunk]:
    """The chunks without assignments that nothing reads, and without those that only such assignments read."""
    while True:
        text = "".join(chunk.text for chunk in chunks)
        kept = [chunk for chunk in chunks if not chunk.unless_read or f"${{{chunk.unless_read}" in text]
        if len(kept) == len(chunks):
            return kept
        chunks = kept


def in_double_quotes(text: str) -> str:
    """Text as it has to stand between double quotes to mean itself."""
    for character in '\\"$`':
        text = text.replace(character, f"\\{character}")
    return text


def part_of(chunks: list[Chunk], start: int, end: int) -> list[Chunk]:
    """The characters [start, end) of the chunks' text."""
    found: list[Chunk] = []
    at = 0
    for chunk in chunks:
        low, high = max(start - at, 0), min(end - at, len(chunk.text))
        if low < high:
            origin = chunk.origin
            if chunk.exact:
                origin = origin.source.span(origin.start + low, origin.start + high)
            found.append(chunk._replace(text=chunk.text[low:high], origin=origin))
        at += len(chunk.text)
    return found


def origin_at(chunks: list[Chunk], offset: int) -> Span:
    """The place that the character at an offset of the chunks' text stands for."""
    at = 0
    for chunk in chunks:
        at += len(chunk.text)
        if offset < at:
            return chunk.origin
    return chunks[-1].origin
