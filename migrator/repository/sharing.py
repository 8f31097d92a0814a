"""Other scripts of the repository that pass their own artifacts to a Dockerfile which is another one now."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from migrator.interpret.run import run
from migrator.migration.convert import candidates
from migrator.rules import repository as rules
from migrator.trace.effects import CarriedOut, ImageBuilt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.diagnostics import Diagnostic
    from migrator.migration.result import Converted
    from migrator.project import Project
    from migrator.source import Span


def tasks(project: Project, conversion: Converted, own: frozenset[str]) -> Iterator[Diagnostic]:
    """The builds of other scripts that follow something taken out of a container, and read a file that changes.

    `own` are the scripts that the conversion is of.
    """
    changed = {change.path for change in conversion.files}
    itself = {_behind(project, name) for name in own}
    for name in candidates(project):
        if _behind(project, name) in itself or project.is_inner(name):
            continue
        seen: set[Span] = set()
        for world in run(project, name).worlds:
            passes = False
            for effect in world.effects:
                passes = passes or isinstance(effect, CarriedOut)
                if passes and isinstance(effect, ImageBuilt) and effect.image.recipe_path in changed:
                    seen.add(effect.span)
        seen = {span for span in seen if span.file not in own}
        for span in sorted(seen, key=lambda one: one.start):
            yield rules.SHARED.at(span, path=conversion.dockerfile_path, script=conversion.script)


def _behind(project: Project, name: str) -> str:
    """The file that a script is, when it is a link."""
    link = project.links.get(name)
    return name if link is None else posixpath.normpath(posixpath.join(posixpath.dirname(name), link))


__all__ = ["tasks"]
