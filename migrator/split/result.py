"""What a split comes to: a union of frozen values, never an exception."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrator.diagnostics import Diagnostic
    from migrator.split.plan import Plan, Rung


class Status(StrEnum):
    """How far a split is to be trusted."""

    PROVED = "proved"
    PROPOSED = "proposed"
    DIFFERENT = "different"
    DECLINED = "declined"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at in both images, and what was seen."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True)
class Size:
    """The size of an image as `docker image ls` counts it."""

    label: str
    base: str
    size: int


@dataclass(frozen=True)
class Proof:
    """What an engine showed: the checks, what nobody exercised, the sizes, and what was left in the builder."""

    engine: str
    checks: tuple[Check, ...]
    not_exercised: tuple[str, ...]
    sizes: tuple[Size, ...]
    left: dict[str, int]


@dataclass(frozen=True)
class Split:
    """A Dockerfile that was split on one rung; `proof` is None for a proposal."""

    rung: Rung
    path: str
    status: Status
    dockerfile: str
    plan: Plan
    diagnostics: tuple[Diagnostic, ...]
    proof: Proof | None = None


@dataclass(frozen=True)
class NotSplit:
    """A Dockerfile that was not split, and why; `sizes` are those that were measured all the same."""

    rung: Rung
    path: str
    diagnostics: tuple[Diagnostic, ...]
    sizes: tuple[Size, ...] = ()

    @property
    def status(self) -> Status:
        """It was declined."""
        return Status.DECLINED


Outcome = Split | NotSplit
