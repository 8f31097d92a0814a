"""From one world to the new file: units, layouts, blocks, context, arguments, text, commands."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.commands.docker.contents import arguments_of, base_image, end_state, target_stage
from migrator.dockerfile.copy import as_copy
from migrator.dockerfile.evaluate import Build, global_scope, image_of, stage_scope
from migrator.dockerfile.ignore import IgnoreRules
from migrator.dockerfile.parse import parse
from migrator.diagnostics import Severity
from migrator.migration import graph
from migrator.migration.arguments import Arguments, reconcile
from migrator.migration.blocks import Block, arrange, name_blocks
from migrator.migration.command import CommandWriter
from migrator.migration.contexts import ContextPlanner, Reading, base_of, dockerfile_path, ignore_rules
from migrator.migration.graph import Unit, Wanted
from migrator.migration.layout import NoShellError, Planner
from migrator.migration.pieces import mystery_in, resolve
from migrator.migration.steps import StageWriter, UnknownValueError
from migrator.migration.tracked import Line
from migrator.migration.units import UnitWriter
from migrator.rules import plan as rules
from migrator.trace.images import CopyStep, Extended, External, RunStep
from migrator.trace.symbols import Symbol, is_symbol
from migrator.trace.workspace import Carried, Folder, RepoFile, repository_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from migrator.diagnostics import Diagnostic
    from migrator.interpret.run import Outcome, World
    from migrator.migration.contexts import NewContext
    from migrator.migration.layout import Layout
    from migrator.project import Project
    from migrator.source import Span
    from migrator.trace.images import Built, Image
    from migrator.trace.workspace import Node


@dataclass(frozen=True)
class Plan:
    """Everything about the new file but its last form; `lines` is its text."""

    lines: tuple[Line, ...]
    path: str
    context: NewContext
    blocks: tuple[Block, ...]
    units: tuple[Unit, ...]
    layouts: Mapping[Unit, Mapping[int, Layout]]
    wanted: tuple[Wanted, ...]
    commands: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class Refused:
    """No plan: why, and whether there was anything to migrate at all."""

    diagnostics: tuple[Diagnostic, ...]
    reason: str | None = None


def plan(project: Project, outcome: Outcome, world: World) -> Plan | Refused:
    """The plan for one world of a script."""
    return _Planning(project, outcome, world).make()


class _Planning:
    def __init__(self, project: Project, outcome: Outcome, world: World) -> None:
        self.project, self.outcome, self.world = project, outcome, world
        self.symbols = outcome.symbols
        self.units: dict[Built, Unit] = {}
        self.diagnostics: list[Diagnostic] = []

    def make(self) -> Plan | Refused:
        built = graph.builds(self.world)
        for item in built:
            self.units[item] = self._unit(item)
        wanted = self._wanted(built)
        if not wanted:
            return self._nothing(built)
        units = self._closure(wanted)
        problems = [d for unit in units for d in unit.dockerfile.diagnostics if d.severity is Severity.ERROR]
        problems += [d for unit in units for r in unit.resolutions.values() for d in r.problems]
        problems += self._mysteries(units)
        if problems:
            return Refused(tuple(dict.fromkeys(problems)))
        try:
            return self._planned(wanted, units)
        except UnknownValueError as error:
            return Refused((rules.VALUE_UNKNOWN.at(error.span, name=error.name), *self.diagnostics))
        except NoShellError:
            return Refused((rules.NO_SHELL.at(wanted[-1].unit.built.span), *self.diagnostics))

    # --- what there is ------------------------------------------------------------------------------------

    def _unit(self, built: Built) -> Unit:
        dockerfile = parse(built.recipe)
        ignore = ignore_rules(built, self.project)
        resolutions = {}
        positions = {id(instruction): index for index, instruction in enumerate(dockerfile.instructions)}
        last = target_stage(built, dockerfile)
        for stage in dockerfile.stages:
            if last is not None and stage.index > last.index:
                continue
            states = stage_scope(
                dockerfile, stage.index, Build(arguments_of(built), lambda name: base_image(built, name))
            ).states
            for instruction, state in zip(stage.instructions, states, strict=True):
                copy = as_copy(instruction)
                if copy is not None and copy.from_ is None and copy.sources:
                    resolutions[positions[id(instruction)]] = resolve(
                        copy, state, built.context, dockerfile.escape, ignore
                    )
        return Unit(built, dockerfile, resolutions, graph.parents_of(built, dockerfile))

    def _wanted(self, built: list[Built]) -> list[Wanted]:
        """The images that the script leaves and that no other image takes in, if some image takes another in at all."""
        taken = {root for unit in self.units.values() for source in unit.sources for root in self._roots(source)}
        if not any(list(unit.sources) for unit in self.units.values()):
            return []
        names, released = graph.final_names(self.world), graph.released(self.world)
        wanted = []
        for item in built:
            tags = tuple(names.get(item, ()))
            if item in taken and not (item in released and tags):
                continue
            if item.tags and not tags:
                continue  # another image got its names later
            wanted.append(Wanted(self.units[item], tags))
        return wanted

    @staticmethod
    def _roots(image: Image) -> Iterator[Image]:
        for found in graph.ancestors(image):
            if not isinstance(found, Extended):
                yield found

    def _nothing(self, built: list[Built]) -> Refused:
        if graph.extracted(self.world):
            effect = graph.extracted(self.world)[0]
            return Refused((rules.EXPORT_ONLY.at(effect.span),), "no docker build takes in what a container gave")
        if not self.world.calls:
            return Refused((), "the script runs no docker command")
        if not built:
            return Refused((), "the script builds no image")
        return Refused((), "every image of the script is built from its own context alone")

    def _closure(self, wanted: list[Wanted]) -> list[Unit]:
        found: list[Unit] = []
        pending: list[Image] = [target.unit.built for target in wanted]
        seen: set[Image] = set()
        while pending:
            image = pending.pop()
            if image in seen or isinstance(image, External):
                continue
            seen.add(image)
            if isinstance(image, Extended):
                pending.extend(graph.ancestors(image))
                continue
            unit = self.units[image]
            found.append(unit)
            pending.extend(unit.sources)
        return sorted(found, key=lambda unit: unit.built.number)

    def _mysteries(self, units: list[Unit]) -> list[Diagnostic]:
        found = []
        for unit in units:
            for resolution in unit.resolutions.values():
                for piece in resolution.pieces:
                    mystery = mystery_in(piece.node)
                    if mystery is not None:
                        found.append(
                            rules.COPY_SOURCE_UNKNOWN.at(mystery.because, path=piece.path or ".", what=mystery.what)
                        )
        return found

    # --- the plan -----------------------------------------------------------------------------------------

    def _planned(self, wanted: list[Wanted], units: list[Unit]) -> Plan | Refused:
        planners = {unit: Planner(self.project, unit, base_of(unit.built, self.outcome.root)) for unit in units}
        layouts = {unit: planners[unit].all() for unit in units}
        problems = [problem for found in layouts.values() for layout in found.values() for problem in layout.problems]
        if problems:
            return Refused(tuple(problems))
        blocks = arrange(units, layouts, wanted)
        self._check_escapes(units)
        context = self._context(units, layouts, blocks, wanted)
        if context.problem is not None:
            return Refused((context.problem,))
        if len(blocks) == 1 and len(blocks[0].unit.dockerfile.stages if blocks[0].unit else ()) == 1:
            blocks = [*self._source_blocks(units, layouts), *blocks]
        name_blocks(blocks, wanted, self._images_in_use(units, blocks))
        prefix = {block.root: block.name for block in blocks if isinstance(block.root, Unit)}
        arguments = reconcile(units, self.symbols, prefix)
        writing = _Writing(self, planners, layouts, blocks, context, arguments)
        lines = writing.text()
        own = wanted[-1].unit.built.recipe_path
        path = dockerfile_path(self.project, context, [unit.built.recipe_path for unit in units], own)
        commands = CommandWriter(self.symbols, arguments, context, path, units)
        texts = []
        for target in wanted:
            unknown = commands.unknown(target)
            if unknown is not None:
                symbol: Symbol = self.symbols[unknown]
                raise UnknownValueError(symbol.name, symbol.because)
            block = next(block for block in blocks if block.root is target.unit)
            texts.append(commands.write(target, block.name, is_last=block is blocks[-1] and _ends_file(target.unit)))
        failures = [d for d in (*self.diagnostics, *commands.diagnostics) if d.severity is Severity.ERROR]
        if failures:
            return Refused(tuple(failures))
        found = (*self.diagnostics, *commands.diagnostics, *writing.diagnostics)
        return Plan(
            tuple(lines), path, context, tuple(blocks), tuple(units), layouts, tuple(wanted), tuple(texts), found
        )

    @staticmethod
    def _source_blocks(units: list[Unit], layouts: Mapping[Unit, Mapping[int, Layout]]) -> list[Block]:
        """Images of others that files are taken from, as stages: so that the file says what they are for."""
        found = [take.image for unit in units for layout in layouts[unit].values() for take in layout.takes or ()]
        return [Block(image, image) for image in dict.fromkeys(found) if isinstance(image, External)]

    def _check_escapes(self, units: list[Unit]) -> None:
        escapes = {unit.dockerfile.escape for unit in units}
        if len(escapes) > 1:
            odd = next(unit for unit in units if unit.dockerfile.escape != "\\")
            self.diagnostics.append(
                rules.ESCAPE_DIFFERS.at(odd.dockerfile.directives[0].span if odd.dockerfile.directives else None)
            )

    def _images_in_use(self, units: list[Unit], blocks: list[Block]) -> set[str]:
        found: set[str] = set()
        for unit in units:
            scope_build = Build(arguments_of(unit.built))
            scope = global_scope(unit.dockerfile, scope_build)
            for stage in unit.dockerfile.stages:
                found.add(image_of(stage, scope, unit.dockerfile.escape))
            for instruction in unit.dockerfile.instructions:
                copy = as_copy(instruction)
                if copy is not None and copy.from_:
                    found.add(copy.from_)
        for block in blocks:
            if isinstance(block.root, External):
                found.add(block.root.name)
        return found | {name.rsplit(":", 1)[0] for name in found}

    def _context(
        self, units: list[Unit], layouts: Mapping[Unit, Mapping[int, Layout]], blocks: list[Block], wanted: list[Wanted]
    ) -> NewContext:
        chooser = ContextPlanner(self.project)
        for unit in units:
            base = base_of(unit.built, self.outcome.root)
            ignore = ignore_rules(unit.built, self.project)
            for layout in layouts[unit].values():
                paths = tuple(self._repo_paths(layout, base))
                if paths:
                    span = layout.resolution.copy.instruction.span
                    chooser.readings.append(
                        Reading(
                            paths,
                            base if base is not None else "",
                            ignore if base is not None else type(ignore)(),
                            span,
                        )
                    )
                    if base is not None and layout.takes is None:
                        chooser.bases.add(base)
        for block in blocks:
            for step in block.steps:
                if isinstance(step, CopyStep):
                    paths = tuple(_tops(step.node))
                    if paths:
                        own = self._shelf_rules(block, units)
                        chooser.readings.append(Reading(paths, own[0], own[1], step.span))
        last = base_of(wanted[-1].unit.built, self.outcome.root)
        return chooser.choose(last or "")

    def _shelf_rules(self, block: Block, units: list[Unit]) -> tuple[str, IgnoreRules]:
        """A stage that lays a context out is under that context's rules; one that stands for a mount is under none."""
        if isinstance(block.image, Extended) and block.image.workshop:
            for unit in units:
                base = base_of(unit.built, self.outcome.root)
                if unit.built.span == block.steps[0].span and base is not None:
                    return base, ignore_rules(unit.built, self.project)
        return "", IgnoreRules()

    def _repo_paths(self, layout: Layout, base: str | None) -> Iterator[str]:
        if layout.takes is not None:
            for take in layout.takes:
                if take.image is None:
                    yield from take.paths
            return
        for piece in layout.resolution.pieces:
            yield (
                posixpath.normpath(posixpath.join(base or "", piece.path)).removeprefix("./")
                if piece.path or base
                else ""
            )


def _tops(node: Node) -> Iterator[str]:
    """The paths of the checkout that a tree copies."""
    if isinstance(node, RepoFile):
        yield node.path
    elif isinstance(node, Folder) and node.origin is not None:
        yield node.origin
    elif isinstance(node, Folder):
        yield from repository_files(node)


def _ends_file(unit: Unit) -> bool:
    last = target_stage(unit.built, unit.dockerfile)
    return last is not None and last.index == len(unit.dockerfile.stages) - 1


class _Writing:
    """The text of the blocks."""

    def __init__(
        self,
        planning: _Planning,
        planners: Mapping[Unit, Planner],
        layouts: Mapping[Unit, Mapping[int, Layout]],
        blocks: list[Block],
        context: NewContext,
        arguments: Arguments,
    ) -> None:
        self.planning, self.planners, self.layouts, self.blocks, self.context = (
            planning,
            planners,
            layouts,
            blocks,
            context,
        )
        self.arguments = arguments
        self.diagnostics: list[Diagnostic] = []
        self.of: dict[Image, Block] = {}
        for block in blocks:
            image: Image = block.image
            self.of[image] = block
            stop = (
                block.root.image
                if isinstance(block.root, Block)
                else block.root.built
                if isinstance(block.root, Unit)
                else block.root
            )
            while image is not stop and isinstance(image, Extended):
                self.of[image] = block
                image = image.base
            if isinstance(block.root, Unit):
                self.of[block.root.built] = block
        for block in blocks:
            for step_image in _merged_images(block, planning.units, layouts):
                self.of.setdefault(step_image, block)

    def stage_of(self, image: Image) -> str:
        """The name under which an image can be copied from: its stage, or the image itself."""
        if image in self.of:
            return self.of[image].name
        if isinstance(image, External):
            if any(is_symbol(character) for character in image.name):
                raise UnknownValueError(image.name, None)
            return image.name
        if isinstance(image, Extended):  # merged into the stage of its base
            return self.stage_of(image.base)
        raise UnknownValueError("an image", image.span)

    def text(self) -> list[Line]:
        """The lines of the whole file."""
        chunks: list[list[Line]] = []
        preamble: list[Line] = []
        taken = {block.name for block in self.blocks}
        for block in self.blocks:
            chunk: list[Line] = []
            if isinstance(block.root, Unit):
                writer = self._unit_writer(block, block.root, taken)
                chunk = writer.write()
                taken.update(name for name in writer.names.values() if name)
                preamble.extend(line for line in writer.preamble if line.text not in {other.text for other in preamble})
                self.diagnostics.extend(writer.diagnostics)
            elif isinstance(block.root, External):
                chunk = [Line(f"FROM {block.root.name} AS {block.name}", rule="MG321")]
            else:
                chunk = [Line(f"FROM {block.root.name} AS {block.name}", rule="MG321")]
            chunk.extend(self._steps(block))
            chunks.append(chunk)
        head = [*self._directives(), *preamble]
        lines: list[Line] = [*head, Line("")] if head else []
        for index, chunk in enumerate(chunks):
            lines.extend([Line(""), *chunk] if index else chunk)
        return lines

    def _unit_writer(self, block: Block, unit: Unit, taken: set[str]) -> UnitWriter:
        return UnitWriter(
            unit, block.name, self.layouts[unit], self.arguments, self.context,
            base_of(unit.built, self.planning.outcome.root), self.stage_of, taken - {block.name},
            drop_volumes=any(isinstance(step, RunStep) for step in block.steps), check=self._check,
        )  # fmt: skip

    def _check(self, text: str, span: Span) -> None:
        symbols = self.planning.symbols
        for character in text:
            if is_symbol(character) and (symbols[character].shell is None or symbols[character].kind.value == "words"):
                raise UnknownValueError(symbols[character].name, symbols[character].because or span)

    def _directives(self) -> list[Line]:
        found: dict[str, Line] = {}
        for block in self.blocks:
            if isinstance(block.root, Unit):
                for directive in block.root.dockerfile.directives:
                    found.setdefault(
                        directive.name, Line(directive.span.text, directive.span.file, directive.span.line)
                    )
        return list(found.values())

    def _steps(self, block: Block) -> list[Line]:
        if not block.steps:
            return []
        unit = block.unit
        planner = self.planners[unit] if unit is not None else next(iter(self.planners.values()))
        state = end_state(unit.built) if unit is not None else None
        home = (state.workdir, state.user) if state is not None else (None, "")
        inner = block.root if isinstance(block.root, Block) else None
        writer = StageWriter(
            block, self.arguments, planner, self.stage_of, self.context.relative,
            home[0] if inner is None else None, home[1], home,
        )  # fmt: skip
        lines = writer.write(block.steps)
        for step in block.steps:
            if (
                isinstance(step, RunStep)
                and block.image.__class__ is Extended
                and getattr(block.image, "workshop", False)
            ):
                note = rules.RUN_IN_STAGE.at(step.span, stage=block.name)
                if note not in self.diagnostics:
                    self.diagnostics.append(note)
        return lines


def _merged_images(
    block: Block, units: Mapping[Built, Unit], layouts: Mapping[Unit, Mapping[int, Layout]]
) -> Iterator[Image]:
    """Further states of a block's image that were merged into it."""
    _ = units
    for found in layouts.values():
        for layout in found.values():
            for take in layout.takes or ():
                image = take.image
                if isinstance(image, Extended) and image.steps and all(step in block.steps for step in image.steps):
                    yield image


__all__ = ["Carried", "Plan", "Refused", "plan"]
