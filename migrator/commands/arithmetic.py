"""Shell arithmetic (Bash Reference Manual 6.5) on values that are known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.trace.symbols import is_known

if TYPE_CHECKING:
    from migrator.commands.base import Shell
    from migrator.source import Span

_TOKEN = re.compile(
    r"\s*(0[xX][0-9a-fA-F]+|\d+#\w+|\d+|[A-Za-z_]\w*|\*\*|<<=|>>=|[-+*/%&|^=!<>]=|\+\+|--|&&|\|\||<<|>>|.)"
)
_BINARY = [
    ("||",), ("&&",), ("|",), ("^",), ("&",), ("==", "!="), ("<", ">", "<=", ">="), ("<<", ">>"), ("+", "-"),
    ("*", "/", "%"),
]  # fmt: skip
_ASSIGN = ("=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^=")
_DEEPEST = 40


class _UnknownValueError(Exception):
    """The expression depends on something that is not known, or is malformed."""


def evaluate(shell: Shell, text: str, span: Span) -> str:
    """The value of an expression as decimal text; one unknown value when it cannot be known."""
    if not is_known(text):
        return shell.symbols.unknown(span)
    try:
        value = _Parser(shell, [token for token in _TOKEN.findall(text) if token.strip()]).whole()
        return str((value + 2**63) % 2**64 - 2**63)
    except (_UnknownValueError, ZeroDivisionError, OverflowError, ValueError, MemoryError):
        return shell.symbols.unknown(span)


class _Parser:
    def __init__(self, shell: Shell, tokens: list[str]) -> None:
        self.shell, self.tokens, self.position, self.depth = shell, tokens, 0, 0

    def peek(self) -> str | None:
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def take(self) -> str:
        token = self.peek()
        if token is None:
            raise _UnknownValueError
        self.position += 1
        return token

    def whole(self) -> int:
        value = self.comma() if self.tokens else 0
        if self.peek() is not None:
            raise _UnknownValueError
        return value

    def comma(self) -> int:
        value = self.assignment()
        while self.peek() == ",":
            self.take()
            value = self.assignment()
        return value

    def assignment(self) -> int:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _UnknownValueError
        start = self.position
        name = self.peek()
        if name and re.fullmatch(r"[A-Za-z_]\w*", name):
            self.take()
            operator = self.peek()
            if operator in _ASSIGN:
                self.take()
                value = self.assignment()
                if operator != "=":
                    value = _apply(str(operator)[:-1], self.variable(name), value)
                self.shell.assign(name, str(value))
                self.depth -= 1
                return value
            self.position = start
        value = self.ternary()
        self.depth -= 1
        return value

    def ternary(self) -> int:
        condition = self.binary(0)
        if self.peek() != "?":
            return condition
        self.take()
        first = self.assignment()
        if self.take() != ":":
            raise _UnknownValueError
        second = self.assignment()
        return first if condition else second

    def binary(self, level: int) -> int:
        if level == len(_BINARY):
            return self.power()
        value = self.binary(level + 1)
        while (operator := self.peek()) in _BINARY[level]:
            self.take()
            value = _apply(str(operator), value, self.binary(level + 1))
        return value

    def power(self) -> int:
        value = self.unary()
        if self.peek() == "**":
            self.take()
            exponent = self.power()
            if not 0 <= exponent <= 64:
                raise _UnknownValueError
            return int(value**exponent)
        return value

    def unary(self) -> int:
        sign = self.take()
        if sign in ("+", "-", "!", "~"):
            value = self.unary()
            return {"+": value, "-": -value, "!": int(not value), "~": ~value}[sign]
        if sign in ("++", "--"):
            name = self.take()
            value = self.variable(name) + (1 if sign == "++" else -1)
            self.shell.assign(name, str(value))
            return value
        if sign == "(":
            value = self.comma()
            if self.take() != ")":
                raise _UnknownValueError
            return value
        return self.primary(sign)

    def primary(self, token: str) -> int:
        if token[0].isdigit():
            return _number(token)
        if not re.fullmatch(r"[A-Za-z_]\w*", token):
            raise _UnknownValueError
        value = self.variable(token)
        if self.peek() in ("++", "--"):
            self.shell.assign(token, str(value + (1 if self.take() == "++" else -1)))
        return value

    def variable(self, name: str) -> int:
        text = self.shell.state.variables.get(name, "1" if name == "OPTIND" else None)
        if text is None:
            array = self.shell.state.arrays.get(name)
            text = array.get("0", "0") if array else None
        if text is None:
            if self.shell.state.is_unset(name):
                return 0
            raise _UnknownValueError
        if not re.fullmatch(r"\s*[-+]?\w*\s*", text):
            raise _UnknownValueError
        return _number(text.strip()) if text.strip() else 0


def _number(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    text = text.lstrip("+-")
    if "#" in text:
        base, _, digits = text.partition("#")
        return sign * int(digits, int(base))
    if text[:2].lower() == "0x":
        return sign * int(text, 16)
    if len(text) > 1 and text.startswith("0"):
        return sign * int(text, 8)
    return sign * int(text)


def _apply(operator: str, left: int, right: int) -> int:
    match operator:
        case "||":
            return int(bool(left) or bool(right))
        case "&&":
            return int(bool(left) and bool(right))
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return int(abs(left) // abs(right)) * (1 if (left < 0) == (right < 0) else -1)
        case "%":
            return left - right * _apply("/", left, right)
        case "<<" | ">>":
            if not 0 <= right <= 63:
                raise _UnknownValueError
            return left << right if operator == "<<" else left >> right
        case "&":
            return left & right
        case "|":
            return left | right
        case "^":
            return left ^ right
        case _:
            pass
    comparisons = {"==": left == right, "!=": left != right, "<": left < right, ">": left > right,
                   "<=": left <= right, ">=": left >= right}  # fmt: skip
    return int(comparisons[operator])
