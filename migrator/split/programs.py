"""The compiled programs among what is carried: what they need and what they show of themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.split.libraries import Needed, needed
from migrator.split.signs import Signs, signs

if TYPE_CHECKING:
    from migrator.split.image import Look
    from migrator.split.plan import Plan


@dataclass(frozen=True)
class Program:
    """One compiled file that the image runs."""

    path: str
    data: bytes = field(repr=False)
    needs: Needed
    signs: Signs


def programs(plan: Plan, look: Look) -> tuple[Program, ...]:
    """The artifacts that are ELF files, as they are in an image."""
    found = []
    for artifact in plan.artifacts:
        needs = needed(look, artifact.path)
        if needs is not None:
            data = look.read(artifact.path)[artifact.path]
            found.append(Program(artifact.path, data, needs, signs(data, needs.linkage)))
    return tuple(found)
