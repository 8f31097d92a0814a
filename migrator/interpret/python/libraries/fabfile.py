"""Fabric 1: `local(…)` runs on this machine; what runs elsewhere (`run`, `sudo`, `put`) is not followed.

https://docs.fabfile.org/en/1.15/api/core/operations.html and …/api/core/context_managers.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.interpret.python import texts
from migrator.interpret.python.called import Called
from migrator.interpret.python.libraries.refuse import refused, refused_at
from migrator.interpret.python.libraries.things import Captured, Changed, Once, Settings, TaskMark, TaskValue
from migrator.interpret.python.processes import run_text
from migrator.interpret.python.values import Dotted, FunctionValue, PathText, PythonError, Raw, Unknown
from migrator.trace.state import Channels, Input
from migrator.trace.streams import NOTHING
from migrator.trace.symbols import is_known

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from migrator.interpret.python.program import Running
    from migrator.interpret.python.values import Scope
    from migrator.source import Span

LIBRARY = "Fabric"
# What `from fabric.api import *` binds.
NAMES = tuple(
    "cd hide settings show path prefix lcd quiet warn_only remote_tunnel shell_env hosts roles runs_once with_settings "
    "task serial parallel require prompt put get run sudo local reboot open_shell env output abort warn puts fastprint "
    "execute".split()
)
MODULES = ("api", "operations", "context_managers", "decorators", "state", "utils", "tasks", "colors", "contrib")
_SHELLS = frozenset((None, "/bin/sh", "/bin/bash", "bash", "sh", "/usr/bin/bash"))
# Settings that say where and how the program runs what: a change of one is not followed.
_OWN = frozenset(
    "lcwd command_prefixes path path_behavior shell_env ok_ret_codes abort_exception parallel cwd roles".split()
)
_REMOTE = frozenset("run sudo put get reboot open_shell exists upload_template rsync_project append".split())
_COLOURS = frozenset("blue cyan green magenta red white yellow".split())


def is_first(name: str) -> bool:
    """Whether a name is one of Fabric 1's."""
    head, _, rest = name.partition(".")
    return head == "fabric" and rest.partition(".")[0] in MODULES and name != "fabric.tasks.task"


def settings_of(run: Running) -> Settings:
    """`env` of the program."""
    found = run.kept.setdefault(LIBRARY, Settings())
    return found if isinstance(found, Settings) else Settings()


def set_value(run: Running, owner: Settings, name: str, value: object, span: Span) -> None:
    """`env.name = value`."""
    if name == "warn_only" and isinstance(value, bool):
        owner.warns = value
    elif name in _OWN or name == "warn_only":
        refused_at(run, LIBRARY, f"env.{name} is changed", span)
    else:
        owner.others[name] = value


def get_value(owner: Settings, name: str, span: Span) -> object:
    """`env.name`."""
    return owner.warns if name == "warn_only" else owner.others.get(name, Unknown(span, pure=True))


def ended(value: Captured, name: str, span: Span) -> object:
    """`result.failed` and its like; None for what every text has."""
    code = value.status.code
    shell = value.status.shell
    match name:
        case "failed" | "succeeded":
            if code is not None:
                return (code == 0) == (name == "succeeded")
            return Unknown(span, (shell if name == "succeeded" else f"! {shell}") if shell else None)
        case "return_code":
            return Unknown(span, f"! {shell}" if shell else None) if code is None else code
        case "stdout":
            return str(value)
        case "stderr" | "command" | "real_command":
            return Unknown(span, pure=True)
        case _:
            return None


def call(called: Called) -> object:
    """Calls a function of Fabric 1."""
    module, _, name = called.name.rpartition(".")
    if module == "fabric.colors" and name in _COLOURS:
        return called.value(0, "text")
    model = _FUNCTIONS.get(name)
    return model(called) if model is not None else refused(called, LIBRARY, _why(name))


def _why(name: str) -> str:
    return "it runs on another machine" if name in _REMOTE else "it is not known"


# --- what runs here ---------------------------------------------------------------------------------------------------


def _local(called: Called) -> object:
    command, capture = called.value(0, "command"), called.value(1, "capture", default=False)
    shell = called.value(2, "shell")
    known = isinstance(command, str) and isinstance(capture, bool) and (shell is None or isinstance(shell, str))
    if not known or not called.only("command", "capture", "shell") or shell not in _SHELLS:
        return refused(called, LIBRARY, "the command is not known, or how it is run")
    now = settings_of(called.run)
    channels = Channels(Input(NOTHING))
    status = run_text(called, _whole(now, str(command)), channels)
    if status is None:
        return refused(called, LIBRARY, "what it runs is not known")
    if status.code not in (0, None) and not now.warns:
        raise PythonError("SystemExit", 1)
    text = called.run.decoded(Raw(channels.collected()), called.span) if capture else ""
    if not isinstance(text, str):
        return Unknown(called.span)
    stripped = texts.of_text(Called(called.run, "str.strip", (), {}, called.span), text)
    found = Captured(stripped if isinstance(stripped, str) else called.run.text(stripped, called.span))
    found.status = status
    return found


def _whole(now: Settings, command: str) -> str:
    """A command with the folder, the commands and the variables that stand before it."""
    before = [f"cd {now.folder} >/dev/null"] if now.folder else []
    before += now.prefixes
    if now.variables:
        before.append("export " + " ".join(f'{name}="{_escaped(text)}"' for name, text in now.variables.items()))
    return " && ".join([*before, command])


def _escaped(text: str) -> str:
    for character in ('"', "$", "`"):
        text = text.replace(character, f"\\{character}")
    return text


# --- settings ---------------------------------------------------------------------------------------------------------


def _folder(called: Called) -> object:
    value = called.value(0, "path")
    if not isinstance(value, str | PathText):
        return refused(called, LIBRARY, "the folder is not known")
    text = called.run.text(value, called.span).replace(" ", "\\ ")
    return Changed(settings_of(called.run), (("folder", text),))


def _prefix(called: Called) -> object:
    value = called.value(0, "command")
    if not isinstance(value, str):
        return refused(called, LIBRARY, "the command is not known")
    return Changed(settings_of(called.run), (("prefix", value),))


def _variables(called: Called) -> object:
    values = {name: value for name, value in called.named.items() if isinstance(value, str)}
    if called.given or len(values) < len(called.named):
        return refused(called, LIBRARY, "the environment is not known")
    return Changed(settings_of(called.run), (("variables", values),))


def _settings(called: Called) -> object:
    changes: list[tuple[str, object]] = []
    for one in called.given:
        if not isinstance(one, Changed):
            return refused(called, LIBRARY, "what it is given is not known")
        changes += one.changes
    for name, value in called.named.items():
        if name == "warn_only" and isinstance(value, bool):
            changes.append(("warns", value))
        elif name in _OWN or name in ("warn_only", "clean_revert"):
            return refused(called, LIBRARY, name)
        else:
            changes.append((name, value))
    return Changed(settings_of(called.run), tuple(changes))


def _quiet(called: Called) -> object:
    return Changed(settings_of(called.run), (("warns", True),))


def _same(called: Called) -> object:
    return Changed(settings_of(called.run), ())


# --- tasks ------------------------------------------------------------------------------------------------------------


def _mark(called: Called) -> object:
    name = called.named.get("name")
    if called.given or not called.only("name", "alias", "aliases", "default") or not isinstance(name, str | None):
        return refused(called, LIBRARY, "what it makes of the task is not known")
    return TaskMark(name=name, first=True)


def _execute(called: Called) -> object:
    first = called.value(0, "task")
    if {"host", "hosts", "role", "roles", "exclude_hosts"} & set(called.named):
        return refused(called, LIBRARY, "how often it runs the task is not known")
    if not isinstance(first, FunctionValue | TaskValue | Once):
        return refused(called, LIBRARY, "the task is not known")
    if _is_once(called.run, first, called.span):
        run_task(called.run, first, called.given[1:], dict(called.named), called.span)
    return Unknown(called.span, pure=True)


def _is_once(run: Running, task: object, span: Span) -> bool:
    """Whether a task runs once; for each of several machines it would run once more."""
    hosts = settings_of(run).others.get("hosts", [])
    several = not isinstance(hosts, list | tuple) or len(hosts) > 1
    function = task.function if isinstance(task, TaskValue) else task
    if several and not isinstance(function, Once):
        refused_at(
            run, LIBRARY, "env.hosts has several machines, or is not known: the task may run several times", span
        )
        return False
    return True


def run_task(run: Running, task: object, given: tuple[object, ...], named: dict[str, object], span: Span) -> object:
    """Calls a task, or a function that runs once."""
    function = task.function if isinstance(task, TaskValue) else task
    if isinstance(function, Once):
        if not function.found:
            function.found.append(run.invoke(function.function, given, named, span))
        return function.found[0]
    return run.invoke(function, given, named, span) if isinstance(function, FunctionValue) else Unknown(span)


def start(run: Running, scope: Scope, name: str) -> None:
    """Runs a task as `fab NAME:…` does: what it is given are texts, by position or as `name=value`."""
    whole = run.program.source.whole
    found = [one for one in scope.names.values() if isinstance(one, TaskValue) and one.name == name]
    task: object = found[-1] if found else scope.names.get(name)
    if not isinstance(task, TaskValue | FunctionValue | Once):
        refused_at(run, LIBRARY, f"what the task {name} is, is not known", whole)
        return
    given: list[object] = []
    named: dict[str, object] = {}
    for word in run.shell.state.positional:
        option, sign, value = word.partition("=")
        if not is_known(word) or "\\" in word:
            refused_at(run, LIBRARY, "what the task is given is not known", whole)
            return
        if sign:
            named[option] = value
        else:
            given.append(word)
    if _is_once(run, task, whole):
        run_task(run, task, tuple(given), named, whole)


def decorated(value: object, function: FunctionValue) -> object:
    """What a decorator of Fabric 1 makes of a function; None for every other decorator."""
    if isinstance(value, Dotted) and is_first(value.name):
        name = value.name.rpartition(".")[2]
        return Once(function) if name == "runs_once" else function if name == "serial" else None
    return None


def _nothing(_: Called) -> object:
    return None


def _abort(_: Called) -> NoReturn:
    raise PythonError("SystemExit", 1)


_FUNCTIONS: dict[str, Callable[[Called], object]] = {
    "local": _local, "lcd": _folder, "prefix": _prefix, "shell_env": _variables, "settings": _settings,
    "quiet": _quiet, "warn_only": _quiet, "hide": _same, "show": _same, "cd": _same, "task": _mark,
    "execute": _execute, "abort": _abort, "puts": _nothing, "warn": _nothing, "fastprint": _nothing,
}  # fmt: skip


__all__ = [
    "LIBRARY", "NAMES", "call", "decorated", "ended", "get_value", "is_first", "run_task", "set_value", "settings_of",
    "start",
]  # fmt: skip
