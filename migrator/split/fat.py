"""The Dockerfile that is to be split, with the files that its build sees; or why it is none."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from migrator.diagnostics import Severity
from migrator.dockerfile.evaluate import BaseImage, Build, global_scope, image_of, stage_scope
from migrator.dockerfile.ignore import IgnoreRules
from migrator.dockerfile.parse import parse
from migrator.errors import UsageError
from migrator.rules import split as rules
from migrator.source import Source
from migrator.split.bases import UNKNOWN, base_of, server_of
from migrator.split.landings import Brought, brought

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.diagnostics import Diagnostic
    from migrator.dockerfile.evaluate import Scope
    from migrator.dockerfile.syntax import Dockerfile, Instruction, Stage
    from migrator.project import Project

_SHELLS = ("sh", "bash", "ash", "dash")
_META = "Write what it does as plain instructions of the image that uses it."


@dataclass(frozen=True)
class Fat:
    """One stage of a Dockerfile; to be split it has to be the only one. `base` is what its FROM comes to.

    `files` is what the build sees of the context. `packages` is where pip of the base installs to, where that was seen.
    """

    project: Project
    path: str
    dockerfile: Dockerfile
    scope: Scope
    base: str
    files: tuple[str, ...]
    packages: str | None = None
    number: int = 0

    @property
    def stage(self) -> Stage:
        """The stage."""
        return self.dockerfile.stages[self.number]

    @property
    def instructions(self) -> tuple[Instruction, ...]:
        """What stands behind FROM."""
        return self.stage.instructions

    @cached_property
    def workdir(self) -> str:
        """The folder that the image starts in."""
        return self.scope.end.workdir

    @cached_property
    def site(self) -> str | None:
        """The folder that the image serves, where it starts the web server of its base and nothing else."""
        server = server_of(self.base)
        command = self.last("CMD")
        own = command is None or (command.json and tuple(one.text for one in command.arguments) == (server or ((),))[0])
        return server[1] if server is not None and self.last("ENTRYPOINT") is None and own else None

    @cached_property
    def brought(self) -> tuple[Brought, ...]:
        """Every COPY and ADD with what it brings."""
        return brought(self)

    @cached_property
    def landed(self) -> dict[str, str]:
        """The files of the image that a COPY brings out of the context: path to their name in the context."""
        return {one.path: one.source for each in self.brought for one in each.landings or ()}

    def last(self, keyword: str) -> Instruction | None:
        """The last instruction of a kind, which is the one that counts for CMD, ENTRYPOINT, USER and the like."""
        return next((one for one in reversed(self.instructions) if one.keyword == keyword), None)


def read(
    project: Project, path: str, args: Mapping[str, str], base: BaseImage | None = None
) -> Fat | tuple[Diagnostic, ...]:
    """The Dockerfile at a path of a project, whose root is the build's context; or why it cannot be split.

    `base` is what an engine says of the base image; without it a table stands in.
    """
    text = project.text(path)
    if text is None:
        raise UsageError(f"there is no Dockerfile {path} in {project.name}", "Name it: migrator split DOCKERFILE.")
    dockerfile = parse(Source(path, text))
    found = _refusals(dockerfile)
    if found:
        return tuple(found)
    stage = dockerfile.stages[0]
    image = image_of(stage, global_scope(dockerfile, Build(args)), dockerfile.escape)
    known = base or base_of(image)
    scope = stage_scope(dockerfile, 0, Build(args, lambda _: known))
    return Fat(project, path, dockerfile, scope, image, seen(project, path))


def _refusals(dockerfile: Dockerfile) -> list[Diagnostic]:
    errors = [found for found in dockerfile.diagnostics if found.severity is Severity.ERROR]
    if errors:
        return errors
    if len(dockerfile.stages) > 1:
        return [rules.ALREADY_STAGES.at(dockerfile.stages[1].origin.span, count=len(dockerfile.stages))]
    stage = dockerfile.stages[0]
    if stage.image.lower() == "scratch":
        advice = "There is nothing to split: the image holds only what is copied into it."
        return [rules.NOT_FOLLOWED.at(stage.origin.span, what="the image begins with nothing", advice=advice)]
    found = []
    for instruction in stage.instructions:
        if instruction.keyword == "ONBUILD":
            what = "ONBUILD makes this the base of other images, which may need all that is in it"
            found.append(rules.NOT_FOLLOWED.at(instruction.span, what=what, advice=_META))
        elif instruction.keyword == "SHELL" and not _is_posix(instruction):
            what = "this SHELL is none whose commands are read here"
            found.append(rules.NOT_FOLLOWED.at(instruction.span, what=what, advice="Use sh or bash in RUN."))
    return found


def _is_posix(instruction: Instruction) -> bool:
    words = [argument.text for argument in instruction.arguments]
    return bool(words) and posixpath.basename(words[0]) in _SHELLS and words[-1:] != words[:1]


def seen(project: Project, path: str) -> tuple[str, ...]:
    """The files of the context that the build of a Dockerfile sees."""
    text = project.text(f"{path}.dockerignore")
    text = project.text(".dockerignore") if text is None else text
    ignored = IgnoreRules.parse(text or "")
    return ignored.admits(project.files)


def is_unknown(path: str) -> bool:
    """Whether a path depends on the working directory of a base that is not known."""
    return path.startswith(UNKNOWN)
