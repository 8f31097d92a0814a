"""Commands about order: sort and seq."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.commands.base import Invocation, split_options
from migrator.commands.numbers import whole
from migrator.commands.text import filtered, joined, lines_of
from migrator.trace.state import SUCCESS, Status
from migrator.trace.streams import Opaque
from migrator.trace.symbols import is_known

if TYPE_CHECKING:
    from migrator.commands.base import Command


def sort(call: Invocation) -> Status:
    """`sort [-u] [-r]` of known text."""
    found = split_options(call.arguments, "kto")

    def change(text: str) -> str | None:
        if not found.only("u", "r", "n", "V") or not is_known(text):
            return None
        key = _version if found.has("V") else _number if found.has("n") else _plain
        lines = sorted(lines_of(text), key=key, reverse=found.has("r"))
        return joined(list(dict.fromkeys(lines)) if found.has("u") else lines)

    return filtered(call, found.operands, change)


def _plain(line: str) -> tuple[str | float, ...]:
    return (line,)


def _number(line: str) -> tuple[str | float, ...]:
    found = re.match(r"\s*(-?[0-9]+(?:\.[0-9]+)?)", line)
    return (float(found[1]) if found else 0.0, line)


def _version(line: str) -> tuple[str | tuple[int, str], ...]:
    """Numbers in the text count as numbers; text and numbers take turns, so that like meets like."""
    parts = re.split(r"([0-9]+)", line)
    # A number as its length and its digits: as text it may be as long as it likes.
    return tuple(_sized(part) if index % 2 else part for index, part in enumerate(parts))


def _sized(digits: str) -> tuple[int, str]:
    plain = digits.lstrip("0")
    return len(plain), plain


def sequence(call: Invocation) -> Status:
    """`seq [first [step]] last`."""
    numbers = [number for number in map(whole, call.arguments) if number is not None]
    if len(numbers) != len(call.arguments) or not 1 <= len(numbers) <= 3:
        call.channels.out.append(Opaque(call.span, "what seq prints"))
        return SUCCESS
    first, step, last = {1: (1, 1, numbers[-1]), 2: (numbers[0], 1, numbers[-1])}.get(
        len(numbers), (numbers[0], *numbers[1:3])
    )
    if step and abs((last - first) // step) < 10_000:
        call.channels.say(joined([str(n) for n in range(first, last + (1 if step > 0 else -1), step)]))
    else:
        call.channels.out.append(Opaque(call.span, "what seq prints"))
    return SUCCESS


COMMANDS: dict[str, Command] = {"sort": sort, "seq": sequence}
