"""Diagnostics as people read them: the place, the finding, the line with a caret under it, what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.diagnostics import Diagnostic, Severity
from migrator.report.display import BLUE, BOLD, FAINT, PLAIN, RED, YELLOW, Palette, visible, width

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from migrator.source import Span

_STYLES = {Severity.ERROR: RED, Severity.WARNING: YELLOW, Severity.INFO: BLUE}

# A line longer than this is shown around the caret only: generated scripts have lines of many thousand characters.
_WINDOW = 120
_BEFORE = 60


def render(diagnostics: Iterable[Diagnostic], palette: Palette = PLAIN, *, advice: bool = True) -> str:
    """Every finding as text, one after the other; the empty text when there is none."""
    return "".join("\n".join(_lines(diagnostic, palette, advice=advice)) + "\n" for diagnostic in diagnostics)


def headline(diagnostic: Diagnostic, palette: Palette = PLAIN) -> str:
    """The one line of a finding: `build.sh:7:3: warning MG104: …`."""
    span = diagnostic.span
    place = "" if span is None else f"{visible(span.file)}:{span.line}:{span.column}: "
    severity = palette.paint(str(diagnostic.severity), _STYLES[diagnostic.severity])
    return f"{palette.paint(place, BOLD) if place else ''}{severity} {diagnostic.code}: {visible(diagnostic.message)}"


def _lines(diagnostic: Diagnostic, palette: Palette, *, advice: bool) -> Iterator[str]:
    yield headline(diagnostic, palette)
    if diagnostic.span is not None:
        yield from _excerpt(diagnostic.span, palette, _STYLES[diagnostic.severity])
    if advice and diagnostic.advice:
        yield f"    {palette.paint('help:', BOLD)} {visible(diagnostic.advice)}"


def _excerpt(span: Span, palette: Palette, style: str) -> Iterator[str]:
    """The line where a span starts and, under it, carets for the part of the span that is on that line."""
    line = span.shown
    start = min(span.column - 1, len(line))
    end = len(line) if span.end_line > span.line else min(span.end_column - 1, len(line))
    shift = 0 if len(line) <= _WINDOW else max(0, min(start - _BEFORE, len(line) - _WINDOW))
    window = line[shift : shift + _WINDOW]
    head = "…" if shift else ""
    tail = "…" if shift + _WINDOW < len(line) else ""
    before = head + visible(window[: start - shift])
    marked = visible(window[start - shift : max(start, end) - shift])
    carets = "^" + "~" * (width(marked) - 1)
    yield f"    {head}{visible(window)}{palette.paint(tail, FAINT) if tail else ''}".rstrip()
    yield f"    {' ' * width(before)}{palette.paint(carets, style)}"
