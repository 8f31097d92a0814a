"""`migrator lesson`: convert, verify where asked, and write the page."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from migrator import writing
from migrator.cli import options
from migrator.cli.building import Request, engine_options, prove
from migrator.cli.subject import configured
from migrator.cli.verify import DONE, exit_code, tell_refusal
from migrator.diagnostics import Severity
from migrator.errors import EngineError, UsageError
from migrator.migration.convert import convert_with_trace
from migrator.migration.result import Converted
from migrator.report import findings, verification
from migrator.report.display import Palette, visible
from migrator.report.lesson.catalogue import LANGUAGES
from migrator.report.lesson.compose import lesson as composed
from migrator.report.lesson.numbers import is_verification

if TYPE_CHECKING:
    from migrator.cli.lesson_split import Taught
    from migrator.cli.subject import Subject
    from migrator.interpret.run import Outcome
    from migrator.report.lesson.model import Lesson
    from migrator.report.lesson.numbers import Document

EPILOG = """
\b
Examples:
  migrator lesson -o lesson.html              the repository in this folder, as one page
  migrator lesson --verify -o lesson.html     with sizes, seconds and checksums, measured by building both ways
  migrator lesson --lang zh -o lesson.html    in Chinese
  migrator lesson --format markdown           for a README or slides
  migrator verify --format json > verdict.json
  migrator lesson --verdict verdict.json -o lesson.html
                                              with what was measured before
  migrator lesson --split same --verify -o lesson.html
                                              a Dockerfile that builds and runs in one image: the three sizes

\b
Exit codes:
  0  written, or nothing to migrate
  1  declined; or, with --verify, written but not proved
  2  wrong usage, or the repository cannot be read
  3  a bug in migrator

The page needs no network and no other file. Without an engine its measures say "not measured".
"""


@click.command(epilog=EPILOG)
@options.path
@click.option("-o", "--output", metavar="FILE", default="-", help="Write to FILE; `-` is stdout, the default.")
@click.option("--lang", type=click.Choice(LANGUAGES), default="en", show_default=True, help="The language of the text.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "markdown"]),
    default="html",
    show_default=True,
    help="One page that stands alone, or text for a README or slides.",
)
@click.option("--verify", "measure", is_flag=True, help="Build both ways and put what was measured into the page.")
@click.option(
    "--verdict", metavar="FILE", type=click.Path(path_type=Path), help="Take measures from `verify --format json`."
)
@click.option(
    "--split",
    "rung",
    type=click.Choice(["same", "slim", "scratch", "distroless"]),
    help="Teach how the one-stage Dockerfile at PATH splits, with what it becomes on this rung.",
)
@options.script
@engine_options
@options.verbosity
def lesson(path: str, **given: object) -> int:
    """Teach the conversion of a repository on the repository itself: before, after, and why, line by line.

    PATH is a repository or a script in one; the default is this folder. Nothing is written but the page.
    """
    output, language, form = (str(given.pop(name)) for name in ("output", "lang", "form"))
    measure, verdict, rung = bool(given.pop("measure")), given.pop("verdict"), given.pop("rung")
    if measure and verdict is not None:
        raise UsageError("--verify and --verdict ask for different measures", "Give one of the two.")
    request = Request(**given)  # type: ignore[arg-type]  # click gives each option its type, which mypy cannot see
    if rung is not None:
        # What splits is loaded only where it is asked for.
        told: Taught = import_module("migrator.cli.lesson_split").taught(
            path, rung, request, verdict if isinstance(verdict, Path) else None, measure=measure
        )
        if told.lesson is not None:
            _write(told.lesson, form, language, output)
        return told.code
    subject, request = configured(path, request)
    conversion, trace = convert_with_trace(subject.project, subject.script, request.args, request.env)
    if not isinstance(conversion, Converted):
        return tell_refusal(conversion)
    measured, code = (read(verdict), DONE) if isinstance(verdict, Path) else (None, DONE)
    if measure:
        measured, code = _measure(request, subject, conversion, trace)
    data = composed(subject.project, conversion, request.args, request.env, measured)
    _write(data, form, language, output)
    return code


def _write(data: Lesson, form: str, language: str, output: str) -> None:
    # Only the renderer that is asked for is loaded, and its template library with it.
    text: str = import_module(f"migrator.report.lesson.{form}").render(data, language)
    if output == "-":
        options.write_data(text)
    else:
        writing.write_file(Path(output), text)


def read(path: Path) -> Document:
    """The document of an earlier verification; raises UsageError when the file does not hold one."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {visible(str(path))}: {error}") from error
    if not is_verification(document):
        raise UsageError(f"{visible(str(path))} is not a verification", "`migrator verify --format json` prints one.")
    return dict(document)


def _measure(
    request: Request, subject: Subject, conversion: Converted, trace: Outcome | None
) -> tuple[Document | None, int]:
    """What building both ways measured, and the exit code; None, and no failure, where no engine is there."""
    try:
        outcome = prove(request, subject, conversion, trace).outcome
    except EngineError as error:
        if not request.quiet:
            click.echo(f"migrator: not measured: {error.message}", err=True)
        return None, DONE
    palette = Palette(options.wants_colour(sys.stderr))
    shown = [found for found in outcome.diagnostics if not request.quiet or found.severity is Severity.ERROR]
    click.echo(findings.render(shown, palette), err=True, nl=False, color=palette.colour)
    return verification.document(outcome), exit_code(outcome)
