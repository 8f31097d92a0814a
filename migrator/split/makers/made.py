"""What a recognised command makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.split.fat import Fat
from migrator.split.statements import Statement

if TYPE_CHECKING:
    from migrator.source import Span


@dataclass(frozen=True)
class Output:
    """A file that is made, or a folder in which files are made whose names are not known.

    With `whole` what is in the folder belongs together. With `always` it goes into the running image whatever the
    command names. `added` says that the base has files in the folder, too, the interpreter among them.
    """

    path: str
    folder: bool = False
    always: bool = False
    whole: bool = False
    added: bool = False

    def holds(self, path: str) -> bool:
        """Whether a path is this, or may be in it."""
        return path == self.path or (self.folder and path.startswith(f"{self.path.rstrip('/')}/"))


@dataclass(frozen=True)
class Made:
    """A command that only builds: `kind` names it for people, `language` says whose sources it reads.

    Without outputs it is a step on the way, such as `go vet`.
    """

    kind: str
    language: str
    span: Span
    outputs: tuple[Output, ...] = ()


Maker = Callable[[Statement, Fat], Made | None]


def operands(statement: Statement, valued: frozenset[str] = frozenset()) -> list[str | None]:
    """The words behind the program that are neither options nor the values of those in `valued`."""
    found: list[str | None] = []
    words = iter(statement.operands)
    for word in words:
        if word in valued:
            next(words, None)
        elif word is None or not word.startswith("-"):
            found.append(word)
    return found


def links_statically(language: str, statement: Statement) -> bool:
    """Whether a command that compiles says itself that what it makes needs no library."""
    words = [word or "" for word in statement.words]
    if language == "go":
        return statement.variables.get("CGO_ENABLED") == "0"
    if language == "rust":
        return any("musl" in word for word in words)
    return "-static" in words
