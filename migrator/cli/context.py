"""The Dockerfile that a command line names, and the context of its build."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from migrator import checkout
from migrator.errors import UsageError
from migrator.report.display import visible

if TYPE_CHECKING:
    from migrator.project import Project


def dockerfile_in(given: str, context: Path | None, command: str) -> tuple[Project, Path, str]:
    """The build's context as a project, where it is, and the Dockerfile's path in it."""
    place = Path(given)
    file = place / "Dockerfile" if place.is_dir() else place
    if not file.is_file():
        raise UsageError(f"there is no {visible(str(file))}", f"Name the Dockerfile: migrator {command} DOCKERFILE.")
    root = context or file.parent
    try:
        path = file.resolve().relative_to(root.resolve()).as_posix()
    except ValueError as error:
        raise UsageError(
            f"{visible(str(file))} is not in {visible(str(root))}", "Name the context that holds it."
        ) from error
    project = checkout.load(root)
    if path not in project.files:
        raise UsageError(
            f"{visible(path)} is not tracked by git, so a clean checkout does not have it", "git add it first."
        )
    return project, root, path
