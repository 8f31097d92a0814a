"""Which word of a command gave which of the fields that it ran with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrator.shell.syntax import Simple, Word


class CannotRewriteError(Exception):
    """The statement cannot be made the new build by changing its words."""


@dataclass(frozen=True)
class Words:
    """A simple command's words, each with the fields that it gave: [start, end) of `fields`."""

    node: Simple
    fields: tuple[str, ...]
    ranges: tuple[tuple[int, int], ...]

    def at(self, index: int) -> Word:
        """The word that gave one field, and no other."""
        for item, (start, end) in zip(self.node.words, self.ranges, strict=True):
            if start <= index < end:
                if end - start > 1:
                    break
                return item
        raise CannotRewriteError

    def whole(self) -> Iterator[tuple[Word, str]]:
        """The words that gave exactly one field."""
        for item, (start, end) in zip(self.node.words, self.ranges, strict=True):
            if end - start == 1:
                yield item, self.fields[start]


def align(node: Simple, fields: Sequence[str]) -> Words | None:
    """Which word gave which field; None where that cannot be said."""

    def place(index: int, at: int) -> list[tuple[int, int]] | None:
        if index == len(node.words):
            return [] if at == len(fields) else None
        item = node.words[index]
        sizes: Sequence[int]
        if item.literal is not None:
            sizes = (1,) if at < len(fields) and item.literal == fields[at] else ()
        elif all(getattr(part, "quoted", False) and getattr(part, "name", "") != "@" for part in item.parts):
            sizes = (1,)
        else:
            sizes = (1, *range(2, len(fields) - at + 1), 0)
        for size in sizes:
            if at + size <= len(fields):
                rest = place(index + 1, at + size)
                if rest is not None:
                    return [(at, at + size), *rest]
        return None

    found = place(0, 0)
    return None if found is None else Words(node, tuple(fields), tuple(found))


__all__ = ["CannotRewriteError", "Words", "align"]
