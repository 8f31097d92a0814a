"""Built-ins that steer the script: exit, return, break, continue, shift, set, trap, eval, source, exec."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.commands.numbers import natural, whole
from migrator.commands.programs import may_build, script_text
from migrator.rules import script as rules
from migrator.trace.state import FAILURE, SUCCESS, Status
from migrator.trace.symbols import Symbol, SymbolKind, is_known, is_symbol

if TYPE_CHECKING:
    from migrator.commands.base import Command, Invocation


class Signal(Exception):  # noqa: N818 — it carries control flow, not an error
    """Control flow on its way up; `count` is how many loops a break or continue leaves."""

    def __init__(self, status: Status = SUCCESS, count: int = 1) -> None:
        super().__init__()
        self.status, self.count = status, count


class Exit(Signal):
    """The script, or the subshell, ends."""


class Return(Signal):
    """The function or the sourced file ends."""


class Break(Signal):
    """The loop ends."""


class Continue(Signal):
    """The loop goes on with its next round."""


def _status(call: Invocation) -> Status:
    if not call.arguments:
        return call.state.status
    number = whole(call.arguments[0])
    return Status(None, None, call.span) if number is None else Status(number & 255)


def leave(call: Invocation) -> Status:
    """`exit [n]`."""
    raise Exit(_status(call))


def give_back(call: Invocation) -> Status:
    """`return [n]`."""
    raise Return(_status(call))


def _count(call: Invocation) -> int:
    number = natural(call.arguments[0]) if call.arguments else None
    return 1 if number is None else number


def leave_loop(call: Invocation) -> Status:
    """`break [n]`."""
    raise Break(SUCCESS, _count(call))


def next_round(call: Invocation) -> Status:
    """`continue [n]`."""
    raise Continue(SUCCESS, _count(call))


def shift(call: Invocation) -> Status:
    """`shift [n]`; arguments that the user may still give move up as well."""
    state, count = call.state, _count(call)
    kept = list(state.positional)
    if not is_known("".join(call.arguments)) and kept:
        state.positional = (call.shell.symbols.character(Symbol(SymbolKind.WORDS, "1", None, call.span)),)
        return SUCCESS
    for _ in range(count):
        if not kept:
            return FAILURE
        if call.shell.symbols.is_many(kept[0]):  # one of them goes, and nobody knows which are left
            kept = [call.shell.symbols.split(call.span)]
            break
        if _is_open(call, kept[0]):
            start = int(call.shell.symbols[kept[0]].name) + 1
            kept[0] = open_arguments(call.shell.symbols, start)
        else:
            kept.pop(0)
    state.positional = tuple(kept)
    return SUCCESS


def _is_open(call: Invocation, value: str) -> bool:
    return len(value) == 1 and is_symbol(value) and call.shell.symbols[value].kind is SymbolKind.WORDS


def open_arguments(symbols: object, start: int) -> str:
    """The character that stands for the arguments from `start` on that a user may give."""
    shell = "$@" if start == 1 else f"${{@:{start}}}"
    return symbols.character(Symbol(SymbolKind.WORDS, str(start), shell))  # type: ignore[attr-defined, no-any-return]


LETTERS = {
    "e": "errexit",
    "u": "nounset",
    "x": "xtrace",
    "f": "noglob",
    "n": "noexec",
    "v": "verbose",
    "a": "allexport",
}


def set_options(call: Invocation) -> Status:
    """`set -eu -o pipefail -- words`."""
    words = list(call.arguments)
    state = call.state
    while words:
        word = words.pop(0)
        if word == "--":
            state.positional = tuple(words)
            return SUCCESS
        if word in ("-o", "+o"):
            if words:
                (state.options.add if word[0] == "-" else state.options.discard)(words.pop(0))
        elif word[:1] in "-+" and len(word) > 1 and not is_symbol(word[0]):
            for letter in word[1:]:
                name = LETTERS.get(letter)
                if letter == "o" and words:
                    name = words.pop(0)
                if name:
                    (state.options.add if word[0] == "-" else state.options.discard)(name)
        else:
            state.positional = (word, *words)
            return SUCCESS
    return SUCCESS


def set_shell_options(call: Invocation) -> Status:
    """`shopt -s nullglob` and its like."""
    if "-s" in call.arguments:
        call.state.options.update(word for word in call.arguments if not word.startswith("-"))
    elif "-u" in call.arguments:
        call.state.options.difference_update(call.arguments)
    return SUCCESS


def trap(call: Invocation) -> Status:
    """`trap command SIGNAL…`; only EXIT is ever run."""
    words = [word for word in call.arguments if word != "--"]
    if len(words) > 1 and words[0] != "-p":
        for name in words[1:]:
            key = {"0": "EXIT"}.get(name, name.upper().removeprefix("SIG"))
            if words[0] == "-":
                call.state.traps.pop(key, None)
            else:
                call.state.traps[key] = words[0]
    return SUCCESS


def evaluate(call: Invocation) -> Status:
    """`eval words`: run when its text is known, else everything that it could touch is unknown."""
    text = " ".join(call.arguments)
    if all(is_known(word) for word in call.arguments):
        return call.shell.run_text("eval", text, call.channels, call.span)
    found = [symbol for symbol in call.shell.symbols.within(text) if symbol.kind is not SymbolKind.UNKNOWN]
    if len(found) == sum(is_symbol(character) for character in text) and _symbols_are_words(call, text):
        return call.shell.run_text("eval", text, call.channels, call.span)
    call.shell.note(rules.EVAL_UNKNOWN.at(call.span))
    call.state.workspace = call.state.workspace.tainted(call.span)
    return Status(None, None, call.span)


def _symbols_are_words(call: Invocation, text: str) -> bool:
    """Whether the values in an eval's text can only be arguments: ids and places, never code."""
    kinds = {symbol.kind for symbol in call.shell.symbols.within(text)}
    return kinds <= {SymbolKind.CONTAINER, SymbolKind.IMAGE, SymbolKind.PLACE}


def source(call: Invocation) -> Status:
    """`. file` and `source file`: a file of the repository is run here; any other makes things unknown."""
    if not call.arguments:
        return FAILURE
    name = call.arguments[0]
    path = call.path(name)
    text = script_text(call.shell, path, call.span) if is_known(name) or path.startswith(call.shell.root) else None
    if text is None:
        elsewhere = is_known(name) and name.startswith(("/etc/", "/usr/", "/opt/"))
        if elsewhere or (call.state.workspace.exists(path) is False and not _may_be_there(call, name, path)):
            call.shell.note(rules.SOURCE_MISSING.at(call.span, file=posixpath.basename(name) or name))
            return FAILURE
        anything = all(is_symbol(character) for character in name)
        builder = None if anything else may_build(call.shell, _pattern(path))
        if builder is None:
            call.shell.note(rules.SOURCE_UNKNOWN.at(call.span))
        else:
            call.shell.note(rules.PROGRAM_BUILDS.at(call.span, file=builder))
        call.state.workspace = call.state.workspace.tainted(call.span)
        return Status(None, None, call.span)
    shown = path.removeprefix(call.shell.root).lstrip("/")
    saved = call.state.positional
    if len(call.arguments) > 1:
        call.state.positional = call.arguments[1:]
    try:
        status = call.shell.run_text(shown, text, call.channels, call.span)
    except Return as signal:
        status = signal.status
    if len(call.arguments) > 1:
        call.state.positional = saved
    return status


def _may_be_there(call: Invocation, name: str, path: str) -> bool:
    """Whether a name with a part that nobody knows (`env/$STAGE.sh`) may be that of a file of the checkout."""
    if is_known(name) or all(is_symbol(character) for character in name):
        return False
    return any(re.fullmatch(_pattern(path), f"{call.shell.root}/{file}") for file in call.shell.project.files)


def _pattern(path: str) -> str:
    """A regular expression for what a path may be."""
    return "".join("[^/]*" if is_symbol(character) else re.escape(character) for character in path)


def nothing(_: Invocation) -> Status:
    """`:` and `true`."""
    return SUCCESS


def fail(_: Invocation) -> Status:
    """`false`."""
    return FAILURE


BUILTINS: dict[str, Command] = {
    "exit": leave, "return": give_back, "break": leave_loop, "continue": next_round, "shift": shift,
    "set": set_options, "shopt": set_shell_options, "trap": trap, "eval": evaluate, ".": source, "source": source,
    ":": nothing, "true": nothing, "false": fail,
}  # fmt: skip
