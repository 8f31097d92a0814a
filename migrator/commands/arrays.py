"""The order of arrays' elements, and which of them an index or a slice means, as bash has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.commands.numbers import LONGEST, natural
from migrator.trace.symbols import is_known

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FNV_OFFSET, _FNV_PRIME = 2166136261, 16777619
_BUCKETS = 1024
# A table of bash is made larger where it holds twice as many as it has buckets, and is in another order then.
MOST_KEYS = 2 * _BUCKETS


def hash_order(keys: Iterable[str]) -> list[str]:
    """The keys of an associative array, given in the order of their making, in the order in which bash 5 gives them.

    Measured: 200 arrays of random keys against bash 5.2. It is FNV-1 over the signed bytes, by bucket, the newest of a
    bucket first. Of more than MOST_KEYS keys the order is another one.
    """
    return [key for _, _, key in sorted((_bucket(key), -place, key) for place, key in enumerate(keys))]


def _bucket(key: str) -> int:
    found = _FNV_OFFSET
    for byte in key.encode("utf-8", "surrogateescape"):
        found = (found * _FNV_PRIME ^ (byte - 256 if byte > 127 else byte)) & 0xFFFFFFFF
    return found % _BUCKETS


def is_open(array: Iterable[str]) -> bool:
    """Whether an array, given by its keys, may have elements that nobody knows."""
    return not is_known("".join(array))


def position(array: Mapping[str, str], index: int) -> int:
    """The index that is meant: a negative one counts back from behind the highest; negative where there is none."""
    return index if index >= 0 else behind(array) + index


def behind(array: Mapping[str, str]) -> int:
    """The index behind the highest of an indexed array, which may be asked for at each of thousands of appends."""
    keys = "".join(array)
    if keys.isascii() and keys.isdigit() and "" not in array and max(map(len, array)) <= LONGEST:
        return max(map(int, array)) + 1
    return max((natural(key) or 0 for key in array), default=-1) + 1


def part_of(array: Mapping[str, str], offset: int, length: int | None) -> list[str]:
    """The values of `${a[@]:offset:length}` of an indexed array: so many of those from an index on."""
    first = position(array, offset)
    if first < 0:
        return []
    values = [array[key] for key in sorted(array, key=lambda key: natural(key) or 0) if (natural(key) or 0) >= first]
    return values[:length]
