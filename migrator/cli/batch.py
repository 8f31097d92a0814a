"""`migrator batch`: convert, verify or migrate many repositories; the same command again goes on where it stood."""

from __future__ import annotations

import os
import re
import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from migrator.cli import options
from migrator.cli.audit import cores, opened
from migrator.errors import UsageError

if TYPE_CHECKING:
    from migrator.batch.task import Orders

DONE = 0
SOME_FAILED = 1
INTERRUPTED = 130
STATES = (
    "declined", "different", "not-repeatable", "old-build-failed", "new-build-failed",
    "timeout", "over-limit", "not-run", "failed",
)  # fmt: skip
_MB = 1 << 20

EPILOG = """
\b
Examples:
  migrator batch ~/src                           convert every repository in this folder
  migrator batch ~/src --do verify -o verified   and prove each with an engine
  migrator batch ~/src --do migrate --branch one-dockerfile -o migrated
  migrator batch ~/src --retry timeout --timeout 600
  migrator batch ~/src --shard 3/20              the third of twenty parts

\b
Exit codes:
  0    every source was converted, verified or migrated, or has nothing to convert
  1    some were not: summary.md and failed/repos.txt say which and why
  2    wrong usage, no engine, or the output folder cannot be written
  130  interrupted; the same command again goes on

Ctrl-C lets finish what is under way; a second one drops it.
"""


def _shard(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[int, int] | None:
    if value is None:
        return None
    found = re.fullmatch(r"(\d{1,6})/(\d{1,6})", value)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise click.BadParameter(f"{value!r} is not I/N with I from 1 to N")
    return int(found[1]), int(found[2])


@click.command(epilog=EPILOG)
@click.argument("sources", metavar="[SOURCE]...", nargs=-1)
@click.option(
    "--from", "source", metavar="FILE", help="Take further sources from FILE, one on each line; `-` is stdin."
)
@click.option(
    "-o", "--output", default="migrator-batch", show_default=True, metavar="DIR",
    help="The folder for the journal, the results and the files of each repository.",
)  # fmt: skip
@click.option(
    "--do", "action", type=click.Choice(["convert", "verify", "migrate"]), default="convert", show_default=True,
    help="What is done with each repository.",
)  # fmt: skip
@click.option("--in-place", is_flag=True, help="With migrate: write into each repository that has nothing uncommitted.")
@click.option("--branch", metavar="NAME", help="With migrate: commit on a new branch of each repository.")
@click.option("--patch-dir", metavar="DIR", help="With migrate: write a patch for each repository into DIR.")
@click.option(
    "--builder", type=click.Choice(["auto", "buildkit", "classic"]), default="auto", show_default=True,
    help="What builds.",
)  # fmt: skip
@click.option(
    "--jobs", type=click.IntRange(1, 1024), default=None,
    help="How many repositories at once; without it the number of cores, or for builds half of the engine's.",
)  # fmt: skip
@click.option(
    "--timeout", type=click.FloatRange(0.01), default=None, metavar="SECONDS",
    help="How long one repository may take; 60 without it, 3600 with builds.",
)  # fmt: skip
@click.option("--memory", type=click.IntRange(256), default=4096, show_default=True, metavar="MB",
              help="How much address space each process of a repository may have.")  # fmt: skip
@click.option("--disk", type=click.IntRange(1), default=10240, show_default=True, metavar="MB",
              help="How much one repository may put on the disk, outside of the engine.")  # fmt: skip
@click.option("--network", metavar="NAME",
              help="The network of all builds and containers, as for migrator verify: `none` is none.")  # fmt: skip
@click.option("--min-free", type=click.IntRange(0), default=2048, show_default=True, metavar="MB",
              help="No build begins while less is free where the engine and we write.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1), default=None, metavar="N", help="Work on N new sources at most.")
@click.option("--shard", metavar="I/N", callback=_shard, help="Only part I of N; each path always is in the same part.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first repository that does not succeed.")
@click.option("--retry", multiple=True, type=click.Choice(STATES), metavar="STATE",
              help="Do those again that ended in this state; may be given again.")  # fmt: skip
@click.option("--no-cache", is_flag=True, help="Do everything again, also where nothing has changed.")
@click.option("--dask", metavar="ADDRESS", help="Work on the Dask cluster whose scheduler is at ADDRESS.")
@click.option("--github-matrix", "parts", type=click.IntRange(1, 256), default=None, metavar="N",
              help="Do nothing but print a workflow for GitHub Actions that does it in N parts.")  # fmt: skip
@options.verbosity
def batch(**given: Any) -> int:  # noqa: ANN401 - one value for each option
    """Convert, verify or migrate many repositories, each in a process of its own with limits.

    SOURCE is a checkout, a bare repository, a folder that holds such, or an address, as for migrator audit. What is
    done is kept in the output folder: the same command again goes on, and does only what is new or has changed.
    """
    from migrator.batch import executors  # noqa: PLC0415 - not for --help
    from migrator.batch.progress import progress  # noqa: PLC0415
    from migrator.organisation.places import listed, places  # noqa: PLC0415

    if not given["sources"] and given["source"] is None:
        raise UsageError("there is nothing to work on", "Give folders, or a list of them with --from FILE.")
    orders = _orders(given)
    if given["parts"] is not None:
        return _print_workflow(given)
    jobs = _jobs(given, orders)
    dask = given["dask"]
    shown = progress(quiet=given["quiet"], colour=options.wants_colour(sys.stderr))
    with opened(given["source"]) as stream, executors.dask(dask) if dask else executors.local(jobs) as (hands, count):
        paths = chain(given["sources"], listed(stream) if stream is not None else ())
        found = places(map(_absolute, paths))
        try:
            return _run(given, orders, (hands, count), found, shown)
        finally:
            shown.close()


def _print_workflow(given: dict[str, Any]) -> int:
    """The workflow for what the command line says, with the options that say what is done with each repository."""
    from migrator.batch.matrix import workflow  # noqa: PLC0415 - not for --help

    if given["source"] == "-" or given["shard"] or given["dask"] or given["in_place"] or given["branch"]:
        raise UsageError(
            "--github-matrix goes with none of --from -, --shard, --dask, --in-place and --branch",
            "The jobs need a file with the sources, and what they write into clones of their own is gone with them.",
        )
    words = ["migrator", "batch", *given["sources"]]
    named = {
        "--from": given["source"], "--do": given["action"], "--patch-dir": given["patch_dir"], "--jobs": given["jobs"],
        "--builder": given["builder"], "--timeout": given["timeout"], "--memory": given["memory"],
        "--disk": given["disk"], "--network": given["network"],
        "--min-free": given["min_free"], "--limit": given["limit"],
    }  # fmt: skip
    usual = {"--do": "convert", "--builder": "auto", "--memory": 4096, "--disk": 10240, "--min-free": 2048}
    for name, value in named.items():
        if value is not None and value != usual.get(name):
            words += [name, f"{value:g}" if isinstance(value, float) else str(value)]
    if "\n" in "".join(words):
        raise UsageError("a line end in a name does not go into a workflow", "Put the sources into a file.")
    options.write_data(workflow(words, given["parts"]))
    return DONE


def _absolute(path: str) -> str:
    """A path that means the same from everywhere; an address does."""
    from migrator.organisation.places import is_address  # noqa: PLC0415 - not for --help

    return path if is_address(path) else os.path.abspath(path)  # noqa: PTH100 - bytes may be odd


def _orders(given: dict[str, Any]) -> Orders:
    from migrator.batch.task import Orders  # noqa: PLC0415 - not for --help
    from migrator.cli.version import version  # noqa: PLC0415

    named = {"in-place": given["in_place"], "branch": given["branch"], "patch": given["patch_dir"]}
    wanted = [how for how, value in named.items() if value]
    migrates = given["action"] == "migrate"
    if len(wanted) != migrates:
        raise UsageError(
            "--do migrate wants one of --in-place, --branch and --patch-dir, and nothing else does",
            "Give one of them with --do migrate, and none without.",
        )
    builds = given["action"] != "convert"
    if given["network"] and not builds:
        raise UsageError(
            "--network is for builds, and --do convert builds nothing", "Give --do verify or --do migrate."
        )
    return Orders(
        given["action"],
        wanted[0] if wanted else None,  # type: ignore[arg-type]  # the keys above
        given["branch"] or "",
        given["builder"],
        given["timeout"] or (3600.0 if builds else 60.0),
        given["memory"] * _MB,
        given["disk"] * _MB,
        given["min_free"] * _MB,
        version(),
        given["network"] or "",
    )


def _jobs(given: dict[str, Any], orders: Orders) -> int:
    """How many at once: what the engine can take where it is asked to build. Raises EngineError without one."""
    if orders.action == "convert" or given["dask"]:
        return given["jobs"] or cores()
    from migrator.engine.docker import find_docker  # noqa: PLC0415 - not for --help

    engine = find_docker(None if orders.builder == "auto" else orders.builder)  # type: ignore[arg-type]  # click chose
    return given["jobs"] or max(engine.processors() // 2, 1)


def _run(given: dict[str, Any], orders: Orders, hands: Any, found: Any, shown: Any) -> int:  # noqa: ANN401 - as made above
    from migrator.batch.journal import Journal  # noqa: PLC0415 - not for --help
    from migrator.batch.runner import Run, Wanted  # noqa: PLC0415

    executor, count = hands
    wanted = Wanted(
        count, given["limit"], given["shard"], given["fail_fast"], frozenset(given["retry"]),
        not given["no_cache"], given["dask"] is None, given["patch_dir"] and Path(given["patch_dir"]),
    )  # fmt: skip
    folder = Path(given["output"])
    with Journal(folder, orders) as journal:
        run = Run(journal, folder, orders, wanted, executor, shown)
        summary = run.all(found)
    shown.close()
    groups = summary["groups"]
    if not summary["sources"] and given["shard"] is None:
        raise UsageError("there is nothing to work on", "The list of sources is empty.")
    total = summary["sources"]
    click.echo(
        f"migrator: {total} {'source' if total == 1 else 'sources'}: {groups['successful']} successful, "
        f"{groups['failed']} not, {groups['not-applicable']} with nothing to convert, {summary['open']} open; "
        f"see {folder}/summary.md",
        err=True,
    )
    if run.interrupted:
        return INTERRUPTED
    return SOME_FAILED if groups["failed"] else DONE
