"""`migrator verify`: convert, build both ways, compare, say the verdict."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from migrator import writing
from migrator.cli import options
from migrator.cli.building import Request, engine_options, prove, repair_option
from migrator.cli.subject import configured
from migrator.diagnostics import Severity
from migrator.errors import ProjectError, UsageError
from migrator.migration.convert import convert_with_trace
from migrator.migration.result import Conversion, Converted, Declined, FileChange, NotApplicable
from migrator.migration.wishes import Wishes
from migrator.report import findings, junit, verification
from migrator.report.display import Palette, visible
from migrator.report.reproduce import reproduction
from migrator.rules.verification import MISREAD, NOT_REPLAYED, RECIPE, TIME
from migrator.verify.verdict import PROVED, NotVerified, Verdict, Verification

if TYPE_CHECKING:
    from migrator.verify.repair import Repaired

DONE = 0
REFUSED = 1
OUTSIDE = 2
OUR_BUG = 3

EPILOG = """
\b
Examples:
  migrator verify                         the repository in this folder
  migrator verify ci/build.sh --arg 1.2   the one that this script drives, as if called with 1.2
  migrator verify --dockerfile Dockerfile.mine
                                          prove a Dockerfile of your own in place of ours
  migrator verify --format json > verdict.json

\b
Exit codes:
  0  identical or equivalent, or nothing to migrate
  1  different, not repeatable, a build that fails, or declined
  2  wrong usage, no engine, no disk space, out of time
  3  a bug in migrator

The script runs for real, in a copy of the repository, and so do both builds. Your images and containers are not
touched; push, login and what leaves the machine is written down and not run.
"""


@click.command(epilog=EPILOG)
@options.path
@options.script
@options.runtime
@engine_options
@click.option("--dockerfile", metavar="FILE", type=click.Path(path_type=Path), help="Verify this one in place of ours.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "junit"]),
    default="text",
    show_default=True,
    help="What stdout is.",
)
@click.option(
    "--report-dir",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the report, both logs, every recorded call, both copies of each file that differs, and the exact"
    " commands into DIR.",
)
@click.option(
    "--legacy",
    type=click.Choice(["script", "replay"]),
    default="script",
    show_default=True,
    help="Run the script, or replay it as it was read: for scripts that nobody trusts, and machines without bash.",
)
@click.option("--against", metavar="IMAGE", help="Compare with this image in place of running the script.")
@click.option(
    "--smoke",
    metavar="CMD",
    help="Run both images without a network, with CMD or, if it is empty, with their own; exit code and output count.",
)
@click.option(
    "--explain-difference",
    metavar="PATH",
    help="Say what differs at this path of the images, by diffoscope where it is installed.",
)
@repair_option
@options.verbosity
def verify(path: str, dockerfile: Path | None, form: str, **given: object) -> int:
    """Build the images the old way and the new way with a real engine, and compare everything in them.

    PATH is a repository or a script in one; the default is this folder.
    """
    request = Request(**given)  # type: ignore[arg-type]  # click gives each option its type, which mypy cannot see
    if request.against is not None and request.legacy == "replay":
        raise UsageError("--against takes the place of the script, so there is nothing to replay", "Give one of them.")
    subject, request = configured(path, request)
    wishes = Wishes(runtimes=request.runtimes)
    conversion, trace = convert_with_trace(subject.project, subject.script, request.args, request.env, wishes)
    if not isinstance(conversion, Converted):
        return tell_refusal(conversion)
    if dockerfile is not None:
        conversion = with_dockerfile(conversion, dockerfile)
    proof = prove(request, subject, conversion, trace)
    conversion, outcome = proof.conversion, proof.outcome
    if request.report_dir is not None:
        _write_report(request, subject.project.name, proof, trace.folder if trace is not None else "")
    if form == "text":
        show(outcome, request)
    else:
        options.write_data(verification.render_json(outcome) if form == "json" else junit.render_junit(outcome))
    return exit_code(outcome)


def _write_report(request: Request, name: str, proof: Repaired, place: str) -> None:
    """Put the report beside the logs and the calls, with what was verified and how to build it by hand."""
    conversion, outcome = proof.conversion, proof.outcome
    folder = request.report_dir or Path()
    commands = "".join(f"{target.command}\n" for target in conversion.targets)
    variables = [f"{name}={value}" for name, value in request.env.items()]
    words = [
        *(["env", *variables] if variables else []),
        "bash",
        os.path.relpath(conversion.script, place or "."),
        *request.args,
    ]
    enter = f"cd {shlex.quote(place)} && " if place else ""
    files = reproduction(conversion, outcome, (request.args, request.env), name)
    for file, text in (
        *files.items(),
        ("verification.json", verification.render_json(outcome)),
        ("verification.txt", verification.render_text(outcome)),
        ("Dockerfile", conversion.dockerfile),
        ("verification.xml", junit.render_junit(outcome)),
        ("build-commands.sh", commands),
        ("legacy-commands.sh", "".join(f"{line}\n" for line in (enter + shlex.join(words), *request.options().behind))),
    ):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        writing.write_file(folder / file, text)


def with_dockerfile(conversion: Converted, path: Path) -> Converted:
    """The conversion with another Dockerfile's text in place of its own."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"cannot read {path}: {error}") from error
    others = tuple(change for change in conversion.files if change.path != conversion.dockerfile_path)
    changed = FileChange(conversion.dockerfile_path, "write", text)
    # Which of its lines brings what is not known: those of ours are not its lines.
    artifacts = tuple(
        replace(one, consumers=tuple(replace(consumer, line=0) for consumer in one.consumers))
        for one in conversion.artifacts
    )
    return replace(conversion, dockerfile=text, artifacts=artifacts, files=(*others, changed))


def tell_refusal(conversion: Conversion) -> int:
    """Say on stderr why there is nothing to verify; the exit code for it."""
    palette = Palette(options.wants_colour(sys.stderr))
    click.echo(findings.render(conversion.diagnostics, palette), err=True, nl=False, color=palette.colour)
    if isinstance(conversion, NotApplicable):
        click.echo(f"nothing to migrate: {visible(conversion.reason)}", err=True)
        return DONE
    if isinstance(conversion, Declined):
        click.echo(f"declined: {visible(conversion.script or 'no script')} was not converted", err=True)
    return REFUSED


def show(outcome: Verification | NotVerified, request: Request, *, aside: bool = False) -> None:
    """The report on stdout, what needs doing on stderr; with `aside` both on stderr."""
    stream = sys.stderr if aside else sys.stdout
    colour = options.wants_colour(stream)
    width = shutil.get_terminal_size((100, 24)).columns if stream.isatty() else 120
    text = verification.render_text(outcome, colour=colour, width=max(width, 60))
    if aside:
        click.echo(text, err=True, nl=False, color=colour)
    else:
        options.write_data(text)
    palette = Palette(options.wants_colour(sys.stderr))
    shown = [
        found
        for found in outcome.diagnostics
        # The report says itself what was set aside.
        if found.rule not in {TIME, RECIPE} and (not request.quiet or found.severity is Severity.ERROR)
    ]
    click.echo(findings.render(shown, palette), err=True, nl=False, color=palette.colour)


def exit_code(outcome: Verification | NotVerified) -> int:
    """0 for what is proved, 3 for a script that we misread, 2 for trouble outside, 1 for everything else."""
    rules = [found.rule for found in outcome.diagnostics]
    if MISREAD in rules:
        return OUR_BUG
    if NOT_REPLAYED in rules:
        return REFUSED
    if outcome.verdict in PROVED:
        return DONE
    return OUTSIDE if outcome.verdict in {Verdict.TIMEOUT, Verdict.NOT_RUN} else REFUSED
