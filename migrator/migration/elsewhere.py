"""A second build that is not in the script: a Dockerfile of the repository takes in what the script took out."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.commands.patterns import to_regex
from migrator.dockerfile.copy import as_copy
from migrator.dockerfile.parse import parse
from migrator.migration import graph
from migrator.rules import plan as rules
from migrator.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.diagnostics import Diagnostic
    from migrator.interpret.run import World
    from migrator.project import Project

_DOCKERFILE = re.compile(r"^(.*[.-])?[Dd]ockerfile([.-].*)?$")


def built_elsewhere(project: Project, world: World, root: str) -> Diagnostic | None:
    """The finding that names the Dockerfile, for the first thing that the script took out and that one takes in."""
    own = {built.recipe_path for built in graph.builds(world)}
    others = [path for path in sorted(project.files) if _DOCKERFILE.match(posixpath.basename(path)) and path not in own]
    for effect in graph.extracted(world):
        if not effect.path.startswith(f"{root}/"):
            continue
        path = effect.path.removeprefix(f"{root}/")
        for file in others:
            for source, folder in _sources(project, file):
                if _covers(source, path):
                    named = f"{file}:{folder}" if folder else file
                    return rules.BUILT_ELSEWHERE.at(effect.span, path=path, file=file, named=named)
    return None


def _sources(project: Project, file: str) -> Iterator[tuple[str, str]]:
    """What a Dockerfile copies and a clean checkout does not have, with its context: the root, or beside the file."""
    for instruction in parse(Source(file, project.text(file) or "")).instructions:
        copy = as_copy(instruction)
        if copy is None or copy.from_ is not None:
            continue
        for folder in dict.fromkeys(("", posixpath.dirname(file))):
            for source in copy.sources:
                path = posixpath.normpath(posixpath.join("/", folder, source.text.lstrip("/"))).lstrip("/")
                expression = re.compile(to_regex(path, path=True))
                there = any(expression.fullmatch(one) for one in (*project.files, *project.folders))
                if path and not there and not re.match(r"\w+://", source.text):
                    yield path, folder


def _covers(source: str, path: str) -> bool:
    around = path.startswith(f"{source}/") or source.startswith(f"{path}/")
    return around or re.fullmatch(to_regex(source, path=True), path) is not None
