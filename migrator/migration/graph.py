"""Which image feeds which: from the effects of one world to the images that matter, and those that are wanted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrator.commands.docker.contents import arguments_of, target_stage
from migrator.commands.docker.naming import key_of
from migrator.dockerfile.copy import as_copy
from migrator.dockerfile.evaluate import Build, global_scope, image_of, parent_stage
from migrator.dockerfile.parse import parse
from migrator.trace.effects import CarriedOut, ImageBuilt, ImagePushed, ImageTagged
from migrator.trace.images import Built, CopyStep, Extended, External
from migrator.trace.origins import images_in
from migrator.trace.workspace import Entries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from migrator.dockerfile.syntax import Dockerfile, Instruction
    from migrator.interpret.run import World
    from migrator.migration.pieces import Resolution
    from migrator.source import Span
    from migrator.trace.images import Image


@dataclass(frozen=True, eq=False)
class Unit:
    """One build of the script with its Dockerfile read, and every COPY of it resolved against its context.

    `resolutions` is by index of the instruction in `dockerfile.instructions`; `parents` gives the script's own
    image behind a FROM or `--from`, by the image's name as written and expanded.
    """

    built: Built
    dockerfile: Dockerfile
    resolutions: Mapping[int, Resolution]
    parents: Mapping[str, Image]

    @property
    def sources(self) -> Iterator[Image]:
        """The images that the build takes something from, as they are at that moment."""
        yield from self.parents.values()
        for resolution in self.resolutions.values():
            for piece in resolution.nodes:
                yield from images_in(piece)


@dataclass(frozen=True, eq=False)
class Wanted:
    """An image that the script leaves behind: the unit that makes it and the names that it ends with."""

    unit: Unit
    tags: tuple[str, ...]


def ancestors(image: Image) -> Iterator[Image]:
    """An image and everything that its own steps and bases take from, by following extensions only."""
    yield image
    if isinstance(image, Extended):
        yield from ancestors(image.base)
        for step in image.steps:
            if isinstance(step, CopyStep):
                for source in images_in(step.node):
                    yield from ancestors(source)


def stands_on_commit(built: Built) -> bool:
    """Whether a build's image continues one that `docker commit` made.

    Measured: that has the empty files that the engine mounts over in a container (`/etc/hosts`), and no build does.
    """
    dockerfile = parse(built.recipe)
    stage, scope = target_stage(built, dockerfile), global_scope(dockerfile, Build(arguments_of(built)))
    while stage is not None and (parent := parent_stage(dockerfile, stage, scope)) is not None:
        stage = parent
    base = built.names.get(key_of(image_of(stage, scope, dockerfile.escape))) if stage is not None else None
    return isinstance(base, Extended) or (isinstance(base, Built) and stands_on_commit(base))


def parents_of(built: Built, dockerfile: Dockerfile) -> dict[str, Image]:
    """The images of the script that FROM and `--from` name, as they were bound when the build ran."""
    found: dict[str, Image] = {}
    scope = global_scope(dockerfile, Build(arguments_of(built)))
    own = {stage.name for stage in dockerfile.stages if stage.name}
    for stage in dockerfile.stages:
        names = [image_of(stage, scope, dockerfile.escape)]
        for instruction in stage.instructions:
            copy = as_copy(instruction)
            if copy is not None and copy.from_:
                names.append(copy.from_)
        for name in names:
            image = built.names.get(key_of(name))
            if image is None or name.lower() in own:
                continue
            if not isinstance(image, External) or key_of(image.name) != key_of(name):
                found[name] = image
    return found


def effective(built: Built, dockerfile: Dockerfile) -> bool:
    """Whether the build's target exists in its Dockerfile."""
    return target_stage(built, dockerfile) is not None


def same_build(one: Unit, other: Unit) -> bool:
    """Whether two builds were given the same in everything but the names of the image."""

    def given(unit: Unit) -> tuple[object, ...]:
        built = unit.built
        pieces = tuple((i, p.path, p.node) for i, r in unit.resolutions.items() for p in r.pieces)
        return (
            built.recipe,
            built.arguments,
            built.target,
            built.labels,
            built.flags,
            pieces,
            tuple(unit.parents.items()),
        )

    return given(one) == given(other)


def is_continued(built: Built, units: Mapping[Built, Unit]) -> bool:
    """Whether an image that takes artifacts in is a base of other images, and nothing else: it is a runtime as well."""
    own = [piece for resolution in units[built].resolutions.values() for piece in resolution.nodes]
    if not any(True for piece in own for _ in images_in(piece)):
        return False
    copied = (piece for unit in units.values() for found in unit.resolutions.values() for piece in found.nodes)
    return not any(root is built for piece in copied for image in images_in(piece) for root in ancestors(image))


def repeats(one: Unit, units: Iterable[Unit]) -> Unit | None:
    """The other build that makes the image of `one` again, so that an image without a name need not be made for itself.

    `--quiet` is left out of account: it changes what is printed, not what is made.
    """

    def plain(unit: Unit) -> Unit:
        return replace(unit, built=replace(unit.built, flags=tuple(f for f in unit.built.flags if f[0] != "quiet")))

    mine = plain(one)
    others = (other for other in units if other is not one and other.built.recipe == one.built.recipe)
    return next((other for other in others if same_build(mine, plain(other))), None)


def builds(world: World) -> list[Built]:
    """The builds of a world in order."""
    return [effect.image for effect in world.effects if isinstance(effect, ImageBuilt)]


def final_names(world: World) -> dict[Built, list[str]]:
    """The names that each build ends with, those given by `docker tag` among them, as they are written."""
    left = world.state.images
    found: dict[Built, list[str]] = {}
    for effect in world.effects:
        if isinstance(effect, ImageBuilt):
            given: tuple[tuple[str, Image], ...] = tuple((tag, effect.image) for tag in effect.image.tags)
        elif isinstance(effect, ImageTagged):
            given = ((effect.name, effect.image),)
        else:
            continue
        for name, image in given:
            if isinstance(image, Built) and left.get(key_of(name)) is image:
                names = found.setdefault(image, [])
                if name not in names:
                    names.append(name)
    return found


def committed(world: World, used: Collection[Image]) -> list[Span]:
    """Where `docker commit` made an image whose name is left, and that was no step on a file's way out of one."""
    passed = {found for effect in extracted(world) for found in ancestors(effect.image)}
    return [
        effect.span
        for effect in world.effects
        if isinstance(effect, ImageTagged)
        and isinstance(effect.image, Extended)
        and effect.image not in used
        and effect.image not in passed
        and world.state.images.get(key_of(effect.name)) is effect.image
    ]


def extracted(world: World) -> list[CarriedOut]:
    """What left a container for the host."""
    return [effect for effect in world.effects if isinstance(effect, CarriedOut) and not effect.put_out]


def released(world: World) -> set[Built]:
    """The builds whose image is pushed or given a further name: they are wanted for themselves."""
    found: set[Built] = set()
    for effect in world.effects:
        if isinstance(effect, ImagePushed | ImageTagged) and isinstance(effect.image, Built):
            found.add(effect.image)
    return found


def mounts_context(instruction: Instruction) -> bool:
    """Whether a RUN binds a part of the build context."""
    if instruction.keyword != "RUN":
        return False
    mounts = [flag.value or "" for flag in instruction.flags if flag.name == "mount"]
    return any("from=" not in text and ("type=" not in text or "type=bind" in text) for text in mounts)


def ends_file(unit: Unit) -> bool:
    """Whether the target of a build is the last stage of its Dockerfile."""
    last = target_stage(unit.built, unit.dockerfile)
    return last is not None and last.index == len(unit.dockerfile.stages) - 1


__all__ = [
    "Entries", "Unit", "Wanted", "ancestors", "builds", "effective", "ends_file", "extracted", "final_names",
    "images_in", "mounts_context", "parents_of", "parse", "released",
]  # fmt: skip
