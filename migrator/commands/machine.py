"""Questions about the machine and the checkout whose answers become parameters: date, uname, id, git, hostname."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.rules import script as rules
from migrator.trace.render import renderable, word
from migrator.trace.state import FAILURE, SUCCESS, Status
from migrator.trace.symbols import Symbol, SymbolKind, is_symbol
from migrator.trace.workspace import Mystery

if TYPE_CHECKING:
    from migrator.commands.base import Command, Invocation, Shell

_RUNS_ON = re.compile(r"%[sSTNHMIklprRXc]|^\$\(date\)$")  # what shows the time of day


def _answer(call: Invocation, name: str, *, empty: bool = False) -> Status:
    """What the command prints, as a value that the same command yields again."""
    if not all(renderable(item, call.shell.symbols) for item in call.words):
        call.channels.say(call.unknown(name))
        return SUCCESS
    text = "$(" + " ".join(word(item, call.shell.symbols) for item in call.words) + ")"
    # Asked twice in the checkout itself, it is the same value; elsewhere, or with a clock that runs on, it is not.
    same = call.state.cwd == call.shell.root and not (call.name == "date" and _RUNS_ON.search(text))
    symbol = Symbol(SymbolKind.OUTPUT, name, text, None if same else call.span, None, empty)
    call.channels.say(call.shell.symbols.character(symbol) + "\n")
    return SUCCESS


def date(call: Invocation) -> Status:
    """`date`."""
    return _answer(call, "BUILD_DATE")


def system(call: Invocation) -> Status:
    """`uname`: the engine runs Linux."""
    if set(call.arguments) <= {"-s"}:
        call.channels.say("Linux\n")
        return SUCCESS
    return _answer(call, "UNAME")


def identity(call: Invocation) -> Status:
    """`id -u`, `whoami`, `hostname`, `nproc`, `arch`."""
    return _answer(
        call, {"id": "ID", "hostname": "HOSTNAME_VALUE", "nproc": "CORES", "arch": "ARCH"}.get(call.name, "USER_NAME")
    )


_GIT_QUESTIONS = {
    "rev-parse": "REVISION", "describe": "VERSION", "log": "REVISION", "config": "GIT_CONFIG", "branch": "BRANCH",
    "symbolic-ref": "BRANCH", "tag": "TAG", "show": "REVISION", "rev-list": "REVISION", "remote": "REMOTE",
    "ls-remote": "REVISION", "name-rev": "REVISION", "status": "STATUS", "diff": "DIFF", "ls-files": "FILES",
    "show-ref": "REVISION", "for-each-ref": "REVISION", "cat-file": "REVISION", "version": "VERSION",
}  # fmt: skip
_GIT_HARMLESS = {"fetch", "push", "add", "commit", "gc", "--version", "remote"}


def git(call: Invocation) -> Status:
    """`git`: questions become values; what changes the checkout makes it unknown."""
    words = list(call.arguments)
    while words and words[0].startswith("-"):
        words = words[2:] if words[0] in ("-C", "-c") else words[1:]
    verb = words[0] if words else ""
    if verb == "rev-parse" and "--show-toplevel" in words:
        call.channels.say(call.shell.root + "\n")
        return SUCCESS
    if any(re.match(r"--output\b", item) or (verb == "config" and re.match(r"-f|--file\b", item)) for item in words):
        call.state.workspace = call.state.workspace.tainted(call.span)
        return Status(None, None, call.span)
    if verb in ("status", "diff", "ls-files") or (verb in _GIT_QUESTIONS and "-z" in words):
        _answer(call, _GIT_QUESTIONS[verb], empty=True)
        return Status(None, None, call.span)
    if verb in _GIT_QUESTIONS:
        answered = _answer(call, _GIT_QUESTIONS[verb], empty=verb != "rev-parse")
        known = all(renderable(item, call.shell.symbols) for item in call.words)
        text = " ".join(word(item, call.shell.symbols) for item in call.words) if known else None
        return replace(answered, shell=text and f"{text} >/dev/null 2>&1", because=call.span, assumed=True)
    if verb in _GIT_HARMLESS:
        return SUCCESS
    if verb in {"submodule", "lfs"}:
        call.state.workspace = call.state.workspace.tainted(call.span)
        return SUCCESS
    if verb == "clone":
        return _clone(call, words[1:])
    call.state.workspace = call.state.workspace.tainted(call.span)
    return Status(None, None, call.span)


def _clone(call: Invocation, words: list[str]) -> Status:
    operands, index, branch = [], 0, None
    while index < len(words):
        if words[index] in ("-b", "--branch"):
            branch = words[index + 1] if index + 1 < len(words) else None
        if words[index] in ("-b", "--branch", "--depth", "-o", "--origin", "-j", "--jobs", "-c", "--reference"):
            index += 1
        elif not words[index].startswith("-"):
            operands.append(words[index])
        index += 1
    if not operands:
        return FAILURE
    name = operands[1] if len(operands) > 1 else operands[0].rstrip("/").rsplit("/", 1)[-1].removesuffix(".git")
    node = Mystery(call.span, "a checkout of another repository, whose files are not here")
    call.state.workspace = call.state.workspace.put(call.path(name), node)
    if re.match(r"(https?|git|ssh)://|git@", operands[0]):
        call.shell.note(rules.CLONED.at(call.span, address=address_for_add(call.shell, operands[0], branch)))
    return SUCCESS


def address_for_add(shell: Shell, address: str, ref: str | None) -> str:
    """A git address as ADD takes it, with a value of the script's as a variable."""
    text = address + (f"#{ref}" if ref else "")
    return "".join(f"${{{shell.symbols[c].name}}}" if is_symbol(c) else c for c in text)


def find_program(call: Invocation) -> Status:
    """`command -v name`, `which name`, `type name`: docker is there; about others we do not know."""
    names = [item for item in call.arguments if not item.startswith("-")]
    if names and names[0] in call.state.functions:
        call.channels.say(names[0] + "\n")
        return SUCCESS
    sure = {"docker", "bash", "sh", "tar", "gzip", "sed", "awk", "grep", "cat", "cp", "mktemp"}
    if names and all(name in sure for name in names):
        call.channels.say("".join(f"/usr/bin/{name}\n" for name in names))
        return SUCCESS
    call.channels.say(call.unknown("which"))
    return Status(None, None, call.span)


COMMANDS: dict[str, Command] = {
    "date": date, "uname": system, "id": identity, "whoami": identity, "hostname": identity, "nproc": identity,
    "arch": identity, "git": git, "which": find_program, "type": find_program,
    "hash": find_program,
}  # fmt: skip
