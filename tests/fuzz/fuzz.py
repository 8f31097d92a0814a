"""`make fuzz`: random repositories, each built the old way and by the emitted Dockerfile, until the time is up."""

from __future__ import annotations

import argparse
import collections
import os
import signal
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent), str(HERE.parent), str(HERE.parent / "engine")]

from conftest import Engine, server_version  # noqa: E402  # the folders above hold them
from fuzz_dense import compose_context  # noqa: E402
from fuzz_engine import prune  # noqa: E402
from fuzz_judge import BAD, Verdict, judge, shrunk  # noqa: E402
from fuzz_script import compose  # noqa: E402


def main() -> int:
    """Runs seeds from `--start` on; exit 1 when one showed a bug."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start", type=int, default=0, metavar="SEED")
    parser.add_argument("--count", type=int, default=10**9)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--builder", choices=("buildkit", "classic"), default="buildkit")
    parser.add_argument("--shrink", type=int, default=150, metavar="ATTEMPTS", help="0: leave what is found as it is")
    parser.add_argument("--out", type=Path, default=Path("fuzz-found"), help="where found cases go, a folder each")
    parser.add_argument("--dense", action="store_true", help="a folder out of an image, taken in by all kinds of COPY")
    options = parser.parse_args()
    env = {**os.environ, "DOCKER_BUILDKIT": "1" if options.builder == "buildkit" else "0"}
    version = server_version(env)
    if version is None:
        sys.exit("fuzz: no engine answers; try: scripts/engine up")
    engine = Engine("modern", env, options.builder, version).with_images("alpine:latest")
    counts: collections.Counter[str] = collections.Counter()
    reasons: collections.Counter[str] = collections.Counter()
    began = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        _search(options, engine, began, counts, reasons)
    finally:
        tried = sum(counts.values())
        seconds = time.monotonic() - began
        print(f"{tried} seeds from {options.start}, {options.builder}, {seconds:.0f} s:", dict(counts))  # noqa: T201
        print("declined:", dict(reasons.most_common()), flush=True)  # noqa: T201
    return 1 if any(counts[kind] for kind in BAD) else 0


def _search(
    options: argparse.Namespace,
    engine: Engine,
    began: float,
    counts: collections.Counter[str],
    reasons: collections.Counter[str],
) -> None:
    seed = options.start
    while seed < options.start + options.count and time.monotonic() - began < options.seconds:
        repo = compose_context(seed) if options.dense else compose(seed)
        if (seed - options.start) % 100 == 99:
            prune(engine)
        verdict = judge(repo, engine)
        counts[verdict.kind] += 1
        if verdict.kind == "declined":
            reasons[verdict.detail.partition(" ")[0]] += 1
        if verdict.is_bad:
            if options.shrink:
                repo, verdict = shrunk(repo, engine, verdict, options.shrink)
            folder = options.out / f"seed-{seed}-{verdict.kind}"
            repo.write_case(folder, f"found by seed {seed}")
            _tell(seed, verdict, repo.script, repo.texts)
        seed += 1


def _tell(seed: int, verdict: Verdict, script: str, texts: object) -> None:
    print(f"\n=== seed {seed}: {verdict.kind}\n{verdict.detail}\n--- build.sh\n{script}", flush=True)  # noqa: T201
    if isinstance(texts, dict):
        for path, text in texts.items():
            if "ocker" in path:
                print(f"--- {path}\n{text}", end="")  # noqa: T201
    print(f"--- emitted\n{verdict.dockerfile}", flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
