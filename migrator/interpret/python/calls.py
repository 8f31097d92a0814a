"""Calls of a Python program: which of them is what."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from migrator.interpret.python import archives, files, options, processes, texts
from migrator.interpret.python.called import Called
from migrator.interpret.python.sdk import calls as sdk
from migrator.interpret.python.sdk.names import is_sdk
from migrator.interpret.python.sdk.things import ContainerValue, ImageValue
from migrator.interpret.python.values import (
    Completed,
    Dotted,
    Environment,
    FileValue,
    FunctionValue,
    Method,
    Optional,
    PathText,
    PythonError,
    Raw,
    Unknown,
    is_plain,
)
from migrator.rules import python as rules
from migrator.trace.state import Channels
from migrator.trace.symbols import is_known

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from migrator.interpret.python.program import Running
    from migrator.interpret.python.values import Scope
    from migrator.python import syntax
    from migrator.source import Span

# Modules of the standard library whose functions change no file and start nothing; what they give is not known.
_PURE = frozenset(
    (
        "time datetime logging json re getpass platform socket uuid random hashlib typing textwrap string warnings "
        "traceback math collections functools itertools dataclasses enum glob sys pprint locale operator copy base64 "
        "contextlib secrets calendar zlib struct __future__ abc types fnmatch configparser statistics posixpath errno"
    ).split()
)
_PURE_NAMES = frozenset(
    "print repr isinstance hasattr type input min max sum any all iter next super bytes format os.getpid os.getuid "
    "os.getgid os.cpu_count os.listdir os.walk os.scandir os.stat os.path.getsize os.path.getmtime os.path.relpath "
    "os.path.splitext os.path.islink os.uname os.umask os.get_terminal_size multiprocessing.cpu_count shutil.which "
    "shutil.disk_usage shutil.get_terminal_size io.StringIO logging.getLogger filter map getattr set".split()
)


class Calls:
    """Evaluates calls in a running program."""

    def __init__(self, run: Running) -> None:
        self.run = run

    def call(self, node: syntax.Call, scope: Scope) -> object:
        """The value of a call."""
        function = self.run.expressions.value(node.function, scope)
        given: list[object] = []
        named: dict[str, object] = {}
        complete = True
        for argument in node.arguments:
            value = self.run.expressions.value(argument.value, scope)
            if argument.star == "*":
                items = self.run.expressions.items(value)
                complete = complete and items is not None
                given += items or []
            elif argument.star == "**":
                complete = complete and isinstance(value, dict)
                named |= value if isinstance(value, dict) else {}
            elif argument.keyword is not None:
                named[argument.keyword] = value
            else:
                given.append(value)
        self.run.shell.here = node.span
        called = Called(self.run, _shown(node), tuple(given), named, node.span)
        if not complete:
            return called.not_followed()
        return self._called(function, called)

    def unknown(self, name: str, span: Span) -> Unknown:
        """What a call comes to that is not understood."""
        return Called(self.run, name, (), {}, span).not_followed()

    def _called(self, function: object, call: Called) -> object:
        match function:
            case FunctionValue():
                return self.run.invoke(function, call.given, call.named, call.span)
            case Dotted():
                return self._dotted(Called(self.run, function.name, call.given, call.named, call.span))
            case Method():
                name = f"{type(function.owner).__name__}.{function.name}"
                return self._method(function.owner, function.name,
                                    Called(self.run, name, call.given, call.named, call.span))  # fmt: skip
            case Unknown(pure=True):
                return Unknown(call.span, pure=True)
            case _:
                return call.not_followed()

    # --- functions --------------------------------------------------------------------------------------------------

    def _dotted(self, call: Called) -> object:
        model = sdk.call if is_sdk(call.name) else _MODELS.get(call.name)
        if model is not None:
            return model(call)
        if call.name == "enumerate" or call.name in ("sys.exit", "exit", "quit", "os._exit"):
            if call.name == "enumerate":
                items = self.run.expressions.items(call.value(0, "iterable"))
                return list(enumerate(items)) if items is not None else Unknown(call.span)
            self.leave(call.value(0, "code"))
        module = call.name.partition(".")[0]
        pure = call.name in _PURE_NAMES or module in _PURE or call.name.endswith(("Error", "Exception"))
        if pure and not any(_may_run(one) for one in (*call.given, *call.named.values())):
            return Unknown(call.span, pure=True)
        return call.not_followed()

    def leave(self, code: object) -> NoReturn:
        """`sys.exit(code)`."""
        if code is None or code == 0:
            raise PythonError("SystemExit", 0)
        raise PythonError("SystemExit", code if isinstance(code, int) and not isinstance(code, bool) else 1)

    # --- methods ----------------------------------------------------------------------------------------------------

    def _method(self, owner: object, name: str, call: Called) -> object:
        match owner:
            case str():
                return texts.of_text(call, owner)
            case PathText():
                return files.of_path(call, owner)
            case Raw():
                return texts.of_raw(call, owner)
            case bytes():
                return texts.of_bytes(call, owner)
            case FileValue():
                return files.of_file(call, owner)
            case archives.Memory():
                return archives.of_memory(call, owner)
            case archives.ArchiveValue():
                return archives.of_archive(call, owner)
            case archives.Member():
                return archives.of_member(call, owner)
            case ImageValue() | ContainerValue():
                return sdk.of_thing(call, owner)
            case Environment():
                return self._of_environment(owner, name, call)
            case Completed():
                return self._of_process(owner, name, call)
            case options.Parser():
                return options.of_parser(call, owner)
            case list() | dict() | set() | tuple():
                return self._of_collection(owner, name, call)
            case Optional() if self.run.assumed.get(owner.name):
                return texts.of_text(call, owner.text)
            case Optional():
                return Unknown(call.span)
            case _:
                return call.not_followed()

    def _of_environment(self, owner: Environment, name: str, call: Called) -> object:
        first = call.value(0, "key")
        if name == "get" and isinstance(first, str):
            return self.run.looked_up(owner, first, call.value(1, "default"), call.span)
        if name == "copy":
            return self.run.copied(owner)
        if name == "update" and all(isinstance(one, dict) for one in call.given):
            for one in (*call.given, dict(call.named)):
                self.run.updated(owner, one if isinstance(one, dict) else {}, call.span)
            return None
        if name == "setdefault" and isinstance(first, str) and owner.real:
            value = self.run.parameter(first, "-", self.run.text(call.value(1, "default"), call.span), call.span)
            self.run.set_variable(owner, first, value)
            return value
        return call.not_followed()

    @staticmethod
    def _of_process(owner: Completed, name: str, call: Called) -> object:
        match name:
            case "wait" | "poll":
                return owner.status.code if owner.status.code is not None else Unknown(call.span)
            case "communicate":
                return (owner.output, Unknown(call.span, pure=True))
            case "check_returncode":
                if owner.status.code not in (0, None):
                    raise PythonError("CalledProcessError")
                return None
            case "__enter__" | "close" | "kill" | "terminate":
                return owner
            case _:
                return call.not_followed()

    @staticmethod
    def _of_collection(owner: object, name: str, call: Called) -> object:
        first = call.value(0, "")
        match owner, name:
            case list(), "append":
                owner.append(first)
                return None
            case list(), "extend" if isinstance(first, list | tuple):
                owner.extend(first)
                return None
            case list(), "insert" if isinstance(first, int):
                owner.insert(first, call.value(1, ""))
                return None
            case list(), "copy":
                return list(owner)
            case dict(), "get" if is_plain(first) and not isinstance(first, list | dict | set):
                return owner.get(first, call.value(1, ""))
            case dict(), "items":
                return list(owner.items())
            case dict(), "keys":
                return list(owner)
            case dict(), "values":
                return list(owner.values())
            case dict(), "copy":
                return dict(owner)
            case dict(), "update" if isinstance(first, dict) or not call.given:
                owner.update(first if isinstance(first, dict) else {})
                owner.update(call.named)
                return None
            case list(), "reverse":
                owner.reverse()
                return None
            case list(), "sort" if _is_ordered(owner) and not call.named:
                owner.sort()
                return None
            case ((list() | dict()), "clear"):
                owner.clear()
                return None
            case list(), "remove" if is_plain(first):
                if first not in owner:
                    raise PythonError("ValueError")
                owner.remove(first)
                return None
            case list(), "pop" if owner and not call.given:
                return owner.pop()
            case list(), ("index" | "count"):
                return Unknown(call.span)
            case _:
                call.run.shell.note(rules.STATEMENT.at(call.span, reason=f"{name} of a list or dictionary"))
                return Unknown(call.span)


def _may_run(value: object) -> bool:
    """Whether a function that is handed a value could do something with it: call it, or write to it."""
    if isinstance(value, Dotted):
        return value.name.partition(".")[0] not in ("sys", "logging", "str", "int", "bool", "float", "pathlib")
    return isinstance(value, FileValue | FunctionValue | Method)


def _shown(node: syntax.Call) -> str:
    """What is called, in a few characters."""
    text = node.function.span.text
    return text if len(text) < 60 and "\n" not in text else "this call"


# --- built-in functions -------------------------------------------------------------------------------------------


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
            return sorted(items) if _is_ordered(items) and not call.named else Unknown(call.span)
        case _:
            return items


def _is_ordered(items: list[Any]) -> bool:
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


_MODELS: dict[str, Callable[[Called], object]] = {
    **processes.COMMANDS, **files.COMMANDS, **archives.COMMANDS,
    "argparse.ArgumentParser": options.parser, "str": _text, "int": _integer,
    "bool": _boolean, "len": _length, "list": _list, "tuple": _list, "reversed": _list, "sorted": _list,
    "dict": _dictionary, "range": _range, "zip": _zip, "shlex.split": _split, "shlex.quote": _quoted,
    "os.getenv": _getenv, "print": _nothing, "time.sleep": _nothing, "textwrap.dedent": _dedent,
    "os.fspath": _text, "contextlib.chdir": files.change_folder, "tempfile.mkdtemp": _temporary,
    "tempfile.TemporaryDirectory": _temporary,
}  # fmt: skip

__all__ = ["Calls"]
