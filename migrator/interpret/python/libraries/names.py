"""Which functions are those of libraries that start programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.interpret.python.libraries import context, tasks
from migrator.interpret.python.libraries.refuse import refused
from migrator.interpret.python.libraries.things import RUNS, ContextValue
from migrator.interpret.python.values import Dotted, Method, PythonError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from migrator.interpret.python.called import Called

_NAMES = {"invoke": context.INVOKE, "fabric": context.FABRIC}
_INNER = re.compile(r"^(invoke|fabric)\.(tasks|context|runners|connection|exceptions)\.")


def is_library(name: str) -> bool:
    """Whether a function is one of such a library."""
    return name.partition(".")[0] in _NAMES


def call(called: Called) -> object:
    """Calls a function of a library."""
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


__all__ = ["call", "is_library", "told"]
