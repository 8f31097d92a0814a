"""Which engine is meant: the one that is asked for, or the one that answers."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Literal

from migrator.engine.buildah.engine import find_buildah
from migrator.engine.docker import find_docker
from migrator.engine.podman import find_podman
from migrator.errors import EngineError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from migrator.engine.base import Builder, Engine

Choice = Literal["auto", "docker", "podman", "buildah"]
# In this order, where no Docker answers.
_OTHERS: Mapping[str, Callable[[Mapping[str, str] | None], Engine]] = {"podman": find_podman, "buildah": find_buildah}


def find_engine(
    choice: Choice = "auto", builder: Builder | None = None, environment: Mapping[str, str] | None = None
) -> Engine:
    """The engine to build with; raises EngineError when what is asked for does not answer.

    By itself it is Docker, podman where no Docker answers, and buildah where neither does. `builder` is a choice among
    those of Docker.
    """
    if choice in _OTHERS:
        if builder is not None:
            raise UsageError(
                f"{choice} does not build with {builder}",
                f"Leave --builder out: {choice} has one builder, its own.",
            )
        return _OTHERS[choice](environment)
    try:
        return find_docker(builder, environment)
    except EngineError as error:
        if choice == "docker" or builder is not None:
            raise
        given = os.environ if environment is None else environment
        complaints = [error.message]
        for name, find in _OTHERS.items():
            if shutil.which(name, path=given.get("PATH")) is not None:
                try:
                    return find(environment)
                except EngineError as other:
                    complaints.append(other.message)
        raise EngineError("; ".join(complaints), error.advice) from error
