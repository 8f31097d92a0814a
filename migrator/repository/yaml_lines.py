"""Keys of a mapping in YAML that stand one to a line, found by their depth; an edit leaves all else as it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.repository.edits import Edit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.source import Source


def siblings(source: Source, line: int, indent: int) -> dict[str, str]:
    """The keys beside a line's own, at its depth in the same mapping, with what stands behind them."""
    return {found[1]: found[2] for _, found in _beside(source, line, indent)}


def changed(source: Source, line: int, indent: int, key: str, value: str) -> list[Edit] | None:
    """The edit that gives a key beside a line another plain value; None where there is no such key."""
    for number, found in _beside(source, line, indent):
        if found[1] == key:
            begin = source.line_starts[number - 1]
            return [Edit(begin + found.start(2), begin + found.end(2), value)]
    return None


def _beside(source: Source, line: int, indent: int) -> Iterator[tuple[int, re.Match[str]]]:
    for step in (-1, 1):
        number = line if step < 0 else line + 1
        while 1 <= number <= len(source.line_starts):
            text, place = source.line_text(number), number
            number += step
            if not text.strip() or text.lstrip().startswith("#"):
                continue
            depth = len(text) - len(text.lstrip())
            if depth < indent:
                break
            key = re.match(r"\s*([\w-]+):\s*[\"']?([^\"'#]*?)[\"']?\s*(#.*)?$", text)
            if depth == indent and key is not None:
                yield place, key


__all__ = ["changed", "siblings"]
