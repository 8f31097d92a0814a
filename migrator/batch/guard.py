"""Watches over the process of one repository: ends it when it takes too much, and reads what it left."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.batch.task import Done, Row, State, Task, known_of
from migrator.engine import process
from migrator.engine.removal import remove_folder
from migrator.engine.strays import end_strays, strays
from migrator.organisation.audit import Audited, failed
from migrator.report import audit as report
from migrator.rules import organisation as rules
from migrator.verify.quota import used

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.diagnostics import Rule

ANSWER = "answer.json"
# An answer that nobody has heard of: the process that gave it outlived the one that asked.
EARLIER = "earlier.json"
PROCESSES = 1000
LOG = 1 << 18
LARGEST_FILE = 4 << 20
MOST_FILES = 200
ENGINE_SECONDS = 60.0
ROOM_SECONDS = 300.0
CLEAN_SECONDS = 120.0
# What the processes of repositories are forked with: the converter, the verifier, what follows callers.
_CONVERT = ("migrator.batch.child", "migrator.batch.actions")
_VERIFY = (*_CONVERT, "migrator.batch.proving")
PRELOAD = {"convert": _CONVERT, "verify": _VERIFY, "migrate": (*_VERIFY, "migrator.repository.files")}


def preload(task: Task) -> tuple[str, ...]:
    """What the process is loaded with that those of such tasks are forked from."""
    # A process of a Dask worker loads what the worker is made of, and that takes a second.
    return (*PRELOAD[task.orders.action], *(name for name in ("distributed",) if name in sys.modules))


# Set when the work under way is to be dropped.
STOP = threading.Event()


class Watch:
    """Says when a process has taken too much, and remembers of what."""

    def __init__(self, task: Task, folder: Path) -> None:
        self.task, self.folder = task, folder
        self.state: State = "failed"
        self.rule: Rule | None = None
        self.values: dict[str, object] = {}
        self.began = time.monotonic()
        self._next = 0.0

    def __call__(self) -> bool:
        """Whether the process is to be ended."""
        now = time.monotonic()
        orders = self.task.orders
        if now - self.began > orders.seconds:
            return self.over("timeout", rules.BATCH_TIMEOUT, seconds=f"{orders.seconds:g}")
        if now < self._next:
            return STOP.is_set()
        if orders.action != "convert" and len(strays(str(self.folder))) > PROCESSES:
            return self.over("over-limit", rules.OVER_LIMIT, what="processes")
        if used(self.folder, orders.disk) > orders.disk:
            return self.over("over-limit", rules.OVER_LIMIT, what="disk space")
        # A folder with very many files is not looked through all the time.
        self._next = time.monotonic() + 10 * (time.monotonic() - now)
        return STOP.is_set()

    def over(self, state: State, rule: Rule, **values: object) -> bool:
        """Remembers why."""
        self.state, self.rule, self.values = state, rule, values
        return True


def base(batch: str) -> Path:
    """The folder of a batch on this host, for nobody else to read."""
    folder = Path(tempfile.gettempdir(), f"migrator-batch-{os.getuid()}", batch)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def forget(batch: str, name: str) -> None:
    """Removes the folder of a task whose answer is kept."""
    remove_folder(base(batch) / name)


def tidy(batch: str, *, whole: bool) -> None:
    """Removes what processes that were killed left in the folder of a batch on this host, or all of it."""
    for path in base(batch).glob("log-*"):
        path.unlink(missing_ok=True)
    if whole:
        remove_folder(base(batch))


def perform(task: Task) -> Done:
    """The answer for one repository, whatever it does to its process. Runs on the host that does the work."""
    began = time.monotonic()
    if task.orders.action != "convert":
        problem = _no_room(task)
        if problem:
            answer = failed(task.place, rules.NO_ROOM, detail=problem)
            return _told(Done(task.path, _row(task, answer, "not-run")), began)
    done = _once(task)
    if done.row.get("state") == "not-run" and _engine_is_back():
        done = _once(task)
    return _told(done, began)


def _told(done: Done, began: float) -> Done:
    if done.dropped or done.unchanged:
        return done
    seconds = round(time.monotonic() - began, 3)
    return replace(done, row={**done.row, "seconds": seconds, "host": socket.gethostname()})


def _row(task: Task, answer: Audited, state: State) -> Row:
    return {**report.row(answer), "action": task.orders.action, "state": state, "verdict": None}


def _once(task: Task) -> Done:
    folder = base(task.batch) / task.name
    _make(folder)
    watch = Watch(task, folder)
    finished = _start("child", task, folder, watch)
    gone = end_strays(str(folder), CLEAN_SECONDS)
    done = _read(task, folder)
    if done is None and watch.rule is None and STOP.is_set():
        done = Done(task.path, dropped=True)
    elif done is None:
        answer = failed(task.place, watch.rule or rules.READER_KILLED, **watch.values)
        done = Done(task.path, _row(task, answer, watch.state), files=_files(folder))
    if task.orders.action != "convert" and (finished.timed_out or finished.code):
        # It was ended in the middle: what it has in the engine is still there.
        _start("cleaner", task, folder, lambda: False, CLEAN_SECONDS)
    for name in ("tmp", "clone"):
        remove_folder(folder / name)
    if not gone:
        done.files["error.txt"] = b"processes of this repository could not be ended\n"
    done.files["log.txt"] = finished.stdout
    if done.row.get("state") not in {"converted", "verified", "migrated", "not-applicable"}:
        reasons = "".join(f"{found['code']}: {found['message']}\n" for found in done.row.get("findings", ()))
        done.files["error.txt"] = reasons.encode("utf-8", "surrogateescape") + done.files.get("error.txt", b"")
    return done


def _start(
    module: str, task: Task, folder: Path, watch: Callable[[], bool], seconds: float | None = None
) -> process.Finished:
    temporary = folder / "tmp"
    temporary.mkdir(mode=0o700, exist_ok=True)
    how = process.How(
        cwd=folder,
        env={"TMPDIR": str(temporary), "PYTHONUNBUFFERED": "1"},
        stdin=task.to_json(),
        timeout=seconds,
        limit=LOG,
        watch=watch,
    )
    return process.apart(f"migrator.batch.{module}", [str(folder)], how, preload(task))


def _make(folder: Path) -> None:
    """The folder of a task. What an earlier process of the task left stays: it may be its answer."""
    folder.mkdir(mode=0o700, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        (folder / ANSWER).rename(folder / EARLIER)
    if not (folder / EARLIER).exists():
        remove_folder(folder / "out")


def _read(task: Task, folder: Path) -> Done | None:
    try:
        found = json.loads((folder / ANSWER).read_bytes())
        known = known_of(found["known"])
        return Done(task.path, found["row"], known, _files(folder), unchanged=bool(found["unchanged"]))
    except (OSError, ValueError, KeyError):
        return None


def _files(folder: Path) -> dict[str, bytes]:
    """The files that a process left for the user, by name; what is too large is cut, and says so."""
    found: dict[str, bytes] = {}
    for path in sorted((folder / "out").rglob("*"))[:MOST_FILES]:
        with contextlib.suppress(OSError):
            if path.is_file() and not path.is_symlink():
                with path.open("rb") as file:
                    data = file.read(LARGEST_FILE + 1)
                if len(data) > LARGEST_FILE:
                    data = data[:LARGEST_FILE] + b"\n(cut here)\n"
                found[path.relative_to(folder / "out").as_posix()] = data
    return found


def _no_room(task: Task) -> str:
    """Why there is no room to build, after waiting for it for some time; nothing where there is."""
    from migrator.engine.docker import find_docker  # noqa: PLC0415 - not for converting
    from migrator.errors import EngineError  # noqa: PLC0415

    end = time.monotonic() + min(ROOM_SECONDS, task.orders.seconds)
    while True:
        free = shutil.disk_usage(tempfile.gettempdir()).free
        with contextlib.suppress(EngineError):  # what is wrong with the engine is told by who uses it
            free = min(free, find_docker().free_space() or free)
        if free >= task.orders.free:
            return ""
        if time.monotonic() > end or STOP.is_set():
            return f"{free >> 20} MB are free, and a verification wants {task.orders.free >> 20}"
        time.sleep(2)


def _engine_is_back() -> bool:
    """Whether the engine answers, at the latest after some time; False where it was not the engine that failed."""
    from migrator.engine.docker import find_docker  # noqa: PLC0415 - not for converting
    from migrator.errors import EngineError  # noqa: PLC0415

    end = time.monotonic() + ENGINE_SECONDS
    while time.monotonic() < end and not STOP.is_set():
        try:
            find_docker()
        except EngineError:
            time.sleep(1)
        else:
            return True
    return False
