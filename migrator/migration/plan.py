"""From one world to the new file: units, layouts, blocks, context, arguments, text, commands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrator.commands.docker.contents import arguments_of, base_image, target_stage
from migrator.diagnostics import Severity
from migrator.dockercli.names import normal_image
from migrator.dockerfile.copy import as_copy
from migrator.dockerfile.evaluate import Build, global_scope, image_of, stage_scope
from migrator.dockerfile.parse import parse
from migrator.migration import contexts, graph
from migrator.migration.arguments import reconcile
from migrator.migration.blocks import Block, arrange, name_blocks
from migrator.migration.caches import needs_buildkit
from migrator.migration.command import CommandWriter
from migrator.migration.contexts import base_of, choose, dockerfile_path, ignore_rules, let_in, readings_of
from migrator.migration.directives import conflicts, one_escape
from migrator.migration.elsewhere import built_elsewhere
from migrator.migration.export import left_behind
from migrator.migration.graph import Unit, Wanted
from migrator.migration.habits import habits
from migrator.migration.layout import Planner
from migrator.migration.losses import fired_again, losses
from migrator.migration.openness import open_names, unknown_texts
from migrator.migration.owners import stream_owners
from migrator.migration.pieces import resolve
from migrator.migration.steps import UnknownValueError
from migrator.migration.takes import NoShellError
from migrator.migration.wishes import NONE
from migrator.migration.writing import FileWriter
from migrator.migration.written import WrittenFiles
from migrator.rules import legacy
from migrator.rules import plan as rules
from migrator.trace.images import Built, Extended, External, root_of
from migrator.trace.render import described
from migrator.trace.symbols import is_symbol
from migrator.trace.workspace import Folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.dockerfile.syntax import Dockerfile
    from migrator.interpret.run import Outcome, World
    from migrator.migration.contexts import NewContext
    from migrator.migration.takes import Layout
    from migrator.migration.tracked import Line
    from migrator.migration.wishes import Wishes
    from migrator.project import Project
    from migrator.source import Span
    from migrator.trace.images import Image
    from migrator.trace.symbols import Symbol


# With these a container gives something to the host, or to a stream.
_AT_WORK = frozenset({"run", "create", "exec", "start", "cp", "export"})


@dataclass(frozen=True)
class Plan:
    """Everything about the new file but its last form; `lines` is its text, `nameless` the commands without tags.

    `caches` are those that are mounted, each with the place in the script.
    """

    lines: tuple[Line, ...]
    path: str
    context: NewContext
    blocks: tuple[Block, ...]
    units: tuple[Unit, ...]
    layouts: Mapping[Unit, Mapping[int, Layout]]
    wanted: tuple[Wanted, ...]
    commands: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    nameless: tuple[str, ...] = ()
    caches: tuple[tuple[Span, str], ...] = ()


@dataclass(frozen=True)
class Refused:
    """No plan: why, and whether there was anything to migrate at all.

    `fails` says that a build of this way cannot succeed on a clean checkout, and for what.
    """

    diagnostics: tuple[Diagnostic, ...]
    reason: str | None = None
    fails: tuple[Diagnostic, ...] = ()


def plan(project: Project, outcome: Outcome, world: World, wishes: Wishes = NONE) -> Plan | Refused:
    """The plan for one world of a script; `caches` and `apart` say how the file is written, and where."""
    return _Planning(project, outcome, world, wishes).make()


class _Planning:
    def __init__(
        self, project: Project, outcome: Outcome, world: World, wishes: Wishes, *, one_by_one: bool = False
    ) -> None:
        self.project, self.outcome, self.world = project, outcome, world
        self.one_by_one, self.wishes = one_by_one, wishes
        self.symbols = outcome.symbols
        self.units: dict[Built, Unit] = {}
        self.diagnostics: list[Diagnostic] = []

    def make(self) -> Plan | Refused:
        built = graph.builds(self.world)
        recipes = one_escape([item.recipe for item in built])
        for item in built:
            self.units[item] = self._unit(item, parse(recipes[item.recipe]))
        if unread := contexts.unread(self.units.values()):
            return Refused(unread)
        wanted = self._wanted(built)
        if not wanted:
            return self._nothing(built)
        units = self._closure(wanted)
        found = [d for unit in units for d in unit.dockerfile.diagnostics]
        found += [d for unit in units for resolution in unit.resolutions.values() for d in resolution.problems]
        found += contexts.bad_patterns((unit.built for unit in units), self.project)
        found += stream_owners(units)
        found += open_names(units, self.symbols)
        problems = [d for d in found if d.severity is Severity.ERROR]
        self.diagnostics += [d for d in found if d.severity is not Severity.ERROR]
        problems += self._inherited(units) + self._committed(wanted)
        if self.world.stopped is not None:
            problems.append(rules.SCRIPT_NOT_FINISHED.at(self.world.stopped))
        if problems:
            return Refused(tuple(dict.fromkeys(problems)))
        try:
            return self._planned(wanted, units)
        except UnknownValueError as error:
            return Refused((rules.VALUE_UNKNOWN.at(error.span, name=error.name), *self.diagnostics))
        except NoShellError:
            return Refused((rules.NO_SHELL.at(wanted[-1].unit.built.span), *self.diagnostics))

    # --- what there is ------------------------------------------------------------------------------------

    def _unit(self, built: Built, dockerfile: Dockerfile) -> Unit:
        ignore = ignore_rules(built, self.project)
        context = built.context
        if self.one_by_one and isinstance(context.tree, Folder):
            context = replace(context, tree=let_in(context.tree, ignore))
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
                    resolutions[positions[id(instruction)]] = resolve(copy, state, context, dockerfile.escape, ignore)
        return Unit(built, dockerfile, resolutions, graph.parents_of(built, dockerfile))

    def _wanted(self, built: list[Built]) -> list[Wanted]:
        """The images that the script leaves and that no other image takes in, if some image takes another in at all."""
        taken = {root for unit in self.units.values() for source in unit.sources for root in self._roots(source)}
        if not any(self._takes_in(unit) for unit in self.units.values()):
            return []
        names, released = graph.final_names(self.world), graph.released(self.world)
        wanted: list[Wanted] = []
        for item in built:
            tags = tuple(names.get(item, ()))
            if item in taken and not (tags and (item in released or graph.is_continued(item, self.units))):
                continue
            if item.tags and not tags:
                continue  # another image got its names later, or they were taken away
            made = {*taken, *names, *(target.unit.built for target in wanted)}
            others = [unit for other, unit in self.units.items() if other in made]
            again = graph.repeats(self.units[item], others) if not tags and item.output is None else None
            if again is not None:
                self.diagnostics.append(legacy.BUILT_TWICE.at(item.span, line=again.built.span.line))
                continue
            self._want(wanted, Wanted(self.units[item], tags))
        # What takes something in may have lost its name to a build that does not.
        return wanted if any(self._takes_in(unit) for unit in self._closure(wanted)) else []

    @staticmethod
    def _want(wanted: list[Wanted], target: Wanted) -> None:
        """The same build under another name is one target with two names."""
        for index, other in enumerate(wanted):
            if graph.same_build(other.unit, target.unit):
                wanted[index] = Wanted(other.unit, (*other.tags, *target.tags))
                return
        wanted.append(target)

    @staticmethod
    def _takes_in(unit: Unit) -> bool:
        """Whether a build takes in what a container gave, or continues an image of the script."""
        if any(map(graph.mounts_context, unit.dockerfile.instructions)) and any(
            True for _ in graph.images_in(unit.built.context.tree)
        ):
            return True
        return any(not isinstance(parent, External) for parent in unit.parents.values()) or any(
            True for resolution in unit.resolutions.values() for node in resolution.nodes for _ in graph.images_in(node)
        )

    def _committed(self, wanted: Sequence[Wanted]) -> list[Diagnostic]:
        """Images of `docker commit` that are left, with others on them, or that pass on a command nobody states."""
        sources = [source for unit in self.units.values() for source in unit.sources]
        used = {found for source in sources for found in graph.ancestors(source)}
        spans = graph.committed(self.world, used)
        spans += [target.unit.built.span for target in wanted if graph.stands_on_commit(target.unit.built)]
        for unit in self.units.values():
            last = target_stage(unit.built, unit.dockerfile)
            states = {found.keyword for found in last.instructions} if last else set()
            continues = any(isinstance(parent, Extended) for parent in unit.parents.values())
            if continues and not states & {"CMD", "ENTRYPOINT"}:
                spans.append(unit.built.span)
        return [rules.COMMIT_WANTED.at(span) for span in spans]

    @staticmethod
    def _roots(image: Image) -> Iterator[Image]:
        for found in graph.ancestors(image):
            if not isinstance(found, Extended):
                yield found

    def _nothing(self, built: list[Built]) -> Refused:
        """Why there is nothing to convert; or, where containers were at work before a build, what stands in the way."""
        verbs = [call.call.verb for call in self.world.calls]
        last = max((index for index, verb in enumerate(verbs) if verb == "build"), default=0)
        at_work = _AT_WORK.intersection(verbs[:last])
        if self.world.stopped is not None and ("cp" in verbs or graph.extracted(self.world)):
            return Refused((rules.SCRIPT_NOT_FINISHED.at(self.world.stopped),))
        found = [d for unit in self.units.values() for r in unit.resolutions.values() for d in r.problems]
        problems = [d for d in found if d.severity is Severity.ERROR]
        problems += unknown_texts(self.units.values(), self.symbols)
        if problems and (at_work or graph.extracted(self.world)):
            return Refused(tuple(dict.fromkeys(problems)))
        elsewhere = built_elsewhere(self.project, self.world, self.outcome.root)
        if elsewhere is not None:
            return Refused((elsewhere,))
        if any(map(self._takes_in, self.units.values())) and (
            commits := self._committed(())
        ):  # over a build's own name
            return Refused(tuple(commits))
        if graph.extracted(self.world):
            effect = graph.extracted(self.world)[0]
            return Refused((rules.EXPORT_ONLY.at(effect.span),), "no docker build takes in what a container gave")
        if not self.world.calls:
            return Refused((), "the script runs no docker command")
        if not built:
            return Refused((), "the script builds no image")
        return Refused((), "every image of the script is built from its own context alone", tuple(problems))

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

    def _inherited(self, units: list[Unit]) -> list[Diagnostic]:
        """What a stage does not hand on as an image does, and what reads the context without a COPY."""
        found = []
        for unit in units:
            for parent in unit.parents.values():
                base = root_of(parent)
                own = self.units.get(base) if isinstance(base, Built) else None
                if own is not None and own.built.labels:
                    found.append(rules.BASE_NOT_CARRIED.at(own.built.span, what="labels of --label"))
            if any(True for _ in graph.images_in(unit.built.context.tree)):
                mounting = filter(graph.mounts_context, unit.dockerfile.instructions)
                found += [rules.MOUNT_READS_ARTIFACT.at(instruction.span) for instruction in mounting]
        return found

    def _planned(self, wanted: list[Wanted], units: list[Unit]) -> Plan | Refused:
        planners = self._planners(units)
        layouts = {unit: planners[unit].all() for unit in units}
        arrangement = arrange(units, layouts, wanted)
        problems = [problem for found in layouts.values() for layout in found.values() for problem in layout.problems]
        lost = losses(units, layouts)
        problems += [diagnostic for diagnostic in lost if diagnostic.severity is Severity.ERROR]
        problems = problems or list(fired_again(arrangement.blocks, units, wanted))
        if problems:
            return Refused(tuple(problems))
        self.diagnostics += lost
        readings = readings_of(self.project, self.outcome.root, units, layouts, arrangement.blocks)
        last = base_of(wanted[-1].unit.built, self.outcome.root)
        recipes = [] if self.wishes.apart else [unit.built.recipe_path for unit in units]
        own = None if self.wishes.apart else wanted[-1].unit.built.recipe_path
        context = choose(
            self.project, readings, last or "", lambda folder: dockerfile_path(self.project, folder, recipes, own)
        )
        if context.problem is not None:
            return self._one_by_one(context.problem)
        if len(arrangement.blocks) == 1 and len(units[0].dockerfile.stages) == 1:
            arrangement.prepend(self._source_blocks(units, layouts))
        blocks = arrangement.blocks
        name_blocks(blocks, wanted, self._images_in_use(units, blocks))
        prefix = {block.root: block.name for block in blocks if isinstance(block.root, Unit)}
        arguments = reconcile(units, self.symbols, prefix)
        if arguments.leaks:
            return Refused(tuple(rules.ARGUMENT_LEAKS.at(unit.built.span, name=name) for unit, name in arguments.leaks))
        writer = FileWriter(
            arrangement,
            planners,
            layouts,
            context,
            arguments,
            self.outcome.root,
            self._own_names(),
            left=frozenset(target.unit for target in wanted),
            caches=self.wishes.caches or needs_buildkit(units),
        )
        lines = writer.text()
        path = dockerfile_path(self.project, context.folder, recipes, own, [line.text for line in lines])
        commands = CommandWriter(self.symbols, arguments, context, path, units)
        texts = [self._command(commands, target, blocks) for target in wanted]
        nameless = tuple(self._command(commands, replace(target, tags=()), blocks) for target in wanted)
        new = (*conflicts([unit.dockerfile for unit in units]), *commands.diagnostics, *writer.diagnostics)
        left = left_behind(self.world, self.outcome, units)
        found = (*self.diagnostics, *new, *left, *habits(self.outcome, self.world, units))
        failures = tuple(d for d in found if d.severity is Severity.ERROR)
        if failures:
            return Refused(failures)
        return Plan(
            tuple(lines), path, context, tuple(blocks), tuple(units), layouts, tuple(wanted), tuple(texts), found,
            nameless,
            tuple(writer.kept),
        )  # fmt: skip

    def _planners(self, units: list[Unit]) -> dict[Unit, Planner]:
        project, root = self.project, self.outcome.root
        written, made = WrittenFiles.of(units), frozenset(one.built for one in units)
        return {
            one: Planner(project, one, base_of(one.built, root), ignore_rules(one.built, project), written, made)
            for one in units
        }

    def _one_by_one(self, problem: Diagnostic) -> Plan | Refused:
        """No one ignore file does for all: name what each build saw, so that none is needed."""
        if self.one_by_one:
            return Refused((problem,))
        again = _Planning(self.project, self.outcome, self.world, self.wishes, one_by_one=True).make()
        return again if isinstance(again, Plan) else Refused((problem,))

    def _own_names(self) -> frozenset[str]:
        """The names that the script gives to images, those that depend on a value with the value's default."""

        def by_default(text: str) -> str:
            return "".join((self.symbols[c].default or c) if is_symbol(c) else c for c in text)

        return frozenset(normal_image(by_default(tag)) for built in self.units for tag in built.tags)

    def _command(self, commands: CommandWriter, target: Wanted, blocks: list[Block]) -> str:
        unknown = commands.unknown(target)
        if unknown is not None:
            symbol: Symbol = self.symbols[unknown]
            raise UnknownValueError(described(symbol), symbol.because)
        block = next(block for block in blocks if block.root is target.unit)
        return commands.write(target, block.name, is_last=block is blocks[-1] and graph.ends_file(target.unit))

    @staticmethod
    def _source_blocks(units: list[Unit], layouts: Mapping[Unit, Mapping[int, Layout]]) -> list[Block]:
        """Images of others that files are taken from, as stages: so that the file says what they are for."""
        found = [take.image for unit in units for layout in layouts[unit].values() for take in layout.takes or ()]
        return [Block(image, image) for image in dict.fromkeys(found) if isinstance(image, External)]

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
