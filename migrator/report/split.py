"""A split as a document (`split --format json`) and as a text: what was proved, by what, and what was not."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from migrator.report.conversion import findings, place
from migrator.report.display import visible
from migrator.report.verification import size
from migrator.split.result import NotSplit, Outcome, Size, Split, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA = "migrator/split/1"
Document = dict[str, Any]

_MEANING = {
    Status.PROVED: "both images were built, compared and run",
    Status.PROPOSED: "A PROPOSAL: nothing was built, and nothing of this is proved",
    Status.DIFFERENT: "both images were built, and they are not the same where they must be",
    Status.DECLINED: "nothing was split",
}


def document(outcome: Outcome, others: Sequence[Outcome] = ()) -> Document:
    """The outcome as plain lists, mappings, texts and numbers; `others` are further rungs that were measured."""
    head: Document = {"schema": SCHEMA, "status": str(outcome.status), "runtime": outcome.rung, "file": outcome.path}
    if isinstance(outcome, NotSplit):
        rest: Document = {"dockerfile": None, "sizes": [_size(one) for one in outcome.sizes]}
    else:
        rest = _split(outcome)
    rungs = [_rung(one) for one in others]
    return head | rest | ({"rungs": rungs} if others else {}) | {"diagnostics": findings(outcome.diagnostics)}


def _split(outcome: Split) -> Document:
    proof = outcome.proof
    plan = outcome.plan
    return {
        "dockerfile": outcome.dockerfile,
        "runs": plan.runs.text,
        "artifacts": [
            {"path": one.path, "made_by": one.made.kind, "span": place(one.made.span)} for one in plan.artifacts
        ],
        "carried": [{"path": one.path, "why": one.why} for one in plan.carried],
        "engine": proof.engine if proof else None,
        "checks": [{"name": one.name, "passed": one.passed, "detail": one.detail} for one in proof.checks]
        if proof
        else [],
        "not_exercised": list(proof.not_exercised) if proof else [],
        "left_in_builder": proof.left if proof else {},
        "sizes": [_size(one) for one in proof.sizes] if proof else [],
    }


def _size(one: Size) -> Document:
    return {"label": one.label, "base": one.base, "size": one.size}


def _rung(outcome: Outcome) -> Document:
    sizes = _sizes(outcome)
    return {
        "runtime": outcome.rung,
        "status": str(outcome.status),
        "size": sizes[-1].size if isinstance(outcome, Split) and sizes else None,
        "diagnostics": findings(outcome.diagnostics),
    }


def render_json(outcome: Outcome, others: Sequence[Outcome] = ()) -> str:
    """The document as JSON text."""
    return json.dumps(document(outcome, others), indent=2) + "\n"


def render_text(outcome: Outcome, others: Sequence[Outcome] = (), *, colour: bool = False, width: int = 100) -> str:
    """The verdict for people: what it is worth, the evidence, what nobody exercised, the sizes."""
    buffer = io.StringIO()
    console = Console(
        file=buffer, force_terminal=colour, no_color=not colour, width=width, highlight=False, emoji=False
    )
    good = outcome.status is Status.PROVED
    style = "bold green" if good else "bold yellow" if outcome.status is Status.PROPOSED else "bold red"
    console.print(Text(f"{outcome.status}: {_MEANING[outcome.status]}", style=style))
    if isinstance(outcome, Split):
        _evidence(console, outcome)
    _table(console, [outcome, *others])
    return "".join(f"{line.rstrip()}\n" for line in buffer.getvalue().splitlines())


def _evidence(console: Console, outcome: Split) -> None:
    for artifact in outcome.plan.artifacts:
        line = artifact.made.span.line
        console.print(Text(f"  it runs {visible(artifact.path)}, made by `{artifact.made.kind}` in line {line}"))
    proof = outcome.proof
    if proof is None:
        return
    for check in proof.checks:
        mark = "ok  " if check.passed else "NOT "
        console.print(Text(f"  {mark}{visible(check.name)}: {visible(check.detail)}"), soft_wrap=True)
    if proof.left:
        told = ", ".join(f"{reason} ({count})" for reason, count in proof.left.items())
        console.print(Text(f"  left in the builder: {told}"), soft_wrap=True)
    console.print(Text("  not exercised: " + "; ".join(map(visible, proof.not_exercised))), soft_wrap=True)


def _sizes(outcome: Outcome) -> tuple[Size, ...]:
    if isinstance(outcome, Split):
        return outcome.proof.sizes if outcome.proof else ()
    return outcome.sizes


def _table(console: Console, outcomes: Sequence[Outcome]) -> None:
    measured = [one for one in outcomes if _sizes(one)]
    if not measured:
        return
    first = _sizes(measured[0])[0]
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    table.add_column("image")
    table.add_column("base")
    table.add_column("size", justify="right")
    table.add_column("of before", justify="right")
    table.add_column("verdict")
    table.add_row("before", visible(first.base), size(first.size), "", "")
    for outcome in measured:
        sizes = _sizes(outcome)[1:]
        if not sizes:
            table.add_row(outcome.rung, "", "", "", str(outcome.status))
        for one in sizes:
            share = f"{100 * one.size / first.size:.1f} %" if first.size else ""
            table.add_row(one.label, visible(one.base), size(one.size), share, str(outcome.status))
    console.print()
    console.print(table)
