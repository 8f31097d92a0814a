"""Advice as a text, and as a document (`advise --format json`)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from migrator.migration.result import FileChange
from migrator.report import findings, patch
from migrator.report.conversion import findings as as_data
from migrator.report.display import BOLD, FAINT, GREEN, PLAIN, Palette, visible
from migrator.report.verification import size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.advise.advice import Advice
    from migrator.advise.advise import Advised
    from migrator.advise.measure import Measured
    from migrator.diagnostics import Diagnostic
    from migrator.split.result import Proof

SCHEMA = "migrator/advice/1"


@dataclass(frozen=True)
class Told:
    """What is to be shown: the advice, and what an engine said of it where one was asked."""

    advised: Advised
    measured: Measured | None = None
    proof: Proof | None = None
    found: tuple[Diagnostic, ...] = ()

    @property
    def changes(self) -> list[FileChange]:
        """The patch, file by file."""
        return [FileChange(path, "write", text) for path, text in self.advised.changes.items()]

    @property
    def diff(self) -> str:
        """The patch as one diff."""
        return patch.render(self.advised.recipe.project, self.changes)


def document(told: Told) -> dict[str, Any]:
    """The advice as plain lists, mappings, texts and numbers."""
    advised, measured, proof = told.advised, told.measured, told.proof
    return {
        "schema": SCHEMA,
        "file": advised.recipe.path,
        "advice": [_item(told, number, one) for number, one in enumerate(advised.advice)],
        "files": [{"path": one.path, "content": one.content} for one in told.changes],
        "differs": list(advised.differs),
        "size": measured.before if measured is not None else None,
        "engine": proof.engine if proof is not None else None,
        "checks": [{"name": one.name, "passed": one.passed, "detail": one.detail} for one in proof.checks]
        if proof
        else [],
        "not_exercised": list(proof.not_exercised) if proof else [],
        "sizes": [{"label": one.label, "size": one.size} for one in proof.sizes] if proof else [],
        "not_asked": advised.silent or None,
        "diagnostics": as_data((*told.found, *(told.measured.failed.values() if told.measured is not None else ()))),
    }


def _item(told: Told, number: int, one: Advice) -> dict[str, Any]:
    (found,) = as_data((one.diagnostic,))
    saving = told.measured.after.get(number) if told.measured is not None else None
    change = None
    if one.change is not None:
        change = {"safe": one.change.safe, "differs": one.change.differs}
    return found | {"by": one.origin, "change": change, "size": saving.size if saving is not None else None}


def render_json(told: Told) -> str:
    """The document as JSON text."""
    return json.dumps(document(told), indent=2) + "\n"


def render_text(told: Told, palette: Palette = PLAIN) -> str:
    """Each piece of advice, what becomes of it in the patch, what it saves; and what all of it comes to."""
    lines = [line for number, one in enumerate(told.advised.advice) for line in _lines(told, number, one, palette)]
    return "\n".join([*lines, *_sum(told, palette)]) + "\n"


def _lines(told: Told, number: int, one: Advice, palette: Palette) -> Iterator[str]:
    yield findings.render([one.diagnostic], palette).rstrip("\n")
    change = one.change
    if change is not None and change.safe:
        lacks = f"; the image then lacks {change.differs}" if change.differs else "; the image has the same files"
        yield f"    {palette.paint('patch:', BOLD)} --diff has it{lacks}"
    if told.measured is not None:
        saving = told.measured.after.get(number)
        if saving is not None:
            by = f", by {saving.by}" if saving.by else ""
            yield f"    {palette.paint('saves:', BOLD)} {_saved(told.measured.before, saving.size)}{by}"
        failed = told.measured.failed.get(number)
        if failed is not None:
            yield f"    {palette.paint('saves:', BOLD)} not measured: {visible(failed.message)}"


def _saved(before: int, after: int) -> str:
    if before == after:
        return "nothing in the image"
    if after > before:
        return f"nothing: the image is {size(after - before)} larger"
    return f"{size(before - after)} of {size(before)} ({100 * (before - after) / before:.1f} %)"


def _sum(told: Told, palette: Palette) -> Iterator[str]:
    advised = told.advised
    if not advised.advice:
        yield f"{advised.recipe.path}: nothing to advise"
        return
    count = len(advised.advice)
    inside = sum(1 for one in advised.advice if one.change is not None and one.change.safe)
    yield palette.paint(
        f"{count} piece{'' if count == 1 else 's'} of advice, {inside} with a patch (--diff, --in-place)", BOLD
    )
    if told.proof is None:
        if inside:
            yield "  the patch is not built yet: --verify builds the image before and after, and compares every file"
        return
    good = all(check.passed for check in told.proof.checks)
    yield palette.paint(f"  {'proved' if good else 'NOT proved'} on {told.proof.engine}", GREEN if good else BOLD)
    for check in told.proof.checks:
        yield f"  {'ok  ' if check.passed else 'NOT '}{check.name}: {check.detail}"
    before, after = told.proof.sizes
    yield f"  {size(before.size)} before, {size(after.size)} after: {_saved(before.size, after.size)} saved"
    yield palette.paint("  not exercised: " + "; ".join(told.proof.not_exercised), FAINT)
