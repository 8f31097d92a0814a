"""`c.run(…)` of Invoke and `c.local(…)` of Fabric: a command of `/bin/bash -c` on this machine.

https://docs.pyinvoke.org/en/stable/api/runners.html, https://docs.pyinvoke.org/en/stable/api/context.html
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from migrator.interpret.python.libraries.refuse import refused, refused_at
from migrator.interpret.python.libraries.things import ContextValue, Ended, Pushed
from migrator.interpret.python.processes import run_text
from migrator.interpret.python.values import FileValue, Method, PathText, PythonError, Raw, Unknown, is_plain
from migrator.trace.state import SUCCESS, Channels, Input
from migrator.trace.streams import NOTHING
from migrator.trace.symbols import is_known

if TYPE_CHECKING:
    from migrator.interpret.python.called import Called
    from migrator.interpret.python.program import Running
    from migrator.source import Span
    from migrator.trace.state import Status

INVOKE, FABRIC = "Invoke", "Fabric"
_METHODS = frozenset(("run", "local", "cd", "prefix", "sudo", "put", "get", "close", "open"))
# Options of `run` that change what is shown, and nothing that is done.
_SHOWN = frozenset(("hide", "echo", "echo_format", "encoding", "fallback", "echo_stdin", "timeout"))
_SHELLS = frozenset(("/bin/bash", "bash", "/usr/bin/bash", "/usr/bin/env bash"))
# Where these are anything but off, the command is not waited for, or something answers what it asks.
_OFF = frozenset(("asynchronous", "disown", "watchers", "replace_env", "out_stream", "err_stream", "in_stream"))


def attribute(run: Running, owner: ContextValue | Ended, name: str, span: Span) -> object:
    """`owner.name` of a context, or of what a command came to."""
    if isinstance(owner, ContextValue):
        if name in _METHODS:
            return Method(owner, name)
        return refused_at(run, INVOKE, "settings and other parts of a context are not known", span)
    code = owner.status.code
    match name:
        case "stdout":
            return owner.stdout
        case "ok" | "failed":
            if code is not None:
                return (code == 0) == (name == "ok")
            text = owner.status.shell
            return Unknown(span, (text if name == "ok" else f"! {text}") if text else None)
        case "return_code" | "exited":
            return Unknown(span, f"! {owner.status.shell}" if owner.status.shell else None) if code is None else code
        case _:
            return Unknown(span, pure=True)


def of_context(call: Called, owner: ContextValue) -> object:
    """A method of a context."""
    library = INVOKE if owner.here else FABRIC
    match call.name.rpartition(".")[2]:
        case "run" if owner.here:
            return run_here(call, owner)
        case "local" if owner.local:
            return run_here(call, owner)
        case "cd" | "prefix" as method if len(call.given) + len(call.named) == 1:
            value = call.value(0, "path" if method == "cd" else "command")
            if isinstance(value, str | PathText):
                text = call.run.text(value, call.span)
                return Pushed(owner.folders if method == "cd" else owner.prefixes, text)
            return refused(call, library, "what it is given is not known")
        case "close" if owner.local:
            return None
        case "run" | "put" | "get" | "open":
            return refused(call, library, "it may run on another machine")
        case _:
            return refused(call, library, "what it does is not known")


def run_here(call: Called, owner: ContextValue) -> object:
    """`run` on this machine."""
    command = call.value(0, "command")
    named = {name: value for name, value in call.named.items() if name != "command" and value is not None}
    reason = _objection(call, owner, command, named)
    if reason:
        return refused(call, INVOKE, reason)
    if named.get("dry") is True:
        return Ended(SUCCESS, "", call.span)
    channels = Channels(Input(NOTHING))
    status = _with_variables(call, _whole(str(command), owner), named.get("env"), channels)
    if status is None:
        return refused(call, INVOKE, "what it runs is not known")
    pty = named.get("pty") is True
    stdout = Unknown(call.span) if pty else call.run.decoded(Raw(channels.collected()), call.span)
    if status.code not in (0, None) and named.get("warn") is not True:
        raise PythonError("UnexpectedExit", status.code if call.run.of_tasks else 1)
    return Ended(status, stdout, call.span)


def _objection(call: Called, owner: ContextValue, command: object, named: dict[str, object]) -> str:
    """Why a command is not followed; empty if it is."""
    if not isinstance(command, str) or len(call.given) > 1:
        return "the command is not known"
    if any(not is_known(one[:1]) for one in owner.folders[1:]):
        return "the folder is not known"
    for name, value in named.items():
        known = value is False or value == [] if name in _OFF else True
        if name in ("warn", "dry", "pty"):
            known = isinstance(value, bool)
        elif name == "shell":
            known = isinstance(value, str) and value in _SHELLS
        elif name == "env":
            known = isinstance(value, dict) and all(isinstance(key, str) and is_known(key) for key in value)
        elif name in _SHOWN:
            known = is_plain(value)
        elif name not in _OFF:
            known = False
        if not known or isinstance(value, FileValue):
            return f"{name}={'…' if len(str(value)) > 20 or not is_plain(value) else value!r}"
    return ""


def _whole(command: str, owner: ContextValue) -> str:
    """A command with the folder and the commands that stand before it."""
    before = list(owner.prefixes)
    if owner.folders:
        last = max((at for at, one in enumerate(owner.folders) if one.startswith(("/", "~"))), default=0)
        paths = [one.replace(" ", r"\ ") for one in owner.folders[last:]]
        before.insert(0, f"cd {posixpath.join(*paths)}")
    return " && ".join([*before, command])


def _with_variables(call: Called, text: str, variables: object, channels: Channels) -> Status | None:
    shell = call.run.shell
    outer = shell.state
    inner = shell.state = outer.clone()
    try:
        if isinstance(variables, dict):
            texts = {name: call.run.text(value, call.span) for name, value in variables.items()}
            inner.variables.update(texts)
            inner.exported.update(texts)
        return run_text(call, text, channels)
    finally:
        shell.state = shell.back_from_process(outer)


__all__ = ["FABRIC", "INVOKE", "attribute", "of_context", "run_here"]
