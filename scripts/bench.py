"""Prints what the tool costs as one table, each line beside an alternative in the same run, and keeps it in the docs.

Absolute times say little on a shared machine; a ratio of two medians of the same run says something. Seconds are those
of the processor, of a process with its children, but for what an engine does most of: there they are a clock's.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import bench_audit
import bench_snapshots
from dulwich.repo import Repo

from migrator.engine.docker import find_docker
from migrator.migration.convert import convert
from migrator.project import Project
from migrator.shell.parse import parse
from migrator.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from migrator.engine.docker import Docker

ROUNDS = 7
ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "samples" / "http-server"
VERIFIED = ROOT / "samples" / "two-contexts"
PAGE = ROOT / "docs" / "explanation" / "performance.md"
MARK = "<!-- make bench writes below this line, the newest first -->\n"
REPOSITORIES = 1000
TOOL = [sys.executable, "-m", "migrator"]
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Row:
    """One line: what of ours took how many seconds, and what beside it did."""

    what: str
    ours: float
    beside: str
    theirs: float

    def __str__(self) -> str:
        return f"| {self.what} | {_shown(self.ours)} | {self.beside} | {_shown(self.theirs)} | {self.ratio} |"

    @property
    def ratio(self) -> str:
        """Ours as a multiple of theirs."""
        found = self.ours / max(self.theirs, 1e-6)
        return f"{found:.2f}" if found < 2 else f"{found:.1f}" if found < 20 else f"{found:.0f}"


def _shown(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 2 else f"{seconds:.1f} s"


def long_script(lines: int) -> str:
    """A build script of about so many lines: variables, conditions, functions, host work, and the pattern last."""
    text = ["#!/bin/bash", "set -e", 'log() { echo "$1"; }']
    number = 0
    while len(text) < lines - 5:
        number += 1
        text += [
            f'VALUE{number}="value-{number}"',
            f'if [ -n "$VALUE{number}" ]; then',
            f'  log "step {number} ${{VALUE{number}%-*}}"',
            "fi",
            f"mkdir -p out/{number} && touch out/{number}/file",
            f'NAME{number}=$(basename "out/{number}/file")',
        ]
    text += ["docker build -t made -f Dockerfile.build .", "id=$(docker create made)", "docker cp $id:/x/app app"]
    return "\n".join([*text, "docker build -t app .", ""])


def in_process(act: Callable[[], object]) -> float:
    """Median seconds of the processor of an action in this process."""
    times = []
    for _ in range(ROUNDS):
        start = resource.getrusage(resource.RUSAGE_SELF)
        act()
        times.append(_spent(start, resource.getrusage(resource.RUSAGE_SELF)))
    return statistics.median(times)


def as_command(*words: str) -> float:
    """Median seconds of the processor of a command."""
    times = []
    for _ in range(ROUNDS):
        start = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(words, check=False, capture_output=True, env=bench_audit.ENVIRONMENT)  # noqa: S603 (our own words)
        times.append(_spent(start, resource.getrusage(resource.RUSAGE_CHILDREN)))
    return statistics.median(times)


def _spent(before: resource.struct_rusage, after: resource.struct_rusage) -> float:
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def without_engine() -> Iterator[Row]:
    """Start-up, convert, lesson and audit."""
    yield Row("start-up: `--version`", as_command(*TOOL, "--version"), "`python -c pass`", _python())
    dockerfiles = [str(path) for path in sorted(SAMPLE.glob("Dockerfile*"))]
    linted = as_command(str(BIN / "shellcheck"), str(SAMPLE / "build.sh"))
    linted += as_command(str(BIN / "hadolint"), *dockerfiles)
    yield Row(
        "convert: a sample", as_command(*TOOL, "convert", str(SAMPLE)), "shellcheck and hadolint of its files", linted
    )
    text = long_script(2000)
    files = {"build.sh": text, "Dockerfile.build": "FROM a\nRUN x\n", "Dockerfile": "FROM a\nCOPY app /app\n"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "build.sh"
        path.write_text(text, encoding="utf-8")
        checked, linted = as_command("bash", "-n", str(path)), as_command(str(BIN / "shellcheck"), str(path))
        source = Source("build.sh", text)
        yield Row("convert: parsing 2,000 lines", in_process(lambda: parse(source)), "`bash -n`", checked)
        yield Row(
            "convert: all of them", in_process(lambda: convert(Project.of(files), "build.sh")), "shellcheck", linted
        )
        page = str(Path(folder) / "page.html")
        lesson = as_command(*TOOL, "lesson", str(SAMPLE), "--out", page)
        words = [str(BIN / "pygmentize"), "-f", "html", "-O", "full", "-l"]
        coloured = as_command(*words, "bash", str(SAMPLE / "build.sh"))
        coloured += sum(as_command(*words, "docker", name) for name in dockerfiles)
        yield Row("lesson: a sample's page", lesson, "pygmentize of its files", coloured)
    yield from audited()


def _python() -> float:
    return as_command(sys.executable, "-c", "pass")


def audited() -> Iterator[Row]:
    """A thousand repositories, of which fifty are candidates."""
    with tempfile.TemporaryDirectory(prefix="migrator-bench-") as name:
        bench_audit.organisation(Path(name), REPOSITORIES, 20)
        search = bench_audit.cost(["grep", "-r", "docker cp", name], bench_audit.ROUNDS).cpu
        lint = bench_audit.hadolint(Path(name))
        ours = bench_audit.cost([*TOOL, "audit", name, "--format", "jsonl"], bench_audit.ROUNDS).cpu
    yield Row(f"audit: {REPOSITORIES:,} repositories", ours, '`grep -r "docker cp"`', search)
    if lint is not None:
        yield Row("audit: the same", ours, "hadolint of every Dockerfile", lint)


def with_engine(engine: Docker) -> Iterator[Row]:
    """Compare and verify."""
    size = next(one for one in bench_snapshots.SIZES if one.name == "150mb")
    engine.remove(engine.named(bench_snapshots.PREFIX))
    try:
        with tempfile.TemporaryDirectory() as folder:
            bench_snapshots.make(engine, size, Path(folder))
        for what, beside, seconds, theirs in bench_snapshots.beside(engine, size):
            yield Row(f"compare: {what} *", seconds, beside, theirs)
    finally:
        engine.remove(engine.named(bench_snapshots.PREFIX))
    spent = bench_snapshots.spent(engine, VERIFIED)
    if isinstance(spent, str):
        sys.exit(f"{VERIFIED.name} was not verified: {spent}")
    yield Row("verify: a sample *", spent.builds + spent.comparing + spent.rest, "its two builds alone", spent.builds)


def machine(engine: Docker) -> str:
    """The shape of this machine and what runs on it, in a line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    commit = Repo(str(ROOT)).head()[:7].decode()
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GB, load {os.getloadavg()[0]:.1f}, Python"
        f" {platform.python_version()}, {engine.title}; commit {commit}"
    )


def keep(text: str) -> None:
    """Puts a run into the docs, above the earlier ones."""
    page = PAGE.read_text(encoding="utf-8")
    before, mark, after = page.partition(MARK)
    if not mark:
        sys.exit(f"{PAGE} has no line for the runs: {MARK}")
    waiting = PAGE.with_suffix(".new")
    waiting.write_text(f"{before}{mark}\n{text}{after}", encoding="utf-8")
    waiting.replace(PAGE)


def main() -> None:
    """Prints the table as Markdown, and appends it to docs/explanation/performance.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--print-only", action="store_true", help="leave docs/explanation/performance.md as it is")
    given = parser.parse_args()
    engine = find_docker()
    title = f"### {datetime.now(UTC):%Y-%m-%d}\n\n{machine(engine)}.\n\n"
    lines = ["| what | ours | beside | theirs | ratio |", "|---|---|---|---|---|"]
    print("\n".join([title, *lines]), flush=True)
    for rows in (without_engine(), with_engine(engine)):
        for row in rows:
            lines.append(str(row))
            print(row, flush=True)
    if not given.print_only:
        keep(title + "\n".join(lines) + "\n")
        print(f"\nkept in {PAGE.relative_to(ROOT)}", file=sys.stderr)


if __name__ == "__main__":
    main()
