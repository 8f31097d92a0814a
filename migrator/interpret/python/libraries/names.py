"""Which functions are those of libraries that start programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.interpret.python.libraries import context, programs, tasks
from migrator.interpret.python.libraries.refuse import refused, refused_at
from migrator.interpret.python.libraries.things import RUNS, ContextValue, Ended, ProgramValue, is_library
from migrator.interpret.python.values import Dotted, Method, PythonError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from migrator.interpret.python.called import Called
    from migrator.interpret.python.program import Running
    from migrator.source import Span

_NAMES = {"invoke": context.INVOKE, "fabric": context.FABRIC, "sh": programs.LIBRARY}
_INNER = re.compile(r"^(invoke|fabric)\.(tasks|context|runners|connection|exceptions)\.")


def attribute(run: Running, owner: ContextValue | Ended | ProgramValue, name: str, span: Span) -> object:
    """`owner.name` of what a library hands out."""
    if not isinstance(owner, ProgramValue):
        return context.attribute(run, owner, name, span)
    if name.startswith("_"):
        return refused_at(run, programs.LIBRARY, "it is not known", span)
    return Method(owner, name) if name == "bake" else programs.attribute(owner, name)


def call(called: Called) -> object:
    """Calls a function of a library."""
    if called.name.partition(".")[0] == "sh":
        return programs.call(called)
    name = _INNER.sub(r"\1.", called.name)
    model = _FUNCTIONS.get(name)
    if model is None:
        return refused(called, _NAMES[name.partition(".")[0]], "it is not known")
    return model(called)


def told(function: object, called: Called) -> object:
    """What is said of a call of a library whose arguments are not known; None for every other call."""
    owner = function.owner if isinstance(function, Method) else function
    if isinstance(owner, RUNS):
        return refused(called, context.INVOKE, "what it is given is not known")
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


__all__ = ["attribute", "call", "told"]
