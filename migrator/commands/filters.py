"""Filters that choose from text: grep, awk, wc, rev."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.commands.base import Invocation, split_options, text_of
from migrator.commands.posix import UnsupportedError, python_of
from migrator.commands.regular import affordable
from migrator.commands.text import filtered, inputs, joined, lines_of
from migrator.commands.workshop import in_stage
from migrator.trace.state import FAILURE, SUCCESS, Status
from migrator.trace.streams import Opaque
from migrator.trace.symbols import SymbolKind, is_known

if TYPE_CHECKING:
    from migrator.commands.base import Arguments, Command

_PLAIN = (*"qviEFGeowxsh", "regexp", "quiet", "extended-regexp", "fixed-strings")
_META = re.compile(r"[\\^$.|?*+()\[\]{}]")


def _searchable(call: Invocation, text: str) -> bool:
    """Whether all but the ids of images and containers is known, which nobody searches for."""
    kinds = {symbol.kind for symbol in call.shell.symbols.within(text)}
    return kinds <= {SymbolKind.IMAGE, SymbolKind.CONTAINER}


def grep(call: Invocation) -> Status:
    """`grep pattern`: lines of known text."""
    found = split_options(call.arguments, "eABCmf", ("regexp", "file"))
    operands = list(found.operands)
    pattern = found.value("e", "regexp") or (operands.pop(0) if operands and not found.has("f", "file") else "")
    deep = found.has("r", "R", "recursive", "dereference-recursive")
    streams = None if deep else inputs(call, operands)
    if streams is None and not deep:
        return Status(2)
    texts = [text_of(call.shell, stream) for stream in streams or ()]
    several = len(texts) != 1 or sum(name in ("e", "regexp") for name, _ in found.options) > 1
    simple = not several and found.only(*_PLAIN)
    expression = None
    if simple and None not in texts and all(_searchable(call, text or "") for text in texts) and is_known(pattern):
        expression = _expression(call.name, found, pattern)
    lines = [line for text in texts for line in lines_of(text or "")]
    if expression is None or not affordable(expression, lines):
        if not found.has("q", "quiet"):
            made = in_stage(call, operands, streams) if streams and len(streams) == 1 else None
            call.channels.out.append(made or Opaque(call.span, "what grep prints"))
        return Status(None, None, call.span)
    compiled = re.compile(expression, re.IGNORECASE if found.has("i") else 0)
    hits = [line for line in lines if (compiled.search(line) is None) == found.has("v")]
    if not found.has("q", "quiet"):
        shown = [m[0] for line in hits for m in compiled.finditer(line) if m[0]] if found.has("o") else hits
        call.channels.say(joined([] if found.has("o") and found.has("v") else shown))
    return SUCCESS if hits else FAILURE


def _expression(name: str, found: Arguments, pattern: str) -> str | None:
    """What is looked for, as Python has it; None for what it has not."""
    extended = name == "egrep" or found.has("E", "extended-regexp")
    patterns = pattern.split("\n")
    try:
        if name == "fgrep" or found.has("F", "fixed-strings"):
            expression = "|".join(sorted(map(re.escape, patterns), key=len, reverse=True))
        elif len(patterns) > 1:
            return None
        else:
            expression = python_of(pattern, extended=extended, longest=found.has("o", "w"))
        if found.has("x"):
            expression = f"^(?:{expression})$"
        elif found.has("w"):
            expression = f"(?<!\\w)(?:{expression})(?!\\w)"
        re.compile(expression)
    except (UnsupportedError, re.error):
        return None
    return expression


def count(call: Invocation) -> Status:
    """`wc -l` and `wc -c` of known text."""
    found = split_options(call.arguments)

    def change(text: str) -> str | None:
        if found.operands:
            return None  # the name of the file is printed with it
        if found.has("l") and found.only("l") and is_known(text):
            return f"{text.count(chr(10))}\n"
        return f"{len(text.encode())}\n" if found.has("c") and found.only("c") and is_known(text) else None

    return filtered(call, found.operands, change)


def reverse(call: Invocation) -> Status:
    """`rev`."""
    return filtered(
        call, call.arguments, lambda t: joined([line[::-1] for line in lines_of(t)]) if is_known(t) else None
    )


def awk(call: Invocation) -> Status:
    """`awk '{print $n}'` on known text; anything else is not modelled."""
    found = split_options(call.arguments, "Fv")
    program = found.operands[0] if found.operands else ""
    simple = re.fullmatch(r"\s*\{\s*print\s+\$(\d{1,4}|NF)\s*;?\s*\}\s*", program)
    mark = found.value("F")
    # One character stands for itself, but for a blank; a longer one is an expression, and `t` alone a tab.
    plain = mark in (None, " ") or (mark not in ("t", "\\") and (len(mark or "") == 1 or not _META.search(mark or "")))

    def fields(line: str) -> list[str]:
        return line.split() if mark in (None, " ") else line.split(mark) if line else []

    def change(text: str) -> str | None:
        if not simple or not plain or not _searchable(call, text) or found.has("v"):
            return None
        return joined([_column(line, fields(line), simple[1]) for line in lines_of(text)])

    return filtered(call, found.operands[1:], change)


def _column(line: str, row: list[str], which: str) -> str:
    if which == "NF":
        return row[-1] if row else line
    number = int(which)
    return line if number == 0 else row[number - 1] if number <= len(row) else ""


COMMANDS: dict[str, Command] = {
    "grep": grep, "egrep": grep, "fgrep": grep, "wc": count, "rev": reverse, "awk": awk, "gawk": awk,
}  # fmt: skip
