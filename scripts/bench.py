"""Prints what the tool costs, each measure beside an alternative in the same run, as a ratio.

Absolute times say little on a shared machine; a ratio of two medians of the same run says something. CPU seconds are
those of the process and its children.
"""

from __future__ import annotations

import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from dulwich import porcelain

from migrator.migration.convert import convert
from migrator.project import Project
from migrator.shell.parse import parse
from migrator.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 7
ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"
CASES = ROOT / "tests" / "cases"


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
    """Median CPU seconds of an action in this process."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        act()
        times.append(time.process_time() - start)
    return statistics.median(times)


def as_command(words: list[str], rounds: int = ROUNDS) -> float:
    """Median CPU seconds of a command."""
    times = []
    for _ in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(words, check=False, capture_output=True)  # noqa: S603 (our own words)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(times)


def organisation(folder: Path, count: int) -> None:
    """So many checkouts: one in twenty is a repository of the tests, the others are what is beside those."""
    cases = sorted(path / "repo" for path in CASES.iterdir() if (path / "repo").is_dir())
    for number in range(count):
        place = folder / f"team-{number // 100:03}" / f"repository-{number:05}"
        if number % 20 == 0:
            shutil.copytree(cases[number // 20 % len(cases)], place, symlinks=True)
            porcelain.init(str(place)).close()
            files = [str(path) for path in place.rglob("*") if ".git" not in path.parts and not path.is_dir()]
            porcelain.add(str(place), files)
        else:
            _ordinary(place, number)


def _ordinary(place: Path, number: int) -> None:
    """A repository without the pattern: sources, and mostly a Dockerfile, often a script that pushes it."""
    (place / ".git").mkdir(parents=True)
    (place / "src").mkdir()
    (place / "docs").mkdir()
    texts = {".git/HEAD": "ref: refs/heads/main\n", "README.md": "# A service\n" * 40, "LICENSE": "Permission\n" * 200}
    texts |= {f"src/part{part}.go": "package main\n" * 80 for part in range(8)}
    texts |= {f"docs/page{part}.md": "Some words about it.\n" * 30 for part in range(3)}
    if number % 3:
        texts["Dockerfile"] = "FROM golang:1.22\nCOPY . .\nRUN go build -o /app ./src\n"
    if number % 2:
        texts["Makefile"] = "all:\n\tgo build ./src\n\ntest:\n\tgo test ./...\n"
    if number % 4 == 1:
        texts["push.sh"] = "#!/bin/sh\nset -e\ndocker build -t app .\ndocker push app\n"
    for name, text in texts.items():
        (place / name).write_text(text)


def audits() -> None:
    """Prints what an audit of a whole organisation costs, beside a search of the same files for one word."""
    print("\n| repositories | audit, CPU | repositories a second of CPU | grep -r 'docker cp', CPU | ratio |")
    print("|---|---|---|---|---|")
    for count in (1_000, 10_000):
        with tempfile.TemporaryDirectory() as folder:
            organisation(Path(folder), count)
            search = as_command(["grep", "-r", "docker cp", folder], rounds=3)
            ours = as_command([sys.executable, "-m", "migrator", "audit", folder, "--format", "jsonl"], rounds=3)
        print(f"| {count:,} | {ours:.1f} s | {count / ours:.0f} | {search:.2f} s | {ours / search:.1f} |")


def row(what: str, ours: float, beside: str, theirs: float) -> None:
    """One line of the table."""
    print(f"| {what} | {ours * 1000:.0f} ms | {beside} | {theirs * 1000:.0f} ms | {ours / max(theirs, 1e-6):.1f} |")


def main() -> None:
    """Prints the table as Markdown."""
    print("| what | CPU | beside | CPU | ratio |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "build.sh"
        path.write_text(long_script(2000))
        text = path.read_text()
        files = {"build.sh": text, "Dockerfile.build": "FROM a\nRUN x\n", "Dockerfile": "FROM a\nCOPY app /app\n"}
        check = as_command(["bash", "-n", str(path)])
        row("parse 2,000 lines", in_process(lambda: parse(Source("build.sh", text))), "bash -n", check)
        row("convert 2,000 lines", in_process(lambda: convert(Project.of(files), "build.sh")), "bash -n", check)
    bare = as_command([sys.executable, "-c", "pass"])
    tool = [sys.executable, "-m", "migrator"]
    row("migrator --version", as_command([*tool, "--version"]), "python -c pass", bare)
    for sample in sorted(SAMPLES.glob("*/build.sh")):
        row(f"convert {sample.parent.name}", as_command([*tool, "convert", str(sample.parent)]), "python -c pass", bare)
    audits()


if __name__ == "__main__":
    main()
