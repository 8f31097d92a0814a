"""Proves one conversion with an engine, in the repository's own process, and writes what was proved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrator.batch import content
from migrator.batch.actions import GIT_SECONDS
from migrator.batch.child import OUT, leave, row
from migrator.batch.images import warm
from migrator.batch.task import Done, Known
from migrator.checkout import load as load_checkout
from migrator.engine import process
from migrator.engine.docker import find_docker
from migrator.errors import ProjectError, UsageError
from migrator.organisation.audit import Audited, finding
from migrator.report import findings, message, patch, verification
from migrator.repository import branch
from migrator.rules import organisation as rules
from migrator.rules.verification import MISREAD
from migrator.verify.arms import VerifyOptions
from migrator.verify.scratch import interruptible, undisturbed
from migrator.verify.verdict import PROVED, Verdict
from migrator.verify.verify import verify
from migrator.writing import write_changes, write_file

if TYPE_CHECKING:
    from pathlib import Path

    from migrator.batch.task import State, Task
    from migrator.interpret.run import Outcome
    from migrator.migration.result import Converted
    from migrator.project import Project
    from migrator.verify.verdict import NotVerified, Verification

_STATES: dict[Verdict, State] = {
    Verdict.IDENTICAL: "verified",
    Verdict.EQUIVALENT: "verified",
    Verdict.NONDETERMINISTIC: "not-repeatable",
    Verdict.DIFFERENT: "different",
    Verdict.LEGACY_BUILD_FAILED: "old-build-failed",
    Verdict.NEW_BUILD_FAILED: "new-build-failed",
    Verdict.TIMEOUT: "timeout",
    Verdict.NOT_RUN: "not-run",
}

_ARTICLE = {"bare": "a bare repository", "address": "a repository at an address"}


@dataclass(frozen=True)
class Case:
    """One repository with its conversion."""

    task: Task
    folder: Path
    project: Project
    root: Path
    conversion: Converted
    trace: Outcome
    answer: Audited
    known: Known

    @property
    def out(self) -> Path:
        """Where its files go."""
        return self.folder / OUT


def prove(case: Case) -> Done:
    """What an engine says of a conversion, and what was written of it; raises EngineError without an engine."""
    orders = case.task.orders
    if orders.how in {"in-place", "branch"} and case.task.kind in {"bare", "address"}:
        return _not_written(
            case, f"{_ARTICLE[case.task.kind]} has no work tree to write into; --patch-dir is for these", None
        )
    engine = find_docker(None if orders.builder == "auto" else orders.builder)  # type: ignore[arg-type]  # click chose
    case = _settled(case)
    warm(engine, case.conversion, case.folder.parent / "images")
    options = VerifyOptions(
        timeout=None,
        records=case.out / "records",
        network=orders.network or None,
        say=lambda text: print(text, flush=True),  # noqa: T201 - the log
    )
    made = None
    try:
        if orders.how == "branch":
            made = branch.prepare(case.root, orders.branch)
        elif orders.how == "in-place":
            _refuse_uncommitted(case.root)
    except UsageError as error:
        return _not_written(case, error.message, None)
    with interruptible():
        outcome = verify(case.project, case.conversion, options, engine, case.root, case.trace)
    write_file(case.out / "verification.json", verification.render_json(outcome))
    write_file(case.out / "verification.txt", verification.render_text(outcome))
    case = replace(case, answer=_with(case.answer, outcome))
    if any(found.rule is MISREAD for found in outcome.diagnostics):
        return Done(case.task.path, row(case.task, case.answer, "failed", outcome.verdict), case.known)
    if outcome.verdict not in PROVED or orders.action != "migrate":
        # Trouble outside says nothing about the repository, so nothing is known by its content.
        known = None if outcome.verdict is Verdict.NOT_RUN else case.known
        return Done(case.task.path, row(case.task, case.answer, _STATES[outcome.verdict], outcome.verdict), known)
    return _write(case, outcome, made)


def _settled(case: Case) -> Case:
    """The case with the conversion that is written, where something is."""
    if case.task.orders.action != "migrate":
        return case
    from migrator.repository.apart import settled  # noqa: PLC0415 - LibCST takes long to load

    conversion, trace = settled(case.project, case.conversion, case.trace)
    return replace(case, conversion=conversion, trace=trace)


def _with(given: Audited, outcome: Verification | NotVerified) -> Audited:
    """The answer with what the verification found."""
    more = tuple(finding(one) for one in outcome.diagnostics if str(one.severity) != "info")
    return replace(given, findings=(*given.findings, *more))


def _refuse_uncommitted(root: Path) -> None:
    """Nobody looks at what is overwritten in a batch, so git must be able to bring it back."""
    words = ["git", "-C", str(root), "-c", "core.fsmonitor=false", "status", "--porcelain", "--untracked-files=no", "."]
    try:
        done = process.run(words, process.How(timeout=GIT_SECONDS))
    except OSError:
        return
    if done.ok and done.stdout.strip():
        raise UsageError("there are changes that are not committed, and a batch overwrites none")


def _write(case: Case, outcome: Verification | NotVerified, made: branch.Branch | None) -> Done:
    """Writes what was proved, and the answer with it: whoever ends us ends us before both or after both."""
    from migrator.repository.files import migration  # noqa: PLC0415 - LibCST takes long to load

    whole = migration(case.project, case.conversion, case.trace)
    changed = patch.would_change(case.project, whole.files)
    write_file(case.out / "change.patch", patch.render(case.project, whole.files))
    write_file(case.out / "pull-request.md", message.pull_request(case.conversion, outcome, whole.tasks, changed))
    if whole.tasks:
        write_file(case.out / "tasks.txt", findings.render(whole.tasks))
    given = replace(case.answer, findings=(*case.answer.findings, *(finding(task) for task in whole.tasks)))
    case = replace(case, answer=given)
    meaning = case.task.orders.basis
    texts = {change.path: change.content for change in whole.files}
    with undisturbed():
        if content.digest(load_checkout(case.root), str(case.root), meaning, None) != case.known.digest:
            return _not_written(case, "it was changed by somebody while it was verified", outcome.verdict)
        known = case.known
        try:
            if made is not None:
                branch.commit(made, texts, message.commit_message(case.conversion, outcome, whole.tasks, changed))
            elif case.task.orders.how == "in-place":
                write_changes(case.root, texts)
                known = replace(known, after=content.digest(load_checkout(case.root), str(case.root), meaning, None))
        except (UsageError, ProjectError) as error:
            return _not_written(case, error.message, outcome.verdict)
        done = Done(case.task.path, row(case.task, case.answer, "migrated", outcome.verdict), known)
        leave(case.task, case.folder, done)
        return done


def _not_written(case: Case, detail: str, verdict: Verdict | None) -> Done:
    found = finding(rules.NOT_WRITTEN.at(None, detail=detail))
    given = replace(case.answer, findings=(*case.answer.findings, found))
    return Done(case.task.path, row(case.task, given, "failed", verdict), None)
