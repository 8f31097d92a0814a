"""What a script takes out of images for the host, as one more build whose files go where the script left them.

Measured with `docker build --output DIR`: files keep their modes, owners become the caller's, as with `docker cp`;
DIR itself is left as it is, while a folder below it gets the mode that it has in the stage; a DIR that is missing is
made with mode 0700. So DIR is the innermost folder of the checkout that holds everything, or is made by `mkdir` first.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrator.migration.graph import extracted
from migrator.rules import plan as rules
from migrator.source import Source
from migrator.trace.effects import ImageBuilt
from migrator.trace.images import Built, Context, CopyStep, Extended, Output
from migrator.trace.origins import images_in, origins_in
from migrator.trace.symbols import SymbolKind, is_known, is_symbol
from migrator.trace.workspace import Carried, Entries, Folder, Mystery, Overlay, Packed, Workspace, known_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.interpret.run import Outcome, World
    from migrator.migration.graph import Unit
    from migrator.project import Project
    from migrator.trace.images import Image
    from migrator.trace.symbols import Symbols
    from migrator.trace.workspace import Node

STAGE = "artifacts"
_RECIPE = f"FROM scratch AS {STAGE}\nCOPY . /\n"
_DEEP = 2  # names in a path of the machine that a person would name as the place of an output


def with_export(project: Project, outcome: Outcome) -> Outcome:
    """The outcome with the build that leaves on the host what the script leaves there, in every world that has it."""
    found = [_exported(project, world, outcome) for world in outcome.worlds]
    worlds = tuple(item.world for item in found)
    notes = tuple(dict.fromkeys(note for item in found for note in item.notes))
    return replace(outcome, worlds=worlds, diagnostics=(*outcome.diagnostics, *notes))


@dataclass(frozen=True)
class _Exported:
    world: World
    notes: tuple[Diagnostic, ...] = ()


def _exported(project: Project, world: World, outcome: Outcome) -> _Exported:
    effects = extracted(world)
    if not effects:
        return _Exported(world)
    span = effects[-1].span
    workspace = files_left(world)
    landed = frozenset(effect.path for effect in effects)
    whole = _taken(workspace.root, "", landed, outcome)
    packed = tuple(_packed(workspace.root, "", outcome))
    if whole is None:
        where = packed[0][1].span if packed else span
        return _Exported(world, (rules.EXPORT_NOTHING.at(where),))
    path, missing = _place(project, whole, outcome)
    tree = Workspace(whole).find(path)
    if not isinstance(tree, Folder) or (missing and path.count("/") < _DEEP):
        return _Exported(world, (rules.EXPORT_PLACES.at(span),))
    notes = [rules.EXPORT_PACKED.at(node.span, path=_shown(place, outcome)) for place, node in packed]
    if any(not _holds(tree, image, inner) for _, node in packed for image, inner in origins_in(node.tree)):
        return _Exported(world, (rules.EXPORT_NOTHING.at(packed[0][1].span),))
    built = Built(
        number=world.state.counter + 1,
        span=span,
        recipe=Source(span.file, _RECIPE),
        recipe_path=None,
        context=Context(tree, None),
        arguments=(),
        target=None,
        names=dict(world.state.images),
        output=Output(path.removeprefix(outcome.root).lstrip("/") or ".", missing=missing),
    )
    notes.append(rules.EXPORTED.at(span))
    return _Exported(replace(world, effects=(*world.effects, ImageBuilt(span, built))), tuple(notes))


def files_left(world: World) -> Workspace:
    """The host's files at the end of a script, as they were before a command that nothing is known of changed them.

    What that command makes of them is the script's own business; what came out of an image later is there as well.
    """
    workspace = world.workspace
    if workspace.before is None:
        return workspace
    found = replace(workspace.before, copied=0)  # no more can be put back than was made
    for effect in extracted(world):
        node = workspace.find(effect.path)
        if isinstance(node, Carried | Folder) and any(True for _ in images_in(node)):
            found = found.put(effect.path, node)
    return found


def left_behind(world: World, outcome: Outcome, units: Sequence[Unit]) -> list[Diagnostic]:
    """What stays on the host out of images and reached no build: a person may want it, and it is not left any more.

    The host's own copies of artifacts are not among it: those are what the conversion is there to do away with.
    """
    if any(unit.built.output is not None for unit in units):
        return []
    taken = [
        f"{unit.built.context.path or outcome.root}/{piece.path}".rstrip("/")
        for unit in units
        for resolution in unit.resolutions.values()
        for piece in resolution.pieces
    ]
    used = _all_origins([node for unit in units for found in unit.resolutions.values() for node in found.nodes])
    effects = {effect.path: effect.span for effect in extracted(world)}
    found = {}
    for path, node in _of_images(files_left(world).root, "", outcome):
        on_the_way = not isinstance(node, Packed) and (node.image, node.path) in used
        if isinstance(node, Overlay) and path not in effects:
            continue  # a mounted folder, which the script has not asked for by name
        if not on_the_way and not any(_touch(path, other) for other in taken):
            found[path] = effects.get(path, node.span)
    return [rules.LEFT_ON_HOST.at(span, path=_shown(path, outcome)) for path, span in found.items()]


def _touch(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _of_images(folder: Folder, path: str, outcome: Outcome) -> Iterator[tuple[str, Carried | Packed | Overlay]]:
    """What came out of images below a folder of the checkout, by its path."""
    for layer in folder.layers:
        if isinstance(layer, Overlay):
            yield path, layer
    for name, node in known_names(folder).items():
        there = f"{path}/{name}"
        if isinstance(node, Folder) and node.origin is None and not _is_passing(name, outcome.symbols):
            yield from _of_images(node, there, outcome)
        elif isinstance(node, Carried | Packed) and there.startswith(outcome.root) and any(images_in(node)):
            yield there, node


def _taken(node: Node | None, path: str, landed: frozenset[str], outcome: Outcome) -> Folder | None:
    """The part of a folder that came out of images, and what the script put over it; None when there is no such."""
    if not isinstance(node, Folder) or node.origin is not None:
        return None
    layers: list[Entries | Overlay] = []
    covered = False
    for layer in node.layers:
        if isinstance(layer, Overlay):
            layers.append(layer)
            covered = True
            continue
        names: dict[str, Node | None] = {}
        for name, below in layer.names.items():
            there = f"{path}/{name}"
            if covered or isinstance(below, Carried) or (isinstance(below, Mystery) and there in landed):
                names[name] = below
            elif not _is_passing(name, outcome.symbols):
                folder = _taken(below, there, landed, outcome)
                if folder is not None:
                    names[name] = folder
        layers.append(Entries(names))
    kept = any(isinstance(layer, Overlay) or layer.names for layer in layers)
    return Folder(tuple(layers), None, node.mode) if kept else None


def _is_passing(name: str, symbols: Symbols) -> bool:
    """Whether a name is that of a volume, or of a folder that `mktemp` made: nothing that is left for anybody."""
    return name.startswith("volume:") or any(
        is_symbol(c) and symbols[c].kind is SymbolKind.PLACE and symbols[c].name != "root" for c in name
    )


def _place(project: Project, whole: Folder, outcome: Outcome) -> tuple[str, bool]:
    """The folder to write into, and whether it has to be made first: it is outside, or the shell knows its name."""
    path, folder = "", whole
    while len(folder.layers) == len(known_names(folder)) == 1:
        name, below = next(iter(known_names(folder).items()))
        if not isinstance(below, Folder) or below.mode != 0o755:
            break
        path, folder = f"{path}/{name}", below
    inner = path.removeprefix(outcome.root).lstrip("/")
    if not path.startswith(outcome.root) or not is_known(inner):
        return path, True
    while inner not in project.folders:
        inner = posixpath.dirname(inner)
    return posixpath.join(outcome.root, inner).rstrip("/"), False


def _packed(node: Node | None, path: str, outcome: Outcome) -> Iterator[tuple[str, Packed]]:
    """The archives that the script made on the host of what came out of images."""
    if isinstance(node, Packed) and any(True for _ in images_in(node)):
        yield path, node
    elif isinstance(node, Folder) and node.origin is None:
        for name, below in known_names(node).items():
            if not _is_passing(name, outcome.symbols):
                yield from _packed(below, f"{path}/{name}", outcome)


def _all_origins(nodes: Sequence[Node]) -> set[tuple[Image, str]]:
    """Where the content of some trees came from, and what it was before work on the host changed it."""
    found: set[tuple[Image, str]] = set()
    pending = list(nodes)
    while pending:
        node = pending.pop()
        for origin in origins_in(node.tree if isinstance(node, Packed) else node):
            if origin in found:
                continue
            found.add(origin)
            image = origin[0]
            while isinstance(image, Extended):
                pending.extend(step.node for step in image.steps if isinstance(step, CopyStep))
                image = image.base
    return found


def _holds(tree: Folder, image: Image, path: str) -> bool:
    """Whether what stands at a path of an image is part of a tree."""
    return any(
        image is one and (path == other or path.startswith(other.rstrip("/") + "/")) for one, other in origins_in(tree)
    )


def _shown(path: str, outcome: Outcome) -> str:
    text = path.removeprefix(outcome.root).lstrip("/")
    return "".join("*" if is_symbol(character) else character for character in text)


__all__ = ["STAGE", "files_left", "left_behind", "with_export"]
