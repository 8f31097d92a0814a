"""An audit as text, JSON, JSON lines and CSV.

The shape of the JSON is the contract `migrator/audit/1`, published as docs/reference/schemas/audit-1.json.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from migrator.organisation.audit import STATUSES
from migrator.organisation.totals import least_left, most_first
from migrator.report.display import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from migrator.organisation.audit import Audited, Finding
    from migrator.organisation.totals import Kind, Totals

SCHEMA = "migrator/audit/1"
COLUMNS = ("repository", "status", "left", "script", "code", "file", "line", "message", "calls", "commands")
# What there is no longer, in the words of the text.
SAVING = {
    "dockerfiles": ("Dockerfile less", "Dockerfiles less"),
    "images": ("image that only carried files", "images that only carried files"),
    "containers": ("container", "containers"),
    "files": ("file that went over the host", "files that went over the host"),
}
# Where a spreadsheet would take a cell for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

Document = dict[str, Any]


def row(one: Audited) -> Document:
    """One source as it stands in JSON."""
    return {
        "repository": one.path,
        "status": one.status,
        "script": one.script,
        "reason": one.reason or None,
        "left": one.left,
        "findings": [_finding(found) for found in one.findings],
        "constructs": dict(one.constructs),
        "calls": one.calls,
        "commands": one.commands,
        "saving": asdict(one.saving),
    }


def line(one: Audited) -> str:
    """One source as a line of JSON."""
    return json.dumps(row(one)) + "\n"


def summary(totals: Totals) -> Document:
    """The sums as they stand in JSON."""
    return {
        "schema": SCHEMA,
        "totals": {
            "sources": totals.sources,
            **{status.replace("-", "_"): totals.statuses[status] for status in STATUSES},
            "ready": totals.ready,
            "calls": totals.calls,
            "commands": totals.commands,
            "saving": {name: totals.saving[name] for name in SAVING},
        },
        "by_reason": [
            {"status": status, "code": code, "sources": count}
            for (status, code), count in sorted(totals.by_reason.items(), key=lambda item: (-item[1], item[0]))
        ],
        "reasons": [_kind(kind) for kind in most_first(totals.reasons)],
        "tasks": [_kind(kind) for kind in most_first(totals.tasks)],
        "constructs": [
            {"name": name, "repositories": totals.users[name], "times": totals.constructs[name]}
            for name in _constructs(totals)
        ],
    }


def document(totals: Totals, answers: Iterable[Audited]) -> str:
    """The whole audit as JSON text, the sources by how little is left to do."""
    return json.dumps(summary(totals) | {"repositories": [row(one) for one in least_left(answers)]}, indent=2) + "\n"


def last_line(totals: Totals) -> str:
    """The sums as the last line of JSON lines."""
    return json.dumps(summary(totals)) + "\n"


def table_head() -> str:
    """The first line of the CSV table."""
    return _cells(COLUMNS)


def table_row(one: Audited) -> str:
    """One source as a line of CSV, with the first thing that is left to do."""
    first = next(iter((*one.reasons, *one.tasks)), None)
    return _cells(
        (
            one.path, one.status, one.left, one.script or "", first.code if first else "", _file(first),
            "" if first is None or first.line is None else first.line, first.message if first else one.reason,
            one.calls, one.commands,
        )
    )  # fmt: skip


def _cells(values: Sequence[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([_cell(value) for value in values])
    return text.getvalue()


def _cell(value: object) -> object:
    """A value that a spreadsheet shows as it is: what begins like a formula gets a quote in front."""
    if not isinstance(value, str):
        return value
    shown = visible(value)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def text(totals: Totals, answers: Iterable[Audited], most: int) -> Iterator[str]:
    """The audit for people, line by line; of the sources, those with something to tell, `most` of each kind."""
    yield f"{totals.sources} {_plural(totals.sources, 'source')}"
    for status in STATUSES:
        note = f"  ({totals.ready} with nothing left to look at)" if status == "converted" and totals.ready else ""
        yield f"  {status:<15}{totals.statuses[status]:>7}{note}"
    if totals.calls:
        calls, commands = _plural(totals.calls, "call"), _plural(totals.commands, "build command")
        yield ""
        yield f"Where converted, {totals.calls} {calls} of the engine become {totals.commands} {commands}."
        if any(totals.saving.values()):
            yield f"No longer needed: {', '.join(saved(totals))}."
    yield from _kinds("What stands in the way", totals.reasons)
    yield from _kinds("To look at where converted", totals.tasks)
    if totals.constructs:
        yield from ("", "What the scripts use                 repositories   times")
        for name in _constructs(totals):
            yield f"  {visible(name):<34} {totals.users[name]:>12} {totals.constructs[name]:>7}"
    ordered = least_left(answers)
    yield from _sources("Least left to do first", [one for one in ordered if one.status != "failed"], most)
    yield from _sources("Failed", [one for one in ordered if one.status == "failed"], most)


def saved(totals: Totals) -> Iterator[str]:
    """What there is no longer once all that converts is converted, each with its number."""
    for name, words in SAVING.items():
        count = totals.saving[name]
        if count:
            yield f"{count} {words[count != 1]}"


def _kinds(title: str, kinds: dict[str, Kind]) -> Iterator[str]:
    if kinds:
        yield from ("", f"{title}                        "[:37] + "repositories   times")
    for kind in most_first(kinds):
        yield f"  {kind.code} {kind.name:<28} {kind.repositories:>12} {kind.times:>7}"
        if kind.example is not None:
            yield f"        for example {visible(kind.path)}: {_told(kind.example)}"


def _sources(title: str, answers: list[Audited], most: int) -> Iterator[str]:
    if answers:
        yield from ("", title)
    for one in answers[:most]:
        first = next(iter((*one.reasons, *one.tasks)), None)
        script = f" ({visible(one.script)})" if one.script else ""
        more = f" (and {one.left - 1} more)" if one.left > 1 else ""
        yield f"  {one.status}  {visible(one.path)}{script}: {_told(first) if first else 'nothing left'}{more}"
    if len(answers) > most:
        yield f"  and {len(answers) - most} more; --top shows more, --format jsonl all"


def _constructs(totals: Totals) -> list[str]:
    return sorted(totals.constructs, key=lambda name: (-totals.users[name], name))


def _kind(kind: Kind) -> Document:
    example = None if kind.example is None else {"repository": kind.path} | _finding(kind.example)
    return {
        "code": kind.code,
        "name": kind.name,
        "repositories": kind.repositories,
        "times": kind.times,
        "example": example,
    }


def _finding(found: Finding) -> Document:
    return {
        "code": found.code,
        "severity": found.severity,
        "message": found.message,
        "advice": found.advice,
        "file": found.file,
        "line": found.line,
    }


def _file(found: Finding | None) -> str:
    return found.file or "" if found is not None else ""


def _told(found: Finding) -> str:
    place = f"{visible(found.file)}:{found.line}: " if found.file else ""
    return f"{place}{found.code}: {visible(found.message)}"


def _plural(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"
