"""The same random scripts without an engine: bash with recording stand-ins makes the calls that we foresee."""

from __future__ import annotations

import argparse
import collections
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent), str(HERE.parent / "oracle")]

from fuzz_script import compose  # noqa: E402  # the folders above hold them
from oracle_bash import run_bash  # noqa: E402
from oracle_match import Matcher  # noqa: E402
from oracle_rows import Row  # noqa: E402

from migrator.interpret.run import run  # noqa: E402
from migrator.project import Project  # noqa: E402

STOPPED = "we say that the script stops early, and so would decline it"


def disagreement(seed: int) -> str | None:
    """What bash did otherwise than we say for a seed's script; empty when bash gave up, None for nothing."""
    repo = compose(seed)
    row = Row(f"seed {seed}", repo.script, files=dict(repo.texts))
    with tempfile.TemporaryDirectory(prefix="fuzz-calls-") as folder:
        recorded = run_bash(row, Path(folder))
    if recorded.status:
        return ""
    outcome = run(Project.of(row.texts), row.path, (), {})
    bound = {outcome.root[1:]: str(recorded.root)[1:]}
    found = [_difference(world.calls, recorded.calls, Matcher(outcome.symbols, bound)) for world in outcome.worlds]
    if None in found:
        return None
    return STOPPED if all(world.stopped for world in outcome.worlds) else found[0]


def _difference(ours: object, real: tuple[tuple[str, tuple[str, ...]], ...], matcher: Matcher) -> str | None:
    calls = list(ours)  # type: ignore[call-overload]
    for call, (cwd, words) in zip(calls, real, strict=False):
        if not matcher.text(call.cwd, cwd) or not matcher.words(("docker", *call.words[1:]), words):
            return f"we say {call.words} in {call.cwd}, bash did {words} in {cwd}"
    if len(calls) != len(real):
        return f"{len(calls)} calls, bash made {len(real)}"
    return None


def main() -> int:
    """Runs seeds from `--start` on; exit 1 when one disagreed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--count", type=int, default=1000)
    options = parser.parse_args()
    counts: collections.Counter[str] = collections.Counter()
    for seed in range(options.start, options.start + options.count):
        found = disagreement(seed)
        kind = {None: "equal", "": "bash gave up", STOPPED: "we gave up"}.get(found, "DIFFERENT")
        counts[kind] += 1
        if kind == "DIFFERENT":
            print(f"seed {seed}: {found}")  # noqa: T201
    print(f"seeds {options.start} to {options.start + options.count - 1}:", dict(counts))  # noqa: T201
    return 1 if counts["DIFFERENT"] else 0


if __name__ == "__main__":
    sys.exit(main())
