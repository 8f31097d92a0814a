"""What to do where a condition cannot be known: look at both ways, and go on as one where they come to the same.

Both ways are run from the same state. When one of them ends the script without having built anything, it is
the way out of an error and the other one is taken. When they differ only in variables, the variables become
values that carry the condition. Otherwise the run itself splits: it follows one way, and is run again for the
other (a *world* each).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.commands.control import Exit, Signal
from migrator.interpret.parameters import UnsetParameterError
from migrator.trace.effects import HostWork, ImageBuilt, ImagePushed, ImageTagged
from migrator.trace.history import Decided, Decision
from migrator.trace.render import default_word, renderable, word
from migrator.trace.state import Status
from migrator.trace.symbols import Symbol, SymbolKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.interpret.execute import Interpreter
    from migrator.source import Span
    from migrator.trace.effects import DockerCall
    from migrator.trace.state import State

MOST_WORLDS = 16
_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")  # one word wherever it stands


@dataclass(frozen=True)
class Way:
    """How one way through a choice ended."""

    state: State
    status: Status
    signal: Exception | None


@dataclass(frozen=True)
class Choice:
    """A choice that was made: where, which way, and the bash text of the condition if there is any."""

    span: Span
    taken: bool
    shell: str | None


@dataclass
class Forks:
    """The choices of one run: those that it must follow, and those that it met beyond them."""

    given: tuple[bool, ...] = ()
    made: list[Choice] = field(default_factory=list)

    def choose(
        self,
        shell: Interpreter,
        status: Status,
        span: Span,
        yes: Callable[[], Status],
        no: Callable[[], Status],
    ) -> Status:
        """Runs both ways from here and goes on with what they come to."""
        before = shell.state
        first = self._follow(shell, before.clone(), yes)
        second = self._follow(shell, before.clone(), no)
        for way, other in ((first, second), (second, first)):
            if _gives_up(way, before) and not _gives_up(other, before):
                other.state.happened(Decided(span, Decision.GIVES_UP))
                other.state.optional += (*way.state.calls[len(before.calls) :], *way.state.optional)
                return _adopt(shell, other)
        if type(first.signal) is type(second.signal) and _same_world(first.state, second.state):
            return self._merge(shell, status, span, first, second)
        return self._split(shell, status, span, (first, second))

    @staticmethod
    def _follow(shell: Interpreter, state: State, run: Callable[[], Status]) -> Way:
        shell.state = state
        depth = shell.depth
        try:
            status = run()
        except (Signal, UnsetParameterError) as signal:
            shell.depth = depth
            return Way(shell.state, getattr(signal, "status", Status(1)), signal)
        return Way(shell.state, status, None)

    def _split(self, shell: Interpreter, status: Status, span: Span, ways: tuple[Way, Way]) -> Status:
        taken = self.given[len(self.made)] if len(self.made) < len(self.given) else True
        self.made.append(Choice(span, taken, status.shell))
        way = ways[0] if taken else ways[1]
        way.state.happened(Decided(span, Decision.HOLDS if taken else Decision.FAILS))
        return _adopt(shell, way)

    @staticmethod
    def _merge(shell: Interpreter, status: Status, span: Span, first: Way, second: Way) -> Status:
        shell.state = first.state if len(first.state.effects) >= len(second.state.effects) else second.state
        shell.state.optional = _optional(first.state, second.state)
        _merge_variables(shell, status, span, first.state, second.state)
        shell.state.happened(Decided(span, Decision.SAME))
        if first.signal is not None:
            raise first.signal
        if first.status == second.status:
            return first.status
        return Status(None, None, span)


def _adopt(shell: Interpreter, way: Way) -> Status:
    shell.state = way.state
    if way.signal is not None:
        raise way.signal
    return way.status


def _optional(first: State, second: State) -> list[DockerCall]:
    """The calls that only one of two ways makes, and those that were optional before."""
    pairs = zip(first.calls, second.calls, strict=False)
    shared = next(
        (at for at, (one, other) in enumerate(pairs) if one != other), min(len(first.calls), len(second.calls))
    )
    found = (*first.optional, *second.optional, *first.calls[shared:], *second.calls[shared:])
    return [call for at, call in enumerate(found) if call not in found[:at]]


def _gives_up(way: Way, before: State) -> bool:
    """Whether a way ends the script without having built, carried or changed anything that counts."""
    if not isinstance(way.signal, Exit | UnsetParameterError):
        return False
    return not any(isinstance(effect, ImageBuilt) for effect in way.state.effects[len(before.effects) :])


def _same_world(first: State, second: State) -> bool:
    if first.workspace.root is not second.workspace.root or first.cwd != second.cwd:
        return False
    if first.containers != second.containers or first.images != second.images:
        return False
    if first.positional != second.positional or first.functions != second.functions:
        return False
    shared = min(len(first.effects), len(second.effects))
    if first.effects[:shared] != second.effects[:shared]:
        return False
    harmless = (ImagePushed, ImageTagged, HostWork)
    extra = (*first.effects[shared:], *second.effects[shared:])
    return all(isinstance(effect, harmless) for effect in extra) and not any(
        isinstance(effect, ImageTagged) for effect in extra
    )


def _merge_variables(shell: Interpreter, status: Status, span: Span, first: State, second: State) -> None:
    merged = shell.state
    for name in {*first.variables, *second.variables}:
        if first.variables.get(name) != second.variables.get(name):
            values = [_value(shell, state, name) for state in (first, second)]
            merged.variables[name] = _conditional(shell, name, status, span, values)
    for name in {*first.arrays, *second.arrays}:
        if first.arrays.get(name) != second.arrays.get(name):
            arrays = [state.arrays.get(name, {}) for state in (first, second)]
            found = None if name in first.maps | second.maps else _longer(shell, name, status, span, arrays)
            if found is None:
                merged.forget_array(name, shell.symbols.unknown(status.because or span, name))
            else:
                merged.arrays[name] = found
    merged.maps = first.maps | second.maps
    merged.options = first.options & second.options
    merged.exported = first.exported | second.exported


def _value(shell: Interpreter, state: State, name: str) -> str:
    if name in state.variables:
        return state.variables[name]
    kept, shell.state = shell.state, state
    try:
        return shell.words.parameters.variable(name)
    finally:
        shell.state = kept


def _conditional(shell: Interpreter, name: str, status: Status, span: Span, values: list[str]) -> str:
    """One value that is the first where the condition holds, and the second elsewhere."""
    symbols = shell.symbols
    yes, no = values
    if status.shell is None or not (renderable(yes, symbols) and renderable(no, symbols)):
        return symbols.unknown(status.because or span, name)
    default = _as_default(shell, status.shell, values)
    if default is not None:
        return default
    shown = [word(value, symbols) for value in values]
    otherwise = f" else printf %s {shown[1]};" if no else ""
    text = f"$(if {status.shell}; then printf %s {shown[0]};{otherwise} fi)"
    filled = all((value and any(not s.empty for s in symbols.within(value))) or _has_known(value) for value in values)
    ways = (symbols.ways(yes), symbols.ways(no))
    known = tuple(dict.fromkeys((*ways[0], *ways[1]))) if all(ways) else ()
    return symbols.character(Symbol(SymbolKind.OUTPUT, name, text, span, None, not filled, known))


def _longer(
    shell: Interpreter, name: str, status: Status, span: Span, arrays: list[dict[str, str]]
) -> dict[str, str] | None:
    """An array that has more elements where the condition holds (or where it does not): they are one value.

    None where that cannot be said.
    """
    symbols = shell.symbols
    short, long = sorted(arrays, key=len)
    common, extra = list(long.items())[: len(short)], list(long.items())[len(short) :]
    condition = status.shell if long is arrays[0] else status.negated().shell
    plain = all(_PLAIN.fullmatch(value) for _, value in extra)
    if not extra or dict(common) != short or condition is None or not plain:
        return None
    words = " ".join(value for _, value in extra)
    text = f"$(if {condition}; then echo {words}; fi)"
    symbol = Symbol(SymbolKind.OUTPUT, name, text, span, None, empty=True, ways=(words, ""))
    return {**short, extra[0][0]: symbols.character(symbol)}


def _has_known(value: str) -> bool:
    return any(ord(character) < 0x100000 for character in value)


def _as_default(shell: Interpreter, condition: str, values: list[str]) -> str | None:
    """`if [ -z "$X" ]; then X=y; fi` is `${X:-y}`, and reads better so."""
    symbols = shell.symbols
    for test, given, default in (("-z", values[1], values[0]), ("-n", values[0], values[1])):
        plain = [symbol.shell for symbol in symbols.within(given)]
        if len(given) == 1 and len(plain) == 1 and condition == f'[ {test} "{plain[0]}" ]':
            kept = plain[0] or ""
            subject = kept.strip("${}")
            if kept in (f"${subject}", f"${{{subject}}}"):
                shown = default_word(default, symbols)
                filled = bool(default) and _has_known(default)
                symbol = Symbol(
                    SymbolKind.PARAMETER, symbols[given].name, f"${{{subject}:-{shown}}}", None, default, not filled
                )
                return symbols.character(symbol)
    return None
