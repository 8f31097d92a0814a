"""Text of the trace, with symbols for what was not known, against text that was really there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.trace.symbols import SymbolKind, is_symbol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from migrator.trace.symbols import Symbols

# Ids have a shape of their own; every other symbol may be any text.
_SHAPES = {
    SymbolKind.CONTAINER: "[0-9a-f]{12,64}",
    SymbolKind.IMAGE: "(?:sha256:)?[0-9a-f]{12,64}",
}


class Matcher:
    """Holds what each symbol stood for when it was first met: it stands for the same from then on."""

    def __init__(self, symbols: Symbols, bound: Mapping[str, str]) -> None:
        self._symbols = symbols
        self._bound = dict(bound)

    def bind(self, character: str, text: str) -> None:
        """Say what a symbol stands for, unless that is known already."""
        self._bound.setdefault(character, text)

    def all(self, text: tuple[str, str], words: tuple[Sequence[str], Sequence[str]], *, keep: bool) -> bool:
        """Whether a pattern can stand for its text, and words for theirs; what they bind is kept only then."""
        before = dict(self._bound)
        found = self._text(*text) and self.words(*words)
        if not (found and keep):
            self._bound = before
        return found

    def words(self, patterns: Sequence[str], actual: Sequence[str]) -> bool:
        """Whether words can stand for others; a word that is one symbol may be any number of them, or none."""
        before = dict(self._bound)
        if not patterns:
            return not actual
        first, rest = patterns[0], patterns[1:]
        if actual and self._text(first, actual[0]) and self.words(rest, actual[1:]):
            return True
        self._bound = before
        if len(first) == 1 and is_symbol(first) and first not in self._bound:
            for count in (0, *range(2, len(actual) + 1)):
                self._bound = dict(before)
                if self.words(rest, actual[count:]):
                    return True
        self._bound = before
        return False

    def _text(self, pattern: str, actual: str) -> bool:
        pieces: list[str] = []
        groups: dict[str, str] = {}
        for character in pattern:
            if not is_symbol(character):
                pieces.append(re.escape(character))
            elif character in self._bound:
                pieces.append(re.escape(self._bound[character]))
            elif character in groups:
                pieces.append(f"(?P={groups[character]})")
            else:
                groups[character] = f"s{len(groups)}"
                shape = _SHAPES.get(self._symbols[character].kind, ".*?")
                pieces.append(f"(?P<{groups[character]}>{shape})")
        found = re.fullmatch("".join(pieces), actual, re.DOTALL)
        if found is None:
            return False
        self._bound.update({character: found[name] for character, name in groups.items()})
        return True
