"""Built-in functions, and those of small modules, as far as what they give is known.

https://docs.python.org/3/library/functions.html
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

from migrator.interpret.python import archives, classes, files, options, processes, texts
from migrator.interpret.python.libraries.things import RUNS
from migrator.interpret.python.options import Parsed
from migrator.interpret.python.values import (
    Bound,
    ClassValue,
    Dotted,
    Environment,
    FileValue,
    FunctionValue,
    LambdaValue,
    Method,
    ObjectValue,
    Optional,
    PathText,
    PythonError,
    Raw,
    Unknown,
    is_plain,
)
from migrator.python import syntax
from migrator.python.walk import nodes_in
from migrator.trace.state import Channels
from migrator.trace.symbols import is_known

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.interpret.python.called import Called


# What a function that is an expression calls to find a key, a name, a text.
_HARMLESS = re.compile(
    r"(len|int|str|float|bool|tuple|list|sorted|min|max|re\.\w+|.*\.(lower|upper|strip|rstrip|lstrip|split|get|replace"
    r"|group|groups|count|index|find|startswith|endswith|join|format|items|keys|values))"
)


def may_run(value: object) -> bool:
    """Whether a function that is handed a value could do something with it: call it, or write to it."""
    if isinstance(value, LambdaValue):
        calls = [one for one in nodes_in(value.node.body) if isinstance(one, syntax.Call)]
        return not all(_HARMLESS.fullmatch(one.function.span.text) for one in calls)
    if isinstance(value, Dotted):
        return value.name.partition(".")[0] not in ("sys", "logging", "str", "int", "bool", "float", "pathlib")
    return isinstance(value, (*RUNS, FileValue, FunctionValue, Method, Bound, ClassValue, ObjectValue))


def _text(call: Called) -> object:
    value = call.value(0, "object", default="")
    if isinstance(value, Raw) and call.named:
        return call.run.decoded(value, call.span)
    if isinstance(value, Raw | Optional | list | dict | tuple):
        return Unknown(call.span)
    return call.run.text(value, call.span)


def _integer(call: Called) -> object:
    value = call.value(0, "x", default=0)
    if is_plain(value) and isinstance(value, str | int | float):
        try:
            return int(value)
        except ValueError:
            raise PythonError("ValueError") from None
    return Unknown(call.span, pure=True)


def _boolean(call: Called) -> object:
    decided = call.run.expressions.decided(call.value(0, "x"))
    return decided if isinstance(decided, bool) else Unknown(call.span, decided)


def _length(call: Called) -> object:
    value = call.value(0, "obj")
    if isinstance(value, Dotted) and value.name == "sys.argv":
        words = call.run.arguments(0, call.span)
        return len(words) if isinstance(words, list) else Unknown(call.span)
    known = isinstance(value, list | dict | tuple | set) or (isinstance(value, str) and is_known(value))
    return len(value) if known else Unknown(call.span)  # type: ignore[arg-type]


def _list(call: Called) -> object:
    given = call.value(0, "iterable", default=())
    if isinstance(given, Raw) and call.name in ("list", "tuple"):
        return given  # what comes in pieces is only ever put together again
    items: list[Any] | None = call.run.expressions.items(given)
    if items is None:
        return Unknown(call.span)
    match call.name:
        case "tuple":
            return tuple(items)
        case "reversed":
            return items[::-1]
        case "sorted":
            return sorted(items) if is_ordered(items) and not call.named else Unknown(call.span)
        case _:
            return items


def is_ordered(items: list[Any]) -> bool:
    """Whether items can be sorted as Python does: all texts, or all numbers."""
    return is_plain(items) and {type(item) for item in items} in (set(), {str}, {int})


def _dictionary(call: Called) -> object:
    first = call.value(0, "", default={})
    if isinstance(first, Environment):
        more: dict[object, object] = dict(call.named.items())
        return call.run.updated(call.run.copied(first), more, call.span)
    return {**first, **call.named} if isinstance(first, dict) else Unknown(call.span)


def _range(call: Called) -> object:
    ends = [one for one in call.given if isinstance(one, int)]
    return range(*ends) if ends and len(ends) == len(call.given) else Unknown(call.span)


def _zip(call: Called) -> object:
    found = [call.run.expressions.items(one) for one in call.given]
    return list(zip(*(one or [] for one in found), strict=False)) if None not in found else Unknown(call.span)


def _split(call: Called) -> object:
    """`shlex.split`: a value that is not known may be several words."""
    text = call.value(0, "s")
    if not isinstance(text, str):
        return Unknown(call.span)
    try:
        words = list(shlex.split(text))
    except ValueError:
        raise PythonError("ValueError") from None
    return words if is_known(text) or texts.whole_words(call.run, words) else Unknown(call.span)


def _quoted(call: Called) -> object:
    text = call.value(0, "s")
    if isinstance(text, str):
        return shlex.quote(text) if is_known(text) else f'"{text}"'
    return Unknown(call.span)


def _getenv(call: Called) -> object:
    name = call.value(0, "key")
    if not isinstance(name, str):
        return Unknown(call.span)
    return call.run.looked_up(Environment(real=True), name, call.value(1, "default"), call.span)


def _temporary(call: Called) -> object:
    channels = Channels()
    call.command(["mktemp", "-d"], channels=channels)
    text = call.run.decoded(Raw(channels.collected()), call.span)
    return text.removesuffix("\n") if isinstance(text, str) else text


def _nothing(_: Called) -> object:
    return None


def _dedent(call: Called) -> object:
    text = call.value(0, "text")
    return texts.dedented(text) if isinstance(text, str) else Unknown(call.span)


# What Python's own classes are here.
_KINDS: dict[str, type | tuple[type, ...]] = {
    "str": str, "list": list, "tuple": tuple, "dict": dict, "int": int, "bool": bool, "bytes": (bytes, Raw),
    "pathlib.Path": PathText, "pathlib.PurePath": PathText, "os.PathLike": PathText,
}  # fmt: skip


def _is_instance(call: Called) -> object:
    value, kinds = call.value(0, "obj"), call.value(1, "cls")
    known = value is None or isinstance(value, ObjectValue | str | list | tuple | dict | int | bytes | Raw | PathText)
    for kind in kinds if isinstance(kinds, tuple) else (kinds,):
        if isinstance(kind, ClassValue) and known:
            found = isinstance(value, ObjectValue) and classes.is_instance(value, kind)
        elif isinstance(kind, Dotted) and kind.name in _KINDS and known:
            found = isinstance(value, _KINDS[kind.name])
        else:
            return Unknown(call.span, pure=True)
        if found:
            return True
    return False


def _get_attribute(call: Called) -> object:
    value, name = call.value(0, "object"), call.value(1, "name")
    if not isinstance(name, str) or not is_known(name) or not isinstance(value, ObjectValue | ClassValue | Parsed):
        harmless = not any(may_run(one) for one in call.given)
        return Unknown(call.span, pure=True) if harmless else call.not_followed()
    try:
        if isinstance(value, Parsed):
            return value.values[name]
        return classes.attribute(call.run, value, name, call.span)
    except (KeyError, PythonError) as error:
        if len(call.given) > 2 and getattr(error, "kind", "AttributeError") == "AttributeError":
            return call.given[2]
        raise PythonError("AttributeError") from None


def _set_attribute(call: Called) -> object:
    owner, name = call.value(0, "object"), call.value(1, "name")
    if not isinstance(owner, ObjectValue) or not isinstance(name, str) or not is_known(name):
        return call.not_followed()
    owner.names[name] = call.value(2, "value")
    return None


def _variables(call: Called) -> object:
    value = call.value(0, "object")
    return dict(value.values) if isinstance(value, Parsed) else call.not_followed()


MODELS: dict[str, Callable[[Called], object]] = {
    **processes.COMMANDS, **files.COMMANDS, **archives.COMMANDS,
    "argparse.ArgumentParser": options.parser, "str": _text, "int": _integer,
    "bool": _boolean, "len": _length, "list": _list, "tuple": _list, "reversed": _list, "sorted": _list,
    "dict": _dictionary, "range": _range, "zip": _zip, "shlex.split": _split, "shlex.quote": _quoted,
    "os.getenv": _getenv, "print": _nothing, "time.sleep": _nothing, "textwrap.dedent": _dedent,
    "os.fspath": _text, "contextlib.chdir": files.change_folder, "tempfile.mkdtemp": _temporary,
    "tempfile.TemporaryDirectory": _temporary, "dataclasses.field": classes.field_given, "isinstance": _is_instance,
    "getattr": _get_attribute, "vars": _variables, "object.__setattr__": _set_attribute,
}  # fmt: skip


__all__ = ["MODELS", "is_ordered", "may_run"]
