"""Here-documents: which lines are the body, and what is in it (Bash Reference Manual 3.6.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.rules import script as rules
from migrator.shell.cursor import Cursor, NotShellError, TooMuchTextError
from migrator.shell.syntax import HereDocument, Literal, Word
from migrator.shell.tokens import RedirectToken
from migrator.shell.words import plain_word, read_text

if TYPE_CHECKING:
    from migrator.shell.tokens import Token
    from migrator.shell.view import View


@dataclass(frozen=True)
class _Delimiter:
    """What ends the body, whether its tabs go away, and whether it is taken as it stands."""

    text: str
    strip_tabs: bool
    verbatim: bool


def read_documents(cursor: Cursor, start: int) -> int:
    """Reads the bodies of the pending here-documents, the first from `start` on; gives back where the last ends."""
    waiting, cursor.pending = cursor.pending, []
    for token in waiting:
        start = _read_document(cursor, token, start)
    return start


def _read_document(cursor: Cursor, token: Token, start: int) -> int:
    redirect = token.meaning
    if not isinstance(redirect, RedirectToken):
        raise TypeError(f"{redirect!r} has no here-document")
    delimiter = _delimiter(cursor.view, redirect)
    lines, end = _body_lines(cursor, delimiter, start)
    if end is None:
        span = cursor.view.span(token.start, token.end)
        cursor.job.findings.append(rules.UNENDED_DOCUMENT.at(span, delimiter=delimiter.text))
        end = len(cursor.text)
    body_end = lines[-1][1] if lines else start
    redirect.document = HereDocument(
        cursor.view.span(start, body_end), _body_word(cursor, lines, body_end, verbatim=delimiter.verbatim)
    )
    return end


def _delimiter(view: View, redirect: RedirectToken) -> _Delimiter:
    """The delimiter after quote removal; nothing in it is expanded, so that an expansion is its own text."""
    texts: list[str] = []
    verbatim = False
    for part in redirect.target.parts:
        if isinstance(part, Literal):
            texts.append(part.text)
            verbatim = verbatim or part.quoted
        else:
            texts.append(part.span.text)
            verbatim = verbatim or '"' in view.source.text[part.span.start - 1 : part.span.end + 1]
    return _Delimiter("".join(texts), redirect.operator == "<<-", verbatim)


def _body_lines(cursor: Cursor, delimiter: _Delimiter, start: int) -> tuple[list[tuple[int, int]], int | None]:
    """The ranges of the body's lines, and where the line behind the terminator begins (None: no terminator).

    A line that ends with a backslash is joined with the next one, which then cannot be the terminator. Inside
    `$( )` the terminator may be followed by the closing parenthesis, as in bash.
    """
    text = cursor.text
    lines: list[tuple[int, int]] = []
    joined = False
    while start < len(text):
        line_end = text.find("\n", start)
        end = len(text) if line_end < 0 else line_end + 1
        if delimiter.strip_tabs:
            while start < end and text[start] == "\t":
                start += 1
        line = text[start:end].removesuffix("\n")
        if not joined:
            if line == delimiter.text:
                return lines, end
            if line.startswith(delimiter.text + ")") and cursor.substitutions:
                return lines, start + len(delimiter.text)
        joined = not delimiter.verbatim and (len(line) - len(line.rstrip("\\"))) % 2 == 1
        lines.append((start, end))
        start = end
    return lines, None


def _body_word(cursor: Cursor, lines: list[tuple[int, int]], end: int, *, verbatim: bool) -> Word:
    if not lines:
        return plain_word(cursor, end, end)
    inside = Cursor(cursor.job, cursor.view.pick(lines, end))
    if verbatim:
        return plain_word(inside, 0, len(inside.text))
    try:
        return read_text(inside)
    except NotShellError as error:
        span = cursor.view.span(lines[0][0], end)
        rule = rules.TOO_MUCH if isinstance(error, TooMuchTextError) else rules.NOT_SHELL
        cursor.job.findings.append(rule.at(span, reason=error.reason))
        return plain_word(inside, 0, len(inside.text))
