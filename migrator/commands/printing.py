"""`echo` and `printf`."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

from migrator.trace.state import FAILURE, SUCCESS, Status
from migrator.trace.symbols import is_known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.commands.base import Command, Invocation

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b",
            '"': '"', "'": "'"}  # fmt: skip


def echo(call: Invocation) -> Status:
    """`echo [-n] [-e] words`."""
    words = list(call.arguments)
    newline, escapes = "\n", False
    while words and re.fullmatch(r"-[neE]+", words[0]):
        flags = words.pop(0)
        newline = "" if "n" in flags else newline
        escapes = "e" in flags or escapes
    text = " ".join(words)
    if escapes:
        text, stop, _ = text.partition("\\c")
        newline = "" if stop else newline
        text = unescape(text)
    call.channels.say(text + newline)
    return SUCCESS


def unescape(text: str) -> str:
    """Backslash escapes as `echo -e` and printf read them."""

    def one(found: re.Match[str]) -> str:
        body = found[1]
        if body[0] in "0123456789":
            return chr(int(body, 8) & 255)
        if body[0] == "x" and len(body) > 1:
            return chr(int(body[1:], 16))
        return _ESCAPES.get(body, found[0])

    return re.sub(r"\\(0?[0-7]{1,3}|x[0-9a-fA-F]{1,2}|.)", one, text, flags=re.DOTALL)


def printf(call: Invocation) -> Status:
    """`printf [-v name] format words`."""
    words = list(call.arguments)
    name = None
    if words[:1] == ["-v"] and len(words) > 1:
        name, words = words[1], words[2:]
    if words[:1] == ["--"]:
        words = words[1:]
    if not words:
        return FAILURE
    text = _formatted(call, words[0], words[1:])
    if name:
        call.shell.assign(name, text)
    else:
        call.channels.say(text)
    return SUCCESS


# What C takes for a decimal number that fits; nothing at all is 0.
_NUMBER = re.compile(r"(?:([-+])?(?:0|[1-9][0-9]{0,17}))?")
_MOST_DIGITS = 5
_DIRECTIVE = re.compile(r"%(?:%|([-+ #0]*)(\d+|\*)?(?:\.(\d*))?([sdiuxXobqcfeg]|\([^)]*\)T))")


def _formatted(call: Invocation, template: str, values: Sequence[str]) -> str:
    rest = deque(values)
    pieces: list[str] = []
    takes = any(found[0] != "%%" for found in _DIRECTIVE.finditer(template))
    while not pieces or (rest and takes):
        pieces.append(_round(call, template, rest))
        call.shell.budget.spend(len(pieces[-1]))
    return "".join(pieces)


def _round(call: Invocation, template: str, rest: deque[str]) -> str:
    pieces, position = [], 0
    for found in _DIRECTIVE.finditer(template):
        pieces.append(unescape(template[position : found.start()]))
        position = found.end()
        if found[0] == "%%":
            pieces.append("%")
            continue
        value = rest.popleft() if rest else ""
        pieces.append(_directive(call, found, value))
    pieces.append(unescape(template[position:]))
    return "".join(pieces)


def _directive(call: Invocation, found: re.Match[str], value: str) -> str:
    flags, width, precision, kind = found[1] or "", found[2], found[3], found[4]
    if kind.endswith("T"):
        return call.output("DATE", f"$(printf '{found[0]}' {value or '-1'})")
    if kind == "b":
        return unescape(value)
    if width == "*" or max(len(width or ""), len(precision or "")) > _MOST_DIGITS:
        return call.unknown("printf")
    if not is_known(value) and (width or precision or kind != "s"):
        return call.unknown("printf")
    if kind == "q":
        return re.sub(r"([^\w@%+=:,./-])", r"\\\1", value) if value and value.isprintable() else call.unknown("printf")
    if kind == "s":
        value = value if precision is None else value[: int(precision)]
        return value.ljust(int(width or 0)) if "-" in flags else value.rjust(int(width or 0))
    number = _NUMBER.fullmatch(value)
    if number is None or kind not in "diuxXo" or (number[1] and kind not in "di") or "#" in flags:
        return call.unknown("printf")  # bash complains of some of them, and goes on with what it can read
    shown = "d" if kind in "iu" else kind
    return f"%{flags}{width or ''}{'' if precision is None else '.' + precision}{shown}" % int(value or "0")


# --- whole streams ------------------------------------------------------------------------------------------------


COMMANDS: dict[str, Command] = {"echo": echo, "printf": printf}
