"""What the attacks cost at a quarter, a half and the whole of their size: processor time and memory."""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import sys
import traceback
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[2])]

from attacks import ATTACKS  # noqa: E402  # the folders above hold them
from doors import DOORS, converted  # noqa: E402

SLOW = 3
MOST_MEMORY = 300


def one(name: str, size: int) -> dict[str, Any]:
    """Meets one attack, and says what it cost and came to."""
    attack = ATTACKS[name]
    files = attack.files(size)
    before = resource.getrusage(resource.RUSAGE_SELF)
    try:
        if attack.file in DOORS:
            DOORS[attack.file](files[attack.file])
            came = "ok"
        else:
            came = converted(files)
    except BaseException as error:  # noqa: BLE001 - whatever comes out is what is to be told
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{last.filename.rsplit('migrator/', 1)[-1]}:{last.lineno}"
        came = f"{type(error).__name__}: {str(error)[:100]} at {place}"
    after = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "came": came,
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "mb": after.ru_maxrss / 1024,
        "bytes": sum(map(len, files.values())),
    }


def measured(name: str, size: int, limit: int) -> dict[str, Any]:
    """The same in a process of its own, which may take so many seconds."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        code = 1
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
            resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
            os.write(writing, json.dumps(one(name, size)).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as source:
        said = source.read()
    _, status = os.waitpid(child, 0)
    if not said:
        return {"came": f"DIED: {status}", "cpu": float(limit), "mb": 0.0, "bytes": 0}
    return dict(json.loads(said))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--limit", type=int, default=20)
    parser.add_argument("--sizes", type=int, default=3)
    given = parser.parse_args()
    converted({})
    gc.freeze()
    for name, attack in ATTACKS.items():
        if given.only not in name:
            continue
        sizes = [max(attack.size >> shift, 1) for shift in range(given.sizes - 1, -1, -1)]
        told = [measured(name, size, given.limit) for size in sizes]
        times = " ".join(f"{one['cpu']:.2f}" for one in told)
        worst = max(one["mb"] for one in told)
        comes = {one["came"]: None for one in told}
        bad = any(":" in came for came in comes) or max(one["cpu"] for one in told) > SLOW or worst > MOST_MEMORY
        size = f"{sizes[-1]:>9} {told[-1]['bytes']:>9} B"
        print(  # noqa: T201 - what it prints is what it is for
            f"{'!!' if bad else '  '} {name:40} {size}  {times} s  {worst:.0f} MB  {' | '.join(comes)}",
            flush=True,
        )


main()
