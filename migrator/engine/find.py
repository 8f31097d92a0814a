"""Which engine is meant: the one that is asked for, or the one that answers."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Literal

from migrator.engine.docker import find_docker
from migrator.engine.podman import find_podman
from migrator.errors import EngineError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.engine.base import Builder, Engine

Choice = Literal["auto", "docker", "podman", "buildah"]
ALONE = "buildah builds images; it has no create, cp and run of containers as the scripts use them"


def find_engine(
    choice: Choice = "auto", builder: Builder | None = None, environment: Mapping[str, str] | None = None
) -> Engine:
    """The engine to build with; raises EngineError when what is asked for does not answer.

    By itself it is Docker, and podman where no Docker answers. `builder` is a choice among those of Docker.
    """
    if choice == "buildah":
        raise UsageError(ALONE, "Take --engine podman: it builds with the same buildah, on the same storage.")
    if choice == "podman":
        if builder is not None:
            raise UsageError(
                f"podman does not build with {builder}",
                "Leave --builder out: podman has one builder, its own.",
            )
        return find_podman(environment)
    try:
        return find_docker(builder, environment)
    except EngineError as error:
        given = os.environ if environment is None else environment
        if choice == "docker" or builder is not None or shutil.which("podman", path=given.get("PATH")) is None:
            raise
        try:
            return find_podman(environment)
        except EngineError as other:
            raise EngineError(f"{error.message}; {other.message}", error.advice) from other
