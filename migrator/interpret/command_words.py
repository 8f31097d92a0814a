"""The words of a simple command: what is split and what is not, and what the first of them stands for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.dockercli.parse import program_name
from migrator.interpret.expand import is_split
from migrator.shell import syntax
from migrator.trace.symbols import is_known, is_symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.interpret.execute import Interpreter
    from migrator.shell.syntax import Word

DECLARING = ("declare", "local", "typeset", "readonly", "export")
_ASSIGNED = re.compile(r"[A-Za-z_]\w*\+?=")


def command_fields(shell: Interpreter, words: Sequence[Word]) -> list[str]:
    """The fields of a command; what `local X=$1` and its like assign is not split."""
    if not words or words[0].literal not in DECLARING:
        found = shell.words.fields(words)
        if found[:2] == ["set", "--"] and is_split(words[2:]) and not is_known("".join(found[2:])):
            return ["set", "--", shell.symbols.split(words[2].span)]
        return found
    found = [str(words[0].literal)]
    for word in words[1:]:
        first = word.parts[0] if word.parts else None
        assigns = isinstance(first, syntax.Literal) and not first.quoted and _ASSIGNED.match(first.text)
        found.extend([shell.words.text(word)] if assigns else shell.words.fields([word]))
    return found


def named(shell: Interpreter, words: Sequence[str]) -> Sequence[str]:
    """The words with an alias, `${DOCKER:-docker}` or `$SUDO` in front replaced by what it runs."""
    alias = shell.state.aliases.get(words[0]) if "expand_aliases" in shell.state.options else None
    if alias is not None and not (alias.inside and shell.state.frames):
        return [*alias.text.split(), *words[1:]]
    if len(words[0]) != 1 or not is_symbol(words[0]):
        return words
    symbol = shell.symbols[words[0]]
    if symbol.default and is_known(symbol.default):
        return [*symbol.default.split(), *words[1:]]
    if symbol.empty and len(words) > 1 and program_name(words[1]) is not None:
        return words[1:]  # what stands before the engine's name, or nothing, is for the machine to know
    return words
