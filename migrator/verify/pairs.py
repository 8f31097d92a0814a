"""Which image of the one way belongs to which of the other, and what they weigh."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.dockercli.names import normal_image, split_tag
from migrator.errors import UsageError
from migrator.rules import verification as rules
from migrator.verify.arms import image_of
from migrator.verify.names import matched, results
from migrator.verify.stopping import Stopped
from migrator.verify.verdict import ImageFacts, Verdict, Weighed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.verify.arms import Arm, Bench


@dataclass(frozen=True)
class Pair:
    """One image of both ways: the name that the new way gives it, both private names, and the name in the old way."""

    name: str
    legacy: str
    new: str
    target: int
    old: str = ""


def pair_up(bench: Bench, legacy: Arm, new: Arm) -> tuple[Pair, ...]:
    """Every image that the new way makes beside the one that the legacy way has under the same name.

    Several names of one image are compared once. Builds without a name are taken as the last of each way.
    """
    if bench.options.against is not None:
        return (_with_image(bench, new, bench.options.against),)
    found: dict[tuple[str, str], Pair] = {}
    names = {name: name for name in new.made() if name in legacy.made()}
    if len(names) < len(new.made()):
        names |= matched([name for name in new.made() if name not in names], results(bench, legacy, names))
    for target in range(len(new.targets)):
        for pair in _named(bench, legacy, new, (target, names)) or _unnamed(legacy, new, target):
            ids = [image.id for private in (pair.legacy, pair.new) if (image := bench.engine.image(private))]
            found.setdefault((ids[0], ids[-1]), pair)
    if not found:
        found_nothing = rules.NEW_FAILED.at(None, reason="its commands leave no image")
        raise Stopped(Verdict.NEW_BUILD_FAILED, found_nothing, new.tail)
    return tuple(found.values())


def _with_image(bench: Bench, new: Arm, image: str) -> Pair:
    """The image that stands for the old way, beside the one of the new way that has its name, or the only one."""
    made = [(name, target) for target in range(len(new.targets)) for name in new.made(target)]
    of_name = [(name, target) for name, target in made if split_tag(name)[0] == split_tag(normal_image(image))[0]]
    ids = {found.id for name, _ in made if (found := bench.engine.image(new.session.private_image(name)))}
    if not of_name and len(ids) != 1:
        shown = ", ".join(name for name, _ in made) or "none with a name"
        raise UsageError(f"which image {image} stands for is not clear: the new way makes {shown}")
    name, target = (of_name or made)[0]
    return Pair(name, image, new.session.private_image(name), target)


def _named(bench: Bench, legacy: Arm, new: Arm, of: tuple[int, Mapping[str, str]]) -> list[Pair]:
    target, names = of
    found = []
    for name in new.made(target):
        old = names.get(name, name)
        one, other = image_of(bench, legacy, old), image_of(bench, new, name)
        if one is None:
            reason = f"it leaves no image {name}, which the new way makes"
            raise Stopped(Verdict.LEGACY_BUILD_FAILED, rules.LEGACY_FAILED.at(None, reason=reason), legacy.tail)
        if other is not None:
            found.append(Pair(name, one, other, target, old))
    return found


def _unnamed(legacy: Arm, new: Arm, target: int) -> list[Pair]:
    ends = [
        [str(call.image["id"]) for call in calls if call.ok and call.image and not call.tags]
        for calls in (legacy.calls, new.targets[target])
    ]
    name = "without a name"
    return [Pair(name, ends[0][-1], ends[1][-1], target, name)] if all(ends) else []


def stage_of(bench: Bench, pair: Pair) -> str:
    """The stage whose image a pair is."""
    commands = list(dict.fromkeys(target.command for target in bench.conversion.targets))
    same = [target for target in bench.conversion.targets if target.command == commands[pair.target]]
    named = [target for target in same if pair.name in {normal_image(tag) for tag in target.tags}]
    return (named or same)[0].stage


def weighed(bench: Bench, pairs: tuple[Pair, ...], legacy: Arm, new: Arm) -> Weighed:
    """What the images of both ways weigh, with the builder images that only the legacy way has."""
    finals = {image.id for pair in pairs if (image := bench.engine.image(pair.legacy))}
    builders = {
        str(call.image["id"]): ImageFacts(
            call.tags[0] if call.tags else "without a name",
            int(call.image["size"]),
            int(call.image["layers"]),
            call.seconds,
        )
        for call in legacy.calls
        if call.ok and call.command == "build" and call.image and str(call.image["id"]) not in finals
    }
    return Weighed(
        tuple(_facts(bench, pair.name, pair.legacy, legacy) for pair in pairs),
        tuple(_facts(bench, pair.name, pair.new, new) for pair in pairs),
        tuple(builders.values()),
        legacy.seconds,
        new.seconds,
    )


def _facts(bench: Bench, name: str, private: str, arm: Arm) -> ImageFacts:
    image = bench.engine.image(private)
    if image is None:
        return ImageFacts(name, 0, 0, 0.0)
    seconds = [call.seconds for call in arm.calls if call.image and call.image["id"] == image.id]
    return ImageFacts(name, image.size, len(image.layers), seconds[0] if seconds else 0.0)
