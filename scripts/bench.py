"""Prints how long the conversion of each sample takes: the median and the slowest of ten runs, in this process."""

from __future__ import annotations

import contextlib
import io
import statistics
import time
from pathlib import Path

from migrator.cli import main

ROUNDS = 10


def once(sample: Path) -> float:
    """Seconds that one conversion took, from the command line's own entry point, output thrown away."""
    start = time.perf_counter()
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        contextlib.suppress(SystemExit),
    ):
        main(["convert", str(sample)])
    return time.perf_counter() - start


def bench(samples: Path) -> None:
    """Prints one line for each sample."""
    for script in sorted(samples.glob("*/build.sh")):
        times = [once(script.parent) for _ in range(ROUNDS)]
        median, slowest = statistics.median(times) * 1000, max(times) * 1000
        print(f"{script.parent.name:20} median {median:7.1f} ms   slowest {slowest:7.1f} ms")


if __name__ == "__main__":
    bench(Path(__file__).parent.parent / "samples")
