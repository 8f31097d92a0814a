"""Text of a repository on a terminal: nothing in it may move the cursor, hide, or change what stands around it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_TAB = "    "

_BYTE = 0x100
_PLANE = 0x10000
_ESCAPED_BYTES = range(0xDC80, 0xDD00)


def visible(text: str) -> str:
    r"""`text` as one line that can do no harm: tabs as blanks, every other invisible character as an escape.

    A byte that is not UTF-8 (a surrogate, as `os.fsdecode` gives it) shows as the byte that it is, `\xff`.
    """
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character == "\t":
        return _TAB
    # Not printable are controls, formats (which turn the direction of text around), separators other than the
    # blank, surrogates, and what Unicode has not given a meaning.
    if character.isprintable():
        return character
    number = ord(character)
    if number in _ESCAPED_BYTES:
        number -= 0xDC00
    if number < _BYTE:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < _PLANE else f"\\U{number:08x}"


def width(text: str) -> int:
    """How many columns a terminal gives to a text that `visible` has made: wide characters take two."""
    columns = 0
    for character in text:
        if not unicodedata.combining(character):
            columns += 2 if unicodedata.east_asian_width(character) in "WF" else 1
    return columns


@dataclass(frozen=True)
class Palette:
    """How to mark text: with the colours of a terminal, or not at all."""

    colour: bool = False

    def paint(self, text: str, style: str) -> str:
        """`text` in a style (a number of ECMA-48's SGR, such as `1;31`), or as it is."""
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour else text


PLAIN = Palette()
BOLD = "1"
FAINT = "2"
RED = "1;31"
YELLOW = "1;33"
BLUE = "1;34"
GREEN = "32"
