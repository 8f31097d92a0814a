"""Base images, fetched once per host and batch: also the one that cannot be had is asked for only once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from migrator.batch.child import locked

if TYPE_CHECKING:
    from pathlib import Path

    from migrator.engine.docker import Docker
    from migrator.migration.result import Converted

PULL_SECONDS = 900.0


def bases(conversion: Converted) -> tuple[str, ...]:
    """The images that a conversion builds on; a name that holds a parameter, or is a stage's own, is none."""
    own = {stage.name for stage in conversion.stages} | {"scratch"}
    found = dict.fromkeys(stage.base for stage in conversion.stages)
    return tuple(name for name in found if name and name not in own and "$" not in name)


def warm(engine: Docker, conversion: Converted, folder: Path) -> None:
    """Fetches what the engine does not have. What cannot be fetched is for the builds to complain about."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in bases(conversion):
        mark = folder / hashlib.sha256(f"{engine.environment.get('DOCKER_HOST')} {name}".encode()).hexdigest()[:16]
        with locked(mark.with_suffix(".lock")):
            if not mark.exists():
                if engine.image(name) is None:
                    engine.pull(name, PULL_SECONDS)
                mark.touch()
