"""What a plan comes to, in the terms of the result: stages, targets, and the artifacts that pass between them."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.dockerfile.copy import as_copy
from migrator.dockerfile.evaluate import resolve, stage_scope
from migrator.dockerfile.expand import ExpansionError, expand
from migrator.dockerfile.parse import parse
from migrator.migration.graph import Unit
from migrator.migration.result import Artifact, Consumer, StageInfo, Target
from migrator.source import Source
from migrator.trace.effects import CarriedOut
from migrator.trace.images import root_of
from migrator.trace.render import inside_quotes
from migrator.trace.workspace import Carried, Folder, Overlay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.dockerfile.copy import Copy
    from migrator.dockerfile.evaluate import State
    from migrator.dockerfile.syntax import Stage
    from migrator.interpret.run import Outcome, World
    from migrator.migration.blocks import Block
    from migrator.migration.plan import Plan
    from migrator.source import Span
    from migrator.trace.images import Image
    from migrator.trace.symbols import Symbols
    from migrator.trace.workspace import Node


def stages(made: Plan, symbols: Symbols) -> tuple[StageInfo, ...]:
    """The stages of the new file, those of one old Dockerfile as one."""
    return tuple(_stage(block, symbols) for block in made.blocks)


def _stage(block: Block, symbols: Symbols) -> StageInfo:
    if isinstance(block.root, Unit):
        built = block.root.built
        base = inside_quotes(block.root.dockerfile.stages[-1].image, symbols)
        tag = inside_quotes(built.tags[0], symbols) if built.tags else None
        file = None if built.output is not None else built.recipe_path or built.recipe.name
        return StageInfo(block.name, base, file, tag)
    return StageInfo(block.name, block.root.name, None, None)


def targets(made: Plan, symbols: Symbols) -> tuple[Target, ...]:
    """The targets; a value of the user's stands in a name as the shell text that yields it."""
    found = []
    for target, command in zip(made.wanted, made.commands, strict=True):
        block = next(block for block in made.blocks if block.root is target.unit)
        names = tuple(inside_quotes(tag, symbols) for tag in target.tags)
        found.append(Target(block.name, names, command))
    return tuple(found)


@dataclass
class _Found:
    """An artifact on the way to its value: where it was on the host, where that was decided, who takes it."""

    workspace_path: str
    span: Span | None
    consumers: list[Consumer] = field(default_factory=list)


def artifacts(outcome: Outcome, world: World, made: Plan, text: str) -> tuple[Artifact, ...]:
    """Every path that a COPY of the new file takes from another stage of it, and what carried it before."""
    parsed = parse(Source(made.path, text))
    own = {block.name for block in made.blocks}
    on_host = _host_paths(outcome, world, made)
    found: dict[tuple[str, str], _Found] = {}
    for stage in parsed.stages:
        for instruction, state in zip(stage.instructions, stage_scope(parsed, stage.index).states, strict=True):
            copy = as_copy(instruction)
            if copy is None or (copy.from_ or "").lower() not in own:
                continue
            for source in copy.sources:
                key = (str(copy.from_).lower(), source.text)
                path = source.text.rstrip("/")
                carried = on_host.get((key[0], path)) or on_host.get((key[0], ""), (posixpath.basename(path), None))
                entry = found.setdefault(key, _Found(*carried))
                entry.consumers.append(_consumer(stage, copy, state, source.text))
    return tuple(
        Artifact(name, path, entry.workspace_path, tuple(entry.consumers), entry.span)
        for (name, path), entry in found.items()
    )


def _host_paths(outcome: Outcome, world: World, made: Plan) -> dict[tuple[str, str], tuple[str, Span | None]]:
    """By stage and path in it: where the script had it on the host, and the statement that carried it there.

    A stage of which one thing only was carried has that under the empty path as well.
    """
    found: dict[tuple[str, str], tuple[str, Span | None]] = {}
    for unit, layouts in made.layouts.items():
        context = _place(outcome, unit.built.context.path or outcome.root)
        for layout in layouts.values():
            for piece in layout.resolution.pieces if layout.takes is not None else ():
                for below, taken in _out_of_images(piece.node, piece.path):
                    place = posixpath.join(context, inside_quotes(below, outcome.symbols))
                    for name in _stages_of(made, taken.image):
                        found.setdefault((name, taken.path.rstrip("/")), (place, taken.span))
    carried: dict[str, list[CarriedOut]] = {}
    for effect in world.effects:
        if isinstance(effect, CarriedOut):
            for name in _stages_of(made, effect.image):
                carried.setdefault(name, []).append(effect)
                found[name, effect.source.rstrip("/")] = (_place(outcome, effect.path), effect.span)
    for name, effects in carried.items():
        if len(effects) == 1:
            found[name, ""] = (_place(outcome, effects[0].path), effects[0].span)
    return found


def _out_of_images(node: Node, path: str) -> Iterator[tuple[str, Carried | Overlay]]:
    """What a tree has out of images, each with where it stands."""
    if isinstance(node, Carried):
        yield path, node
    for layer in node.layers if isinstance(node, Folder) else ():
        if isinstance(layer, Overlay):
            yield path, layer
            continue
        for name, below in layer.names.items():
            if below is not None:
                yield from _out_of_images(below, posixpath.join(path, name))


def _place(outcome: Outcome, path: str) -> str:
    """A path of the host as seen from the repository's root, fit for a reader."""
    return inside_quotes(path.removeprefix(outcome.root).lstrip("/"), outcome.symbols)


def _stages_of(made: Plan, image: Image | None) -> list[str]:
    """The stages that stand for an image, or continue the one that it began with."""
    return [block.name for block in made.blocks if image is not None and root_of(block.image) == root_of(image)]


def _consumer(stage: Stage, copy: Copy, state: State, source: str) -> Consumer:
    return Consumer(stage.name or str(stage.index), copy.instruction.span.line, _landing(copy, state, source))


def _landing(copy: Copy, state: State, source: str) -> str:
    """Where a COPY puts an artifact in the image, as an absolute path."""
    written = copy.destination.text
    try:
        written = expand(written, state.variables.get)
    except ExpansionError:
        return written
    place = resolve(state.workdir, written)
    is_folder = written.endswith(("/", "/.")) or written in (".", "..") or place == state.workdir
    return posixpath.join(place, posixpath.basename(source)) if is_folder and not source.endswith("/") else place
