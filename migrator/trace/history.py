"""The order in which a run came to the parts of its script, as a chain that copies of a state share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrator.shell.syntax import Command
    from migrator.source import Span
    from migrator.trace.workspace import Workspace


@dataclass(frozen=True)
class Began:
    """A simple command began; `index` is its number in the run. A `Left` ends it."""

    index: int


@dataclass(frozen=True, eq=False)
class Entered:
    """A statement that holds others began, on the files that it found."""

    node: Command
    workspace: Workspace


@dataclass(frozen=True, eq=False)
class Left:
    """The command or statement that began last and is not over yet is over."""

    workspace: Workspace


class Decision(StrEnum):
    """What was made of a condition that cannot be known."""

    GIVES_UP = "gives up"  # one of the two ways ends the script and makes nothing, so that the other one is followed
    SAME = "same"  # both ways come to the same; the one that does more is the one in the history
    HOLDS = "holds"  # this run is about the way on which the condition holds
    FAILS = "fails"


@dataclass(frozen=True)
class Decided:
    """A condition at `span` could not be known."""

    span: Span
    decision: Decision


Event = Began | Entered | Left | Decided


@dataclass(frozen=True, eq=False)
class History:
    """The latest event, and what was before it; None is the beginning."""

    event: Event
    earlier: History | None


def in_order(history: History | None) -> tuple[Event, ...]:
    """The events from the first to the latest."""
    found = []
    while history is not None:
        found.append(history.event)
        history = history.earlier
    return tuple(reversed(found))
