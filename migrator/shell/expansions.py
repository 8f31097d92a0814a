"""What stands behind `$`, a backtick, `<(` and `>(` (Bash Reference Manual 3.5.3 to 3.5.6)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.rules import script as rules
from migrator.shell.cursor import MAX_WRONG_GUESSES, Closer, Cursor, NotShellError
from migrator.shell.syntax import (
    Arithmetic,
    CommandSubstitution,
    Literal,
    Parameter,
    ProcessSubstitution,
    Word,
)
from migrator.shell.words import (
    ARGUMENT,
    ARGUMENT_IN_QUOTES,
    ARITHMETIC,
    ARITHMETIC_IN_BRACKETS,
    LENGTH,
    OFFSET,
    PATTERN,
    SUBSCRIPT,
    read_word,
)

if TYPE_CHECKING:
    from migrator.shell.syntax import WordPart

_SHORT = re.compile(r"\$([A-Za-z_]\w*|[0-9@*#?$!-])", re.ASCII)
_NAME = re.compile(r"[A-Za-z_]\w*|[0-9]+|[@*#?$!-]", re.ASCII)
_LENGTH = re.compile(r"#(?=(?:[A-Za-z_]\w*|[0-9]+|[@*#?$!-])[\[}])", re.ASCII)
_INDIRECT = re.compile(r"!(?=[A-Za-z_0-9@*#?])", re.ASCII)
_PREFIX = re.compile(r"([A-Za-z_]\w*)[*@](?=\})", re.ASCII)
_WHOLE_SUBSCRIPT = re.compile(r"\[([@*])\]")
_OPERATOR = re.compile(r":[-=?+]|[-=?+]|##?|%%?|/[/#%]?|\^\^?|,,?|@|:")
_BACKTICKED = re.compile(r"`((?:[^`\\]|\\.)*)`", re.DOTALL)
_DOLLAR = 1
_OPENING = 2


def read_expansion(cursor: Cursor, *, quoted: bool) -> WordPart | None:
    """The expansion that begins here, or None where the character is just itself; the cursor is left behind it."""
    start = cursor.at
    if cursor.looking_at("`"):
        return _read_backticks(cursor, quoted=quoted)
    if cursor.looking_at("<(", ">("):
        return _read_process(cursor)
    short = cursor.match(_SHORT)
    if short is not None:
        cursor.at = short.end()
        return Parameter(cursor.view.span(start, cursor.at), short[1], quoted)
    if not cursor.looking_at("${", "$(", "$["):
        return None
    with cursor.nested():
        return _read_bracketed(cursor, quoted=quoted)


def _read_bracketed(cursor: Cursor, *, quoted: bool) -> WordPart:
    """Reads `${…}`, `$((…))`, `$(…)` or `$[…]`."""
    start = cursor.at
    if cursor.looking_at("${"):
        return _read_braces(cursor, quoted=quoted)
    if cursor.looking_at("$(("):
        arithmetic = read_double_paren(cursor, _DOLLAR)
        if arithmetic is not None:
            return Arithmetic(cursor.view.span(start, cursor.at), arithmetic, quoted)
    cursor.at += _OPENING
    if cursor.text[cursor.at - 1] == "(":
        body = cursor.job.commands(cursor, Closer.PAREN)
        cursor.expect(")", "a command substitution")
        return CommandSubstitution(cursor.view.span(start, cursor.at), body, quoted)
    expression = read_word(cursor, ARITHMETIC_IN_BRACKETS)
    cursor.expect("]", "an arithmetic expansion")
    return Arithmetic(cursor.view.span(start, cursor.at), expression, quoted)


def read_double_paren(cursor: Cursor, prefix: int) -> Word | None:
    """The expression of `((…))` behind `prefix` characters, or None where these are two nested parentheses.

    Bash decides in the same way: it is arithmetic when the parenthesis that closes the inner one is followed at
    once by another (Bash Reference Manual 3.2.5.3; see also POSIX XCU 2.6.3 on the ambiguity).
    """
    start = cursor.at
    job = cursor.job
    guess = cursor.view.place(start)
    if guess in job.wrong_guesses or len(job.wrong_guesses) > MAX_WRONG_GUESSES:
        return None
    findings, skips = len(job.findings), dict(cursor.skips)
    cursor.at += prefix + _OPENING
    try:
        expression = read_word(cursor, ARITHMETIC)
    except NotShellError:
        expression = None
    if expression is not None and cursor.take("))"):
        return expression
    job.wrong_guesses.add(guess)
    del job.findings[findings:]
    cursor.at, cursor.skips = start, skips
    return None


def _read_process(cursor: Cursor) -> ProcessSubstitution:
    start = cursor.at
    direction = cursor.text[start]
    cursor.at += _OPENING
    with cursor.nested():
        body = cursor.job.commands(cursor, Closer.PAREN)
    cursor.expect(")", "a process substitution")
    return ProcessSubstitution(cursor.view.span(start, cursor.at), direction, body)


def _read_backticks(cursor: Cursor, *, quoted: bool) -> CommandSubstitution:
    """Reads a substitution in backticks: inside, a backslash before a dollar, backtick or backslash goes away."""
    start = cursor.at
    found = cursor.match(_BACKTICKED)
    if found is None:
        raise cursor.fault("a backtick is not closed", start)
    ranges: list[tuple[int, int]] = []
    kept = found.start(1)
    for escape in re.finditer(r'\\([`$\\"])' if quoted else r"\\([`$\\])", found[1]):
        ranges.append((kept, found.start(1) + escape.start()))
        kept = found.start(1) + escape.start(1)
    ranges.append((kept, found.end(1)))
    cursor.at = found.end()
    with cursor.nested():
        inside = Cursor(cursor.job, cursor.view.pick(ranges, found.end(1)))
        body = cursor.job.commands(inside, Closer.END)
    return CommandSubstitution(cursor.view.span(start, cursor.at), body, quoted)


def _read_braces(cursor: Cursor, *, quoted: bool) -> Parameter:
    """Reads `${…}` from its dollar on."""
    start = cursor.at
    cursor.at += _OPENING
    length = cursor.skip(_LENGTH)
    indirect = not length and cursor.skip(_INDIRECT)
    prefix = cursor.match(_PREFIX) if indirect else None
    if prefix is not None:
        cursor.at = prefix.end() + 1
        return Parameter(cursor.view.span(start, cursor.at), prefix[1], quoted, operator="names")
    name = cursor.match(_NAME)
    if name is None:
        return _read_bad_substitution(cursor, start, quoted=quoted)
    cursor.at = name.end()
    subscript = _read_subscript(cursor)
    operator = cursor.match(_OPERATOR)
    argument = second = None
    if operator is not None and not length:
        cursor.at = operator.end()
        argument, second = _read_arguments(cursor, operator[0], quoted=quoted)
    if not cursor.take("}"):
        return _read_bad_substitution(cursor, start, quoted=quoted)
    return Parameter(
        span=cursor.view.span(start, cursor.at),
        name=name[0],
        quoted=quoted,
        operator=None if operator is None or length else operator[0],
        argument=argument,
        second=second,
        subscript=subscript,
        length=length,
        indirect=indirect,
    )


def _read_subscript(cursor: Cursor) -> Word | None:
    start = cursor.at
    whole = cursor.match(_WHOLE_SUBSCRIPT)
    if whole is not None:
        cursor.at = whole.end()
        span = cursor.view.span(start + 1, start + 2)
        return Word(span, (Literal(span, whole[1], quoted=False),))
    if not cursor.take("["):
        return None
    word = read_word(cursor, SUBSCRIPT)
    cursor.expect("]", "a subscript")
    return word


def _read_arguments(cursor: Cursor, operator: str, *, quoted: bool) -> tuple[Word, Word | None]:
    """Reads what stands behind the operator: one word, or two for `/` and `:`.

    Inside double quotes the word of `:-` and its kin is quoted as well, but a pattern is not (Bash Reference
    Manual 3.5.3: single quotes have their meaning in the patterns of `#`, `%` and `/` there, too).
    """
    argument = ARGUMENT_IN_QUOTES if quoted else ARGUMENT
    if operator == ":":
        offset = read_word(cursor, OFFSET)
        return offset, read_word(cursor, LENGTH) if cursor.take(":") else None
    if operator.startswith("/"):
        pattern = read_word(cursor, PATTERN)
        return pattern, read_word(cursor, argument) if cursor.take("/") else None
    return read_word(cursor, ARGUMENT if operator[0] in "#%^," else argument), None


def _read_bad_substitution(cursor: Cursor, start: int, *, quoted: bool) -> Parameter:
    """Reads on to the closing brace: bash takes such text and stops with `bad substitution` when it gets there.

    A parameter that nobody can set, with `:?`, does the same.
    """
    cursor.at = start + _OPENING
    read_word(cursor, ARGUMENT_IN_QUOTES if quoted else ARGUMENT)
    cursor.expect("}", "a parameter expansion")
    span = cursor.view.span(start, cursor.at)
    cursor.job.findings.append(rules.BAD_SUBSTITUTION.at(span, text=span.text))
    message = Word(span, (Literal(span, "bad substitution", quoted=True),))
    return Parameter(span, cursor.text[start + _OPENING : cursor.at - 1], quoted, operator=":?", argument=message)
