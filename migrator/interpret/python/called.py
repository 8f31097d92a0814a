"""One call of a Python program, with its arguments as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.commands.base import Invocation
from migrator.commands.prefixes import unknown
from migrator.interpret.python.libraries.things import runs
from migrator.interpret.python.values import Bound, Environment, ObjectValue, PathText, PythonError, Unknown
from migrator.rules import python as rules
from migrator.trace.state import Channels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from migrator.interpret.python.program import Running
    from migrator.source import Span
    from migrator.trace.state import Status


@dataclass(frozen=True)
class Called:
    """A call: the values by position and by name, and where it stands."""

    run: Running
    name: str
    given: tuple[object, ...]
    named: Mapping[str, object]
    span: Span

    def value(self, index: int, name: str, default: object = None) -> object:
        """One argument, by position or by name."""
        if index < len(self.given):
            return self.given[index]
        return self.named.get(name, default)

    def path(self, index: int, name: str) -> str:
        """One argument that is a path, as text."""
        value = self.value(index, name)
        if isinstance(value, str | PathText):
            return self.run.text(value, self.span)
        return self.run.shell.symbols.unknown(self.span)

    def only(self, *names: str) -> bool:
        """Whether nothing is given by name but these."""
        return set(self.named) <= set(names)

    def not_followed(self) -> Unknown:
        """What a call comes to that is not understood: it may have changed any file."""
        mutable = [
            one
            for one in (*self.given, *self.named.values())
            if isinstance(one, list | dict | Environment | ObjectValue | Bound) or runs(one)
        ]
        if mutable:
            self.run.shell.note(
                rules.STATEMENT.at(self.span, reason="a list, dictionary or object is handed to what is not known")
            )
        unknown(Invocation(self.run.shell, (self.name,), Channels(), self.span))
        return Unknown(self.span)

    def command(self, words: Sequence[str], *, channels: Channels | None = None, fails: str = "OSError") -> Status:
        """Runs what the call does as a command of the shell; a certain failure becomes an exception of the program."""
        status = self.run.shell.call(tuple(words), channels or Channels(), self.span)
        if status.code not in (0, None) and fails:
            raise PythonError(fails)
        return status

    def holds(self, *words: str) -> object:
        """Whether a test of the shell holds."""
        status = self.run.shell.decide(words, self.span)
        return Unknown(self.span, status.shell) if status.code is None else status.code == 0


__all__ = ["Called"]
