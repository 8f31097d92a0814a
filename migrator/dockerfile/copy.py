"""COPY and ADD as typed values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.dockerfile.documents import opening

if TYPE_CHECKING:
    from migrator.dockerfile.syntax import Argument, HereDocument, Instruction, Stage


@dataclass(frozen=True)
class Copy:
    """A COPY or ADD: what it takes, where it puts it, and how. Nothing in it is expanded.

    `sources` leaves out the here-documents, which are in `documents`. `from_` is what stands in `--from`: a stage's
    name or number, or an image.
    """

    instruction: Instruction
    sources: tuple[Argument, ...]
    destination: Argument
    from_: str | None
    chown: str | None
    chmod: str | None
    link: bool
    parents: bool
    exclude: tuple[str, ...]
    documents: tuple[HereDocument, ...]
    is_add: bool


def as_copy(instruction: Instruction) -> Copy | None:
    """The typed view of a COPY or ADD; None for another instruction, or for one without a destination."""
    if instruction.keyword not in {"COPY", "ADD"} or len(instruction.arguments) < 2:
        return None
    *sources, destination = instruction.arguments
    return Copy(
        instruction=instruction,
        sources=tuple(source for source in sources if instruction.json or opening(source.text) is None),
        destination=destination,
        from_=instruction.flag("from"),
        chown=instruction.flag("chown"),
        chmod=instruction.flag("chmod"),
        link=_switch(instruction, "link"),
        parents=_switch(instruction, "parents"),
        exclude=tuple(flag.value or "" for flag in instruction.flags if flag.name == "exclude"),
        documents=instruction.documents,
        is_add=instruction.keyword == "ADD",
    )


def copies(stage: Stage) -> tuple[Copy, ...]:
    """Every COPY and ADD of a stage, in order."""
    found = (as_copy(instruction) for instruction in stage.instructions)
    return tuple(copy for copy in found if copy is not None)


def _switch(instruction: Instruction, name: str) -> bool:
    """A flag that is on when it is there, unless its value says `false`."""
    value = instruction.flag(name)
    return value is not None and value.lower() != "false"
