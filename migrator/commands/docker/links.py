"""The links that an image's own Dockerfile makes, as far as its text shows them."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.commands.docker.contents import arguments_of, base_image, target_stage
from migrator.dockerfile.evaluate import Build, stage_scope
from migrator.dockerfile.parse import parse
from migrator.trace.images import Built, Extended, RunStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.trace.images import Image

_SEPARATORS = re.compile(r"&&|\|\||[;|\n]")
_FOLDER = re.compile(r"\s*cd\s+([^\s;&|]+)\s*")
_LINKING = re.compile(r"\bln\s+(?:-[a-zA-Z]*s[a-zA-Z]*|--symbolic)\s+(?:-\w+\s+)*(\S+)\s+([^\s;&|]+)")
_HARD = re.compile(
    r"\bln\s+(?!-[a-zA-Z]*s|--symbolic|-\S+\s+(?:-[a-zA-Z]*s|--symbolic))|\bcp\s+(?:-\S+\s+)*(?:-[a-zA-Z]*l|--link)"
)
TWO_NAMES = "a hard link is one file under two names, and a change under one of them is one under the other as well"
_UNKNOWN = re.compile(r"[$`'\"*]")


def links_of(image: Image) -> Iterator[tuple[str, str]]:
    """Path and target of each link that a RUN of the image's stage makes, where both stand there in plain text."""
    while isinstance(image, Extended):
        image = image.base
    if not isinstance(image, Built):
        return
    built = image
    dockerfile = parse(built.recipe)
    stage = target_stage(built, dockerfile)
    if stage is None:
        return
    build = Build(arguments_of(built), lambda name: base_image(built, name))
    states = stage_scope(dockerfile, stage.index, build).states
    for instruction, state in zip(stage.instructions, states, strict=True):
        if instruction.keyword == "RUN":
            yield from _links_in(instruction.text, state.workdir)


def _links_in(text: str, folder: str) -> Iterator[tuple[str, str]]:
    for part in _SEPARATORS.split(text.replace("\\\n", " ")):
        moved = _FOLDER.fullmatch(part)
        if moved:
            folder = posixpath.join(folder, moved[1])
        for target, place in _LINKING.findall(part):
            whole = posixpath.join(place, posixpath.basename(target)) if place.endswith("/") or place == "." else place
            if not _UNKNOWN.search(target + folder + place):
                yield posixpath.normpath(posixpath.join("/", folder, whole)), target


def makes_hard_links(image: Image) -> bool:
    """Whether a command that made an image gives a file a second name: what changes it under one changes both."""
    while isinstance(image, Extended):
        if any(isinstance(step, RunStep) and _HARD.search(step.text) for step in image.steps):
            return True
        image = image.base
    if not isinstance(image, Built):
        return False
    runs = (found for found in parse(image.recipe).instructions if found.keyword == "RUN")
    return any(_HARD.search(found.text) for found in runs)


def link_target(image: Image, path: str) -> str | None:
    """Where the symbolic link at a path of an image leads, when a command of its Dockerfile makes it there."""
    return next((target for place, target in links_of(image) if place == path), None)


def climbing_link(image: Image, folder: str, top: str) -> tuple[str, str] | None:
    """A relative link below a folder that leads out of `top`, the part of the image's paths that the copy has."""
    for place, target in links_of(image):
        if target.startswith("/") or not place.startswith(folder.rstrip("/") + "/"):
            continue
        leads = posixpath.join(posixpath.relpath(posixpath.dirname(place), top), target)
        if posixpath.normpath(leads).startswith(".."):
            return place, target
    return None
