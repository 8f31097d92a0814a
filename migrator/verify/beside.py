"""Both ways at once, where that is quicker and neither can disturb the other."""

from __future__ import annotations

import contextlib
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.verify.arms import is_plain, run_new
from migrator.verify.replayed import replay_new

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from migrator.verify.arms import Arm, Bench

PULL_SECONDS = 600.0
# A command that asks where it is: beside the old way it would be told of another folder than in its place.
_WHERE = re.compile(r"\b(PWD|OLDPWD|pwd|realpath|readlink|BASH_SOURCE|dirname)\b|\$0")


def are_beside(bench: Bench) -> bool:
    """Whether both ways run at the same time, as the options say or, without a word there, where that is sound.

    BuildKit runs a step only once that two builds come to at the same moment, also without a cache: what a build does
    not repeat would look as if it did. With a cache that is shared anyway nothing is lost by it. The classic builder,
    when it is ended, may finish a step that nobody hears of, and its image without a name stays.
    """
    options = bench.options
    if options.beside is False or options.against is not None:
        return False
    if any(_WHERE.search(target.command) for target in bench.conversion.targets):
        return False
    builder = bench.engine.builder
    sound = builder == "buildah" or (builder == "buildkit" and options.reuse_cache)
    return options.beside is True or (sound and bench.engine.processors() > 1)


@contextlib.contextmanager
def new_way(bench: Bench) -> Iterator[Callable[[], Arm]]:
    """The new way: begun already where both run at once, else when it is called for; leaving early ends it."""
    run = replay_new if bench.options.replay else run_new
    if not are_beside(bench):
        yield lambda: run(bench)
        return
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(run, replace(bench, place="beside", stop=stop))
        try:
            yield begun.result
        finally:
            stop.set()


def fetch_bases(bench: Bench) -> None:
    """Have the engine pull what both ways begin with and it does not have: once, and for neither's seconds.

    What cannot be pulled is left for the builds to complain of. A base for another platform is left to them as well.
    """
    if "--platform" in bench.conversion.dockerfile:
        return
    own = {stage.name for stage in bench.conversion.stages} | {"scratch", ""}
    for base in dict.fromkeys(stage.base for stage in bench.conversion.stages):
        if base not in own and is_plain(base) and bench.engine.image(base) is None:
            bench.options.say(f"pulling {base}")
            bench.engine.pull(base, min(bench.options.timeout or PULL_SECONDS, PULL_SECONDS))
