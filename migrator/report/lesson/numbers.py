"""The table of numbers: what is counted in the script, and what an engine measured, if one did.

Measures come from the document `migrator/verification/1`, so that a kept one serves as well as a fresh one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from migrator.report.display import visible
from migrator.report.lesson.model import Numbers, Row, Said, said
from migrator.report.verification import SCHEMA, size

if TYPE_CHECKING:
    from migrator.report.lesson.facts import Facts

Document = dict[str, Any]

_NOTHING = said("cell.none")
_UNMEASURED = said("cell.unmeasured")


def numbers(facts: Facts, verification: Document | None) -> Numbers:
    """The table; without a verification, or with one that came to nothing, its measures are open."""
    images = verification.get("images") if verification else None
    if verification is None:
        return Numbers(_counted(facts), _open(), said("numbers.unmeasured"))
    if not images:
        failed = said("numbers.failed", verdict=visible(str(verification["verdict"])))
        return Numbers(_counted(facts), _open(), failed)
    source = said(
        "numbers.measured",
        engine=visible(str(verification["engine"])),
        builder=visible(str(verification["builder"])),
        verdict=visible(str(verification["verdict"])),
    )
    rows = (*_sizes(images), *_seconds(images), *_artifacts(verification.get("artifacts", ())))
    return Numbers(_counted(facts), rows, source)


def is_verification(document: object) -> bool:
    """Whether a document is one that this table can be made of."""
    return isinstance(document, dict) and document.get("schema") == SCHEMA and "verdict" in document


def _counted(facts: Facts) -> tuple[Row, ...]:
    conversion = facts.conversion
    commands = len({target.command for target in conversion.targets})
    pairs = {
        "dockerfiles": (len(facts.recipes), 1),
        "commands": (len(facts.world.calls), commands),
        "images": (len(facts.built), len(conversion.targets)),
        "containers": (facts.containers, 0),
        "files": (len({carry.host for carry in facts.carries}), 0),
    }
    return tuple(
        Row(said(f"row.{name}"), said("cell.number", number=one), said("cell.number", number=other))
        for name, (one, other) in pairs.items()
    )


def _open() -> tuple[Row, ...]:
    return tuple(
        Row(said(f"row.{name}"), _UNMEASURED, _NOTHING if name == "builder-image" else _UNMEASURED)
        for name in ("builder-image", "image", "image-layers", "total-seconds", "artifact-any")
    )


def _text(text: object) -> Said:
    return said("cell.text", text=visible(str(text)))


def _sizes(images: Document) -> list[Row]:
    rows = []
    for one in images.get("builders", ()):
        row = said("row.builder", name=visible(str(one["name"])))
        rows.append(Row(row, _text(size(one["size"])), _NOTHING))
    targets = images.get("targets") or [{"name": "", "legacy": images["legacy"], "new": images["new"]}]
    for target in targets:
        name, legacy, new = visible(str(target["name"])), target["legacy"], target["new"]
        rows.append(Row(said("row.size", name=name), _text(size(legacy["size"])), _text(size(new["size"]))))
        rows.append(Row(said("row.layers", name=name), _count(legacy["layers"]), _count(new["layers"])))
    return rows


def _count(number: int) -> Said:
    return said("cell.number", number=number)


def _seconds(images: Document) -> list[Row]:
    one, other = (f"{images[way]['seconds']:.1f}" for way in ("legacy", "new"))
    return [Row(said("row.total-seconds"), said("cell.seconds", seconds=one), said("cell.seconds", seconds=other))]


def _artifacts(artifacts: list[Document]) -> list[Row]:
    """The sha256 of each artifact on both sides: in the images where it can be seen there, else on the way there."""
    rows = []
    for one in artifacts:
        ends = (one.get("legacy_sha256"), one.get("new_sha256"))
        legacy, new = ends if any(ends) else (one.get("extracted_sha256"), one.get("stage_sha256"))
        cells = [_text(digest) if digest else _UNMEASURED for digest in (legacy, new)]
        rows.append(Row(said("row.artifact", path=visible(str(one["path"]))), cells[0], cells[1], mono=True))
    return rows
