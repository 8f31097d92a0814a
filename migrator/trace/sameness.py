"""Whether two ways through a script came to the same: what images and trees are made of, as values to compare.

Images and folders compare by identity, since each stands for one moment of a run. Two runs that part at a condition
have objects of their own; here they are told apart by what is in them, and by nothing else (no numbers, no spans).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.trace.images import Built, ConfigStep, CopyStep, Extended, External, RunStep
from migrator.trace.workspace import Carried, Entries, Folder, Link, Mystery, Overlay, Packed, RepoFile, Written

if TYPE_CHECKING:
    from migrator.trace.images import Image, Step
    from migrator.trace.workspace import Node

Print = tuple[object, ...]


class Prints:
    """Prints of images and trees; equal prints mean that both are made of the same. One object is looked at once."""

    def __init__(self) -> None:
        self._seen: dict[int, tuple[object, Print]] = {}  # the object is kept, so that its id stays its own
        self._numbers: dict[Print, int] = {}

    def image(self, image: Image) -> Print:
        """The print of an image."""
        return self._once(image)

    def tree(self, node: Node | None) -> Print:
        """The print of something in a workspace or a context."""
        return self._once(node)

    def _once(self, thing: Image | Node | None) -> Print:
        found = self._seen.get(id(thing))
        if found is None:
            made = self._made(thing)
            # A number in its place keeps prints flat, however deep images are chained.
            short = (self._numbers.setdefault(made, len(self._numbers)),)
            found = self._seen[id(thing)] = (thing, short)
        return found[1]

    def _made(self, thing: Image | Node | None) -> Print:
        match thing:
            case External():
                return ("external", thing.name)
            case Built():
                context = (self._once(thing.context.tree), thing.context.path, thing.context.owners)
                given = (thing.arguments, thing.target, thing.tags, thing.labels, thing.flags)
                names = tuple(sorted((name, self._once(image)) for name, image in thing.names.items()))
                return ("built", thing.recipe.text, context, given, names)
            case Extended():
                steps = tuple(self._step(step) for step in thing.steps)
                return ("extended", self._once(thing.base), steps, thing.workshop)
            case RepoFile():
                return ("file", thing.path, thing.executable)
            case Link():
                return ("link", thing.target)
            case Written():
                return ("written", thing.text, thing.mode)
            case Carried():
                return ("carried", self._once(thing.image), thing.path, thing.kind, thing.mode, thing.follow)
            case Packed():
                return ("packed", self._once(thing.tree), thing.compression, thing.owners)
            case Mystery():
                return ("mystery", thing.because, thing.what)
            case Folder():
                return self._folder(thing)
            case None:
                return ("nothing",)

    def _folder(self, folder: Folder) -> Print:
        if folder.origin is not None:
            return ("checkout", folder.origin)
        return ("folder", folder.mode, tuple(self._layer(layer) for layer in folder.layers))

    def _layer(self, layer: Entries | Overlay) -> Print:
        if isinstance(layer, Overlay):
            return ("overlay", self._once(layer.image), layer.path, layer.mode)
        return ("entries", *sorted((name, self._once(node)) for name, node in layer.names.items()))

    def _step(self, step: Step) -> Print:
        match step:
            case RunStep():
                how = (step.words, step.line, step.environment, step.folder, step.user)
                return ("run", how, step.input, step.output, step.touches, step.beyond, step.caches)
            case CopyStep():
                return ("copy", self._once(step.node), step.destination, step.owners)
            case ConfigStep():
                return ("config", step.instruction)
