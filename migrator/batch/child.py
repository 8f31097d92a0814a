"""The process of one repository: it limits itself, works, and leaves its answer and its files in its folder.

Started by `migrator.batch.guard`, which ends it when it takes too much.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import resource
import signal
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.batch import content
from migrator.batch.guard import ANSWER, EARLIER
from migrator.batch.task import Done, Known, Row, Task, known_of, task_of
from migrator.errors import EngineError, InternalError, MigratorError
from migrator.organisation.audit import Audited, failed
from migrator.report import audit as report
from migrator.rules import organisation as rules
from migrator.writing import write_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.batch.task import State
    from migrator.project import Project

OUT = "out"
ORPHAN_SECONDS = 30.0


def main() -> None:
    """Works on the task that stands on stdin, in the folder that is the first argument."""
    os.umask(0o022)
    folder, parent = Path(sys.argv[1]), os.getppid()
    task = task_of(sys.stdin.buffer.read())
    limit(task)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    with locked(folder / "lock"):
        if not _has_answer(task, folder):
            work(task, folder)


def limit(task: Task) -> None:
    """Keeps this process and what it starts to the memory and the length of files that the orders give."""
    for kind, most in (
        (resource.RLIMIT_AS, task.orders.memory),
        (resource.RLIMIT_FSIZE, task.orders.disk),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        lowest = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (lowest, hard))


def _end_with(parent: int) -> None:
    """Ends this process once the one is gone that started it; what is being written is written to its end."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ORPHAN_SECONDS)
    os._exit(1)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Waits until no other process is in here, wherever it comes from; the end of a process lets the next one in."""
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _has_answer(task: Task, folder: Path) -> bool:
    """Whether an earlier process of this very task came to its end, and nobody was there any more to hear of it."""
    for name in (ANSWER, EARLIER):
        with contextlib.suppress(OSError, ValueError, KeyError, MigratorError):
            found = json.loads((folder / name).read_bytes())
            known = known_of(found["known"])
            if found["task"] == _meaning(task) and known is not None:
                project, root = load(task)
                if content.still_holds(project, root, task.orders.basis, known):
                    (folder / name).rename(folder / ANSWER)
                    return True
    return False


def _meaning(task: Task) -> list[str]:
    return [task.batch, task.path, task.orders.basis]


def load(task: Task) -> tuple[Project, str | None]:
    """The repository, and where it is on disk unless it is a bare one; raises MigratorError when it cannot be read."""
    place = task.place
    if place.kind == "bare":
        from migrator.organisation.bare import load as load_bare  # noqa: PLC0415 - dulwich's objects, for bare ones

        found = load_bare(place.path)
        if found is not None:
            return found, None
        from migrator.project import Project  # noqa: PLC0415 - as above

        return Project.of({}), None
    from migrator.checkout import load as load_checkout  # noqa: PLC0415 - not for a sieve that finds nothing

    checkout = load_checkout(Path(place.path))
    return checkout, str(checkout.root)


def work(task: Task, folder: Path) -> None:
    """The answer for one repository, in its folder; nothing that a repository holds makes this raise."""
    for name in (ANSWER, EARLIER):
        (folder / name).unlink(missing_ok=True)
    out = folder / OUT
    out.mkdir(exist_ok=True)
    try:
        from migrator.batch.actions import act  # noqa: PLC0415 - the converter: a fault of loading it is an answer too

        done = act(task, folder)
    except EngineError as error:
        done = troubled(task, failed(task.place, rules.NO_ENGINE, detail=error.message), "not-run")
    except InternalError as error:
        done = troubled(task, failed(task.place, rules.AUDIT_FAILED, detail=error.message))
    except MigratorError as error:
        done = troubled(task, failed(task.place, rules.SOURCE_UNREADABLE, detail=error.message))
    except MemoryError:
        done = troubled(task, failed(task.place, rules.OVER_LIMIT, what="memory"), "over-limit")
    except OSError as error:
        done = troubled(task, failed(task.place, rules.SOURCE_UNREADABLE, detail=str(error)))
    except Exception as error:  # noqa: BLE001 - the boundary: one repository's trouble stays its own
        detail = f"{type(error).__name__}: {error}"
        done = troubled(task, failed(task.place, rules.AUDIT_FAILED, detail=detail))
        import traceback  # noqa: PLC0415 - for our own bugs

        (out / "error.txt").write_text(traceback.format_exc(), encoding="utf-8", errors="surrogateescape")
    leave(task, folder, done)


def leave(task: Task, folder: Path, done: Done) -> None:
    """Puts the answer where the guard looks for it, whole or not at all."""
    known = None if done.known is None else vars(done.known)
    document = {"task": _meaning(task), "row": done.row, "known": known, "unchanged": done.unchanged}
    write_file(folder / ANSWER, json.dumps(document))


def troubled(task: Task, answer: Audited, state: State = "failed", known: Known | None = None) -> Done:
    """The answer for a repository with which something went wrong."""
    return Done(task.path, row(task, answer, state), known)


def row(task: Task, answer: Audited, state: State, verdict: str | None = None) -> Row:
    """One answer as it stands in results.jsonl, without what only the runner knows."""
    return {**report.row(answer), "action": task.orders.action, "state": state, "verdict": verdict}
