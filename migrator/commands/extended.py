"""Shell patterns with the lists of extglob, `@(a|b)` and its like (Bash Reference Manual 3.5.8.1), matched exactly.

No regular expression does what `!(…)` does, so a pattern with a list is walked: from a place in the text, each of its
parts leads to the places where it may end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from migrator.commands.patterns import has_glob, to_regex, unquote_pattern

_LISTS = "?*+@!"


@dataclass(frozen=True)
class _List:
    """`kind(alternative|…)`; each alternative is a sequence of parts."""

    kind: str
    alternatives: tuple[tuple[_Part, ...], ...]


_Part = str | _List


def is_extended(pattern: str) -> bool:
    """Whether a pattern holds a list of extglob."""
    if "(" not in pattern:
        return False
    position = 0
    while position < len(pattern) - 1:
        if pattern[position] == "\\":
            position += 2
            continue
        if pattern[position] in _LISTS and pattern[position + 1] == "(":
            return _closing(pattern, position + 1) is not None
        position += 1
    return False


def full_match(text: str, pattern: str, *, path: bool = False) -> bool:
    """Whether a text matches the whole pattern; with `path` no part of it matches a slash."""
    return len(text) in _ends(_parts(pattern), text, {0}, path)


def longest_match(text: str, start: int, pattern: str) -> int | None:
    """Where the longest piece of a text that begins at `start` and matches the pattern ends; None when none does."""
    return max(_ends(_parts(pattern), text, {start}, path=False), default=None)


def _closing(pattern: str, opening: int) -> int | None:
    depth = 0
    position = opening
    while position < len(pattern):
        if pattern[position] == "\\":
            position += 1
        elif pattern[position] == "(":
            depth += 1
        elif pattern[position] == ")":
            depth -= 1
            if depth == 0:
                return position
        position += 1
    return None


def _parts(pattern: str) -> tuple[_Part, ...]:
    """A pattern as plain patterns and lists."""
    found: list[_Part] = []
    plain = ""
    position = 0
    while position < len(pattern):
        character = pattern[position]
        opens = character in _LISTS and pattern.startswith("(", position + 1)
        end = _closing(pattern, position + 1) if opens else None
        if end is not None:
            found += [plain] if plain else []
            plain = ""
            inside = _alternatives(pattern[position + 2 : end])
            found.append(_List(character, tuple(_parts(one) for one in inside)))
            position = end + 1
            continue
        taken = 2 if character == "\\" else 1
        plain += pattern[position : position + taken]
        position += taken
    return (*found, plain) if plain else tuple(found)


def _alternatives(inside: str) -> list[str]:
    found, depth, begun, position = [], 0, 0, 0
    while position < len(inside):
        character = inside[position]
        if character == "\\":
            position += 1
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif character == "|" and depth == 0:
            found.append(inside[begun:position])
            begun = position + 1
        position += 1
    return [*found, inside[begun:]]


def _ends(parts: tuple[_Part, ...], text: str, starts: set[int], path: bool) -> set[int]:  # noqa: FBT001
    for part in parts:
        if isinstance(part, str):
            starts = _plain_ends(part, text, starts, path)
        elif part.kind == "!":
            starts = {end for start in starts for end in _other_ends(part, text, start, path)}
        else:
            starts = _list_ends(part, text, starts, path)
    return starts


def _plain_ends(part: str, text: str, starts: set[int], path: bool) -> set[int]:  # noqa: FBT001
    if not has_glob(part):
        plain = unquote_pattern(part)
        return {start + len(plain) for start in starts if text.startswith(plain, start)}
    expression = re.compile(to_regex(part, path=path), re.DOTALL)
    return {end for start in starts for end in range(start, len(text) + 1) if expression.fullmatch(text, start, end)}


def _other_ends(part: _List, text: str, start: int, path: bool) -> set[int]:  # noqa: FBT001
    """Where a piece that begins at `start` and is none of the alternatives of `!(…)` ends."""
    stop = text.find("/", start) if path else -1
    return set(range(start, (len(text) if stop < 0 else stop) + 1)) - _once(part, text, {start}, path)


def _list_ends(part: _List, text: str, starts: set[int], path: bool) -> set[int]:  # noqa: FBT001
    """All beginnings at once: where a list is taken again and again, each place is gone on from once."""
    found = fresh = _once(part, text, starts, path)
    while fresh and part.kind in "*+":
        fresh = _once(part, text, fresh, path) - found
        found = found | fresh
    return found | starts if part.kind in "?*" else found


def _once(part: _List, text: str, starts: set[int], path: bool) -> set[int]:  # noqa: FBT001
    return {end for one in part.alternatives for end in _ends(one, text, starts, path)}
