"""A file as the parts that its format gives it: each must be equal, may differ by a rule, or is a file itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrator.diagnostics import Rule

# What a hostile archive can make of a few bytes is bounded.
MOST = 256 << 20
SHOWN = 24


@dataclass(frozen=True)
class Part:
    """One part of a file: `label` says which, `at` where it begins, if that can be said.

    With a `cause` it may differ, for that reason. A `nested` part is a file of its own, whose format counts again. A
    part that `follows` is made from the nested part before it (its compressed form): it must be equal where that is.
    """

    label: str
    data: bytes
    cause: Rule | None = None
    nested: bool = False
    follows: bool = False
    at: int | None = None


@dataclass(frozen=True)
class Spot:
    """One place at which two files differ for a reason that we know: both sides of it, as they are."""

    where: str
    cause: Rule
    legacy: bytes
    new: bytes
    at: int | None = None

    @property
    def told(self) -> tuple[str, str]:
        """Both sides for a person: where, and the bytes, from the first that differs where they are many."""
        pairs = zip(self.legacy, self.new, strict=False)
        same = next((at for at, (one, other) in enumerate(pairs) if one != other), 0)
        start = same if max(len(self.legacy), len(self.new)) > SHOWN else 0
        place = self.where if self.at is None else f"{self.where}, byte {self.at + start}"
        return f"{place}: {shown(self.legacy[start:])}", f"{place}: {shown(self.new[start:])}"


def shown(data: bytes) -> str:
    """Bytes as text where they are text, else in hexadecimal; cut where they are many."""
    more = f"… ({len(data)} bytes)" if len(data) > SHOWN else ""
    try:
        text = data[:SHOWN].decode("ascii")
    except UnicodeDecodeError:
        text = "\0"
    return f'"{text}"{more}' if text.isprintable() else data[:SHOWN].hex() + more


def split(
    data: bytes, marks: list[tuple[int, int, str, Rule]], places: Sequence[tuple[int, int, str]] = ()
) -> list[Part]:
    """A file in parts of which the marked ranges (start, end, label, cause) may differ, and nothing else.

    What must be equal is in parts by the `places` (start, end, label) that the format gives names to.
    """
    parts: list[Part] = []
    done = 0
    for start, end, label, cause in sorted(marks, key=lambda mark: mark[:2]):
        if start < done:
            continue
        parts += _plain(data, done, start, places)
        parts.append(Part(label, data[start:end], cause, at=start))
        done = end
    return [*parts, *_plain(data, done, len(data), places)]


def _plain(data: bytes, start: int, end: int, places: Sequence[tuple[int, int, str]]) -> Iterator[Part]:
    """The bytes between two offsets, cut where a place begins or ends."""
    for first, last, label in sorted(places):
        first, last = max(first, start), min(last, end)  # noqa: PLW2901 - the part of it that is asked for
        if first < last:
            if start < first:
                yield Part("the rest", data[start:first], at=start)
            yield Part(label, data[first:last], at=first)
            start = last
    yield Part("the rest", data[start:end], at=start)
