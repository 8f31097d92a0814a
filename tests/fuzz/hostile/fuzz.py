"""Hostile text by chance: atheris changes bytes for as long as is asked, led by what of our code they reach.

    make fuzz-hostile FUZZ_ARGS='--target shell --seconds 3600'

Each target is a door of `doors.py`. What is found stays in the folder that `--findings` names, as the bytes that do it.
"""

from __future__ import annotations

import argparse
import math
import resource
import subprocess
import sys
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
TARGETS = ("shell", "dockerfile", "ignore", "archive", "emitted")
MOST_MEMORY = 300  # megabytes, of ours: what atheris itself takes is added
OF_ATHERIS = 500
MOST_SECONDS = 10  # for one input, of a process that is watched line by line


def search(target: str, rest: list[str]) -> None:
    """Runs one target in this process, until libFuzzer ends it."""
    sys.path[:0] = [str(HERE), str(ROOT)]
    atheris = import_module("atheris")  # which `make fuzz-hostile` alone installs

    with atheris.instrument_imports(include=["migrator"]):
        import doors  # noqa: PLC0415 - to be watched

    atheris.Setup([sys.argv[0], *rest], doors.DOORS[target])
    atheris.Fuzz()


def spent() -> float:
    """Seconds of processor time of all processes that ended here."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def sought(target: str, given: argparse.Namespace) -> bool:
    """Searches at one target until the processor worked for as long as is asked; whether nothing was found.

    libFuzzer ends by the clock, which on a machine with other work says little: it is started anew for what is left.
    """
    kept = [str(given.corpus / target)] if given.corpus else []
    for folder in kept:
        Path(folder).mkdir(parents=True, exist_ok=True)
    begun = spent()
    while (left := given.seconds - (spent() - begun)) > 0:
        options = [
            f"-max_total_time={math.ceil(left)}", f"-timeout={MOST_SECONDS}",
            f"-rss_limit_mb={MOST_MEMORY + OF_ATHERIS}",
            "-max_len=2000", f"-artifact_prefix={given.findings}/{target}-", "-print_final_stats=1",
        ]  # fmt: skip
        command = [sys.executable, __file__, "--here", target, *options, *kept, str(HERE / "corpus" / target)]
        if subprocess.run(command, check=False).returncode:
            return False
        sys.stdout.write(f"{target}: {spent() - begun:.0f} s of processor time so far\n")
        sys.stdout.flush()
    return True


def main() -> None:
    """Runs the targets that are asked for, one after the other, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", choices=TARGETS, action="append")
    parser.add_argument("--seconds", type=int, default=600, help="of processor time, for each target")
    parser.add_argument("--corpus", type=Path, help="where what reaches more is kept; without it, nothing is")
    parser.add_argument("--findings", type=Path, default=ROOT / "fuzz-found")
    parser.add_argument("--here", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        search(given.here[0], given.here[1:])
        return
    given.findings.mkdir(exist_ok=True)
    failed = [target for target in given.target or TARGETS if not sought(target, given)]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    sys.stdout.write(f"{spent():.0f} s of processor time, {used.ru_maxrss / 1024:.0f} MB at most\n")
    if failed:
        sys.exit(f"something was found by {', '.join(failed)}; see {given.findings}")


if __name__ == "__main__":
    main()
