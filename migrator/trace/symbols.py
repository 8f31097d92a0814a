"""Values that are not known until the script runs.

A value is ordinary text in which each thing that is not known stands as *one* private-use character, so that
joining, comparing and taking apart paths works on plain `str`. The table behind the characters says what each
stands for. Script text that itself holds such a character is refused by the shell front end.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from migrator.source import Span

FIRST = 0x100000
LAST = 0x10FFFD
MOST_WAYS = 32


class SymbolKind(StrEnum):
    """What a symbol stands for, and so what may be done with it."""

    PARAMETER = "parameter"  # an environment variable or positional parameter that the script only reads
    OUTPUT = "output"  # what a command prints: `$(git describe)`
    WORDS = "words"  # any number of words: "$@"
    CONTAINER = "container"  # the id of a container
    IMAGE = "image"  # the id of an image
    PLACE = "place"  # a folder whose name does not matter: the repository's root, mktemp -d
    GLOB = "glob"  # the names in an image's folder that match a pattern (`name` is the pattern)
    UNKNOWN = "unknown"  # cannot be known


_SPLIT = "words that were split"


@dataclass(frozen=True)
class Symbol:
    """One thing that is not known: `shell` is bash text that yields it, fit for inside double quotes.

    `name` is what an ARG for it would be called, `default` what it is when nothing is set (None: no default),
    `because` where the script made it, `empty` whether it may be the empty text. A symbol without `shell`
    cannot be carried over. `ways` are the texts of which it is one, where these are known and few. `folder` is
    where a pattern looks for its names.
    """

    kind: SymbolKind
    name: str
    shell: str | None
    because: Span | None = None
    default: str | None = None
    empty: bool = True
    ways: tuple[str, ...] = ()
    folder: str | None = None


class Symbols:
    """The table of one abstract run: symbol to character and back; equal symbols share a character."""

    def __init__(self) -> None:
        self._symbols: list[Symbol] = []
        self._characters: dict[Symbol, str] = {}

    def character(self, symbol: Symbol) -> str:
        """The character that stands for `symbol`."""
        known = self._characters.get(symbol)
        if known is None:
            known = self._characters[symbol] = chr(FIRST + len(self._symbols))
            self._symbols.append(symbol)
        return known

    def ids(self, span: Span, numbers: range) -> tuple[str, ...]:
        """The ids of containers and images with such numbers that a command at a place made."""
        kinds = (SymbolKind.CONTAINER, SymbolKind.IMAGE)
        made = (Symbol(kind, f"{kind}{number}", None, span, empty=False) for number in numbers for kind in kinds)
        return tuple(self._characters[one] for one in made if one in self._characters)

    def __getitem__(self, character: str) -> Symbol:
        return self._symbols[ord(character) - FIRST]

    def within(self, text: str) -> Iterator[Symbol]:
        """The symbols in `text`, in order."""
        return (self[character] for character in characters_in(text))

    def split(self, because: Span | None) -> str:
        """A new character for the words that something unknown comes to where it is split, however many these are."""
        return self.character(Symbol(SymbolKind.UNKNOWN, _SPLIT, None, because))

    def is_many(self, text: str) -> bool:
        """Whether a text stands for several words, of which nobody knows how many: names of a pattern, split words."""
        return any(one.kind is SymbolKind.GLOB or one.name == _SPLIT for one in self.within(text))

    def holds(self, text: str, kind: SymbolKind) -> bool:
        """Whether something of that kind is in `text`."""
        return any(symbol.kind is kind for symbol in self.within(text))

    def ways(self, text: str) -> tuple[str, ...]:
        """The texts of which a text with symbols is one; none where they are unknown or many."""
        found = [""]
        for character in text:
            endings = self[character].ways if is_symbol(character) else (character,)
            found = [start + ending for start in found for ending in endings]
            if not found or len(found) > MOST_WAYS:
                return ()
        return tuple(dict.fromkeys(found))

    def unknown(self, because: Span | None, name: str = "") -> str:
        """A new value that cannot be known, and where that was decided."""
        return self.character(Symbol(SymbolKind.UNKNOWN, name or f"unknown{len(self._symbols)}", None, because))


def is_symbol(character: str) -> bool:
    """Whether a character stands for a value that is not known."""
    return ord(character) >= FIRST


def characters_in(text: str) -> Iterable[str]:
    """The characters of a text that stand for values, in order."""
    return () if text.isascii() else [character for character in text if ord(character) >= FIRST]


def is_known(text: str) -> bool:
    """Whether a text holds no symbol at all."""
    return text.isascii() or not any(ord(character) >= FIRST for character in text)
