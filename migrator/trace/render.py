"""Values back to bash text: how a value with symbols is written in a command line."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from migrator.trace.symbols import SymbolKind, is_known, is_symbol

if TYPE_CHECKING:
    from migrator.trace.symbols import Symbol, Symbols

_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")


def renderable(text: str, symbols: Symbols) -> bool:
    """Whether bash text can yield the value: no symbol in it is unknown."""
    return all(symbol.shell is not None for symbol in symbols.within(text))


def inside_quotes(text: str, symbols: Symbols) -> str:
    """The value as it is written between double quotes; the caller has checked `renderable`."""
    pieces: list[str] = []
    braces = _joined(text, symbols)
    for character in text:
        if not is_symbol(character):
            pieces.append("\\" + character if character in '"$`\\' else character)
            continue
        symbol = symbols[character]
        if symbol.kind is SymbolKind.PLACE and symbol.shell == "$PWD" and pieces and pieces[-1] == "/":
            pieces.pop()  # the root's path is a slash and its symbol
        # `$NAME` in front of a letter needs its braces, and then all of them in the text have theirs.
        pieces.append(re.sub(r"^\$([A-Za-z_]\w*)$", r"${\1}", symbol.shell or "") if braces else symbol.shell or "")
    return "".join(pieces)


def _joined(text: str, symbols: Symbols) -> bool:
    for here, following in pairwise("" if text.isascii() else text):
        if is_symbol(here) and re.match(r"\w", following) and re.fullmatch(r"\$\w+", symbols[here].shell or ""):
            return True
    return False


def word(text: str, symbols: Symbols) -> str:
    """The value as one shell word, quoted only where it must be."""
    if is_known(text):
        if text and _PLAIN.fullmatch(text):
            return text
        return "'" + text.replace("'", "'\\''") + "'"
    return f'"{inside_quotes(text, symbols)}"'


def default_word(text: str, symbols: Symbols) -> str:
    """The value as it is written behind `:-` inside `"${X:-…}"`."""
    return inside_quotes(text, symbols).replace("}", "\\}")


_SHOWN = {
    SymbolKind.CONTAINER: "<container>",
    SymbolKind.IMAGE: "<image>",
    SymbolKind.PLACE: "XXXXXX",
    SymbolKind.WORDS: '"$@"',
}
_DESCRIBED = {
    SymbolKind.CONTAINER: "the id of a container",
    SymbolKind.IMAGE: "the id of an image",
    SymbolKind.PLACE: "a name that mktemp makes",
    SymbolKind.WORDS: "the arguments of the script",
}
_MADE_UP = re.compile(r"unknown[0-9]+")
_LONGEST = 60


def legible(text: str, symbols: Symbols) -> str:
    """Text of a run for a person: each value that is not known as the shell text that yields it, or as what it is."""
    return text if text.isascii() else "".join(_legible(symbols[c]) if is_symbol(c) else c for c in text)


def _legible(symbol: Symbol) -> str:
    if symbol.shell is not None:
        return symbol.shell
    if symbol.kind is SymbolKind.GLOB:
        return symbol.name
    return _SHOWN.get(symbol.kind, "…")


def described(symbol: Symbol) -> str:
    """A value that is not known, in words: by the script's own name for it, or by the text that it comes from."""
    if symbol.kind in _DESCRIBED:
        return _DESCRIBED[symbol.kind]
    if symbol.kind is SymbolKind.GLOB:
        return f"the names that match {symbol.name}"
    if not _MADE_UP.fullmatch(symbol.name):
        return symbol.name
    if symbol.because is None:
        return "a value"
    text = " ".join(symbol.because.text.split())
    return f"`{text if len(text) <= _LONGEST else text[: _LONGEST - 1] + '…'}`"
