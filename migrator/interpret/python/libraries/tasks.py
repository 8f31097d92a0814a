"""Tasks of Invoke and Fabric: functions that are run by their names, each once, what it needs before it.

https://docs.pyinvoke.org/en/stable/concepts/invoking-tasks.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.frontends.fabfile import is_first as fabfile_tasks
from migrator.frontends.tasks import called as called_by
from migrator.interpret.python.libraries import fabfile
from migrator.interpret.python.libraries.refuse import refused, refused_at
from migrator.interpret.python.libraries.things import ContextValue, TaskCall, TaskMark, TaskValue
from migrator.interpret.python.values import PythonError, Unknown
from migrator.trace.symbols import is_known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.interpret.python.called import Called
    from migrator.interpret.python.program import Running
    from migrator.interpret.python.values import Scope
    from migrator.python import syntax

_SETTINGS = ("invoke.yaml", "invoke.yml", "invoke.json", "invoke.py", "fabric.yaml", "fabric.yml", "fabric.json")
# What a decorator may say without another way to run the task.
_TOLD = frozenset("name aliases default help pre post positional optional autoprint auto_shortflags".split())


def mark(call: Called) -> object:
    """`task(…)`, as a decorator."""
    fabric = call.name.startswith("fabric")
    pre, post = (*call.given, *_listed(call.named.get("pre"))), _listed(call.named.get("post"))
    name = call.named.get("name")
    known = all(isinstance(one, TaskValue | TaskCall) for one in (*pre, *post))
    if not known or not call.only(*_TOLD) or not isinstance(name, str | None):
        return refused(call, _library(call), "what it makes of the task is not known")
    return TaskMark(pre, post, name, fabric)


def _listed(value: object) -> tuple[object, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _library(call: Called) -> str:
    return "Fabric" if call.name.startswith("fabric") else "Invoke"


def prepared(call: Called) -> object:
    """`call(task, …)`."""
    task = call.value(0, "")
    if not isinstance(task, TaskValue):
        return refused(call, "Invoke", "the task is not known")
    return TaskCall(task, call.given[1:], dict(call.named))


def called(task: TaskValue, call: Called) -> object:
    """A task that is called as a function: it alone, whatever stands before and behind it."""
    if task.mark.first:
        return fabfile.run_task(call.run, task, call.given, dict(call.named), call.span)
    if not call.given or not isinstance(call.given[0], ContextValue):
        if call.given and isinstance(call.given[0], Unknown):
            return refused(call, "Invoke", "the context is not known")
        raise PythonError("TypeError")
    return call.run.invoke(task.itself, call.given, call.named, call.span)


def start_task(run: Running, scope: Scope, name: str) -> None:
    """Runs a task as `invoke NAME …` does."""
    run.of_tasks = True
    whole = run.program.source.whole
    if fabfile_tasks(run.program.source.text):
        fabfile.start(run, scope, name)
        return
    for setting in ("ns", "namespace"):
        if setting in scope.names:
            refused_at(run, "Invoke", "the tasks are put together by the program itself", whole)
    if any(path.rpartition("/")[2] in _SETTINGS for path in run.shell.project.files):
        refused_at(run, "Invoke", "the repository has settings for it, which are not read", whole)
    known = [one for one in scope.names.values() if isinstance(one, TaskValue)]
    tasks = [one for one in known if called_by(one.name) == called_by(name)]
    if not tasks:
        refused_at(run, "Invoke", f"what the task {name} is, is not known", whole)
        return
    given = _arguments(run, tasks[-1].itself.node, run.shell.state.positional)
    if given is None:
        refused_at(run, "Invoke", "what the task is given is not understood", tasks[-1].itself.node.span)
        return
    done: list[TaskCall] = []
    for one in _in_order(TaskCall(tasks[-1], (), given)):
        if any(one.task is other.task and (one.given, one.named) == (other.given, other.named) for other in done):
            continue
        done.append(one)
        run.shell.here = one.task.itself.node.span
        fabric = one.task.mark.fabric
        context = ContextValue(here=not fabric, local=fabric)
        run.invoke(one.task.itself, (context, *one.given), one.named, one.task.itself.node.span)


def _in_order(one: TaskCall) -> list[TaskCall]:
    """A task with those that run before and behind it."""
    found: list[TaskCall] = []
    for other in (*one.task.mark.pre, one, *one.task.mark.post):
        if other is one:
            found.append(one)
        elif isinstance(other, TaskValue):
            found += _in_order(TaskCall(other, (), {}))
        elif isinstance(other, TaskCall):
            found += _in_order(other)
    return found


def _arguments(run: Running, node: syntax.Function, words: Sequence[str]) -> dict[str, object] | None:
    """What a task is given on the command line; None where that is not understood."""
    _ = run
    named = {called_by(one.name): one for one in node.parameters[1:]}
    waiting = [one for one in node.parameters[1:] if one.default is None]
    found: dict[str, object] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        option, sign, value = word.removeprefix("--").partition("=")
        if not is_known(option):
            return None
        if not word.startswith("-"):
            if not waiting:
                return None
            found[waiting.pop(0).name] = word
            continue
        parameter = named.get(option) if word.startswith("--") else None
        default = getattr(parameter.default, "value", None) if parameter is not None else None
        if parameter is None or parameter.star or not isinstance(default, str | bool | None):
            return None
        if default is False and not sign:
            found[parameter.name] = True
        elif isinstance(default, bool) or (not sign and not rest):
            return None
        else:
            found[parameter.name] = value if sign else rest.pop(0)
        waiting = [one for one in waiting if one.name not in found]
    return found


__all__ = ["called", "mark", "prepared", "start_task"]
