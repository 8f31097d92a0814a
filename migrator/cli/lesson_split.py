"""`migrator lesson --split`: split, measure every rung where asked, and make the lesson of it."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import click

from migrator.cli import options
from migrator.cli.context import dockerfile_in
from migrator.cli.verify import DONE
from migrator.engine.find import find_engine
from migrator.errors import EngineError, UsageError
from migrator.report import findings
from migrator.report import split as report
from migrator.report.display import Palette, visible
from migrator.report.lesson.sizes import is_split
from migrator.report.lesson.splitting import lesson
from migrator.split.plan import Rung
from migrator.split.result import Split, Status
from migrator.split.split import Wanted, propose, prove
from migrator.verify.scratch import interruptible

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from migrator.cli.building import Request
    from migrator.project import Project
    from migrator.report.lesson.model import Lesson
    from migrator.split.result import Outcome

REFUSED = 1


@dataclass(frozen=True)
class Taught:
    """The lesson, None where nothing is split, and the exit code."""

    lesson: Lesson | None
    code: int


def taught(path: str, rung: Rung, request: Request, verdict: Path | None, *, measure: bool) -> Taught:
    """The lesson of a split on a rung, with what `verdict` or an engine measured."""
    project, _, file = dockerfile_in(path, None, "lesson --split")
    measured = _read(verdict) if verdict is not None else None
    outcome: Outcome = propose(project, file, Wanted(rung), "")
    if measure:
        proved, measured = _measured(project, file, rung, request)
        outcome = proved or outcome
    if not isinstance(outcome, Split):
        palette = Palette(options.wants_colour(sys.stderr))
        click.echo(findings.render(outcome.diagnostics, palette), err=True, nl=False, color=palette.colour)
        return Taught(None, REFUSED)
    return Taught(lesson(outcome, measured), REFUSED if outcome.status is Status.DIFFERENT else DONE)


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {visible(str(path))}: {error}") from error
    if not is_split(document):
        advice = "`migrator split --all-rungs --format json` prints one."
        raise UsageError(f"{visible(str(path))} is not of a split", advice)
    return dict(document)


def _measured(
    project: Project, file: str, rung: Rung, request: Request
) -> tuple[Outcome | None, dict[str, Any] | None]:
    """What an engine makes of every rung; None, and no failure, where no engine is there."""
    try:
        engine = find_engine(request.engine, None if request.builder == "auto" else request.builder)  # type: ignore[arg-type]  # click chose
    except EngineError as error:
        if not request.quiet:
            click.echo(f"migrator: not measured: {error.message}", err=True)
        return None, None
    wanted = Wanted(rung, timeout=request.timeout or None)
    with interruptible():
        outcome, *others = prove(project, file, wanted, engine, [one for one in get_args(Rung) if one != rung])
    return outcome, report.document(outcome, others)
