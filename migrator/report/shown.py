"""Values, paths and words of an abstract run as a reader may see them: no sign that only the run understands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.report.display import visible
from migrator.trace.symbols import SymbolKind, is_symbol

if TYPE_CHECKING:
    from migrator.interpret.run import Outcome
    from migrator.trace.symbols import Symbol

_STANDS_FOR = {
    SymbolKind.CONTAINER: "<container>",
    SymbolKind.IMAGE: "<image>",
    SymbolKind.PLACE: "XXXXXX",
    SymbolKind.WORDS: '"$@"',
}


def shown(outcome: Outcome, text: str) -> str:
    """Text of a run: a value that the run does not know stands as the shell text that yields it."""
    root = outcome.root
    text = text.removeprefix(root + "/") if text.startswith(root + "/") else text.replace(root, "$PWD")
    return visible("".join(_symbol(outcome.symbols[c]) if is_symbol(c) else c for c in text))


def _symbol(symbol: Symbol) -> str:
    if symbol.shell is not None:
        return symbol.shell
    if symbol.kind is SymbolKind.GLOB:
        return symbol.name
    return _STANDS_FOR.get(symbol.kind, "…")


def shown_path(outcome: Outcome, path: str) -> str:
    """A host path: from the repository's root where it is inside of it."""
    return "." if path == outcome.root else shown(outcome, path)
