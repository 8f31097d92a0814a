"""The lesson of a split: one Dockerfile that does two jobs, the stages that it becomes, and the three sizes."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from migrator.dockerfile.parse import parse
from migrator.report.display import visible
from migrator.report.lesson.facts import lines_of
from migrator.report.lesson.flows import Sheet
from migrator.report.lesson.model import Fate, Flow, Lane, Lesson, Line, Mark, Panel, Piece, Shape, said
from migrator.report.lesson.script import numbers
from migrator.report.lesson.sizes import counts, table, weighed
from migrator.report.lesson.splitting_steps import questions, steps
from migrator.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.dockerfile.syntax import Dockerfile, Instruction, Stage
    from migrator.report.lesson.model import Said
    from migrator.split.result import Split

Document = dict[str, Any]
OLD, NEW = "a", "z"
# What the page says of a script, and what it says in its place of a Dockerfile that is split.
VARIANTS = {
    "page.title": "split.title",
    "page.heading": "split.page-heading",
    "page.lede": "split.lede",
    "page.footer": "split.footer",
    "flow.heading": "split.flow-heading",
    "flow.lede": "split.flow-lede",
    "flow.host": "split.host",
    "lines.before": "split.before",
    "lines.after": "split.after",
    "lines.command": "split.command",
    "numbers.counted": "split.counted",
    "numbers.measures": "split.measures",
}


@dataclass(frozen=True)
class Facts:
    """A split with what is known of its lines: for each instruction of the new file the old one that it is."""

    split: Split

    @cached_property
    def old(self) -> Dockerfile:
        """The Dockerfile as it was."""
        return self.split.plan.fat.dockerfile

    @cached_property
    def new(self) -> Dockerfile:
        """The Dockerfile with its two stages."""
        return parse(Source(self.split.path, self.split.dockerfile))

    @property
    def builder(self) -> Stage:
        """The stage that builds."""
        return self.new.stages[0]

    @property
    def runtime(self) -> Stage:
        """The stage that is shipped."""
        return self.new.stages[-1]

    @cached_property
    def origins(self) -> dict[int, Instruction]:
        """For the number of each line of the new file the old instruction that it is of."""
        found: dict[int, Instruction] = {}
        texts = self.split.plan.texts
        for stage in self.new.stages:
            for line in lines_of(stage.origin.span):
                found[line] = self.old.stages[0].origin
            at = 0
            for one in stage.instructions:
                rest = list(enumerate(self.old.stages[0].instructions))[at:]
                match = next((n for n, old in rest if one.span.text in (old.span.text, texts.get(n))), None)
                if match is not None:
                    at = match + 1
                    found |= dict.fromkeys(lines_of(one.span), self.old.stages[0].instructions[match])
        return found

    @cached_property
    def ties(self) -> dict[int, list[int]]:
        """For each line of the new file the lines of the old one that belong to it."""
        lines = self.split.dockerfile.split("\n")
        before = self.old.source.text.split("\n")
        found: dict[int, list[int]] = {}
        for number, old in self.origins.items():
            own = list(lines_of(old.span))
            same = [line for line in own if line <= len(before) and before[line - 1].rstrip("\r") == lines[number - 1]]
            found[number] = same or own
        for number, text in enumerate(lines, 1):
            comment = text.lstrip().startswith("#") and number not in found
            twins = [line for line, one in enumerate(before, 1) if comment and one.rstrip("\r") == text]
            if twins:
                found[number] = twins[:1]
        for number in self.carried:
            found[number] = [line for line in self.makers(number) if line]
        return found

    @cached_property
    def carried(self) -> dict[int, Instruction]:
        """The lines of the last stage that take something out of the builder, with what they are."""
        own = [one for one in self.runtime.instructions if one.flag("from") == self.builder.name]
        return {one.span.line: one for one in own if one.span.line not in self.origins}

    def makers(self, number: int) -> tuple[int, ...]:
        """The old lines that make what a line takes out of the builder."""
        path = self.carried[number].arguments[-1].text.rstrip("/")
        plan = self.split.plan
        made = [artifact.made.span.line for artifact in plan.artifacts if artifact.path == path]
        whys = [one.why for one in plan.carried if one.path == path and one.why.startswith("COPY in line ")]
        return tuple(made) or tuple(int(why.rpartition(" ")[2]) for why in whys)


def lesson(split: Split, measured: Document | None = None) -> Lesson:
    """The lesson of a split; `measured` is what `split --all-rungs --format json` prints."""
    facts = Facts(split)
    before, after = _before(facts), _after(facts)
    path = visible(split.path)
    command = "docker build ." if split.path == "Dockerfile" else f"docker build -f {path} ."
    old, new = counts(facts.old.stages[0].instructions, facts.runtime.instructions)
    builds = len({artifact.made.span.line for artifact in split.plan.artifacts})
    return Lesson(
        script=path,
        dockerfile=path,
        before=(before,),
        after=after,
        commands=(command,),
        summary=(
            said("summary.before"),
            said("split.stages", count=1),
            said("split.instructions", count=old),
            said("split.builds", count=builds),
            weighed(measured, None),
            said("summary.after"),
            said("split.stages", count=len(facts.new.stages)),
            said("split.instructions", count=new),
            said("split.builds", count=0),
            weighed(measured, split.rung),
        ),
        flows=(_whole(facts), _parts(facts)),
        steps=steps(facts, before, after, measured),
        numbers=table(facts, measured),
        questions=questions(facts),
        variants=VARIANTS,
    )


def _before(facts: Facts) -> Panel:
    back: dict[int, list[int]] = {}
    for new, olds in facts.ties.items():
        for old in olds:
            back.setdefault(old, []).append(new)
    lines = tuple(_old_line(facts, number, text, sorted(back.get(number, []))) for number, text in _lines(facts.old))
    return Panel(OLD, visible(facts.split.path), said("split.role-before"), lines)


def _lines(dockerfile: Dockerfile) -> Iterator[tuple[int, str]]:
    texts = dockerfile.source.text.split("\n")
    yield from enumerate((text.removesuffix("\r") for text in (texts if texts[-1] else texts[:-1])), 1)


def _old_line(facts: Facts, number: int, text: str, rights: list[int]) -> Line:
    ties = tuple(f"{NEW}{one}" for one in rights)
    pieces = _pieces(facts.old, number, text)
    if not text.strip():
        return Line(f"{OLD}{number}", number, pieces, Fate.BLANK, said("fate.blank"))
    if not rights:
        return Line(f"{OLD}{number}", number, pieces, Fate.GONE, said("fate.left-out"))
    begin = facts.runtime.origin.span.line
    kept = [one for one in rights if one not in facts.carried]
    sides = {"runtime" if one >= begin else "builder" for one in kept}
    key = "both" if len(sides) == 2 else next(iter(sides), "builder")
    same = all(facts.split.dockerfile.split("\n")[one - 1] == text for one in kept)
    note = said(f"split.fate-{key}", lines=numbers(tuple(kept or rights)), count=len(kept or rights))
    return Line(f"{OLD}{number}", number, pieces, Fate.KEPT if same else Fate.CHANGED, note, ties)


def _after(facts: Facts) -> Panel:
    lines = tuple(_new_line(facts, number, text) for number, text in _lines(facts.new))
    return Panel(NEW, visible(facts.split.path), said("role.after"), lines)


def _new_line(facts: Facts, number: int, text: str) -> Line:
    olds = facts.ties.get(number, [])
    ties = tuple(f"{OLD}{one}" for one in olds)
    pieces = _pieces(facts.new, number, text)
    place = f"{visible(facts.split.path)}:{olds[0]}" if olds else ""
    if not text.strip():
        return Line(f"{NEW}{number}", number, pieces, Fate.BLANK, said("origin.blank"))
    if number in facts.carried:
        added = tuple(Piece(piece.text, Mark.ADDED) for piece in pieces)
        return Line(f"{NEW}{number}", number, added, Fate.NEW, _why(facts, number), ties)
    if not olds:
        return Line(f"{NEW}{number}", number, pieces, Fate.NEW, said("split.origin-new"))
    side = "runtime" if number >= facts.runtime.origin.span.line else "builder"
    before = facts.old.source.text.split("\n")
    same = any(before[one - 1].rstrip("\r") == text for one in olds)
    if text.upper().startswith("FROM "):
        note = said(f"split.origin-from-{side}", base=visible([*text.split(), ""][1]))
    else:
        note = said(f"split.origin-{side}" if same else "split.origin-changed", place=place)
    return Line(f"{NEW}{number}", number, pieces, Fate.KEPT if same else Fate.CHANGED, note, ties)


def _why(facts: Facts, number: int) -> Said:
    """Why something is taken out of the builder."""
    path = facts.carried[number].arguments[-1].text
    one = next((one for one in facts.split.plan.carried if one.path == path.rstrip("/")), None)
    made = [artifact.made for artifact in facts.split.plan.artifacts if artifact.path == path.rstrip("/")]
    shown = visible(path)
    if made:
        return said("split.why-made", path=shown, command=made[0].kind, line=made[0].span.line)
    if one is not None and one.why.startswith("COPY in line "):
        return said("split.why-copied", path=shown, line=int(one.why.rpartition(" ")[2]))
    return said("split.why-needed", path=shown)


def _pieces(tree: Dockerfile, number: int, text: str) -> tuple[Piece, ...]:
    shown = visible(text)
    if text.lstrip().startswith("#"):
        return (Piece(shown, Mark.COMMENT),) if shown else ()
    first = next((one for one in tree.instructions if one.span.line == number), None)
    if first is None:
        return (Piece(shown),) if shown else ()
    head, _, rest = shown.partition(" ")
    pieces = (Piece(head, Mark.KEYWORD), Piece(f" {rest}" if rest else ""))
    return tuple(piece for piece in pieces if piece.text)


# --- the pictures ----------------------------------------------------------------------------------------------------


def _named(facts: Facts) -> str:
    """What the image is called where no script names it: after what it runs, else after its base."""
    made = facts.split.plan.artifacts
    return visible(posixpath.basename(made[0].path) if made else facts.split.plan.fat.base)


def _whole(facts: Facts) -> Flow:
    """One image that builds and runs."""
    sheet = Sheet()
    recipe = sheet.put(Lane.HOST, Shape.FILE, visible(facts.split.path), said("flow.recipe"))
    image = sheet.put(Lane.ENGINE, Shape.RESULT, _named(facts), said("split.flow-whole"))
    sheet.tie(recipe, image, "docker build")
    return Flow("before", said("flow.before"), tuple(sheet.nodes), tuple(sheet.edges))


def _parts(facts: Facts) -> Flow:
    """Two stages, and what goes from the one to the other."""
    sheet = Sheet()
    recipe = sheet.put(Lane.HOST, Shape.FILE, visible(facts.split.path), said("flow.only-recipe"))
    nodes = []
    for stage in facts.new.stages:
        detail = said("flow.stage", base=visible(stage.image))
        nodes.append(sheet.put(Lane.ENGINE, Shape.STAGE, visible(stage.name or ""), detail))
        sheet.row += 1
    sheet.tie(recipe, nodes[0], "docker build")
    sheet.tie(nodes[0], nodes[-1], "COPY --from")
    result = sheet.put(Lane.ENGINE, Shape.RESULT, _named(facts), said("flow.result"))
    sheet.tie(nodes[-1], result, "-t")
    return Flow("after", said("flow.after"), tuple(sheet.nodes), tuple(sheet.edges))
