"""What became of every source, in a file that survives the end of the process at any moment (SQLite).

The journal is the truth; everything else in the output folder is written from it. An answer is there before anybody
hears of it, and the rows of `answers` are only ever added to: the last one of a path counts.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import sqlite3
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

from migrator.batch.task import Known, known_of
from migrator.errors import MigratorError, UsageError
from migrator.organisation.places import Kind, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from types import TracebackType

    from migrator.batch.task import Orders, Row

VERSION = "1"
SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sources (
    number INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, kind TEXT NOT NULL, problem BLOB NOT NULL,
    run INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS answers (
    number INTEGER PRIMARY KEY, path BLOB NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
    known TEXT, row TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS answers_by_path ON answers (path, number);
"""


@dataclass(frozen=True)
class Source:
    """A source of this run, with the last answer for it where there is one."""

    place: Place
    state: str | None
    known: Known | None
    kind: str | None


class JournalError(MigratorError):
    """The journal cannot be read or written."""


class Journal:
    """The journal of one output folder, for one process at a time."""

    def __init__(self, folder: Path, orders: Orders) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._addresses: dict[str, str] = {}
        self._lock = (folder / "journal.lock").open("ab")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise UsageError(f"another batch works in {folder}", "Wait for it, or give another --output.") from None
        try:
            self._base = sqlite3.connect(folder / "journal.sqlite", isolation_level=None)
            self._base.execute("PRAGMA journal_mode=WAL")
            self._base.execute("PRAGMA synchronous=FULL")
            self._base.executescript(SCHEMA)
            self.batch = self._fact("batch", secrets.token_hex(8))
            self.run = int(self._fact("run", "0")) + 1
            kept = self._fact("orders", orders.meaning)
            form = self._fact("form", VERSION)
        except sqlite3.Error as error:
            raise _broken(error) from error
        if kept != orders.meaning or form != VERSION:
            self.close()
            raise UsageError(
                f"{folder} holds a batch that was told to do something else: {kept}", "Give another --output."
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets the next one in."""
        self._base.close()
        self._lock.close()

    def _fact(self, name: str, value: str) -> str:
        """A fact as it stands, or as it is given for the first time."""
        self._base.execute("INSERT OR IGNORE INTO facts VALUES (?, ?)", (name, value))
        (found,) = self._base.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(found)

    def begin(self, places: Iterable[Place]) -> int:
        """Notes the sources of a new run, in their order; how many they are."""
        try:
            with _Transaction(self._base):
                self._addresses.clear()
                self._base.executemany(
                    "INSERT INTO sources (path, kind, problem, run) VALUES (?, ?, ?, ?) "
                    "ON CONFLICT (path) DO UPDATE SET kind = excluded.kind, problem = excluded.problem, "
                    "run = excluded.run",
                    (
                        (os.fsencode(place.path), str(place.kind), os.fsencode(place.problem), self.run)
                        for place in self._noting(places)
                    ),
                )
                self._base.execute("UPDATE facts SET value = ? WHERE name = 'run'", (str(self.run),))
            (found,) = self._base.execute("SELECT count(*) FROM sources WHERE run = ?", (self.run,)).fetchone()
        except sqlite3.Error as error:
            raise _broken(error) from error
        return int(found)

    def _noting(self, places: Iterable[Place]) -> Iterator[Place]:
        """The same places; addresses are kept in the memory alone, as they may hold a password."""
        for place in places:
            if place.address:
                self._addresses[place.path] = place.address
            yield place

    def sources(self) -> Iterator[Source]:
        """The sources of this run; answers that come meanwhile do not change what is under way."""
        number = 0
        while rows := self._base.execute(
            "SELECT number, path, kind, problem FROM sources WHERE run = ? AND number > ? ORDER BY number LIMIT 500",
            (self.run, number),
        ).fetchall():
            for number, path, kind, problem in rows:  # noqa: B007 - the last one is where the next portion begins
                place = Place(
                    os.fsdecode(path), Kind(kind), os.fsdecode(problem), self._addresses.get(os.fsdecode(path), "")
                )
                last = self._base.execute(
                    "SELECT state, known, kind FROM answers WHERE path = ? ORDER BY number DESC LIMIT 1", (path,)
                ).fetchone()
                state, known, before = last or (None, None, None)
                yield Source(place, state, known_of(json.loads(known)) if known else None, before)

    def add(self, answers: Iterable[tuple[Row, str, Known | None]], *, sure: bool = True) -> list[str]:
        """Keeps answers, all or none, and gives back their lines with their numbers in them.

        With `sure` they are on the disk when this returns. Without, a failure of the power may lose them: for what is
        quickly found out again.
        """
        lines = []
        try:
            self._base.execute(f"PRAGMA synchronous={'FULL' if sure else 'NORMAL'}")
            with _Transaction(self._base):
                (last,) = self._base.execute("SELECT coalesce(max(number), 0) FROM answers").fetchone()
                for number, (row, kind, known) in enumerate(answers, int(last) + 1):
                    line = json.dumps({"schema": "migrator/batch/1", "number": number, **row})
                    kept = None if known is None else json.dumps(asdict(known))
                    self._base.execute(
                        "INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?)",
                        (number, os.fsencode(row["repository"]), kind, row["state"], kept, line),
                    )
                    lines.append(line)
        except sqlite3.Error as error:
            raise _broken(error) from error
        return lines

    def lines(self, behind: int = 0) -> Iterator[str]:
        """The lines of all answers with a higher number, in their order."""
        found = self._base.execute("SELECT row FROM answers WHERE number > ? ORDER BY number", (behind,))
        return (str(line) for (line,) in found)

    def latest(self) -> Iterator[Row]:
        """The answer of each source that has one, in the order of the sources."""
        found = self._base.execute(
            "SELECT row FROM sources JOIN answers ON answers.number = "
            "(SELECT max(number) FROM answers WHERE answers.path = sources.path) ORDER BY sources.number"
        )
        return (json.loads(line) for (line,) in found)

    def count(self) -> int:
        """How many sources all runs have had."""
        return int(self._base.execute("SELECT count(*) FROM sources").fetchone()[0])


class _Transaction:
    """All that is done inside, or nothing of it."""

    def __init__(self, base: sqlite3.Connection) -> None:
        self._base = base

    def __enter__(self) -> None:
        self._base.execute("BEGIN IMMEDIATE")

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._base.execute("COMMIT")
        # A full disk has ended the transaction already.
        elif self._base.in_transaction:
            self._base.execute("ROLLBACK")


def _broken(error: sqlite3.Error) -> JournalError:
    return JournalError(
        f"the journal cannot be written: {error}",
        "What it has is safe. Make room on its disk, then run the same command again: it goes on where it stood.",
    )
