"""Regular expressions of a script, which can be made to take for ever: how long one may take."""

from __future__ import annotations

import re
from math import comb
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Steps of a search that finds nothing, at the worst.
MOST_STEPS = 10**8
_MOST_LOOPS = 12
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\[:\w+:\]|[^\]])*\]|\{(?P<most>\d*,?\d*)\}\??|.", re.DOTALL)


def affordable(expression: str, lines: Iterable[str]) -> bool:
    """Whether an expression, in the spelling of Python, comes to an end soon when it is looked for in some lines.

    A repetition inside a repetition doubles the work with each character; several one behind the other multiply it.
    """
    nested, loops = _shape(expression)
    steps = 0
    for line in lines:
        if nested and len(line) > MOST_STEPS.bit_length():
            return False
        # The places where each repetition may end, and one more for where the search begins.
        steps += 2 ** len(line) if nested else comb(len(line) + loops + 1, min(loops + 1, _MOST_LOOPS))
        if steps > MOST_STEPS:
            return False
    return loops < _MOST_LOOPS


def _shape(expression: str) -> tuple[bool, int]:
    """Whether repetitions stand inside each other, and how many there are."""
    opened: list[bool] = []  # for each group around: whether it holds a choice or a repetition
    nested, loops, closed = False, 0, False
    for token in _TOKEN.finditer(expression):
        text = token[0]
        many = text in ("*", "+") or (token["most"] is not None and token["most"] not in ("", "0", "1", "0,1", ",1"))
        if many:
            loops += 1
            nested = nested or closed
        if (many or text in ("?", "|")) and opened:
            opened[-1] = True
        if text == "(":
            opened.append(False)
        closed = text == ")" and bool(opened) and opened.pop()
        if closed and opened:
            opened[-1] = True
    return nested, loops
