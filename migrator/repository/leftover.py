"""What a build script still has to be once its images come out of one Dockerfile: the leftover script."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.interpret.python.start import is_python
from migrator.migration.convert import distinct
from migrator.migration.plan import Plan, plan
from migrator.repository import host, unseen
from migrator.repository.check import new_outcome, only_builds
from migrator.repository.cut import Cutter
from migrator.repository.decide import Decision
from migrator.repository.edits import Edit, apply
from migrator.repository.fates import Fates
from migrator.repository.passing import Passing
from migrator.repository.rebuild import Rebuilder
from migrator.repository.roles import Cast
from migrator.repository.statements import asks_last, feeding, moves_without_use, trimmed, waiting, whole
from migrator.repository.variables import needless
from migrator.repository.words import CannotRewriteError
from migrator.rules import repository as rules
from migrator.shell import syntax
from migrator.shell.parse import parse
from migrator.shell.walk import commands_in, leaves, nodes_in
from migrator.source import Source
from migrator.trace.effects import ImageBuilt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.diagnostics import Diagnostic
    from migrator.interpret.record import Ran
    from migrator.interpret.run import Outcome, World
    from migrator.migration.result import Converted
    from migrator.project import Project
    from migrator.shell.syntax import Script
    from migrator.source import Span
    from migrator.trace.images import Built

_ROUNDS = 12


@dataclass(frozen=True)
class Leftover:
    """What is left of a script: the new text of each script file that changes, None for one that may go.

    `tasks` are what somebody has to do by hand. `complete` is false when nothing could be rewritten: then `texts` is
    empty, and the script still runs the old builds. `recipes` are Dockerfiles that a build which stays still reads.
    `bare` is the text that a script which may go would have. `edits` are what made the texts of the old ones, and
    `again` is what the new ones do.
    """

    texts: dict[str, str | None]
    tasks: tuple[Diagnostic, ...] = ()
    removed: tuple[Span, ...] = ()
    recipes: frozenset[str] = frozenset()
    bare: dict[str, str] = field(default_factory=dict)
    complete: bool = True
    edits: dict[str, tuple[Edit, ...]] = field(default_factory=dict)
    again: Outcome | None = None


def leftover(project: Project, conversion: Converted, outcome: Outcome) -> Leftover:
    """The script of a conversion without everything that only passed artifacts from one image to the next.

    `outcome` is what the script does, as `convert_with_trace` gives it.
    """
    for world in distinct(outcome.worlds):
        made = plan(project, outcome, world)
        if isinstance(made, Plan) and is_python(conversion.script, project.text(conversion.script) or ""):
            spans = dict.fromkeys(unit.built.span for unit in made.units)
            command = conversion.targets[-1].command
            return Leftover({}, tuple(rules.PROGRAM_KEPT.at(span, command=command) for span in spans), complete=False)
        if isinstance(made, Plan):
            return _Rewriting(project, conversion, outcome, world, made).result()
    return Leftover({}, complete=False)


class _Rewriting:
    def __init__(self, project: Project, conversion: Converted, outcome: Outcome, world: World, made: Plan) -> None:
        self.project, self.conversion, self.outcome = project, conversion, outcome
        names = dict.fromkeys([conversion.script, *(item.span.file for item in world.ran)])
        self.scripts: dict[str, Script] = {}
        for name in names:
            text = project.text(name)
            if text is not None and name not in project.links:
                self.scripts[name] = parse(Source(name, text))
        pipelines = _pipelines(self.scripts)
        self.passing = Passing(world, made, outcome.root, outcome.symbols, pipelines)
        self.cast = Cast(self.passing, frozenset(self.scripts), pipelines)
        self.rebuilder = Rebuilder(self.passing, outcome.symbols)
        self.tasks: list[Diagnostic] = []
        self.edits: dict[str, tuple[Edit, ...]] = {}
        self.covered: list[Span] = []  # statements that are replaced as a whole

    def result(self) -> Leftover:
        try:
            texts, fates = self._settled()
        except CannotRewriteError:
            span = next((span for span in self._build_spans()), None)
            return Leftover({}, (rules.SCRIPT_NOT_REWRITTEN.at(span),), complete=False)
        again = new_outcome(self.project, self.conversion, self.outcome, self.passing, texts)
        if again is None:
            span = next((span for span in self._build_spans()), None)
            return Leftover({}, (rules.SCRIPT_NOT_REWRITTEN.at(span),), complete=False)
        changed: dict[str, str | None] = {
            name: text for name, text in texts.items() if text != self.scripts[name].source.text
        }
        changed.update(dict.fromkeys(fates.gone_scripts))
        if only_builds(self.conversion, texts, fates.gone_scripts):
            changed[self.conversion.script] = None
        removed = tuple(sorted(fates.decision.gone, key=lambda span: (span.file, span.start)))
        tasks = (*self.tasks, *unseen.tasks(self.scripts, self.cast, fates), *self._mixed(fates))
        tasks = (*tasks, *host.tasks(self.passing, self.outcome, again))
        bare = {name: texts[name] for name, text in changed.items() if text is None}
        recipes = frozenset(self._old_recipes(fates.decision))
        return Leftover(
            changed, tuple(dict.fromkeys(tasks)), removed, recipes, bare, edits=dict(self.edits), again=again
        )

    # --- the new texts ----------------------------------------------------------------------------------------------

    def _settled(self) -> tuple[dict[str, str], Fates]:
        """The new texts, made again until no name in them is without its meaning and none is without use."""
        forced: set[Span] = set()
        hollow: set[str] = set()
        extra: set[Span] = set()
        functions = {
            node.name: node for script in self.scripts.values() for node in nodes_in(script.body)
            if isinstance(node, syntax.Function)
        }  # fmt: skip
        for _ in range(_ROUNDS):
            decision = Decision(self.cast, frozenset(forced))
            removals = unseen.removals(self.scripts, self.cast, decision)
            fates = Fates(decision, functions, self.scripts, extra=extra | removals)
            for _ in range(2):  # a script may go because a function goes, and the other way round
                fates.find_gone_functions(hollow)
                fates.find_gone_scripts(self.conversion.script)
            moves = moves_without_use(self.scripts, fates, self.cast)
            fates.extra |= moves.spans | feeding(self.scripts, fates) | waiting(self.scripts, fates) | removals
            self.rebuilder.folders = moves.folders
            texts = self._texts(fates)
            called = {name for name in fates.gone_functions if _calls(texts, name)}
            missing = self._missing_values(fates, texts) | (self._missing_folders(fates) - forced)
            if called or missing:
                hollow |= called
                forced |= missing
                continue
            unused = needless(self.scripts, texts, fates)
            if not unused:
                return texts, fates
            extra |= unused
        raise CannotRewriteError

    def _texts(self, fates: Fates) -> dict[str, str]:
        rewritten = self._rewritten(fates)
        found = {}
        for name, script in self.scripts.items():
            cutter = Cutter(fates, script.source.text)
            cutter.script(script.body)
            edits = [*cutter.edits, *rewritten.get(name, ())]
            found[name] = apply(script.source.text, edits, _opaque(script))
            if name == self.conversion.script and asks_last(script, found[name]):
                end = len(script.source.text)
                edits.append(Edit(end, end, "exit 0\n" if script.source.text.endswith("\n") else "\nexit 0"))
                found[name] = apply(script.source.text, edits, _opaque(script))
            self.edits[name] = tuple(edits)
        return found

    def _rewritten(self, fates: Fates) -> dict[str, list[Edit]]:
        """The edits of the build statements, by file."""
        found: dict[str, list[Edit]] = {}
        self.covered = []
        for span, edits in self._places(fates).items():
            if any(_inside(span, other) for other in self.covered):
                continue
            made = edits
            if made is None:
                node, text = whole(self.scripts[span.file], span, fates, self.rebuilder)
                self.covered.append(node)
                made = [Edit(node.start, node.end, text)]
            found.setdefault(span.file, []).extend(made)
        for name, edit in trimmed(self.cast, fates):
            found.setdefault(name, []).append(edit)
        return found

    def _places(self, fates: Fates) -> dict[Span, list[Edit] | None]:
        """For each build the statement whose words give it, and its edits; None where its words cannot be changed.

        Behind a wrapper (`run docker build …`) that is the call, not the `"$@"` inside.
        """
        found: dict[Span, list[Edit] | None] = {}
        for span, runs in fates.decision.builds.items():
            if span in fates.extra:
                continue
            each = [self._edited(item, built) for item, built in runs]
            for place, edits in each:
                if place.file not in self.scripts:
                    raise CannotRewriteError
                found[place] = edits if found.get(place, edits) == edits else None
        return found

    def _edited(self, item: Ran, built: Built) -> tuple[Span, list[Edit] | None]:
        above: Ran | None = item
        while above is not None:
            try:
                return above.span, self.rebuilder.edits(above, built, item)
            except CannotRewriteError:
                above = self.cast.parents.get(above.index)
        return item.span, None

    def _missing_values(self, fates: Fates, texts: dict[str, str]) -> set[Span]:
        """Assignments that went although something that is left reads the variable."""
        found: set[Span] = set()
        for script in self.scripts.values():
            for leaf in commands_in(script.body):
                if not isinstance(leaf, syntax.Simple) or leaf.span not in fates.decision.gone or leaf.words:
                    continue
                for assignment in leaf.assignments:
                    pattern = rf"\$\{{?[#!]?{assignment.name}\b"
                    if any(re.search(pattern, text) for text in texts.values()):
                        found.add(leaf.span)
        return found

    def _missing_folders(self, fates: Fates) -> set[Span]:
        """Changes into a folder that is not made any more, but for those in a subshell that goes."""
        gone = [node.span for script in self.scripts.values() for node in nodes_in(script.body)
                if isinstance(node, syntax.Subshell) and fates.goes(node)]  # fmt: skip
        return {
            item.span for item in self.passing.world.ran
            if item.words[:1] in (("cd",), ("pushd",)) and item.after.cwd != item.before.cwd
            and self.passing.is_passing(item.after.cwd) and not fates.goes(item.node)
            and not any(_inside(item.span, other) for other in (*self.covered, *gone))
        }  # fmt: skip

    # --- what is said about it --------------------------------------------------------------------------------------

    def _build_spans(self) -> Iterator[Span]:
        for effect in self.passing.world.effects:
            if isinstance(effect, ImageBuilt) and effect.image in self.passing.targets:
                yield effect.span

    def _old_recipes(self, decision: Decision) -> Iterator[str]:
        for effect in self.passing.world.effects:
            if not isinstance(effect, ImageBuilt) or effect.span in {*decision.builds, *decision.gone}:
                continue
            if effect.image.recipe_path is not None:
                yield effect.image.recipe_path

    @staticmethod
    def _mixed(fates: Fates) -> Iterator[Diagnostic]:
        for span in sorted(fates.decision.mixed, key=lambda span: span.start):
            yield rules.STILL_PASSES.at(span)


def _calls(texts: dict[str, str], name: str) -> bool:
    """Whether a text still calls a function."""
    pattern = rf"(?<![\w./-]){re.escape(name)}(?![\w./-])(?!\s*\(\s*\))"
    return any(
        re.search(pattern, line) for text in texts.values() for line in text.splitlines()
        if not line.lstrip().startswith("#") and not re.match(rf"\s*function\s+{re.escape(name)}\b", line)
    )  # fmt: skip


def _pipelines(scripts: dict[str, Script]) -> dict[Span, frozenset[Span]]:
    """The commands of one pipeline, for each of them."""
    found: dict[Span, frozenset[Span]] = {}
    for script in scripts.values():
        for node in nodes_in(script.body):
            if isinstance(node, syntax.Pipeline) and len(node.commands) > 1:
                group = frozenset(leaf.span for leaf in leaves(node))
                found.update(dict.fromkeys(group, group))
    return found


def _inside(span: Span, other: Span) -> bool:
    return span.source == other.source and other.start <= span.start and span.end <= other.end


def _opaque(script: Script) -> list[tuple[int, int]]:
    return [
        (node.span.start, node.span.end) for node in nodes_in(script.body)
        if isinstance(node, syntax.Word | syntax.HereDocument) and "\n" in node.span.text
    ]  # fmt: skip


__all__ = ["Leftover", "leftover"]
