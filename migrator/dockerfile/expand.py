"""Variable expansion as the engine does it in ENV, COPY, FROM and the like: a small lexer, no shell.

It follows BuildKit's Dockerfile front end 1.7 (`$X`, `${X:-y}`, `${X#p}`, `${X//p/r}`, quotes and escapes), which is
less than a shell and differs from one: `$1` and `$$` are variables that are never set, and inside double quotes a
backslash in front of any other character than `"`, `$` or itself stays.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from migrator.dockerfile.substitute import Trim, replaced, trimmed
from migrator.errors import ProjectError

if TYPE_CHECKING:
    from collections.abc import Callable

DEEPEST = 100  # nested substitutions; more than anyone writes, less than Python's stack
LONGEST = 1 << 20  # of what variables come to; an engine would fill its memory
SPECIAL_PARAMETERS = frozenset("@*#?-$!0")
MODIFIERS = frozenset("+-?#%")
OPERATORS_ON_CONTENT = frozenset("#%")


class ExpansionError(ValueError):
    """The text cannot be expanded: an open quote or brace, a bad substitution, or `${X:?}` of an unset X."""


class Reference(NamedTuple):
    """One use of a variable: its name and where the name stands in the text, half-open."""

    name: str
    start: int
    end: int


def expand(text: str, lookup: Callable[[str], str | None], escape: str = "\\", *, quotes: bool = True) -> str:
    """The text with its variables replaced and its quotes and escapes resolved.

    `lookup` gives a variable's value, or None when it is not set. With `quotes` off, quotes are ordinary
    characters, as in the body of a here-document. Raises ExpansionError where the engine refuses the text.
    """
    return text if _is_plain(text, escape) else _Lexer(text, lookup, escape, quotes).until(None)


def references(text: str, escape: str = "\\", *, quotes: bool = True) -> tuple[Reference, ...]:
    """Every use of a variable in the text, in order; of a text that cannot be expanded, those before the fault."""
    if "$" not in text:
        return ()
    lexer = _Lexer(text, lambda _: "x", escape, quotes)
    with suppress(ExpansionError):
        lexer.until(None)
    return tuple(found for found, _ in lexer.found if _is_variable(found.name))


def variables_in(text: str, escape: str = "\\", *, quotes: bool = True) -> tuple[str, ...]:
    """The names of the variables that the text uses, each once, in order of first use."""
    return tuple(dict.fromkeys(reference.name for reference in references(text, escape, quotes=quotes)))


def examined_variables(text: str, escape: str = "\\", *, quotes: bool = True) -> tuple[str, ...]:
    """The names whose *value* decides what comes out, beyond being put in: `${X:-y}`, `${X%.*}`, `${X/a/b}`.

    A value that is not known must not go into one of these.
    """
    if "$" not in text:
        return ()
    lexer = _Lexer(text, lambda _: "x", escape, quotes)
    with suppress(ExpansionError):
        lexer.until(None)
    return tuple(dict.fromkeys(found.name for found, examined in lexer.found if examined))


def fault(text: str, escape: str = "\\", *, quotes: bool = True) -> str | None:
    """Why the engine would refuse to expand the text whatever the values are, or None."""
    try:
        _Lexer(text, lambda _: "x", escape, quotes).until(None)
    except ExpansionError as error:
        return str(error)
    return None


def lexable(text: str) -> bool:
    """Whether the engine gets through a line when it looks for here-documents, all variables being unset."""
    with suppress(ExpansionError):
        _Lexer(text, lambda _: None, "\\", quotes=True, lenient=True).until(None)
        return True
    return False


def _is_plain(text: str, escape: str) -> bool:
    """Whether no character of a text means anything but itself, with quotes or without; most texts are like that."""
    return not ("$" in text or escape in text or "'" in text or '"' in text)


def _is_variable(name: str) -> bool:
    return bool(name) and not name[0].isdecimal() and name not in SPECIAL_PARAMETERS


@lru_cache(maxsize=64)
def _run(escape: str, stop: str | None, *, quotes: bool) -> re.Pattern[str]:
    """As many characters as mean nothing but themselves."""
    special = "$" + escape + (stop or "") + ("\"'" if quotes else "")
    return re.compile(f"[^{re.escape(special)}]+")


@dataclass
class _Lexer:
    """One pass over one text, left to right; every method consumes what it names and gives its expansion."""

    text: str
    lookup: Callable[[str], str | None]
    escape: str
    quotes: bool
    lenient: bool = False
    position: int = 0
    found: list[tuple[Reference, bool]] = field(default_factory=list)
    depth: int = 0

    def peek(self) -> str:
        """The next character, or the empty text at the end."""
        return self.text[self.position : self.position + 1]

    def take(self) -> str:
        """The next character, consumed."""
        character = self.peek()
        self.position += len(character)
        return character

    def until(self, stop: str | None, *, keep_escapes: bool = False) -> str:
        """Everything up to `stop`, which is consumed, or to the end of the text when there is none."""
        result: list[str] = []
        length = 0
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpansionError("substitutions are nested too deeply")
        while character := self.peek():
            if character == stop:
                self.take()
                self.depth -= 1
                return "".join(result)
            if character == "$":
                result.append(self.dollar())
                length += len(result[-1])
                if length > LONGEST:
                    raise ProjectError(
                        "the variables of a Dockerfile come to more than a million characters",
                        "Leave out the ENV or ARG that repeats itself.",
                    )
            elif self.quotes and character == "'":
                result.append(self.single_quoted())
            elif self.quotes and character == '"':
                result.append(self.double_quoted(keep_escapes=keep_escapes))
            else:
                run = _run(self.escape, stop, quotes=self.quotes).match(self.text, self.position)
                if run is None:
                    result.append(self.plain(keep_escapes=keep_escapes))
                else:
                    self.position = run.end()
                    result.append(run[0])
        if stop is not None:
            raise ExpansionError(f"missing {stop!r}")
        return "".join(result)

    def plain(self, *, keep_escapes: bool) -> str:
        """One character that is not special, or an escape and the character that it keeps from being special."""
        character = self.take()
        if character != self.escape:
            return character
        return (character if keep_escapes else "") + self.take()

    def single_quoted(self) -> str:
        """The text between single quotes, as it is: nothing can be escaped there."""
        end = self.text.find("'", self.position + 1)
        if end < 0:
            raise ExpansionError("a single quote is not closed")
        start, self.position = self.position + 1, end + 1
        return self.text[start:end]

    def double_quoted(self, *, keep_escapes: bool) -> str:
        """The text between double quotes, its variables expanded."""
        self.take()
        result: list[str] = []
        while character := self.peek():
            if character == '"':
                self.take()
                return "".join(result)
            if character == "$":
                result.append(self.dollar())
            elif character == self.escape:
                result.append(self.escape_in_quotes(keep_escapes=keep_escapes))
            else:
                result.append(self.take())
        raise ExpansionError("a double quote is not closed")

    def escape_in_quotes(self, *, keep_escapes: bool) -> str:
        """An escape inside double quotes: it works on a quote, a dollar and itself, and stays before all else."""
        kept = self.take() if keep_escapes else self.take()[:0]
        following = self.peek()
        if not following:
            return kept
        return kept + (self.take() if following in ('"', "$", self.escape) else self.escape)

    def dollar(self) -> str:
        """A variable's expansion, or the dollar itself when no name follows it."""
        self.take()
        if self.peek() != "{":
            name = self.name()
            return self.value(name) if name else "$"
        self.take()
        if self.peek() in ("{", "}", ":"):
            raise ExpansionError("bad substitution")
        at = len(self.found)
        name = self.name()
        operator = self.take()
        if operator == "}":
            return self.value(name)
        if not operator:
            raise ExpansionError("missing '}'")
        if len(self.found) > at:
            self.found[at] = (self.found[at][0], True)
        return self.operation(name, operator)

    def operation(self, name: str, operator: str) -> str:
        """What `${name<operator>…}` expands to, the operator being consumed already."""
        if operator == "/":
            return self.replacement(name)
        empty_counts = operator != ":"
        if operator == ":":
            operator = self.take()
        elif operator not in MODIFIERS:
            raise ExpansionError(f"unsupported modifier {operator!r} in substitution")
        word = self.until("}", keep_escapes=operator in OPERATORS_ON_CONTENT)
        if self.lenient:
            return ""
        if operator not in MODIFIERS:
            raise ExpansionError(f"unsupported modifier ':{operator}' in substitution")
        value = self.lookup(name)
        present = value is not None and (empty_counts or value != "")
        if operator == "-":
            return value if present and value is not None else word
        if operator == "+":
            return word if present else ""
        if operator == "?":
            if not present or value is None:
                raise ExpansionError(f"{name}: {word or 'is not allowed to be unset or empty'}")
            return value
        return self.trim(value or "", operator, word)

    def trim(self, value: str, operator: str, word: str) -> str:
        """`${X#word}` and its three sisters."""
        greedy = word.startswith(operator)
        side = Trim.PREFIX if operator == "#" else Trim.SUFFIX
        return _checked(lambda: trimmed(value, word[1:] if greedy else word, side, greedy=greedy))

    def replacement(self, name: str) -> str:
        """`${X/pattern/text}`, or with a second slash every match."""
        everywhere = self.peek() == "/"
        if everywhere:
            self.take()
        pattern = self.until("/", keep_escapes=True)
        text = self.until("}", keep_escapes=True)
        value = self.lookup(name) or ""
        if self.lenient:
            return ""
        return _checked(lambda: replaced(value, pattern, text, everywhere=everywhere))

    def value(self, name: str) -> str:
        """A variable's value; one that is not set is empty."""
        return self.lookup(name) or ""

    def name(self) -> str:
        """A name, consumed: letters, digits and `_`, or digits alone, or one special parameter; or nothing."""
        start = self.position
        first = self.peek()
        if first.isdecimal():
            while self.peek().isdecimal():
                self.take()
        elif first in SPECIAL_PARAMETERS and first:
            self.take()
        else:
            while (character := self.peek()) and (character.isalpha() or character.isdecimal() or character == "_"):
                self.take()
        found = self.text[start : self.position]
        if found:
            self.found.append((Reference(found, start, self.position), False))
        return found


def _checked(compute: Callable[[], str]) -> str:
    try:
        return compute()
    except ValueError as error:
        raise ExpansionError(str(error)) from error
