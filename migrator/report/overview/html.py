"""The overview as one page of HTML that needs nothing beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from migrator.report import standalone
from migrator.report.display import visible
from migrator.report.overview.data import data

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PACKAGE = "migrator.report.overview"
_BAR = 1000
# What the statuses mean, for those who meet them here first.
MEANINGS = {
    "converted": "one Dockerfile would do the same",
    "declined": "it is the pattern, and something cannot be carried over safely",
    "not-applicable": "nothing to migrate",
    "failed": "it could not be read, or met a bug of ours",
}


def render(heading: str, summary: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> str:
    """The page: `summary` and `rows` as the JSON of an audit has them, the rows in the order in which they are shown.

    A row may hold `patch` and `verdict` besides; statuses that are none of an audit's are shown as they are.
    """
    found = data(rows)
    style, script = (standalone.asset(_PACKAGE, name) for name in ("overview.css", "overview.js"))
    page = standalone.environment(_PACKAGE).get_template("overview.html")
    return page.render(
        heading=heading,
        totals=summary["totals"],
        statuses=_statuses(found["rows"]),
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


def _statuses(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many sources have each status, those of an audit first, and where each begins in a bar of all."""
    counts = dict.fromkeys(MEANINGS, 0)
    for row in rows:
        counts[row["status"]] = counts.get(row["status"], 0) + 1
    found = []
    before = 0
    for name, count in counts.items():
        start, end = (_BAR * number // max(len(rows), 1) for number in (before, before + count))
        found.append({"name": name, "count": count, "start": start, "width": end - start, "is": MEANINGS.get(name, "")})
        before += count
    return found
