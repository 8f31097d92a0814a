"""What a lesson needs to know beyond the result of a conversion: which line of the script did what.

A conversion keeps the origin of each line that it writes. What the other lines of the script did is found as the
converter found it, by running the script abstractly in the way that the conversion says it holds for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from migrator.dockercli.names import normal_image
from migrator.dockerfile.parse import parse as parse_dockerfile
from migrator.interpret.run import run
from migrator.report.kinds import told_world
from migrator.report.shown import shown
from migrator.rules import plan as rules
from migrator.source import Source
from migrator.trace.effects import CarriedOut, ImageBuilt
from migrator.trace.images import Built, Image, root_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.dockerfile.syntax import Dockerfile, Stage
    from migrator.interpret.run import Outcome, World
    from migrator.migration.result import Converted, StageInfo
    from migrator.project import Project
    from migrator.source import Span

_CARRIERS = frozenset({"create", "run"})


@dataclass(frozen=True)
class Carry:
    """Something that went from one image into another over the host: `host` is its name there.

    `stage` is the stage named in the new file's line `line`, `consumer` the stage that the line is in.
    """

    stage: str
    host: str
    line: int
    consumer: str


@dataclass(frozen=True)
class Facts:
    """A conversion, the abstract run behind it, and what follows from both."""

    project: Project
    conversion: Converted
    outcome: Outcome
    world: World

    @cached_property
    def emitted(self) -> Dockerfile:
        """The new file's tree."""
        return parse_dockerfile(Source(self.conversion.dockerfile_path, self.conversion.dockerfile))

    @cached_property
    def script(self) -> Source:
        """The file that the commands stand in: the script, or the Makefile that they are a part of."""
        return self.outcome.script.source.whole.original.source

    @property
    def is_part(self) -> bool:
        """Whether the commands are a part of a file that holds more than shell text."""
        return self.script is not self.outcome.script.source

    @cached_property
    def recipes(self) -> dict[str, Source]:
        """The text of every old Dockerfile by its name, in the order in which the script builds them."""
        named = {stage.file for stage in self.conversion.stages if stage.file} | {
            line.file for line in self.conversion.lines if line.file and line.file != self.script.name
        }
        found = {}
        for effect in self.built:
            name = effect.image.recipe_path or effect.image.recipe.name
            if name in named:
                found[name] = effect.image.recipe
        for name in sorted(named - found.keys()):
            found[name] = Source(name, self.project.text(name) or "")
        return found

    @cached_property
    def built(self) -> tuple[ImageBuilt, ...]:
        """Every build of the script, in order."""
        return tuple(effect for effect in self.world.effects if isinstance(effect, ImageBuilt))

    @cached_property
    def stages(self) -> dict[str, StageInfo]:
        """The stages of the new file that the conversion names."""
        return {stage.name: stage for stage in self.conversion.stages}

    @cached_property
    def target_stages(self) -> frozenset[str]:
        """The stages whose images the script leaves."""
        return frozenset(target.stage for target in self.conversion.targets)

    def build_of(self, stage: StageInfo) -> ImageBuilt | None:
        """The build that a stage stands for now; None for a stage that the conversion added."""
        if stage.file is None:
            return None
        same = [e for e in self.built if (e.image.recipe_path or e.image.recipe.name) == stage.file]
        tagged = [e for e in same if (e.image.tags[0] if e.image.tags else None) == stage.image]
        found = tagged or same
        return found[-1] if found else None

    @cached_property
    def stage_of_image(self) -> Mapping[Image, str]:
        """The stage that each built image has become."""
        found: dict[Image, str] = {}
        for stage in self.conversion.stages:
            effect = self.build_of(stage)
            if effect is not None:
                found.setdefault(effect.image, stage.name)
        return found

    def stage_named(self, image: str) -> str | None:
        """The stage of the image that the script had given a name, the last one where several had it."""
        wanted = normal_image(image)
        stages = [
            stage
            for built, stage in self.stage_of_image.items()
            if isinstance(built, Built) and wanted in {normal_image(tag) for tag in built.tags}
        ]
        return stages[-1] if stages else None

    def stage_behind(self, image: Image) -> str | None:
        """The stage of the image that a container's state or an image began with."""
        root = root_of(image)
        return self.stage_of_image.get(root) if isinstance(root, Built) else None

    @cached_property
    def roots(self) -> dict[str, str]:
        """For each stage of the new file, the first one of the chain that it continues by FROM."""
        found: dict[str, str] = {}
        for stage in self.emitted.stages:
            name = stage.name or str(stage.index)
            # A stage that was an image of the script is its own beginning.
            known = self.stages.get(name)
            own = known is not None and known.file is not None
            found[name] = name if own else found.get(stage.image.lower(), name)
        return found

    def stage_at(self, line: int) -> Stage | None:
        """The stage of the new file that a line is in."""
        behind = [stage for stage in self.emitted.stages if stage.origin.span.line <= line]
        return behind[-1] if behind else None

    @cached_property
    def carries(self) -> tuple[Carry, ...]:
        """What the new file takes from a stage and the old one took from the host."""
        origins = {line.number: line for line in self.conversion.lines}
        found: dict[tuple[str, str], Carry] = {}
        for stage in self.emitted.stages:
            for instruction in stage.instructions:
                taken = (instruction.flag("from") or "").lower()
                origin = origins.get(instruction.span.line)
                if not taken or origin is None or origin.rule != rules.TAKEN_FROM_STAGE.code:
                    continue
                consumer = stage.name or str(stage.index)
                for host in self._sources(origin.file, origin.line, [a.text for a in instruction.arguments[:-1]]):
                    found.setdefault((taken, host), Carry(taken, host, instruction.span.line, consumer))
        return tuple(found.values())

    def _sources(self, file: str | None, line: int | None, taken: list[str]) -> list[str]:
        """The host paths of an old COPY that a new line stands for: those named alike where several are."""
        tree = parse_dockerfile(self.recipes[file]) if file in self.recipes else None
        for instruction in tree.instructions if tree else ():
            if line is not None and instruction.span.line <= line <= instruction.span.end_line:
                written = [argument.text for argument in instruction.arguments[:-1]]
                bases = {text.rstrip("/").rsplit("/", 1)[-1] for text in taken}
                alike = [text for text in written if text.rstrip("/").rsplit("/", 1)[-1] in bases]
                return [self.shown(text) for text in alike or written]
        return []

    @cached_property
    def carried_out(self) -> tuple[CarriedOut, ...]:
        """What left a container for the host."""
        return tuple(effect for effect in self.world.effects if isinstance(effect, CarriedOut))

    @cached_property
    def containers(self) -> int:
        """How many containers the script makes."""
        return sum(call.call.verb in _CARRIERS for call in self.world.calls)

    def shown(self, text: str) -> str:
        """Text of the run for a reader: what only the run knows stands as the shell text that yields it."""
        return shown(self.outcome, text)


def gather(project: Project, conversion: Converted, args: tuple[str, ...], env: Mapping[str, str]) -> Facts:
    """The facts behind a conversion that was made with these parameters and variables."""
    codes = {found.code for found in conversion.diagnostics}
    words = args or (() if rules.ARGUMENTS_ASSUMED.code in codes else None)
    script = conversion.script
    folder = script.rpartition("/")[0] if rules.FOLDER_ASSUMED.code in codes else ""
    outcome = run(project, script, words, env, folder)
    return Facts(project, conversion, outcome, told_world(outcome))


def lines_of(span: Span) -> range:
    """The lines that a span is on, without one that it only reaches the beginning of."""
    place = span.original
    end = place.source.position(max(place.start, place.end - 1))[0]
    return range(span.line, end + 1)
