"""Which file of a repository is read how: a shell script as it stands, and every other input as shell text."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from migrator.errors import UsageError
from migrator.frontends import fabfile, foreign, just, package, tasks
from migrator.frontends.ci import services as ci
from migrator.frontends.make import follow as make
from migrator.frontends.program import Program
from migrator.source import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.project import Project


class FrontEnd(Protocol):
    """One kind of input."""

    def reads(self, path: str) -> bool:
        """Whether a file of this name is of this kind."""

    def parts(self, project: Project, path: str, env: Mapping[str, str]) -> list[str]:
        """What of such a file can be named, such as targets; the empty text is the whole file."""

    def default(self, parts: list[str]) -> str | None:
        """The part that is meant when none is named; None when one has to be."""

    def program(self, project: Project, path: str, part: str, args: tuple[str, ...], env: Mapping[str, str]) -> Program:
        """The shell text that a part comes to."""

    def command(self, path: str, part: str, args: tuple[str, ...]) -> tuple[str, ...] | None:
        """The program that runs a part for real, from the repository's root; None when only its text can be run."""


class _Make:
    """Makefiles; a part is a target."""

    def reads(self, path: str) -> bool:
        return make.is_makefile(path)

    def parts(self, project: Project, path: str, env: Mapping[str, str]) -> list[str]:
        return make.targets(project, path, env)

    def default(self, parts: list[str]) -> str | None:
        return parts[0] if parts else None

    def program(self, project: Project, path: str, part: str, args: tuple[str, ...], env: Mapping[str, str]) -> Program:
        return make.program(project, path, part, args, env)

    def command(self, path: str, part: str, args: tuple[str, ...]) -> tuple[str, ...] | None:
        folder, base = posixpath.split(path)
        return ("make", *(("-C", folder) if folder else ()), "-f", base, part, *args)


class _Just:
    """Justfiles; a part is a recipe."""

    def reads(self, path: str) -> bool:
        return just.is_justfile(path)

    def parts(self, project: Project, path: str, _env: Mapping[str, str]) -> list[str]:
        return just.recipes(project, path)

    def default(self, parts: list[str]) -> str | None:
        return parts[0] if parts else None

    def program(self, project: Project, path: str, part: str, args: tuple[str, ...], env: Mapping[str, str]) -> Program:
        return just.program(project, path, part, args, env)

    def command(self, path: str, part: str, args: tuple[str, ...]) -> tuple[str, ...] | None:
        set_first = [word for word in args if "=" in word]
        return ("just", "--justfile", path, *set_first, part, *(word for word in args if "=" not in word))


class _Ci:
    """Files of CI services; a part is a job."""

    def reads(self, path: str) -> bool:
        return ci.is_ci_file(path)

    def parts(self, project: Project, path: str, _env: Mapping[str, str]) -> list[str]:
        return ci.jobs(project, path)

    def default(self, parts: list[str]) -> str | None:
        return parts[0] if parts else None

    def program(self, project: Project, path: str, part: str, args: tuple[str, ...], env: Mapping[str, str]) -> Program:
        return ci.program(project, path, part, args, env)

    def command(self, _path: str, _part: str, _args: tuple[str, ...]) -> tuple[str, ...] | None:
        return None


class _Package:
    """package.json; a part is a script of it."""

    def reads(self, path: str) -> bool:
        return package.is_package(path)

    def parts(self, project: Project, path: str, _env: Mapping[str, str]) -> list[str]:
        return package.scripts(project, path)

    def default(self, parts: list[str]) -> str | None:
        return parts[0] if parts else None

    def program(
        self, project: Project, path: str, part: str, _args: tuple[str, ...], env: Mapping[str, str]
    ) -> Program:
        return package.program(project, path, part, env)

    def command(self, _path: str, _part: str, _args: tuple[str, ...]) -> tuple[str, ...] | None:
        return None


class _Foreign:
    """Scripts of other shells: known for what they are, and not read."""

    def reads(self, path: str) -> bool:
        return foreign.language(path) is not None

    def parts(self, _project: Project, _path: str, _env: Mapping[str, str]) -> list[str]:
        return [""]

    def default(self, parts: list[str]) -> str | None:
        return parts[0]

    def program(
        self, project: Project, path: str, _part: str, _args: tuple[str, ...], _env: Mapping[str, str]
    ) -> Program:
        return foreign.program(project, path)

    def command(self, _path: str, _part: str, _args: tuple[str, ...]) -> tuple[str, ...] | None:
        return None


class _Tasks:
    """Python files with tasks of Invoke; a part is a task. What is in a file tells it, not its name."""

    def reads(self, _path: str) -> bool:
        return False

    def parts(self, project: Project, path: str, _env: Mapping[str, str]) -> list[str]:
        return tasks.tasks(project, path)

    def default(self, parts: list[str]) -> str | None:
        return parts[0] if parts else None

    def program(
        self, project: Project, path: str, part: str, args: tuple[str, ...], _env: Mapping[str, str]
    ) -> Program:
        return tasks.program(project, path, part, args)

    def command(self, path: str, part: str, args: tuple[str, ...]) -> tuple[str, ...] | None:
        return tasks.command(path, part, args)


class _Fabfile:
    """Python files with tasks of Fabric 1; a part is a task."""

    def reads(self, _path: str) -> bool:
        return False

    def parts(self, project: Project, path: str, _env: Mapping[str, str]) -> list[str]:
        return fabfile.tasks(project, path)

    def default(self, parts: list[str]) -> str | None:
        return parts[0] if parts else None

    def program(
        self, project: Project, path: str, part: str, args: tuple[str, ...], _env: Mapping[str, str]
    ) -> Program:
        return fabfile.program(project, path, part, args)

    def command(self, path: str, part: str, args: tuple[str, ...]) -> tuple[str, ...] | None:
        return fabfile.command(path, part, args)


_TASKS = _Tasks()
_FABFILE = _Fabfile()
FRONT_ENDS: tuple[FrontEnd, ...] = (_Make(), _Just(), _TASKS, _FABFILE, _Foreign(), _Package(), _Ci())


@dataclass(frozen=True)
class Named:
    """A part of an input that is no shell script: `Makefile:image`."""

    path: str
    part: str
    front_end: FrontEnd

    @property
    def name(self) -> str:
        """As it is written on the command line."""
        return f"{self.path}:{self.part}" if self.part else self.path


# Of each file it is asked several times, and repositories have many names in common.
@lru_cache(maxsize=1 << 14)
def front_end_of(path: str) -> FrontEnd | None:
    """What reads a file; None for a shell script and everything else."""
    return next((one for one in FRONT_ENDS if one.reads(path)), None)


def front_end_in(project: Project, path: str) -> FrontEnd | None:
    """The same for a file of a repository, whose text may tell what its name does not."""
    found = front_end_of(path)
    if found is None and path.endswith(".py"):
        found = _TASKS if tasks.is_tasks(project, path) else _FABFILE if fabfile.is_fabfile(project, path) else None
    return found


def named(project: Project, name: str, env: Mapping[str, str] | None = None) -> Named | None:
    """The part of an input that a name means; None when it names a script, or nothing.

    Raises UsageError when it names a file of several parts and none of them.
    """
    at = len(name)
    while at >= 0:
        path, part = name[:at], name[at + 1 :]
        reader = front_end_in(project, path) if path in project.files else None
        if reader is not None:
            return Named(path, part or _default(project, path, reader, env or {}), reader)
        at = name.rfind(":", 0, at)
    return None


def _default(project: Project, path: str, reader: FrontEnd, env: Mapping[str, str]) -> str:
    parts = reader.parts(project, path, env)
    default = reader.default(parts)
    if default is None:
        listed = ", ".join(f"{path}:{part}" for part in parts)
        raise UsageError(f"{path} has several parts: {listed}" if parts else f"{path} has nothing to run", "Name one.")
    return default


def file_of(project: Project, name: str) -> str:
    """The file that a name is about: the script itself, or the file that a part is in."""
    found = named(project, name)
    return name if found is None else found.path


def read(project: Project, name: str, args: tuple[str, ...] | None, env: Mapping[str, str]) -> Program:
    """The shell text that a name means: a script's own, or what a target, job or script of another file comes to."""
    found = named(project, name, env)
    if found is None:
        return Program(Source(name, project.text(name) or ""), args)
    return found.front_end.program(project, found.path, found.part, args or (), env)
