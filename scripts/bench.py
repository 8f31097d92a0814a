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
    messages = io.StringIO()
    start = time.perf_counter()
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(messages):
            main(["convert", str(sample)])
    except SystemExit as end:
        # 1 is a refusal, which is an answer; the time of a failure would say nothing.
        if end.code not in (None, 0, 1):
            raise SystemExit(f"convert {sample}: exit {end.code}\n{messages.getvalue()}") from end
    return time.perf_counter() - start


def bench(samples: Path) -> None:
    """Prints one line for each sample."""
    for script in sorted(samples.glob("*/build.sh")):
        times = [once(script.parent) for _ in range(ROUNDS)]
        median, slowest = statistics.median(times) * 1000, max(times) * 1000
        print(f"{script.parent.name:20} median {median:7.1f} ms   slowest {slowest:7.1f} ms")


if __name__ == "__main__":
    bench(Path(__file__).parent.parent / "samples")
