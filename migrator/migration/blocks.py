"""The stages of the new file: which images get one, in which order, and which share one."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.commands.patterns import has_glob
from migrator.dockercli.names import split_tag
from migrator.migration.graph import ancestors
from migrator.trace.images import Built, CopyStep, Extended, External, RunStep
from migrator.trace.origins import images_in
from migrator.trace.symbols import is_known
from migrator.trace.workspace import Written

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from migrator.migration.graph import Unit, Wanted
    from migrator.migration.takes import Layout
    from migrator.trace.images import Image, Step


@dataclass(eq=False)
class Block:
    """One stage to write (or, for a unit, the stages of its Dockerfile): what it starts from and what is added.

    `root` is the unit, an external image, or the block whose stage this one continues. `image` is the image that
    the stage stands for when all steps are done.
    """

    root: Unit | External | Block
    image: Image
    steps: list[Step] = field(default_factory=list)
    name: str = ""

    @property
    def unit(self) -> Unit | None:
        """The unit at the bottom of the chain of stages."""
        root = self.root
        return root.unit if isinstance(root, Block) else root if not isinstance(root, External) else None


@dataclass(frozen=True)
class Use:
    """Someone takes from an image: `path`, or the whole of it (None)."""

    image: Image
    path: str | None
    user: object = None


def uses_of(units: Iterable[Unit], layouts: Mapping[Unit, Mapping[int, Layout]], wanted: Sequence[Wanted]) -> list[Use]:
    """Everything that is taken from the images of the script, and from those that the plan adds."""
    found = [Use(target.unit.built, None, "target") for target in wanted]
    pending: list[Image] = []
    for unit in units:
        found.extend(Use(image, None, unit) for image in unit.parents.values())
        pending.extend(unit.parents.values())
        for layout in layouts[unit].values():
            for take in layout.takes or ():
                if take.image is not None:
                    found.extend(Use(take.image, path, unit) for path in take.paths)
                    pending.append(take.image)
    seen: set[Image] = set()
    while pending:
        image = pending.pop()
        if image in seen or not isinstance(image, Extended):
            continue
        seen.add(image)
        found.append(Use(image.base, None, image))
        pending.append(image.base)
        for step in image.steps:
            if isinstance(step, CopyStep):
                for source in images_in(step.node):
                    found.append(Use(source, None, image))
                    pending.append(source)
    return found


@dataclass
class Arrangement:
    """The blocks in the order of the file, and the block that each image's files can be copied from."""

    blocks: list[Block]
    of: dict[Image, Block]

    def prepend(self, blocks: Sequence[Block]) -> None:
        """Puts stages in front that only name an image of somebody else."""
        self.blocks[:0] = blocks
        self.of.update({block.image: block for block in blocks})


def arrange(
    units: Sequence[Unit], layouts: Mapping[Unit, Mapping[int, Layout]], wanted: Sequence[Wanted]
) -> Arrangement:
    """The blocks, each behind everything that it takes from, and the targets as late as they can be."""
    uses = uses_of(units, layouts, wanted)
    by_built = {unit.built: unit for unit in units}
    arranger = _Arranger(by_built, layouts, uses)
    for target in wanted:
        arranger.visit(target.unit.built)
    return Arrangement(arranger.blocks, arranger.of)


class _Arranger:
    def __init__(
        self, units: Mapping[Built, Unit], layouts: Mapping[Unit, Mapping[int, Layout]], uses: Sequence[Use]
    ) -> None:
        self.units, self.layouts, self.uses = units, layouts, uses
        self.blocks: list[Block] = []
        self.of: dict[Image, Block] = {}
        self.twins: dict[Image, Image] = {}

    def visit(self, image: Image) -> None:
        if image in self.of or isinstance(image, External):
            return
        if isinstance(image, Built):
            self._visit_unit(self.units[image])
            return
        for step in image.steps:
            if isinstance(step, CopyStep):
                for source in images_in(step.node):
                    self.visit(source)
        self.visit(image.base)
        self._place(image)

    def _visit_unit(self, unit: Unit) -> None:
        sources = [*unit.parents.values()]
        for layout in self.layouts[unit].values():
            sources.extend(take.image for take in layout.takes or () if take.image is not None)
        for source in sorted(sources, key=_birth):
            self.visit(source)
        block = Block(unit, unit.built)
        self.blocks.append(block)
        self.of[unit.built] = block

    def _place(self, image: Extended) -> None:
        base = self.of.get(image.base)
        twin = next((known for known in self.of if self._is_twin(known, image)), None)
        if twin is not None:
            self.of[image], self.twins[image] = self.of[twin], twin
            return
        nothing = not image.steps and base is not None and base.image is image.base  # a commit as it was made
        if base is not None and (nothing or self._may_share(image, base)):
            base.steps.extend(image.steps)
            base.image = image
            self.of[image] = base
            return
        root: External | Block = base if base is not None else External(getattr(image.base, "name", "scratch"))
        block = Block(root, image, list(image.steps))
        self.blocks.append(block)
        self.of[image] = block

    def _is_twin(self, known: Image, image: Extended) -> bool:
        """Whether the same work on the same files has a stage already: two COPYs may want one folder laid out."""
        if not isinstance(known, Extended) or not known.workshop or not image.workshop or known.steps != image.steps:
            return False
        bases = [self.twins.get(base, base) for base in (known.base, image.base)]
        return bases[0] is bases[1] and all(isinstance(step, RunStep) for step in image.steps)

    def _may_share(self, image: Extended, base: Block) -> bool:
        """Whether the steps may go to the end of the base's own stage: nobody else would notice them."""
        if image.workshop or (isinstance(base.root, Block) and base.image is not image.base):
            return image.workshop and isinstance(image.base, Extended) and image.base.workshop
        touched = [path for step in image.steps for path in _touches(step)]
        limited = all(isinstance(step, RunStep) and step.touches is not None for step in image.steps)
        earlier = base.image
        for use in self.uses:
            if isinstance(use.image, External):
                continue  # whoever else starts from it starts from it anew
            if use.user is image or (use.image is not image.base and use.image not in _chain(earlier)):
                continue
            if isinstance(use.user, Extended) and use.user.base is image.base and _limited(use.user) and limited:
                continue
            if isinstance(use.user, Extended) and use.user in _chain(earlier):
                continue  # a step of this very stage
            if (
                use.image in _chain(earlier)
                and use.image is not image.base
                and isinstance(use.image, Extended)
                and not limited
            ):
                return False
            if use.path is None or not limited or any(_overlap(_certain(use.path), path) for path in touched):
                return False
        return True


def _limited(image: Extended) -> bool:
    return not image.workshop and all(isinstance(step, RunStep) and step.touches is not None for step in image.steps)


def _chain(image: Image) -> set[Image]:
    found = {image}
    while isinstance(image, Extended):
        image = image.base
        found.add(image)
    return found


def _touches(step: Step) -> tuple[str, ...]:
    return (step.touches or ()) if isinstance(step, RunStep) else ()


def _certain(path: str) -> str:
    """The folder around what a pattern may find; the path itself where it is none."""
    parts = path.split("/")
    return "/".join(itertools.takewhile(lambda part: not has_glob(part), parts))


def _overlap(one: str, other: str) -> bool:
    one, other = one.rstrip("/"), other.rstrip("/")
    return one == other or one.startswith(other + "/") or other.startswith(one + "/")


def _birth(image: Image) -> int:
    while isinstance(image, Extended):
        image = image.base
    return image.number if isinstance(image, Built) else 0


# --- names -------------------------------------------------------------------------------------------------


def name_blocks(blocks: Sequence[Block], wanted: Sequence[Wanted], taken: set[str]) -> None:
    """Gives every block a stage name: what it is, in lower case, unique, and never the name of an image in use."""
    targets: dict[Built | None, Wanted] = {target.unit.built: target for target in wanted}
    builders = [b for b in blocks if b.unit is not None and not isinstance(b.root, Block) and _built(b) not in targets]
    images = sum(target.unit.built.output is None for target in wanted)
    wishes: dict[int, list[str]] = {}
    for index, block in enumerate(blocks):
        target = targets.get(_built(block)) if not isinstance(block.root, Block | External) else None
        if target is not None and target.unit.built.output is not None:
            wishes[index] = ["artifacts"]
        elif target is not None:
            wishes[index] = ["runtime"] if images == 1 else _target_wishes(target.tags)
        elif isinstance(block.root, External):
            wishes[index] = [_external_wish(block, alone=not builders)]
        elif isinstance(block.root, Block):
            wishes[index] = [_workshop_wish(block)]
        else:
            wishes[index] = ["builder"] if len(builders) == 1 else _builder_wishes(_built(block))
    used = {name.lower() for name in taken}
    for index, block in enumerate(blocks):
        others = [wish for other, found in wishes.items() if other != index for wish in found]
        free = (wish for wish in wishes[index] if wish not in others and wish not in used)
        block.name = next(free, None) or _unique(wishes[index][-1], used, taken)
        used.add(block.name)


def _target_wishes(tags: Sequence[str]) -> list[str]:
    """The name of the image; where several have it, with the tag behind it."""
    name, label = _from_tags(tags) or "runtime", _label(tags)
    return [name, f"{name}-{label}"] if label and label != name else [name]


def _builder_wishes(built: Built | None) -> list[str]:
    """What a builder makes; where others make the same, what it is for them, and the tag behind that."""
    if built is None:
        return ["builder"]
    words = {*re.split(r"[^a-z]+", built.recipe.name.lower()), *re.split(r"[^a-z]+", " ".join(built.tags).lower())}
    role, label = "base" if "base" in words else "builder", _label(built.tags)
    name = _from_build(built)
    more = [f"{role}-{label}"] if label else [f"{name}-{role}"] if name else []
    return [name or role, role, *more]


def _label(tags: Sequence[str]) -> str | None:
    """The tag of an image as part of a name, where it says something."""
    for tag in tags:
        label = split_tag(tag)[1]
        if (
            label
            and is_known(label)
            and label.lower() not in _NOISE
            and (found := re.sub(r"[^a-z0-9._-]+", "-", label.lower()))
        ):
            return found
    return None


def _built(block: Block) -> Built | None:
    return block.root.built if not isinstance(block.root, External | Block) else None


def _external_wish(block: Block, *, alone: bool) -> str:
    runs = any(isinstance(step, RunStep) for step in block.steps)
    if block.steps and all(isinstance(step, CopyStep) and isinstance(step.node, Written) for step in block.steps):
        return "generated"
    if runs:
        return "builder" if alone else "tools"
    # `context` is a name that BuildKit keeps for itself.
    return "checkout" if isinstance(block.root, External) and block.root.name == "scratch" else "source"


def _workshop_wish(block: Block) -> str:
    text = " ".join(step.line or "" for step in block.steps if isinstance(step, RunStep))
    if "-unpacked/" in text:
        return "unpacked"
    return "workspace"


_NOISE = (
    "builder",
    "build",
    "dev",
    "compile",
    "compiler",
    "image",
    "img",
    "docker",
    "latest",
    "base",
    "runtime",
    "run",
)


def _from_build(built: Built | None) -> str | None:
    if built is None:
        return None
    suffix = built.recipe.name.rsplit("/", 1)[-1]
    found = re.fullmatch(r"(?:Dockerfile[.\-_](.+)|(.+)\.[dD]ockerfile)", suffix)
    if found:
        name = _clean(found[1] or found[2])
        if name and name not in _NOISE:
            return name
    folder = built.recipe.name.rsplit("/", 2)[-2] if "/" in built.recipe.name else ""
    for wish in (_from_tags(built.tags), _clean(folder) if folder not in ("docker", "build", "ci") else None):
        if wish:
            return wish
    return None


def _from_tags(tags: Sequence[str]) -> str | None:
    for tag in tags:
        repository, label = split_tag(tag)
        name = repository.rsplit("/", 1)[-1]
        words = [word for word in re.split(r"[-_.]", name) if word and word.lower() not in _NOISE and is_known(word)]
        if words:
            return _clean("-".join(words))
        if label and is_known(label) and label.lower() not in _NOISE:
            return _clean(label)
    return None


def _clean(text: str) -> str | None:
    text = re.sub(r"[^a-z0-9._-]+", "-", "".join(c for c in text.lower() if is_known(c))).strip("-._")
    return text if re.match(r"[a-z]", text) else None


def _unique(wish: str, used: set[str], taken: set[str]) -> str:
    if wish not in used:
        return wish
    images = {name.lower() for name in taken}
    numbered = (f"{wish}-{number}" for number in itertools.count(2))
    own = [f"{wish}-stage"] if wish in images else []  # beside the image of that name, not the second of its kind
    return next(name for name in itertools.chain(own, numbered) if name not in used)


__all__ = ["Arrangement", "Block", "Use", "ancestors", "arrange", "name_blocks", "uses_of"]
