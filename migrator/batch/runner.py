"""Runs a batch: hands work to an executor, keeps what comes back, and stops so that it can go on another time."""

from __future__ import annotations

import errno
import signal
import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from migrator.batch import output
from migrator.batch.guard import STOP, forget, perform, tidy
from migrator.batch.sieve import Sifted, sift
from migrator.batch.task import UNSUCCESSFUL, Done, Task, of_shard
from migrator.errors import MigratorError
from migrator.organisation.audit import failed
from migrator.report import audit as report
from migrator.rules import organisation as rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Executor
    from pathlib import Path

    from migrator.batch.journal import Journal, Source
    from migrator.batch.task import Orders, Row
    from migrator.organisation.places import Place

CHUNK = 64
_LOOK = 0.5


class Progress(Protocol):
    """Who is told what is going on."""

    def begin(self, total: int) -> None:
        """So many sources there are."""

    def take(self, path: str) -> None:
        """Work on a repository begins."""

    def end(self, path: str, state: str) -> None:
        """A source has its answer."""

    def keep(self, path: str) -> None:
        """A source has an earlier answer, which still holds."""

    def say(self, text: str) -> None:
        """Something else that people want to know."""

    def close(self) -> None:
        """It is over."""


@dataclass(frozen=True)
class Wanted:
    """Which sources are worked on, and how many at once. `limit` is for work that is new; `retry` names states."""

    jobs: int
    limit: int | None = None
    shard: tuple[int, int] | None = None
    fail_fast: bool = False
    retry: frozenset[str] = frozenset()
    cache: bool = True
    local: bool = True
    patches: Path | None = None


@dataclass
class Run:
    """One run of a batch under way."""

    journal: Journal
    folder: Path
    orders: Orders
    wanted: Wanted
    executor: Executor
    progress: Progress
    stopped: bool = False
    interrupted: int = 0
    under_way: dict[Future[Done] | Future[list[Sifted]], tuple[Task, ...]] = field(default_factory=dict)
    waiting: deque[Task] = field(default_factory=deque)

    def all(self, places: Iterable[Place]) -> Row:
        """Works until there is nothing more to do, or it was told to stop; what summary.json has."""
        output.catch_up(self.journal, self.folder)
        total = self.journal.begin(place for place in places if of_shard(place.path, self.wanted.shard))
        self.progress.begin(total)
        STOP.clear()
        try:
            with self._listening():
                self._work(self._tasks())
        except BaseException:
            self._drop()
            raise
        found = output.finish(self.journal, self.folder)
        tidy(self.journal.batch, whole=not found["open"])
        return found

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """Inside, Ctrl-C is no exception: the first lets finish what is under way, the second drops it."""

        def hear(_number: int, _frame: object) -> None:
            self.interrupted += 1
            if self.interrupted > 1:
                STOP.set()

        before = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _tasks(self) -> Iterator[Task]:
        """The sources that are to be looked at."""
        new = 0
        for source in self.journal.sources():
            kept = self._kept(source)
            if kept and source.known is None:
                self.progress.keep(source.place.path)
                continue
            if not kept:
                if self.wanted.limit is not None and new >= self.wanted.limit:
                    continue
                new += 1
            place, known = source.place, source.known if kept else None
            yield Task(
                place.path, str(place.kind), place.problem, self.journal.batch, self.orders, known, place.address
            )

    def _kept(self, source: Source) -> bool:
        """Whether an earlier answer counts, if the content is still the same."""
        if source.state is None or not self.wanted.cache or source.state in self.wanted.retry:
            return False
        return source.kind == str(source.place.kind)

    def _work(self, tasks: Iterator[Task]) -> None:
        told = False
        while True:
            if self.interrupted and not told:
                told = self.stopped = True
                self.progress.say(
                    f"stopping: {len(self.under_way)} under way are finished first; Ctrl-C again drops them"
                )
            if not self.stopped:
                self._hand_out(tasks)
            if not self.under_way:
                return
            done, _ = wait(list[Future[Any]](self.under_way), timeout=_LOOK, return_when=FIRST_COMPLETED)
            for future in done:
                self._take_in(future, self.under_way.pop(future))

    def _hand_out(self, tasks: Iterator[Task]) -> None:
        """Keeps every hand busy: with a repository that is waiting, or else with a look at some more."""
        while len(self.under_way) < self.wanted.jobs:
            if self.waiting:
                task = self.waiting.popleft()
                self.progress.take(task.path)
                self.under_way[self.executor.submit(perform, task)] = (task,)
                continue
            chunk = [task for _, task in zip(range(CHUNK), tasks, strict=False)]
            if not chunk:
                return
            self.under_way[self.executor.submit(sift, chunk)] = tuple(chunk)

    def _take_in(self, future: Future[Done] | Future[list[Sifted]], tasks: tuple[Task, ...]) -> None:
        try:
            found = future.result()
        except CancelledError:
            return
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise MigratorError(
                    f"the disk is full: {error.filename}",
                    "Make room, then run the same command again: it goes on where it stood.",
                ) from error
            found = [_lost(task, error) for task in tasks]
        except Exception as error:  # noqa: BLE001 - the host of a task may go, or its process; the others have their own
            found = [_lost(task, error) for task in tasks]
        if isinstance(found, Done):
            self._keep(found, tasks[0])
            return
        quick: list[Sifted] = []
        for one in found:
            if one.done is None:
                self.waiting.append(one.task)
            elif one.done.unchanged:
                self.progress.keep(one.task.path)
            else:
                quick.append(one)
        self._keep_quick(quick)

    def _keep_quick(self, found: list[Sifted]) -> None:
        """Keeps what a look came to: it is quickly looked up again, so that no failure of the power matters."""
        answers = [(_whole(one.done.row), one.task.kind, one.done.known) for one in found if one.done is not None]
        if answers:
            output.append(self.folder, self.journal.add(answers, sure=False))
        for row, _, _ in answers:
            self._tell(row)

    def _keep(self, done: Done, task: Task) -> None:
        if done.dropped:
            return
        if done.unchanged:
            self.progress.keep(task.path)
        else:
            if self.wanted.patches is not None and done.row["state"] == "migrated":
                output.keep_patch(self.wanted.patches, task.path, done.files["change.patch"])
            name = output.keep_files(self.folder, task.path, done.files)
            row = _whole(done.row) | {"folder": name, "files": sorted(done.files)}
            output.append(self.folder, self.journal.add([(row, task.kind, done.known)]))
            self._tell(row)
        if self.wanted.local:
            forget(task.batch, task.name)

    def _tell(self, row: Row) -> None:
        self.progress.end(row["repository"], row["state"])
        if self.wanted.fail_fast and row["state"] in UNSUCCESSFUL and not self.stopped:
            self.stopped = True
            self.progress.say(f"stopping at the first that fails: {row['repository']}")

    def _drop(self) -> None:
        """Ends what is under way; none of it has an answer, so that it is done again."""
        STOP.set()
        for future in self.under_way:
            future.cancel()
        wait(list[Future[Any]](self.under_way))


def _lost(task: Task, error: BaseException) -> Sifted:
    """The answer for a repository whose worker did not come to an end."""
    rule, detail = rules.AUDIT_FAILED, f"{type(error).__name__}: {error}"
    if type(error).__name__ in {"KilledWorker", "BrokenProcessPool"}:
        rule = rules.READER_KILLED
    answer = failed(task.place, rule, detail=detail)
    row = {**report.row(answer), "action": task.orders.action, "state": "failed", "verdict": None}
    return Sifted(task, Done(task.path, row))


def _whole(row: Row) -> Row:
    """A row with everything that a line has."""
    now = datetime.fromtimestamp(time.time(), UTC).isoformat(timespec="seconds")
    return row | {"seconds": row.get("seconds"), "host": row.get("host"), "folder": None, "files": [], "finished": now}
