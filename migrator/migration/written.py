"""Files that the script writes: made in a stage of their own, so that a COPY can take each of them by its path.

What stands around such a file in the checkout is then copied as the folder that it is, also when files join it later.
"""

from __future__ import annotations

import itertools
import posixpath
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from migrator.commands.docker.contents import arguments_of
from migrator.commands.workshop import PLACE
from migrator.dockerfile.evaluate import Build, global_scope, image_of
from migrator.trace.images import CopyStep, Extended, External
from migrator.trace.symbols import is_symbol
from migrator.trace.workspace import Carried, Entries, Folder, Written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.migration.graph import Unit
    from migrator.trace.images import Image
    from migrator.trace.workspace import Node


@dataclass
class WrittenFiles:
    """The written files of all units that were asked for, in one stage that starts from `base`.

    `stage` is that stage as it is by now; without a base there is none, and no file is made.
    """

    base: External | None
    stage: Image | None = None
    made: dict[str, Written] = field(default_factory=dict)

    @classmethod
    def of(cls, units: Sequence[Unit]) -> WrittenFiles:
        """None yet, on the first base of these units that has a shell."""
        return cls(next((base for unit in units if (base := base_with_shell(unit)) is not None), None))

    def taken(self, node: Node, path: str) -> Node:
        """A tree in which each written file is one out of the stage; `path` is where the tree is in its context."""
        if isinstance(node, Written):
            return self._file(node, path)
        if not isinstance(node, Folder) or node.origin is not None:
            return node
        layers = tuple(
            Entries(
                {
                    name: below if below is None else self.taken(below, posixpath.join(path, name))
                    for name, below in layer.names.items()
                }
            )
            if isinstance(layer, Entries)
            else layer
            for layer in node.layers
        )
        return node if layers == node.layers else replace(node, layers=layers)

    def _file(self, node: Written, path: str) -> Node:
        if self.base is None:
            return node
        places = (f"{PLACE}{'' if number == 1 else f'-{number}'}/{path}" for number in itertools.count(1))
        # Another build may have seen another text under this path.
        place = next(place for place in places if self.made.setdefault(place, node) == node)
        return self._carried(node, place, self.base)

    def _carried(self, node: Written, place: str, base: External) -> Carried:
        known = self.stage
        while isinstance(known, Extended):
            step = known.steps[0]
            if isinstance(step, CopyStep) and step.destination == place:
                return Carried(known, place, node.span, "file")
            known = known.base
        step = CopyStep(node.span, node, place, source=True)
        self.stage = Extended(self.stage or base, (step,), workshop=True)
        return Carried(self.stage, place, node.span, "file")


def base_with_shell(unit: Unit) -> External | None:
    """Somebody else's image that the unit's own Dockerfile starts from and runs a shell in."""
    dockerfile = unit.dockerfile
    scope = global_scope(dockerfile, Build(arguments_of(unit.built)))
    stages = {stage.name for stage in dockerfile.stages}
    for stage in dockerfile.stages:
        name = image_of(stage, scope, dockerfile.escape)
        runs = itertools.takewhile(lambda found: found.keyword != "SHELL", stage.instructions)
        shell = any(found.keyword == "RUN" and not found.json for found in runs)
        user = next((found.value for found in stage.instructions if found.keyword == "USER"), "")
        if user.split(":")[0] in ("root", "0"):
            continue  # so it is somebody else's in the base
        known = not any(character == "$" or is_symbol(character) for character in name)
        if shell and known and stage.platform is None and name not in unit.parents and name not in stages:
            return External(name)
    return None
