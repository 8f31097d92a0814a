"""Files that the old script left on the host, and that nothing makes any more when it is cut."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from migrator.repository.changes import changed_paths
from migrator.rules import repository as rules
from migrator.trace.render import legible
from migrator.trace.workspace import Folder, RepoFile, known_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.diagnostics import Diagnostic
    from migrator.interpret.run import Outcome, World
    from migrator.repository.passing import Passing
    from migrator.source import Span


def left_by(world: World, root: str) -> dict[str, Span | None]:
    """The files below the root that a run leaves beside those of the checkout, each with the command that made it."""
    start = world.ran[0].before.workspace if world.ran else world.workspace
    found: dict[str, Span | None] = {}
    for path in changed_paths(start.root, world.workspace.root):
        if path.startswith(f"{root}/"):
            found.update(_files(world, path, world.workspace.find(path)))
    return found


def _files(world: World, path: str, node: object) -> Iterator[tuple[str, Span | None]]:
    if isinstance(node, Folder) and len(node.layers) == 1:
        for name, below in known_names(node).items():
            yield from _files(world, f"{path}/{name}", below)
    elif node is not None and not isinstance(node, RepoFile):
        moments = (
            (ran.before.workspace.find(path), ran.after.workspace.find(path), ran.span) for ran in world.ran[::-1]
        )
        yield path, next((span for before, after, span in moments if before is None and after is not None), None)


def tasks(passing: Passing, outcome: Outcome, again: Outcome) -> Iterator[Diagnostic]:
    """What the old script leaves on the host beside what it passed on, and no way through the new one makes."""
    old = left_by(passing.world, outcome.root)
    new = [world.workspace for world in again.worlds]
    made = {legible(posixpath.relpath(path, again.root), again.symbols)
            for world in again.worlds for path in left_by(world, again.root)}  # fmt: skip
    for path, span in old.items():
        name = legible(posixpath.relpath(path, outcome.root), outcome.symbols)
        there = f"{again.root}/{name}"
        passed = any(path == one or path.startswith(f"{one}/") for one in passing.direct)
        known = passed or any(passing.is_id_file(ran, path) for ran in passing.world.ran[-1:])
        if not known and name not in made and not any(workspace.find(there) is not None for workspace in new):
            yield rules.NOT_LEFT.at(span, path=name)


__all__ = ["left_by", "tasks"]
