"""What the way over the host, one of the builders, or one file for all loses: read off the Dockerfiles."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.commands.docker.contents import arguments_of, base_image, target_stage
from migrator.dockerfile.evaluate import Build, stage_scope
from migrator.migration.blocks import Block
from migrator.migration.graph import Unit, ancestors
from migrator.rules import legacy as rules
from migrator.rules import plan as plan_rules
from migrator.trace.images import Built, Extended, RunStep, root_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.migration.graph import Wanted
    from migrator.migration.takes import Layout
    from migrator.source import Span
    from migrator.trace.images import Image

# setcap, its options, and then pairs of capabilities and files.
_SETCAP = re.compile(r"(?:^|[\s;&|(])(?:\S*/)?setcap\s+((?:-\w+\s+)*)([^;&|\n]+)")


def losses(units: Sequence[Unit], layouts: Mapping[Unit, Mapping[int, Layout]]) -> list[Diagnostic]:
    """What is to be said of the paths that come out of images; an error is a path that cannot come out the same."""
    own = {unit.built: unit for unit in units}
    found: dict[Diagnostic, None] = {}
    for image, path in _taken(layouts):
        for place, text, folder in _commands(image, own):
            if _gives_capability(text, folder, path):
                found[rules.CAPABILITY_LOST.at(place, path=path)] = None
        for behind in ancestors(image):
            if isinstance(behind, Built) and behind in own:
                found.update(dict.fromkeys(_written_volumes(own[behind], path)))
    return list(found)


def _taken(layouts: Mapping[Unit, Mapping[int, Layout]]) -> Iterator[tuple[Image, str]]:
    for layout in (layout for by_index in layouts.values() for layout in by_index.values()):
        for take in layout.takes or ():
            if take.image is not None:
                yield from ((take.image, posixpath.normpath("/" + path.lstrip("/"))) for path in take.paths)


def _commands(image: Image, own: Mapping[Built, Unit]) -> Iterator[tuple[Span, str, str]]:
    """The shell texts that made an image, with the folder each ran in."""
    for behind in ancestors(image):
        if isinstance(behind, Extended):
            for step in behind.steps:
                if isinstance(step, RunStep):
                    yield step.span, step.text, step.folder or "/"
        elif isinstance(behind, Built) and behind in own:
            unit = own[behind]
            build = Build(arguments_of(behind), lambda name, built=behind: base_image(built, name))  # type: ignore[misc]
            for stage in unit.dockerfile.stages:
                states = stage_scope(unit.dockerfile, stage.index, build).states
                for instruction, state in zip(stage.instructions, states, strict=True):
                    if instruction.keyword == "RUN":
                        yield instruction.span, instruction.text, state.workdir
            for parent in unit.parents.values():
                yield from _commands(parent, own)


def _gives_capability(text: str, folder: str, path: str) -> bool:
    """Whether a command may give a capability to a file at or below a path."""
    for options, words in _SETCAP.findall(text.replace("\\\n", " ")):
        if "-r" in options.split():
            continue
        for word in words.split()[1::2]:
            file = word.strip("'\"")
            whole = posixpath.normpath(posixpath.join("/", folder, file))
            if re.search(r"[$`*?\[(]", file) or "cd " in text or whole == path or whole.startswith(f"{path}/"):
                return True
    return False


def _written_volumes(unit: Unit, path: str) -> Iterator[Diagnostic]:
    """Volumes that a path lies in and that a RUN behind them may write to."""
    stage = target_stage(unit.built, unit.dockerfile)
    volumes: list[str] = []
    for instruction in stage.instructions if stage is not None else ():
        if instruction.keyword == "VOLUME":
            volumes += [posixpath.normpath(posixpath.join("/", word.text)) for word in instruction.arguments]
        elif instruction.keyword == "RUN":
            for volume in volumes:
                if f"{path}/".startswith(f"{volume}/") and volume in instruction.text:
                    yield rules.VOLUME_WRITTEN.at(instruction.span, path=volume)


def fired_again(blocks: Sequence[Block], units: Sequence[Unit], wanted: Sequence[Wanted]) -> Iterator[Diagnostic]:
    """ONBUILD that has to stay, for it is part of an image that is left, and would fire in a stage of the new file."""
    left = {target.unit for target in wanted}
    continued = {block.unit for block in blocks if isinstance(block.root, Block)}
    bases = {root_of(parent) for unit in units for parent in unit.parents.values()}
    continued |= {unit for unit in units if unit.built in bases}
    for unit in units:
        last = target_stage(unit.built, unit.dockerfile)
        for stage in unit.dockerfile.stages:
            inside = stage is not last  # fires within its own file, where the context may be another one now
            for found in stage.instructions:
                reads = found.inner is not None and found.inner.keyword in ("COPY", "ADD")
                if found.keyword == "ONBUILD" and ((inside and reads) or (not inside and unit in left & continued)):
                    yield plan_rules.BASE_NOT_CARRIED.at(found.span, what="ONBUILD triggers")
