"""Classes of a Python program, as far as they are plain: methods, constants, properties, one base, dataclasses, errors.

Python Language Reference, sections 3.3 and 8.9; https://docs.python.org/3/library/dataclasses.html. A class that is
more than that is not known; what it says when it is defined is done all the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.interpret.python.libraries.fabfile import decorated
from migrator.interpret.python.libraries.things import Once, TaskValue, mark_of
from migrator.interpret.python.values import (
    ABOVE,
    MISSING,
    Bound,
    ClassValue,
    Dotted,
    Field,
    FunctionValue,
    Marked,
    ObjectValue,
    PythonError,
    Scope,
    Super,
    Unknown,
)
from migrator.python import syntax
from migrator.rules import python as rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from migrator.interpret.python.called import Called
    from migrator.interpret.python.program import Running
    from migrator.source import Span

# Methods with a meaning of their own that are done as Python does them, or that change nothing where they are not.
_SPECIAL = frozenset(
    "__init__ __post_init__ __str__ __repr__ __enter__ __exit__ __call__ __slots__ __doc__ __eq__ __ne__ __hash__ "
    "__lt__ __iter__ __annotations__ __version__ __author__".split()
)
_NO_BASES = frozenset(("object", "abc.ABC", "typing.Protocol"))
_TUPLES = frozenset(("typing.NamedTuple",))
_DATA = frozenset(("dataclasses.dataclass",))
_MARKS = {
    "staticmethod": "static", "classmethod": "class", "property": "property", "functools.cached_property": "cached",
}  # fmt: skip
# Decorators that leave a function, or a class, what it is.
_TRANSPARENT = frozenset(("abc.abstractmethod", "typing.final", "typing.override", "typing.no_type_check"))
# What `@dataclass(…)` may be told without another way to make one.
_TOLD = frozenset(("frozen", "order", "eq", "repr", "slots", "kw_only", "unsafe_hash", "match_args", "weakref_slot"))


@dataclass(frozen=True, eq=False)
class FieldGiven:
    """What `dataclasses.field(…)` gives."""

    named: dict[str, object] = field(default_factory=dict)


def field_given(call: Called) -> object:
    """`dataclasses.field(…)`."""
    return FieldGiven(dict(call.named))


def marked(run: Running, node: syntax.Function, function: FunctionValue, scope: Scope) -> object:
    """A function with what its decorators make of it; unknown where they may make anything of it."""
    found: object = function
    for decorator in reversed(node.decorators):
        value = run.expressions.value(decorator, scope)
        name = value.name if isinstance(value, Dotted) else ""
        mark = mark_of(value)
        if isinstance(found, FunctionValue | Once) and mark is not None and not scope.hidden:
            found = TaskValue(found, mark)
        elif isinstance(found, FunctionValue) and decorated(value, found) is not None:
            found = decorated(value, found)
        elif isinstance(found, FunctionValue) and name in _MARKS and scope.hidden:
            found = Marked(_MARKS[name], found)
        elif name not in _TRANSPARENT:
            return Unknown(node.span)
    return found


# --- definitions ------------------------------------------------------------------------------------------------------


def defined(run: Running, node: syntax.Class, scope: Scope) -> object:
    """A class of the program, or an unknown value; what stands in its body is done."""
    bases = [run.expressions.value(one, scope) for one in node.bases]
    own = Scope(outer=scope, hidden=True)
    run.body(node.body, own)
    made = ClassValue(node.name, node.span, own.names)
    own.owner = made
    if not node.plain or not _is_known(own.names) or not _take_bases(made, bases):
        return Unknown(node.span)
    kinds = [_told(run, one, scope) for one in node.decorators]
    if made.is_tuple and not kinds:
        kinds = [{"frozen": True}]
    for told in kinds:
        if told is None or not _take_fields(made, node, told):
            return Unknown(node.span)
    return made


def _is_known(names: Mapping[str, object]) -> bool:
    return all(not name.startswith("__") or not name.endswith("__") or name in _SPECIAL for name in names)


def _take_bases(made: ClassValue, bases: Sequence[object]) -> bool:
    """Whether the bases are what is known: nothing much, one class of the program, or one exception."""
    for base in bases:
        if isinstance(base, Dotted) and base.name in _NO_BASES:
            continue
        if made.base is not None or made.errors or made.is_tuple:
            return False
        if isinstance(base, ClassValue) and not base.is_tuple:
            made.base, made.errors = base, (*base.errors,)
        elif isinstance(base, Dotted) and base.name in _TUPLES:
            made.is_tuple = True
        elif isinstance(base, Dotted) and re.search(r"(Error|Exception)$", base.name) and base.name != "BaseException":
            name = base.name.rpartition(".")[2]
            made.errors = (name, *ABOVE.get(name, ("Exception", "BaseException")))
        else:
            return False
    return True


def _told(run: Running, decorator: syntax.Expression, scope: Scope) -> dict[str, object] | None:
    """What a decorator of a class says about its fields; None where it is not known what it makes of the class."""
    called = decorator.function if isinstance(decorator, syntax.Call) else decorator
    value = run.expressions.value(called, scope)
    name = value.name if isinstance(value, Dotted) else ""
    given = decorator.arguments if isinstance(decorator, syntax.Call) else ()
    if name not in _DATA:
        return None
    told = {one.keyword: run.expressions.value(one.value, scope) for one in given if one.keyword is not None}
    plain = len(told) == len(given) and told.keys() <= _TOLD and all(isinstance(one, bool) for one in told.values())
    return {str(key): one for key, one in told.items()} if plain else None


def _take_fields(made: ClassValue, node: syntax.Class, told: Mapping[str, object]) -> bool:
    """Gives a dataclass its fields (those of its base first); whether all of them are known."""
    fields = {one.name: one for one in made.base.fields or ()} if made.base is not None else {}
    for name, kind in _annotated(node):
        if re.match(r"[\"']?(typing\.|t\.)?ClassVar\b", kind):
            continue
        if re.search(r"\b(InitVar|KW_ONLY)\b", kind):
            return False
        value = made.names.get(name, MISSING)
        more = value.named if isinstance(value, FieldGiven) else {"default": value} if value is not MISSING else {}
        if "default" in more:
            made.names[name] = more["default"]
        else:
            made.names.pop(name, None)
        only = more.get("kw_only", told.get("kw_only", False))
        init = more.get("init", True)
        if not isinstance(only, bool) or not isinstance(init, bool) or isinstance(made.names.get(name), list | dict):
            return False
        default, factory = more.get("default", MISSING), more.get("default_factory", MISSING)
        fields[name] = Field(name, default, factory, by_name=only, init=init)
    made.fields, made.frozen = tuple(fields.values()), told.get("frozen") is True
    return True


def _annotated(node: syntax.Class) -> list[tuple[str, str]]:
    """The annotated names of a body, with their annotations, in the order of the text."""
    found: list[tuple[str, str]] = []
    for one in node.body:
        if isinstance(one, syntax.Declaration) and isinstance(one.target, syntax.Name):
            found.append((one.target.name, one.annotation))
        elif isinstance(one, syntax.Assign) and one.annotation is not None and isinstance(one.targets[0], syntax.Name):
            found.append((one.targets[0].name, one.annotation))
    return found


# --- objects ----------------------------------------------------------------------------------------------------------


def looked_up(kind: ClassValue | None, name: str) -> object:
    """What a class, or one above it, has under a name; MISSING where none has."""
    while kind is not None:
        if name in kind.names:
            return kind.names[name]
        kind = kind.base
    return MISSING


def made(run: Running, kind: ClassValue, call: Called) -> object:
    """A new object of a class."""
    thing = ObjectValue(kind)
    above: ClassValue | None = kind
    while above is not None:
        begin = above.names.get("__init__")
        if isinstance(begin, FunctionValue):
            run.invoke(begin, (thing, *call.given), call.named, call.span)
            return thing
        if begin is not None:
            return call.not_followed()
        if above.fields is not None:
            _fill(run, thing, above.fields, call)
            return thing
        above = above.base
    if (call.given or call.named) and not kind.errors:
        raise PythonError("TypeError")
    return thing


def _fill(run: Running, thing: ObjectValue, fields: Sequence[Field], call: Called) -> None:
    """Gives an object of a dataclass its fields, as the method does that the dataclass gets."""
    rest, named = list(call.given), dict(call.named)
    for one in fields:
        if one.init and rest and not one.by_name:
            thing.names[one.name] = rest.pop(0)
        elif one.init and one.name in named:
            thing.names[one.name] = named.pop(one.name)
        elif one.factory is not MISSING:
            thing.names[one.name] = run.calls.apply(one.factory, (), call.span)
        elif one.default is not MISSING:
            thing.names[one.name] = one.default
        elif one.init:
            raise PythonError("TypeError")
    if rest or named:
        raise PythonError("TypeError")
    after = looked_up(thing.type, "__post_init__")
    if isinstance(after, FunctionValue):
        run.invoke(after, (thing,), {}, call.span)


def attribute(run: Running, owner: ObjectValue | ClassValue | Super, name: str, span: Span) -> object:
    """`owner.name`."""
    kind = owner if isinstance(owner, ClassValue) else owner.type
    found = looked_up(kind, name)
    thing = owner.owner if isinstance(owner, Super) else owner
    if isinstance(owner, ClassValue):
        return _of_class(run, owner, found, name, span)
    if isinstance(found, Marked) and found.kind == "property":
        return run.invoke(found.function, (thing,), {}, span)
    if isinstance(owner, ObjectValue) and name in owner.names:
        return owner.names[name]
    match found:
        case FunctionValue():
            return Bound(found, thing)
        case Marked(kind="static"):
            return found.function
        case Marked(kind="class"):
            return Bound(found.function, thing.type if isinstance(thing, ObjectValue) else thing)
        case Marked():
            value = run.invoke(found.function, (thing,), {}, span)
            if isinstance(thing, ObjectValue):
                thing.names[name] = value
            return value
        case Dotted() if not found.name.startswith(("docker.", "sys.")):
            # A function of a module gets the object as its first argument; a class or a constant of one does not.
            return found if found.name.rpartition(".")[2][:1].isupper() else Unknown(span)
        case _:
            pass
    if found is not MISSING:
        return found
    return _absent(run, owner, name, span)


def _of_class(run: Running, owner: ClassValue, found: object, name: str, span: Span) -> object:
    match found:
        case Marked(kind="static"):
            return found.function
        case Marked(kind="class"):
            return Bound(found.function, owner)
        case Marked():
            return Unknown(span)
        case _:
            return found if found is not MISSING else _absent(run, owner, name, span)


def _absent(run: Running, owner: ObjectValue | ClassValue | Super, name: str, span: Span) -> object:
    """What is not in the program itself: what every class has, or nothing, which is an error."""
    kind = owner if isinstance(owner, ClassValue) else owner.type
    if isinstance(owner, Super) and name in ("__init__", "__str__", "__repr__"):
        return Unknown(span, pure=True)
    if name == "__class__" and isinstance(owner, ObjectValue):
        return owner.type
    if name in ("__name__", "__qualname__") and isinstance(owner, ClassValue):
        return owner.name
    if name in ("__doc__", "__module__"):
        return Unknown(span, pure=True)
    if kind is not None and kind.errors and name in ("args", "with_traceback", "add_note"):
        return Unknown(span, pure=True)
    if name.startswith("__") or (kind is not None and kind.is_tuple and (name.startswith("_") or len(name) > 4)):
        run.shell.note(rules.STATEMENT.at(span, reason=f"{name} of an object"))
        return Unknown(span)
    raise PythonError("AttributeError")


def set_attribute(run: Running, owner: ObjectValue | ClassValue, name: str, value: object, span: Span) -> None:
    """`owner.name = value`."""
    found = looked_up(owner if isinstance(owner, ClassValue) else owner.type, name)
    known = name not in ("__class__", "__dict__") and not isinstance(found, Unknown)
    if isinstance(owner, ObjectValue) and owner.type.frozen:
        raise PythonError("FrozenInstanceError")
    if not known or (isinstance(found, Marked) and found.kind == "property"):
        run.shell.note(rules.STATEMENT.at(span, reason="an assignment"))
    owner.names[name] = value


def superior(scope: Scope, span: Span) -> object:
    """`super()`: what is above the class in whose method this stands."""
    place: Scope | None = scope
    while place is not None and place.outer is not None:
        kind = place.outer.owner
        if isinstance(kind, ClassValue) and isinstance(place.first, ObjectValue | ClassValue):
            return Super(kind.base, place.first)
        place = place.outer
    return Unknown(span)


def shown(run: Running, thing: ObjectValue, span: Span) -> str:
    """An object as text."""
    method = looked_up(thing.type, "__str__")
    if isinstance(method, FunctionValue):
        return run.text(run.invoke(method, (thing,), {}, span), span)
    return run.shell.symbols.unknown(span)


def is_instance(thing: ObjectValue, kind: ClassValue) -> bool:
    """Whether an object is one of a class, or of one below it."""
    above: ClassValue | None = thing.type
    while above is not None and above is not kind:
        above = above.base
    return above is not None


__all__ = [
    "FieldGiven", "attribute", "defined", "field_given", "is_instance", "looked_up", "made", "marked", "set_attribute",
    "shown", "superior",
]  # fmt: skip
