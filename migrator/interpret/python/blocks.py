"""`with`, `except` and `raise` (Python Language Reference, sections 7.8, 8.4 and 8.5), with objects of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.interpret.python import classes
from migrator.interpret.python.archives import ended
from migrator.interpret.python.libraries.refuse import refused_at
from migrator.interpret.python.libraries.things import EXITS, Inside, runs
from migrator.interpret.python.values import (
    ABOVE,
    Bound,
    Caught,
    ClassValue,
    Dotted,
    FunctionValue,
    LoopEnded,
    NextRound,
    ObjectValue,
    PythonError,
    Returned,
    Unknown,
)
from migrator.python import syntax
from migrator.rules import python as rules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

    from migrator.interpret.python.program import Running
    from migrator.interpret.python.values import Scope


def within(run: Running, items: Sequence[tuple[syntax.Expression, syntax.Expression | None]],
            body: Sequence[syntax.Statement], scope: Scope) -> None:  # fmt: skip
    """Runs the body of a `with` inside of its items, the first one outermost."""
    if not items:
        run.body(body, scope)
        return
    expression, target = items[0]
    value = entered = run.expressions.value(expression, scope)
    if isinstance(value, ObjectValue):
        entered = run.calls.apply(classes.attribute(run, value, "__enter__", expression.span), (), expression.span)
    if runs(value):
        refused_at(run, "a library", "what stands in it may be run in another way", expression.span)
    if isinstance(value, Inside):
        entered = value.enter()
    if target is not None:
        run.bind(target, entered, scope)
    try:
        within(run, items[1:], body, scope)
    except (PythonError, Returned, LoopEnded, NextRound) as signal:
        failed = isinstance(signal, PythonError)
        if not (isinstance(value, ObjectValue) and _left(run, value, expression, failed=failed)):
            raise
    else:
        ended(value)
        if isinstance(value, ObjectValue):
            _left(run, value, expression, failed=False)
    finally:
        if isinstance(value, Inside):
            value.leave()


def _left(run: Running, value: ObjectValue, node: syntax.Expression, *, failed: bool) -> bool:
    """Calls `__exit__`; whether it says that an exception is done with."""
    method = classes.attribute(run, value, "__exit__", node.span)
    given = [Unknown(node.span, pure=True) if failed else None] * 3
    answer = run.calls.apply(method, given, node.span)
    return failed and run.truth(answer, node)


def catches(run: Running, handler: syntax.Handler, error: PythonError, scope: Scope) -> bool:
    """Whether a handler is one for an exception."""
    if handler.kind is None:
        return True
    kinds = handler.kind.items if isinstance(handler.kind, syntax.Listing) else (handler.kind,)
    for kind in kinds:
        value = run.expressions.value(kind, scope) if not isinstance(kind, syntax.Starred) else None
        if isinstance(value, ClassValue):
            if error.thing is not None and classes.is_instance(error.thing, value):
                return True
            continue
        if not isinstance(value, Dotted):
            run.shell.note(rules.STATEMENT.at(kind.span, reason="an exception of a kind that is not known"))
        name = value.name.rpartition(".")[2] if isinstance(value, Dotted) else ""
        above = error.thing.type.errors if error.thing is not None else (
            error.kind, *ABOVE.get(error.kind, ("Exception", "BaseException"))
        )  # fmt: skip
        if name in above:
            return True
    return False


def raised(run: Running, node: syntax.Raise, scope: Scope) -> NoReturn:
    """Does what `raise` does."""
    if node.value is None:
        raise PythonError("")
    called = node.value.function if isinstance(node.value, syntax.Call) else node.value
    value = run.expressions.value(called, scope)
    if isinstance(value, FunctionValue | Bound | ClassValue):
        value = (
            run.expressions.value(node.value, scope)
            if isinstance(node.value, syntax.Call)
            else run.calls.apply(value, (), node.span)
        )
    if isinstance(value, ObjectValue):
        raise PythonError(value.type.name, thing=value)
    if isinstance(value, Caught):
        raise value.error
    if isinstance(value, Dotted) and value.name in EXITS and isinstance(node.value, syntax.Call):
        run.expressions.value(node.value, scope)
    name = value.name.rpartition(".")[2] if isinstance(value, Dotted) else "Exception"
    if name == "SystemExit" and isinstance(node.value, syntax.Call):
        given = [run.expressions.value(one.value, scope) for one in node.value.arguments]
        run.calls.leave(given[0] if given else None)
    raise PythonError(name)


__all__ = ["catches", "raised", "within"]
