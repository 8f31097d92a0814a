"""Texts of the trace as they are in one replay: what each symbol stands for, or the reason why that is not known."""

from __future__ import annotations

import os
import re
import secrets
from typing import TYPE_CHECKING

from migrator.trace.render import described
from migrator.trace.symbols import SymbolKind, is_symbol

if TYPE_CHECKING:
    from pathlib import Path

    from migrator.source import Span
    from migrator.trace.symbols import Symbol, Symbols

# What a machine answers the same way at any moment.
_OF_THE_MACHINE = {
    "$(id -u)": lambda: str(os.getuid()),
    "$(id -g)": lambda: str(os.getgid()),
    "$UID": lambda: str(os.getuid()),
    "$EUID": lambda: str(os.geteuid()),
    "$$": lambda: str(os.getpid()),
}


class NotReplayedError(Exception):
    """Something that cannot be replayed: where in the script, and what it is."""

    def __init__(self, span: Span | None, what: str) -> None:
        super().__init__(what)
        self.span, self.what = span, what


class Values:
    """What the symbols of a trace stand for; ids become known while calls are made.

    `root` is the copy of the repository, `temporary` what /tmp is for a name that mktemp made, `given` are variables
    that every verification sets.
    """

    def __init__(self, symbols: Symbols, root: Path, temporary: Path, given: dict[str, str]) -> None:
        self._symbols, self._temporary, self._given = symbols, temporary, given
        self._root = str(root)
        self._bound: dict[str, str] = {}

    def bind(self, character: str, text: str) -> None:
        """Say what a symbol stands for from here on."""
        self._bound[character] = text

    def kind(self, character: str) -> SymbolKind:
        """What a symbol stands for, in general."""
        return self._symbols[character].kind

    def glob(self, text: str) -> str | None:
        """The pattern of a text's one symbol for names in an image's folder; None where it has no such symbol."""
        found = [one for one in self._symbols.within(text) if one.kind is SymbolKind.GLOB]
        return found[0].name if found else None

    def text(self, text: str, span: Span | None) -> str:
        """A text without symbols; raises NotReplayedError for one that stands for what is not known."""
        text = self._with_places(text)
        pieces: list[str] = []
        for character in text:
            if not is_symbol(character):
                pieces.append(character)
                continue
            value = self._value(character)
            if value is None:
                symbol = self._symbols[character]
                raise NotReplayedError(symbol.because or span, f"{described(symbol)}, known only when the script runs")
            pieces.append(value)
        return "".join(pieces)

    def _with_places(self, text: str) -> str:
        """The text with the root, and each /tmp in front of a name that mktemp made, as they are in this replay."""
        for character in {one for one in text if is_symbol(one)}:
            symbol = self._symbols[character]
            if symbol.kind is not SymbolKind.PLACE:
                continue
            if symbol.name == "root":
                # The root's path is a slash and its symbol; `$PWD` alone, as a word, is the same path.
                text = text.replace(f"/{character}", self._root).replace(character, self._root)
            else:
                mark = re.escape(character)
                text = re.sub(rf"(?<![^=:,])/tmp(?=/[^/]*{mark})", lambda _: str(self._temporary), text)
        return text

    def _value(self, character: str) -> str | None:
        if character not in self._bound:
            value = self._first_value(self._symbols[character])
            if value is None:
                return None
            self._bound[character] = value
        return self._bound[character]

    def _first_value(self, symbol: Symbol) -> str | None:
        match symbol.kind:
            case SymbolKind.PLACE:
                return secrets.token_hex(5)
            case SymbolKind.PARAMETER if symbol.shell == f"${symbol.name}":
                return self._given.get(symbol.name)
            case SymbolKind.OUTPUT if symbol.shell in _OF_THE_MACHINE:
                return _OF_THE_MACHINE[symbol.shell]()
        return None
