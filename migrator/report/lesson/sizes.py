"""The table of a split: what is counted in the files, and the sizes that an engine measured on each rung.

Measures come from the document `migrator/split/1`, so that a kept one serves as well as a fresh one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from migrator.report.display import visible
from migrator.report.lesson.model import Numbers, Row, said
from migrator.report.split import SCHEMA
from migrator.report.verification import size

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrator.dockerfile.syntax import Instruction
    from migrator.report.lesson.model import Said
    from migrator.report.lesson.splitting import Facts

Document = dict[str, Any]
_UNMEASURED = said("cell.unmeasured")
_RUNGS = ("same", "slim", "scratch", "distroless")


def is_split(document: object) -> bool:
    """Whether a document is one that this table can be made of."""
    return isinstance(document, dict) and document.get("schema") == SCHEMA and "sizes" in document


def counts(before: Sequence[Instruction], after: Sequence[Instruction]) -> tuple[int, int]:
    """How many instructions make files in what is shipped, before and after."""
    kinds = {"RUN", "COPY", "ADD"}
    return sum(1 for one in before if one.keyword in kinds), sum(1 for one in after if one.keyword in kinds)


def rungs(measured: Document | None) -> dict[str, tuple[str, int | None]]:
    """For each rung that was tried its status and its size, in the order of the rungs."""
    if measured is None:
        return {}
    sizes = {one["label"]: one["size"] for one in measured["sizes"]}
    found = {measured["runtime"]: (measured["status"], sizes.get(measured["runtime"]))}
    found |= {one["runtime"]: (one["status"], one["size"]) for one in measured.get("rungs", ())}
    return {rung: found[rung] for rung in _RUNGS if rung in found}


def whole(measured: Document | None) -> int | None:
    """The size of the image as it was."""
    sizes = measured["sizes"] if measured is not None else ()
    return next((int(one["size"]) for one in sizes if one["label"] == "before"), None)


def weighed(measured: Document | None, rung: str | None) -> Said:
    """The size in a few words: of the image on a rung, where it is proved there, or of the image as it was."""
    status, count = rungs(measured).get(rung, ("", None)) if rung else ("proved", whole(measured))
    return _UNMEASURED if count is None or status != "proved" else said("split.size", size=size(count))


def table(facts: Facts, measured: Document | None) -> Numbers:
    """The table; without measures its sizes are open."""
    old, new = counts(facts.old.stages[0].instructions, facts.runtime.instructions)
    pairs = {"stages": (1, len(facts.new.stages)), "instructions": (old, new), "carried": (0, len(facts.carried))}
    counted = tuple(
        Row(said(f"row.split-{name}"), said("cell.number", number=one), said("cell.number", number=other))
        for name, (one, other) in pairs.items()
    )
    before = whole(measured)
    if measured is None or before is None:
        rows = tuple(Row(said(f"row.split-{rung}"), _UNMEASURED, _UNMEASURED) for rung in _RUNGS[:3])
        return Numbers(counted, rows, said("split.unmeasured"))
    source = said("split.measured", engine=visible(str(measured.get("engine") or "")))
    return Numbers(counted, tuple(_rows(measured, before)), source)


def _rows(measured: Document, before: int) -> Iterator[Row]:
    for rung, (status, count) in rungs(measured).items():
        after = said("split.cell-none", status=visible(status))
        if count is not None:
            share = f"{100 * count / before:.1f}" if before else "0"
            after = said("split.cell-size", size=size(count), number=share, status=visible(status))
        yield Row(said(f"row.split-{rung}"), said("cell.text", text=size(before)), after)
