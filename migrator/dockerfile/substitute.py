r"""Shell patterns on values, as `${X#p}` and `${X/p/r}` use them: `*`, `?` and `\`, no brackets."""

from __future__ import annotations

import re
from enum import Enum, auto


class Trim(Enum):
    """Which end of a value a pattern is taken off."""

    PREFIX = auto()
    SUFFIX = auto()


def trimmed(value: str, pattern: str, side: Trim, *, greedy: bool) -> str:
    """The value without the shortest (or, greedy, longest) match of the pattern at one end; ValueError if invalid."""
    if side is Trim.PREFIX:
        match = re.match(_expression(pattern, greedy=greedy), value)
        return value[match.end() :] if match else value
    # A regular expression finds the leftmost match, so the shortest suffix is the shortest prefix backwards.
    match = re.match(_expression(_backwards(pattern), greedy=greedy), value[::-1])
    return value[: len(value) - match.end()] if match else value


def _backwards(pattern: str) -> str:
    return "".join(reversed(re.findall(r"\\.|.", pattern, flags=re.DOTALL)))


def replaced(value: str, pattern: str, text: str, *, everywhere: bool) -> str:
    """The value with the longest first match (or every match) of the pattern replaced; ValueError if invalid."""
    expression = re.compile(_expression(pattern, greedy=True))
    result: list[str] = []
    position = 0
    for match in expression.finditer(value):
        # Go's engine, unlike Python's, takes no empty match right behind a match.
        if match.start() == match.end() == position and match.start() > 0:
            continue
        result += [value[position : match.start()], text]
        position = match.end()
        if not everywhere:
            break
    return "".join([*result, value[position:]])


def _expression(pattern: str, *, greedy: bool) -> str:
    """The pattern as a regular expression; an escape may stand before `*`, `?`, itself, `}` and `/` only."""
    result: list[str] = []
    characters = iter(pattern)
    for character in characters:
        if character == "*":
            result.append(".*" if greedy else ".*?")
        elif character == "?":
            result.append(".")
        elif character == "\\":
            following = next(characters, "")
            if following not in ("*", "?", "\\", "}", "/") or not following:
                raise ValueError(f"invalid escape '\\{following}' in a pattern")
            result.append(re.escape(following))
        else:
            result.append(re.escape(character))
    return "".join(result)
