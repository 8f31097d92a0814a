"""Edited text whose every line knows which line of which file it came from, and by which rule it changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migrator.source import Source, Span


@dataclass(frozen=True)
class Change:
    """Put `replacement` where `span` is, because of `rule`."""

    span: Span
    replacement: str
    rule: str


@dataclass(frozen=True)
class Line:
    """One line of the new file, without its end."""

    text: str
    file: str | None = None
    line: int | None = None
    rule: str | None = None


def edited(source: Source, changes: Iterable[Change], start: int = 0, end: int | None = None) -> list[Line]:
    """The lines of a text (or of its part from `start` to `end`) with every change made, each with its origin."""
    end = len(source.text) if end is None else end
    pieces: list[tuple[str, int, str | None]] = []
    position = start
    for change in sorted(changes, key=lambda change: (change.span.start, change.span.end)):
        if not start <= change.span.start <= change.span.end <= end:
            continue
        pieces.append((source.text[position : change.span.start], position, None))
        pieces.append((change.replacement, change.span.start, change.rule))
        position = change.span.end
    pieces.append((source.text[position:end], position, None))
    return list(_lines(source, pieces))


def _lines(source: Source, pieces: Iterable[tuple[str, int, str | None]]) -> list[Line]:
    lines: list[Line] = []
    text, origin, rule = "", None, None
    for piece, start, changed in pieces:
        offset = start
        for index, part in enumerate(piece.split("\n")):
            if index:
                lines.append(Line(text, source.name, origin, rule))
                text, origin, rule = "", None, None
            if part and not text.strip():
                origin = source.position(min(offset, len(source.text)))[0]
            text += part
            if (part or text) and changed is not None:
                rule = changed
            if changed is None:
                offset += len(part) + 1
    if text:
        lines.append(Line(text, source.name, origin, rule))
    return lines
