"""What was broken or risky in the old way of building before anybody converted it: warnings, never a refusal."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.commands.docker.contents import arguments_of, target_stage
from migrator.commands.docker.kinds import kind_of
from migrator.dockerfile.assignments import pairs
from migrator.dockerfile.evaluate import Build, global_scope, image_of
from migrator.rules import legacy as rules
from migrator.trace.effects import CarriedOut
from migrator.trace.symbols import is_symbol
from migrator.trace.workspace import Carried

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.interpret.run import Outcome, World
    from migrator.migration.graph import Unit

_SECRET = re.compile(
    r"(^|_)(PASS(WORD|WD|PHRASE)?|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|SIGNING_?KEY|CREDENTIALS?)$",
    re.IGNORECASE,
)


def habits(outcome: Outcome, world: World, units: Sequence[Unit]) -> list[Diagnostic]:
    """What is to be said about a script that is converted, in the order of the script and of its Dockerfiles."""
    found = [*_second_run(outcome, world), *_left_behind(world), *_secrets(units), *_floating(units)]
    return list(dict.fromkeys(found))


def _second_run(outcome: Outcome, world: World) -> Iterator[Diagnostic]:
    """Folders that `docker cp` made and that a second run would find there, and copy into."""
    for effect in world.effects:
        if not isinstance(effect, CarriedOut) or not effect.fresh or not effect.path.startswith(outcome.root + "/"):
            continue
        left = world.workspace.find(effect.path)
        known = isinstance(left, Carried) and left.path == effect.source
        if not known or kind_of(effect.image, effect.source) != "folder" or _is_cleared(world, effect.path):
            continue
        path = posixpath.relpath(effect.path, outcome.root)
        nested = posixpath.join(path, posixpath.basename(effect.source))
        yield rules.SECOND_RUN.at(effect.span, what=f"docker cp finds {path} there and makes {nested}")


def _is_cleared(world: World, path: str) -> bool:
    """Whether some command of the script, on whatever way through it, removes a path or what is around it."""
    names = set(path.split("/")) - {""}
    for ran in world.ran:
        named = {part for word in ran.words[1:] for part in word.split("/")}
        if ran.words[:2] == ("git", "clean") or (ran.words[:1] in (("rm",), ("rmdir",), ("mv",)) and names & named):
            return True
    return False


def _left_behind(world: World) -> Iterator[Diagnostic]:
    """Containers that stay: one with a name stops the second run, one without is only in the way."""
    removals = [call.words for call in world.calls if call.call.verb in ("rm", "prune") or "prune" in call.call.verb]
    passing = {call.span for call in world.calls if call.call.has("rm")}
    for container in world.state.containers.values():
        if container.span in passing:
            continue
        open_removal = any(any(is_symbol(c) for word in words for c in word) for words in removals)
        if open_removal or any("prune" in word for words in removals for word in words):
            return
        if container.name is None or any(is_symbol(c) for c in container.name):
            yield rules.CONTAINER_LEFT.at(container.span)
        elif not any(container.name in words for words in removals):
            what = f"there is a container {container.name} already, and docker refuses another"
            yield rules.SECOND_RUN.at(container.span, what=what)


def _secrets(units: Sequence[Unit]) -> Iterator[Diagnostic]:
    """Values that look like secrets and end up in the history or the environment of an image."""
    for unit in units:
        for name, value in unit.built.arguments:
            if _SECRET.search(name) and value != "":
                yield rules.SECRET_IN_IMAGE.at(unit.built.span, name=name, where="a build argument")
        for instruction in unit.dockerfile.instructions:
            for pair in pairs(instruction) if instruction.keyword in ("ENV", "ARG") else ():
                literal = pair.value is not None and pair.value.strip("\"'") != "" and "$" not in pair.value
                if literal and _SECRET.search(pair.name):
                    where = f"a value in {instruction.keyword}"
                    yield rules.SECRET_IN_IMAGE.at(instruction.span, name=pair.name, where=where)


def _floating(units: Sequence[Unit]) -> Iterator[Diagnostic]:
    """The bases that are whatever is newest, all in one finding at the first of them."""
    names: dict[str, Diagnostic | None] = {}
    first = None
    for unit in units:
        scope = global_scope(unit.dockerfile, Build(arguments_of(unit.built)))
        last = target_stage(unit.built, unit.dockerfile)
        own = {stage.name for stage in unit.dockerfile.stages if stage.name}
        for stage in unit.dockerfile.stages:
            name = image_of(stage, scope, unit.dockerfile.escape)
            if name in unit.parents or name.lower() in own or (last is not None and stage.index > last.index):
                continue
            if _is_floating(name):
                first = first or stage.origin.span
                names[name] = None
    if first is not None:
        yield rules.BASE_FLOATING.at(first, images=", ".join(names))


def _is_floating(name: str) -> bool:
    if name == "scratch" or "@" in name or "$" in name or any(is_symbol(character) for character in name):
        return False
    tag = name.rsplit("/", 1)[-1].partition(":")[2]
    return tag in ("", "latest")
