"""A plan as the text of a Dockerfile: the original lines byte for byte where they need not change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.dockerfile.edit import copy_line, literal
from migrator.dockerfile.parse import parse
from migrator.dockerfile.uses import uses
from migrator.errors import InternalError
from migrator.source import Source
from migrator.split.development import lines as pruning
from migrator.split.plan import copy_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from migrator.dockerfile.syntax import Instruction
    from migrator.split.fat import Fat
    from migrator.split.plan import Carried, Plan

# What says how the image runs: the builder has no use for it.
RUN_ONLY = frozenset({"CMD", "ENTRYPOINT", "EXPOSE", "HEALTHCHECK", "STOPSIGNAL", "LABEL", "MAINTAINER"})


@dataclass(frozen=True)
class Runtime:
    """What the last stage is: its base as it stands behind FROM, and what differs there from the original's.

    `without` are instructions that it cannot have, `before` are lines behind FROM.
    """

    base: str | None = None
    without: frozenset[int] = frozenset()
    before: tuple[str, ...] = ()
    carried: tuple[Carried, ...] = ()
    texts: dict[int, str] = field(default_factory=dict)


def written(plan: Plan, runtime: Runtime = Runtime()) -> str:
    """The text of the split Dockerfile. Raises InternalError where it does not read as what was meant."""
    fat = plan.fat
    builder, last = _names(fat)
    text = fat.dockerfile.source.text
    head = text[: fat.stage.origin.span.start]
    origin = fat.stage.origin
    flags = " ".join(flag.span.text for flag in origin.flags)
    start = "FROM " + (f"{flags} " if flags else "")
    lines = [head + f"{start}{fat.stage.image} AS {builder}"]
    lines += [*_builder(plan), *pruning(plan)]
    own = runtime.base or fat.stage.image
    lines += ["", f"{'FROM ' if runtime.base else start}{own} AS {last}", *runtime.before]
    lines += _runtime(plan, runtime, builder)
    behind = fat.instructions[-1].span.end if fat.instructions else origin.span.end
    rest = text[behind:].replace("\r\n", "\n").strip("\n")
    result = "\n".join([*lines, *([rest] if rest.strip() else [])]) + "\n"
    _check(fat, result)
    return result


def _names(fat: Fat) -> tuple[str, str]:
    taken = {fat.stage.image.lower(), *(one.flag("from") or "" for one in fat.instructions)}
    last = next(name for name in (fat.stage.name, "runtime", "final", "split-runtime") if name and name not in taken)
    return next(name for name in ("builder", "build", "compiler", "split-builder") if name not in {last, *taken}), last


def _pieces(fat: Fat) -> list[str]:
    """Each instruction with the comments above it, without the line ends around."""
    text = fat.dockerfile.source.text
    at = fat.stage.origin.span.end
    found = []
    for instruction in fat.instructions:
        found.append(text[at : instruction.span.end].replace("\r\n", "\n").strip("\n"))
        at = instruction.span.end
    return found


def _builder(plan: Plan) -> Iterator[str]:
    pieces = _pieces(plan.fat)
    for index, instruction in enumerate(plan.fat.instructions[: plan.end + 1]):
        if instruction.keyword not in RUN_ONLY:
            yield pieces[index]


def _runtime(plan: Plan, runtime: Runtime, builder: str) -> Iterator[str]:
    pieces = _pieces(plan.fat)
    escape = plan.fat.dockerfile.escape
    dropped = plan.dropped | runtime.without
    texts = {**plan.texts, **runtime.texts}
    needed = _arguments(plan.fat, dropped)
    carried = list(copies((*plan.carried, *runtime.carried), builder, escape))
    if plan.at < 0:
        yield from carried
    for index, instruction in enumerate(plan.fat.instructions):
        if index in texts and index not in dropped:
            yield texts[index]
        elif index not in dropped and (instruction.keyword != "ARG" or index in needed):
            yield pieces[index]
        if index == plan.at:
            yield from carried


def _arguments(fat: Fat, dropped: Iterable[int]) -> frozenset[int]:
    """The ARGs that something behind them uses; a RUN has them all in its environment."""
    gone = set(dropped)
    found = set()
    for index, instruction in enumerate(fat.instructions):
        if instruction.keyword != "ARG":
            continue
        names = {argument.text.partition("=")[0] for argument in instruction.arguments}
        rest = [one for at, one in enumerate(fat.instructions) if at > index and at not in gone]
        if any(_takes(fat, one, names) for one in rest):
            found.add(index)
    return frozenset(found)


def _takes(fat: Fat, instruction: Instruction, names: set[str]) -> bool:
    return instruction.keyword == "RUN" or any(use.name in names for use in uses(fat.dockerfile, instruction))


def copies(carried: Iterable[Carried], builder: str, escape: str) -> Iterator[str]:
    """The COPY of each path, to where it was."""
    for one in carried:
        source, target = copy_words(one)
        yield copy_line([source], literal(target, escape), from_=builder)


def _check(fat: Fat, text: str) -> None:
    found = parse(Source(fat.path, text))
    if found.diagnostics != fat.dockerfile.diagnostics and any(one.severity == "error" for one in found.diagnostics):
        raise InternalError(f"the split Dockerfile does not read: {found.diagnostics[0].message}")
    if len(found.stages) != 2:
        raise InternalError(f"the split Dockerfile has {len(found.stages)} stages")
