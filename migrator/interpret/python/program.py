"""Statements of a Python program (Python Language Reference, chapters 7 and 8), run abstractly."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.commands.control import Exit
from migrator.interpret.execute import DEEPEST, TooLongError
from migrator.interpret.fork import Choice
from migrator.interpret.python import blocks, classes
from migrator.interpret.python.archives import EVERY, ArchiveValue, Members
from migrator.interpret.python.calls import Calls
from migrator.interpret.python.expressions import Expressions
from migrator.interpret.python.given import Given
from migrator.interpret.python.libraries import names as libraries
from migrator.interpret.python.libraries.tasks import start_task
from migrator.interpret.python.loops import bound_in, flat, only_leaves, only_passes, only_says, unpacks
from migrator.interpret.python.sdk.calls import unread
from migrator.interpret.python.sdk.things import Log
from migrator.interpret.python.values import (
    MISSING,
    Caught,
    ClassValue,
    Dotted,
    Environment,
    FunctionValue,
    LoopEnded,
    ModuleValue,
    NextRound,
    ObjectValue,
    Optional,
    PythonError,
    Raw,
    Returned,
    Scope,
    Unknown,
)
from migrator.python import syntax
from migrator.python.parse import NotPythonError, parse
from migrator.rules import python as rules
from migrator.source import Source
from migrator.trace.state import FAILURE, SUCCESS, Status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from migrator.interpret.record import Recorder
    from migrator.source import Span

_ROUNDS = 1000


class Running(Given):
    """One abstract run of a program in the state of a shell's run; `result` gives how it ends.

    `kept` is what a library keeps while the program runs.
    """

    def __init__(self, shell: Recorder, program: syntax.Program) -> None:
        super().__init__(shell, program)
        self.expressions = Expressions(self)
        self.calls = Calls(self)
        self.modules: dict[str, ModuleValue] = {}
        self.logs: list[Log] = []
        self.path = program.source.whole.file
        self.of_tasks = False
        self.kept: dict[str, object] = {}
        self.depth = 0
        self.spent = 0

    def result(self, task: str | None = None) -> Status:
        """Runs the whole program, or one task of a file of them; raises Exit as a script's `exit` does."""
        name = "__main__" if task is None else posixpath.splitext(posixpath.basename(self.path))[0]
        scope = Scope({"__name__": name, "__file__": f"{self.shell.root}/{self.path}"})
        try:
            self.body(self.program.body, scope)
            if task is not None:
                start_task(self, scope, task)
        except PythonError as error:
            raise Exit(Status(error.code)) from None
        except (Returned, LoopEnded, NextRound):
            return FAILURE
        finally:
            unread(self)
        return SUCCESS

    # --- statements -------------------------------------------------------------------------------------------------

    def body(self, statements: Sequence[syntax.Statement], scope: Scope) -> None:
        """Runs statements one after the other."""
        for statement in statements:
            self.spent += 1
            if self.spent > _ROUNDS * 20:
                raise TooLongError
            self.shell.here = statement.span
            self.statement(statement, scope)

    def statement(self, node: syntax.Statement, scope: Scope) -> None:
        """Runs one statement."""
        match node:
            case syntax.Evaluate():
                self.expressions.value(node.value, scope)
            case syntax.Assign():
                self._assign(node, scope)
            case syntax.If():
                taken = self._gives_up(node, scope)
                if taken is None:
                    taken = self.truth(self.expressions.value(node.condition, scope), node.condition)
                self.body(node.body if taken else node.otherwise, scope)
            case syntax.For():
                self._for(node, scope)
            case syntax.While():
                self._while(node, scope)
            case syntax.With():
                self._with(node, scope)
            case syntax.Try():
                self._try(node, scope)
            case syntax.Function():
                scope.bind(node.name, self._defined(node, scope))
            case syntax.Class():
                scope.bind(node.name, classes.defined(self, node, scope))
            case syntax.Declaration():
                pass
            case syntax.Return():
                raise Returned(self.expressions.value(node.value, scope) if node.value is not None else None)
            case syntax.Raise():
                blocks.raised(self, node, scope)
            case syntax.Import():
                self._import(node, scope)
            case syntax.Plain():
                if node.word == "break":
                    raise LoopEnded
                if node.word == "continue":
                    raise NextRound
            case syntax.Outer():
                outermost = scope
                while outermost.outer is not None and (node.word == "global" or outermost is scope or outermost.hidden):
                    outermost = outermost.outer
                scope.elsewhere.update(dict.fromkeys(node.names, outermost))
            case syntax.Assert():
                if not self.truth(self.expressions.value(node.condition, scope), node.condition):
                    raise PythonError("AssertionError")
            case syntax.Opaque():
                self._opaque(node)

    def _opaque(self, node: syntax.Opaque) -> None:
        plain = node.reason == "Del" and re.fullmatch(r"del [\w, ]+", node.span.text)
        if not plain:
            self.shell.note(rules.STATEMENT.at(node.span, reason=node.reason))

    def _assign(self, node: syntax.Assign, scope: Scope) -> None:
        value = self.expressions.value(node.value, scope)
        if node.operator is not None:
            old = self.expressions.value(node.targets[0], scope)
            if isinstance(old, list) and isinstance(value, list | tuple) and node.operator == "+":
                old += value
                value = old
            else:
                value = self.expressions.operation(node.operator, old, value, node)
        for target in node.targets:
            self.bind(target, value, scope)

    def bind(self, target: syntax.Expression, value: object, scope: Scope) -> None:
        """Gives a target of an assignment its value."""
        match target:
            case syntax.Name():
                scope.bind(target.name, value)
            case syntax.Listing():
                items = self.expressions.items(value)
                plain = [item for item in target.items if not isinstance(item, syntax.Starred)]
                if items is None or len(items) != len(target.items) or len(plain) != len(target.items):
                    items = [Unknown(target.span)] * len(plain)
                for item, one in zip(plain, items, strict=False):
                    self.bind(item, one, scope)
            case syntax.Subscript():
                self._bind_item(target, value, scope)
            case syntax.Attribute():
                owner = self.expressions.value(target.value, scope)
                if libraries.set_value(self, owner, target.name, value, target.span):
                    return
                if isinstance(owner, ObjectValue | ClassValue):
                    classes.set_attribute(self, owner, target.name, value, target.span)
                else:
                    self.calls.unknown("setattr", target.span)
            case _:
                self.shell.note(rules.STATEMENT.at(target.span, reason="an assignment"))

    def _bind_item(self, target: syntax.Subscript, value: object, scope: Scope) -> None:
        owner = self.expressions.value(target.value, scope)
        index = self.expressions.value(target.index, scope)
        if libraries.set_value(self, owner, index, value, target.span):
            return
        match owner:
            case Environment() if isinstance(index, str):
                self.set_variable(owner, index, self.text(value, target.span))
            case dict() if isinstance(index, str | int):
                owner[index] = value
            case list() if isinstance(index, int) and -len(owner) <= index < len(owner):
                owner[index] = value
            case _:
                self.shell.note(rules.STATEMENT.at(target.span, reason="an assignment"))

    def _for(self, node: syntax.For, scope: Scope) -> None:
        value = self.expressions.value(node.iterable, scope)
        # Bytes that are only written out again may as well be written at once.
        whole = isinstance(value, Raw) and only_passes(node)
        items = [value] if whole else self.expressions.items(value)
        if isinstance(value, Members | ArchiveValue) and unpacks(node):
            items = [EVERY]
        if isinstance(value, Log) and only_says(node):
            for name in bound_in(node):
                scope.bind(name, Unknown(node.span, pure=True))
            return
        if items is None:
            self.shell.note(rules.LOOP.at(node.iterable.span))
            self.shell.state.workspace = self.shell.state.workspace.tainted(node.span)
            return
        for item in items:
            self.bind(node.target, item, scope)
            try:
                self.body(flat(node.body) if whole else node.body, scope)
            except LoopEnded:
                return
            except NextRound:
                continue
        self.body(node.otherwise, scope)

    def _while(self, node: syntax.While, scope: Scope) -> None:
        for _ in range(_ROUNDS):
            decided = self.expressions.decided(self.expressions.value(node.condition, scope))
            if not isinstance(decided, bool):
                break
            if not decided:
                self.body(node.otherwise, scope)
                return
            try:
                self.body(node.body, scope)
            except LoopEnded:
                return
            except NextRound:
                continue
        self.shell.note(rules.LOOP.at(node.condition.span))

    def _with(self, node: syntax.With, scope: Scope) -> None:
        folder = self.shell.state.cwd
        blocks.within(self, node.items, node.body, scope)
        if any(isinstance(one, syntax.Call) and "chdir" in one.function.span.text for one, _ in node.items):
            self.shell.state.cwd = folder

    def _try(self, node: syntax.Try, scope: Scope) -> None:
        try:
            try:
                self.body(node.body, scope)
            except PythonError as error:
                handler = next((one for one in node.handlers if blocks.catches(self, one, error, scope)), None)
                if handler is None:
                    raise
                if handler.name is not None:
                    scope.bind(handler.name, error.thing or Caught(error))
                self._handle(handler, error, scope)
            else:
                self.body(node.otherwise, scope)
        finally:
            self.body(node.final, scope)

    def _handle(self, handler: syntax.Handler, error: PythonError, scope: Scope) -> None:
        try:
            self.body(handler.body, scope)
        except PythonError as again:
            raise (error if again.kind == "" else again) from None

    def _gives_up(self, node: syntax.If, scope: Scope) -> bool | None:
        """The way to go where the condition is not known and the other way only says something and ends the program."""
        for taken, ways in ((False, node.body), (True, node.otherwise)):
            if ways and only_leaves(ways):
                decided = self.expressions.decided(self.expressions.value(node.condition, scope))
                return decided if isinstance(decided, bool) else taken
        return None

    # --- functions and modules --------------------------------------------------------------------------------------

    def _defined(self, node: syntax.Function, scope: Scope) -> object:
        if not node.plain:
            return Unknown(node.span)
        return classes.marked(self, node, self.function(node, scope), scope)

    def function(self, node: syntax.Function, scope: Scope, kind: type[FunctionValue] = FunctionValue) -> FunctionValue:
        """A function, with the values that its defaults have here."""
        given = [one for one in node.parameters if one.default is not None]
        return kind(node, scope, {one.name: self.expressions.value(one.default, scope) for one in given if one.default})

    def invoke(
        self, function: FunctionValue, given: Sequence[object], named: Mapping[str, object], span: Span
    ) -> object:
        """Calls a function of the program."""
        names = dict(function.defaults)
        rest, more = list(given), dict(named)
        for one in function.node.parameters:
            if one.star == "*":
                names[one.name], rest = tuple(rest), []
            elif one.star == "**":
                names[one.name], more = more, {}
            elif rest and one.only != "*":
                names[one.name] = rest.pop(0)
            elif one.name in more:
                names[one.name] = more.pop(one.name)
            elif one.name not in names:
                raise PythonError("TypeError")
        if rest or more:
            raise PythonError("TypeError")
        self.depth += 1
        if self.depth > DEEPEST:
            self.shell.here = span
            raise RecursionError
        try:
            self.body(function.node.body, Scope(names, function.scope, first=given[0] if given else None))
        except Returned as signal:
            return signal.value
        finally:
            self.depth -= 1
        return None

    def _import(self, node: syntax.Import, scope: Scope) -> None:
        for module, name, alias in node.names:
            own = self._own_module(module)
            libraries.imported(self, module)
            if name is None:
                first = module if alias else module.partition(".")[0]
                scope.bind(alias or first, own if own is not None else Dotted(first))
            elif name == "*":
                known = libraries.star(module)
                if own is None and known:
                    self._import(syntax.Import(node.span, tuple((module, one, None) for one in known)), scope)
                elif own is None:
                    self.shell.note(rules.STATEMENT.at(node.span, reason="an import of names that are not known"))
                else:
                    scope.names.update({key: one for key, one in own.scope.names.items() if not key.startswith("_")})
            elif own is not None:
                found = own.scope.find(name)
                scope.bind(alias or name, Unknown(node.span) if found is MISSING else found)
            else:
                owner = Dotted(module)
                value = self.expressions.attribute(owner, syntax.Attribute(node.span, syntax.Name(node.span, ""), name))
                scope.bind(alias or name, value)

    def _own_module(self, module: str) -> ModuleValue | None:
        """A module that stands beside the program; importing it runs it."""
        folder = posixpath.dirname(self.path)
        path = posixpath.join(folder, module.lstrip(".").replace(".", "/") + ".py")
        if path in self.modules:
            return self.modules[path]
        text = self.shell.project.text(path)
        if text is None or not module.lstrip("."):
            return None
        found = self.modules[path] = ModuleValue(
            module, Scope({"__name__": module, "__file__": f"{self.shell.root}/{path}"})
        )
        try:
            self.body(parse(Source(path, text)).body, found.scope)
        except NotPythonError:
            raise PythonError("SyntaxError") from None
        return found

    def of_object(self, value: ObjectValue, span: Span) -> str:
        """An object as its `__str__` gives it."""
        return classes.shown(self, value, span)

    # --- conditions -------------------------------------------------------------------------------------------------

    def truth(self, value: object, node: syntax.Expression) -> bool:
        """Whether a value is true; where that is not known, the run splits into worlds."""
        decided = self.expressions.decided(value)
        if isinstance(decided, bool):
            return decided
        forks = self.shell.forks
        taken = forks.given[len(forks.made)] if len(forks.made) < len(forks.given) else True
        forks.made.append(Choice(node.span, taken, decided))
        if isinstance(value, Optional):
            self.assumed[value.name] = taken
        return taken

    def filled(self, left: object, node: syntax.Junction, scope: Scope) -> str | None:
        """`os.environ.get("X") or "y"` as one value, where it is one."""
        if not isinstance(left, Optional) or left.name in self.assumed:
            return None
        right = self.expressions.value(node.right, scope)
        return self.parameter(left.name, ":-", right, node.span) if isinstance(right, str) else None

    def certain(self, value: object) -> object:
        """A value that was found to be true, as that."""
        return value.text if isinstance(value, Optional) and self.assumed.get(value.name) else value


__all__ = ["Running"]
