"""What is done with one repository, in its own process: its conversion, and what follows from it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.batch import content
from migrator.batch.child import OUT, load, row, troubled
from migrator.batch.task import Done, Known
from migrator.checkout import load as load_checkout
from migrator.engine import process
from migrator.engine.client import last_line
from migrator.errors import ProjectError, UsageError
from migrator.migration.convert import convert_with_trace
from migrator.migration.result import Converted
from migrator.organisation.audit import NO_COMMIT, Audited, answer_of, failed, finding
from migrator.organisation.places import without_secret
from migrator.report import conversion as report
from migrator.report import findings, patch
from migrator.rules import organisation as rules
from migrator.writing import write_file

if TYPE_CHECKING:
    from migrator.batch.task import Task
    from migrator.interpret.run import Outcome
    from migrator.migration.result import Conversion
    from migrator.project import Project

GIT_SECONDS = 300.0


def act(task: Task, folder: Path) -> Done:
    """What becomes of a repository; raises MigratorError where it comes to no answer."""
    if task.problem:
        return troubled(task, failed(task.place, rules.SOURCE_UNREADABLE, detail=task.problem))
    if task.address:
        place = _cloned(task, task.address, folder)
        project: Project = load_checkout(place)
        root: str | None = str(place)
    else:
        project, root = load(task)
    meaning = task.orders.basis
    if task.known is not None and content.still_holds(project, root, meaning, task.known):
        return Done(task.path, unchanged=True, known=task.known)
    if root is None and task.orders.action != "convert":
        place = _cloned(task, f"file://{Path(task.path).resolve()}", folder)
        project, root = load_checkout(place), str(place)
    watched = content.Watched(project)
    result: Conversion | None = None
    outcome: Outcome | None = None
    try:
        result, outcome = convert_with_trace(watched)
        given = answer_of(task.place, result, outcome)
    except UsageError as error:
        found = finding(rules.SEVERAL_SCRIPTS.at(None, detail=error.message))
        given = Audited(task.path, "declined", findings=(found,))
    if not project.files and root is None:
        given = replace(given, reason=NO_COMMIT)
    read = watched.read_files if task.orders.action == "convert" else None
    known = Known(content.digest(project, root, meaning, read), read)
    if result is not None:
        _write_conversion(project, result, folder / OUT)
    if not isinstance(result, Converted) or outcome is None or task.orders.action == "convert":
        return Done(task.path, row(task, given, given.status), known)
    from migrator.batch.proving import Case, prove  # noqa: PLC0415 - the verifier, and what follows callers, take long to load

    return prove(Case(task, folder, project, Path(root or "."), result, outcome, given, known))


def _cloned(task: Task, address: str, folder: Path) -> Path:
    """A work tree of the last commit, which a script can be run in. Raises ProjectError when there is none."""
    base = os.path.basename(os.path.normpath(task.path)).removesuffix(".git")  # noqa: PTH119 - bytes may be odd
    place = folder / "clone" / (base if base.strip(".") else "repository")
    words = ["git", "clone", "--quiet", "--no-local", "--depth", "1", "--template=", "--", address, str(place)]
    env = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never"}
    done = process.run(words, process.How(env=env, timeout=GIT_SECONDS))
    if not done.ok:
        raise ProjectError(f"git: {without_secret(last_line(done.complaint))}")
    return place


def _write_conversion(project: Project, result: Conversion, out: Path) -> None:
    write_file(out / "conversion.json", report.render(result))
    if result.diagnostics:
        write_file(out / "findings.txt", findings.render(result.diagnostics))
    if isinstance(result, Converted):
        write_file(out / "Dockerfile", result.dockerfile)
        write_file(out / "change.patch", patch.render(project, result.files))
