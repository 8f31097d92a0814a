"""Which part of a Makefile, CI file or the like is the one that builds, where no shell script is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.errors import UsageError
from migrator.frontends.read import FRONT_ENDS, front_end_in, read
from migrator.migration.result import Converted, Declined

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.migration.result import Conversion
    from migrator.project import Project

_ENGINE = re.compile(r"\b(docker|podman|nerdctl|buildah)\b")
_PASSES = re.compile(r"\b(docker|podman|nerdctl)\b[^\n]*\b(cp|create|export|run)\b")
_CARRIES = re.compile(r"\b(docker|podman|nerdctl)(\.exe)?\s+(container\s+)?(cp|create|export)\b", re.IGNORECASE)
_CARRIED = re.compile(r"(^|/)(node_modules|vendor|third_party|testdata)/")
_MOST = 80


def part_names(
    project: Project, args: tuple[str, ...], env: Mapping[str, str], only: str | None = None
) -> list[dict[str, str]]:
    """The parts whose commands both build an image and take something out of one, each with its shell text.

    Those of one kind of file are together, and the kinds in the order in which they are asked: what a developer runs
    comes before what a CI service does with it.
    """
    kinds: list[dict[str, str]] = [{} for _ in FRONT_ENDS]
    for path in sorted(project.files) if only is None else [only]:
        reader = front_end_in(project, path)
        if reader is None or _CARRIED.search(path) or not _ENGINE.search(project.text(path) or ""):
            continue
        found = kinds[FRONT_ENDS.index(reader)]
        for part in reader.parts(project, path, env)[:_MOST]:
            name = f"{path}:{part}" if part else path
            try:
                program = read(project, name, args, env)
            except UsageError:
                if only is not None:
                    raise
                continue  # the arguments are not for this kind of file
            text = program.source.text
            if not text and _CARRIES.search((project.text(path) or "") if program.covers is None else program.covers):
                found[name] = ""  # what cannot be read is said to be there, not passed over
            # The words of a command of a task may stand anywhere in its file.
            if re.search(r"\bbuild\b", text) and (program.task is not None or _PASSES.search(text)):
                found[name] = text
    return kinds


def chosen(results: Mapping[str, Conversion], texts: Mapping[str, str]) -> str | None:
    """The part that is meant: the one that makes everything that the others make.

    Raises UsageError when several make different images; None when none of them is a builder pattern.
    """
    groups: dict[tuple[object, ...], str] = {}
    for name in sorted(results, key=lambda name: (len(texts[name]), name)):
        result = results[name]
        if isinstance(result, Converted):
            groups.setdefault((result.dockerfile, result.targets), name)
    names = list(groups.values())
    images = {name: _images(results[name]) for name in names}
    for name in sorted(names, key=lambda name: -len(images[name])):
        if all(images[other] <= images[name] for other in names):
            return name
    if names:
        raise UsageError(f"several parts could be meant: {', '.join(sorted(names))}", "Name one with --script.")
    declined = [name for name, result in results.items() if isinstance(result, Declined)]
    return max(declined, key=lambda name: len(texts[name]), default=None)


def _images(result: Conversion) -> frozenset[str]:
    if not isinstance(result, Converted):
        return frozenset()
    return frozenset(tag for target in result.targets for tag in target.tags or (target.stage,))
