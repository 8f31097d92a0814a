"""`migrator audit`: what a conversion of many repositories would come to, without writing anything."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from itertools import chain
from typing import IO, TYPE_CHECKING

import click

from migrator.cli import options
from migrator.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.organisation.audit import Audited, Patched
    from migrator.organisation.totals import Totals

DONE = 0
NOTHING_READ = 2

EPILOG = """
\b
Examples:
  migrator audit ~/src                        every repository in this folder
  migrator audit api web tools.git            these; one of them is bare
  find /srv -name '*.git' | migrator audit --from -
  migrator audit --from urls.txt --jobs 16    clones what it needs, with your own credentials
  migrator audit ~/src --format html > audit.html
  migrator audit ~/src --format csv > audit.csv
  migrator audit ~/src --format jsonl | jq -r 'select(.status == "declined") | .repository'

\b
Exit codes:
  0  every source has its answer, whatever it is
  2  nothing to audit, or no source could be read
"""


@click.command(epilog=EPILOG)
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option(
    "--from",
    "source",
    metavar="FILE",
    help="Take further paths or addresses from FILE, one on each line; `-` is stdin.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "jsonl", "csv", "sarif", "html"]),
    default="text",
    show_default=True,
    help="What stdout is; jsonl and csv come while the audit runs.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 1024),
    default=None,
    help="How many processes read; as many as there are cores without it.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0.01),
    default=30.0,
    show_default=True,
    help="How many seconds one repository may take.",
)
@click.option(
    "--top", type=click.IntRange(0), default=20, show_default=True, help="How many sources of a kind the text lists."
)
@options.verbosity
def audit(  # noqa: PLR0913 - one parameter for each option
    *,
    paths: tuple[str, ...],
    source: str | None,
    form: str,
    jobs: int | None,
    timeout: float,
    top: int,
    quiet: bool,  # noqa: ARG001 - there is nothing to be quiet about; the option is everywhere
    verbose: bool,  # noqa: ARG001 - as above
) -> int:
    """Say what becomes of many repositories: how many convert, what stands in the way, what is left to do.

    PATH is a checkout, a bare repository, a folder that holds such, or an address, of which git fetches what is read.
    Nothing is written and nothing of theirs is run.
    """
    from migrator.organisation.places import listed, places  # noqa: PLC0415 - not for --help
    from migrator.organisation.spread import Limits, audits  # noqa: PLC0415

    if not paths and source is None:
        raise UsageError("there is nothing to audit", "Give folders, or a list of them with --from FILE.")
    with opened(source) as stream:
        found = places(chain(paths, listed(stream) if stream is not None else ()))
        return _write(audits(found, Limits(jobs or cores(), timeout, _patched(form))), form, top)


def _patched(form: str) -> Patched | None:
    """What makes the diffs, for the format that shows them."""
    if form != "html":
        return None
    from migrator.report import patch  # noqa: PLC0415 - not for --help

    return patch.of


@contextmanager
def opened(source: str | None) -> Iterator[IO[bytes] | None]:
    """The list of paths as a file; None without one."""
    if source is None or source == "-":
        yield None if source is None else sys.stdin.buffer
    else:
        with open(source, "rb") as stream:  # noqa: PTH123 - pathlib is not for --help
            yield stream


def cores() -> int:
    """How many processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _write(answers: Iterator[Audited], form: str, top: int) -> int:
    from migrator.organisation.totals import Totals  # noqa: PLC0415 - not for --help
    from migrator.report import audit as report  # noqa: PLC0415

    totals = Totals()
    kept: list[Audited] = []
    if form == "csv":
        options.write_data(report.table_head())
    for one in answers:
        totals.add(one)
        if form == "jsonl":
            options.write_data(report.line(one))
        elif form == "csv":
            options.write_data(report.table_row(one))
        elif form in {"json", "html"} or one.status != "not-applicable":
            kept.append(one)
    if not totals.sources:
        raise UsageError("there is nothing to audit", "The list of paths is empty.")
    options.write_data(_ending(form, totals, kept, top))
    return NOTHING_READ if totals.statuses["failed"] == totals.sources else DONE


def _ending(form: str, totals: Totals, kept: list[Audited], top: int) -> str:
    """What is written once every answer is there."""
    from migrator.report import audit as report  # noqa: PLC0415 - as above

    match form:
        case "jsonl":
            return report.last_line(totals)
        case "json":
            return report.document(totals, kept)
        case "text":
            return "".join(f"{line}\n" for line in report.text(totals, kept, top))
        case "html":
            from migrator.organisation.totals import least_left  # noqa: PLC0415 - as above
            from migrator.report.overview import html  # noqa: PLC0415 - the templates, for the page only

            rows = (report.row(one) | {"patch": one.patch} for one in least_left(kept))
            return html.render("What a conversion would come to", report.summary(totals), rows)
        case "sarif":
            from migrator.cli.version import version  # noqa: PLC0415 - as above
            from migrator.report.overview import sarif  # noqa: PLC0415

            return sarif.render(sorted(kept, key=lambda one: one.path), version())
        case _:
            return ""
