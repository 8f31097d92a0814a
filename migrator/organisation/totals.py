"""What an audit adds up to. Grows with the kinds of findings, not with the number of repositories."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from migrator.organisation.audit import STATUSES, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migrator.organisation.audit import Audited, Finding


@dataclass
class Kind:
    """How often a code was found: in how many repositories, how often in all, and the first place."""

    code: str
    name: str
    repositories: int = 0
    times: int = 0
    path: str = ""
    example: Finding | None = None


@dataclass
class Totals:
    """The sums of an audit so far.

    `by_reason` is for declined and failed sources: each counts once, under its first error. `reasons` and `tasks` count
    every code that a source has.
    """

    sources: int = 0
    statuses: dict[Status, int] = field(default_factory=lambda: dict.fromkeys(STATUSES, 0))
    by_reason: Counter[tuple[Status, str]] = field(default_factory=Counter)
    reasons: dict[str, Kind] = field(default_factory=dict)
    tasks: dict[str, Kind] = field(default_factory=dict)
    constructs: Counter[str] = field(default_factory=Counter)
    users: Counter[str] = field(default_factory=Counter)
    ready: int = 0
    calls: int = 0
    commands: int = 0
    saving: Counter[str] = field(default_factory=Counter)

    def add(self, one: Audited) -> None:
        """Counts one answer."""
        self.sources += 1
        self.statuses[one.status] += 1
        if one.status in {"declined", "failed"}:
            self.by_reason[one.status, one.reasons[0].code if one.reasons else ""] += 1
        _count(self.reasons, one, one.reasons)
        if one.status == "converted":
            _count(self.tasks, one, one.tasks)
            self.ready += not one.tasks
            self.calls += one.calls
            self.commands += one.commands
            self.saving.update(asdict(one.saving))
        for name, times in one.constructs:
            self.constructs[name] += times
            self.users[name] += 1


def _count(kinds: dict[str, Kind], one: Audited, findings: Iterable[Finding]) -> None:
    seen = set()
    for found in findings:
        kind = kinds.setdefault(found.code, Kind(found.code, found.name))
        kind.times += 1
        if found.code not in seen:
            seen.add(found.code)
            kind.repositories += 1
        if kind.example is None:
            kind.path, kind.example = one.path, found


def most_first(kinds: dict[str, Kind]) -> list[Kind]:
    """Kinds of findings, those of the most repositories first."""
    return sorted(kinds.values(), key=lambda kind: (-kind.repositories, kind.code))


def least_left(answers: Iterable[Audited]) -> list[Audited]:
    """Answers by how little is left to do: conversions first, then what was declined."""
    return sorted(answers, key=lambda one: (STATUSES.index(one.status), one.left, one.path))
