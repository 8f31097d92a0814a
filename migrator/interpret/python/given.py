"""What a program is given from outside, and its values as text: environment, arguments, bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.interpret.python.values import (
    Environment,
    FileValue,
    ObjectValue,
    Optional,
    PathText,
    PythonError,
    Raw,
    Unknown,
)
from migrator.shell.syntax import Literal, Parameter, Word
from migrator.trace.streams import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.interpret.record import Recorder
    from migrator.python import syntax
    from migrator.source import Span


class Given:
    """The part of a running program that knows its surroundings; `assumed` are variables found to be set, or not."""

    def __init__(self, shell: Recorder, program: syntax.Program) -> None:
        self.shell, self.program = shell, program
        self.assumed: dict[str, bool] = {}

    def text(self, value: object, span: Span) -> str:
        """A value as `str()` gives it; one character where that is not known."""
        match value:
            case str():
                return value
            case PathText():
                return value.text
            case Optional() if self.assumed.get(value.name):
                return value.text
            case bool() | int() | None:
                return str(value)
            case ObjectValue():
                return self.of_object(value, span)
            case FileValue():
                return self.shell.symbols.unknown(span)
            case Unknown():
                return self.shell.symbols.unknown(value.because)
            case _:
                return self.shell.symbols.unknown(span)

    def of_object(self, value: ObjectValue, span: Span) -> str:
        """An object as `str()` gives it; what a program is given from outside is none."""
        _ = value
        return self.shell.symbols.unknown(span)

    def decoded(self, value: object, span: Span) -> object:
        """Bytes as text."""
        if not isinstance(value, Raw):
            return value if isinstance(value, str | Unknown) else Unknown(span)
        stream = value.stream
        if isinstance(stream, Text):
            return stream.text
        found = self.shell.stream_text(stream)
        return found if found is not None else Unknown(getattr(stream, "because", None) or span)

    def parameter(self, name: str, operator: str | None, default: str, span: Span) -> str:
        """An environment variable with its default, as `${name-default}`."""
        word = Word(span, (Literal(span, default, quoted=True),))
        part = Parameter(span, name, quoted=True, operator=operator, argument=word if operator else None)
        return self.shell.words.parameters.text(part)

    def variable(self, environment: Environment, name: str, span: Span) -> object:
        """`os.environ[name]`."""
        if name in environment.changes:
            return environment.changes[name]
        if not environment.whole:
            raise PythonError("KeyError")
        return self.parameter(name, None, "", span)

    def looked_up(self, environment: Environment, name: str, default: object, span: Span) -> object:
        """`os.environ.get(name, default)`."""
        if name in environment.changes:
            return environment.changes[name]
        if not environment.whole:
            return default
        if name in self.shell.state.variables:
            return self.shell.state.variables[name]
        if isinstance(default, str):
            return self.parameter(name, "-", default, span)
        if default is None:
            return Optional(name, self.parameter(name, None, "", span))
        return Unknown(span)

    def set_variable(self, environment: Environment, name: str, value: str) -> None:
        """`environ[name] = value`."""
        if environment.real:
            self.shell.assign(name, value)
            self.shell.state.exported.add(name)
        else:
            environment.changes[name] = value

    def copied(self, environment: Environment) -> Environment:
        """A copy, as `dict(os.environ)` makes it."""
        return Environment(whole=environment.whole, changes=dict(environment.changes))

    def updated(self, environment: Environment, more: Mapping[object, object], span: Span) -> Environment:
        """An environment with more variables."""
        for name, value in more.items():
            self.set_variable(environment, self.text(name, span), self.text(value, span))
        return environment

    def argument(self, number: int, span: Span) -> object:
        """`sys.argv[number]`."""
        if number == 0:
            return self.shell.state.script
        found = self.shell.words.parameters.text(Parameter(span, str(number), quoted=True))
        if not found and len(self.shell.state.positional) < number:
            raise PythonError("IndexError")
        return found

    def is_open(self) -> bool:
        """Whether the user may give any arguments."""
        return (
            bool(self.shell.state.positional)
            and self.argument(1, self.program.source.whole) != (self.shell.state.positional[0])
        )

    def arguments(self, start: int | None, span: Span) -> object:
        """`sys.argv[start:]`."""
        if self.is_open():
            return Unknown(span)
        return [self.shell.state.script, *self.shell.state.positional][start:]
