"""Shell patterns (Bash Reference Manual 3.5.8.1) as regular expressions, and matching where part is unknown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.trace.symbols import FIRST, LAST

if TYPE_CHECKING:
    from collections.abc import Sequence

_SPECIAL = "*?["


def quote_pattern(text: str) -> str:
    """The pattern that matches exactly `text`."""
    return re.sub(r"([*?\[\]\\(|)])", r"\\\1", text)


def has_glob(pattern: str) -> bool:
    """Whether a pattern has an active special character."""
    if not ("*" in pattern or "?" in pattern or "[" in pattern):
        return False
    position = 0
    while position < len(pattern):
        if pattern[position] == "\\":
            position += 2
            continue
        bracket = pattern[position] == "["
        if pattern[position] in _SPECIAL and (not bracket or "]" in pattern[position + 2 :]):
            return True  # a bracket that nothing closes, as in `[ -f x ]`, is only a bracket
        position += 1
    return False


def unquote_pattern(pattern: str) -> str:
    """A pattern without special characters as the text it stands for."""
    return re.sub(r"\\(.)", r"\1", pattern, flags=re.DOTALL)


def to_regex(pattern: str, *, path: bool = False, certain: bool = False, longest: bool = True) -> str:
    """A regular expression for a pattern; with `path` no special character matches a slash.

    With `certain` only `*` takes a symbol: what matches then matches whatever the symbol's value is.
    """
    atoms = atoms_of(pattern, path=path, certain=certain)
    return joined_atoms(atoms, "[^/]" if path else ".", longest=longest)


def joined_atoms(atoms: Sequence[str | None], any_character: str, *, longest: bool) -> str:
    """A regular expression that takes its time once: what stands between two `*` is met where it is met first.

    Each atom is one character; None stands for `*`. Only the last `*` is left a choice, as of how far it goes; any
    choice of the ones before would leave it less.
    """
    pieces: list[list[str]] = [[]]
    for atom in atoms:
        if atom is not None:
            pieces[-1].append(atom)
        elif len(pieces) == 1 or pieces[-1]:
            pieces.append([])
    first, *rest = ("".join(piece) for piece in pieces)
    if not rest:
        return first
    between = "".join(f"(?>{any_character}*?{piece})" for piece in rest[:-1])
    return f"{first}{between}{any_character}*{'' if longest else '?'}{rest[-1]}"


def atoms_of(pattern: str, *, path: bool = False, certain: bool = False) -> list[str | None]:
    """The characters of a pattern, each as a regular expression; None for `*`."""
    pieces: list[str | None] = []
    position = 0
    any_character = "[^/]" if path else "."
    while position < len(pattern):
        character = pattern[position]
        if character == "\\" and position + 1 < len(pattern):
            pieces.append(re.escape(pattern[position + 1]))
            position += 2
            continue
        if character == "*":
            pieces.append(None)
        elif character == "?":
            pieces.append(_NO_SYMBOL + any_character if certain else any_character)
        elif character == "[":
            bracket, position = _bracket(pattern, position)
            pieces.append(_NO_SYMBOL + bracket if certain else bracket)
            continue
        else:
            pieces.append(re.escape(character))
        position += 1
    return pieces


_NO_SYMBOL = f"(?![{chr(FIRST)}-{chr(LAST)}])"
_CLASSES = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z", "space": r"\s",
    "blank": r" \t", "punct": r"!-/:-@\[-`{-~", "xdigit": "0-9A-Fa-f", "word": r"\w",
}  # fmt: skip


def _bracket(pattern: str, start: int) -> tuple[str, int]:
    end = start + 1
    if end < len(pattern) and pattern[end] in "!^":
        end += 1
    if end < len(pattern) and pattern[end] == "]":
        end += 1
    while end < len(pattern) and pattern[end] != "]":
        if pattern.startswith("[:", end) and ":]" in pattern[end:]:
            end = pattern.index(":]", end) + 2
        else:
            end += 2 if pattern[end] == "\\" else 1
    if end >= len(pattern):
        return re.escape("["), start + 1
    inside = pattern[start + 1 : end]
    negated = inside[:1] in ("!", "^")
    inside = inside[1:] if negated else inside
    inside = re.sub(r"\[:(\w+):\]", lambda found: _CLASSES.get(found[1], ""), inside)
    inside = inside.replace("[", r"\[") if not inside.startswith("\\") else inside
    if inside.startswith("]"):
        inside = "\\" + inside
    return f"[{'^' if negated else ''}{inside}]", end + 1
