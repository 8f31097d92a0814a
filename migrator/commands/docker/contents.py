"""What can be known of an image from its Dockerfile alone: entry point, command, files of the checkout in it."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrator.commands.docker.naming import key_of
from migrator.dockerfile.copy import as_copy
from migrator.dockerfile.evaluate import BaseImage, Build, global_scope, image_of, parent_stage, stage_scope
from migrator.dockerfile.expand import ExpansionError, expand
from migrator.dockerfile.parse import parse
from migrator.trace.images import Built, ConfigStep, CopyStep, Extended, External, RunStep, root_of
from migrator.trace.origins import images_in
from migrator.trace.workspace import Carried, Folder, Node, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.dockerfile.evaluate import State
    from migrator.dockerfile.syntax import Dockerfile, Instruction, Stage
    from migrator.trace.images import Image, Step

SHELL = ("/bin/sh", "-c")


@dataclass(frozen=True)
class Process:
    """What an image runs: each None where the Dockerfile does not say and the base is not the script's own.

    `shell` is what SHELL says: the shell of RUN and of the shell forms, here and in what continues the image.
    """

    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    known: bool = False
    shell: tuple[str, ...] = SHELL


def target_stage(built: Built, dockerfile: Dockerfile) -> Stage | None:
    """The stage that a build ends with."""
    if built.target is not None:
        for stage in dockerfile.stages:
            if stage.name == built.target.lower() or str(stage.index) == built.target:
                return stage
        return None
    return dockerfile.stages[-1] if dockerfile.stages else None


def is_bare(image: Image) -> bool:
    """Whether an image starts from nothing and runs nothing, so that it has no shell as far as can be seen."""
    root = root_of(image)
    if isinstance(root, External):
        return root.name == "scratch"
    dockerfile = parse(root.recipe)
    names = {stage.name: stage for stage in dockerfile.stages}
    stage = target_stage(root, dockerfile)
    while stage is not None and not any(found.keyword == "RUN" for found in stage.instructions):
        own = root.names.get(key_of(stage.image))
        below = names.get(stage.image.lower())
        if below is None or below.index >= stage.index:
            return is_bare(own) if own is not None else stage.image == "scratch"
        stage = below
    return False


def arguments_of(built: Built) -> dict[str, str]:
    """The build args whose value the script gives."""
    return {name: value for name, value in built.arguments if value is not None}


def end_state(image: Image) -> State | None:
    """Environment, folder and user at the end of an image's own Dockerfile; None for an image of somebody else."""
    if isinstance(image, Extended):
        return end_state(image.base)
    if not isinstance(image, Built):
        return None
    dockerfile = parse(image.recipe)
    stage = target_stage(image, dockerfile)
    if stage is None:
        return None
    return stage_scope(dockerfile, stage.index, Build(arguments_of(image), lambda name: base_image(image, name))).end


def base_image(built: Built, name: str) -> BaseImage:
    """What a base gives to a build: known for the script's own images, empty for those of others."""
    own = built.names.get(key_of(name))
    state = end_state(own) if own is not None else None
    return BaseImage(state.env, state.workdir, state.user) if state else BaseImage()


def process_of(image: Image) -> Process:
    """Entry point and command of an image, followed through the images that the script made."""
    if isinstance(image, Extended):
        found = process_of(image.base)
        return replace(found, shell=SHELL) if any(map(_makes_it_sh, image.steps)) else found
    if not isinstance(image, Built):
        return Process()
    dockerfile = parse(image.recipe)
    stage = target_stage(image, dockerfile)
    return _process(image, dockerfile, stage) if stage is not None else Process()


def _makes_it_sh(step: Step) -> bool:
    """Whether a stage with this step has the usual shell from there on."""
    return isinstance(step, RunStep) or (isinstance(step, ConfigStep) and step.instruction.startswith("SHELL "))


def _process(built: Built, dockerfile: Dockerfile, stage: Stage) -> Process:
    build = Build(arguments_of(built))
    scope = global_scope(dockerfile, build)
    parent = parent_stage(dockerfile, stage, scope)
    if parent is not None:
        found = _process(built, dockerfile, parent)
    else:
        name = image_of(stage, scope, dockerfile.escape)
        own = built.names.get(key_of(name))
        found = process_of(own) if own is not None else Process(known=name == "scratch")
    entrypoint, command, shell = found.entrypoint, found.command, found.shell
    for instruction in stage.instructions:
        if instruction.keyword == "SHELL":
            shell = tuple(argument.text for argument in instruction.arguments)
        elif instruction.keyword == "ENTRYPOINT":
            entrypoint, command = _words(instruction, shell), None
        elif instruction.keyword == "CMD":
            command = _words(instruction, shell)
    return Process(entrypoint, command, found.known or command is not None or entrypoint is not None, shell)


def _words(instruction: Instruction, shell: tuple[str, ...]) -> tuple[str, ...]:
    if instruction.json:
        return tuple(argument.text for argument in instruction.arguments)
    return (*shell, instruction.value)


# --- files of the checkout inside an image --------------------------------------------------------------------------


def file_in(image: Image, path: str) -> Node | None:
    """The file of the workspace that certainly stands at `path` of an image, or None."""
    if isinstance(image, Extended):
        for step in reversed(image.steps):
            if isinstance(step, CopyStep) and _covers(step.destination, path):
                return _below(step.node, posixpath.relpath(path, step.destination))
            if isinstance(step, RunStep) and posixpath.basename(path) in step.text:
                return None
        return file_in(image.base, path)
    if not isinstance(image, Built):
        return None
    dockerfile = parse(image.recipe)
    stage = target_stage(image, dockerfile)
    return _file_in_stage(image, dockerfile, stage, path) if stage is not None else None


# What copies all of a folder, or unpacks, and so puts there what it does not name.
_FILLS = re.compile(
    r"(?:^|[\s/;&|(])(?:cp\s[^;&|]*-[a-zA-Z]*[rRa]|(?:cp|mv)\s[^;&|]*\*|(?:bsd)?tar\s|unzip\s|rsync\s|cpio\s|git\s)"
)


def _may_put(step: RunStep, path: str) -> bool:
    """Whether a command names what stands at a path, or puts into folders what it does not name."""
    return posixpath.basename(path) in step.text or _FILLS.search(step.text) is not None


def _covers(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _below(node: Node, relative: str) -> Node | None:
    if relative == ".":
        return node
    if isinstance(node, Folder):
        found = Workspace(node).find("/" + relative)
        return found if isinstance(found, Node) else None
    return None


def _file_in_stage(built: Built, dockerfile: Dockerfile, stage: Stage, path: str) -> Node | None:
    states = stage_scope(
        dockerfile, stage.index, Build(arguments_of(built), lambda name: base_image(built, name))
    ).states
    found: Node | None = None
    for instruction, state in zip(stage.instructions, states, strict=True):
        if instruction.keyword == "RUN" and posixpath.basename(path) in instruction.text:
            found = None
        copy = as_copy(instruction)
        if copy is None or copy.from_ is not None:
            continue
        for source in copy.sources:
            node = _copied(built, (source.text, copy.destination.text), state, path, dockerfile.escape)
            found = node if node is not None else found
    return found


def _copied(built: Built, operands: tuple[str, str], state: State, path: str, escape: str) -> Node | None:
    """The node that COPY puts at `path`, for a source that is a single file or folder."""
    try:
        source, destination = (expand(text, state.variables.get, escape) for text in operands)
    except ExpansionError:
        return None
    tree = built.context.tree
    if not isinstance(tree, Folder):
        return None
    node = Workspace(tree).find(posixpath.normpath("/" + source))
    place = posixpath.normpath(posixpath.join(state.workdir, destination))
    if isinstance(node, Folder):
        if not _covers(place, path):
            return None
        return _below(node, posixpath.relpath(path, place))
    if isinstance(node, Carried) or not isinstance(node, Node):
        return None
    if destination.endswith("/") or destination in (".", "./", "..") or place == state.workdir:
        place = posixpath.join(place, posixpath.basename(source))
    return node if place == path else None


def shown(words: tuple[str, ...]) -> str:
    """Words of a process as shell text."""
    return shlex.join(words)


# --- what commands did to a path ------------------------------------------------------------------------------------


def makes_below(image: Image, target: str) -> bool:
    """Whether a Dockerfile of the script may make something at or below a path; a bare WORKDIR leaves it empty."""
    target = target.rstrip("/") or "/"
    while isinstance(image, Extended):
        image = image.base
    if not isinstance(image, Built):
        return False
    dockerfile = parse(image.recipe)
    build = Build(arguments_of(image), lambda name: base_image(image, name))
    return any(
        instruction.keyword in ("RUN", "COPY", "ADD")
        and (target in instruction.text or f"{state.workdir}/".startswith(f"{target}/"))
        for stage in dockerfile.stages
        for instruction, state in zip(
            stage.instructions, stage_scope(dockerfile, stage.index, build).states, strict=True
        )
    )


_SPECIAL = re.compile(
    r"\bchmod\s+(-\S+\s+)*(0?[1-7][0-7]{3}\b|[ugoa]*[+=][rwxX]*[st])|\b(install|mkdir)\s.*-m\s*0?[1-7][0-7]{3}\b"
)


_PART = re.compile(r"&&|\|\||[;|\n]")
_TO_THE_LAST = frozenset({"cp", "mv", "ln"})
_COPIERS = _TO_THE_LAST | {"tar", "rsync", "cpio"}
# Bits that the usual umask takes from a copy: writing for the group, or for all.
_SHARED = re.compile(
    r"\bchmod\s+(-\S+\s+)*(0?[0-7]?[0-7](?:[2367][0-7]|[0-7][2367])\b|u?[goa]+u?[+=][rxXst]*w)|\bumask\s+0?0?[01]?[0-7]\b|"
    r"\b(install|mkdir)\s.*-m\s*0?[0-7]?[0-7](?:[2367][0-7]|[0-7][2367])\b"
)


def sets_special_bits(image: Image, path: str) -> bool:
    """Whether a command that made an image may have set a set-uid, set-gid or sticky bit at or below a path.

    Something that is copied there within the image may bring such a bit along.
    """
    return _sets_bits(image, path, _SPECIAL)


def sets_shared_bits(image: Image, path: str) -> bool:
    """The same for the bits that the usual umask takes from what is copied."""
    return _sets_bits(image, path, _SHARED)


def _sets_bits(image: Image, path: str, bits: re.Pattern[str]) -> bool:
    texts, brought = list(_commands_of(image)), list(_brought_to(image, path))
    if any(_sets(bits, text, path) for text in texts):
        return True
    if any(_sets(bits, text, "/") for one in brought for text in _commands_of(one)):
        return True
    return any(_sets(bits, text, "/") for text in texts) and any(_is_copied_to(text, path) for text in texts)


def _brought_to(image: Image, path: str) -> Iterator[Image]:
    """The images out of which something was laid at, around or below a path of this one."""
    while isinstance(image, Extended):
        for step in image.steps:
            if isinstance(step, CopyStep) and _related(step.destination.rstrip("/") or "/", path, recursive=True):
                yield from images_in(step.node)
        image = image.base


def _commands_of(image: Image) -> Iterator[str]:
    """The text of every command that made an image, and the images of the script below it."""
    if isinstance(image, Extended):
        yield from (step.text for step in image.steps if isinstance(step, RunStep))
        yield from _commands_of(image.base)
    if isinstance(image, Built):
        dockerfile = parse(image.recipe)
        yield from (found.text for found in dockerfile.instructions if found.keyword == "RUN")
        for parent in {own for stage in dockerfile.stages if (own := image.names.get(key_of(stage.image))) is not None}:
            yield from _commands_of(parent)


def _is_copied_to(text: str, path: str) -> bool:
    """Whether a command puts something at, around or below a path; where a relative one leads is not known here."""
    for part in _PART.split(text):
        words = [word.strip("'\"()") for word in part.split()]
        copier = next((index for index, word in enumerate(words) if posixpath.basename(word) in _COPIERS), None)
        if copier is None:
            continue
        operands = [word.rstrip("/") or "/" for word in words[copier + 1 :] if word and not word.startswith("-")]
        if posixpath.basename(words[copier]) in _TO_THE_LAST and "-t" not in words:
            operands = operands[-1:]
        if any(not word.startswith("/") or _related(word, path, recursive=True) for word in operands):
            return True
    return False


def _sets(bits: re.Pattern[str], text: str, path: str) -> bool:
    for part in _PART.split(text):
        if not bits.search(part):
            continue
        named = [word.strip("'\"").rstrip("/") for word in part.split() if word.strip("'\"").startswith("/")]
        plain = named and not re.search(r"[$*?\[`]", part)
        if not plain or any(_related(word, path, recursive="-R" in part) for word in named):
            return True
    return False


def _related(word: str, path: str, *, recursive: bool) -> bool:
    return word == path or word.startswith(path.rstrip("/") + "/") or (recursive and path.startswith(word + "/"))


def is_unnamed(image: Image, path: str) -> bool:
    """Whether an image got the folder above a path from the checkout, which lacks it, and no command names it since."""
    while isinstance(image, Extended):
        for step in reversed(image.steps):
            if isinstance(step, RunStep) and _may_put(step, path):
                return False
            if isinstance(step, CopyStep) and _covers(step.destination, path):
                return (
                    isinstance(step.node, Folder)
                    and _below(step.node, posixpath.relpath(path, step.destination)) is None
                )
        image = image.base
    return False


def is_named(image: Image, name: str) -> bool:
    """Whether anything that makes an image of the script names such a file."""
    while isinstance(image, Extended):
        for step in image.steps:
            text = step.text if isinstance(step, RunStep) else ""
            text = step.destination if isinstance(step, CopyStep) else text
            if name in text:
                return True
        image = image.base
    return isinstance(image, Built) and name in image.recipe.text
