"""Values, paths and words of an abstract run as a reader may see them: no sign that only the run understands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.report.display import visible
from migrator.trace.render import legible

if TYPE_CHECKING:
    from migrator.interpret.run import Outcome


def shown(outcome: Outcome, text: str) -> str:
    """Text of a run: a value that the run does not know stands as the shell text that yields it."""
    root = outcome.root
    for _ in range(2):  # a pattern in it may name the repository's root too
        text = text.removeprefix(root + "/") if text.startswith(root + "/") else text.replace(root, "$PWD")
        text = legible(text, outcome.symbols)
    return visible(text)


def shown_path(outcome: Outcome, path: str) -> str:
    """A host path: from the repository's root where it is inside of it."""
    return "." if path == outcome.root else shown(outcome, path)
