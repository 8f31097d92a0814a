"""What libraries that start programs hand to a program."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.interpret.python.values import Dotted, Environment, Method, PathText

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.interpret.python.called import Called
    from migrator.interpret.python.values import FunctionValue
    from migrator.source import Span
    from migrator.trace.state import Status
    from migrator.trace.streams import Stream

FIRST_TASKS = frozenset(("fabric.api.task", "fabric.decorators.task"))
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
    """What `@task(…)` says: what runs before and after, the name, and whether it is Fabric's.

    The tasks of Fabric 1 (`first`) are functions without a context.
    """

    pre: tuple[object, ...] = ()
    post: tuple[object, ...] = ()
    name: str | None = None
    fabric: bool = False
    first: bool = False


@dataclass(frozen=True, eq=False)
class TaskValue:
    """A task of the program."""

    function: FunctionValue | Once
    mark: TaskMark

    @property
    def itself(self) -> FunctionValue:
        """The function."""
        return self.function.function if isinstance(self.function, Once) else self.function

    @property
    def name(self) -> str:
        """The name that it is called by, with underscores."""
        return self.mark.name or self.itself.node.name


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


@dataclass(frozen=True, eq=False)
class ProgramValue:
    """A program of `sh` with what is baked in: `layers` of arguments, and options for how it is run."""

    words: tuple[str, ...]
    layers: tuple[tuple[tuple[object, ...], Mapping[str, object]], ...]
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Piped:
    """A program of `sh` whose output goes to another one."""

    stream: Stream


class Captured(str):
    """What `local(…)` of Fabric 1 gives: what the command printed, with how it ended."""

    __slots__ = ("status",)
    status: Status


@dataclass(eq=False)
class Settings:
    """`env` of Fabric 1, which is the same for the whole program; what only other machines are for is in `others`."""

    folder: str = ""
    prefixes: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    warns: bool = False
    others: dict[str, object] = field(default_factory=dict)

    def taken(self) -> tuple[object, ...]:
        """All of it, as it is now."""
        return (self.folder, self.prefixes, self.variables, self.warns, dict(self.others))

    def put_back(self, taken: tuple[object, ...]) -> None:
        """All of it as it was."""
        self.folder, self.prefixes, self.variables, self.warns, self.others = taken  # type: ignore[assignment]


@dataclass(eq=False)
class Changed(Inside):
    """Settings of Fabric 1 that are others while a block runs: `lcd`, `prefix`, `shell_env`, `settings`."""

    settings: Settings
    changes: tuple[tuple[str, object], ...]
    before: tuple[object, ...] = ()

    def enter(self) -> object:
        """Changes them, each from what it is when the block begins."""
        self.before = self.settings.taken()
        for name, value in self.changes:
            if name == "folder":
                joins = self.settings.folder and not str(value).startswith(("/", "~"))
                self.settings.folder = f"{self.settings.folder}/{value}" if joins else str(value)
            elif name == "prefix":
                self.settings.prefixes = (*self.settings.prefixes, str(value))
            elif name == "variables" and isinstance(value, dict):
                self.settings.variables = value
            elif name == "warns":
                self.settings.warns = value is True
            else:
                self.settings.others[name] = value
        return None

    def leave(self) -> None:
        """Puts everything back."""
        self.settings.put_back(self.before)


@dataclass(eq=False)
class Once:
    """A function of Fabric 1 that runs once, however often it is called; `found` has what it gave."""

    function: FunctionValue
    found: list[object] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class CommandValue:
    """A command of plumbum that is not run yet: its words, its place, its files, and the command that feeds it.

    `files` has under `in`, `out`, `more` (behind what is there) and `data` what its streams are.
    """

    words: tuple[object, ...]
    place: Mapping[str, object] = field(default_factory=dict)
    files: Mapping[str, object] = field(default_factory=dict)
    source: CommandValue | None = None


@dataclass(frozen=True, eq=False)
class HowToRun:
    """What stands behind the `&` of a command of plumbum: `FG`, `TF`, `RETCODE`, `TEE`; and what it expects."""

    name: str
    expected: object = 0


@dataclass(frozen=True)
class LocalPath(PathText):
    """A path of plumbum."""


@dataclass(frozen=True)
class WorkFolder(LocalPath):
    """`local.cwd` of plumbum: a path that can be called."""


@dataclass(eq=False)
class LocalEnvironment(Environment):
    """`local.env` of plumbum: a copy of `os.environ`, taken when the library is imported (`taken`)."""

    taken: Mapping[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class Variables(Inside):
    """Variables of `local.env` while a block runs."""

    environment: LocalEnvironment
    more: Mapping[str, str]
    before: Mapping[str, str] = field(default_factory=dict)

    def enter(self) -> object:
        """Sets them."""
        self.before = dict(self.environment.changes)
        self.environment.changes.update(self.more)
        return None

    def leave(self) -> None:
        """Puts everything back as it was."""
        self.environment.changes.clear()
        self.environment.changes.update(self.before)


class Printed(str):
    """What a program of `sh` printed, as it was printed."""

    __slots__ = ()


@dataclass(eq=False)
class Folder(Inside):
    """Another working folder while a block runs."""

    called: Called
    path: str
    before: str = ""

    def enter(self) -> object:
        """Goes there."""
        self.before = self.called.run.shell.state.cwd
        self.called.command(["cd", self.path], fails="FileNotFoundError")
        return None

    def leave(self) -> None:
        """Comes back."""
        if self.before:
            self.called.run.shell.state.cwd = self.before


# Exceptions whose arguments say how the program ends.
EXITS = frozenset(("invoke.Exit", "invoke.exceptions.Exit"))
# Whoever is handed one of these can start programs with it.
RUNS = (ContextValue, TaskValue, TaskCall, ProgramValue, Piped, CommandValue, Once)


LIBRARIES = ("invoke", "fabric", "sh", "plumbum")


def is_library(name: str) -> bool:
    """Whether a function is one of a library that starts programs."""
    return name.partition(".")[0] in LIBRARIES


def runs(value: object) -> bool:
    """Whether programs can be started with a value."""
    owner = value.owner if isinstance(value, Method) else value
    return isinstance(owner, RUNS) or (isinstance(owner, Dotted) and is_library(owner.name))


def mark_of(value: object) -> TaskMark | None:
    """What a decorator says of a task; None for any other decorator."""
    if isinstance(value, Dotted) and value.name in _TASKS:
        return TaskMark(fabric=value.name.startswith("fabric"))
    if isinstance(value, Dotted) and value.name in FIRST_TASKS:
        return TaskMark(first=True)
    return value if isinstance(value, TaskMark) else None


__all__ = [
    "EXITS", "FIRST_TASKS", "RUNS", "Captured", "Changed", "CommandValue", "ContextValue", "Ended", "Folder",
    "HowToRun", "Inside", "LocalEnvironment", "LocalPath", "Once", "Piped", "Printed", "ProgramValue", "Pushed",
    "Settings", "TaskCall", "TaskMark", "TaskValue", "Variables", "WorkFolder", "is_library", "mark_of", "runs",
]  # fmt: skip
