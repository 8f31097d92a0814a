"""Assignments and array literals (Bash Reference Manual 3.4 and 6.7)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.shell.syntax import ArrayLiteral, Assignment, Word
from migrator.shell.words import SUBSCRIPT, read_word

if TYPE_CHECKING:
    from migrator.shell.cursor import Cursor

# A look ahead for `name[…]=`; its length is limited so that a line of many brackets costs no more than its length.
SUBSCRIPTED = re.compile(r"[A-Za-z_]\w*\[[^\n]{1,300}?\]\+?=", re.ASCII)
ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(\+?)=", re.ASCII)
ARRAY = re.compile(r"([A-Za-z_]\w*)(\+?)=\(", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_EQUALS = re.compile(r"\](\+?)=")
_KEYED = re.compile(r"\[[^\n]{1,300}?\]\+?=")


def read_assignment(cursor: Cursor) -> Assignment | None:
    """The assignment at the cursor, which is left behind it; None (and the cursor stays) where there is none."""
    start = cursor.at
    plain = cursor.match(ASSIGNMENT)
    if plain is not None:
        cursor.at = plain.end()
        value = read_word(cursor)
        return Assignment(cursor.view.span(start, cursor.at), plain[1], value, append=bool(plain[2]))
    name = cursor.match(_NAME)
    if name is None:
        return None
    cursor.at = name.end()
    subscript = _read_key(cursor)
    if subscript is None:
        cursor.at = start
        return None
    word, append = subscript
    value = read_word(cursor)
    return Assignment(cursor.view.span(start, cursor.at), name[0], value, append=append, subscript=word)


def read_array(cursor: Cursor, opening: re.Match[str]) -> Assignment:
    """The assignment of an array literal, whose `name=(` the match is; the cursor is left behind its `)`."""
    start = opening.start()
    cursor.at = opening.end()
    elements: list[tuple[Word | None, Word]] = []
    cursor.skip_space()
    while not cursor.take(")"):
        before = cursor.at
        elements.append(_read_element(cursor))
        if cursor.at == before:
            cursor.expect(")", "an array literal")
        cursor.skip_space()
    literal = ArrayLiteral(cursor.view.span(opening.end() - 1, cursor.at), tuple(elements))
    return Assignment(cursor.view.span(start, cursor.at), opening[1], literal, append=bool(opening[2]))


def _read_element(cursor: Cursor) -> tuple[Word | None, Word]:
    if cursor.match(_KEYED):
        start = cursor.at
        key = _read_key(cursor)
        if key is not None:
            return key[0], read_word(cursor)
        cursor.at = start
    return None, read_word(cursor)


def _read_key(cursor: Cursor) -> tuple[Word, bool] | None:
    """The word in `[…]=`, and whether `+=` stands behind it."""
    if not cursor.take("["):
        return None
    word = read_word(cursor, SUBSCRIPT)
    equals = cursor.match(_EQUALS)
    if equals is None:
        return None
    cursor.at = equals.end()
    return word, bool(equals[1])
