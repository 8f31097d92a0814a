"""The overview as one page of HTML that needs nothing beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from migrator.report import standalone
from migrator.report.display import visible
from migrator.report.overview.data import data

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PACKAGE = "migrator.report.overview"
_BAR = 1000


@dataclass(frozen=True)
class Kind:
    """A status: the one of an audit whose colour it has, and what it means, for those who meet it here first."""

    tone: str
    meaning: str


AUDIT = {
    "converted": Kind("converted", "one Dockerfile would do the same"),
    "declined": Kind("declined", "it is the pattern, and something cannot be carried over safely"),
    "not-applicable": Kind("not-applicable", "nothing to migrate"),
    "failed": Kind("failed", "it could not be read, or met a bug of ours"),
}
_OTHER = Kind("other", "")


def render(
    heading: str, summary: Mapping[str, Any], rows: Iterable[Mapping[str, Any]], kinds: Mapping[str, Kind] | None = None
) -> str:
    """The page: `summary` and `rows` as the JSON of an audit has them.

    A row may hold `patch` and `verdict` besides (`data` has more of them). `kinds` are the statuses that there may be,
    in the order of the list; one that is none of them is shown as it is, behind them.
    """
    kinds = AUDIT if kinds is None else kinds
    found = data(rows)
    found["tones"] = {name: kind.tone for name, kind in kinds.items()}
    style, script = (standalone.asset(_PACKAGE, name) for name in ("overview.css", "overview.js"))
    page = standalone.environment(_PACKAGE).get_template("overview.html")
    return page.render(
        heading=heading,
        totals=summary["totals"],
        statuses=_statuses(found["rows"], kinds),
        reasons=summary["reasons"],
        tasks=summary["tasks"],
        constructs=summary["constructs"],
        root=found["root"],
        seen=visible,
        data=standalone.embedded(found),
        style=standalone.own(style),
        script=standalone.own(script),
        policy=standalone.policy(style, script),
    )


def _statuses(rows: list[dict[str, Any]], kinds: Mapping[str, Kind]) -> list[dict[str, Any]]:
    """How many sources have each status, and where each begins in a bar of all; an audit's also where none has it."""
    counts = dict.fromkeys(kinds, 0)
    for row in rows:
        counts[row["status"]] = counts.get(row["status"], 0) + 1
    found = []
    before = 0
    for name, count in counts.items():
        kind = kinds.get(name, _OTHER)
        start, end = (_BAR * number // max(len(rows), 1) for number in (before, before + count))
        if count or name in AUDIT:
            found.append({"name": name, "count": count, "start": start, "width": end - start, "kind": kind})
        before += count
    return found
