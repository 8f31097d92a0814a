"""Prints what an audit of a whole organisation costs, beside grep and hadolint over the same files, as ratios.

The organisations are made for it: one repository in twenty is a candidate, and what the candidates are like follows
how often each kind stands in public repositories. Everything is in the page cache before anything is measured.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from dulwich import porcelain

ROOT = Path(__file__).parent.parent
CASES = ROOT / "tests" / "cases"
ROUNDS = 3
# As in `bench`: what is installed has its bytecode.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
# Of 176 public repositories, how many are of each kind: how a script takes the files out, or what is in its place.
MIXTURE = {
    "create and cp": 50, "run and cp": 21, "mount": 17, "stream": 13, "other shell": 3,
    "Makefile": 28, "CI file": 5, "PowerShell or batch": 8, "Python": 1, "looks like it": 30,
}  # fmt: skip
MANY = 1000
# More repositories than these would keep hadolint busy for a quarter of an hour.
LINTED = 10_000


@dataclass(frozen=True)
class Cost:
    """What a command took: seconds of CPU with its children, seconds of a clock, bytes of its largest process."""

    cpu: float
    clock: float
    memory: int


def cost(words: list[str], rounds: int) -> Cost:
    """The cheapest of some runs of a command: whatever else a machine does only adds to it."""
    found = []
    for _ in range(rounds):
        began = time.monotonic()
        with subprocess.Popen(  # noqa: S603 (our own words)
            words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT
        ) as process:
            _, _, usage = os.wait4(process.pid, 0)
            process.returncode = 0
        clock = time.monotonic() - began
        found.append(Cost(usage.ru_utime + usage.ru_stime, clock, usage.ru_maxrss << 10))
    return min(found, key=lambda one: one.cpu)


def kind(case: Path) -> str:
    """Which kind of the mixture a case of the tests is."""
    names = {path.relative_to(case).as_posix() for path in case.rglob("*") if path.is_file()}
    if any(name.endswith((".ps1", ".bat", ".cmd")) for name in names):
        return "PowerShell or batch"
    if any(name.endswith((".yml", ".yaml")) for name in names):
        return "CI file"
    if any(name.endswith(".py") for name in names):
        return "Python"
    if any(name.rsplit("/", 1)[-1] in {"Makefile", "GNUmakefile", "makefile"} for name in names):
        return "Makefile"
    scripts = [case / name for name in names if name.endswith(".sh")]
    text = "".join(path.read_text(errors="replace") for path in scripts)
    if case.parent.name.startswith("none-"):
        return "looks like it"
    if "docker create" in text and "docker cp" in text:
        return "create and cp"
    if "docker run" in text:
        return "run and cp" if "docker cp" in text else "mount" if " -v " in text or "--mount" in text else "stream"
    return "other shell"


def candidates(count: int) -> list[Path]:
    """So many cases of the tests in the mixture, the same ones every time."""
    kinds: dict[str, list[Path]] = {name: [] for name in MIXTURE}
    for case in sorted(path / "repo" for path in CASES.iterdir() if (path / "repo").is_dir()):
        kinds[kind(case)].append(case)
    there = {name: weight for name, weight in MIXTURE.items() if kinds[name]}
    chance = random.Random(20)  # noqa: S311 - no secret
    return [chance.choice(kinds[name]) for name in chance.choices(list(there), list(there.values()), k=count)]


def organisation(folder: Path, count: int, share: int) -> None:
    """So many checkouts in folders of a hundred; one in `share` is a candidate. Each core makes its part."""
    cases = candidates(count // share + 1)
    jobs = os.cpu_count() or 1
    with ProcessPoolExecutor(jobs) as pool:
        made = [pool.submit(_checkouts, folder, range(job, count, jobs), share, cases) for job in range(jobs)]
        for one in made:
            one.result()


def _checkouts(folder: Path, numbers: range, share: int, cases: list[Path]) -> None:
    """Those of these numbers."""
    for number in numbers:
        place = folder / f"team-{number // 100:03}" / f"repository-{number:05}"
        if number % share == 0:
            shutil.copytree(cases[number // share], place, symlinks=True)
            with porcelain.init(str(place)):
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


def hadolint(folder: Path) -> float | None:
    """CPU seconds of hadolint over every Dockerfile below a folder; None where it is not installed."""
    tool = shutil.which("hadolint", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if tool is None:
        return None
    files = sorted(str(path) for path in folder.rglob("Dockerfile*") if path.is_file())
    return sum(cost([tool, *files[at : at + MANY]], 1).cpu for at in range(0, len(files), MANY))


def row(count: int, share: int, rounds: int) -> str:
    """One line of the table."""
    with tempfile.TemporaryDirectory(prefix="migrator-bench-") as name:
        folder = Path(name)
        organisation(folder, count, share)
        search = cost(["grep", "-r", "docker cp", name], rounds)
        lint = hadolint(folder) if count <= LINTED else None
        ours = cost([sys.executable, "-m", "migrator", "audit", name, "--format", "jsonl"], rounds)
    beside = "— | —" if lint is None else f"{lint:.2f} s | {ours.cpu / lint:.2f}"
    return (
        f"| {count:,} | {-(-count // share):,} | {ours.cpu:.2f} s | {count / ours.cpu:.0f} | {ours.clock:.1f} s |"
        f" {ours.memory >> 20} MB | {search.cpu:.2f} s | {ours.cpu / search.cpu:.1f} | {beside} |"
    )


def main() -> None:
    """Prints the table as Markdown, a line as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repositories", type=int, action="append", help="how many; again for more; 1,000 and 10,000")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each command is run; the cheapest counts")
    given = parser.parse_args()
    print(
        "\n| repositories | candidates | audit, CPU | a second of CPU | clock | largest process"
        " | grep -r | ratio | hadolint | ratio |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for count, share in ((500, 1), *((count, 20) for count in given.repositories or (1000, 10_000))):
        print(row(count, share, given.rounds), flush=True)


if __name__ == "__main__":
    main()
