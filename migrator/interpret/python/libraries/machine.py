"""`local` of plumbum: programs by their names, the working folder, the environment, and paths.

https://plumbum.readthedocs.io/en/latest/local_machine.html and …/paths.html
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from migrator.commands.base import absolute
from migrator.interpret.python import files
from migrator.interpret.python.called import Called
from migrator.interpret.python.libraries.refuse import refused, refused_at
from migrator.interpret.python.libraries.things import (
    CommandValue,
    Folder,
    LocalEnvironment,
    LocalPath,
    Variables,
    WorkFolder,
)
from migrator.interpret.python.values import PathText, Unknown

if TYPE_CHECKING:
    from migrator.interpret.python.program import Running
    from migrator.source import Span

LIBRARY = "plumbum"
_LOCAL = frozenset(("plumbum.local", "plumbum.machines.local.local", "plumbum.machines.local"))


def imported(run: Running) -> None:
    """The library has a copy of the environment from now on."""
    if LIBRARY not in run.kept:
        run.kept[LIBRARY] = LocalEnvironment(taken=_exported(run))


def environment(called: Called) -> LocalEnvironment | None:
    """That copy; None where the program's own environment is another one by now."""
    found = called.run.kept.get(LIBRARY)
    known = isinstance(found, LocalEnvironment) and found.taken == _exported(called.run)
    return found if known and isinstance(found, LocalEnvironment) else None


def _exported(run: Running) -> dict[str, str]:
    state = run.shell.state
    return {name: state.variables.get(name, "") for name in sorted(state.exported)}


def of_module(run: Running, owner: str, name: str, span: Span) -> object:
    """`owner.name` of the library; None for what is just another name of it."""
    if owner == "plumbum.cmd":
        return program(run, name, span)
    if owner not in _LOCAL:
        return None
    match name:
        case "cwd":
            return WorkFolder(run.shell.state.cwd)
        case "env":
            return run.kept.get(LIBRARY)
        case _:
            return None


def is_local(name: str) -> bool:
    """Whether a name is that of the machine that the program runs on."""
    return name in _LOCAL


def program(run: Running, name: object, span: Span) -> object:
    """`local[name]`: a program of the path, or one that stands at a place."""
    if not isinstance(name, str | PathText):
        return refused_at(run, LIBRARY, "what it runs is not known", span)
    text = run.text(name, span)
    if "/" in text:
        return CommandValue((absolute(run.shell.state.cwd, text),))
    if text == "docker_compose":
        text = "docker-compose"
    if "_" in text or not text:
        return refused_at(run, LIBRARY, "which program it is depends on the machine", span)
    return CommandValue((text,))


def call(called: Called) -> object:
    """Calls something of the machine."""
    match called.name.rpartition(".")[2]:
        case "path" if called.given and not called.named:
            return path_of(called)
        case "get" if len(called.given) == 1:
            return program(called.run, called.given[0], called.span)
        case "which":
            return Unknown(called.span)
        case _:
            return refused(called, LIBRARY, "it is not known")


def path_of(called: Called) -> object:
    """`local.path(…)`: always from the root."""
    parts = [called.run.text(one, called.span) for one in called.given if isinstance(one, str | PathText)]
    if len(parts) < len(called.given) or any(one.startswith("~") for one in parts):
        return refused(called, LIBRARY, "the path is not known")
    return LocalPath(posixpath.normpath(posixpath.join(called.run.shell.state.cwd, *parts)))


def folder(called: Called) -> object:
    """`local.cwd(…)`: another working folder while a block runs."""
    value = called.value(0, "newdir")
    if not isinstance(value, str | PathText):
        return refused(called, LIBRARY, "the folder is not known")
    return Folder(called, called.run.text(value, called.span))


def variables(called: Called, owner: LocalEnvironment) -> object:
    """`local.env(…)`: other variables while a block runs."""
    given: dict[object, object] = {}
    for one in called.given:
        if not isinstance(one, dict):
            return refused(called, LIBRARY, "the environment is not known")
        given |= one
    given.update(called.named)
    return Variables(owner, {str(name): called.run.text(value, called.span) for name, value in given.items()})


def joined(path: LocalPath, more: object) -> object:
    """`path / more`; None where that is something else."""
    if not isinstance(more, str | PathText):
        return None
    return LocalPath(posixpath.normpath(posixpath.join(path.text, more if isinstance(more, str) else more.text)))


def attribute(path: LocalPath, name: str) -> object:
    """`path.name`; None for what every path has."""
    return LocalPath(posixpath.dirname(path.text)) if name in ("dirname", "parent") else None


def of_path(called: Called, path: LocalPath) -> object:
    """A method of a path."""
    name = called.name.rpartition(".")[2]
    if name == "chdir" and isinstance(path, WorkFolder):
        return files.change_folder(Called(called.run, "os.chdir", called.given, called.named, called.span))
    if name == "getpath":
        return LocalPath(path.text)
    if name == "up":
        count = called.value(0, "count", 1)
        if isinstance(count, int):
            return LocalPath(posixpath.normpath(posixpath.join(path.text, *[".."] * count)))
    if name in ("join", "joinpath", "__truediv__") and all(isinstance(one, str | PathText) for one in called.given):
        texts = [called.run.text(one, called.span) for one in called.given]
        return LocalPath(posixpath.normpath(posixpath.join(path.text, *texts)))
    match name:
        case "delete" if not called.given and not called.named:
            called.command(["rm", "-rf", path.text])
            return None
        case "mkdir" if not called.given and not called.named:
            called.command(["mkdir", "-p", path.text])
            return None
        case "copy" | "move" if len(called.given) == 1 and not called.named:
            return _sent(called, path, name)
        case "exists" | "is_file" | "is_dir" | "open":
            return files.of_path(called, PathText(path.text))
        case _:
            return refused(called, LIBRARY, "it is not known")


def _sent(called: Called, path: LocalPath, name: str) -> object:
    """`path.copy(to)`, `path.move(to)`."""
    to = called.given[0]
    is_folder = called.run.shell.state.workspace.is_folder(path.text)
    if not isinstance(to, str | PathText) or is_folder is None:
        return refused(called, LIBRARY, "what goes where is not known")
    place = called.run.text(to, called.span)
    if name == "copy" and not is_folder:
        called.command(["mkdir", "-p", posixpath.dirname(absolute(called.run.shell.state.cwd, place))])
    function = "shutil.move" if name == "move" else "shutil.copytree" if is_folder else "shutil.copy2"
    files.COMMANDS[function](Called(called.run, function, (PathText(path.text), place), {}, called.span))
    return LocalPath(posixpath.normpath(place))


__all__ = [
    "LIBRARY", "attribute", "call", "environment", "folder", "imported", "is_local", "joined", "of_module", "of_path",
    "path_of", "program", "variables",
]  # fmt: skip
