"""What the script made on the host that only its run knows: texts that nothing yields again, names that may be any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.migration.graph import images_in
from migrator.rules import plan as rules
from migrator.trace.origins import spans_in, texts_in
from migrator.trace.render import described, renderable
from migrator.trace.symbols import SymbolKind, is_symbol
from migrator.trace.workspace import Folder, Overlay

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from migrator.diagnostics import Diagnostic
    from migrator.migration.graph import Unit
    from migrator.trace.symbols import Symbol, Symbols
    from migrator.trace.workspace import Node


def unknown_texts(units: Iterable[Unit], symbols: Symbols) -> Iterator[Diagnostic]:
    """Files that a build takes in and that the script wrote with a text that nothing can yield again."""
    for node in _taken(units):
        for written in texts_in(node):
            if not renderable(written.text, symbols):
                yield rules.VALUE_UNKNOWN.at(written.span, name="what it writes into a file")


def open_names(units: Iterable[Unit], symbols: Symbols) -> Iterator[Diagnostic]:
    """Names in what a build takes in that are nothing but a variable of the user's.

    Where it is not set, the path is another one, or none; where it is a path from the root, it is not in the build's
    context at all. A default says what it is when nobody sets it.
    """
    for node in _taken(units):
        yield from _open(node, symbols)


def _taken(units: Iterable[Unit]) -> Iterator[Node]:
    for unit in units:
        for resolution in unit.resolutions.values():
            yield from (piece.node for piece in resolution.pieces)


def _open(node: Node, symbols: Symbols) -> Iterator[Diagnostic]:
    if not isinstance(node, Folder) or node.origin is not None:
        return
    for layer in node.layers:
        if isinstance(layer, Overlay):
            continue
        for name, below in layer.names.items():
            found = [symbols[character] for character in name if is_symbol(character)]
            if below is not None and len(found) == len(name) and all(map(_may_be_anything, found)):
                span = next(spans_in(below), None)
                if span is not None and any(True for _ in images_in(below)):
                    yield rules.VALUE_UNKNOWN.at(span, name=described(found[0]))
            if below is not None:
                yield from _open(below, symbols)


def _may_be_anything(symbol: Symbol) -> bool:
    if symbol.kind is not SymbolKind.PARAMETER:
        return False
    if symbol.default is None:
        return symbol.empty
    # Of a path, the last part is the name under which something lands.
    return symbol.default.startswith("~") or "/" in symbol.default or symbol.default == ".."
