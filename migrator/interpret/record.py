"""An abstract run that keeps, for every simple command that ran, what it was given and what it changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from migrator.interpret.execute import Interpreter
from migrator.shell.syntax import Sequence as Statements
from migrator.shell.syntax import Simple, Test
from migrator.trace.history import Began, Entered, Left

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from migrator.interpret.fork import Forks
    from migrator.project import Project
    from migrator.shell.syntax import Command
    from migrator.source import Span
    from migrator.trace.effects import DockerCall, Effect
    from migrator.trace.images import Container, Image
    from migrator.trace.state import Channels, State, Status
    from migrator.trace.symbols import Symbols
    from migrator.trace.workspace import Workspace

T = TypeVar("T")


@dataclass(frozen=True)
class Moment:
    """What a command finds, or leaves."""

    cwd: str
    workspace: Workspace
    containers: Mapping[str, Container]
    images: Mapping[str, Image]
    variables: Mapping[str, str]
    positional: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Ran:
    """One simple command, or `[[ ]]`, that ran: `words` as expanded, empty where there were none.

    `parent` is the index of the command that ran this one (a function's call, `eval`, a substitution in its words).
    `effects` and `calls` are those of this command and of everything that it ran.
    """

    index: int
    parent: int | None
    node: Simple | Test
    words: tuple[str, ...]
    before: Moment
    after: Moment
    effects: tuple[Effect, ...]
    calls: tuple[DockerCall, ...]

    @property
    def span(self) -> Span:
        """Where the command stands."""
        return self.node.span


@dataclass
class _Open:
    index: int
    words: tuple[str, ...] | None = None


class Recorder(Interpreter):
    """The interpreter, keeping in `ran` what ran; the ways of a fork that were not taken are in it as well."""

    def __init__(self, project: Project, symbols: Symbols, state: State, root: str, forks: Forks) -> None:
        super().__init__(project, symbols, state, root, forks)
        self.ran: dict[int, Ran] = {}
        self.called: dict[int, Ran] = {}
        self._calling = False
        self._last: Moment | None = None
        self._open: list[_Open] = []
        self._count = 0

    def execute(self, command: Command, channels: Channels) -> Status:
        """Runs one node, as the interpreter does, and keeps what a simple command did."""
        if not isinstance(command, Simple | Test):
            return self._followed(command, channels)
        self.budget.check()
        parent = self._open[-1].index if self._open else None
        entry = _Open(self._count)
        self._count += 1
        self._open.append(entry)
        self.state.happened(Began(entry.index))
        before, effects, calls = self._moment(), len(self.state.effects), len(self.state.calls)
        try:
            return super().execute(command, channels)
        finally:
            self._open.pop()
            self.state.happened(Left(self.state.workspace))
            self.ran[entry.index] = Ran(
                entry.index, parent, command, entry.words or (), before, self._moment(),
                tuple(self.state.effects[effects:]), tuple(self.state.calls[calls:]),
            )  # fmt: skip

    def _followed(self, command: Command, channels: Channels) -> Status:
        if isinstance(command, Statements):
            return super().execute(command, channels)
        self.state.happened(Entered(command, self.state.workspace))
        try:
            return super().execute(command, channels)
        finally:
            self.state.happened(Left(self.state.workspace))

    def call(self, words: Sequence[str], channels: Channels, span: Span) -> Status:
        """Runs a command given as words; the first of a simple command are its own."""
        if not self._open and not self._calling:
            return self._called(words, channels, span)
        if self._open and self._open[-1].words is None:
            self._open[-1].words = tuple(words)
        return super().call(words, channels, span)

    def _called(self, words: Sequence[str], channels: Channels, span: Span) -> Status:
        """Runs a command that no statement of the shell asks for: a program in another language does."""
        index, node = self._count, Simple(span, (), (), ())
        self._count += 1
        self.state.happened(Began(index))
        before, effects, calls = self._moment(), len(self.state.effects), len(self.state.calls)
        self._calling = True
        try:
            return super().call(words, channels, span)
        finally:
            self._calling = False
            self.state.happened(Left(self.state.workspace))
            self.called[index] = Ran(
                index, None, node, tuple(words), before, self._moment(),
                tuple(self.state.effects[effects:]), tuple(self.state.calls[calls:]),
            )  # fmt: skip

    def _moment(self) -> Moment:
        state, last = self.state, self._last
        self._last = Moment(
            state.cwd, state.workspace,
            self._kept(state.containers, last.containers if last else None),
            self._kept(state.images, last.images if last else None),
            self._kept(state.variables, last.variables if last else None),
            state.positional,
        )  # fmt: skip
        return self._last

    def _kept(self, found: dict[str, T], last: Mapping[str, T] | None) -> Mapping[str, T]:
        """What stands there, as it is now: most commands change none of it, so that the copy before does for them."""
        if last is not None and found == last:
            return last
        self.budget.keep(len(found))
        return dict(found)
