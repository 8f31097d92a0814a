"""Brace expansion (Bash Reference Manual 3.5.1) on a word that is taken apart into characters and other parts."""

from __future__ import annotations

import re
from itertools import accumulate, chain, pairwise
from typing import TYPE_CHECKING

from migrator.commands.numbers import whole
from migrator.trace.budget import TooMuchError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.shell.syntax import WordPart

    Atom = WordPart | str

# Words that one word may come to. Bash makes as many as memory holds; a script that wants more has another purpose.
MOST_WORDS = 10_000
_DEEPEST = 40
_TOO_MANY = f"one word with braces comes to more than {MOST_WORDS} words"


def expand_braces(atoms: Sequence[Atom]) -> list[list[Atom]]:
    """Every word that a word comes to, in order; raises TooMuchError where there are too many, or too deep inside."""
    return _expanded(list(atoms), _partners(atoms), 0, len(atoms), 0)


def _partners(atoms: Sequence[Atom]) -> dict[int, int]:
    """Where the brace that opens at a place closes; a brace that nothing closes is not in it."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for index, atom in enumerate(atoms):
        if atom == "{":
            opened.append(index)
        elif atom == "}" and opened:
            found[opened.pop()] = index
    return found


def _expanded(atoms: list[Atom], partners: dict[int, int], start: int, end: int, depth: int) -> list[list[Atom]]:
    """The words that the atoms [start, end) come to."""
    if depth > _DEEPEST:
        raise TooMuchError(f"more than {_DEEPEST} braces stand inside each other")
    found: list[list[Atom]] = [[]]
    position = start
    while position < end:
        closing = partners.get(position)
        alternatives = None
        if atoms[position] == "{" and closing is not None and closing < end:
            alternatives = _alternatives(atoms, partners, position, closing, depth)
        if alternatives is None:
            for word in found:
                word.append(atoms[position])
            position += 1
            continue
        if len(found) * len(alternatives) > MOST_WORDS:
            raise TooMuchError(_TOO_MANY)
        found = [[*word, *middle] for word in found for middle in alternatives]
        position = (closing or position) + 1
    return found


def _alternatives(
    atoms: list[Atom], partners: dict[int, int], start: int, end: int, depth: int
) -> list[list[Atom]] | None:
    """What stands between two braces; None where they are only characters."""
    opened = accumulate((_step(atom) for atom in atoms[start + 1 : end]), initial=0)
    inside = atoms[start + 1 : end]
    commas = [
        start + 1 + index
        for index, (level, atom) in enumerate(zip(opened, inside, strict=False))
        if level == 0 and atom == ","
    ]
    if commas:
        bounds = pairwise([start, *commas, end])
        found = list(chain.from_iterable(_expanded(atoms, partners, a + 1, b, depth + 1) for a, b in bounds))
        if len(found) > MOST_WORDS:
            raise TooMuchError(_TOO_MANY)
        return found
    numbers = _range("".join(map(str, inside))) if all(isinstance(atom, str) for atom in inside) else None
    return None if numbers is None else [list(number) for number in numbers]


def _step(atom: object) -> int:
    return 1 if atom == "{" else -1 if atom == "}" else 0


def _range(text: str) -> list[str] | None:
    numbers = re.fullmatch(r"(-?[0-9]+)\.\.(-?[0-9]+)(?:\.\.(-?[0-9]+))?", text)
    if numbers:
        first, last, step = whole(numbers[1]), whole(numbers[2]), whole(numbers[3] or "1")
        if first is None or last is None or step is None:
            raise TooMuchError(_TOO_MANY)
        step = abs(step) or 1
        if abs(last - first) // step >= MOST_WORDS:
            raise TooMuchError(_TOO_MANY)
        width = max(len(numbers[1]), len(numbers[2])) if re.match(r"-?0[0-9]", numbers[1] + " " + numbers[2]) else 0
        sequence = range(first, last + 1, step) if first <= last else range(first, last - 1, -step)
        return [str(number).zfill(width) for number in sequence]
    letters = re.fullmatch(r"([a-zA-Z])\.\.([a-zA-Z])(?:\.\.(-?[0-9]+))?", text)
    if letters:
        low, high = ord(letters[1]), ord(letters[2])
        step = abs(whole(letters[3] or "1") or 1) or 1
        codes = range(low, high + 1, step) if low <= high else range(low, high - 1, -step)
        return [chr(code) for code in codes]
    return None
