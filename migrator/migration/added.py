"""Builds that no script holds, added to what the script does: those that the user names, and the export."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.commands.docker.naming import key_of
from migrator.errors import UsageError
from migrator.migration.export import files_left, with_export
from migrator.rules import plan as rules
from migrator.source import Source
from migrator.trace.effects import ImageBuilt
from migrator.trace.images import Built, Context
from migrator.trace.workspace import Carried, Folder, Overlay

if TYPE_CHECKING:
    from migrator.interpret.run import Outcome, World
    from migrator.migration.wishes import Runtime, Wishes
    from migrator.project import Project


def with_wishes(project: Project, outcome: Outcome, wishes: Wishes) -> Outcome:
    """The outcome of a script with the builds that the user asks for behind it.

    Raises UsageError for a Dockerfile or a context that is not there.
    """
    for runtime in wishes.runtimes:
        outcome = _with_runtime(project, outcome, runtime)
    return with_export(project, outcome) if wishes.export else outcome


def _with_runtime(project: Project, outcome: Outcome, runtime: Runtime) -> Outcome:
    path = posixpath.normpath(runtime.dockerfile)
    text = project.text(path)
    if text is None:
        raise UsageError(f"there is no Dockerfile {path} in the repository", "--runtime DOCKERFILE[:CONTEXT[:TAG]]")
    recipe = Source(path, text)
    worlds = tuple(_built_in(world, outcome.root, recipe, runtime) for world in outcome.worlds)
    note = rules.RUNTIME_NAMED.at(recipe.span(0, len(recipe.line_text(1))), file=path)
    return replace(outcome, worlds=worlds, diagnostics=(*outcome.diagnostics, note))


def _built_in(world: World, root: str, recipe: Source, runtime: Runtime) -> World:
    """The world with the build at its end, where the script was called and got as far as taking something out."""
    if not world.calls:
        return world
    place = posixpath.normpath(posixpath.join(root, runtime.context))
    workspace = files_left(world)
    tree = workspace.find(place)
    if isinstance(tree, Carried):
        tree = Folder((Overlay(tree.image, tree.path, tree.span),))
    if not isinstance(tree, Folder):
        raise UsageError(
            f"the context {runtime.context} is not a folder of a clean checkout, and the script makes none",
            "--runtime DOCKERFILE[:CONTEXT[:TAG]]",
        )
    span = recipe.span(0, len(recipe.line_text(1)))
    state = world.state.clone()
    built = Built(
        number=state.fresh(),
        span=span,
        recipe=recipe,
        recipe_path=recipe.name,
        context=Context(tree, place),
        arguments=(),
        target=None,
        names=dict(state.images),
        tags=(runtime.tag,) if runtime.tag else (),
    )
    if runtime.tag:
        state.images = {**state.images, key_of(runtime.tag): built}
    return replace(world, state=state, effects=(*world.effects, ImageBuilt(span, built)))
