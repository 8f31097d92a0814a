"""One way through a trace, done call by call: first the files as they stood, then the call, by the recorder."""

from __future__ import annotations

import posixpath
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.dockercli.parse import parse
from migrator.engine import process
from migrator.engine.client import last_line
from migrator.shell.syntax import Pipeline
from migrator.trace.history import Began, Entered, Left
from migrator.trace.streams import NOTHING, Content, Text
from migrator.trace.symbols import SymbolKind
from migrator.trace.workspace import RepoFile, Written
from migrator.verify.calls import read_calls
from migrator.verify.recorder.main import STAND_INS
from migrator.verify.recorder.session import is_id
from migrator.verify.replay import policy
from migrator.verify.replay.disk import Disk, changes, is_known
from migrator.verify.replay.tools import LETTERS, Tools
from migrator.verify.replay.values import NotReplayedError, Values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from migrator.interpret.record import Ran
    from migrator.interpret.run import Outcome, World
    from migrator.project import Project
    from migrator.shell.syntax import Command
    from migrator.source import Span
    from migrator.trace.effects import DockerCall, Given
    from migrator.trace.workspace import Workspace
    from migrator.verify.recorder.session import Session

UMASK = 0o022
_OUTPUTS = frozenset({">", ">|"})


@dataclass(frozen=True)
class Stage:
    """Where a replay takes place; `timeout` is for all of it, `say` gets what the calls print. `watch` ends it."""

    project: Project
    session: Session
    root: Path
    temporary: Path
    environment: Mapping[str, str]
    timeout: float | None = None
    say: Callable[[bytes], None] | None = field(default=None, compare=False)
    watch: Callable[[], bool] | None = field(default=None, compare=False)


def replay(outcome: Outcome, stage: Stage) -> tuple[process.Finished, ...]:
    """Do what a script does, as it was read; raises NotReplayedError where that is not known exactly.

    What the calls printed comes back, up to the first that counts and fails.
    """
    return _Replay(outcome, _only_way(outcome), stage).run()


def _only_way(outcome: Outcome) -> World:
    if len(outcome.worlds) > 1:
        choice = outcome.worlds[0].choices[0]
        raise NotReplayedError(choice.span, "which way it goes on a condition that only the run knows")
    return outcome.worlds[0]


class _FailedError(Exception):
    """A call that counts has failed: the script would have ended, or gone on with something missing."""


class _Replay:
    """One replay under way; `_held` is the moment of the trace at which the disk is."""

    def __init__(self, outcome: Outcome, world: World, stage: Stage) -> None:
        given = {name: stage.environment[name] for name in ("HOME", "TMPDIR", "LANG", "TERM", "USER")}
        self._values = Values(outcome.symbols, stage.root, stage.temporary, given)
        places = (stage.root, stage.temporary, Path(stage.environment["HOME"]))
        self._disk = Disk(stage.project, self._values, places)
        self._tools = Tools(self._values, self._disk)
        self._world, self._stage = world, stage
        self._piped: set[int] = set()
        self._commands = list(_in_order(world, self._piped))
        self._children = _children(self._commands)
        self._held: Workspace = self._commands[0].before.workspace if self._commands else world.workspace
        self._done: list[process.Finished] = []
        self._began = time.monotonic()

    def run(self) -> tuple[process.Finished, ...]:
        own = [[call for call in self._own_calls(ran) if self._counts(call)] for ran in self._commands]
        # What a script does behind its last call changes no image.
        last = max((index for index, calls in enumerate(own) if calls), default=-1)
        try:
            for ran, calls in zip(self._commands[: last + 1], own, strict=False):
                for call in calls:
                    self._call(call, ran, alone=len(calls) == 1)
                if not calls:
                    self._host(ran)
        except _FailedError:
            pass
        return tuple(self._done)

    def _counts(self, call: DockerCall) -> bool:
        verb = call.call.verb
        if call in self._world.state.optional and verb not in policy.TIDYING | policy.LEFT_OUT:
            raise NotReplayedError(call.span, f"`docker {verb}`, made or not on a condition that only the run knows")
        if verb not in policy.ALLOWED and verb not in policy.LEFT_OUT:
            raise NotReplayedError(call.span, f"`docker {verb}`")
        return verb in policy.ALLOWED

    def _own_calls(self, ran: Ran) -> list[DockerCall]:
        """The calls of a command, without those of the commands that it ran."""
        theirs = {id(call) for child in self._children[ran.index] for call in child.calls}
        return [call for call in ran.calls if id(call) not in theirs]

    def _found_by(self, ran: Ran) -> Workspace:
        """The files that a command found when it came to its own work."""
        below = self._children[ran.index]
        return below[-1].after.workspace if below else ran.before.workspace

    # --- files ----------------------------------------------------------------------------------------------

    def _host(self, ran: Ran) -> None:
        """A command that moves what came out of an image is run; all else is brought to the disk when it matters."""
        before, after = self._found_by(ran), ran.after.workspace
        command = ran.words[1:] if ran.words[:1] == ("sudo",) else ran.words
        name = posixpath.basename(command[0]) if command else ""
        if name not in LETTERS or all(is_known(node) for _, _, node in changes(before.root, after.root)):
            return
        if ran.index in self._piped or ran.node.redirects:
            return  # what it reads and writes is not in its words; what it made stays unknown where it is read
        if any(one.words[:1] == ("umask",) and len(one.words) > 1 for one in self._commands):
            raise NotReplayedError(ran.span, f"`{name}`, in a script that sets the umask")
        self._bring(before, ran.span)
        folder = self._folder(ran.before.cwd, ran.span)
        done = self._start(self._tools.words(command, folder, ran.span), folder, ({}, UMASK))
        if not done.ok:
            raise NotReplayedError(ran.span, f"`{name}`, which fails: {last_line(done.complaint)}")
        self._held = after

    def _bring(self, workspace: Workspace, span: Span) -> None:
        self._disk.bring(self._held, workspace, span)
        self._held = workspace

    def _folder(self, path: str, span: Span) -> Path:
        return self._disk.inside(self._values.text(path, span), span)

    # --- calls ----------------------------------------------------------------------------------------------

    def _call(self, call: DockerCall, ran: Ran, *, alone: bool) -> None:
        """Make one call; one that only tidies up may be left out."""
        given = call.given
        if given is None:
            raise NotReplayedError(call.span, "a call of which too little is known")
        try:
            words = [self._values.text(word, call.span) for word in call.words]
        except NotReplayedError:
            if call.call.verb in policy.TIDYING:
                return
            raise
        self._bring(given.before, call.span)
        folder = self._folder(call.cwd, call.span)
        made = parse(["docker", *words[1:]])
        if made is None:
            raise NotReplayedError(call.span, "a call that is none once its values are known")
        policy.check(made, folder, self._disk, call.span)
        taken = policy.environment(made, given.environment, call.span)
        environment = {name: self._values.text(value, call.span) for name, value in taken.items()}
        program = posixpath.basename(words[0])
        stand_in = Path(self._stage.session.folder, STAND_INS, program)
        target = self._target(ran, given) if alone else None
        stdin = self._stdin(call, given, words)
        done = self._start((str(stand_in), *words[1:]), folder, (environment, given.umask), stdin)
        if not done.ok and made.verb not in policy.TIDYING:
            raise _FailedError
        self._learn(given, done)
        self._held = given.after
        if target is not None:
            fresh = not target.exists()
            target.write_bytes(done.stdout)
            if fresh:
                target.chmod(0o666 & ~given.umask)
            self._held = ran.after.workspace

    def _target(self, ran: Ran, given: Given) -> Path | None:
        """The file that the call's output goes to, where the command itself says so and its content is not known."""
        redirects = [one for one in ran.node.redirects if one.operator in _OUTPUTS and one.descriptor in (None, 1)]
        found = list(changes(given.after.root, ran.after.workspace.root))
        if len(redirects) != 1 or len(ran.node.redirects) != 1 or len(found) != 1 or is_known(found[0][2]):
            return None
        return self._disk.inside(self._values.text(found[0][0], ran.span), ran.span)

    def _stdin(self, call: DockerCall, given: Given, words: Sequence[str]) -> bytes | None:
        """What the call reads on its standard input; nothing where it does not look."""
        reads = "-" in (*call.call.operands, call.call.value("file")) or call.call.has("interactive")
        reads = reads or (call.call.verb == "load" and not call.call.has("input"))
        if call.call.verb not in policy.READS_STDIN or not reads or given.stdin == NOTHING:
            return None
        match given.stdin:
            case Text() as stream:
                return self._values.text(stream.text, call.span).encode("utf-8", "surrogateescape")
            case Content(node=RepoFile() as node):
                return self._stage.project.read(node.path)
            case Content(node=Written() as node):
                return self._values.text(node.text, call.span).encode("utf-8", "surrogateescape")
            case _:
                raise NotReplayedError(call.span, f"what is piped into `{' '.join(words[:2])}`")

    def _learn(self, given: Given, done: process.Finished) -> None:
        """Keep the ids that came to be by a call."""
        recorded = read_calls(self._stage.session.log)[-1]
        printed = done.text.strip()
        for character in given.made:
            if self._values.kind(character) is SymbolKind.IMAGE and recorded.image is not None:
                self._values.bind(character, str(recorded.image["id"]))
            elif is_id(printed):
                self._values.bind(character, printed)

    def _start(
        self, words: Sequence[str], folder: Path, given: tuple[Mapping[str, str], int], stdin: bytes | None = None
    ) -> process.Finished:
        left = None if self._stage.timeout is None else self._stage.timeout - (time.monotonic() - self._began)
        how = process.How(
            cwd=folder,
            env={**self._stage.environment, **given[0]},
            timeout=left if left is None else max(left, 0.1),
            stdin=stdin,
            umask=given[1],
            on_output=self._stage.say,
            on_error=self._stage.say,
            watch=self._stage.watch,
        )
        done = process.run(words, how)
        # A script's output is one stream, and so is its log.
        self._done.append(replace(done, stdout=done.stdout + done.stderr))
        return done


def _in_order(world: World, piped: set[int]) -> Iterator[Ran]:
    """The commands on the way, in the order in which they ended: a command does its own work behind its words' work.

    The numbers of those in a pipeline go into `piped`.
    """
    ran = {one.index: one for one in (*world.ran, *world.called)}
    under_way: list[int | Command] = []
    for event in world.history:
        match event:
            case Began():
                under_way.append(event.index)
            case Entered():
                under_way.append(event.node)
            case Left():
                index = under_way.pop()
                if isinstance(index, int):
                    piped |= {index} if any(_is_pipe(one) for one in under_way) else set()
                    yield ran[index]
            case _:
                pass


def _is_pipe(one: int | Command) -> bool:
    return isinstance(one, Pipeline) and len(one.commands) > 1


def _children(commands: Sequence[Ran]) -> dict[int, list[Ran]]:
    found: dict[int, list[Ran]] = defaultdict(list)
    for one in commands:
        if one.parent is not None:
            found[one.parent].append(one)
    return found
