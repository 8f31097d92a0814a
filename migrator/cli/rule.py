"""`migrator rule`: what a diagnostic code means."""

from __future__ import annotations

import shutil

import click

from migrator.errors import UsageError
from migrator.report.display import visible
from migrator.report.pages import page
from migrator.rules import CATALOGUE

EPILOG = """
\b
Examples:
  migrator rule          every code, one per line
  migrator rule MG104    the page of one code
"""


@click.command(epilog=EPILOG)
@click.argument("code", required=False)
def rule(code: str | None) -> int:
    """Say what a diagnostic code means, why it matters and what to do about it.

    Without CODE, list every code. MG1xx is about the script, MG2xx about the Dockerfiles, MG3xx about the plan,
    MG4xx about verification, MG5xx about the repository around them, MG9xx about bugs in migrator.
    """
    if code is None:
        click.echo(listing(), nl=False)
        return 0
    text = page(code.upper())
    if text is None:
        raise UsageError(f"there is no diagnostic {visible(code)}", "`migrator rule` lists every code.")
    click.echo(text, nl=False)
    return 0


def listing() -> str:
    """Every code with its severity and its name, cut to the width of the terminal."""
    columns = shutil.get_terminal_size().columns
    rows = (
        f"{known.code}  {known.severity:<7}  {known.name.replace('-', ' ')}"
        for known in sorted(CATALOGUE.values(), key=lambda known: known.code)
    )
    return "".join(f"{row[:columns]}\n" for row in rows)
