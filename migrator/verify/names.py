"""The names of the images that each way leaves: which belong together, and which only the old way makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.dockercli.names import normal_image, split_tag
from migrator.rules import plan
from migrator.rules import verification as rules
from migrator.verify.arms import is_plain
from migrator.verify.recorder.line import parse
from migrator.verify.recorder.session import is_id
from migrator.verify.verdict import Difference

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from migrator.verify.arms import Arm, Bench
    from migrator.verify.pairs import Pair

ABSENT = "no such image"
# What takes an image to put files or commands into a container of it.
_USES = frozenset({"create", "run"})


def matched(wanted: Sequence[str], there: Sequence[str]) -> dict[str, str]:
    """For each of the names the one among others that belongs to it.

    That is the same name. Of names that another run does not make again, such as those with a date in them, as many in
    one repository belong together, in the order in which they were made.
    """
    found = {name: name for name in wanted if name in there}
    for repository in dict.fromkeys(split_tag(name)[0] for name in wanted if name not in found):
        ours, theirs = (
            [name for name in names if name not in found and split_tag(name)[0] == repository]
            for names in (wanted, there)
        )
        if len(ours) == len(theirs):
            found |= dict(zip(ours, theirs, strict=True))
    return found


def results(bench: Bench, legacy: Arm, known: Collection[str] = ()) -> tuple[str, ...]:
    """The names of the images that the old way leaves, without those that were only a step on its way, and `known`.

    A step is what stands behind a stage of the new Dockerfile, what a container was made of, what another image of the
    script stands on, and another name that it gave to an image that it did not make.
    """
    made = legacy.made()
    ends = {target.stage for target in bench.conversion.targets}
    steps = {
        normal_image(stage.image)
        for stage in bench.conversion.stages
        if stage.image and is_plain(stage.image) and stage.name not in ends
    }
    steps |= _used(legacy, made)
    left = [name for name in made if name not in steps and name not in known]
    if not left:  # as nearly always: the engine need not be asked
        return ()
    layers = {name: _layers(bench, legacy, name) for name in made}
    return tuple(name for name in left if layers[name] and not _is_below(layers[name], layers.values()))


def _is_below(own: tuple[str, ...], others: Iterable[tuple[str, ...]]) -> bool:
    return any(len(own) < len(other) and other[: len(own)] == own for other in others)


def _used(arm: Arm, made: Collection[str]) -> set[str]:
    found = set()
    for call in arm.calls:
        if call.command not in _USES and call.command != "tag":
            continue
        operands = parse(call.argv, call.program).operands
        if call.command in _USES:
            found |= {normal_image(name) for name in operands[:1]}
        elif len(operands) > 1 and not is_id(operands[0]) and normal_image(operands[0]) not in made:
            found.add(normal_image(operands[1]))
    return found


def _layers(bench: Bench, arm: Arm, name: str) -> tuple[str, ...]:
    image = bench.engine.image(arm.session.private_image(name))
    return image.layers if image is not None else ()


def of_names(bench: Bench, pairs: Sequence[Pair], legacy: Arm, new: Arm) -> Iterator[Difference]:
    """What is called otherwise in the new way, and what it does not make at all.

    Another name of a compared image is set aside where the conversion has said that the script goes on giving it.
    """
    yield from renamed({pair.old: pair.name for pair in pairs})
    taken = set(matched(new.made(), legacy.made()).values()) | {pair.old for pair in pairs}
    told = any(found.rule is plan.NAME_CONDITIONAL for found in bench.conversion.diagnostics)
    same: set[str] = set()
    for name in results(bench, legacy, taken):
        private = legacy.session.private_image(name)
        same = same or {_id(bench, pair.legacy) for pair in pairs}
        if told and _id(bench, private) in same:
            yield Difference("image", name, name, ABSENT, rules.NAME_LEFT.code, set_aside=True, image=name)
        else:
            yield Difference("image", name, name, ABSENT, rules.NOT_MADE.code, image=name)


def renamed(names: Mapping[str, str]) -> Iterator[Difference]:
    """One difference for each image whose two names are not the same, at the place of its repository."""
    for old, new in names.items():
        if old != new:
            repository = split_tag(old)[0]
            yield Difference("image", repository, old, new, rules.NAME.code, image=repository)


def _id(bench: Bench, private: str) -> str:
    image = bench.engine.image(private)
    return image.id if image is not None else ""
