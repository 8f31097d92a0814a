"""The same random scripts without an engine: bash makes the calls and leaves the files that we foresee."""

from __future__ import annotations

import argparse
import collections
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent.parent), str(HERE.parent / "oracle")]

from fuzz_dense import compose_host  # noqa: E402  # the folders above hold them
from fuzz_files import Files  # noqa: E402  # the folders above hold them
from fuzz_script import compose  # noqa: E402
from fuzz_stand import PROGRAM, Stand, fresh_world  # noqa: E402
from oracle_match import Matcher  # noqa: E402

from migrator.diagnostics import Severity  # noqa: E402
from migrator.interpret.run import run  # noqa: E402
from migrator.trace.symbols import SymbolKind  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fuzz_repo import Repo
    from fuzz_stand import World as Engine

    from migrator.interpret.run import Outcome, World

STANDINS = HERE.parent / "oracle" / "standins"
BAD = ("DIFFERENT", "crash")


@dataclass
class Tally:
    """How often each verdict was given, why we gave up, and what was bad."""

    kinds: collections.Counter[str] = field(default_factory=collections.Counter)
    reasons: collections.Counter[str] = field(default_factory=collections.Counter)
    bad: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Takes another tally in."""
        self.kinds += other.kinds
        self.reasons += other.reasons
        self.bad += other.bad


class Search:
    """Everything that many scripts share: the engine that pretends, and a folder in memory."""

    def __init__(self) -> None:
        self.stand = Stand()
        top = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.folder = Path(tempfile.mkdtemp(prefix="fuzz-calls-", dir=top))
        self.programs = self.folder / "bin"
        self.programs.mkdir()
        for path in STANDINS.iterdir():
            if "docker" not in path.name and path.name != "make":
                (self.programs / path.name).symlink_to(path)
        (self.programs / "docker").symlink_to(PROGRAM)
        self.runs = 0

    def close(self) -> None:
        """Leaves nothing behind."""
        shutil.rmtree(self.folder)

    def judge(self, repo: Repo) -> tuple[str, str]:
        """The verdict on one repository, and what shows it."""
        self.runs += 1
        scratch = self.folder / f"run{self.runs}"
        root = scratch / "repo"
        _lay_out(repo, root)
        engine = fresh_world(repo.trees, scratch / "streams")
        name = f"run{self.runs}"
        self.stand.open(name, engine)
        try:
            try:
                done = self._bash(repo, root, name)
            except subprocess.TimeoutExpired:
                return "bash gave up", "no end within a minute"
            if done.returncode:
                return "bash gave up", done.stdout.decode(errors="replace")[-300:]
            try:
                outcome = run(repo.project(), repo.entry, repo.args, dict(repo.env))
            except Exception:  # noqa: BLE001  # whatever it is, it is a bug that the search must outlive
                return "crash", traceback.format_exc(limit=-3)
            return _compared(repo, outcome, engine, root)
        finally:
            self.stand.close(name)
            shutil.rmtree(scratch)

    def _bash(self, repo: Repo, root: Path, name: str) -> subprocess.CompletedProcess[bytes]:
        environment = {
            "PATH": f"{self.programs}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "BASH_ENV": str(PROGRAM),
            "QUICK_PORT": str(self.stand.port),
            "QUICK_RUN": name,
            "TMPDIR": str(root.parent),
            **repo.env,
        }
        return subprocess.run(
            [*repo.command, *repo.args], cwd=root, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=60, check=False, umask=0o022,
        )  # fmt: skip


def _lay_out(repo: Repo, root: Path) -> None:
    (root.parent / "streams").mkdir(parents=True)
    root.mkdir()
    for path, text in repo.files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        place.chmod(0o755 if path.endswith(".sh") else 0o644)


def _compared(repo: Repo, outcome: Outcome, engine: Engine, root: Path) -> tuple[str, str]:
    errors = [item for item in outcome.diagnostics if item.severity is Severity.ERROR]
    found = []
    for world in outcome.worlds:
        matcher = Matcher(outcome.symbols, {outcome.root[1:]: str(root)[1:]})
        missed = _calls(world, engine, matcher, f"{root.parent}/tmp.")
        if missed is None:
            different = Files(outcome, world, engine, repo.files, matcher).differences(root)
            missed = "; ".join(different[:4]) if different else None
        if missed is None:
            return "equal", ""
        found.append(missed)
    if errors:
        return "we gave up", errors[0].code
    if all(world.stopped for world in outcome.worlds):
        return "we gave up", "stopped"
    if any(world.workspace.taint for world in outcome.worlds):
        return "we gave up", "tainted"
    if engine.refused:  # and the script went on
        return "a call failed", engine.refused[0]
    words = "".join(word for world in outcome.worlds for call in world.calls for word in call.words)
    if any(one.kind is SymbolKind.PARAMETER and one.default is None for one in outcome.symbols.within(words)):
        return "a variable that nothing sets", found[0]
    return "DIFFERENT", "\n".join(found[:3])


def _calls(world: World, engine: Engine, matcher: Matcher, temporary: str) -> str | None:
    for call, (cwd, real) in zip(world.calls, engine.calls, strict=False):
        words = tuple(word.replace(temporary, "/tmp/tmp.") for word in real)
        if not matcher.text(call.cwd, cwd) or not matcher.words(("docker", *call.words[1:]), words):
            return f"we say {call.words} in {call.cwd}, bash did {words} in {cwd}"
    if len(world.calls) != len(engine.calls):
        return f"{len(world.calls)} calls, bash made {len(engine.calls)}"
    return None


def search(seeds: Iterator[int], until: float, *, dense: bool = False) -> Tally:
    """The verdicts on seeds, one after the other; of `dense` compositions each command is about what came out."""
    tally = Tally()
    searching = Search()
    try:
        for seed in seeds:
            if time.time() > until:
                break
            kind, detail = searching.judge(compose_host(seed) if dense else compose(seed))
            tally.kinds[kind] += 1
            if kind == "we gave up":
                tally.reasons[detail] += 1
            if kind in BAD:
                tally.bad.append(f"seed {seed}: {kind}: {detail}")
                print(tally.bad[-1], flush=True)  # noqa: T201
    except KeyboardInterrupt:
        print("cut short", flush=True)  # noqa: T201
    finally:
        searching.close()
    return tally


def _part(given: tuple[int, int, int, float, bool]) -> Tally:
    start, stop, step, until, dense = given
    return search(iter(range(start, stop, step)), until, dense=dense)


def main() -> int:
    """Runs seeds from `--start` on; exit 1 when one disagreed. Ended by a signal, it still tells its counts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10**9)
    parser.add_argument("--jobs", type=int, default=1, metavar="PROCESSES")
    parser.add_argument("--dense", action="store_true", help="one or two commands on what came out, in every way")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    began = time.time()
    stop = options.start + options.count
    until = began + options.seconds
    parts = [(options.start + job, stop, options.jobs, until, options.dense) for job in range(options.jobs)]
    tally = Tally()
    if options.jobs == 1:
        tally = _part(parts[0])
    else:
        with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
            for part in pool.imap_unordered(_part, parts):
                tally.add(part)
    total = sum(tally.kinds.values())
    print(f"{total} seeds from {options.start}, {time.time() - began:.0f} s:", dict(tally.kinds))  # noqa: T201
    print("we gave up:", dict(tally.reasons.most_common()))  # noqa: T201
    return 1 if tally.bad else 0


if __name__ == "__main__":
    sys.exit(main())
