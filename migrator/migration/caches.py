"""Caches that were mounted into a container, as cache mounts of a RUN: with BuildKit, on request or where it is needed.

A cache mount belongs to root unless it says otherwise, and what is written there is in no image.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.trace.symbols import is_known

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migrator.dockerfile.syntax import Instruction
    from migrator.migration.graph import Unit
    from migrator.trace.images import RunStep

_ROOT = ("", "root", "0", "0:0", "root:root")


def needs_buildkit(units: Iterable[Unit]) -> bool:
    """Whether a build of the script works with BuildKit only, going by its Dockerfile and by how it is called."""
    return any(
        any(directive.name == "syntax" for directive in unit.dockerfile.directives)
        or any(map(_is_new, unit.dockerfile.instructions))
        or any(
            name in ("secret", "ssh") or (name, value) == ("DOCKER_BUILDKIT", "1") for name, value in unit.built.flags
        )
        or dict(unit.built.flags).get("program") == "docker buildx"
        for unit in units
    )


def _is_new(instruction: Instruction) -> bool:
    names = {flag.name for flag in instruction.flags}
    return bool(instruction.documents) or bool(names & {"mount", "link", "chmod", "parents", "exclude"})


def cache_flags(step: RunStep, user: str, taken: Iterable[str]) -> dict[str, str]:
    """The flag of RUN for each cache of a step that can have one, by its target.

    It cannot where something is taken from below it, and where a user is named whose number is not known.
    """
    found: dict[str, str] = {}
    paths = list(taken)
    owner = "" if user in _ROOT else _owner(user)
    for target in step.caches if owner is not None else ():
        plain = re.fullmatch(r"/[\w./+@-]+", target) is not None and is_known(target)
        if plain and not any(f"{path}/".startswith(f"{target.rstrip('/')}/") for path in paths):
            found[target] = f"--mount=type=cache,target={target}{owner}"
    return found


def _owner(user: str) -> str | None:
    match = re.fullmatch(r"(\d+)(?::(\d+))?", user)
    return f",uid={match[1]},gid={match[2] or '0'}" if match else None
