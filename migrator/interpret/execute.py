"""The abstract run itself: walks the shell's tree, keeps the state, asks the command models what commands do."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from migrator.commands.base import Invocation, text_of
from migrator.commands.control import Break, Continue, Exit, Return, open_arguments
from migrator.commands.numbers import whole
from migrator.commands.output import write_stream
from migrator.commands.registry import find
from migrator.interpret.assignments import Assigner
from migrator.interpret.command_words import DECLARING, command_fields, named
from migrator.interpret.conditions import Conditions
from migrator.interpret.expand import Expander
from migrator.interpret.fallback import fallback
from migrator.interpret.loops import Loops
from migrator.interpret.parameters import UnsetParameterError
from migrator.interpret.pasted import with_names
from migrator.interpret.redirect import Redirections
from migrator.rules import script as rules
from migrator.shell import syntax
from migrator.shell.parse import parse
from migrator.source import Derived, Piece, Source
from migrator.trace.budget import Budget
from migrator.trace.state import FAILURE, SUCCESS, Channels, Input, Process, State, Status
from migrator.trace.streams import NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.interpret.fork import Forks
    from migrator.project import Project
    from migrator.shell.syntax import Command
    from migrator.source import Span
    from migrator.trace.streams import Stream
    from migrator.trace.symbols import Symbols

MOST_COMMANDS = 20_000
DEEPEST = 60


class TooLongError(Exception):
    """The run used up its budget of commands."""


class Interpreter:
    """One abstract run of a script; see `migrator.interpret.run` for the whole of it."""

    def __init__(self, project: Project, symbols: Symbols, state: State, root: str, forks: Forks) -> None:
        self.project, self.symbols, self.state, self.root, self.forks = project, symbols, state, root, forks
        self.source_name = state.script
        self.function_names: list[str] = []
        self.here: Span | None = None
        self.diagnostics: dict[Diagnostic, None] = {}
        self.substitution_status: Status | None = None
        self.conditional = 0
        self.spent = 0
        self.budget = Budget()
        self.depth = 0
        self.words = Expander(self)
        self.conditions = Conditions(self)
        self.assigner = Assigner(self)
        self.redirections = Redirections(self)
        self.loops = Loops(self)

    # --- what commands ask for ----------------------------------------------------------------------------

    def note(self, diagnostic: Diagnostic) -> None:
        """Keeps a finding, once."""
        self.diagnostics[diagnostic] = None

    def assign(self, name: str, value: str) -> None:
        """Sets a variable in the scope that has it."""
        self.assigner.scalar(name, value)

    def decide(self, words: Sequence[str], span: Span) -> Status:
        """The status of `test` with these words."""
        return self.conditions.words(words, span)

    def open_arguments(self, start: int) -> str:
        """The character for the script's arguments from `start` on."""
        return open_arguments(self.symbols, start)

    def stream_text(self, stream: Stream) -> str | None:
        """The text of a stream, when it can be known."""
        return text_of(self, stream)

    def write_file(self, path: str, stream: Stream, span: Span, *, append: bool = False) -> None:
        """Writes a stream to a host file."""
        write_stream(self, path, stream, span, append=append)

    def run_text(self, name: str, text: str, channels: Channels, span: Span, *, within: bool = False) -> Status:
        """Runs shell text in the current state; `within` says that all of it stands at `span` in another language."""
        self.deeper(span)
        named = with_names(text, self.state)
        pieces = (Piece(0, span.original, exact=False),)
        script = parse(Derived(name, named, pieces=pieces) if within else Source(name, named))
        self.diagnostics |= dict.fromkeys(script.diagnostics)
        before, self.source_name = self.source_name, name if name != "eval" else self.source_name
        try:
            return self.execute(script.body, channels)
        finally:
            self.source_name = before
            self.depth -= 1

    def run_script(self, given: Process, channels: Channels, span: Span) -> Status:
        """Runs another script of the repository, whose path is its `$0`."""
        return self.process(given.script, self.project.text(given.script) or "", given, channels, span)

    def process(self, name: str, text: str, given: Process, channels: Channels, span: Span) -> Status:
        """Runs shell text in a shell of its own, for whose `set -e` it is no matter where the call of it stands."""
        outer, around = self.state, self.conditional
        self.state, self.conditional = outer.process(given), 0
        try:
            return self.to_the_end(lambda: self.run_text(name, text, channels, span), channels)
        finally:
            self.state, self.conditional = self.back_from_process(outer), around

    def to_the_end(self, act: Callable[[], Status], channels: Channels) -> Status:
        """Runs a process to its end, its EXIT trap last."""
        try:
            status = act()
        except (Exit, Return) as signal:
            status = signal.status
        except UnsetParameterError:
            status = FAILURE
        trap = self.state.traps.pop("EXIT", None)
        if trap and self.here is not None:
            self._set(status)
            around, self.conditional = self.conditional, 0
            try:
                self.run_text("trap", trap, channels, self.here)
            except (Exit, Return) as signal:
                status = signal.status
            except UnsetParameterError:
                status = FAILURE
            finally:
                self.conditional = around
        return status

    def back_from_process(self, outer: State) -> State:
        """The outer state after a subshell: variables are as before, what happened to the world stays."""
        inner = self.state
        outer.workspace, outer.containers, outer.images = inner.workspace, inner.containers, inner.images
        outer.saved, outer.owners_changed = inner.saved, inner.owners_changed
        outer.effects, outer.calls, outer.counter = inner.effects, inner.calls, inner.counter
        outer.history = inner.history
        return outer

    def deeper(self, span: Span | None) -> None:
        """Counts one more level of nesting; raises RecursionError where it has no end that we could follow."""
        self.depth += 1
        if self.depth > DEEPEST:
            self.depth = 0
            self.here = span or self.here
            raise RecursionError

    # --- commands -----------------------------------------------------------------------------------------

    def execute(self, command: Command, channels: Channels) -> Status:
        """Runs one node; `set -e` ends the script where bash would end it."""
        match command:  # every node that is not here is a compound command
            case syntax.Sequence():
                return self._sequence(command, channels)
            case syntax.Simple():
                return self._checked(self._simple(command, channels))
            case syntax.Pipeline():
                return self._checked(self._pipeline(command, channels), negated=command.negated)
            case syntax.AndOr():
                return self._and_or(command, channels)
            case syntax.Background():
                return self._background(command, channels)
            case syntax.Function():
                self.state.functions[command.name] = command.body
                return self._set(SUCCESS)
            case syntax.Opaque():
                return self._opaque(command)
            case _:
                return self._set(self._compound(command, channels))

    def _compound(self, command: syntax.Compound, channels: Channels) -> Status:
        if self.redirections.refused(command.redirects):
            return self._checked(FAILURE)
        with self.redirections.around(command.redirects, channels) as inner:
            match command:
                case syntax.Group():
                    return self.execute(command.body, inner)
                case syntax.Subshell():
                    return self._checked(self.subshell(command.body, inner))
                case syntax.If():
                    return self._if(command, inner)
                case syntax.Test():
                    return self._checked(self.conditions.expression(command.expression, command.span))
                case syntax.ArithmeticCommand():
                    return self._checked(self._arithmetic(command))
                case syntax.Case():
                    return self.loops.case(command, inner)
                case syntax.Select():
                    return self.loops.select(command, inner)
                case syntax.For():
                    return self.loops.over_words(command, inner)
                case syntax.ArithmeticFor():
                    return self.loops.counting(command, inner)
                case syntax.While():
                    return self.loops.repeat(command, inner)

    def _set(self, status: Status) -> Status:
        self.state.status = status
        return status

    def _checked(self, status: Status, *, negated: bool = False) -> Status:
        """Sets `$?`, and ends the script under `set -e` when a command that counts has certainly failed."""
        self._set(status)
        if status.code in (0, None) or self.conditional or negated:
            return status
        trap = self.state.traps.get("ERR")
        if trap and self.here is not None:
            with self.in_condition():  # a failure inside does not trap again
                self.run_text("trap", trap, Channels(), self.here)
            self._set(status)
        if "errexit" in self.state.options:
            raise Exit(status)
        return status

    def _sequence(self, command: syntax.Sequence, channels: Channels) -> Status:
        status = SUCCESS
        for item in command.commands:
            self.spent += 1
            if self.spent > MOST_COMMANDS:
                self.here = item.span
                raise TooLongError
            status = self.execute(item, channels)
        return status

    def _simple(self, command: syntax.Simple, channels: Channels) -> Status:
        self.here = command.span
        self.substitution_status = None
        words = command_fields(self, command.words)
        if self.redirections.refused(command.redirects):
            return FAILURE
        if not words:
            with self.redirections.around(command.redirects, channels):
                self.assigner.all(command.assignments)
            substituted: Status | None = self.substitution_status
            return SUCCESS if substituted is None else substituted
        if command.assignments and words[0] in DECLARING:
            self.assigner.declared(words, command.assignments)
            return self.call(words, channels, command.span) if len(words) > 1 else SUCCESS
        if words[0] == "exec" and len(words) == 1:
            self.redirections.forever(command.redirects, channels)
            return SUCCESS
        with self.redirections.around(command.redirects, channels) as inner, self.assigner.during(command.assignments):
            return self.call(words, inner, command.span)

    def call(self, words: Sequence[str], channels: Channels, span: Span) -> Status:
        """Runs a command given as words: function, built-in, modelled command, or unknown."""
        self.spent += 1
        self.here = span
        words = named(self, words)
        if words[0] in self.state.functions:
            return self._function(words, channels, span)
        model = find(words, self)
        return model(Invocation(self, tuple(words), channels, span))

    def _function(self, words: Sequence[str], channels: Channels, span: Span) -> Status:
        self.deeper(span)
        state = self.state
        saved, state.positional = state.positional, tuple(words[1:])
        state.frames.append({})
        self.function_names.append(words[0])
        try:
            status = self.execute(state.functions[words[0]], channels)
        except Return as signal:
            status = signal.status
        finally:
            self.function_names.pop()
            self.state.leave_frame()
            self.state.positional = saved
            self.depth = max(self.depth - 1, 0)
        return status

    def capture(self, body: syntax.Sequence) -> Stream:
        """What a command substitution prints."""
        channels = Channels()
        match body.commands:
            case (syntax.Simple(words=(), assignments=(), redirects=(syntax.Redirect(operator="<") as redirect,)),):
                return self.redirections.opened(redirect)  # $(< file)
            case _:
                pass
        status = self.subshell(body, channels, substitution=True)
        self.substitution_status = status
        return channels.collected()

    def subshell(self, body: Command, channels: Channels, *, substitution: bool = False) -> Status:
        """Runs something whose variables and folder are lost afterwards."""
        self.deeper(body.span)
        outer = self.state  # the same object is the state again afterwards: who holds it sees what happened
        self.state = outer.clone()
        self.state.traps = {}
        if substitution and "inherit_errexit" not in self.state.options and "posix" not in self.state.options:
            self.state.options.discard("errexit")
        try:
            status = self.to_the_end(lambda: self.execute(body, channels), channels)
        finally:
            self.state = self.back_from_process(outer)
            self.depth = max(self.depth - 1, 0)
        return self._set(status)

    def _pipeline(self, command: syntax.Pipeline, channels: Channels) -> Status:
        if len(command.commands) == 1:
            with self.in_condition() if command.negated else contextlib.nullcontext():
                status = self.execute(command.commands[0], channels)
        else:
            status = self._piped(command, channels)
        if command.negated:
            return status.negated()
        return status

    def _piped(self, command: syntax.Pipeline, channels: Channels) -> Status:
        stream, statuses = channels.stdin.stream, []
        for item in command.commands[:-1]:
            between = Channels(Input(stream))
            statuses.append(self.subshell(item, between))
            stream = between.collected()
        last = Channels(Input(stream), channels.out)
        statuses.append(self.subshell(command.commands[-1], last))
        if "pipefail" in self.state.options:
            failed = [status for status in statuses if status.code != 0]
            assumed = [Status(0, None, status.because, assumed=True) for status in statuses if status.assumed]
            return (failed or assumed or [SUCCESS])[-1]
        return statuses[-1]

    @contextlib.contextmanager
    def in_condition(self) -> Iterator[None]:
        """Inside, a failing command does not end the script."""
        self.conditional += 1
        try:
            yield
        finally:
            self.conditional -= 1

    def _and_or(self, command: syntax.AndOr, channels: Channels) -> Status:
        said = len(channels.out)
        with self.in_condition():
            left = self.execute(command.left, channels)
        wanted = command.operator == "&&"
        if left.assumed and not wanted:
            return self._set(fallback(self, left.asked(), command, channels, said))
        if left.code is not None:
            if (left.code == 0) != wanted:
                return self._set(left)
            return self._set(self.execute(command.right, channels))
        go = left if wanted else left.negated()
        return self._set(
            self.forks.choose(
                self, go, command.span, lambda: self.execute(command.right, channels), lambda: Status(int(wanted))
            )
        )

    def _if(self, command: syntax.If, channels: Channels, index: int = 0) -> Status:
        if index == len(command.branches):
            return self.execute(command.otherwise, channels) if command.otherwise is not None else SUCCESS
        condition, body = command.branches[index]
        with self.in_condition():
            status = self.execute(condition, channels).asked()
        if status.code is not None:
            return self.execute(body, channels) if status.code == 0 else self._if(command, channels, index + 1)
        return self.forks.choose(
            self,
            status,
            condition.span,
            lambda: self.execute(body, channels),
            lambda: self._if(command, channels, index + 1),
        )

    def _arithmetic(self, command: syntax.ArithmeticCommand) -> Status:
        value = whole(self.words.arithmetic(command.expression))
        return Status(None, None, command.span) if value is None else Status(int(value == 0))

    def _background(self, command: syntax.Background, channels: Channels) -> Status:
        self.subshell(command.command, Channels(Input(NOTHING), channels.out))
        return self._set(SUCCESS)

    def _opaque(self, command: syntax.Opaque) -> Status:
        self.note(rules.OPAQUE_STATEMENT.at(command.span, reason=command.reason))
        self.state.workspace = self.state.workspace.tainted(command.span)
        return self._set(Status(None, None, command.span))


__all__ = ["Break", "Continue", "Interpreter", "TooLongError"]
