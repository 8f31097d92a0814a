"""Expressions of a Python program (Python Language Reference, chapter 6) on values that may not be known."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from migrator.interpret.python import classes, files, texts
from migrator.interpret.python.archives import Member, Members, Memory
from migrator.interpret.python.libraries import names as library
from migrator.interpret.python.libraries.things import (
    Captured,
    CommandValue,
    ContextValue,
    Ended,
    LocalEnvironment,
    ProgramValue,
    Settings,
)
from migrator.interpret.python.options import Parsed
from migrator.interpret.python.sdk import calls as sdk
from migrator.interpret.python.sdk.things import Log
from migrator.interpret.python.values import (
    BUILTINS,
    MISSING,
    Bound,
    Caught,
    ClassValue,
    Completed,
    Dotted,
    Environment,
    FileValue,
    LambdaValue,
    Method,
    ModuleValue,
    ObjectValue,
    Optional,
    PathText,
    PythonError,
    Raw,
    Scope,
    Super,
    Unknown,
    is_plain,
)
from migrator.python import syntax
from migrator.trace.symbols import SymbolKind, is_known

if TYPE_CHECKING:
    from migrator.interpret.python.program import Running
    from migrator.trace.state import Status


class Expressions:
    """Evaluates expressions in a scope of a running program."""

    def __init__(self, run: Running) -> None:
        self.run = run

    def value(self, node: syntax.Expression, scope: Scope) -> object:
        """The value of an expression."""
        match node:
            case syntax.Constant():
                return node.value
            case syntax.Template():
                return self._template(node, scope)
            case syntax.Name():
                return self._name(node, scope)
            case syntax.Attribute():
                return self.attribute(self.value(node.value, scope), node)
            case syntax.Call():
                return self.run.calls.call(node, scope)
            case syntax.Listing():
                return self._listing(node, scope)
            case syntax.Mapping():
                return self._mapping(node, scope)
            case syntax.Operation():
                return self.operation(node.operator, self.value(node.left, scope), self.value(node.right, scope), node)
            case syntax.Subscript():
                return self._subscript(node, scope)
            case syntax.Comprehension():
                return self._comprehension(node, scope)
            case syntax.Lambda():
                return self.run.function(node.function, scope, LambdaValue)
            case syntax.Choice():
                chosen = node.yes if self.run.truth(self.value(node.condition, scope), node.condition) else node.no
                return self.value(chosen, scope)
            case syntax.Junction():
                return self._junction(node, scope)
            case syntax.Negation() | syntax.Comparison():
                return self._condition(node, scope)
            case _:
                # What is called in an expression that is not followed may have changed anything.
                calls = "(" in node.span.text and node.span.text.partition(" ")[0].rstrip(":") != "lambda"
                return self.run.calls.unknown("this expression", node.span) if calls else Unknown(node.span)

    def _name(self, node: syntax.Name, scope: Scope) -> object:
        found = scope.find(node.name)
        if found is not MISSING:
            return found
        return Dotted(node.name) if node.name in BUILTINS else Unknown(node.span)

    def attribute(self, owner: object, node: syntax.Attribute) -> object:
        """`owner.name`."""
        match owner:
            case Dotted(name="os") if node.name == "environ":
                return Environment(real=True)
            case Dotted(name="os") if node.name in ("sep", "linesep", "devnull"):
                return {"sep": "/", "linesep": "\n", "devnull": "/dev/null"}[node.name]
            case Dotted():
                found = library.of_module(self.run, owner.name, node.name, node.span)
                return Dotted(f"{owner.name}.{node.name}") if found is None else found
            case ModuleValue():
                found = owner.scope.find(node.name)
                return Unknown(node.span) if found is MISSING else found
            case PathText():
                own = library.attribute(self.run, owner, node.name, node.span)
                return files.attribute(owner, node.name) if own is None else own
            case ContextValue() | Ended() | ProgramValue() | CommandValue() | Settings():
                return library.attribute(self.run, owner, node.name, node.span)
            case Captured() if (own := library.attribute(self.run, owner, node.name, node.span)) is not None:
                return own
            case LocalEnvironment() if library.attribute(self.run, owner, node.name, node.span) is not None:
                return Unknown(node.span)
            case Completed() if node.name == "returncode":
                code = owner.status.code
                return Unknown(owner.span, _failed(owner.status)) if code is None else code
            case Completed() if node.name in ("stdout", "stderr"):
                return owner.output if node.name == "stdout" else Unknown(owner.span)
            case Unknown():
                return Unknown(owner.because, pure=owner.pure)
            case ObjectValue() | ClassValue() | Super():
                return classes.attribute(self.run, owner, node.name, node.span)
            case Caught() | Bound():
                return Unknown(node.span, pure=True)
            case Parsed() if node.name in owner.values:
                return owner.values[node.name]
            case Memory(path=str()) if node.name == "name":
                return owner.path
            case Member() if node.name in ("name", "path"):
                return owner.name
            case _:
                found = sdk.attribute(self.run, owner, node.name, node.span)
                return Method(owner, node.name) if found is None else found

    # --- collections ------------------------------------------------------------------------------------------------

    def items(self, value: object) -> list[object] | None:
        """What a loop over a value goes through; None when that is not known."""
        match value:
            case list() | tuple():
                return list(value)
            case ObjectValue() if value.type.is_tuple:
                return list(value.names.values())
            case set():
                return sorted(value, key=str) if len(value) < 2 else None
            case dict():
                return list(value)
            case str() if is_known(value):
                return list(value)
            case range():
                return list(value) if len(value) < 1000 else None
            case Log():
                value.read = True
                return None
            case _:
                return None

    def _listing(self, node: syntax.Listing, scope: Scope) -> object:
        found: list[object] = []
        for item in node.items:
            if isinstance(item, syntax.Starred):
                inner = self.items(self.value(item.value, scope))
                if inner is None:
                    return Unknown(item.span)
                found += inner
            else:
                found.append(self.value(item, scope))
        if node.kind == "list":
            return found
        if node.kind == "set":
            return set(found) if is_plain(found) else Unknown(node.span)
        return tuple(found)

    def _mapping(self, node: syntax.Mapping, scope: Scope) -> object:
        found: dict[object, object] = {}
        environment: Environment | None = None
        for key, item in node.items:
            value = self.value(item, scope)
            if key is None and isinstance(value, Environment) and not found:
                environment = self.run.copied(value)
            elif key is None and isinstance(value, dict):
                found |= value
            elif key is None:
                return Unknown(item.span)
            else:
                name = self.value(key, scope)
                if not (is_plain(name) or isinstance(name, str)) or isinstance(name, list | dict | set):
                    return Unknown(key.span)
                found[name] = value
        if environment is None:
            return found
        return self.run.updated(environment, found, node.span)

    def _comprehension(self, node: syntax.Comprehension, scope: Scope) -> object:
        source = self.value(node.iterable, scope)
        if isinstance(source, Raw) and node.element.span.text == node.target.span.text and not node.conditions:
            return source
        items = self.items(source)
        if items is None:
            return Unknown(node.span)
        found: list[Any] = []
        inner = Scope(outer=scope)
        for item in items:
            self.run.bind(node.target, item, inner)
            if not all(self.run.truth(self.value(one, inner), one) for one in node.conditions):
                continue
            value: Any = self.value(node.element, inner)
            if node.nested and not isinstance(value, list | dict | set):
                return value
            found += [value] if not node.nested else value.items() if isinstance(value, dict) else value
        if node.kind == "list":
            return found
        plain = is_plain([key for key, _ in found] if node.kind == "dict" else found)
        return (dict(found) if node.kind == "dict" else set(found)) if plain else Unknown(node.span)

    def _subscript(self, node: syntax.Subscript, scope: Scope) -> object:
        owner = self.value(node.value, scope)
        if isinstance(node.index, syntax.Slice):
            return self._slice(owner, node.index, scope)
        index = self.value(node.index, scope)
        own = library.item(self.run, owner, index, node.span)
        if own is not None:
            return own
        match owner:
            case Environment() if isinstance(index, str):
                return self.run.variable(owner, index, node.span)
            case Dotted(name="sys.argv") if isinstance(index, int) and index >= 0:
                return self.run.argument(index, node.span)
            case Method(owner=PathText() as path, name="parents") if isinstance(index, int):
                text = path.text
                for _ in range(index + 1):
                    text = posixpath.dirname(text)
                return PathText(text or ".")
            case Members() if isinstance(index, int) and 0 <= index < len(owner.shown):
                return owner.shown[index]
            case ObjectValue() if owner.type.is_tuple and isinstance(index, int):
                return list(owner.names.values())[index]
            case list() | tuple() if isinstance(index, int):
                if -len(owner) <= index < len(owner):
                    return owner[index]
                raise PythonError("IndexError")
            case dict() if is_plain(index) and not isinstance(index, list | dict | set):
                if index in owner:
                    return owner[index]
                raise PythonError("KeyError")
            case str() if is_known(owner) and isinstance(index, int) and -len(owner) <= index < len(owner):
                return owner[index]
            case _:
                return Unknown(node.span)

    def _slice(self, owner: object, node: syntax.Slice, scope: Scope) -> object:
        ends = [self.value(one, scope) if one is not None else None for one in (node.lower, node.upper)]
        if isinstance(owner, Dotted) and owner.name == "sys.argv":
            return self.run.arguments(ends[0] if isinstance(ends[0], int) else None, node.span)
        numbers = [end for end in ends if end is None or isinstance(end, int)]
        if len(numbers) < len(ends):
            return Unknown(node.span)
        if isinstance(owner, list | tuple) or (isinstance(owner, str) and is_known(owner)):
            return owner[slice(numbers[0], numbers[1])]
        return Unknown(node.span)

    # --- operators --------------------------------------------------------------------------------------------------

    def _template(self, node: syntax.Template, scope: Scope) -> object:
        parts = [one if isinstance(one, str) else self.value(one, scope) for one in node.parts]
        return "".join(self.run.text(part, node.span) for part in parts)

    def operation(self, operator: str, left: object, right: object, node: syntax.Operation | syntax.Assign) -> object:
        """`left operator right`."""
        own = library.operation(self.run, operator, left, right, node.span)
        if own is not None:
            return own
        match operator, left, right:
            case "+", str(), str():
                return left + right
            case "+", bytes() | Raw(), Raw() if isinstance(left, Raw) or not left:
                return texts.pieces([left, right]) if isinstance(left, Raw) else right
            case "+", list(), list():
                return left + right
            case "+", tuple(), tuple():
                return left + right
            case "+" | "-" | "*" | "//", int(), int() if not (operator == "//" and right == 0):
                return {"+": left + right, "-": left - right, "*": left * right, "//": left // (right or 1)}[operator]
            case "/", PathText() | str(), PathText() | str() if isinstance(left, PathText) or isinstance(
                right, PathText
            ):
                texts_of = [one.text if isinstance(one, PathText) else one for one in (left, right)]
                return PathText(posixpath.normpath(posixpath.join(*texts_of)) if ".." not in texts_of[1] else
                                posixpath.join(*texts_of))  # fmt: skip
            case "%", str(), _:
                return texts.percent(self.run, left, right, node.span)
            case "|", Environment(), dict():
                return self.run.updated(self.run.copied(left), right, node.span)
            case "|", dict(), dict():
                return left | right
            case _:
                return Unknown(node.span)

    def _junction(self, node: syntax.Junction, scope: Scope) -> object:
        left = self.value(node.left, scope)
        if node.operator == "or":
            filled = self.run.filled(left, node, scope)
            if filled is not None:
                return filled
        taken = self.run.truth(left, node.left)
        if taken == (node.operator == "or"):
            return self.run.certain(left)
        return self.value(node.right, scope)

    def _condition(self, node: syntax.Negation | syntax.Comparison, scope: Scope) -> object:
        if isinstance(node, syntax.Negation):
            value = self.value(node.value, scope)
            decided = self.decided(value)
            if isinstance(decided, bool):
                return not decided
            return Unknown(node.span, f"! {decided}" if decided else None)
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        operator = node.operator
        if operator in ("<", ">", "<=", ">="):
            own = library.operation(self.run, operator, left, right, node.span)
            if own is not None:
                return own
        if isinstance(left, PathText) and isinstance(right, PathText):
            left, right = left.text, right.text
        if operator in ("is", "is not", "==", "!=") and right is None:
            return self._is_none(left, node)
        if is_plain(left) and is_plain(right):
            return texts.compared(operator, left, right, node.span)
        if operator in ("==", "!=") and isinstance(left, Unknown) and left.shell and right == 0:
            return Unknown(node.span, left.shell.removeprefix("! ") if operator == "==" else left.shell)
        if operator in ("==", "!=") and isinstance(left, Optional | str) and isinstance(right, str):
            first = left.text if isinstance(left, Optional) else left
            status = self.run.shell.decide([first, "=" if operator == "==" else "!=", right], node.span)
            return _as_value(status, node)
        return Unknown(node.span)

    def _is_none(self, left: object, node: syntax.Comparison) -> object:
        wanted = node.operator in ("is", "==")
        if isinstance(left, Optional):
            if self.run.assumed.get(left.name):
                return not wanted
            return Unknown(node.span, f'[ {"-z" if wanted else "-n"} "${{{left.name}+x}}" ]')
        if isinstance(left, Unknown):
            return Unknown(node.span)
        return (left is None) == wanted

    def decided(self, value: object) -> bool | str | None:
        """Whether a value is true; where that is not known, bash text that is true with it, or None."""
        match value:
            case Unknown():
                return value.shell
            case Ended():
                return self.decided(library.attribute(self.run, value, "ok", value.span))
            case Optional():
                assumed = self.run.assumed.get(value.name)
                return f'[ -n "${value.name}" ]' if assumed is None else assumed
            case str() if not is_known(value):
                return self._is_filled(value)
            case Raw() | Method() | Dotted() | PathText() | Completed() | FileValue() | Environment():
                return None if isinstance(value, Raw) else True
            case _:
                return bool(value)

    def _is_filled(self, text: str) -> bool | str | None:
        symbols = list(self.run.shell.symbols.within(text))
        if len(symbols) < len(text) or any(not symbol.empty for symbol in symbols):
            return True
        if any(symbol.kind is SymbolKind.UNKNOWN for symbol in symbols):
            return None
        return f'[ -n "{"".join(symbol.shell or "" for symbol in symbols)}" ]'


def _failed(status: Status) -> str | None:
    return f"! {status.shell}" if status.shell else None


def _as_value(status: Status, node: syntax.Expression) -> object:
    return Unknown(node.span, status.shell) if status.code is None else status.code == 0


__all__ = ["Expressions"]
