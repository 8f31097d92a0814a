"""A quick look at many repositories in one process: which have nothing to convert, which have their answer already.

What it comes to no end with is left to the repository's own process: here nothing is decided by a fault.
"""

from __future__ import annotations

import contextlib
import json
import resource
import signal
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from migrator.batch import content
from migrator.batch.guard import STOP, base, preload
from migrator.batch.task import Done, task_of
from migrator.engine import process

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.batch.task import Row, Task

SECONDS = 10.0
_SLACK = 5.0
_MEMORY = 2 << 30

Verdict = Literal["nothing", "unchanged", "look"]


@dataclass(frozen=True)
class Sifted:
    """What a look came to; `done` is there for what has nothing to convert, and for what has its answer already."""

    task: Task
    done: Done | None = None


def sift(tasks: Sequence[Task]) -> list[Sifted]:
    """What a look at each comes to. A repository that ends the process, or takes long, is left to its own."""
    found: list[Sifted] = []
    while len(found) < len(tasks) and not STOP.is_set():
        rest = tasks[len(found) :]
        for task, line in zip(rest, _lines(rest), strict=False):
            row: Row | None = line["row"]
            unchanged: bool = line["unchanged"]
            done = Done(task.path, row or {}, task.known, unchanged=unchanged) if row or unchanged else None
            found.append(Sifted(task, done))
        if len(found) < len(tasks):
            found.append(Sifted(tasks[len(found)]))
    return [*found, *(Sifted(task) for task in tasks[len(found) :])]


def _lines(tasks: Sequence[Task]) -> list[Row]:
    """The lines of a process that looks at the tasks in their order: as many as it came to."""
    data = b"".join(task.to_json() + b"\n" for task in tasks)
    most = (SECONDS + _SLACK) * len(tasks)
    done = process.apart(
        "migrator.batch.sieve",
        [],
        process.How(cwd=base(tasks[0].batch), stdin=data, timeout=most, watch=STOP.is_set),
        preload(tasks[0]),
    )
    lines = done.stdout.split(b"\n")[:-1]
    with contextlib.suppress(ValueError):
        return [json.loads(line) for line in lines]
    return []


def main() -> None:
    """Looks at the tasks on stdin, one on each line, and prints a line for each."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, hard))
    # The end of the process is the answer, as nothing can catch that by mistake.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    tasks = [task_of(line) for line in sys.stdin.buffer.read().splitlines()]
    for task in tasks:
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            line = look(task)
        except Exception:  # noqa: BLE001 - whatever it is, the repository's own process will meet it too, and tell
            line = {"row": None, "unchanged": False}
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(json.dumps(line), flush=True)  # noqa: T201 - the answer


def look(task: Task) -> Row:
    """Whether there is nothing to convert (then `row` says so), or the known answer still holds."""
    from migrator.batch.child import load, row  # noqa: PLC0415 - what reads checkouts
    from migrator.organisation.audit import NO_CANDIDATE, Audited, texts  # noqa: PLC0415
    from migrator.organisation.bare import opened  # noqa: PLC0415
    from migrator.organisation.scan import folder_may_hold, may_hold  # noqa: PLC0415

    nothing = {"row": None, "unchanged": False}
    if task.problem or task.address:
        return nothing
    with opened(task.path) if task.kind == "bare" else nullcontext() as bare:
        if task.known is not None:
            project, root = (bare, None) if bare is not None else load(task)
            if content.still_holds(project, root, task.orders.basis, task.known):
                return {"row": None, "unchanged": True}
        holds = folder_may_hold(task.path) if task.kind != "bare" else bare is not None and may_hold(texts(bare))
    if holds:
        return nothing
    answer = Audited(task.path, "not-applicable", reason=NO_CANDIDATE)
    return {"row": row(task, answer, "not-applicable"), "unchanged": False}
