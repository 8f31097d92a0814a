"""The escapes of `$'…'` (Bash Reference Manual 3.1.2.4)."""

from __future__ import annotations

import re

_ESCAPE = re.compile(
    r"\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})|c(.)|(.))", re.DOTALL
)
_SIMPLE = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "E": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
    "?": "?",
}
_LAST_CHARACTER = 0x10FFFF


def decode_escapes(text: str) -> str:
    """The text between the quotes of `$'…'` with its escapes replaced; one that bash does not know stays."""
    return _ESCAPE.sub(_decoded, text)


def _decoded(escape: re.Match[str]) -> str:
    hexadecimal = escape[1] or escape[2] or escape[3]
    if hexadecimal is not None:
        number = int(hexadecimal, 16)
        return chr(number) if number <= _LAST_CHARACTER else escape[0]
    if escape[4] is not None:
        return chr(int(escape[4], 8) & 0xFF)
    if escape[5] is not None:
        return chr(ord(escape[5]) & 0x1F)
    return _SIMPLE.get(escape[6], escape[0])
