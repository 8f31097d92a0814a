"""Parameters that the shell itself sets: `$1`, `$#`, `$?`, `$$`, `PWD` and their like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.commands.numbers import natural
from migrator.trace.symbols import Symbol, SymbolKind, is_symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.interpret.execute import Interpreter


def special(shell: Interpreter, name: str) -> str | None:
    """The value of a parameter that the shell itself sets; None when the name is none of those, or not set."""
    state = shell.state
    number = natural(name)
    if number is not None:
        return positional(shell, number)
    match name:
        case "?":
            code = state.status.code
            return shell.symbols.unknown(state.status.because, "?") if code is None else str(code)
        case "_":  # the last word of the command before, which a function, a pipeline or `[[` may leave as it was
            return shell.symbols.unknown(shell.here, "_")
        case "#":
            return count(shell, state.positional)
        case "PWD":
            return state.cwd
        case "OLDPWD":
            return state.variables.get("OLDPWD", state.cwd)
        case "$" | "!" | "BASHPID" | "PPID" | "RANDOM" | "SECONDS" | "EPOCHSECONDS" | "SRANDOM":
            because = None if name in ("$", "PPID") else shell.here  # the others differ from place to place
            known_as = {"$": "PID", "!": "JOB"}.get(name, name)
            return shell.symbols.character(Symbol(SymbolKind.OUTPUT, known_as, f"${name}", because, None, empty=False))
        case "UID" | "EUID":
            symbol = Symbol(SymbolKind.OUTPUT, name, f"${name}", None, None, empty=False)
            return shell.symbols.character(symbol)
        case "-":
            return "hB" + ("e" if "errexit" in state.options else "")
        case "LINENO":
            return str(shell.here.line) if shell.here else "0"
        case "BASH_SOURCE":
            return shell.source_name
        case "FUNCNAME":
            return shell.function_names[-1] if shell.function_names else ""
        case "BASH_VERSION":
            return "5.2.15(1)-release"
        case "OSTYPE":
            return "linux-gnu"
        case "HOSTTYPE":
            return "x86_64"
        case "IFS":
            return " \t\n"
        case "OPTIND":
            return "1"
        case _:
            return None


def positional(shell: Interpreter, number: int) -> str | None:
    """The value of `$0`, `$1`, …; an argument that the user may still give is a parameter."""
    return shell.state.script if number == 0 else nth(shell, shell.state.positional, number)


def nth(shell: Interpreter, given: Sequence[str], number: int) -> str | None:
    """One of some words, counted from 1, among which may be the arguments that the user may still give."""
    for index, value in enumerate(given, 1):
        words = open_words(shell, value)
        if words is not None and index == len(given):
            start = int(words.name)
            return shell.symbols.character(
                Symbol(SymbolKind.PARAMETER, f"ARG{start + number - index}", f"${{{start + number - index}}}", None)
            )
        if words is not None or shell.symbols.is_many(value):
            return shell.symbols.unknown(shell.here)  # one of the names or words, or what stands behind them
        if index == number:
            return value
    return None


def open_words(shell: Interpreter, value: str) -> Symbol | None:
    """The symbol of a value that stands for any number of arguments, else None."""
    if len(value) == 1 and is_symbol(value):
        symbol = shell.symbols[value]
        return symbol if symbol.kind is SymbolKind.WORDS and symbol.name.isdigit() else None
    return None


def count(shell: Interpreter, given: Sequence[str]) -> str:
    """How many some words are, of the arguments `$#`."""
    if any(map(shell.symbols.is_many, given)):
        return shell.symbols.unknown(shell.here)
    if any(open_words(shell, value) for value in given):
        symbol = Symbol(SymbolKind.OUTPUT, "COUNT", f"$(({len(given) - 1}+$#))", None, None, empty=False)
        return shell.symbols.character(symbol)
    return str(len(given))
