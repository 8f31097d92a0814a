"""`migrator migrate`: convert, verify, and write only what was proved."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from migrator import writing
from migrator.cli import options
from migrator.cli.building import Request, engine_options, prove, repair_option
from migrator.cli.subject import configured
from migrator.cli.verify import DONE, exit_code, show, tell_refusal
from migrator.diagnostics import Severity
from migrator.engine import process
from migrator.errors import UsageError
from migrator.migration.convert import convert_with_trace
from migrator.migration.floor import without_comment
from migrator.migration.result import Converted
from migrator.report import findings, message, patch
from migrator.report.display import Palette, visible
from migrator.repository import branch
from migrator.repository.apart import settled
from migrator.repository.files import migration
from migrator.repository.inputs import Given
from migrator.verify.verdict import PROVED

if TYPE_CHECKING:
    from migrator.repository.files import Migration

EPILOG = """
\b
Examples:
  migrator migrate               convert, prove, write
  migrator migrate --diff        convert, prove, and print everything that would change as one patch
  migrator migrate --branch multi-stage --pr-body pr.md   commit it on a new branch
  migrator migrate --keep-old    leave the old Dockerfiles and the script's file where they are

\b
Exit codes:
  0  written, or nothing to migrate
  1  declined, or not proved: nothing was written
  2  wrong usage, no engine, no disk space, out of time: nothing was written
  3  a bug in migrator
"""
_SHOWN = 5


@click.command(epilog=EPILOG)
@options.path
@options.script
@engine_options
@click.option(
    "--diff",
    "--dry-run",
    "dry_run",
    is_flag=True,
    help="Write nothing; print everything that would change as one diff, which `git apply` takes.",
)
@click.option("--in-place", is_flag=True, help="Write into the repository, all files or none; this is the default.")
@click.option("--keep-old", is_flag=True, help="Remove no file.")
@click.option("--branch", metavar="NAME", help="Commit on a new branch; the work tree and the index stay as they are.")
@click.option("--pr-body", metavar="FILE", help="Write the text of a pull request into FILE; `-` is stdout.")
@repair_option
@options.comments
@options.verbosity
def migrate(path: str, *, dry_run: bool, in_place: bool, keep_old: bool, comments: bool, **given: object) -> int:
    """Convert, build both ways and compare, and change the repository only when the images are the same.

    PATH is a repository or a script in one; the default is this folder. Written are the new Dockerfile, what is left
    of the script, and the files that call it or name the old Dockerfiles, where the change is certain; what is not
    certain is listed. Every file is written, or none.
    """
    if dry_run and in_place:
        raise UsageError("--diff writes nothing, so it does not go with --in-place", "Give one of the two.")
    name, body = given.pop("branch"), given.pop("pr_body")
    if name is not None and (dry_run or in_place):
        raise UsageError("--branch commits, so it goes with neither --diff nor --in-place", "Give one of them.")
    if dry_run and body == "-":
        raise UsageError("--diff and --pr-body - both want stdout", "Give a file to --pr-body.")
    request = Request(**given)  # type: ignore[arg-type]  # click gives each option its type, which mypy cannot see
    subject, request = configured(path, request)
    made = branch.prepare(subject.root, str(name)) if name is not None else None
    conversion, trace = convert_with_trace(subject.project, subject.script, request.args, request.env)
    if not isinstance(conversion, Converted) or trace is None:
        return tell_refusal(conversion)
    called = Given(request.args, dict(request.env))
    conversion, trace = settled(subject.project, conversion, trace, called)
    conversion = conversion if comments else without_comment(conversion)
    palette = Palette(options.wants_colour(sys.stderr))
    shown = [found for found in conversion.diagnostics if not request.quiet or found.severity is Severity.ERROR]
    click.echo(findings.render(shown, palette), err=True, nl=False, color=palette.colour)
    _say_dirty(subject.root, quiet=request.quiet)
    whole = migration(subject.project, conversion, trace, keep_old=keep_old, given=called)
    writing.refuse_submodules(subject.root, [change.path for change in whole.files])
    proof = prove(request, subject, conversion, trace)
    conversion, outcome = proof.conversion, proof.outcome
    if proof.repairs:
        whole = migration(subject.project, conversion, trace, keep_old=keep_old, given=called)
    show(outcome, request, aside=dry_run)
    if outcome.verdict not in PROVED:
        click.echo("migrator: nothing was written", err=True)
        return exit_code(outcome)
    changed = patch.would_change(subject.project, whole.files)
    click.echo(findings.render(whole.tasks, palette), err=True, nl=False, color=palette.colour)
    if body is not None:
        _write_body(str(body), message.pull_request(conversion, outcome, whole.tasks, changed))
    if made is not None:
        text = message.commit_message(conversion, outcome, whole.tasks, changed)
        commit = branch.commit(made, {change.path: change.content for change in whole.files}, text)
        click.echo(f"committed {commit[:12]} on {visible(made.name)}" if commit else "nothing changed", err=True)
        return DONE
    if dry_run:
        options.write_data(patch.render(subject.project, whole.files))
        click.echo(f"migrator: would write {visible(', '.join(changed)) or 'nothing'}", err=True)
        return DONE
    writing.write_changes(subject.root, {change.path: change.content for change in whole.files})
    click.echo(_told(whole, changed), err=True, nl=False)
    return DONE


def _write_body(place: str, text: str) -> None:
    if place == "-":
        options.write_data(text)
    else:
        writing.write_file(Path(place), text)


def _told(whole: Migration, changed: tuple[str, ...]) -> str:
    """What was done, a file a line."""
    removed = {change.path for change in whole.files if change.content is None}
    lines = [f"{'removed' if name in removed else 'wrote'} {visible(name)}\n" for name in changed]
    if whole.tasks:
        lines.append(f"left to do by hand: {len(whole.tasks)}, see above\n")
    return "".join(lines) or "nothing changed\n"


def _say_dirty(root: Path, *, quiet: bool) -> None:
    """Say which files are changed and not committed: they are what was converted, and git cannot bring them back."""
    names = uncommitted(root)
    if names and not quiet:
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        click.echo(f"migrator: not committed: {visible(', '.join(names[:_SHOWN]))}{more}", err=True)


def uncommitted(root: Path) -> tuple[str, ...]:
    """The files of a git work tree that differ from the last commit; none where there is no git."""
    words = ["git", "-C", str(root), "status", "--porcelain", "-z", "--no-renames", "."]
    try:
        done = process.run(words, process.How(timeout=60))
    except OSError:
        return ()
    entries = done.stdout.decode("utf-8", "surrogateescape").split("\0") if done.ok else []
    return tuple(entry[3:] for entry in entries if entry)
