"""Whether the new file may take the place of an old Dockerfile where the old way to build stays, and what if not."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.migration.contexts import base_of
from migrator.migration.convert import convert_with_trace
from migrator.migration.result import Converted, NotApplicable
from migrator.migration.wishes import NONE
from migrator.project import Kind, Project
from migrator.repository.files import migration
from migrator.repository.inputs import NOTHING_GIVEN
from migrator.trace.effects import ImageBuilt

if TYPE_CHECKING:
    from migrator.interpret.run import Outcome
    from migrator.repository.inputs import Given


def settled(
    project: Project, conversion: Converted, outcome: Outcome, given: Given = NOTHING_GIVEN
) -> tuple[Converted, Outcome]:
    """The conversion that `migrate` writes: with a file of its own where an old way that stays would be broken by it.

    The old way stays where it cannot be cut: a Makefile of which another target uses the same lines, a program. Then
    it still builds the old Dockerfiles, and must find in them what it found before.
    """
    path = conversion.dockerfile_path
    if path not in project.files or project.text(path) == conversion.dockerfile:
        return conversion, outcome
    if migration(project, conversion, outcome, given=given).left.complete:
        return conversion, outcome
    if _goes_on(project, conversion, outcome, given):
        return conversion, outcome
    wishes = replace(NONE, apart=True)
    again, trace = convert_with_trace(project, conversion.script, given.args, given.env, wishes)
    if isinstance(again, Converted) and trace is not None:
        return again, trace
    return conversion, outcome


def _goes_on(project: Project, conversion: Converted, outcome: Outcome, given: Given) -> bool:
    """Whether the old way builds the same with the new file in the old one's place, and is not converted once more."""
    folder = _folder(conversion)
    builds = [
        effect.image for world in outcome.worlds for effect in world.effects
        if isinstance(effect, ImageBuilt) and effect.image.recipe_path == conversion.dockerfile_path
    ]  # fmt: skip
    alone = len(conversion.targets) == 1 and conversion.stages[-1].file == conversion.dockerfile_path
    if not alone or any(one.target is not None or base_of(one, outcome.root) != folder for one in builds):
        return False
    texts = {change.path: change.content for change in conversion.files}
    again, _ = convert_with_trace(_changed(project, texts), conversion.script, given.args, given.env)
    return isinstance(again, NotApplicable) or (
        isinstance(again, Converted) and (again.dockerfile, again.files) == (conversion.dockerfile, conversion.files)
    )


def _folder(conversion: Converted) -> str:
    """The folder that the new build has for a context."""
    last = conversion.targets[-1].command.split(" ")[-1].strip("\"'")
    return "" if posixpath.normpath(last) == "." else posixpath.normpath(last)


def _changed(project: Project, texts: dict[str, str | None]) -> Project:
    files = {path: kind for path, kind in project.files.items() if texts.get(path, "") is not None}
    files |= {path: files.get(path, Kind.FILE) for path, text in texts.items() if text is not None}

    def reader(path: str) -> bytes:
        text = texts.get(path)
        return project.read(path) if text is None else text.encode("utf-8", "surrogateescape")

    return Project(project.name, files, reader, project.links)


__all__ = ["settled"]
