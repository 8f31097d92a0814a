"""`case … esac` and the header of an arithmetic `for` (Bash Reference Manual 3.2.5)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.shell.cursor import Closer
from migrator.shell.syntax import Case, CaseItem, Word
from migrator.shell.tokens import ForHeader
from migrator.shell.words import ARITHMETIC_PART, read_word

if TYPE_CHECKING:
    from migrator.shell.cursor import Cursor

_IN = re.compile(r"in(?![^ \t\n;&|()<>])")
ESAC = re.compile(r"esac(?![^ \t\n;&|()<>])")
_TERMINATOR = re.compile(r";;&|;;|;&")
_HEADER_PARTS = 3


def read_case(cursor: Cursor, start: int) -> Case:
    """The `case` whose reserved word is behind the cursor and begins at `start`; it is left behind `esac`."""
    cursor.skip_blanks()
    subject = _read_required_word(cursor, "`case` lacks a word")
    cursor.skip_space()
    if not cursor.skip(_IN):
        raise cursor.fault("`case` lacks its `in`")
    items: list[CaseItem] = []
    cursor.skip_space()
    while not cursor.skip(ESAC):
        items.append(_read_item(cursor))
        cursor.skip_space()
    return Case(cursor.view.span(start, cursor.at), subject, tuple(items))


def _read_item(cursor: Cursor) -> CaseItem:
    start = cursor.at
    cursor.take("(")
    patterns: list[Word] = []
    while not patterns or cursor.take("|"):
        cursor.skip_blanks()
        patterns.append(_read_required_word(cursor, "a pattern is missing in `case`"))
        cursor.skip_blanks()
    cursor.expect(")", "a pattern of `case`")
    body = cursor.job.commands(cursor, Closer.ARM)
    terminator = cursor.match(_TERMINATOR)
    if terminator is not None:
        cursor.at = terminator.end()
    elif cursor.match(ESAC) is None:
        raise cursor.fault("`case` is not closed by `esac`")
    return CaseItem(cursor.view.span(start, cursor.at), tuple(patterns), body, terminator[0] if terminator else ";;")


def _read_required_word(cursor: Cursor, complaint: str) -> Word:
    start = cursor.at
    word = read_word(cursor)
    if cursor.at == start:
        raise cursor.fault(complaint)
    return word


def read_arithmetic_header(cursor: Cursor) -> ForHeader:
    """The three parts of `((first; condition; step))`; the cursor is left behind the parentheses."""
    cursor.expect("((", "`for`")
    parts: list[Word | None] = []
    for number in range(_HEADER_PARTS):
        if number:
            cursor.expect(";", "a part of `for (( ))`")
        cursor.skip_space()
        word = read_word(cursor, ARITHMETIC_PART)
        parts.append(word if word.parts and (word.literal is None or word.literal.strip()) else None)
    cursor.expect("))", "`for (( ))`")
    return ForHeader((parts[0], parts[1], parts[2]))
