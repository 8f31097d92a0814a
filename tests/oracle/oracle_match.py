"""Text with symbols against text that was really there: a symbol matches anything, and the same thing each time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.trace.symbols import SymbolKind, Symbols, is_symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHAPES = {
    SymbolKind.CONTAINER: "[0-9a-f]{12,64}",
    SymbolKind.IMAGE: "(?:sha256:)?[0-9a-f]{12,64}",
}


class Matcher:
    """Matches patterns one after the other; what a symbol stood for once, it stands for from then on."""

    def __init__(self, symbols: Symbols, bound: dict[str, str]) -> None:
        self.symbols = symbols
        self.bound = dict(bound)

    def text(self, pattern: str, actual: str) -> bool:
        """Whether `pattern` can stand for `actual`; binds its symbols when it can."""
        pieces: list[str] = []
        groups: dict[str, str] = {}
        for character in pattern:
            if not is_symbol(character):
                pieces.append(re.escape(character))
            elif character in self.bound:
                pieces.append(re.escape(self.bound[character]))
            elif character in groups:
                pieces.append(f"(?P={groups[character]})")
            else:
                groups[character] = f"s{len(groups)}"
                shape = _SHAPES.get(self.symbols[character].kind, ".*?")
                pieces.append(f"(?P<{groups[character]}>{shape})")
        found = re.fullmatch("".join(pieces), actual, re.DOTALL)
        if found is None:
            return False
        self.bound.update({character: found[name] for character, name in groups.items()})
        return True

    def words(self, patterns: Sequence[str], actual: Sequence[str]) -> bool:
        """Whether a list of words can stand for another; a lone WORDS symbol stands for any number of them."""
        if not patterns:
            return not actual
        first, rest = patterns[0], patterns[1:]
        if is_symbol(first[:1] or " ") and len(first) == 1 and self.symbols[first].kind is SymbolKind.WORDS:
            return any(self._attempt(rest, actual[count:]) for count in range(len(actual) + 1))
        return bool(actual) and self.text(first, actual[0]) and self.words(rest, actual[1:])

    def _attempt(self, patterns: Sequence[str], actual: Sequence[str]) -> bool:
        before = dict(self.bound)
        if self.words(patterns, actual):
            return True
        self.bound = before
        return False
