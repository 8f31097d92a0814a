"""Where two files differ, part by part as their format has it, whether it counts or not: for a person who asks."""

from __future__ import annotations

import difflib
from itertools import islice
from typing import TYPE_CHECKING

from migrator.verify.formats.files import FORMATS, read, same_shape
from migrator.verify.formats.parts import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.verify.formats.parts import Part

MOST = 60
DEPTH = 9
_LINES = 100_000


def tell(name: str, legacy: bytes, new: bytes) -> tuple[str, ...]:
    """One line for each part that differs, with where it is and both sides; the first sixty."""
    found = list(islice(_tell(name, legacy, new, DEPTH), MOST + 1))
    return (*found[:MOST], "and more") if len(found) > MOST else tuple(found)


def _tell(name: str, legacy: bytes, new: bytes, depth: int) -> Iterator[str]:
    for split in FORMATS if depth else ():
        both = [read(split, name, data) for data in (legacy, new)]
        if both[0] is not None and both[1] is not None:
            yield from _parts(both[0], both[1], name, depth)
            return
    texts = [_text(data) for data in (legacy, new)]
    if texts[0] is not None and texts[1] is not None:
        yield from _lines(texts[0], texts[1])
    else:
        yield _bytes(legacy, new)


def _parts(legacy: list[Part], new: list[Part], name: str, depth: int) -> Iterator[str]:
    if not same_shape(legacy, new):
        names = [[part.label for part in parts] for parts in (legacy, new)]
        for label in dict.fromkeys(label for one in names for label in one):
            counts = [one.count(label) for one in names]
            if counts[0] != counts[1]:
                yield f"{label}: {counts[0]} in the legacy file, {counts[1]} in the new one"
        if sorted(names[0]) == sorted(names[1]):
            yield "the same parts in another order"
        return
    for one, other in zip(legacy, new, strict=True):
        if one.data == other.data or one.follows:
            continue
        if one.cause is not None:
            yield f"{one.label}: {shown(one.data)} | {shown(other.data)} ({one.cause.code}, set aside)"
            continue
        inner = _tell(one.label if one.nested else name, one.data, other.data, depth - 1 if one.nested else 0)
        yield from (f"{one.label}: {line}" for line in inner)


def _text(data: bytes) -> list[str] | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    lines = text.splitlines()
    return None if "\0" in text or len(lines) > _LINES else lines


def _lines(legacy: list[str], new: list[str]) -> Iterator[str]:
    """What a diff says, without its heads; ends of lines alone make no line of it."""
    diff = difflib.unified_diff(legacy, new, lineterm="", n=1)
    found = False
    for line in islice(diff, 2, None):
        found = True
        yield line
    if not found:
        yield "the ends of lines differ"


def _bytes(legacy: bytes, new: bytes) -> str:
    pairs = zip(legacy, new, strict=False)
    at = next((n for n, (one, other) in enumerate(pairs) if one != other), min(len(legacy), len(new)))
    sizes = f"; {len(legacy)} | {len(new)} bytes" if len(legacy) != len(new) else ""
    return f"from byte {at}: {shown(legacy[at:])} | {shown(new[at:])}{sizes}"
