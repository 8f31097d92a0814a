"""Expressions of a justfile: text where it is known, the name of a shell variable where only the run knows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.frontends.make.holes import TroubleError, only_asks
from migrator.frontends.program import in_double_quotes
from migrator.rules import inputs as rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.frontends.just_text import Assignment
    from migrator.source import Span

Value = tuple[str, bool]
"""Text, or with True the name of the shell variable that holds it."""

_TOKEN = re.compile(
    r"\s*(?:(?P<raw>'[^']*')|(?P<text>\"(?:[^\"\\]|\\.)*\")|(?P<command>`[^`]*`)|(?P<name>[A-Za-z_][\w-]*)"
    r"|(?P<sign>==|!=|=~|&&|\|\||[+/(),{}]))"
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "\n": ""}
_DEEPEST = 40


@dataclass
class Values:
    """The variables of a justfile; `texts` has the shell word that each shell variable gets.

    While recipes are `running`, a command in an expression would run among theirs, which is not followed.
    """

    assignments: Mapping[str, Assignment]
    overrides: Mapping[str, str]
    texts: dict[str, str] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)
    known: dict[str, Value] = field(default_factory=dict)
    depth: int = 0
    running: bool = False

    def variable(self, name: str) -> Value:
        """The value of a variable of the file."""
        if name in self.overrides:
            return self.overrides[name], False
        if name not in self.known:
            one = self.assignments[name]
            self.known[name] = self.value(one.text, one.span, {})
        return self.known[name]

    def value(self, text: str, span: Span, local: Mapping[str, Value]) -> Value:
        """The value of an expression; raises TroubleError where it is not understood."""
        self.depth += 1
        try:
            if self.depth > _DEEPEST:
                raise TroubleError(rules.NOT_READABLE.at(span, reason="a variable refers to itself"))
            reading = _Reading(self, _tokens(text, span), span, local)
            found = reading.expression()
            if reading.rest:
                raise reading.trouble(text)
            return found
        finally:
            self.depth -= 1

    def held(self, word: str, span: Span) -> Value:
        """The shell variable that a word of the shell, in double quotes, is put into before anything runs."""
        name = next((name for name, other in self.texts.items() if other == word), f"just_{len(self.texts) + 1}")
        self.texts[name] = word
        self.spans.setdefault(name, span)
        return name, True


def _tokens(text: str, span: Span) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while text[at:].strip():
        token = _TOKEN.match(text, at)
        if token is None or text.startswith(("'''", '"""', "```"), token.start(token.lastgroup or 0)):
            what = f"the expression {text.strip()}"
            raise TroubleError(rules.NOT_SUPPORTED.at(span, what=what, advice="Write it in a plainer way."))
        found.append((token.lastgroup or "", token[token.lastgroup or 0]))
        at = token.end()
    return found


@dataclass
class _Reading:
    values: Values
    rest: list[tuple[str, str]]
    span: Span
    local: Mapping[str, Value]

    def trouble(self, what: str) -> TroubleError:
        """The refusal of an expression."""
        shown = f"the expression {what.strip()}"
        return TroubleError(rules.NOT_SUPPORTED.at(self.span, what=shown, advice="Write it in a plainer way."))

    def expression(self) -> Value:
        """Values joined by `+` and `/`, or a choice."""
        if self._next() == ("name", "if"):
            return self._choice()
        found = self._one()
        while self._next() in (("sign", "+"), ("sign", "/")):
            sign = self.rest.pop(0)[1]
            other = self._one()
            found = self._joined(found, other, "" if sign == "+" else "/")
        return found

    def _next(self) -> tuple[str, str]:
        return self.rest[0] if self.rest else ("", "")

    def _take(self, sign: str) -> None:
        if self._next() != ("sign", sign):
            raise self.trouble(" ".join(text for _, text in self.rest) or sign)
        self.rest.pop(0)

    def _joined(self, one: Value, other: Value, between: str) -> Value:
        if not one[1] and not other[1]:
            return one[0] + between + other[0], False
        parts = [f"${{{text}}}" if named else in_double_quotes(text) for text, named in (one, other)]
        return self.values.held(f'"{between.join(parts)}"', self.span)

    def _one(self) -> Value:
        if not self.rest:
            raise self.trouble("nothing")
        kind, text = self.rest.pop(0)
        match kind:
            case "raw":
                return text[1:-1], False
            case "text":
                return re.sub(
                    r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), text[1:-1], flags=re.DOTALL
                ), False
            case "command":
                return self._printed(text[1:-1])
            case "name" if self._next() == ("sign", "("):
                return self._called(text)
            case "name" if text in self.local:
                return self.local[text]
            case "name" if text in self.values.assignments or text in self.values.overrides:
                return self.values.variable(text)
            case "sign" if text == "(":
                found = self.expression()
                self._take(")")
                return found
            case _:
                raise self.trouble(text)

    def _printed(self, command: str) -> Value:
        if "{{" in command or not only_asks(command) or self.values.running:
            raise self.trouble(f"`{command}`")
        return self.values.held(f'"$({command})"', self.span)

    def _called(self, name: str) -> Value:
        self._take("(")
        given: list[Value] = []
        while self._next() != ("sign", ")"):
            given.append(self.expression())
            if self._next() == ("sign", ","):
                self.rest.pop(0)
        self._take(")")
        plain = [text for text, named in given if not named]
        if name in ("env", "env_var", "env_var_or_default") and plain and re.fullmatch(r"[A-Za-z_]\w*", plain[0]):
            if len(given) == 1:
                return self.values.held(f'"${{{plain[0]}?}}"', self.span)
            default = in_double_quotes(given[1][0]) if not given[1][1] else f"${{{given[1][0]}}}"
            return self.values.held(f'"${{{plain[0]}-{default}}}"', self.span)
        if name in ("justfile_directory", "justfile_dir") and not given:
            return self.values.held('"$PWD"', self.span)
        raise self.trouble(f"{name}()")

    def _choice(self) -> Value:
        """`if a == b { x } else { y }`, where it is known which."""
        self.rest.pop(0)
        left = self.expression()
        _, sign = self.rest.pop(0) if self.rest else ("", "")
        right = self.expression()
        self._take("{")
        yes = self.expression()
        self._take("}")
        if self.rest[:1] != [("name", "else")]:
            raise self.trouble("if")
        self.rest.pop(0)
        if self._next() == ("name", "if"):
            no = self._choice()
        else:
            self._take("{")
            no = self.expression()
            self._take("}")
        if left[1] or right[1] or sign not in ("==", "!="):
            raise self.trouble(f"if {left[0]} {sign} {right[0]}")
        return yes if (left[0] == right[0]) == (sign == "==") else no


__all__ = ["Value", "Values"]
