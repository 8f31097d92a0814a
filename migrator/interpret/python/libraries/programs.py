"""`sh`: programs as functions, whose attributes are their first words and whose keywords are their options.

https://sh.readthedocs.io/en/latest/sections/passing_arguments.html and …/special_arguments.html. What versions 1 and 2
do in different ways (a command as the argument of another one, `cd`) is not followed.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from migrator.commands.base import absolute
from migrator.interpret.python.called import Called
from migrator.interpret.python.files import open_file
from migrator.interpret.python.libraries.refuse import refused
from migrator.interpret.python.libraries.things import Folder, Piped, Printed, ProgramValue
from migrator.interpret.python.processes import in_place, written
from migrator.interpret.python.values import (
    Dotted,
    Environment,
    FileValue,
    Optional,
    PathText,
    PythonError,
    Raw,
    is_plain,
)
from migrator.trace.state import Channels, Input
from migrator.trace.streams import NOTHING, Text
from migrator.trace.symbols import is_known

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LIBRARY = "sh"
# Names of the module that are no programs, or not in every version.
_NOT_PROGRAMS = frozenset("cd glob which args contrib".split())
# Options that change what is shown, kept or waited for, and nothing that is done.
_SHOWN = frozenset(
    "_err_bufsize _out_bufsize _in_bufsize _encoding _truncate_exc _timeout _tty_in _tty_out _tty_size _unify_ttys "
    "_close_fds _new_session _new_group _bg_exc _decode_errors".split()
)
_FOLLOWED = frozenset("_in _out _err _cwd _env _ok_code _fg _piped".split())
_SCREEN = frozenset(("sys.stdout", "sys.stderr", "sys.stdout.buffer", "sys.stderr.buffer"))


class _NotKnownError(Exception):
    """What a program is given is not known."""


def call(called: Called) -> object:
    """Calls something of the module: a program, `Command`, `pushd`."""
    first, *rest = called.name.split(".")[1:] or [""]
    if first == "Command" and not rest:
        return _command(called)
    if first == "pushd" and not rest and len(called.given) == 1 and not called.named:
        return _pushed(called)
    program = _program(first)
    if program is None:
        return refused(called, LIBRARY, "it is not known")
    return method(called, ProgramValue((program,), ()), rest)


def method(called: Called, program: ProgramValue, names: Sequence[str]) -> object:
    """Calls a program by a path of attributes, each of which is one word more."""
    for name in names:
        if name == "bake":
            return _baked(called, program) if name == names[-1] else refused(called, LIBRARY, "it is not known")
        if name.startswith("_"):
            return refused(called, LIBRARY, "it is not known")
        program = attribute(program, name)
    return _run(called, program)


def attribute(program: ProgramValue, name: str) -> ProgramValue:
    """A program with one word more; an underscore behind it keeps it apart from names of the library."""
    return ProgramValue(program.words, (*program.layers, ((name.removesuffix("_"),), {})), program.options)


def _program(name: str) -> str | None:
    """The program that a name of the module stands for; None where that depends on the machine."""
    if name == "docker_compose":
        return "docker-compose"
    plain = name.isidentifier() and name.islower() and "_" not in name
    return name if plain and name not in _NOT_PROGRAMS else None


def _command(called: Called) -> object:
    value = called.value(0, "path")
    if not isinstance(value, str | PathText) or len(called.given) + len(called.named) != 1:
        return refused(called, LIBRARY, "what it runs is not known")
    text = called.run.text(value, called.span)
    return ProgramValue((absolute(called.run.shell.state.cwd, text) if "/" in text else text,), ())


def _pushed(called: Called) -> object:
    value = called.given[0]
    if not isinstance(value, str | PathText):
        return refused(called, LIBRARY, "the folder is not known")
    return Folder(called, called.run.text(value, called.span))


def _baked(called: Called, program: ProgramValue) -> object:
    named = {name: value for name, value in called.named.items() if not name.startswith("_")}
    special = {name: value for name, value in called.named.items() if name.startswith("_")}
    return ProgramValue(program.words, (*program.layers, (called.given, named)), {**program.options, **special})


# --- words ------------------------------------------------------------------------------------------------------------


def _words(called: Called, program: ProgramValue) -> list[str]:
    """The words of a command: of each layer what is given by position, then by name."""
    named = {name: value for name, value in called.named.items() if not name.startswith("_")}
    layers = (*program.layers, (called.given, named))
    words = list(program.words)
    for at, (given, options) in enumerate(layers):
        for value in given:
            words += _of_value(called, value)
        taken_back = {name for _, later in layers[at + 1 :] for name, value in later.items() if value is False}
        words += _of_options(called, {k: v for k, v in options.items() if v is not True or k not in taken_back}, "_")
    return words


def _of_value(called: Called, value: object) -> list[str]:
    if value is None or value is False:
        return []
    if isinstance(value, list | tuple):
        return [_text(called, one) for one in value]
    if isinstance(value, dict):
        return _of_options(called, value, "")
    return [_text(called, value)]


def _of_options(called: Called, options: Mapping[Any, object], dash: str) -> list[str]:
    words: list[str] = []
    for name, values in options.items():
        if not isinstance(name, str) or not is_known(name):
            raise _NotKnownError
        shown = f"-{name}" if len(name) == 1 else f"--{name.replace(dash, '-') if dash else name}"
        for value in values if isinstance(values, list | tuple) else (values,):
            if value is None:
                raise _NotKnownError
            if value is True:
                words.append(shown)
            elif value is not False and len(name) == 1:
                words += [shown, _text(called, value)]
            elif value is not False:
                words.append(f"{shown}={_text(called, value)}")
    return words


def _text(called: Called, value: object) -> str:
    run = called.run
    if isinstance(value, Optional) and run.assumed.get(value.name):
        return value.text
    if not isinstance(value, str | PathText | int):
        raise _NotKnownError
    text = run.text(value, called.span)
    if isinstance(value, Printed):
        raise _NotKnownError  # version 1 hands it on as standard input
    return text


# --- running ----------------------------------------------------------------------------------------------------------


def _run(called: Called, program: ProgramValue) -> object:
    special = {**program.options, **{name: one for name, one in called.named.items() if name.startswith("_")}}
    special = {name: value for name, value in special.items() if value is not None}
    reason = _objection(special)
    if reason:
        return refused(called, LIBRARY, reason)
    try:
        words = _words(called, program)
    except _NotKnownError:
        return refused(called, LIBRARY, "what the program is given is not known")
    target = _target(called, special.get("_out"))
    place = {name: special[f"_{name}"] for name in ("cwd", "env") if f"_{name}" in special}
    channels = Channels(_input(special.get("_in")))
    status = in_place(Called(called.run, called.name, (words,), place, called.span), channels)
    if status is None or (special.get("_piped") and status.code not in (0, None)):
        return refused(called, LIBRARY, "what it runs is not known")
    stream = channels.collected()
    if isinstance(target, FileValue):
        written(called, target, stream)
    allowed = special.get("_ok_code", 0)
    if status.code is not None and status.code not in (allowed if isinstance(allowed, list | tuple) else (allowed,)):
        raise PythonError(f"ErrorReturnCode_{status.code}")
    if special.get("_fg") is True:
        return None
    if special.get("_piped"):
        return Piped(stream)
    text = "" if "_out" in special else called.run.decoded(Raw(stream), called.span)
    return Printed(text) if isinstance(text, str) else text


def _objection(special: Mapping[str, object]) -> str:
    """Which option is not followed; empty if all are."""
    for name, value in special.items():
        match name:
            case "_in":
                known = isinstance(value, str | Piped) or (isinstance(value, FileValue) and value.stream is not None)
            case "_out":
                known = isinstance(value, str | PathText) or _is_screen(value)
                known = known or (isinstance(value, FileValue) and value.writes)
            case "_err":
                known = _is_screen(value)
            case "_cwd":
                known = isinstance(value, str | PathText)
            case "_env":
                known = isinstance(value, Environment) and value.whole
            case "_fg" | "_piped":
                known = isinstance(value, bool)
            case "_ok_code":
                codes = value if isinstance(value, list | tuple) else (value,)
                known = all(isinstance(one, int) for one in codes)
            case _:
                known = (name in _SHOWN and is_plain(value)) or value is False
        if not known or (special.get("_piped") and special.get("_out")):
            return name
    return ""


def _is_screen(value: object) -> bool:
    return isinstance(value, Dotted) and value.name in _SCREEN


def _target(called: Called, value: object) -> object:
    """The file that the output goes to; one that is named is emptied before the command runs."""
    if not isinstance(value, str | PathText):
        return value
    path = called.run.text(value, called.span)
    return open_file(Called(called.run, "open", (posixpath.normpath(path), "wb"), {}, called.span))


def _input(value: object) -> Input:
    match value:
        case str():
            return Input(Text(value))
        case Piped():
            return Input(value.stream)
        case FileValue() if value.stream is not None:
            return Input(value.stream)
        case _:
            return Input(NOTHING)


__all__ = ["LIBRARY", "attribute", "call", "method"]
