"""Calls of a Python program: which of them is what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.interpret.python import archives, classes, files, options, texts
from migrator.interpret.python.builtin import MODELS, is_ordered, may_run
from migrator.interpret.python.called import Called
from migrator.interpret.python.libraries import names as libraries
from migrator.interpret.python.libraries import tasks
from migrator.interpret.python.libraries.things import (
    CommandValue,
    ContextValue,
    LocalEnvironment,
    LocalPath,
    Once,
    ProgramValue,
    Settings,
    TaskValue,
    is_library,
)
from migrator.interpret.python.sdk import calls as sdk
from migrator.interpret.python.sdk.names import is_sdk
from migrator.interpret.python.sdk.things import ContainerValue, ImageValue
from migrator.interpret.python.values import (
    Bound,
    ClassValue,
    Completed,
    Dotted,
    Environment,
    FileValue,
    FunctionValue,
    Method,
    ObjectValue,
    Optional,
    PathText,
    PythonError,
    Raw,
    Unknown,
    is_plain,
)
from migrator.rules import python as rules

if TYPE_CHECKING:
    from collections.abc import Sequence
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
        if function == Dotted("super") and not node.arguments:
            return classes.superior(scope, node.span)
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
            return libraries.told(function, called) or called.not_followed()
        return self._called(function, called)

    def unknown(self, name: str, span: Span) -> Unknown:
        """What a call comes to that is not understood."""
        return Called(self.run, name, (), {}, span).not_followed()

    def apply(self, function: object, given: Sequence[object], span: Span) -> object:
        """What a function gives for these arguments."""
        return self._called(function, Called(self.run, "this call", tuple(given), {}, span))

    def _called(self, function: object, call: Called) -> object:
        match function:
            case Bound():
                return self.run.invoke(function.function, (function.owner, *call.given), call.named, call.span)
            case ClassValue():
                return classes.made(self.run, function, call)
            case ObjectValue():
                return self._called(classes.attribute(self.run, function, "__call__", call.span), call)
            case FunctionValue():
                return self.run.invoke(function, call.given, call.named, call.span)
            case ProgramValue() | CommandValue() | LocalPath() | LocalEnvironment() | Once():
                return libraries.called_value(function, call)
            case TaskValue():
                return tasks.called(function, call)
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
        model = sdk.call if is_sdk(call.name) else libraries.call if is_library(call.name) else MODELS.get(call.name)
        if model is not None:
            return model(call)
        if call.name == "enumerate" or call.name in ("sys.exit", "exit", "quit", "os._exit"):
            if call.name == "enumerate":
                items = self.run.expressions.items(call.value(0, "iterable"))
                return list(enumerate(items)) if items is not None else Unknown(call.span)
            self.leave(call.value(0, "code"))
        module = call.name.partition(".")[0]
        pure = call.name in _PURE_NAMES or module in _PURE or call.name.endswith(("Error", "Exception"))
        if pure and not any(may_run(one) for one in (*call.given, *call.named.values())):
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
            case ProgramValue() | ContextValue() | CommandValue() | LocalPath() | Settings():
                return libraries.method(owner, name, call)
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
        if name in ("pop", "popitem", "clear", "update", "setdefault"):
            call.run.shell.note(rules.STATEMENT.at(call.span, reason=f"{name} of an environment"))
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
            case list(), "sort" if is_ordered(owner) and not call.named:
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


def _shown(node: syntax.Call) -> str:
    """What is called, in a few characters."""
    text = node.function.span.text
    return text if len(text) < 60 and "\n" not in text else "this call"


__all__ = ["Calls"]
