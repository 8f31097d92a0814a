"""POSIX regular expressions, basic and extended (XBD 9, and what GNU adds), in the spelling of Python.

Python takes the first alternative that fits, where POSIX takes the longest; lazy forms, back-slashed letters and
brackets are read in other ways. What would not mean the same is not translated.
"""

from __future__ import annotations

import itertools
import re

_CLASSES = {
    "space": r"\s", "digit": "0-9", "alpha": "A-Za-z", "alnum": "A-Za-z0-9", "blank": " \\t", "upper": "A-Z",
    "lower": "a-z", "xdigit": "0-9A-Fa-f", "punct": r"!-/:-@\[-`{-~",
}  # fmt: skip
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\[[:.=].*?[:.=]\]|[^\]\[]|\[(?![:.=]))*\]|.", re.DOTALL)
_MARKS = "(){}+?|"
_SAME = "wWsSbB"  # GNU's letters, which are Python's as well
_EDGES = {"<": r"\b(?=\w)", ">": r"\b(?<=\w)"}
_LITERAL = re.compile(r"(?:[\w ,/=:@%#&!~'\"-]|\\[.\[\]*^$/()-])+")


class UnsupportedError(Exception):
    """An expression that cannot be translated, or a program with one."""


def python_of(pattern: str, *, extended: bool, longest: bool = False) -> str:
    """The expression in the spelling of Python; raises UnsupportedError where it would mean something else there.

    With `longest` it matters how long what it finds is, and not only whether it finds something.
    """
    pieces: list[str] = []
    for piece in _TOKEN.findall(pattern):
        pieces.append(_piece(piece, pieces, extended=extended))
    found = "".join(pieces)
    if any(second in "*+?{" and first in "*+?}" for first, second in itertools.pairwise(pieces)):
        raise UnsupportedError
    return _longest_first(found) if longest and "|" in pieces else found


def _piece(piece: str, before: list[str], *, extended: bool) -> str:
    if piece[0] == "[" and len(piece) > 1:
        return _bracket(piece)
    if len(piece) == 2 and piece[0] == "\\":
        return _escaped(piece[1], extended=extended)
    first = not before or before[-1] in ("(", "|")
    if extended or piece not in _MARKS:
        if piece in "*+?" and first:
            if extended:
                raise UnsupportedError
            return f"\\{piece}"
        if piece == "[":
            raise UnsupportedError
        return piece
    return f"\\{piece}"


def _escaped(letter: str, *, extended: bool) -> str:
    if letter in _MARKS:
        return f"\\{letter}" if extended else letter
    if letter in _EDGES:
        return _EDGES[letter]
    if letter in _SAME or letter in "123456789" or letter in ("n", "t"):
        return f"\\{letter}"
    if letter.isalnum():
        raise UnsupportedError
    return re.escape(letter)


def _bracket(piece: str) -> str:
    """A bracket expression, in which a backslash is a character like any other."""
    inner, start = piece[1:-1], "["
    if inner.startswith("^"):
        inner, start = inner[1:], "[^"
    parts: list[str] = []
    for item in re.findall(r"\[[:.=].*?[:.=]\]|.", inner, re.DOTALL):
        if item.startswith("[:"):
            if item[2:-2] not in _CLASSES:
                raise UnsupportedError
            parts.append(_CLASSES[item[2:-2]])
        elif len(item) > 1:
            raise UnsupportedError
        else:
            parts.append(f"\\{item}" if item in "\\[]&~|^" else item)
    return f"{start}{''.join(parts)}]"


def _longest_first(expression: str) -> str:
    """Plain words by their length, so that the first that fits is the longest one; nothing else is certain to be."""
    words = expression.split("|")
    if not all(_LITERAL.fullmatch(word) for word in words):
        raise UnsupportedError
    return "|".join(sorted(words, key=len, reverse=True))
