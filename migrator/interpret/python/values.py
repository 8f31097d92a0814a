"""Values of a Python program: those of Python where they are known, and classes of our own for everything else.

Texts are `str` with symbols in them, as in the shell's run; lists and dictionaries are Python's own, so that two names
of one list stay two names of one list.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.trace.symbols import is_known

if TYPE_CHECKING:
    from migrator.python import syntax
    from migrator.source import Span
    from migrator.trace.state import Status
    from migrator.trace.streams import Stream


@dataclass(frozen=True)
class Unknown:
    """A value that cannot be known; `shell` is bash text that is true when it is, where there is such text.

    `pure` says that calling it, or what is in it, changes nothing: what the standard library gives for a date, a log.
    """

    because: Span
    shell: str | None = None
    pure: bool = False


@dataclass(frozen=True)
class Dotted:
    """Something of a module, by its full name: `subprocess.run`."""

    name: str


@dataclass(frozen=True)
class PathText:
    """A `pathlib.Path`."""

    text: str


@dataclass(frozen=True)
class Raw:
    """Bytes, as a stream: what a command printed, or what is in a file."""

    stream: Stream


@dataclass(eq=False)
class FileValue:
    """An open file; `writes` says that it is written, `used` that something was."""

    path: str
    writes: bool
    binary: bool
    used: bool = False
    stream: Stream | None = None


@dataclass(eq=False)
class Environment:
    """`os.environ` (`real`), or a copy of it with changes; `whole` is false for one that begins empty."""

    real: bool = False
    whole: bool = True
    changes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Optional:
    """An environment variable that may not be set: `None`, or the text."""

    name: str
    text: str


@dataclass(eq=False)
class Completed:
    """A process that has ended."""

    status: Status
    output: object
    span: Span


@dataclass(eq=False)
class Scope:
    """Names and their values; `outer` is where a name is looked for that is not here.

    The body of a class is `hidden` from what stands in it, and `owner` is the class; `first` is the first argument of
    the function that this is the scope of.
    """

    names: dict[str, object] = field(default_factory=dict)
    outer: Scope | None = None
    elsewhere: dict[str, Scope] = field(default_factory=dict)
    hidden: bool = False
    owner: ClassValue | None = None
    first: object = None

    def find(self, name: str) -> object:
        """The value of a name, or MISSING."""
        scope: Scope | None = self.elsewhere.get(name, self)
        while scope is not None:
            if name in scope.names and (scope is self or not scope.hidden):
                return scope.names[name]
            scope = scope.outer
        return MISSING

    def bind(self, name: str, value: object) -> None:
        """Gives a name a value."""
        self.elsewhere.get(name, self).names[name] = value


@dataclass(frozen=True, eq=False)
class FunctionValue:
    """A function of the program, where it was defined, and the values of its defaults."""

    node: syntax.Function
    scope: Scope
    defaults: dict[str, object]


@dataclass(frozen=True, eq=False)
class LambdaValue(FunctionValue):
    """A function that is an expression."""


@dataclass(frozen=True)
class Field:
    """A field of a dataclass; `factory` makes its default where that is not one value."""

    name: str
    default: object
    factory: object
    by_name: bool
    init: bool


@dataclass(eq=False)
class ClassValue:
    """A class of the program; `fields` are those of a dataclass, `errors` the exceptions that it is one of."""

    name: str
    span: Span
    names: dict[str, object]
    base: ClassValue | None = None
    fields: tuple[Field, ...] | None = None
    frozen: bool = False
    is_tuple: bool = False
    errors: tuple[str, ...] = ()


@dataclass(eq=False)
class ObjectValue:
    """An object of a class of the program."""

    type: ClassValue
    names: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Bound:
    """A method of an object or a class."""

    function: FunctionValue
    owner: object


@dataclass(frozen=True, eq=False)
class Marked:
    """What a decorator makes of a method: `static`, `class`, `property` or `cached` (a property that is kept)."""

    kind: str
    function: FunctionValue


@dataclass(frozen=True, eq=False)
class Super:
    """`super()`: an object, seen as one of the class above."""

    type: ClassValue | None
    owner: ObjectValue | ClassValue


@dataclass(frozen=True, eq=False)
class Caught:
    """An exception that a handler caught."""

    error: PythonError


@dataclass(frozen=True, eq=False)
class ModuleValue:
    """A module of the repository."""

    name: str
    scope: Scope


@dataclass(frozen=True, eq=False)
class Method:
    """A method of a value that is known."""

    owner: object
    name: str


class Missing:
    """There is no such name."""


MISSING = Missing()


class PythonError(Exception):
    """An exception of the program: the name of its class, and how a process that it ends would end.

    `thing` is the exception itself, where its class is one of the program's.
    """

    def __init__(self, kind: str, code: int = 1, thing: ObjectValue | None = None) -> None:
        super().__init__(kind)
        self.kind, self.code, self.thing = kind, code, thing


def _builtin_errors() -> dict[str, tuple[str, ...]]:
    """Python's own exceptions, each with those above it; the old names of OSError are names of it."""
    found: dict[str, tuple[str, ...]] = {}
    for name, kind in vars(builtins).items():
        if isinstance(kind, type) and issubclass(kind, BaseException):
            names = [one.__name__ for one in kind.__mro__[:-1]]
            old = ["IOError", "EnvironmentError"] if "OSError" in names else []
            found[name] = tuple(one for one in (*names, *old) if one != name)
    return found


_SDK = ("DockerException", "Exception", "BaseException")
# What catches an exception besides its own name; for one that is not here, `Exception` and `BaseException`.
ABOVE: dict[str, tuple[str, ...]] = {
    **_builtin_errors(),
    "CalledProcessError": ("SubprocessError", "Exception", "BaseException"),
    "FrozenInstanceError": ("AttributeError", "Exception", "BaseException"),
    "DockerException": ("Exception", "BaseException"),
    "APIError": ("HTTPError", "OSError", "IOError", *_SDK),
    "NotFound": ("APIError", "HTTPError", "OSError", "IOError", *_SDK),
    "ImageNotFound": ("NotFound", "APIError", "HTTPError", "OSError", "IOError", *_SDK),
    "BuildError": _SDK,
    **{f"ErrorReturnCode_{code}": ("ErrorReturnCode", "Exception", "BaseException") for code in range(256)},
    "ProcessExecutionError": ("OSError", "IOError", "EnvironmentError", "Exception", "BaseException"),
    "UnexpectedExit": ("Failure", "Exception", "BaseException"),
    "ContainerError": _SDK,
}


BUILTINS = frozenset(
    (
        "print str int bool list tuple dict set len open range enumerate zip sorted reversed map filter any all repr "
        "isinstance exit quit min max sum getattr hasattr super input type format bytes iter next object "
        "staticmethod classmethod property vars"
    ).split()
) | {name for name in ABOVE if hasattr(builtins, name)}


class Returned(Exception):  # noqa: N818 — it carries control flow, not an error
    """`return`."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


class LoopEnded(Exception):  # noqa: N818 — it carries control flow, not an error
    """`break`."""


class NextRound(Exception):  # noqa: N818 — it carries control flow, not an error
    """`continue`."""


def is_plain(value: object) -> bool:
    """Whether a value is one of Python's own with no symbol in it."""
    if isinstance(value, str):
        return is_known(value)
    if isinstance(value, list | tuple | set):
        return all(is_plain(item) for item in value)
    if isinstance(value, dict):
        return all(is_plain(key) and is_plain(item) for key, item in value.items())
    return value is None or isinstance(value, bool | int | float | bytes)
