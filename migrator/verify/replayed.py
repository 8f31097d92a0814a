"""Both ways without a shell: the old one from our trace of the script, the new one from one of its build commands."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.diagnostics import Severity
from migrator.interpret.run import ROOT, run
from migrator.project import Kind, Project
from migrator.rules import verification as rules
from migrator.verify.arms import LOG, TEMPORARY, Arm, environment_of, prepare, session_of
from migrator.verify.calls import read_calls
from migrator.verify.replay.replay import Stage, replay
from migrator.verify.replay.values import NotReplayedError
from migrator.verify.stopping import Stopped
from migrator.verify.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.engine.process import Finished
    from migrator.verify.arms import Bench
    from migrator.verify.recorder.session import Session

_COMMAND = "migrator-command.sh"


def replay_legacy(bench: Bench, name: str = "legacy", *, cache: bool | None = None) -> Arm:
    """The script as we read it; raises Stopped where something of it cannot be replayed."""
    session = session_of(bench, name, cache=bench.options.reuse_cache if cache is None else cache)
    before, recipes = prepare(bench)
    folder = bench.trace.folder if bench.trace is not None else ""
    done = _replayed(bench, session, bench.project, bench.conversion.script, folder)
    own = len(read_calls(session.log))
    for command in bench.options.behind if all(one.ok for one in done) else ():
        done += _commanded(bench, session, bench.project, command)
    return Arm(session, done, (read_calls(session.log),), before, recipes, own)


def replay_new(bench: Bench) -> Arm:
    """The new build commands, which may hold text of the script, without a shell that would run it."""
    session = session_of(bench, "new", cache=bench.options.reuse_cache)
    before, recipes = prepare(bench, bench.conversion)
    contents = {change.path: change.content for change in bench.conversion.files}
    contents.setdefault(bench.conversion.dockerfile_path, bench.conversion.dockerfile)
    project = with_files(bench.project, contents)
    done: tuple[Finished, ...] = ()
    targets = []
    seen = 0
    for command in dict.fromkeys(target.command for target in bench.conversion.targets):
        made = _commanded(bench, session, project, command)
        calls = read_calls(session.log)
        targets.append(calls[seen:])
        done, seen = (*done, *made), len(calls)
        if not all(one.ok for one in made):
            break
    return Arm(session, done, tuple(targets), before, recipes)


@dataclass(frozen=True)
class _Changed(Project):
    """A project some files of which have another text; everything else is asked of the one that it is made from."""

    base: Project | None = field(default=None, repr=False, compare=False)
    texts: Mapping[str, str] = field(default_factory=dict)

    def text(self, path: str) -> str | None:
        """The text of a file, or None when it has none."""
        if path in self.texts or self.base is None or path not in self.files:
            return self.texts.get(path)
        return self.base.text(path)


def with_files(project: Project, contents: Mapping[str, str | None]) -> Project:
    """A project with some files written, and those without a content removed."""
    texts = {path: text for path, text in contents.items() if text is not None}
    kinds = {path: kind for path, kind in project.files.items() if path not in contents}
    kinds |= {path: Kind.FILE if path in project.links else project.files.get(path, Kind.FILE) for path in texts}
    links = {path: target for path, target in project.links.items() if path not in contents}

    def read(path: str) -> bytes:
        return texts[path].encode("utf-8", "surrogateescape") if path in texts else project.read(path)

    return _Changed(project.name, dict(sorted(kinds.items())), read, links, project, texts)


def _commanded(bench: Bench, session: Session, project: Project, command: str) -> tuple[Finished, ...]:
    return _replayed(bench, session, with_files(project, {_COMMAND: f"{command}\n"}), _COMMAND, "")


def _replayed(bench: Bench, session: Session, project: Project, script: str, folder: str) -> tuple[Finished, ...]:
    # What is said with --env is for the script; here it would be for our own tools.
    environment = environment_of(bench, session, given=False)
    temporary = bench.scratch.folder / TEMPORARY
    stage = Stage(
        project, session, bench.work, temporary, environment, bench.options.timeout, bench.options.output, bench.is_over
    )  # fmt: skip
    try:
        env = {**dict.fromkeys(bench.conversion.checkouts, ROOT), **bench.options.env}
        outcome = run(project, script, bench.options.args, env, folder, closed=True)
        refused = next((one for one in outcome.diagnostics if one.severity is Severity.ERROR), None)
        done = () if refused is not None else replay(outcome, stage)
    except NotReplayedError as error:
        raise Stopped(Verdict.NOT_RUN, rules.NOT_REPLAYED.at(error.span, what=error.what)) from None
    if refused is not None:
        raise Stopped(Verdict.NOT_RUN, rules.NOT_REPLAYED.at(refused.span, what=refused.message))
    with (Path(session.folder) / LOG).open("ab") as log:
        log.writelines(one.stdout for one in done)
    bench.quota.check()
    return done
