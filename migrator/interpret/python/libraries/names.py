"""Which functions are those of libraries that start programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.interpret.python.libraries import commands, context, fabfile, machine, programs, tasks
from migrator.interpret.python.libraries.refuse import refused, refused_at
from migrator.interpret.python.libraries.things import (
    RUNS,
    Captured,
    CommandValue,
    ContextValue,
    Ended,
    LocalEnvironment,
    LocalPath,
    Once,
    ProgramValue,
    Settings,
    is_library,
)
from migrator.interpret.python.values import Dotted, Method, PythonError, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from migrator.interpret.python.called import Called
    from migrator.interpret.python.program import Running
    from migrator.source import Span

_NAMES = {
    "invoke": context.INVOKE, "fabric": context.FABRIC, "sh": programs.LIBRARY, "plumbum": machine.LIBRARY,
}  # fmt: skip


_INNER = re.compile(r"^(invoke|fabric)\.(tasks|context|runners|connection|exceptions)\.")


def imported(run: Running, module: str) -> None:
    """Says that a module is imported: plumbum has a copy of the environment from there on."""
    if module.partition(".")[0] == machine.LIBRARY:
        machine.imported(run)


def of_module(run: Running, owner: str, name: str, span: Span) -> object:
    """`owner.name` of a module, where that is a value of a library; None where it is a name."""
    if owner in ("fabric.api", "fabric.state") and name == "env":
        return fabfile.settings_of(run)
    return machine.of_module(run, owner, name, span) if owner.startswith(machine.LIBRARY) else None


def attribute(run: Running, owner: object, name: str, span: Span) -> object:
    """`owner.name` of what a library hands out; None where it has nothing of its own there."""
    match owner:
        case ContextValue() | Ended():
            return context.attribute(run, owner, name, span)
        case ProgramValue() if name.startswith("_"):
            return refused_at(run, programs.LIBRARY, "it is not known", span)
        case ProgramValue():
            return Method(owner, name) if name == "bake" else programs.attribute(owner, name)
        case CommandValue():
            return commands.attribute(run, owner, name, span)
        case LocalPath():
            return machine.attribute(owner, name)
        case Captured():
            return fabfile.ended(owner, name, span)
        case Settings():
            return Method(owner, name) if name in ("get", "update") else fabfile.get_value(owner, name, span)
        case LocalEnvironment() if name in ("path", "home"):
            return refused_at(run, machine.LIBRARY, "it is not known", span)
        case _:
            return None


def item(run: Running, owner: object, index: object, span: Span) -> object:
    """`owner[index]` of what a library hands out, or of a module; None for everything else."""
    if isinstance(owner, CommandValue):
        return commands.bound(run, owner, index, span)
    if isinstance(owner, Settings) and isinstance(index, str):
        return fabfile.get_value(owner, index, span)
    if isinstance(owner, Dotted) and machine.is_local(owner.name):
        return machine.program(run, index, span)
    return None


def set_value(run: Running, owner: object, name: object, value: object, span: Span) -> bool:
    """`owner.name = value` and `owner[name] = value`; whether a library gives it a meaning."""
    if isinstance(owner, Settings) and isinstance(name, str):
        fabfile.set_value(run, owner, name, value, span)
        return True
    return False


def star(module: str) -> tuple[str, ...]:
    """The names that `from module import *` binds, where they are known."""
    return fabfile.NAMES if module == "fabric.api" else ()


def operation(run: Running, operator: str, left: object, right: object, span: Span) -> object:
    """`left operator right` where a library gives it a meaning; None for everything else."""
    if isinstance(left, LocalPath):
        return machine.joined(left, right) if operator == "/" else None
    return commands.operation(run, operator, left, right, span)


def called_value(function: object, called: Called) -> object:
    """Calls what a library hands out; the call itself where it is none of that."""
    match function:
        case ProgramValue():
            return programs.method(called, function, ())
        case CommandValue():
            return commands.call(called, function)
        case Once():
            return fabfile.run_task(called.run, function, called.given, dict(called.named), called.span)
        case LocalEnvironment():
            return machine.variables(called, function)
        case LocalPath():
            return machine.folder(called)
        case _:
            return called


def method(owner: object, name: str, called: Called) -> object:
    """Calls a method of what a library hands out; the call itself where it is none of that."""
    match owner:
        case ProgramValue():
            return programs.method(called, owner, (name,))
        case ContextValue():
            return context.of_context(called, owner)
        case CommandValue():
            return commands.method(called, owner, name)
        case LocalPath():
            return machine.of_path(called, owner)
        case Settings():
            return _of_settings(called, owner, name)
        case _:
            return called


def _of_settings(called: Called, owner: Settings, name: str) -> object:
    """`env.get(…)` and `env.update(…)` of Fabric 1."""
    if name == "get" and isinstance(called.value(0, "key"), str):
        found = fabfile.get_value(owner, str(called.value(0, "key")), called.span)
        default = called.value(1, "default")
        return default if isinstance(found, Unknown) and default is not None else found
    given = called.given[0] if called.given else {}
    if name == "update" and isinstance(given, dict):
        for key, value in {**given, **called.named}.items():
            fabfile.set_value(called.run, owner, str(key), value, called.span)
        return None
    return refused(called, fabfile.LIBRARY, "it is not known")


def call(called: Called) -> object:
    """Calls a function of a library."""
    library = called.name.partition(".")[0]
    if library == "sh":
        return programs.call(called)
    if library == machine.LIBRARY:
        if machine.is_local(called.name.rpartition(".")[0]):
            return machine.call(called)
        last = called.name.rpartition(".")[2]
        if last == "LocalPath":
            return machine.path_of(called)
        return commands.way(called) if last.isupper() else refused(called, machine.LIBRARY, "it is not known")
    if fabfile.is_first(called.name):
        return fabfile.call(called)
    name = _INNER.sub(r"\1.", called.name)
    model = _FUNCTIONS.get(name)
    if model is None:
        return refused(called, _NAMES[name.partition(".")[0]], "it is not known")
    return model(called)


def told(function: object, called: Called) -> object:
    """What is said of a call of a library whose arguments are not known; None for every other call."""
    owner = function.owner if isinstance(function, Method) else function
    if isinstance(owner, RUNS):
        library = machine.LIBRARY if isinstance(owner, CommandValue) else context.INVOKE
        library = fabfile.LIBRARY if isinstance(owner, Once) else library
        return refused(called, library, "what it is given is not known")
    if isinstance(owner, Dotted) and is_library(owner.name):
        return refused(called, _NAMES[owner.name.partition(".")[0]], "what it is given is not known")
    return None


def _context(called: Called) -> object:
    if called.given or called.named:
        return refused(called, context.INVOKE, "settings are not read")
    return ContextValue()


def _connection(_: Called) -> object:
    return ContextValue(here=False, local=True)


def _run(called: Called) -> object:
    return context.run_here(called, ContextValue())


def _exit(called: Called) -> NoReturn:
    message, code = called.value(0, "message"), called.value(1, "code")
    raise PythonError("Exit", code if isinstance(code, int) else 1 if message else 0)


_FUNCTIONS: dict[str, Callable[[Called], object]] = {
    "invoke.task": tasks.mark, "fabric.task": tasks.mark, "invoke.call": tasks.prepared,
    "invoke.Context": _context, "fabric.Connection": _connection, "invoke.run": _run, "invoke.Exit": _exit,
}  # fmt: skip


__all__ = [
    "attribute", "call", "called_value", "imported", "item", "method", "of_module", "operation",
    "set_value", "star", "told",
]  # fmt: skip
