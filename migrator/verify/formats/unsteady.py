"""What a build does not repeat, by region: where two builds of the same thing differ, a third may differ as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.rules.verification import NONDETERMINISTIC
from migrator.verify.formats.parts import Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 4096
_NEAR = 8
_REGIONS = 200
_TOKEN = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz:.+-_")


def unsteady(legacy: bytes, new: bytes, control: bytes) -> list[Spot] | None:
    """The regions that differ between two legacy builds, when the new one differs from the first in them only.

    A region is widened to the word around it, by a few bytes: of a time, other digits change each time.
    """
    if legacy == control:
        return None
    if len(legacy) == len(new) == len(control):
        regions = _differing(legacy, control)
        return _inside(legacy, new, [_widened(legacy, *region) for region in regions]) if regions else None
    rows = [data.splitlines(keepends=True) for data in (legacy, new, control)]
    if len(rows[0]) == len(rows[1]) == len(rows[2]) and len(rows[0]) > 1:
        return _by_line(*rows)
    return _between_ends(legacy, new, control)


def _by_line(legacy: list[bytes], new: list[bytes], control: list[bytes]) -> list[Spot] | None:
    spots: list[Spot] = []
    at = 0
    for one, other, again in zip(legacy, new, control, strict=True):
        if one != other:
            found = unsteady(one, other, again)
            if not found:
                return None
            spots += [Spot(spot.where, spot.cause, spot.legacy, spot.new, at + (spot.at or 0)) for spot in found]
        at += len(one)
    return spots[:_REGIONS]


def _differing(one: bytes, other: bytes) -> list[tuple[int, int]]:
    """The ranges in which two texts of one length differ; ranges that lie close together are one."""
    chunks = [at for at in range(0, len(one), _CHUNK) if one[at : at + _CHUNK] != other[at : at + _CHUNK]]
    if len(chunks) * _CHUNK * 2 > len(one) > 16 * _CHUNK:
        return [(0, len(one))]  # compressed, encrypted or random: nothing in it stays
    found: list[tuple[int, int]] = []
    for chunk in chunks:
        for at in range(chunk, min(chunk + _CHUNK, len(one))):
            if one[at] != other[at]:
                if found and at - found[-1][1] < _NEAR:
                    found[-1] = (found[-1][0], at + 1)
                else:
                    found.append((at, at + 1))
    return found


def _widened(data: bytes, start: int, end: int) -> tuple[int, int]:
    """A range with the rest of the word that it is in, and with its neighbours where it is in none."""
    for _ in range(_NEAR):
        if start and data[start - 1] in _TOKEN:
            start -= 1
        if end < len(data) and data[end] in _TOKEN:
            end += 1
    return start, end


def _inside(legacy: bytes, new: bytes, regions: list[tuple[int, int]]) -> list[Spot] | None:
    """The regions as spots, when two files of one length differ nowhere else."""
    done = 0
    for start, end in sorted(regions):
        if legacy[done:start] != new[done:start] and start > done:
            return None
        done = max(done, end)
    if legacy[done:] != new[done:]:
        return None
    return list(_spots(legacy, new, regions))[:_REGIONS]


def _spots(legacy: bytes, new: bytes, regions: list[tuple[int, int]]) -> Iterator[Spot]:
    for start, end in regions:
        if legacy[start:end] != new[start:end]:
            yield Spot("not repeated", NONDETERMINISTIC, legacy[start:end], new[start:end], start)


def _between_ends(legacy: bytes, new: bytes, control: bytes) -> list[Spot] | None:
    """The same for files of different lengths: what they begin and end with in common surrounds one region."""
    head, tail = _common(legacy, control)
    start, end = _widened(legacy, head, len(legacy) - tail)
    head, tail = _common(legacy, new)
    if head < start or len(legacy) - tail > end:
        return None
    return [
        Spot("not repeated", NONDETERMINISTIC, legacy[start:end], new[start : len(new) - (len(legacy) - end)], start)
    ]


def _common(one: bytes, other: bytes) -> tuple[int, int]:
    """How many bytes two texts begin with in common, and how many of the rest they end with."""
    shorter = min(len(one), len(other))
    head = _length(one, other, shorter)
    return head, _length(one[head:][::-1], other[head:][::-1], shorter - head)


def _length(one: bytes, other: bytes, most: int) -> int:
    low, high = 0, most
    while low < high:  # the longest common beginning, by halves
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
