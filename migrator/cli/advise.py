"""`migrator advise`: read, say, and where asked measure, prove, and write."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from migrator import writing
from migrator.advise.advise import Advised
from migrator.advise.advise import advise as advised_on
from migrator.cli import options
from migrator.cli.context import dockerfile_in
from migrator.cli.version import version
from migrator.errors import UsageError
from migrator.report import advice as report
from migrator.report import findings
from migrator.report.display import Palette, visible

if TYPE_CHECKING:
    from migrator.diagnostics import Diagnostic
    from migrator.project import Project
    from migrator.report.advice import Told

DONE, REFUSED = 0, 1

EPILOG = """
\b
Examples:
  migrator advise                         what is to be said of the Dockerfile in this folder
  migrator advise --measure               with what each piece of it saves, built by the engine that answers
  migrator advise --diff | git apply      what is safe of it, as a patch
  migrator advise --verify --in-place     write that patch, once both images were built and compared

\b
Exit codes:
  0  advised, or nothing to advise; with --verify, proved
  1  the Dockerfile cannot be read; --verify did not prove the patch; or --check found something to patch
  2  wrong usage, or no engine answers where one was asked for

The patch has what leaves every file of the image as it is, but for those that the advice names. Where hadolint is
installed, what it finds is shown in its own words.
"""


@dataclass(frozen=True)
class Request:
    """The command line of `advise`."""

    path: str
    context: Path | None
    measure: bool
    verify: bool
    engine: str
    builder: str
    args: dict[str, str]
    smoke: str
    timeout: float
    in_place: bool
    diff: bool
    check: bool
    form: str
    quiet: bool
    verbose: bool


@click.command(epilog=EPILOG)
@click.argument("path", default=".", metavar="[DOCKERFILE|FOLDER]")
@click.option(
    "--context",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="The build's context, where it is not the folder of the Dockerfile.",
)
@click.option(
    "--measure", is_flag=True, help="Build the image as it is and with each piece of advice; say what it saves."
)
@click.option("--verify", is_flag=True, help="Build the image before and after the patch, and compare every file.")
@options.building
@click.option("--smoke", metavar="CMD", default="", help="With --verify, try both images with CMD.")
@options.build_time
@click.option("--in-place", is_flag=True, help="Write what the patch changes; with --verify, once it is proved.")
@click.option("--diff", is_flag=True, help="Print the patch as a unified diff that `git apply` takes.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if there is something to patch.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="What stdout is: the advice for people, everything that is known of it, or a log for code scanning.",
)
@options.verbosity
def advise(**given: object) -> int:
    """Say what would make the image of a Dockerfile smaller, its build quicker or both safer; patch what is safe.

    DOCKERFILE is the file, or the folder that holds it; the default is this folder. It may have any number of stages.
    """
    request = Request(**given)  # type: ignore[arg-type]  # click gives each option its type, which mypy cannot see
    _refuse_contradictions(request)
    project, root, path = dockerfile_in(request.path, request.context, "advise")
    found = advised_on(project, path, request.args)
    if not isinstance(found, Advised):
        _errors(request, found)
        return REFUSED
    told = _engine(request, project, found) if request.measure or request.verify else report.Told(found)
    return _deliver(request, root, told)


def _refuse_contradictions(request: Request) -> None:
    if request.diff and (request.in_place or request.form != "text"):
        raise UsageError("--diff prints a patch, so it does not go with --in-place or --format")
    if request.check and request.in_place:
        raise UsageError("--check writes nothing, so it does not go with --in-place")
    if request.smoke and not request.verify:
        raise UsageError("--smoke is what --verify tries the images with", "Give --verify too.")


def _engine(request: Request, project: Project, found: Advised) -> Told:
    """What an engine says of the advice; it is looked for, and its modules are loaded, only now."""
    building = import_module("migrator.cli.advising")
    told: Told = building.engine_says(request, project, found)
    return told


def _errors(request: Request, errors: tuple[Diagnostic, ...]) -> None:
    palette = Palette(options.wants_colour(sys.stderr))
    click.echo(findings.render(errors, palette), err=True, nl=False, color=palette.colour)
    if request.form == "sarif":
        options.write_data(_sarif(errors, request.path))


def _sarif(diagnostics: tuple[Diagnostic, ...], path: str) -> str:
    text: str = import_module("migrator.report.sarif").render(diagnostics, version(), path)
    return text


def _deliver(request: Request, root: Path, told: Told) -> int:
    """Print or write what was asked for; the exit code."""
    advised = told.advised
    failed = bool(told.found)
    palette = Palette(options.wants_colour(sys.stderr))
    if told.found and request.form != "json":
        click.echo(findings.render(told.found, palette), err=True, nl=False, color=palette.colour)
    if request.form == "json":
        options.write_data(report.render_json(told))
    elif request.form == "sarif":
        options.write_data(_sarif(tuple(one.diagnostic for one in advised.advice), advised.recipe.path))
    elif request.diff:
        options.write_data(told.diff if not failed else "")
    else:
        options.write_data(report.render_text(told, Palette(options.wants_colour(sys.stdout))))
    if advised.silent and request.form == "text" and not request.quiet:
        click.echo(f"migrator: {advised.silent}", err=True)
    if failed:
        return REFUSED
    if request.in_place and advised.changes:
        writing.write_changes(root, dict(advised.changes))
        if not request.quiet:
            click.echo(f"wrote {', '.join(map(visible, advised.changes))}", err=True)
    return REFUSED if request.check and advised.changes else DONE
