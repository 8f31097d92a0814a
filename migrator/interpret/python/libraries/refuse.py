"""What is said of a call of a library that is not followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.interpret.python.values import Unknown
from migrator.rules import python as rules

if TYPE_CHECKING:
    from migrator.interpret.python.called import Called
    from migrator.interpret.python.program import Running
    from migrator.source import Span


def refused(call: Called, library: str, reason: str) -> Unknown:
    """Says that a call is not followed; it may have changed any file."""
    return refused_at(call.run, library, reason, call.span)


def refused_at(run: Running, library: str, reason: str, span: Span) -> Unknown:
    """The same at a place that is no call."""
    shown = span.text.partition("(")[0].partition("\n")[0]
    run.shell.note(rules.LIBRARY_CALL.at(span, library=library, call=shown, reason=reason))
    run.shell.state.workspace = run.shell.state.workspace.tainted(span)
    return Unknown(span)


__all__ = ["refused", "refused_at"]
