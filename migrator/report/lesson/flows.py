"""The pictures: how the image came to be before, and how it does now."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.report.display import visible
from migrator.report.lesson.model import Edge, Flow, Lane, Node, Shape, said

if TYPE_CHECKING:
    from migrator.dockerfile.syntax import Stage
    from migrator.migration.result import StageInfo
    from migrator.report.lesson.facts import Facts
    from migrator.report.lesson.model import Said
    from migrator.trace.effects import DockerCall

_MAKERS = frozenset({"create", "run"})
_SHOWN_FILES = 4


@dataclass
class Sheet:
    """A picture under construction; nodes get their numbers in the order in which they are put down."""

    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    row: int = 0

    def put(self, lane: Lane, shape: Shape, title: str, detail: Said, row: int | None = None) -> Node:
        """A new node, in the row that the sheet has come to where none is given."""
        node = Node(f"n{len(self.nodes)}", lane, self.row if row is None else row, shape, title, detail)
        self.nodes.append(node)
        return node

    def tie(self, start: Node, end: Node, label: str) -> None:
        """An arrow, once."""
        edge = Edge(start.id, end.id, label)
        if edge not in self.edges:
            self.edges.append(edge)


def before(facts: Facts) -> Flow:
    """The way over a container and the host: one row for each thing that the script makes, from top to bottom."""
    sheet = Sheet()
    makers = _makers(facts)
    images: dict[str, Node] = {}
    files: dict[tuple[str, str], Node] = {}
    carried = {facts.roots.get(carry.stage, carry.stage) for carry in facts.carries}
    # What others take from comes first, as it does in time; the rows of one image stay together.
    stages = [stage for stage in facts.conversion.stages if facts.roots.get(stage.name, stage.name) == stage.name]
    for stage in sorted(stages, key=lambda stage: stage.name not in carried):
        built = facts.build_of(stage)
        if built is not None:
            images[stage.name] = _build(sheet, facts, stage)
            _consume(sheet, facts, stage.name, images[stage.name], files)
            sheet.row += 1
        if stage.name in carried:
            source = _container(sheet, facts, makers.get(stage.name), stage, images.get(stage.name))
            _files(sheet, facts, stage.name, source, files)
    return Flow("before", said("flow.before"), tuple(sheet.nodes), tuple(sheet.edges))


def _makers(facts: Facts) -> dict[str, DockerCall]:
    """For each stage the container that the script made of its image."""
    found: dict[str, DockerCall] = {}
    lifted = {line.line for line in facts.conversion.lines if line.file == facts.script.name}
    for call in facts.world.calls:
        if call.call.verb not in _MAKERS or not call.call.operands:
            continue
        stage = facts.stage_named(call.call.operands[0])
        if stage is None and call.span.line in lifted:
            # A container of an image that the script did not build is a stage of its own now.
            lines = [
                line for line in facts.conversion.lines if line.line == call.span.line and line.file == call.span.file
            ]
            here = facts.stage_at(lines[0].number) if lines else None
            stage = here.name if here else None
        if stage is not None:
            found.setdefault(stage, call)
    return found


def _build(sheet: Sheet, facts: Facts, stage: StageInfo) -> Node:
    built = facts.build_of(stage)
    final = stage.name in facts.target_stages
    recipe = sheet.put(Lane.HOST, Shape.FILE, facts.shown(stage.file or ""), said("flow.recipe"))
    tag = built.image.tags[0] if built and built.image.tags else stage.name
    shape, detail = (Shape.RESULT, said("flow.result")) if final else (Shape.IMAGE, said("flow.image"))
    image = sheet.put(Lane.ENGINE, shape, facts.shown(tag), detail)
    sheet.tie(recipe, image, "docker build")
    return image


def _container(
    sheet: Sheet, facts: Facts, maker: DockerCall | None, stage: StageInfo, image: Node | None
) -> Node | None:
    if maker is None:
        return image
    runs = maker.call.verb == "run"
    name = maker.call.value("name")
    title = facts.shown(name or (maker.call.operands[0] if image is None else stage.name))
    container = sheet.put(
        Lane.ENGINE, Shape.CONTAINER, title, said("flow.container-runs" if runs else "flow.container")
    )
    if image is not None:
        sheet.tie(image, container, f"docker {maker.call.verb}")
    return container


def _files(sheet: Sheet, facts: Facts, stage: str, source: Node | None, files: dict[tuple[str, str], Node]) -> None:
    """The files on the host, beside the container that they come out of."""
    carries = [carry for carry in facts.carries if facts.roots.get(carry.stage, carry.stage) == stage]
    label = "docker cp" if any(facts.stage_behind(e.image) == stage for e in facts.carried_out) else "docker run"
    shown = carries[:_SHOWN_FILES]
    for carry in shown:
        node = sheet.put(Lane.HOST, Shape.FILE, visible(carry.host), said("flow.file"))
        files[carry.stage, carry.host] = node
        if source is not None:
            sheet.tie(source, node, label)
        sheet.row += 1
    for carry in carries[_SHOWN_FILES:]:
        files[carry.stage, carry.host] = files[shown[-1].stage, shown[-1].host]
    if not shown:
        sheet.row += 1


def _consume(sheet: Sheet, facts: Facts, stage: str, image: Node, files: dict[tuple[str, str], Node]) -> None:
    """Arrows from the files on the host to the build that takes them in."""
    for carry in facts.carries:
        node = files.get((carry.stage, carry.host))
        if node is not None and facts.roots.get(carry.consumer, carry.consumer) == stage:
            sheet.tie(node, image, "COPY")


def after(facts: Facts) -> Flow:
    """One build: its stages from top to bottom, and the images that it leaves."""
    sheet = Sheet()
    recipe = sheet.put(Lane.HOST, Shape.FILE, facts.shown(facts.conversion.dockerfile_path), said("flow.only-recipe"))
    stages: dict[str, Node] = {}
    for stage in facts.emitted.stages:
        name = stage.name or str(stage.index)
        stages[name] = sheet.put(Lane.ENGINE, Shape.STAGE, visible(name), said("flow.stage", base=visible(stage.image)))
        for label, other in _taken(stage):
            if other in stages and other != name:
                sheet.tie(stages[other], stages[name], label)
        sheet.row += 1
    first = next(iter(stages.values()))
    sheet.tie(recipe, first, "docker build")
    # The image of the last stage first, so that no two arrows cross.
    for target in sorted(facts.conversion.targets, key=lambda target: -_row(stages, target.stage)):
        title = visible(target.tags[0]) if target.tags else visible(target.stage)
        result = sheet.put(Lane.ENGINE, Shape.RESULT, _plain_tag(title), said("flow.result"))
        if target.stage in stages:
            sheet.tie(stages[target.stage], result, "-t")
        sheet.row += 1
    return Flow("after", said("flow.after"), tuple(sheet.nodes), tuple(sheet.edges))


def _row(stages: dict[str, Node], name: str) -> int:
    return stages[name].row if name in stages else 0


def _taken(stage: Stage) -> list[tuple[str, str]]:
    """The stages that one takes from, and by which instruction."""
    found = [("FROM", stage.image.lower())]
    for instruction in stage.instructions:
        other = instruction.flag("from")
        if other:
            found.append(("COPY --from", other.lower()))
    return list(dict.fromkeys(found))


def _plain_tag(tag: str) -> str:
    """A tag without the quotes that its words would need in a shell."""
    return re.sub(r'^"(.*)"$', r"\1", tag)
