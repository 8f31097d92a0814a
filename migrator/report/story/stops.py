"""Which step of a story each error is about; both may come in thousands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from migrator.diagnostics import Severity
from migrator.migration.result import Declined

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.migration.result import Conversion
    from migrator.report.story.telling import Item
    from migrator.source import Span


@dataclass(frozen=True)
class _Bar:
    """A range of a `group` with the rank of what is there."""

    group: Hashable
    start: int
    end: int
    rank: tuple[int, ...]


def stops(conversion: Conversion, items: Sequence[Item], spans: Sequence[Span]) -> dict[int, tuple[Diagnostic, ...]]:
    """For the number of an item the errors that are about it."""
    found: dict[int, list[Diagnostic]] = {}
    if isinstance(conversion, Declined):
        errors = [one for one in conversion.diagnostics if one.severity is Severity.ERROR]
        for error, number in zip(errors, _numbers(errors, items, spans), strict=True):
            if number is not None:
                found.setdefault(number, []).append(error)
    return {number: tuple(errors) for number, errors in found.items()}


def _numbers(errors: list[Diagnostic], items: Sequence[Item], spans: Sequence[Span]) -> Iterator[int | None]:
    """For each error its item: the smallest that holds it, else one in it, else the build of its Dockerfile."""
    places = [None if error.span is None else error.span.original for error in errors]
    asked = [place for place in places if place is not None]
    numbered = list(enumerate(spans))
    holding = _least_around(
        [_Bar(one.source, one.start, one.end, (one.end - one.start, n)) for n, one in numbered if not items[n].header],
        [(place.source, place.start, place.end) for place in asked],
    )
    # What lies in a place is what the place's ends, turned around, lie in.
    within = _least_around(
        [_Bar(one.source, -one.start, -one.end, (n,)) for n, one in numbered],
        [(place.source, -place.start, -place.end) for place in asked],
    )
    near = _least_around(
        [_Bar(one.file, one.line, one.end_line, (-n,)) for n, one in numbered],
        [(place.file, place.line, place.line) for place in asked],
    )
    builds: dict[str | None, int] = {}
    for number, item in enumerate(items):
        if item.docker:
            builds.setdefault(item.recipe, number)
    answers = zip(asked, holding, within, near, strict=True)
    for place in places:
        if place is None:
            yield None
            continue
        _, around, inner, beside = next(answers)
        if around is not None:
            yield around[-1]
        elif inner is not None:
            yield inner[0]
        elif beside is not None:
            yield -beside[0]
        else:
            yield builds.get(place.file)


def _least_around(bars: Iterable[_Bar], asked: Sequence[tuple[Any, int, int]]) -> list[tuple[int, ...] | None]:
    """For each (group, start, end) the least rank of the bars that begin no later and end no earlier.

    Bars come in by where they begin. A tree of sums over where they end (Fenwick's, with the least for the sum) knows
    the least rank from an end on, so that neither bars nor questions are gone through for each other.
    """
    groups: dict[Any, list[tuple[int, int, int, _Bar | int]]] = {}
    for bar in bars:
        groups.setdefault(bar.group, []).append((bar.start, 0, bar.end, bar))
    answers: list[tuple[int, ...] | None] = [None] * len(asked)
    for number, (group, start, end) in enumerate(asked):
        if group in groups:
            groups[group].append((start, 1, end, number))
    for events in groups.values():
        ends = {end: place for place, end in enumerate(sorted({end for _, _, end, _ in events}, reverse=True), 1)}
        tree: list[tuple[int, ...] | None] = [None] * (len(ends) + 1)
        for _, _, end, what in sorted(events, key=lambda event: event[:2]):
            at = ends[end]
            if isinstance(what, int):
                answers[what] = _least(tree, at)
            else:
                _enter(tree, at, what.rank)
    return answers


def _enter(tree: list[tuple[int, ...] | None], at: int, rank: tuple[int, ...]) -> None:
    while at < len(tree):
        here = tree[at]
        tree[at] = rank if here is None or rank < here else here
        at += at & -at


def _least(tree: list[tuple[int, ...] | None], at: int) -> tuple[int, ...] | None:
    found: tuple[int, ...] | None = None
    while at:
        here = tree[at]
        if here is not None and (found is None or here < found):
            found = here
        at -= at & -at
    return found
