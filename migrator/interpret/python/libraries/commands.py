"""Commands of plumbum: `local["docker"]["build", …]`, called, piped, sent to files, and run with `& FG`.

https://plumbum.readthedocs.io/en/latest/local_commands.html
"""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.interpret.python.called import Called
from migrator.interpret.python.files import open_file
from migrator.interpret.python.libraries.machine import LIBRARY, environment
from migrator.interpret.python.libraries.refuse import refused, refused_at
from migrator.interpret.python.libraries.things import CommandValue, HowToRun
from migrator.interpret.python.processes import in_place, written
from migrator.interpret.python.values import (
    Dotted,
    Environment,
    FileValue,
    Method,
    Optional,
    PathText,
    PythonError,
    Raw,
    Unknown,
    is_plain,
)
from migrator.trace.state import Channels, Input, Status
from migrator.trace.streams import NOTHING, Text

if TYPE_CHECKING:
    from migrator.interpret.python.program import Running
    from migrator.source import Span
    from migrator.trace.streams import Stream

_METHODS = frozenset(
    "run run_fg run_tf run_retcode run_tee bound_command with_env setenv with_cwd popen bgrun nohup run_bg".split()
)
_WAYS = ("FG", "TF", "RETCODE", "TEE")
# Which entry of `files` an operator fills.
_FILES = {"<": "in", "<<": "data", ">": "out", ">>": "more"}
# Options of a call that change nothing that is done.
_SHOWN = frozenset(("timeout", "encoding"))


class _NotKnownError(Exception):
    """What a command is given is not known, or not followed; says what."""


def attribute(run: Running, owner: CommandValue, name: str, span: Span) -> object:
    """`owner.name` of a command."""
    return Method(owner, name) if name in _METHODS else refused_at(run, LIBRARY, "it is not known", span)


def way(called: Called) -> object:
    """`FG(…)` and its like: the same with other codes that are expected."""
    name = called.name.rpartition(".")[2]
    allowed = {"retcode", "timeout", "FG"} if name in _WAYS else set()
    expected = called.value(0, "retcode", 0) if name != "RETCODE" else None
    if not called.only(*allowed) or len(called.given) > (name != "RETCODE") or not _is_expectation(expected):
        return refused(called, LIBRARY, "what it is given is not known")
    return HowToRun(name, expected)


def bound(run: Running, owner: CommandValue, index: object, span: Span) -> object:
    """`owner[index]`: the command with more words."""
    if owner.files or owner.source is not None:
        return refused_at(run, LIBRARY, "a command with files or a pipe gets more words", span)
    return replace(owner, words=(*owner.words, *(index if isinstance(index, list | tuple) else (index,))))


def operation(run: Running, operator: str, left: object, right: object, span: Span) -> object:
    """`left operator right` where one of them is a command or says how to run one; None for everything else."""
    if not isinstance(left, CommandValue) and not isinstance(right, CommandValue) and _way_of(right) is None:
        return None
    how = _way_of(right)
    if isinstance(left, CommandValue):
        if operator == "&" and how is not None:
            return _run_as(Called(run, "this command", (), {}, span), left, how)
        if operator == "|" and isinstance(right, CommandValue) and right.source is None and "in" not in right.files:
            return replace(right, source=left)
        name = _FILES.get(operator, "")
        taken = {"in", "data"} if name in ("in", "data") else {"out", "more"}
        if name and not taken & set(left.files) and not (left.source is not None and name in ("in", "data")):
            return replace(left, files={**left.files, name: right})
    return refused_at(run, LIBRARY, "how it is run is not known", span)


def _way_of(value: object) -> HowToRun | None:
    if isinstance(value, HowToRun):
        return value
    if isinstance(value, Dotted) and value.name.startswith("plumbum."):
        name = value.name.rpartition(".")[2]
        return HowToRun(name, None if name == "RETCODE" else 0) if name.isupper() else None
    return None


def method(called: Called, owner: CommandValue, name: str) -> object:
    """A method of a command."""
    match name:
        case "bound_command":
            return bound(called.run, owner, called.given, called.span)
        case "with_env" | "setenv" if not called.given:
            return replace(owner, place={**owner.place, "env": {**_variables(owner), **called.named}})
        case "with_cwd" if len(called.given) == 1 and not called.named:
            return replace(owner, place={**owner.place, "cwd": called.given[0]})
        case "run" if len(called.given) < 2:
            words = called.value(0, "args", ())
            inner = replace(called, given=tuple(words) if isinstance(words, list | tuple) else (words,),
                            named={key: one for key, one in called.named.items() if key != "args"})  # fmt: skip
            return _run_as(inner, owner, HowToRun("TEE", called.named.get("retcode", 0)))
        case "run_fg" | "run_tf" | "run_retcode" | "run_tee" if not called.given:
            how = way(replace(called, name=name.removeprefix("run_").upper()))
            return _run_as(replace(called, named={}), owner, how) if isinstance(how, HowToRun) else how
        case _:
            return refused(called, LIBRARY, "it is not waited for, or not known")


def call(called: Called, owner: CommandValue) -> object:
    """`owner(…)`: what the command prints."""
    found = _run_as(called, owner, HowToRun("TEE", called.named.get("retcode", 0)))
    return found[1] if isinstance(found, tuple) else found


def _variables(owner: CommandValue) -> dict[str, object]:
    found = owner.place.get("env")
    return {str(name): value for name, value in found.items()} if isinstance(found, dict) else {}


def _is_expectation(value: object) -> bool:
    codes = value if isinstance(value, list | tuple) else (value,)
    return value is None or all(isinstance(one, int) for one in codes)


# --- running ----------------------------------------------------------------------------------------------------------


def _run_as(called: Called, command: CommandValue, how: HowToRun) -> object:
    """Runs a command; what comes back is what that way of running it gives."""
    if how.name not in _WAYS:
        return refused(called, LIBRARY, "it is not waited for, or what it says goes elsewhere")
    expected = how.expected if how.name != "RETCODE" else None
    if not _is_expectation(expected):
        return refused(called, LIBRARY, "which code is expected is not known")
    try:
        chain = _chain(called, command)
        done, stream = _run_chain(called, chain)
    except _NotKnownError as error:
        return refused(called, LIBRARY, str(error))
    codes = [status.code for status in done]
    last = next((code for code in (codes[-1], *codes[:-1]) if code != 0), 0)
    fits = _fits(codes[:-1], last, expected)
    shell = done[-1].shell if all(code == 0 for code in codes[:-1]) else None
    if how.name == "TF":
        plain = last is not None or how.expected == 0
        return fits if last is not None else Unknown(called.span, shell if plain and how.expected == 0 else None)
    if not fits:
        raise PythonError("ProcessExecutionError")
    code = Unknown(called.span, f"! {shell}" if shell else None) if last is None else last
    if how.name == "RETCODE":
        return code
    if how.name == "FG":
        return None
    text = "" if {"out", "more"} & set(chain[-1].files) else called.run.decoded(Raw(stream), called.span)
    return (code, text, Unknown(called.span, pure=True))


def _fits(before: list[int | None], last: int | None, expected: object) -> bool:
    """Whether the codes of a pipe are those that are expected; one that is not known is taken for one that is."""
    if expected is None:
        return True
    codes = tuple(expected) if isinstance(expected, list | tuple) else (expected,)
    return all(code is None or code in (0, *codes) for code in before) and (last is None or last in codes)


def _chain(called: Called, command: CommandValue) -> list[CommandValue]:
    """The commands of a pipe, the first one with the words and the place that the call adds."""
    chain = [command]
    while chain[0].source is not None:
        chain.insert(0, chain[0].source)
    more = {name: value for name, value in called.named.items() if name not in _SHOWN and name != "retcode"}
    if set(more) - {"cwd", "env"}:
        raise _NotKnownError(next(iter(set(more) - {"cwd", "env"})))
    if len(chain) > 1 and (more or any(one.place for one in chain)):
        raise _NotKnownError("a pipe has a place of its own")
    if len(chain) > 1 and any({"out", "more"} & set(one.files) for one in chain[:-1]):
        raise _NotKnownError("what a pipe is fed with goes to a file")
    if "env" in more:
        given = more["env"]
        if not isinstance(given, dict):
            raise _NotKnownError("env")
        more["env"] = {**_variables(chain[0]), **given}
    chain[0] = replace(chain[0], words=(*chain[0].words, *called.given), place={**chain[0].place, **more})
    return chain


def _run_chain(called: Called, chain: list[CommandValue]) -> tuple[list[Status], Stream]:
    statuses: list[Status] = []
    stream: Stream = NOTHING
    for number, one in enumerate(chain):
        words = _words(called, one, nested=False)
        target = _target(called, one)
        channels = Channels(_input(called, one) if number == 0 else Input(stream))
        status = in_place(Called(called.run, called.name, (words,), _place(called, one), called.span), channels)
        if status is None:
            raise _NotKnownError("what it runs is not known")
        stream = channels.collected()
        if target is not None:
            written(called, target, stream)
        statuses.append(status)
    return statuses, stream


def _place(called: Called, command: CommandValue) -> dict[str, object]:
    """The folder and the variables in which a command runs."""
    inherited = environment(called)
    if inherited is None:
        raise _NotKnownError("os.environ was changed behind the import of plumbum, which has a copy of it")
    changes = dict(inherited.changes)
    for name, value in _variables(command).items():
        if not isinstance(value, str | PathText | int):
            raise _NotKnownError("the environment is not known")
        changes[name] = called.run.text(value, called.span)
    found: dict[str, object] = {"env": Environment(changes=changes)} if changes else {}
    folder = command.place.get("cwd")
    if folder is None:
        return found
    if not isinstance(folder, str | PathText):
        raise _NotKnownError("the folder is not known")
    return {**found, "cwd": folder}


def _target(called: Called, command: CommandValue) -> FileValue | None:
    """The file that the output goes to; it is emptied before the command runs, or written behind what it holds."""
    for name, mode in (("out", "w"), ("more", "a")):
        if name in command.files:
            value = command.files[name]
            file = value
            if isinstance(value, str | PathText):
                file = open_file(Called(called.run, "open", (value, mode), {}, called.span))
            if not isinstance(file, FileValue) or not file.writes:
                raise _NotKnownError("the file that it writes is not known")
            return file
    return None


def _input(called: Called, command: CommandValue) -> Input:
    if "data" in command.files:
        data = command.files["data"]
        if not isinstance(data, str):
            raise _NotKnownError("what it reads is not known")
        return Input(Text(data))
    if "in" not in command.files:
        return Input(NOTHING)
    file = command.files["in"]
    if isinstance(file, str | PathText):
        file = open_file(Called(called.run, "open", (file, "r"), {}, called.span))
    if not isinstance(file, FileValue) or file.stream is None:
        raise _NotKnownError("what it reads is not known")
    return Input(file.stream)


# --- words ------------------------------------------------------------------------------------------------------------


def _words(called: Called, command: CommandValue, *, nested: bool) -> list[str]:
    """The words of a command; those of one that is the word of another one are quoted for a shell, as plumbum does."""
    words: list[str] = []
    for value in command.words:
        if value is None:
            continue
        if isinstance(value, CommandValue):
            if nested or value.files or value.source or value.place:
                raise _NotKnownError("a command that is given to a command")
            words += _words(called, value, nested=True)
        elif isinstance(value, list | tuple):
            words += [_text(called, one) for one in value]
        else:
            words.append(_text(called, value))
    if not nested:
        return words
    if not is_plain(words[1:]):
        raise _NotKnownError("a command that is given to a command")
    return [words[0], *(shlex.quote(one) for one in words[1:])]


def _text(called: Called, value: object) -> str:
    if isinstance(value, Optional) and called.run.assumed.get(value.name):
        return value.text
    if not isinstance(value, str | PathText | int):
        raise _NotKnownError("what the program is given is not known")
    return called.run.text(value, called.span)


__all__ = ["attribute", "bound", "call", "method", "operation", "way"]
