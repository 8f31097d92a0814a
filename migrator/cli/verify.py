"""`migrator verify`: convert, build both ways, compare, say the verdict."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from migrator import writing
from migrator.cli import options
from migrator.cli.convert import Subject, find
from migrator.diagnostics import Severity
from migrator.engine.docker import find_docker
from migrator.errors import ProjectError, UsageError
from migrator.migration.convert import convert_with_trace
from migrator.migration.result import Conversion, Converted, Declined, FileChange, NotApplicable
from migrator.migration.wishes import Runtime, Wishes
from migrator.report import findings, junit, verification
from migrator.report.display import Palette, visible
from migrator.rules.verification import MISREAD, NOT_REPLAYED, RECIPE, TIME
from migrator.verify.arms import VerifyOptions
from migrator.verify.scratch import interruptible
from migrator.verify.settle import Asides
from migrator.verify.verdict import PROVED, NotVerified, Verdict, Verification
from migrator.verify.verify import verify as verified

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.interpret.run import Outcome

F = TypeVar("F", bound="Callable[..., object]")

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


@dataclass(frozen=True)
class Request:
    """What the command line says about a verification."""

    script: str | None
    args: tuple[str, ...]
    env: dict[str, str]
    builder: str
    reuse_cache: bool
    keep: bool
    timeout: float
    quiet: bool
    verbose: bool
    engine: str = "auto"
    strict: bool = False
    ignore: tuple[str, ...] = ()
    ignore_mtime: bool = False
    report_dir: Path | None = None
    against: str | None = None
    legacy: str = "script"
    smoke: str | None = None
    runtimes: tuple[Runtime, ...] = ()

    def options(self) -> VerifyOptions:
        """The same for the function that verifies, telling progress where there is somebody to see it."""
        talks = self.verbose or (sys.stderr.isatty() and not self.quiet)
        return VerifyOptions(
            args=self.args,
            env=self.env,
            behind=tuple(runtime.command for runtime in self.runtimes),
            timeout=self.timeout or None,
            reuse_cache=self.reuse_cache,
            keep=self.keep,
            records=self.report_dir,
            against=self.against,
            replay=self.legacy == "replay",
            smoke=self.smoke,
            asides=Asides(self.strict, self.ignore, self.ignore_mtime),
            say=_say if talks or self.keep else lambda _: None,
            output=_pass_on if self.verbose else None,
        )


def _say(text: str) -> None:
    click.echo(f"migrator: {text}", err=True)


def _pass_on(block: bytes) -> None:
    stream = getattr(sys.stderr, "buffer", None)
    if stream is not None:
        stream.write(block)
        stream.flush()


def engine_options(function: F) -> F:
    """The options of every command that builds."""
    for option in (
        click.option(
            "--ignore-mtime", is_flag=True, help="Set modification times aside, which only --strict does not."
        ),
        click.option(
            "--ignore",
            multiple=True,
            metavar="GLOB",
            help="Set aside what differs at such paths of the images; may be given again. `*` takes slashes too.",
        ),
        click.option("--strict", is_flag=True, help="Set nothing aside: no times, no recipes, no format's own ids."),
        click.option(
            "--timeout",
            type=click.FloatRange(min=0),
            default=3600.0,
            show_default=True,
            metavar="SECONDS",
            help="How long each way may take; 0 is for ever.",
        ),
        click.option(
            "--keep", is_flag=True, help="Remove nothing that was made; `migrator doctor --clean` does it later."
        ),
        click.option("--reuse-cache", is_flag=True, help="Let both ways use the builder's cache."),
        click.option(
            "--builder",
            type=click.Choice(["auto", "buildkit", "classic"]),
            default="auto",
            show_default=True,
            help="What builds.",
        ),
        click.option(
            "--engine",
            type=click.Choice(["auto", "docker"]),
            default="auto",
            show_default=True,
            help="Which container engine.",
        ),
    ):
        function = option(function)
    return function


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
@options.verbosity
def verify(path: str, dockerfile: Path | None, form: str, **given: object) -> int:
    """Build the images the old way and the new way with a real engine, and compare everything in them.

    PATH is a repository or a script in one; the default is this folder.
    """
    request = Request(**given)  # type: ignore[arg-type]  # click gives each option its type, which mypy cannot see
    if request.against is not None and request.legacy == "replay":
        raise UsageError("--against takes the place of the script, so there is nothing to replay", "Give one of them.")
    subject = find(path, request.script)
    wishes = Wishes(runtimes=request.runtimes)
    conversion, trace = convert_with_trace(subject.project, subject.script, request.args, request.env, wishes)
    if not isinstance(conversion, Converted):
        return tell_refusal(conversion)
    if dockerfile is not None:
        conversion = with_dockerfile(conversion, dockerfile)
    outcome = prove(request, subject, conversion, trace)
    if request.report_dir is not None:
        _write_report(request, conversion, outcome, trace.folder if trace is not None else "")
    if form == "text":
        show(outcome, request)
    else:
        options.write_data(verification.render_json(outcome) if form == "json" else junit.render_junit(outcome))
    return exit_code(outcome)


def _write_report(request: Request, conversion: Converted, outcome: Verification | NotVerified, place: str) -> None:
    """Put the report beside the logs and the calls, with what was verified and how to build it by hand."""
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
    for name, text in (
        ("verification.json", verification.render_json(outcome)),
        ("verification.txt", verification.render_text(outcome)),
        ("Dockerfile", conversion.dockerfile),
        ("verification.xml", junit.render_junit(outcome)),
        ("build-commands.sh", commands),
        ("legacy-commands.sh", "".join(f"{line}\n" for line in (enter + shlex.join(words), *request.options().behind))),
    ):
        writing.write_file(folder / name, text)


def prove(
    request: Request, subject: Subject, conversion: Converted, trace: Outcome | None
) -> Verification | NotVerified:
    """Find an engine and verify with it; `trace` is what was read in the script."""
    engine = find_docker(None if request.builder == "auto" else request.builder)  # type: ignore[arg-type]  # click chose
    with interruptible():
        return verified(subject.project, conversion, request.options(), engine, subject.root, trace)


def with_dockerfile(conversion: Converted, path: Path) -> Converted:
    """The conversion with another Dockerfile's text in place of its own."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"cannot read {path}: {error}") from error
    others = tuple(change for change in conversion.files if change.path != conversion.dockerfile_path)
    changed = FileChange(conversion.dockerfile_path, "write", text)
    return replace(conversion, dockerfile=text, files=(*others, changed))


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
