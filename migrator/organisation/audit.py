"""What becomes of one repository of an audit: an answer in any case, in bounded time, as one frozen value."""

from __future__ import annotations

import signal
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NoReturn

from migrator.diagnostics import Severity
from migrator.errors import InternalError, MigratorError, UsageError
from migrator.organisation import scan
from migrator.organisation.places import Kind, Place
from migrator.project import Project
from migrator.rules import organisation as rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from migrator.diagnostics import Diagnostic, Rule
    from migrator.interpret.run import Outcome
    from migrator.migration.result import Conversion, Converted
    from migrator.trace.effects import DockerCall

    Patched = Callable[[Project, Conversion], str]

Status = Literal["converted", "declined", "not-applicable", "failed"]
STATUSES: tuple[Status, ...] = ("converted", "declined", "not-applicable", "failed")

NO_CANDIDATE = "no file of it calls a container engine and takes files out of an image"
NO_COMMIT = "the repository has no commit yet"
# An exception that nobody catches, raised again until somebody lets go: parsers catch more than they should.
_AGAIN = 0.2
# A longer text is read anew, so that a folder of large files does not fill the memory.
_KEPT = 1 << 18


@dataclass(frozen=True)
class Finding:
    """One finding of a conversion, as plain values that go from process to process."""

    code: str
    name: str
    severity: str
    message: str
    advice: str
    file: str | None
    line: int | None


@dataclass(frozen=True)
class Saving:
    """What there is no longer once a conversion is in place of a script, as far as that is known without an engine.

    `dockerfiles` fewer, `images` that were built only to take files out of them, `containers` that the script
    made, `files` that went over the host.
    """

    dockerfiles: int = 0
    images: int = 0
    containers: int = 0
    files: int = 0


@dataclass(frozen=True)
class Audited:
    """The answer for one source.

    `constructs` counts what the script uses: its language, and each command of the engine. `calls` is how often it
    calls the engine, `commands` how many build commands are in its place. `patch` is the change, where asked for.
    """

    path: str
    status: Status
    script: str | None = None
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    constructs: tuple[tuple[str, int], ...] = ()
    calls: int = 0
    commands: int = 0
    saving: Saving = Saving()
    patch: str = ""

    @property
    def reasons(self) -> tuple[Finding, ...]:
        """What stands in the way: the errors of a source that was declined or failed."""
        return tuple(found for found in self.findings if found.severity == "error")

    @property
    def tasks(self) -> tuple[Finding, ...]:
        """What is left for a person to look at where a conversion was made."""
        return tuple(found for found in self.findings if found.severity == "warning")

    @property
    def left(self) -> int:
        """How many things are left to do: tasks of a conversion, errors and tasks of what has none."""
        return len(self.reasons) + len(self.tasks)


class _OverTimeError(BaseException):
    """The time of one repository is over. Not an `Exception`, so that nothing on the way takes it for its own."""


def audit(place: Place, seconds: float, patched: Patched | None = None) -> Audited:
    """The answer for one place; nothing that a repository holds makes this raise, except the end of the memory.

    `patched` gives the change of a conversion as a diff.
    """
    try:
        with _limit(seconds):
            return _audit(place, patched)
    except _OverTimeError:
        return failed(place, rules.AUDIT_TIMEOUT, seconds=f"{seconds:g}")
    except InternalError as error:
        return failed(place, rules.AUDIT_FAILED, detail=error.message)
    except MigratorError as error:
        return failed(place, rules.SOURCE_UNREADABLE, detail=error.message)
    except OSError as error:
        return failed(place, rules.SOURCE_UNREADABLE, detail=f"cannot read {error.filename}: {error.strerror}")
    except MemoryError:
        return failed(place, rules.READER_KILLED)
    except Exception as error:  # noqa: BLE001 - the boundary: one repository's trouble stays its own
        return failed(place, rules.AUDIT_FAILED, detail=f"{type(error).__name__}: {error}")


def failed(place: Place, rule: Rule, **values: object) -> Audited:
    """The answer for a place of which the reading came to no end."""
    found = finding(rule.at(None, **values))
    return Audited(place.path, "failed", reason=found.message, findings=(found,))


@contextmanager
def _limit(seconds: float) -> Iterator[None]:
    """Raises _OverTimeError in the block when it takes longer; for the main thread of a process."""
    armed = True

    def ring(_number: int, _frame: object) -> None:
        if armed:
            _over()

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        yield
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _over() -> NoReturn:
    raise _OverTimeError


def _audit(place: Place, patched: Patched | None) -> Audited:
    if place.kind is Kind.NOTHING:
        return failed(place, rules.SOURCE_UNREADABLE, detail=place.problem)
    if place.kind is Kind.ADDRESS:
        from migrator.organisation.fetch import fetched  # noqa: PLC0415 - as below

        with fetched(place.address) as project:
            return _audit_bare(place, project, patched)
    if place.kind is Kind.BARE:
        from migrator.organisation.bare import opened  # noqa: PLC0415 - dulwich is only for those

        with opened(place.path) as project:
            return _audit_bare(place, project, patched)
    if not scan.folder_may_hold(place.path):
        return Audited(place.path, "not-applicable", reason=NO_CANDIDATE)
    # dulwich is only for repositories with something to look at.
    from pathlib import Path  # noqa: PLC0415

    from migrator.checkout import load  # noqa: PLC0415

    return convert(place, load(Path(place.path)), patched)


def _audit_bare(place: Place, project: Project | None, patched: Patched | None) -> Audited:
    if project is None:
        return Audited(place.path, "not-applicable", reason=NO_COMMIT)
    if not scan.may_hold(texts(project)):
        return Audited(place.path, "not-applicable", reason=NO_CANDIDATE)
    return convert(place, project, patched)


def texts(project: Project) -> Iterator[bytes]:
    """The bytes of what may be a script; a name that cannot be one is not read."""
    for name, kind in project.files.items():
        executable = kind == "executable"
        if kind != "link" and scan.may_be_script(name, b"#!", executable=executable):
            data = project.read(name)
            if scan.may_be_script(name, data, executable=executable):
                yield data


def convert(place: Place, project: Project, patched: Patched | None = None) -> Audited:
    """The answer that the converter gives for a repository."""
    from migrator.migration.convert import convert_with_trace  # noqa: PLC0415 - the parsers, for candidates only

    try:
        result, outcome = convert_with_trace(Read(project))
    except UsageError as error:
        found = finding(rules.SEVERAL_SCRIPTS.at(None, detail=error.message))
        return Audited(place.path, "declined", findings=(found,))
    answer = answer_of(place, result, outcome)
    if patched is None or answer.status != "converted":
        return answer
    return replace(answer, patch=patched(project, result))


class Read(Project):
    """A project of which each text is read once, as the converter asks for the same ones again and again."""

    def __init__(self, project: Project) -> None:
        super().__init__(project.name, project.files, project.read, project.links)
        texts: dict[str, str | None] = {}
        object.__setattr__(self, "_project", project)
        object.__setattr__(self, "_texts", texts)

    def text(self, path: str) -> str | None:
        """The text of a file, as the project has it."""
        texts: dict[str, str | None] = vars(self)["_texts"]
        if path in texts:
            return texts[path]
        project: Project = vars(self)["_project"]
        text = project.text(path)
        if text is None or len(text) <= _KEPT:
            texts[path] = text
        return text


def answer_of(place: Place, result: Conversion, outcome: Outcome | None) -> Audited:
    """What a conversion comes to, as plain values."""
    from migrator.migration.result import Converted, NotApplicable  # noqa: PLC0415 - as above

    if isinstance(result, NotApplicable):
        return Audited(place.path, "not-applicable", result.script, result.reason)
    findings = tuple(finding(one) for one in result.diagnostics if one.severity is not Severity.INFO)
    calls = max((world.calls for world in outcome.worlds), key=len) if outcome and outcome.worlds else ()
    constructs = Counter(f"{call.call.program} {call.call.verb}".strip() for call in calls)
    made = isinstance(result, Converted)
    return Audited(
        place.path,
        "converted" if made else "declined",
        result.script,
        findings=findings,
        constructs=((_language(result.script), 1), *sorted(constructs.items())),
        calls=len(calls),
        commands=len({target.command for target in result.targets}) if isinstance(result, Converted) else 0,
        saving=_saving(result, calls) if isinstance(result, Converted) else Saving(),
    )


def _saving(result: Converted, calls: tuple[DockerCall, ...]) -> Saving:
    made = {stage.name for stage in result.stages if stage.file is not None}
    kept = {target.stage for target in result.targets}
    return Saving(
        dockerfiles=max(0, len({stage.file for stage in result.stages if stage.file is not None}) - 1),
        images=len(made - kept),
        containers=sum(call.call.verb in {"create", "run"} for call in calls),
        files=len({artifact.workspace_path for artifact in result.artifacts if artifact.consumers}),
    )


def _language(script: str | None) -> str:
    from migrator.frontends.make.follow import is_makefile  # noqa: PLC0415 - as above

    file = (script or "").partition(":")[0]
    if file.endswith(".py"):
        return "Python program"
    if file.endswith((".yml", ".yaml")):
        return "CI file"
    return "Makefile" if is_makefile(file) else "script"


def finding(found: Diagnostic) -> Finding:
    """A diagnostic as plain values."""
    span = found.span
    return Finding(
        found.code,
        found.rule.name,
        str(found.severity),
        found.message,
        found.advice,
        None if span is None else span.file,
        None if span is None else span.line,
    )
