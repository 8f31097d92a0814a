"""Paths of a build that the user may choose by a variable, which may have a default in the script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.commands.base import is_symbol
from migrator.rules import script as rules
from migrator.trace.symbols import SymbolKind
from migrator.trace.workspace import Entries, Folder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migrator.commands.base import Invocation
    from migrator.trace.workspace import Node


def by_default(call: Invocation, path: str) -> str:
    """The path with the default of each variable in it, which is noted; unchanged where that may not be right.

    It is not where something stands under the variable itself: with the default it would be a file like any other.
    """
    symbols = [call.shell.symbols[character] for character in path if is_symbol(character)]
    chosen = [one for one in symbols if one.kind is SymbolKind.PARAMETER and one.default is not None]
    marks = {call.shell.symbols.character(one) for one in chosen}
    if not chosen or any(_is_used(call.state.workspace.root, mark) for mark in marks):
        return path
    for one in chosen:
        call.shell.note(rules.DEFAULT_ASSUMED.at(call.span, name=one.name, value=one.default))
        path = path.replace(call.shell.symbols.character(one), one.default or "")
    return path


def is_doubtful(call: Invocation, path: str) -> bool:
    """Whether a path stands for another folder by its default, which is there and may hold more."""
    plain = path
    for character in path:
        if is_symbol(character):
            plain = plain.replace(character, call.shell.symbols[character].default or character)
    return plain != path and call.state.workspace.exists(call.path(plain)) is not False


def values(call: Invocation, name: str, places: Iterable[str]) -> str:
    """What to say of a path that has variables of the caller's in it: the values that name one of the `places`."""
    asked = [symbol for symbol in call.shell.symbols.within(name) if symbol.kind is SymbolKind.PARAMETER]
    by_place = [re.fullmatch(r"\$\{?\d+\}?", symbol.shell or "") is not None for symbol in asked]
    options = [
        "--arg VALUE" if number else f"--env {symbol.name}=VALUE"
        for symbol, number in zip(asked, by_place, strict=True)
    ]
    if not options:
        return "Write the path into the script."
    if len(asked) > 1:
        return f"Say what you build with: {' '.join(dict.fromkeys(options))}."
    pattern = "".join("([^/]+)" if is_symbol(character) else re.escape(character) for character in name)
    matches = (re.search(rf"(?:^|/){pattern.removeprefix('./')}$", path) for path in places)
    found = sorted({match[1] for match in matches if match})
    if not found:
        return f"Say what you build with: {options[0]}."
    return f"Convert once for each: {', '.join(options[0].replace('VALUE', value) for value in found[:6])}."


def _is_used(node: Node | None, mark: str) -> bool:
    """Whether a name in a tree holds a value."""
    if not isinstance(node, Folder) or node.origin is not None:
        return False
    entries = [layer for layer in node.layers if isinstance(layer, Entries)]
    return any(mark in name or _is_used(below, mark) for layer in entries for name, below in layer.names.items())
