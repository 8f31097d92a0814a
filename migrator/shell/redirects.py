"""Redirections (Bash Reference Manual 3.6)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.shell.syntax import HereDocument
from migrator.shell.tokens import RedirectToken
from migrator.shell.words import read_word

if TYPE_CHECKING:
    from migrator.shell.cursor import Cursor
    from migrator.shell.statements import Statements

REDIRECT = re.compile(r"(?:([0-9]+|\{[A-Za-z_]\w*\})?(<<<|<<-|<<|<&|<>|>>|>&|>\||<(?!\()|>(?!\())|(&>>|&>))", re.ASCII)
# `{name}>` takes a descriptor that is not in use yet: bash counts them from 10.
_FIRST_FREE_DESCRIPTOR = 10
_MOST_DIGITS = 9


def read_redirect(cursor: Cursor, statements: Statements, found: re.Match[str]) -> None:
    """Adds the redirection whose operator was found at the cursor, which is left behind its word."""
    start = cursor.at
    operator = found[2] or found[3]
    operator_end = cursor.at = found.end()
    cursor.skip_blanks()
    target_start = cursor.at
    target = read_word(cursor)
    if cursor.at == target_start:
        statements.blame(f"`{operator}` lacks a word")
    redirect = RedirectToken(_descriptor(found[1]), operator, target)
    shape = ">".rjust(operator_end - start).ljust(target_start - start) + "w"
    token = statements.emit(start, cursor.at, shape, redirect)
    if operator in ("<<", "<<-"):
        cursor.pending.append(token)
    elif operator == "<<<":
        redirect.document = HereDocument(target.span, target)


def _descriptor(written: str | None) -> int | None:
    if not written:
        return None
    return _FIRST_FREE_DESCRIPTOR if written.startswith("{") else int(written[:_MOST_DIGITS])
