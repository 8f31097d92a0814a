"""The compiled programs among what is carried: what they need and what they show of themselves."""

from __future__ import annotations

import re
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


# A package of Python or of Node may have hundreds of compiled modules; more are not looked into one by one.
MOST = 400
_MODULE = re.compile(r".*\.(?:so(?:\.[\w.]+)?|node)")


def modules(plan: Plan, look: Look) -> tuple[Needed, ...]:
    """What the compiled modules need that lie in folders which are carried as a whole."""
    folders = tuple(f"{one.path}/" for one in plan.carried if one.folder)
    paths = [path for path in look.files if path.startswith(folders) and _MODULE.fullmatch(path)] if folders else []
    look.read(*paths[:MOST])
    found = (needed(look, path) for path in paths[:MOST])
    return tuple(one for one in found if one is not None)


def programs(plan: Plan, look: Look) -> tuple[Program, ...]:
    """The artifacts that are ELF files, as they are in an image."""
    found = []
    for artifact in plan.artifacts:
        needs = needed(look, artifact.path)
        if needs is not None:
            data = look.read(artifact.path)[artifact.path]
            found.append(Program(artifact.path, data, needs, signs(data, needs.linkage)))
    return tuple(found)
