"""One piece of advice: the finding, and what would be changed for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.advise.recipe import Recipe

if TYPE_CHECKING:
    from migrator.diagnostics import Diagnostic
    from migrator.dockerfile.edit import Edit


@dataclass(frozen=True)
class Change:
    """What would be changed. `safe` says that the image has the same files but for those that `differs` names.

    `paths` is a pattern of the paths of those files; None for none. `files` are new files of the context.
    """

    edits: tuple[Edit, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    safe: bool = False
    differs: str = ""
    paths: str | None = None


@dataclass(frozen=True)
class Advice:
    """A finding with its change, if there is one that can be written down.

    `says` are the rules of hadolint that say the same: where it finds one of them, its own words are shown. `origin`
    is who says it.
    """

    diagnostic: Diagnostic
    change: Change | None = None
    says: frozenset[str] = frozenset()
    origin: str = "migrator"


Adviser = Callable[[Recipe], Iterator[Advice]]
