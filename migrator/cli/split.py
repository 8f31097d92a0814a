"""`migrator split`: one Dockerfile of one stage into a builder and a runtime, with the proof."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from migrator import writing
from migrator.cli import options
from migrator.cli.context import dockerfile_in
from migrator.diagnostics import Severity
from migrator.engine.find import find_engine
from migrator.errors import EngineError, UsageError
from migrator.migration.result import FileChange
from migrator.report import findings, patch
from migrator.report import split as report
from migrator.report.display import Palette, visible
from migrator.split.plan import Rung
from migrator.split.result import Split, Status
from migrator.split.split import Wanted, propose, prove
from migrator.verify.scratch import interruptible

if TYPE_CHECKING:
    from migrator.project import Project
    from migrator.split.result import Outcome

DONE = 0
REFUSED = 1
OUTSIDE = 2

EPILOG = """
\b
Examples:
  migrator split                          the Dockerfile in this folder, proved with the engine that answers
  migrator split --runtime scratch        with nothing but the program in the last stage
  migrator split --all-rungs              measure every rung
  migrator split --no-verify > Dockerfile.split
                                          a proposal, read from the text alone
  migrator split --in-place               write it, once it is proved
  migrator split --diff | git apply       as a patch

\b
Exit codes:
  0  proved; with --no-verify, proposed
  1  declined, not the same, or --check found something to split
  2  wrong usage, or no engine answers: what is printed then is a proposal, and not proved

With an engine the original and the split image are built in a copy of the folder, looked into, run without a network,
and removed again. Nothing is written unless -o or --in-place says so.
"""


@dataclass(frozen=True)
class Request:
    """The command line of `split`."""

    path: str
    context: Path | None
    rung: Rung
    all_rungs: bool
    verify: bool
    engine: str
    builder: str
    args: dict[str, str]
    smoke: str
    keep_dev: bool
    timeout: float
    output: str | None
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
    "--runtime",
    "rung",
    type=click.Choice(get_args(Rung)),
    default="same",
    show_default=True,
    help="What the last stage stands on: the same base, its slim relative, or nothing but the program.",
)
@click.option("--all-rungs", is_flag=True, help="Build and measure every rung; the one of --runtime is printed.")
@click.option(
    "--verify/--no-verify", default=True, show_default=True, help="Prove it with an engine, or propose it unproved."
)
@options.building
@click.option("--smoke", metavar="CMD", default="", help="Try both images with CMD in place of their own command.")
@click.option(
    "--keep-dev",
    is_flag=True,
    help="Carry the packages for development of a Node program along (devDependencies of package.json).",
)
@options.build_time
@click.option("-o", "--output", metavar="FILE", help="Write the Dockerfile there; - is stdout.")
@click.option("--in-place", is_flag=True, help="Write the Dockerfile, once it is proved.")
@click.option("--diff", is_flag=True, help="Print the change as a unified diff that `git apply` takes.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if the Dockerfile can be split.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="What stdout is: the Dockerfile, or everything that is known of the split.",
)
@options.verbosity
def split(**given: object) -> int:
    """Split a Dockerfile that builds and runs in one image into a builder and a runtime stage, and prove it.

    DOCKERFILE is the file, or the folder that holds it; the default is this folder. What the image runs is found, and
    what made it; the rest stays in the builder where that is known to be safe.
    """
    request = Request(**given)  # type: ignore[arg-type]  # click gives each option its type, which mypy cannot see
    _refuse_contradictions(request)
    project, root, path = dockerfile_in(request.path, request.context, "split")
    outcome, others, unproved = _outcomes(request, project, path)
    return _deliver(request, (project, root), outcome, others, unproved=unproved)


def _refuse_contradictions(request: Request) -> None:
    asked = [
        name
        for name, given in (
            ("--output", request.output is not None),
            ("--in-place", request.in_place),
            ("--diff", request.diff),
            ("--format json", request.form != "text"),
        )
        if given
    ]
    if len(asked) > 1 and asked != ["--in-place", "--format json"]:
        raise UsageError(f"{asked[0]} and {asked[1]} ask for different things", "Give one of the two.")
    if request.check and (request.in_place or request.output is not None):
        raise UsageError("--check writes nothing, so it does not go with --in-place or -o")
    if request.in_place and not request.verify:
        raise UsageError("--in-place writes what is proved, so it does not go with --no-verify", "Take -o FILE.")
    if request.all_rungs and not request.verify:
        raise UsageError("--all-rungs measures images, so it does not go with --no-verify")


def _outcomes(request: Request, project: Project, path: str) -> tuple[Outcome, list[Outcome], bool]:
    """The outcome on the rung that is asked for, those on the others, and whether an engine was wanted in vain."""
    talks = request.verbose or (sys.stderr.isatty() and not request.quiet)
    say = _say if talks else _silent
    wanted = Wanted(request.rung, request.args, request.smoke, request.timeout or None, say, request.keep_dev)
    if not request.verify:
        return propose(project, path, wanted, "--no-verify"), [], False
    try:
        engine = find_engine(request.engine, None if request.builder == "auto" else request.builder)  # type: ignore[arg-type]  # click chose
    except EngineError as error:
        if request.in_place or request.all_rungs:
            raise
        return propose(project, path, wanted, error.message), [], True
    rungs = [rung for rung in get_args(Rung) if rung != request.rung] if request.all_rungs else []
    with interruptible():
        outcome, *others = prove(project, path, wanted, engine, rungs)
    return outcome, others, False


def _say(text: str) -> None:
    click.echo(f"migrator: {text}", err=True)


def _silent(_: str) -> None:
    pass


def _deliver(
    request: Request, subject: tuple[Project, Path], outcome: Outcome, others: list[Outcome], *, unproved: bool
) -> int:
    """Print or write what was asked for; the exit code."""
    project, root = subject
    _tell(request, outcome, others)
    good = isinstance(outcome, Split) and outcome.status in {Status.PROVED, Status.PROPOSED}
    if request.form == "json":
        options.write_data(report.render_json(outcome, others))
    if isinstance(outcome, Split) and good:
        _write(request, project, root, outcome)
    if not good:
        return REFUSED
    if unproved:
        return OUTSIDE
    return REFUSED if request.check else DONE


def _write(request: Request, project: Project, root: Path, outcome: Split) -> None:
    change = FileChange(outcome.path, "write", outcome.dockerfile)
    if request.in_place:
        writing.write_changes(root, {outcome.path: outcome.dockerfile})
        if not request.quiet:
            click.echo(f"wrote {visible(outcome.path)}", err=True)
    elif request.diff:
        options.write_data(patch.render(project, [change]))
    elif request.output not in (None, "-"):
        writing.write_file(Path(request.output or ""), outcome.dockerfile)
    elif request.form == "text" and not request.check:
        options.write_data(outcome.dockerfile)


def _tell(request: Request, outcome: Outcome, others: list[Outcome]) -> None:
    """The findings and the verdict on stderr; for a program that reads JSON they are in its data."""
    if request.form != "text" and not request.verbose:
        return
    palette = Palette(options.wants_colour(sys.stderr))
    shown = [one for one in outcome.diagnostics if not request.quiet or one.severity is Severity.ERROR]
    click.echo(findings.render(shown, palette), err=True, nl=False, color=palette.colour)
    for other in others:
        if not isinstance(other, Split):
            told = "".join(f"{other.rung}: {findings.headline(one, palette)}\n" for one in other.diagnostics)
            click.echo(told, err=True, nl=False, color=palette.colour)
    if not request.quiet or outcome.status is Status.PROPOSED:
        text = report.render_text(outcome, others, colour=palette.colour)
        click.echo(text, err=True, nl=False, color=palette.colour)
