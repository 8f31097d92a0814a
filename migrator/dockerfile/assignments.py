"""ENV, LABEL and ARG as names with values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.dockerfile.syntax import Argument, Dockerfile, Instruction, Stage
    from migrator.source import Span


@dataclass(frozen=True)
class Pair:
    """One `name=value` of ENV, LABEL or ARG as written: quotes and variables are still in the value.

    `value` is None for an ARG without a default. `span` covers the whole item.
    """

    name: str
    value: str | None
    span: Span


def pairs(instruction: Instruction) -> tuple[Pair, ...]:
    """The assignments of an ENV, LABEL or ARG; of the old form `ENV name value` the only one."""
    arguments = instruction.arguments
    if instruction.keyword in {"ENV", "LABEL"} and arguments and "=" not in arguments[0].text:
        if len(arguments) != 2:
            return ()
        return (Pair(arguments[0].text, arguments[1].text, arguments[0].span.to(arguments[1].span)),)
    return tuple(_pair(argument) for argument in arguments)


def _pair(argument: Argument) -> Pair:
    name, equals, value = argument.text.partition("=")
    return Pair(name, value if equals else None, argument.span)


def declared_args(stage: Stage) -> tuple[Pair, ...]:
    """Every ARG of a stage, in order."""
    return tuple(_args(stage.instructions))


def global_args(dockerfile: Dockerfile) -> tuple[Pair, ...]:
    """Every ARG before the first FROM, in order."""
    return tuple(_args(dockerfile.preamble))


def _args(instructions: tuple[Instruction, ...]) -> Iterator[Pair]:
    for instruction in instructions:
        if instruction.keyword == "ARG":
            yield from pairs(instruction)
