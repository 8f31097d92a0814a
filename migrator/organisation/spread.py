"""Spreads the places of an audit over processes, and gives the answers back in the order of the places.

A process that dies takes the answers of its pool with it. What was under way is then done again one by one, so that
the repository that kills its reader is found, and is the only one without an answer.
"""

from __future__ import annotations

import gc
from collections import deque
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from migrator.engine.process import workers
from migrator.organisation.audit import Audited, audit, failed
from migrator.organisation.places import Place
from migrator.rules.organisation import READER_KILLED

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from concurrent.futures import ProcessPoolExecutor

    from migrator.organisation.audit import Patched

CHUNK = 16
# How many chunks wait per process: enough that none idles behind a slow repository, few enough to stay small.
AHEAD = 8
# What one process may allocate; a file that is mapped does not count.
MEMORY = 2 << 30

Chunk = tuple[Place, ...]
Work = tuple[Chunk, Future[list[Audited]]]


@dataclass(frozen=True)
class Limits:
    """How many processes, how many seconds one repository may take, and what makes diffs where those are wanted."""

    jobs: int
    seconds: float
    patched: Patched | None = None


def audits(places: Iterable[Place], limits: Limits) -> Iterator[Audited]:
    """The answer for each place, in the order of the places, as soon as those before it are there."""
    _load()
    waiting = iter(places)
    chunks = iter(lambda: tuple(islice(waiting, CHUNK)), ())
    while lost := (yield from _until_broken(chunks, limits)):
        for chunk, future in lost:
            whole = future.done() and not future.cancelled() and future.exception() is None
            yield from future.result() if whole else _one_by_one(chunk, limits)


def _load() -> None:
    """Loads the converter before processes are forked: they share its pages, and none loads it again."""
    import migrator.checkout  # noqa: PLC0415
    import migrator.migration.convert  # noqa: F401, PLC0415

    # The modules are not looked through again and again; what a conversion leaves is, a little less often.
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _until_broken(chunks: Iterator[Chunk], limits: Limits) -> Generator[Audited, None, list[Work]]:
    """The answers for chunks until all are done or a process died; returns what was under way then."""
    under_way: deque[Work] = deque()
    pool = workers(limits.jobs, MEMORY)
    try:
        while True:
            for chunk in islice(chunks, limits.jobs * AHEAD - len(under_way)):
                under_way.append((chunk, _submitted(pool, chunk, limits)))
            if not under_way:
                return []
            try:
                answers = under_way[0][1].result()
            except BrokenProcessPool:
                return list(under_way)
            under_way.popleft()
            yield from answers
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _submitted(pool: ProcessPoolExecutor, chunk: Chunk, limits: Limits) -> Future[list[Audited]]:
    try:
        return pool.submit(_answers, chunk, limits)
    except BrokenProcessPool as error:
        future: Future[list[Audited]] = Future()
        future.set_exception(error)
        return future


def _answers(chunk: Chunk, limits: Limits) -> list[Audited]:
    return [audit(place, limits.seconds, limits.patched) for place in chunk]


def _one_by_one(chunk: Chunk, limits: Limits) -> Iterator[Audited]:
    pool = workers(1, MEMORY)
    try:
        for place in chunk:
            try:
                yield from pool.submit(_answers, (place,), limits).result()
            except BrokenProcessPool:
                pool.shutdown(wait=True)
                pool = workers(1, MEMORY)
                yield failed(place, READER_KILLED)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
