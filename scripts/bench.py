"""Prints what the tool costs, each measure beside an alternative in the same run, as a ratio.

Absolute times say little on a shared machine; a ratio of two medians of the same run says something. CPU seconds are
those of the process and its children.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.migration.convert import convert
from migrator.project import Project
from migrator.shell.parse import parse
from migrator.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 7
# What is installed has its bytecode; a shell that forbids writing it would have every run compile the tool anew.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"


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
        subprocess.run(words, check=False, capture_output=True, env=ENVIRONMENT)  # noqa: S603 (our own words)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(times)


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


if __name__ == "__main__":
    main()
