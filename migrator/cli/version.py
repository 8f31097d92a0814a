"""The version of migrator, from the one place that states it."""

from __future__ import annotations

import tomllib
from pathlib import Path


def version() -> str:
    """The version that `pyproject.toml` states: as installed, or read from the source tree that is running."""
    from importlib import metadata  # noqa: PLC0415 - a twentieth of a conversion, which has no use for it

    try:
        return metadata.version("migrator")
    except metadata.PackageNotFoundError:
        project = Path(__file__).parents[2] / "pyproject.toml"
        return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
