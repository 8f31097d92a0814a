"""The calls that the recorder wrote down."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Extracted:
    """What one `docker cp` brought out of a container: from where, to where, and its sha256."""

    source: str
    destination: str
    sha256: str


@dataclass(frozen=True)
class RecordedCall:
    """One call: what was asked, what became of it.

    `image` holds id, size and layers of what a build made; `passed` the build arguments that came from the environment;
    `observed` the digest of each watched path that was there before a build; `began` is of the
    monotonic clock; `printed` is the id that it printed, if nothing else.
    """

    program: str
    argv: tuple[str, ...]
    cwd: str
    command: str
    exit: int
    refused: bool
    seconds: float
    tags: tuple[str, ...] = ()
    image: Mapping[str, Any] | None = None
    extracted: tuple[Extracted, ...] = ()
    observed: Mapping[str, str] = field(default_factory=dict)
    passed: Mapping[str, str] = field(default_factory=dict)
    stdin: bool = False
    began: float = 0.0
    printed: str = ""

    @property
    def ended(self) -> float:
        """When it was done, on the clock on which `began` is."""
        return self.began + self.seconds

    @property
    def ok(self) -> bool:
        """Whether it was run and did not fail."""
        return self.exit == 0 and not self.refused

    @property
    def shown(self) -> str:
        """The call as a person would write it, cut where it is long."""
        return " ".join((self.program, *self.argv))[:120]


def read_calls(log: Path) -> tuple[RecordedCall, ...]:
    """The calls of a log, in the order in which they ended; a line that was cut off is left out."""
    if not log.exists():
        return ()
    found = []
    for line in log.read_text(encoding="ascii", errors="replace").splitlines():
        try:
            raw = json.loads(line)
        except ValueError:
            continue
        raw["argv"], raw["tags"] = tuple(raw["argv"]), tuple(raw["tags"])
        raw["extracted"] = tuple(Extracted(**one) for one in raw["extracted"])
        found.append(RecordedCall(**raw))
    return tuple(found)
