"""`subprocess` and `os.system`: a process that the program starts is a command of the shell's run.

https://docs.python.org/3/library/subprocess.html
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from migrator.commands.control import BUILTINS, Exit
from migrator.interpret.python.values import (
    Completed,
    Dotted,
    Environment,
    FileValue,
    Optional,
    PathText,
    PythonError,
    Raw,
    Unknown,
)
from migrator.trace.state import Channels, Input, Status
from migrator.trace.streams import NOTHING, Text
from migrator.trace.symbols import is_known

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.interpret.python.called import Called
    from migrator.trace.streams import Stream

# Words that are commands of a shell only; started as a program they are not there, or do nothing to the program.
_OF_THE_SHELL = frozenset(
    (
        *(BUILTINS.keys() - {"true", "false"}),
        *"cd chdir pushd popd dirs export declare typeset local readonly unset read mapfile readarray alias".split(),
        *"unalias getopts shopt let hash type umask".split(),
    )
)
_KNOWN = frozenset(
    "args shell check stdout stderr stdin capture_output text universal_newlines encoding errors timeout env cwd input "
    "bufsize close_fds preexec_fn start_new_session".split()
)


def run(call: Called) -> object:
    """`subprocess.run`."""
    return _process(call, checked=call.named.get("check"))


def check(call: Called) -> object:
    """`subprocess.check_call`."""
    done = _process(call, checked=True)
    return 0 if isinstance(done, Completed) else done


def status_of(call: Called) -> object:
    """`subprocess.call`."""
    done = _process(call, checked=False)
    if not isinstance(done, Completed):
        return done
    code = done.status.code
    return Unknown(call.span, f"! {done.status.shell}" if done.status.shell else None) if code is None else code


def output(call: Called) -> object:
    """`subprocess.check_output`."""
    done = _process(call, checked=True, captured=True)
    return done.output if isinstance(done, Completed) else done


def start(call: Called) -> object:
    """`subprocess.Popen`: as if it had ended at once."""
    return _process(call, checked=False)


def system(call: Called) -> object:
    """`os.system`."""
    text = call.value(0, "command")
    status = run_text(call, text, Channels())
    if status is None:
        return call.not_followed()
    if status.code is None:
        return Unknown(call.span, f"! {status.shell}" if status.shell else None)
    return status.code << 8


def printed(call: Called) -> object:
    """`subprocess.getoutput`."""
    channels = Channels()
    if run_text(call, call.value(0, "cmd"), channels) is None:
        return call.not_followed()
    text = call.run.decoded(Raw(channels.collected()), call.span)
    return text.removesuffix("\n") if isinstance(text, str) else text


def _process(call: Called, *, checked: object, captured: bool = False) -> object:
    if not call.only(*_KNOWN) or len(call.given) > 1 or not isinstance(checked, bool | None):
        return call.not_followed()
    if call.named.get("preexec_fn") is not None:
        return call.not_followed()
    channels = Channels(_input(call))
    status = in_place(call, channels)
    if status is None:
        return call.not_followed()
    caught = captured or call.named.get("capture_output") is True or _is(call, "stdout", "subprocess.PIPE")
    result: object = None
    stream = channels.collected()
    target = call.named.get("stdout")
    if caught:
        result = _text(call, stream)
    elif isinstance(target, FileValue):
        written(call, target, stream)
    if checked and status.code not in (0, None):
        raise PythonError("CalledProcessError")
    return Completed(status, result, call.span)


def _text(call: Called, stream: Stream) -> object:
    as_text = any(call.named.get(name) for name in ("text", "universal_newlines", "encoding", "errors"))
    return call.run.decoded(Raw(stream), call.span) if as_text else Raw(stream)


def _is(call: Called, name: str, dotted: str) -> bool:
    value = call.named.get(name)
    return isinstance(value, Dotted) and value.name == dotted


def _input(call: Called) -> Input:
    given = call.named.get("input", call.named.get("stdin"))
    match given:
        case str():
            return Input(Text(given))
        case Raw():
            return Input(given.stream)
        case bytes():
            return Input(Text(given.decode("utf-8", "replace")))
        case FileValue() if given.stream is not None:
            return Input(given.stream)
        case _:
            return Input(NOTHING)


def in_place(call: Called, channels: Channels) -> Status | None:
    """Runs the command in its folder and environment; None where what runs is not known."""
    shell = call.run.shell
    folder, environment = call.named.get("cwd"), call.named.get("env")
    if environment is not None and not (isinstance(environment, Environment) and environment.whole):
        return None
    outer = shell.state
    inner = shell.state = outer.clone()
    try:
        if folder is not None:
            if not isinstance(folder, str | PathText):
                return None
            if shell.call(("cd", call.run.text(folder, call.span)), Channels(), call.span).code not in (0, None):
                raise PythonError("FileNotFoundError")
        if isinstance(environment, Environment):
            inner.variables.update(environment.changes)
            inner.exported.update(environment.changes)
        as_shell = call.named.get("shell", False)
        if as_shell is True:
            return run_text(call, call.value(0, "args"), channels)
        return _words(call, call.value(0, "args"), channels) if as_shell is False else None
    finally:
        shell.state = shell.back_from_process(outer)


def _words(call: Called, given: object, channels: Channels) -> Status | None:
    shell = call.run.shell
    items = [given] if isinstance(given, str | PathText) else given
    if not isinstance(items, list | tuple) or not items:
        return None
    if not all(isinstance(item, str | PathText | Unknown | Optional) for item in items):
        return None
    words = [call.run.text(item, call.span) for item in items]
    if words[0] in _OF_THE_SHELL or words[0] in shell.state.functions or not is_known(words[0].rpartition("/")[2]):
        return None
    try:
        return shell.call(tuple(words), channels, call.span)
    except Exit as signal:
        return signal.status


def run_text(call: Called, text: object, channels: Channels) -> Status | None:
    """Runs a text as `/bin/sh -c` does."""
    if not isinstance(text, str):
        return None
    shell = call.run.shell
    outer = shell.state
    inner = shell.state = outer.clone()
    inner.functions, inner.traps, inner.options, inner.frames, inner.arrays = {}, {}, set(), [], {}
    inner.positional = ()
    try:
        act = partial(shell.run_text, call.span.file, text, channels, call.span, within=True)
        return shell.to_the_end(act, channels)
    finally:
        shell.state = shell.back_from_process(outer)


def written(call: Called, target: FileValue, stream: Stream) -> None:
    """Writes a stream behind what was written to an open file."""
    call.run.shell.write_file(target.path, stream, call.span, append=target.used)
    target.used = True


COMMANDS: dict[str, Callable[[Called], object]] = {
    "subprocess.run": run,
    "subprocess.call": status_of,
    "subprocess.check_call": check,
    "subprocess.check_output": output,
    "subprocess.Popen": start,
    "subprocess.getoutput": printed,
    "os.system": system,
}

__all__ = ["COMMANDS", "in_place", "run_text", "written"]
