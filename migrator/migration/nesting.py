"""The mode of a folder that `docker cp` nests into another one, where COPY alone would give it 0755.

Measured: what COPY makes of a source folder is always 0755, while a folder *inside* the source keeps its mode.
So a nested folder of another mode must come as the content of a folder that was laid out around it in a stage.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from migrator.commands.docker.kinds import kind_of
from migrator.commands.docker.links import link_target
from migrator.commands.workshop import PLACE
from migrator.dockercli.names import normal_image
from migrator.dockerfile.parse import parse
from migrator.migration.quoting import quoted
from migrator.trace.images import Built, Extended, External, RunStep
from migrator.trace.symbols import is_known
from migrator.trace.workspace import Carried, Entries, Folder, Mystery, Overlay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.project import Project
    from migrator.trace.images import Image
    from migrator.trace.workspace import Node

# Commands that may give a folder another mode than 0755. `chmod +x`, `a+rx` and 755 are not among them.
_MODES = re.compile(
    r"\bchmod\s+(?!(-R\s+|-v\s+|-f\s+)*(a|u|ug|ugo|go)?\+[rxX]+\s)(?!(-R\s+|-v\s+|-f\s+)*0?755\s)"
    r"|\bumask\b|\bmkdir\s[^;&|]*-m|\bmkdir\s[^;&|]*--mode|\binstall\b\s[^;&|]*(-m|--mode)"
    r"|\bmktemp\s[^;&|]*-d|\btar\s+-?[a-zA-Z]*x|\bunzip\b|\bcp\s+-[a-zA-Z]*[ap]|\brsync\b|\bsetfacl\b|os\.chmod|fs\.chmod"
)
HELD = f"{PLACE}-nested/"
# Folders of a base image that are not 0755.
_PRIVATE = frozenset({"/root", "/tmp", "/var/tmp", "/run/lock", "/etc/ssl/private", "/lost+found"})
_SCRIPTS = re.compile(r"(\.(sh|bash|mk|py|js|gradle)|(^|/)([Mm]akefile|GNUmakefile|Rakefile|configure))$")


def keeps_mode(project: Project, image: Image, path: str) -> bool:
    """Whether COPY gives what stands at `path` of an image the mode that it has: a file, or a folder of mode 0755.

    A folder is taken for 0755 when nothing that makes the image sets modes; that is what mkdir gives.
    """
    if path.rstrip("/") in _PRIVATE:
        return False
    if kind_of(image, path) == "file":
        return True
    return not any(_MODES.search(text + "\n") for text in _commands(project, image))


def is_link(node: Carried) -> bool:
    """Whether a symbolic link came out of an image as a link: in a folder it stays one, where COPY would follow it."""
    return not node.follow and link_target(node.image, node.path) is not None


def _commands(project: Project, image: Image) -> Iterator[str]:
    """The text of everything that may have run to make an image."""
    while isinstance(image, Extended):
        for step in image.steps:
            if isinstance(step, RunStep):
                yield step.text
        image = image.base
    if isinstance(image, External):
        return
    yield from _built(project, image, set())


def _built(project: Project, image: Built, seen: set[int]) -> Iterator[str]:
    if image.number in seen:
        return
    seen.add(image.number)
    dockerfile = parse(image.recipe)
    for instruction in dockerfile.instructions:
        if instruction.keyword in ("RUN", "ONBUILD", "CMD", "ENTRYPOINT"):
            yield instruction.text
    for path in project.files:
        if _SCRIPTS.search(path) and any(posixpath.basename(path) in i.value for i in dockerfile.instructions):
            yield project.text(path) or ""
    if any(re.search(r"\bmake\b", i.value) for i in dockerfile.instructions):
        for path in project.files:
            if posixpath.basename(path).lower() in ("makefile", "gnumakefile"):
                yield project.text(path) or ""
    for name in {stage.image for stage in dockerfile.stages}:
        base = image.names.get(normal_image(name))
        if isinstance(base, Built):
            yield from _built(project, base, seen)


def held(node: Carried, name: str) -> Overlay:
    """A folder of a stage in which it lies under `name`: a copy of that folder's content keeps its mode."""
    place = f"{HELD}{own_folder(node.image, node.path)}"
    # What a variable in a path ends in is for `cp` to see.
    target = place if name == posixpath.basename(node.path) and not is_known(name) else f"{place}{quoted(name)}"
    line = f"mkdir -p {place} && cp -a {quoted(node.path)} {target}"
    image = Extended(node.image, (RunStep(node.span, line=line, user="root"),), workshop=True)
    return Overlay(image, place, node.span)


def own_folder(image: Image, path: str) -> str:
    """A folder's name, with a slash behind it, that is that path's own: all that is taken of a workshop shares a stage.

    Empty where the work gets a stage of its own.
    """
    if not isinstance(image, Extended) or not image.workshop:
        return ""
    inner = path.removeprefix(PLACE).strip("/")
    plain = re.fullmatch("[A-Za-z0-9._/]+", inner) is not None
    return f"{inner.replace('/', '-') if plain else quote(inner, safe='').replace('-', '%2D')}/"


def with_modes(project: Project, node: Node) -> Node:
    """The tree with each folder whose mode COPY would lose as the content of a folder laid out around it."""
    if not isinstance(node, Folder) or node.origin is not None:
        return node
    layers: list[Entries | Overlay] = []
    for layer in node.layers:
        if isinstance(layer, Overlay):
            layers.append(layer)
            continue
        lost = {name: below for name, below in layer.names.items() if below is not None and loses_mode(project, below)}
        kept = {
            name: with_modes(project, below) if below is not None else None
            for name, below in layer.names.items()
            if name not in lost
        }
        layers.append(Entries(kept))
        for name, below in sorted(lost.items()):
            layers.extend(apart(project, below, name))
    return Folder(tuple(layers), None, node.mode)


def loses_mode(project: Project, node: Node) -> bool:
    """Whether a COPY of its own would not give a folder out of an image the mode that it has."""
    if isinstance(node, Carried):
        return is_link(node) or (node.kind != "file" and not keeps_mode(project, node.image, node.path))
    return isinstance(node, Folder) and any(sets_mode(project, node, index) for index in range(len(node.layers)))


def sets_mode(project: Project, node: Folder, index: int) -> bool:
    """Whether a layer gives its folder a mode that COPY would lose: that of the image's folder."""
    layer = node.layers[index]
    return isinstance(layer, Overlay) and (layer.mode or not index) and not keeps_mode(project, layer.image, layer.path)


def any_loses_mode(project: Project, node: Node) -> bool:
    """Whether a folder, or one that stands in it by name, has a mode that COPY would lose."""
    if loses_mode(project, node):
        return True
    if not isinstance(node, Folder) or node.origin is not None:
        return False
    entries = [layer for layer in node.layers if isinstance(layer, Entries)]
    return any(below is not None and any_loses_mode(project, below) for e in entries for below in e.names.values())


def without_mode(node: Node) -> Node:
    """The same folder as the source of a COPY, which has no use for its own mode; a link as what it leads to."""
    if isinstance(node, Carried):
        return replace(node, follow=True)
    if not isinstance(node, Folder) or node.origin is not None:
        return node
    layers = tuple(replace(layer, mode=False) if isinstance(layer, Overlay) else layer for layer in node.layers)
    return Folder((Entries({}), *layers) if layers and isinstance(layers[0], Overlay) else layers, None, 0o755)


def apart(project: Project, node: Node, name: str) -> Iterator[Entries | Overlay]:
    """A folder that must not be copied by itself, as the content of folders around it and what lies between them."""
    if isinstance(node, Carried):
        yield held(node, name)
        return
    if not isinstance(node, Folder):
        return
    between: list[Entries | Overlay] = []
    for index, layer in enumerate(node.layers):
        if isinstance(layer, Overlay) and sets_mode(project, node, index):
            yield from _between(node, between, name)
            between = []
            yield held(Carried(layer.image, layer.path, layer.span), name)
        else:
            between.append(layer)
    yield from _between(node, between, name)


def _between(node: Folder, layers: list[Entries | Overlay], name: str) -> Iterator[Entries]:
    """What lies over a folder that has come already; a name that is taken out again cannot be said by a COPY."""
    span = next(layer.span for layer in node.layers if isinstance(layer, Overlay))
    if any(isinstance(layer, Entries) and None in layer.names.values() for layer in layers):
        yield Entries({name: Mystery(span, "a part is taken out of a folder whose mode has to be kept")})
    elif layers:
        yield Entries({name: Folder((Entries({}), *layers))})
