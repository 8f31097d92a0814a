"""What libraries that start programs hand to a program."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.interpret.python.values import Dotted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.interpret.python.values import FunctionValue
    from migrator.source import Span
    from migrator.trace.state import Status

_TASKS = frozenset(("invoke.task", "invoke.tasks.task", "fabric.task", "fabric.tasks.task"))


class Inside(ABC):
    """What a `with` may stand in."""

    @abstractmethod
    def enter(self) -> object:
        """What the `with` binds to its name."""

    @abstractmethod
    def leave(self) -> None:
        """Does what is done at the end of the block, however it ends."""


@dataclass(eq=False)
class ContextValue:
    """A context of Invoke; `here` says whether its `run` runs on this machine, and `local` whether its `local` does."""

    here: bool = True
    local: bool = False
    folders: list[str] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Pushed(Inside):
    """A text that stands in a list while a block runs: `c.cd(…)`, `c.prefix(…)`."""

    texts: list[str]
    text: str

    def enter(self) -> object:
        """Puts the text at the end of the list."""
        self.texts.append(self.text)
        return None

    def leave(self) -> None:
        """Takes it off again."""
        self.texts.pop()


@dataclass(frozen=True, eq=False)
class TaskMark:
    """What `@task(…)` says: what runs before and after, the name, and whether it is Fabric's."""

    pre: tuple[object, ...] = ()
    post: tuple[object, ...] = ()
    name: str | None = None
    fabric: bool = False


@dataclass(frozen=True, eq=False)
class TaskValue:
    """A task of the program."""

    function: FunctionValue
    mark: TaskMark

    @property
    def name(self) -> str:
        """The name that it is called by, with underscores."""
        return self.mark.name or self.function.node.name


@dataclass(frozen=True, eq=False)
class TaskCall:
    """`call(task, …)` of Invoke: a task with what it is given."""

    task: TaskValue
    given: tuple[object, ...]
    named: Mapping[str, object]


@dataclass(frozen=True, eq=False)
class Ended:
    """A `Result` of Invoke."""

    status: Status
    stdout: object
    span: Span


# Exceptions whose arguments say how the program ends.
EXITS = frozenset(("invoke.Exit", "invoke.exceptions.Exit"))
# Whoever is handed one of these can start programs with it.
RUNS = (ContextValue, TaskValue, TaskCall)


def mark_of(value: object) -> TaskMark | None:
    """What a decorator says of a task; None for any other decorator."""
    if isinstance(value, Dotted) and value.name in _TASKS:
        return TaskMark(fabric=value.name.startswith("fabric"))
    return value if isinstance(value, TaskMark) else None


__all__ = ["EXITS", "RUNS", "ContextValue", "Ended", "Inside", "Pushed", "TaskCall", "TaskMark", "TaskValue", "mark_of"]
