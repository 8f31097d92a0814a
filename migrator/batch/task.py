"""What a batch is told to do, the work on one repository of it, and what comes back: plain values between processes."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from migrator.organisation.places import Kind, Place

Action = Literal["convert", "verify", "migrate"]
How = Literal["in-place", "branch", "patch"]
State = Literal[
    "converted",
    "verified",
    "migrated",
    "not-applicable",
    "declined",
    "different",
    "not-repeatable",
    "old-build-failed",
    "new-build-failed",
    "timeout",
    "over-limit",
    "not-run",
    "failed",
]
# Each source has exactly one of these at the end, and is in exactly one of the three groups.
SUCCESSFUL: tuple[State, ...] = ("converted", "verified", "migrated")
NOTHING_TO_DO: tuple[State, ...] = ("not-applicable",)
UNSUCCESSFUL: tuple[State, ...] = (
    "declined", "different", "not-repeatable", "old-build-failed", "new-build-failed",
    "timeout", "over-limit", "not-run", "failed",
)  # fmt: skip
STATES: tuple[State, ...] = (*SUCCESSFUL, *NOTHING_TO_DO, *UNSUCCESSFUL)

Row = dict[str, Any]
_ODD = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Orders:
    """What is done with every repository, and what each may use: seconds, bytes of memory, bytes of disk, a network."""

    action: Action
    how: How | None = None
    branch: str = ""
    builder: str = "auto"
    seconds: float = 60.0
    memory: int = 4 << 30
    disk: int = 10 << 30
    free: int = 2 << 30
    version: str = ""
    network: str = ""

    @property
    def meaning(self) -> str:
        """What decides about the answer, beside the content: limits do not."""
        return json.dumps([self.action, self.how, self.branch, self.builder, *filter(None, [self.network])])

    @property
    def basis(self) -> str:
        """The same with the version that gave the answer: another one may give another."""
        return f"{self.version} {self.meaning}"


@dataclass(frozen=True)
class Known:
    """What an earlier answer stands on: the digest of the content, of what files (None: all), and after writing."""

    digest: str
    read: tuple[str, ...] | None
    after: str | None = None


@dataclass(frozen=True)
class Task:
    """The work on one repository. `batch` names the batch on every host; `known` is an answer that may still hold."""

    path: str
    kind: str
    problem: str
    batch: str
    orders: Orders
    known: Known | None = None
    address: str = ""

    @property
    def place(self) -> Place:
        """The source."""
        return Place(self.path, Kind(self.kind), self.problem, self.address)

    @property
    def name(self) -> str:
        """What its folders are called: the repository's own name, and a number that is only its own."""
        return slug(self.path)

    def to_json(self) -> bytes:
        """The task as it goes to a process."""
        return json.dumps(asdict(self)).encode("ascii")


@dataclass(frozen=True)
class Done:
    """What came of a task: its row, what it stands on, and its files by name. A task that was ended has none of it.

    `unchanged` says that the known answer still holds. `dropped` is for work that was ended because we were told to
    stop: it has no answer, and is done again.
    """

    path: str
    row: Row = field(default_factory=dict)
    known: Known | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    unchanged: bool = False
    dropped: bool = False


def task_of(data: bytes) -> Task:
    """The task that `to_json` wrote."""
    found = json.loads(data)
    found["orders"] = Orders(**found["orders"])
    found["known"] = known_of(found["known"])
    return Task(**found)


def known_of(found: Row | None) -> Known | None:
    """What an answer stands on, from JSON."""
    if found is None:
        return None
    read = found["read"]
    return Known(found["digest"], None if read is None else tuple(read), found["after"])


def slug(path: str) -> str:
    """A folder's name for a path: readable, plain, and another one for each path."""
    number = hashlib.sha256(os.fsencode(path)).hexdigest()[:10]
    base = _ODD.sub("-", os.path.basename(os.path.normpath(path)))[-60:].strip("-.")  # noqa: PTH119 - bytes may be odd
    return f"{base}-{number}" if base else number


def of_shard(path: str, shard: tuple[int, int] | None) -> bool:
    """Whether a path belongs to shard i of n: by the path alone, so that no host need know of the others."""
    if shard is None:
        return True
    number = int.from_bytes(hashlib.sha256(os.fsencode(path)).digest()[:8], "big")
    return number % shard[1] == shard[0] - 1
