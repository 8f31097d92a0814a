"""Words: quotes and expansions to parts (Bash Reference Manual 3.1.2, POSIX XCU 2.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from migrator.shell.escapes import decode_escapes
from migrator.shell.syntax import Literal, Word

if TYPE_CHECKING:
    from migrator.shell.cursor import Cursor
    from migrator.shell.syntax import WordPart

_SINGLE_QUOTED = re.compile(r"'([^']*)'")
_DOLLAR_SINGLE_QUOTED = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_OPEN = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True)
class Style:
    """Where a word stands, which decides what ends it and what quotes in it.

    `ends` are the characters that end it, `quoted` whether it stands inside double quotes (or what works like
    them), `escapes` what a backslash escapes (None: any character). `single` and `double` say whether these quotes
    are quotes here; where single ones are not, `paired` says that a pair of them still hides what would end the
    word. `grouped` is a closing bracket that ends the word only where none was opened in it, `extended` says that
    the word may hold extended patterns such as `@(a|b)`.
    """

    ends: str
    quoted: bool = False
    escapes: str | None = None
    single: bool = True
    double: bool = True
    grouped: str = ""
    paired: bool = False
    extended: bool = False
    plain: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        special = "\\$`'\"" + self.ends + self.grouped + _OPEN.get(self.grouped, "")
        if not self.quoted:
            special += "<>"
        if self.extended:
            special += "("
        object.__setattr__(self, "plain", re.compile(f"[^{re.escape(special)}]+"))


COMMAND = Style(" \t\n;&|()<>", extended=True)
REGEX = Style(" \t\n;&<>)", grouped=")")
DOUBLE_QUOTED = Style('"', quoted=True, escapes='$`"\\', single=False, double=False)
HERE_DOCUMENT = Style("", quoted=True, escapes="$`\\", single=False, double=False)
ARITHMETIC = Style("", quoted=True, escapes='$`"\\', grouped=")")
ARITHMETIC_IN_BRACKETS = replace(ARITHMETIC, grouped="]")
ARITHMETIC_PART = replace(ARITHMETIC, ends=";")
# Text of its own that is expanded as between double quotes.
INNER_TEXT = replace(HERE_DOCUMENT, escapes='$`"\\')
OFFSET = replace(ARITHMETIC, ends="}:")
LENGTH = replace(ARITHMETIC, ends="}")
SUBSCRIPT = Style("", grouped="]")
ARGUMENT = Style("}")
ARGUMENT_IN_QUOTES = Style("}", quoted=True, escapes='$`"\\}', single=False, paired=True)
PATTERN = Style("}/")


class _Parts:
    """The parts of a word as they come, adjacent literals of a kind joined."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._parts: list[WordPart] = []
        self._texts: list[str] = []
        self._start = 0
        self._end = 0
        self._quoted = False

    def literal(self, start: int, end: int, text: str, *, quoted: bool) -> None:
        if self._texts and self._quoted is not quoted:
            self._flush()
        if not self._texts:
            self._start, self._quoted = start, quoted
        self._texts.append(text)
        self._end = end

    def expansion(self, part: WordPart) -> None:
        self._cursor.count()
        self._flush()
        self._parts.append(part)

    def _flush(self) -> None:
        if self._texts:
            self._cursor.count()
            span = self._cursor.view.span(self._start, self._end)
            self._parts.append(Literal(span, "".join(self._texts), self._quoted))
            self._texts = []

    def take(self) -> tuple[WordPart, ...]:
        self._flush()
        return tuple(self._parts)


def read_word(cursor: Cursor, style: Style = COMMAND) -> Word:
    """The word that begins here; the cursor is left behind it, before what ends it. It may be empty."""
    start = cursor.at
    parts = _Parts(cursor)
    end = _read_parts(cursor, style, parts)
    if style is COMMAND:
        # Joined lines at the end of a word are blanks, not part of it.
        cursor.at = end
    return Word(cursor.view.span(start, end), parts.take())


def read_text(cursor: Cursor) -> Word:
    """The rest of the view as a word in the manner of a here-document."""
    return read_word(cursor, HERE_DOCUMENT)


def plain_word(cursor: Cursor, start: int, end: int) -> Word:
    """The characters [start, end) as they stand, quoted."""
    span = cursor.view.span(start, end)
    text = cursor.text[start:end]
    return Word(span, (Literal(span, text, quoted=True),) if text else ())


def _read_parts(cursor: Cursor, style: Style, parts: _Parts) -> int:
    """Reads parts up to what ends the style, and gives back where the last of them ends."""
    text = cursor.text
    end = cursor.at
    open_brackets = 0
    while cursor.at < len(text):
        start = cursor.at
        run = style.plain.match(text, start)
        if run is not None:
            cursor.at = run.end()
            parts.literal(start, cursor.at, run[0], quoted=style.quoted)
        elif text.startswith("\\\n", start):
            cursor.at += 2
            continue
        else:
            character = text[start]
            if style.grouped and character in (style.grouped, _OPEN[style.grouped]):
                open_brackets += 1 if character == _OPEN[style.grouped] else -1
                if open_brackets < 0:
                    break
            elif open_brackets == 0 and _ends(cursor, style, character):
                break
            _read_special(cursor, style, parts, character)
        end = cursor.at
    return end


def _ends(cursor: Cursor, style: Style, character: str) -> bool:
    if character not in style.ends:
        return False
    if style.extended and character == "(":
        return cursor.at == 0 or cursor.text[cursor.at - 1] not in "?*+@!"
    return not (character in "<>" and cursor.looking_at("<(", ">("))


def _read_special(cursor: Cursor, style: Style, parts: _Parts, character: str) -> None:
    """Reads the one piece that begins with a character that may be more than itself."""
    if character == "\\":
        _read_escape(cursor, style, parts)
    elif character == "'" and style.single:
        _read_single_quoted(cursor, parts)
    elif character == "'" and style.paired and not cursor.job.posix:
        _read_paired(cursor, parts)
    elif character == '"' and style.double:
        _read_double_quoted(cursor, parts)
    elif character == "(" and style.extended:
        _read_extended_pattern(cursor, parts)
    elif not style.quoted and cursor.looking_at("$'"):
        _read_dollar_single_quoted(cursor, parts)
    elif not style.quoted and cursor.looking_at('$"'):
        cursor.at += 1
        _read_double_quoted(cursor, parts)
    else:
        _read_expansion(cursor, style, parts, character)


def _read_expansion(cursor: Cursor, style: Style, parts: _Parts, character: str) -> None:
    """Reads an expansion, or else the character as itself."""
    if character in "$`" or (not style.quoted and cursor.looking_at("<(", ">(")):
        part = cursor.job.expansion(cursor, quoted=style.quoted)
        if part is not None:
            parts.expansion(part)
            return
    cursor.at += 1
    parts.literal(cursor.at - 1, cursor.at, character, quoted=style.quoted)


def _read_escape(cursor: Cursor, style: Style, parts: _Parts) -> None:
    start = cursor.at
    escaped = cursor.text[start + 1 : start + 2]
    cursor.at += 1 + len(escaped)
    if not escaped:
        parts.literal(start, cursor.at, "\\", quoted=style.quoted)
    elif style.escapes is None or escaped in style.escapes:
        parts.literal(start, cursor.at, escaped, quoted=True)
    else:
        parts.literal(start, cursor.at, "\\" + escaped, quoted=True)


def _read_single_quoted(cursor: Cursor, parts: _Parts) -> None:
    found = cursor.match(_SINGLE_QUOTED)
    if found is None:
        raise cursor.fault("a single quote is not closed")
    start, cursor.at = cursor.at, found.end()
    parts.literal(start, cursor.at, found[1], quoted=True)


def _read_dollar_single_quoted(cursor: Cursor, parts: _Parts) -> None:
    found = cursor.match(_DOLLAR_SINGLE_QUOTED)
    if found is None:
        raise cursor.fault("a single quote is not closed")
    start, cursor.at = cursor.at, found.end()
    parts.literal(start, cursor.at, decode_escapes(found[1]), quoted=True)


def _read_double_quoted(cursor: Cursor, parts: _Parts) -> None:
    start = cursor.at
    cursor.at += 1
    _read_parts(cursor, DOUBLE_QUOTED, parts)
    if not cursor.take('"'):
        raise cursor.fault("a double quote is not closed", start)
    if cursor.at == start + 2:
        parts.literal(start, cursor.at, "", quoted=True)


def _read_paired(cursor: Cursor, parts: _Parts) -> None:
    """Reads single quotes in `"${x:-…}"`: ordinary characters that hide a brace between them, except in POSIX mode.

    Bash does so although its manual does not tell; `"${x:-it's}"` is an error there, and none in dash.
    """
    start = cursor.at
    cursor.at += 1
    parts.literal(start, cursor.at, "'", quoted=True)
    _read_parts(cursor, _BETWEEN_PAIR, parts)
    cursor.expect("'", "a pair of single quotes inside `${ }`")
    parts.literal(cursor.at - 1, cursor.at, "'", quoted=True)


def _read_extended_pattern(cursor: Cursor, parts: _Parts) -> None:
    """Reads `( … )` of an extended pattern; its inside may hold blanks and bars."""
    start = cursor.at
    cursor.at += 1
    parts.literal(start, cursor.at, "(", quoted=False)
    with cursor.nested():
        _read_parts(cursor, _INSIDE_PATTERN, parts)
    cursor.expect(")", "an extended pattern")
    parts.literal(cursor.at - 1, cursor.at, ")", quoted=False)


_BETWEEN_PAIR = replace(ARGUMENT_IN_QUOTES, ends="'", paired=False)
_INSIDE_PATTERN = Style("", grouped=")")
