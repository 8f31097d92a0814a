"""`migrator migrate`: convert, verify, and write only what was proved."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from migrator import writing
from migrator.cli import options
from migrator.cli.convert import find
from migrator.cli.verify import DONE, Request, engine_options, exit_code, prove, show, tell_refusal
from migrator.diagnostics import Severity
from migrator.engine import process
from migrator.migration.convert import convert
from migrator.migration.result import Converted
from migrator.report import findings, patch
from migrator.report.display import Palette, visible
from migrator.verify.verdict import PROVED

if TYPE_CHECKING:
    from pathlib import Path

EPILOG = """
\b
Examples:
  migrator migrate             convert, prove, write
  migrator migrate --dry-run   convert, prove, and show what would be written as a diff

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
@click.option("--dry-run", is_flag=True, help="Write nothing; print what would be written as a diff.")
@options.verbosity
def migrate(path: str, *, dry_run: bool, **given: object) -> int:
    """Convert, build both ways and compare, and write the result only when the images are the same.

    PATH is a repository or a script in one; the default is this folder. Every file is written, or none.
    """
    request = Request(**given)  # type: ignore[arg-type]  # click gives each option its type, which mypy cannot see
    subject = find(path, request.script)
    conversion = convert(subject.project, subject.script, request.args, request.env)
    if not isinstance(conversion, Converted):
        return tell_refusal(conversion)
    palette = Palette(options.wants_colour(sys.stderr))
    shown = [found for found in conversion.diagnostics if not request.quiet or found.severity is Severity.ERROR]
    click.echo(findings.render(shown, palette), err=True, nl=False, color=palette.colour)
    _say_dirty(subject.root, quiet=request.quiet)
    outcome = prove(request, subject, conversion)
    show(outcome, request, aside=dry_run)
    if outcome.verdict not in PROVED:
        click.echo("migrator: nothing was written", err=True)
        return exit_code(outcome)
    changed = patch.would_change(subject.project, conversion.files)
    if dry_run:
        options.write_data(patch.render(subject.project, conversion.files))
        click.echo(f"migrator: would write {visible(', '.join(changed)) or 'nothing'}", err=True)
        return DONE
    writing.write_changes(subject.root, {change.path: change.content for change in conversion.files})
    click.echo("".join(f"wrote {visible(name)}\n" for name in changed) or "nothing changed\n", err=True, nl=False)
    return DONE


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
