"""The `migrator` command: a group whose subcommands are imported only when they are used.

This is the one place that turns what ended a command into an exit code. A subcommand returns its exit code (or
None for 0) and raises `MigratorError` for trouble; it never calls `sys.exit` itself.
"""

from __future__ import annotations

import errno
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from migrator.errors import MigratorError

if TYPE_CHECKING:
    from collections.abc import Iterator

# One line each, kept here so that `migrator --help` need not import a single command.
COMMANDS = {
    "convert": "Print one multi-stage Dockerfile in place of a builder-pattern script.",
    "verify": "Build both ways with a real engine and compare the images.",
    "migrate": "Convert, verify, and write only what was proved.",
    "audit": "Say what becomes of many repositories, without writing anything.",
    "batch": "Convert, verify or migrate many repositories; go on where it stood.",
    "split": "Split a Dockerfile that builds and runs in one image, and prove it.",
    "advise": "Say what would make an image smaller or its build quicker; patch what is safe.",
    "lesson": "Write a page that teaches the before and after, line by line.",
    "rule": "Say what a diagnostic code means and what to do about it.",
    "doctor": "Say which engines answer, what works and what to install.",
}

INTERRUPTED = 130
OUR_BUG = 3
OUTSIDE = 2

VERBOSE = "migrator.verbose"


def report_error(message: str, advice: str | None = None) -> None:
    """Say on stderr what ended the command, and what to do about it."""
    click.echo(f"migrator: error: {message}", err=True)
    if advice:
        click.echo(f"  {advice}", err=True)


def report_bug(error: BaseException, *, verbose: bool) -> None:
    """Say on stderr that this is our own bug, with the traceback only where it was asked for."""
    report_error(
        f"this is a bug in migrator: {type(error).__name__}: {error}",
        "Please report it, with the command line and the script and Dockerfiles that it was given"
        + ("." if verbose else "; -v shows where it happened."),
    )
    if verbose:
        # Only a command that has already failed pays for this import.
        import_module("traceback").print_exception(error)


class LazyGroup(click.Group):
    """A group that imports `migrator.cli.<name>` for a subcommand when it is called, and not before."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """The commands that this installation has, in the order in which people meet them."""
        return [name for name in COMMANDS if find_spec(f"migrator.cli.{name}") is not None]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now; None when there is no such command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command = getattr(import_module(f"migrator.cli.{cmd_name}"), cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"migrator.cli.{cmd_name} has no command of that name")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands for `--help` without importing them."""
        rows = [(name, COMMANDS[name]) for name in self.list_commands(ctx)]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Run the subcommand and leave with its exit code; every way to fail ends here."""
        try:
            code = super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit):
            raise
        except (KeyboardInterrupt, click.Abort):
            click.echo("migrator: interrupted", err=True)
            ctx.exit(INTERRUPTED)
        except MigratorError as error:
            if error.exit_code == OUR_BUG:
                report_bug(error, verbose=is_verbose(ctx))
            else:
                report_error(error.message, error.advice)
            ctx.exit(error.exit_code)
        except (OSError, MemoryError) as error:
            # The reader of our output went away: click's own handling ends quietly.
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise
            full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
            advice = "Make room on the disk, then run the same command again." if full else None
            report_error(" ".join(_causes(error)) or "out of memory", advice)
            ctx.exit(OUTSIDE)
        except Exception as error:  # noqa: BLE001 - the boundary: whatever comes here is our bug, and is said to be
            report_bug(error, verbose=is_verbose(ctx))
            ctx.exit(OUR_BUG)
        ctx.exit(code if isinstance(code, int) else 0)


def is_verbose(ctx: click.Context) -> bool:
    """Whether `-v` was given to the command that ran."""
    return bool(ctx.meta.get(VERBOSE))


def _causes(error: BaseException) -> Iterator[str]:
    if isinstance(error, OSError):
        if error.filename is not None:
            yield f"{error.filename}:"
        yield error.strerror or type(error).__name__


def _print_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
    if value and not ctx.resilient_parsing:
        click.echo(f"migrator {import_module('migrator.cli.version').version()}")
        ctx.exit()


EPILOG = """
\b
Examples:
  migrator convert                     the repository in this folder, to stdout
  migrator convert --diff | git apply  as a patch
  migrator verify                      prove it: build both ways and compare
  migrator migrate                     convert, verify, then write
  migrator rule MG104                  what a code in a message means

\b
Exit codes:
  0    done, or nothing to do
  1    declined, different, or --check would change something
  2    wrong usage, or trouble outside (no engine, unreadable path)
  3    a bug in migrator
  130  interrupted

stdout is data, stderr is messages. NO_COLOR is honoured.
"""


@click.group(
    cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version."
)
def main() -> None:
    """Turn the legacy Docker builder pattern into one multi-stage Dockerfile, and prove it.

    The pattern: a script builds an image from Dockerfile.build, creates a container only to copy the compiled
    program out of it, and builds the real image from a second Dockerfile. The result: one Dockerfile with
    named stages that builds the same image with a single `docker build`.
    """
