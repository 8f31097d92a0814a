"""The text of the new file: every block in order, directives and global ARGs at the top."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from migrator.commands.docker.contents import SHELL, arguments_of, end_state, process_of, target_stage
from migrator.dockercli.names import normal_image
from migrator.dockerfile.assignments import pairs
from migrator.dockerfile.evaluate import Build, global_scope, parent_stage
from migrator.migration.arguments import symbols_in, with_variables
from migrator.migration.blocks import Block
from migrator.migration.contexts import base_of
from migrator.migration.directives import reconciled
from migrator.migration.graph import Unit
from migrator.migration.steps import StageWriter, UnknownValueError
from migrator.migration.tracked import Line
from migrator.migration.units import UnitWriter
from migrator.rules import plan as rules
from migrator.trace.images import CopyStep, Extended, External, RunStep
from migrator.trace.origins import origins_in
from migrator.trace.symbols import SymbolKind, characters_in, is_known, is_symbol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.diagnostics import Diagnostic
    from migrator.migration.arguments import Arguments
    from migrator.migration.blocks import Arrangement
    from migrator.migration.contexts import NewContext
    from migrator.migration.layout import Planner
    from migrator.migration.takes import Layout
    from migrator.source import Span
    from migrator.trace.images import Image


@dataclass
class FileWriter:
    """Writes the blocks of an arrangement; `diagnostics` are what the reader of the result should know.

    With `caches`, caches that were mounted are cache mounts; `kept` are those, each with the place in the script.
    """

    arrangement: Arrangement
    planners: Mapping[Unit, Planner]
    layouts: Mapping[Unit, Mapping[int, Layout]]
    context: NewContext
    arguments: Arguments
    root: str
    own: frozenset[str] = frozenset()
    caches: bool = False
    kept: list[tuple[Span, str]] = field(default_factory=list)
    left: frozenset[Unit] = frozenset()
    diagnostics: list[Diagnostic] = field(default_factory=list)
    ends: dict[str, StageWriter] = field(default_factory=dict)

    def stage_of(self, image: Image) -> str:
        """The name under which an image can be copied from: its stage, or the image itself."""
        block = self.arrangement.of.get(image)
        if block is not None:
            return block.name
        if not isinstance(image, External):
            raise UnknownValueError("an image", getattr(image, "span", None))
        if not is_known(image.name) or self._may_be_own(image):
            raise UnknownValueError("an image's name", self._somewhere())
        return image.name

    def _may_be_own(self, image: External) -> bool:
        """Whether a name may be that of an image of the script's, which then would have to be a stage."""
        return normal_image(self._by_default(image.name)) in self.own

    def _by_default(self, name: str) -> str:
        return "".join((self.arguments.symbols[c].default or c) if is_symbol(c) else c for c in name)

    def _somewhere(self) -> Span:
        return next(iter(self.planners)).built.span

    def _base(self, image: External, preamble: dict[str, Line]) -> str:
        """A base as FROM names it, with an ARG in front of the first FROM for a value of the script's."""
        if image.name != "scratch" and self._may_be_own(image):
            raise UnknownValueError("an image's name", self._somewhere())
        self._check(image.name, self._somewhere())
        for character in symbols_in([image.name]):
            line = Line(self.arguments.declaration(character), rule=rules.VALUE_DECLARED.code)
            preamble.setdefault(line.text, line)
        return with_variables(image.name, self.arguments)

    def text(self) -> list[Line]:
        """The lines of the whole file."""
        chunks: list[list[Line]] = []
        preamble: dict[str, Line] = {}
        taken = {block.name for block in self.arrangement.blocks}
        for block in self.arrangement.blocks:
            if isinstance(block.root, Unit):
                writer = self._unit_writer(block, block.root, taken)
                chunk = writer.write()
                if block.root.built.output is not None:  # a stage of our own: it has no line of a file behind it
                    span = block.root.built.span
                    chunk = [Line(line.text, span.file, span.line, rules.EXPORTED.code) for line in chunk]
                taken.update(name for name in writer.names.values() if name)
                for line in writer.preamble:
                    moved = bool(chunks) and line.rule is None
                    preamble.setdefault(line.text, replace(line, rule=rules.MOVED_TO_TOP.code) if moved else line)
                self.diagnostics.extend(writer.diagnostics)
            else:
                base = self._base(block.root, preamble) if isinstance(block.root, External) else block.root.name
                chunk = [Line(f"FROM {base} AS {block.name}", rule=rules.STAGE_NAMED.code)]
            chunk.extend(self._steps(block))
            chunks.append(chunk)
        head = [*self._directives(), *preamble.values()]
        lines: list[Line] = [*head, Line("")] if head else []
        for index, chunk in enumerate(chunks):
            lines.extend([Line(""), *chunk] if index else chunk)
        return lines

    def _unit_writer(self, block: Block, unit: Unit, taken: set[str]) -> UnitWriter:
        return UnitWriter(
            unit, block.name, self.layouts[unit], self.arguments, self.context, base_of(unit.built, self.root),
            self.stage_of, taken - {block.name}, self._check,
            drop_volumes=any(isinstance(step, RunStep) for step in block.steps),
            drop_triggers=unit not in self.left,
        )  # fmt: skip

    def _check(self, text: str, span: Span) -> None:
        for character in characters_in(text):
            symbol = self.arguments.symbols[character]
            if symbol.shell is None or symbol.kind is SymbolKind.WORDS:
                raise UnknownValueError(symbol.name, symbol.because or span)

    def _directives(self) -> list[Line]:
        files = [block.root.dockerfile for block in self.arrangement.blocks if isinstance(block.root, Unit)]
        return [Line(one.span.text, one.span.file, one.span.line) for one in reconciled(files)]

    def _taken(self) -> tuple[str, ...]:
        """Every path that an instruction copies out of a stage."""
        takes = [take for found in self.layouts.values() for layout in found.values() for take in layout.takes or ()]
        steps = [step for block in self.arrangement.blocks for step in block.steps if isinstance(step, CopyStep)]
        paths = [path for take in takes for path in take.paths if take.image is not None]
        return (*paths, *(path for step in steps for _, path in origins_in(step.node)))

    def _steps(self, block: Block) -> list[Line]:
        if not block.steps:
            return []
        unit = block.unit
        planner = self.planners[unit] if unit is not None else next(iter(self.planners.values()))
        state = end_state(unit.built) if unit is not None else None
        home = (state.workdir, state.user) if state is not None else (None, "")
        before = self.ends.get(block.root.name) if isinstance(block.root, Block) else None
        writer = StageWriter(
            block, self.arguments, planner, self.stage_of, self.context.relative,
            None if before else home[0], before.user if before else home[1], home,
            dict(before.environment) if before else {}, _arguments_only(unit) if unit is not None else (),
            one_environment=len(self._environments(block)) <= 1,
        )  # fmt: skip
        own = process_of(unit.built).shell if unit is not None else SHELL
        writer.shell = before.shell if before else own
        self.ends[block.name] = writer
        writer.taken = self._taken() if self.caches else None
        lines = writer.write(block.steps)
        self.kept.extend(writer.kept)
        self.diagnostics.extend(writer.problems)
        if isinstance(block.image, Extended) and block.image.workshop:
            for step in block.steps:
                note = rules.RUN_IN_STAGE.at(step.span, stage=block.name)
                if isinstance(step, RunStep) and note not in self.diagnostics:
                    self.diagnostics.append(note)
        return lines

    def _environments(self, block: Block) -> set[tuple[tuple[str, str], ...]]:
        """What the commands of a stage, and of those that it continues or that continue it, were given as variables."""
        family = [each for each in self.arrangement.blocks if each in _chain(block) or block in _chain(each)]
        runs = (step for each in family for step in each.steps if isinstance(step, RunStep) and not step.is_host_work)
        return {step.environment for step in runs}


def _chain(block: Block) -> list[Block]:
    """A stage and those that it continues."""
    return [block, *(_chain(block.root) if isinstance(block.root, Block) else ())]


def _arguments_only(unit: Unit) -> tuple[str, ...]:
    """The ARGs of a unit's target stage, and of the stages that it continues, which no ENV makes part of the image."""
    built, dockerfile = unit.built, unit.dockerfile
    stage = target_stage(built, dockerfile)
    scope = global_scope(dockerfile, Build(arguments_of(built)))
    names: dict[str, None] = {}
    kept: set[str] = set()
    while stage is not None:
        for instruction in stage.instructions:
            found = [pair.name for pair in pairs(instruction)] if instruction.keyword in ("ARG", "ENV") else []
            (kept.update if instruction.keyword == "ENV" else names.update)(dict.fromkeys(found))
        stage = parent_stage(dockerfile, stage, scope)
    return tuple(name for name in names if name not in kept)
