"""ONBUILD of the script's own base images: what they trigger, as instructions of the build that they fire in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.commands.docker.contents import target_stage
from migrator.commands.docker.naming import key_of
from migrator.dockerfile.evaluate import Build, global_scope, image_of
from migrator.dockerfile.parse import parse
from migrator.trace.images import Built, root_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.dockerfile.syntax import Instruction
    from migrator.source import Source
    from migrator.trace.images import Image


def triggers_of(image: Image) -> tuple[Instruction, ...]:
    """The ONBUILD instructions that an image of the script carries; a commit of its container carries them as well."""
    root = root_of(image)
    if not isinstance(root, Built):
        return ()
    stage = target_stage(root, parse(root.recipe))
    return tuple(found for found in (stage.instructions if stage else ()) if found.keyword == "ONBUILD")


def with_triggers(recipe: Source, arguments: Mapping[str, str], images: Mapping[str, Image]) -> Source:
    """A Dockerfile with what its bases trigger behind each FROM.

    Measured on both builders: the triggers of a base run first, with the context and the build args of the build that
    names it, and the new image carries none of them.
    """
    dockerfile = parse(recipe)
    scope = global_scope(dockerfile, Build(arguments))
    text, guests, shift = recipe.text, list(recipe.guests), 0
    for stage in dockerfile.stages:
        name = image_of(stage, scope, dockerfile.escape)
        base = images.get(key_of(name))
        if base is None or any(other.name == name.lower() for other in dockerfile.stages[: stage.index]):
            continue
        lines = [found.inner.span.text for found in triggers_of(base) if found.inner is not None]
        if not lines:
            continue
        end = stage.origin.span.end + shift
        added = "".join(f"\n{line}" for line in lines)
        text, shift = text[:end] + added + text[end:], shift + len(added)
        guests.append((stage.origin.span.end_line, added.count("\n")))
    return replace(recipe, text=text, guests=tuple(guests)) if shift else recipe
