"""A docker command line that was really given: taken apart by the tables of the client, and put together again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrator.dockercli.parse import parse as read

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class Given:
    """An option as it was given: its long name, its value or None for a switch that is on, and the words it took."""

    name: str
    value: str | None
    words: tuple[str, ...]

    @property
    def on(self) -> bool:
        """Whether a switch is on."""
        return self.value is None or self.value.lower() not in {"0", "f", "false"}

    @classmethod
    def of(cls, name: str, value: str | None) -> Given:
        """An option in the one spelling that every option has: its long name, and its value behind `=`."""
        return cls(name, value, (f"--{name}" if value is None else f"--{name}={value}",))


@dataclass(frozen=True)
class Line:
    """One call: the words that name the command, what the command is, its options and its operands in order.

    `command` is the plain name: `docker image build` and `docker buildx build` are `build`.
    """

    words: tuple[str, ...]
    command: str
    options: tuple[Given, ...]
    operands: tuple[str, ...]
    group: str = ""

    @property
    def argv(self) -> list[str]:
        """The words to give to the client."""
        found = list(self.words)
        for option in self.options:
            found += option.words
        # Nothing behind `--` is taken for an option; without one an operand that looks like one would be.
        if any(operand.startswith("-") and operand != "-" for operand in self.operands[:1]):
            found.append("--")
        return [*found, *self.operands]

    def values(self, name: str) -> list[str]:
        """The values of an option, in order."""
        return [option.value for option in self.options if option.name == name and option.value is not None]

    def value(self, name: str) -> str | None:
        """The value of an option that counts, which is the last one; None when it is not given."""
        found = self.values(name)
        return found[-1] if found else None

    def has(self, name: str) -> bool:
        """Whether a switch is on."""
        given = [option for option in self.options if option.name == name]
        return bool(given) and given[-1].on

    def without(self, *names: str) -> Line:
        """The line without some options."""
        return replace(self, options=tuple(option for option in self.options if option.name not in names))

    def with_option(self, name: str, value: str | None = None) -> Line:
        """The line with one option more."""
        return replace(self, options=(*self.options, Given.of(name, value)))

    def mapped(self, name: str, change: Callable[[str], str]) -> Line:
        """The line with every value of an option changed."""
        return replace(
            self,
            options=tuple(
                Given.of(name, change(option.value)) if option.name == name and option.value is not None else option
                for option in self.options
            ),
        )

    def with_operands(self, operands: Sequence[str]) -> Line:
        """The line with other operands."""
        return replace(self, operands=tuple(operands))


def parse(argv: Sequence[str], program: str = "docker") -> Line:
    """What a client is asked; options before the command, which say where the engine is, are left out."""
    call = read((program, *argv))
    if call is None or not call.verb:
        return Line(tuple(argv), "", (), ())
    options = [Given.of(option.name, option.value) for option in call.options if option not in call.extra]
    # An option that no table knows stays as it is: the client knows it, or says that it does not.
    options += [Given(word, None, (word,)) for word in argv if word.partition("=")[0] in call.unknown]
    words = ("buildx", "build") if call.buildx and call.verb == "build" else tuple(call.verb.split())
    return Line(words, call.verb, tuple(options), call.operands, call.group)
