"""Loops, `case` and `select`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from migrator.commands.control import Break, Continue
from migrator.commands.matching import matches
from migrator.rules import script as rules
from migrator.trace.render import renderable, word
from migrator.trace.state import FAILURE, SUCCESS, Status
from migrator.trace.symbols import SymbolKind, is_known

if TYPE_CHECKING:
    from migrator.interpret.execute import Interpreter
    from migrator.shell import syntax
    from migrator.source import Span
    from migrator.trace.state import Channels, State

MOST_ROUNDS = 1000


class Loops:
    """Runs the compound commands that repeat or choose."""

    def __init__(self, shell: Interpreter) -> None:
        self.shell = shell

    def over_words(self, command: syntax.For, channels: Channels) -> Status:
        """`for name in words`; a value that is not known is one round with that value."""
        shell = self.shell
        values = list(shell.state.positional) if command.words is None else shell.words.fields(command.words)
        status = SUCCESS
        for value in values:
            words = None
            if not is_known(value) and self._many(value):
                words = None if shell.symbols.holds(value, SymbolKind.WORDS) else shell.state.clone()
                shell.note(rules.LOOP_UNKNOWN.at(command.span))
                value = shell.symbols.unknown(command.span, command.name)  # noqa: PLW2901 — one round stands for all
            shell.assign(command.name, value)
            before = shell.state.clone() if shell.symbols.holds(value, SymbolKind.GLOB) else None
            status, ended = self._round(command.body, channels)
            if words is not None:
                self._lose(words)
            if before is not None and (self._counts(command.name, before) or ended):
                shell.note(rules.LOOP_UNKNOWN.at(command.span))
                shell.state.workspace = shell.state.workspace.tainted(command.span)
            if ended:
                break
        return status

    def _counts(self, name: str, before: State) -> bool:
        """Whether a round over all names of a pattern left something that each name would leave for itself."""
        after = self.shell.state
        changed = {key for key, value in after.variables.items() if before.variables.get(key) != value} - {name}
        for key in changed:
            after.variables[key] = self.shell.symbols.unknown(self.shell.here, key)
        return len(after.calls) != len(before.calls) or after.arrays != before.arrays

    def _lose(self, before: State) -> None:
        """Makes unknown what a round changed that stands for none, one or many: a count, a list, the last value."""
        after, symbols = self.shell.state, self.shell.symbols
        for name, value in list(after.variables.items()):
            if before.variables.get(name) != value:
                after.variables[name] = symbols.unknown(self.shell.here, name)
        for name, array in list(after.arrays.items()):
            if before.arrays.get(name) != array:
                after.forget_array(name, symbols.unknown(self.shell.here, name))

    def _many(self, value: str) -> bool:
        kinds = {symbol.kind.value for symbol in self.shell.symbols.within(value)}
        return bool(kinds & {"words", "unknown", "output"}) or kinds == {"parameter"}

    def _round(self, body: syntax.Sequence, channels: Channels) -> tuple[Status, bool]:
        try:
            return self.shell.execute(body, channels), False
        except Break as signal:
            if signal.count > 1:
                raise Break(SUCCESS, signal.count - 1) from None
            return SUCCESS, True
        except Continue as signal:
            if signal.count > 1:
                raise Continue(SUCCESS, signal.count - 1) from None
            return SUCCESS, False

    def counting(self, command: syntax.ArithmeticFor, channels: Channels) -> Status:
        """`for (( … ))`."""
        shell = self.shell
        if command.first is not None:
            shell.words.arithmetic(command.first)
        status = SUCCESS
        for _ in range(MOST_ROUNDS):
            value = shell.words.arithmetic(command.condition) if command.condition is not None else "1"
            if not is_known(value):
                return self._unknown_rounds(command.body, command.span, channels)
            if value == "0":
                return status
            status, ended = self._round(command.body, channels)
            if ended:
                return status
            if command.step is not None:
                shell.words.arithmetic(command.step)
        return self._unknown_rounds(command.body, command.span, channels)

    def repeat(self, command: syntax.While, channels: Channels) -> Status:
        """`while` and `until`; where the condition cannot be known, one round stands for all."""
        shell = self.shell
        status = SUCCESS
        for _ in range(MOST_ROUNDS):
            with shell.in_condition():
                condition = shell.execute(command.condition, channels)
            if condition.code is None:
                return self._unknown_rounds(command.body, command.condition.span, channels)
            if (condition.code == 0) == command.until:
                return status
            status, ended = self._round(command.body, channels)
            if ended:
                return status
        return self._unknown_rounds(command.body, command.span, channels)

    def _unknown_rounds(self, body: syntax.Sequence, span: Span, channels: Channels) -> Status:
        """None, one or many rounds: what one round changes is not known afterwards."""
        shell = self.shell
        before = shell.state
        after = before.clone()
        shell.state = after
        self._round(body, channels)
        after = shell.state
        built = len(after.effects) != len(before.effects)
        if after.workspace.root is before.workspace.root and not built and after.calls == before.calls:
            self._forget(before, after, span)
            if before.positional != after.positional:
                before.positional = ()
                shell.note(rules.LOOP_UNKNOWN.at(span))
            shell.state = before
            return Status(None, None, span)
        self._forget(after, before, span)
        if not built and after.workspace.root is before.workspace.root:
            return Status(None, None, span)  # only calls that change nothing, such as waiting for a container
        shell.note(rules.LOOP_UNKNOWN.at(span))
        after.workspace = after.workspace.tainted(span)
        return Status(None, None, span)

    def _forget(self, state: State, other: State, span: Span) -> None:
        """Makes unknown, in a state, what another one has other values for."""
        for name in {*state.variables, *other.variables}:
            if state.variables.get(name) != other.variables.get(name):
                state.variables[name] = self.shell.symbols.unknown(span, name)
        for name in {*state.arrays, *other.arrays}:
            if state.arrays.get(name) != other.arrays.get(name):
                state.arrays.pop(name, None)
                state.variables[name] = self.shell.symbols.unknown(span, name)

    def case(self, command: syntax.Case, channels: Channels, start: int = 0, *, fall: bool = False) -> Status:
        """`case … esac`: the first arm that matches; where that is not known, each that may."""
        shell = self.shell
        subject = shell.words.text(command.subject)
        for index in range(start, len(command.items)):
            item = command.items[index]
            verdict = True if fall else self._matches(subject, item)
            if verdict is False:
                continue
            if verdict is None:
                return shell.forks.choose(
                    shell,
                    Status(None, self._condition(subject, item), item.span),
                    item.span,
                    lambda index=index: self._arm(command, index, channels),  # type: ignore[misc]
                    lambda index=index: self.case(command, channels, index + 1),  # type: ignore[misc]
                )
            return self._arm(command, index, channels)
        return SUCCESS

    def _arm(self, command: syntax.Case, index: int, channels: Channels) -> Status:
        item = command.items[index]
        status = self.shell.execute(item.body, channels) if item.body.commands else SUCCESS
        if item.terminator == ";&" and index + 1 < len(command.items):
            return self.case(command, channels, index + 1, fall=True)
        if item.terminator == ";;&":
            return self.case(command, channels, index + 1)
        return status

    def _matches(self, subject: str, item: syntax.CaseItem) -> bool | None:
        verdicts = [matches(subject, self.shell.words.pattern(pattern)) for pattern in item.patterns]
        if True in verdicts:
            return True
        return None if None in verdicts else False

    def _condition(self, subject: str, item: syntax.CaseItem) -> str | None:
        symbols = self.shell.symbols
        shown = [self.shell.words.pattern(pattern) for pattern in item.patterns]
        if not renderable(subject, symbols) or not all(is_known(text) for text in shown):
            return None
        tests = [f"[[ {word(subject, symbols)} == {text} ]]" for text in shown]
        return tests[0] if len(tests) == 1 else "{ " + " || ".join(tests) + "; }"

    def select(self, command: syntax.Select, channels: Channels) -> Status:
        """`select`: a person chooses, so the variable is not known behind it."""
        shell = self.shell
        shell.note(rules.INTERACTIVE.at(command.span))
        unknown = shell.symbols.unknown(command.span, command.name)
        shell.assign(command.name, unknown)
        shell.assign("REPLY", shell.symbols.unknown(command.span, "REPLY"))
        with contextlib.suppress(Break, Continue):
            shell.execute(command.body, channels)
        return FAILURE if command.words == () else SUCCESS
