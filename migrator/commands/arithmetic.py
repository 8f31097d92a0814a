"""Shell arithmetic (Bash Reference Manual 6.5) on values that are known."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.trace.symbols import is_known

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.commands.base import Shell
    from migrator.source import Span

_TOKEN = re.compile(
    r"\s*(0[xX][0-9a-fA-F]+|\d+#\w+|\d+|[A-Za-z_]\w*|\*\*|<<=|>>=|[-+*/%&|^=!<>]=|\+\+|--|&&|\|\||<<|>>|.)",
    re.ASCII,
)
_BINARY = [
    ("|",), ("^",), ("&",), ("==", "!="), ("<", ">", "<=", ">="), ("<<", ">>"), ("+", "-"),
    ("*", "/", "%"),
]  # fmt: skip
_ASSIGN = ("=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^=")
_DEEPEST = 50
_LONGEST = 100_000
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_LITERAL = re.compile(r"([-+])?(?:([0-9]{1,2})#)?(0[xX][0-9a-fA-F]{1,40}|[0-9A-Za-z]{1,70})", re.ASCII)
# What an expression may set, as it is written.
_ASSIGNED = re.compile(
    r"(?:\+\+|--)\s*([A-Za-z_]\w*)|([A-Za-z_]\w*)\s*(?:\[[^\]]*\]\s*)?(?:\+\+|--|(?:[-+*/%&|^]|<<|>>)?=(?!=))", re.ASCII
)


class _UnknownValueError(Exception):
    """The expression depends on something that is not known, or is malformed."""


def evaluate(shell: Shell, text: str, span: Span) -> str:
    """The value of an expression as decimal text; one unknown value when it cannot be known.

    Where it cannot be known, neither can the variables that it sets.
    """
    parser = None
    try:
        if is_known(text) and len(text) <= _LONGEST:
            parser = _Parser(shell, [token for token in _TOKEN.findall(text) if token.strip()])
            return str(_wrapped(parser.whole()))
    except (_UnknownValueError, ZeroDivisionError):
        pass
    for found in _ASSIGNED.finditer(text):
        name = shell.state.referred(found[1] or found[2])
        shell.state.arrays.pop(name, None)
        shell.assign(name, shell.symbols.unknown(span, name))
    return shell.symbols.unknown(span)


def _wrapped(value: int) -> int:
    """The value in the 64 bits that bash computes with."""
    return (value + 2**63) % 2**64 - 2**63


class _Parser:
    """Reads and computes in one go; where `dead`, nothing is looked up, computed or set: `0 && x++`."""

    def __init__(self, shell: Shell, tokens: list[str]) -> None:
        self.shell, self.tokens, self.position, self.depth, self.dead = shell, tokens, 0, 0, 0

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

    def deeper(self, read: Callable[[], int]) -> int:
        """What is read one level deeper."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise _UnknownValueError
        value = read()
        self.depth -= 1
        return value

    def unless(self, skipped: bool, read: Callable[[], int]) -> int:  # noqa: FBT001 - a guard, and what it guards
        """What is read, without any effect where it is skipped."""
        self.dead += skipped
        value = self.deeper(read)
        self.dead -= skipped
        return value

    def assign(self, name: str, value: int) -> None:
        if not self.dead:
            self.shell.assign(name, str(value))

    def assignment(self) -> int:
        start = self.position
        name = self.peek()
        if name and _NAME.fullmatch(name):
            self.take()
            operator = self.peek()
            if operator in _ASSIGN:
                self.take()
                before = self.variable(name) if operator != "=" else 0
                value = self.deeper(self.assignment)
                if operator != "=":
                    value = self.apply(str(operator)[:-1], before, value)
                self.assign(name, value)
                return value
            self.position = start
        return self.deeper(self.ternary)

    def ternary(self) -> int:
        condition = self.logical("||")
        if self.peek() != "?":
            return condition
        self.take()
        first = self.unless(condition == 0, self.comma)
        if self.take() != ":":
            raise _UnknownValueError
        second = self.unless(condition != 0, self.ternary)
        return first if condition else second

    def logical(self, operator: str) -> int:
        """`||` and `&&`, whose right side counts only where the left one does not decide."""

        def inner() -> int:
            return self.logical("&&") if operator == "||" else self.binary(0)

        value = inner()
        while self.peek() == operator:
            self.take()
            decided = bool(value) == (operator == "||")
            right = self.unless(decided, inner)
            value = int(bool(value) if decided else bool(right))
        return value

    def binary(self, level: int) -> int:
        if level == len(_BINARY):
            return self.power()
        value = self.binary(level + 1)
        while (operator := self.peek()) in _BINARY[level]:
            self.take()
            value = self.apply(str(operator), value, self.binary(level + 1))
        return value

    def apply(self, operator: str, left: int, right: int) -> int:
        return 0 if self.dead else _wrapped(_apply(operator, left, right))

    def power(self) -> int:
        value = self.unary()
        if self.peek() != "**":
            return value
        self.take()
        exponent = self.deeper(self.power)
        if self.dead or not 0 <= exponent <= 64:  # bash refuses a negative one also where it is not reached
            raise _UnknownValueError
        return _wrapped(int(value**exponent))

    def unary(self) -> int:
        sign = self.take()
        if sign in ("+", "-", "!", "~"):
            value = self.deeper(self.unary)
            return _wrapped({"+": value, "-": -value, "!": int(not value), "~": ~value}[sign])
        if sign in ("++", "--"):
            name = self.take()
            if not _NAME.fullmatch(name):  # two signs of a number
                raise _UnknownValueError
            value = _wrapped(self.variable(name) + (1 if sign == "++" else -1))
            self.assign(name, value)
            return value
        if sign == "(":
            value = self.deeper(self.comma)
            if self.take() != ")":
                raise _UnknownValueError
            return value
        return self.primary(sign)

    def primary(self, token: str) -> int:
        if token[0] in "0123456789":
            return _number(token)
        if not _NAME.fullmatch(token):
            raise _UnknownValueError
        value = self.variable(token)
        if self.peek() in ("++", "--"):
            self.assign(token, _wrapped(value + (1 if self.take() == "++" else -1)))
        return value

    def variable(self, name: str) -> int:
        if self.dead:
            return 0
        name = self.shell.state.referred(name)
        text = self.shell.state.variables.get(name, "1" if name == "OPTIND" else None)
        if text is None:
            array = self.shell.state.arrays.get(name)
            text = array.get("0", "0") if array else None
        if text is None:
            if self.shell.state.is_unset(name):
                return 0
            raise _UnknownValueError
        return _number(text.strip(" \t\n")) if text.strip(" \t\n") else 0


def _number(text: str) -> int:
    """A number as bash writes it; what is none, or does not fit into 64 bits, is not known here."""
    found = _LITERAL.fullmatch(text)
    if found is None:
        raise _UnknownValueError
    sign, digits, base = -1 if found[1] == "-" else 1, found[3], int(found[2] or 10)
    try:
        value = int(digits, base if found[2] else 16 if digits[:2] in ("0x", "0X") else 8 if digits[0] == "0" else 10)
    except ValueError:
        raise _UnknownValueError from None
    if value >= 2**63:
        raise _UnknownValueError
    return sign * value


def _apply(operator: str, left: int, right: int) -> int:
    match operator:
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
