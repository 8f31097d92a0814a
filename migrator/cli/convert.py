"""`migrator convert`: read options, convert, render, give back an exit code."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from migrator import writing
from migrator.cli import options
from migrator.cli.subject import Subject, configured
from migrator.cli.version import version
from migrator.diagnostics import Severity
from migrator.errors import UsageError
from migrator.migration import bake
from migrator.migration.convert import convert_with_trace
from migrator.migration.floor import without_comment
from migrator.migration.result import Conversion, Converted, Declined, NotApplicable
from migrator.migration.wishes import Wishes
from migrator.report import conversion as document
from migrator.report import explain, findings, patch, sarif
from migrator.report.display import Palette, visible

if TYPE_CHECKING:
    from migrator.migration.wishes import Runtime
    from migrator.report.story.story import Story

DONE = 0
REFUSED = 1

EPILOG = """
\b
Examples:
  migrator convert                              the repository in this folder, to stdout
  migrator convert ci/build.sh                  the one that this script drives
  migrator convert --script build.sh --arg 1.2  as if called `./build.sh 1.2`
  migrator convert --env REGISTRY=example.com   with a variable of the script set
  migrator convert -o Dockerfile.new            into a file
  migrator convert --diff | git apply           as a patch
  migrator convert --in-place                   write what changes, all of it or nothing
  migrator convert --check                      for a CI job: exit 1 while there is something to convert

\b
Exit codes:
  0  converted, or nothing to migrate
  1  declined (the messages say where and why), or --check would change something
  2  wrong usage, or the repository cannot be read or written
  3  a bug in migrator

An environment variable that the script reads and that --env does not set stays a parameter of the new build.
"""


@dataclass(frozen=True)
class Request:
    """The command line of `convert`."""

    path: str
    script: str | None
    args: tuple[str, ...]
    env: dict[str, str]
    output: str | None
    in_place: bool
    diff: bool
    check: bool
    form: str
    explain: bool
    comments: bool
    quiet: bool
    verbose: bool
    config: bool
    export: bool
    runtimes: tuple[Runtime, ...]
    cache_mounts: bool
    bake: bool

    @property
    def wishes(self) -> Wishes:
        """What is asked for beyond the conversion itself."""
        return Wishes(self.export, self.runtimes, self.cache_mounts)


@click.command(epilog=EPILOG)
@options.path
@click.option("-o", "--output", metavar="FILE", help="Write the Dockerfile to FILE; `-` is stdout, the default.")
@click.option("--in-place", is_flag=True, help="Write into the repository every file that changes, or none.")
@click.option("--diff", is_flag=True, help="Print the changes as a unified diff that `git apply` takes.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if something would change.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    show_default=True,
    help="What stdout is: the Dockerfile, the whole conversion, or the diagnostics for code scanning.",
)
@options.script
@options.runtime
@click.option("--export", is_flag=True, help="Also write a target for the files that the script leaves on the host.")
@click.option("--cache-mounts", is_flag=True, help="Mount caches that the script mounted; needs BuildKit.")
@click.option(
    "--explain",
    is_flag=True,
    help="Tell on stderr what the script does, step by step, and which line comes from where.",
)
@click.option(
    "--bake", is_flag=True, help="Print docker-bake.hcl for `docker buildx bake`; with --in-place or --diff, add it."
)
@options.comments
@options.verbosity
def convert(**given: object) -> int:
    """Print the one multi-stage Dockerfile that replaces a builder-pattern script and its Dockerfiles.

    PATH is a repository or a script in one; the default is this folder. Nothing is written unless -o or
    --in-place says so, and nothing is run: the script is only read.
    """
    request = Request(**given)  # type: ignore[arg-type]  # click gives each option its type, which mypy cannot see
    _refuse_contradictions(request)
    subject, request = configured(request.path, request)
    result, outcome = convert_with_trace(subject.project, subject.script, request.args, request.env, request.wishes)
    if isinstance(result, Converted) and not request.comments:
        result = without_comment(result)
    if request.bake:
        result = bake.with_bake(subject.project, result)
    told = None
    if request.explain:
        from migrator.report.story import story  # noqa: PLC0415 - a tenth of a conversion that nobody asked to explain

        told = story.story(subject.project, result, outcome)
    return deliver(request, subject, result, told)


def _refuse_contradictions(request: Request) -> None:
    asked = [
        name
        for name, given in (
            ("--output", request.output is not None),
            ("--in-place", request.in_place),
            ("--diff", request.diff),
            ("--format " + request.form, request.form != "text"),
        )
        if given
    ]
    # --in-place goes with --format, which then says on stdout what was written.
    if len(asked) > 1 and not (request.in_place and asked[1:] == ["--format " + request.form]):
        raise UsageError(f"{asked[0]} and {asked[1]} ask for different things", "Give one of the two.")
    if request.check and (request.in_place or request.output is not None):
        raise UsageError("--check writes nothing, so it does not go with --in-place or -o")


def deliver(request: Request, subject: Subject, result: Conversion, told: Story | None = None) -> int:
    """Print or write what was asked for; gives back the exit code. `told` is what `--explain` asks for."""
    _tell(request, result, told)
    changed = patch.would_change(subject.project, result.files) if isinstance(result, Converted) else ()
    if request.in_place and isinstance(result, Converted):
        writing.write_changes(subject.root, {change.path: change.content for change in result.files})
        _say(request, "".join(f"wrote {visible(path)}\n" for path in changed) or "nothing changed\n")
    _print(request, subject, result, told)
    if isinstance(result, Declined):
        return REFUSED
    if request.check and changed:
        _say(request, f"would change: {visible(', '.join(changed))}\n")
        return REFUSED
    return DONE


def _print(request: Request, subject: Subject, result: Conversion, told: Story | None) -> None:
    """What goes to stdout, or to the file that stands in for it."""
    if request.form == "json":
        options.write_data(document.render(result, told))
    elif request.form == "sarif":
        place = result.script or "."
        options.write_data(sarif.render(result.diagnostics, version(), place))
    elif not isinstance(result, Converted):
        return
    elif request.diff:
        options.write_data(patch.render(subject.project, result.files))
    elif request.output not in (None, "-"):
        writing.write_file(Path(request.output or ""), _main_file(request, result)[1])
        _mention_others(request, result)
    elif not request.in_place and not request.check:
        options.write_data(_main_file(request, result)[1])
        _mention_others(request, result)


def _main_file(request: Request, result: Converted) -> tuple[str, str]:
    """The path and the text of the one file that is printed: the Dockerfile, or the bake file where it is asked for."""
    found = next((change for change in result.files if change.path == bake.PATH), None) if request.bake else None
    return (result.dockerfile_path, result.dockerfile) if found is None else (found.path, found.content or "")


def _mention_others(request: Request, result: Converted) -> None:
    others = [
        f"{'delete' if change.content is None else 'write'} {change.path}"
        for change in result.files
        if change.path != _main_file(request, result)[0]
    ]
    if others:
        _say(request, f"with it: {visible(', '.join(others))} (--diff shows how, --in-place does it)\n")


def _tell(request: Request, result: Conversion, told: Story | None) -> None:
    """Diagnostics and a summary on stderr; for a program that reads JSON or SARIF they are in its data."""
    if request.form != "text" and not request.verbose:
        return
    palette = Palette(options.wants_colour(sys.stderr))
    shown = [found for found in result.diagnostics if not request.quiet or found.severity is Severity.ERROR]
    click.echo(findings.render(shown, palette), err=True, nl=False, color=palette.colour)
    if told is not None and told.lines:
        from migrator.report.story import story  # noqa: PLC0415 - loaded by now

        _say(request, story.render(told, palette) + "\n")
    match result:
        case Converted():
            _say(request, explain.render(result, palette) if request.explain else explain.summary(result))
        case NotApplicable():
            _say(request, f"nothing to migrate: {visible(result.reason)}\n")
        case Declined():
            click.echo(f"declined: {visible(result.script or 'no script')} was not converted", err=True)


def _say(request: Request, text: str) -> None:
    if not request.quiet:
        click.echo(text, err=True, nl=False, color=options.wants_colour(sys.stderr))
