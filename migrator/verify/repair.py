"""Cures applied: one change of the new Dockerfile at a time, kept when verifying again finds less that differs."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrator.dockercli.names import normal_image
from migrator.dockerfile.assignments import pairs
from migrator.dockerfile.copy import Copy, as_copy
from migrator.dockerfile.edit import Edit, apply
from migrator.dockerfile.evaluate import Build, resolve, stage_scope
from migrator.dockerfile.expand import ExpansionError, expand
from migrator.dockerfile.parse import parse
from migrator.migration.floor import floor_of
from migrator.migration.result import FileChange
from migrator.rules import verification as rules
from migrator.source import Source
from migrator.verify.verdict import Repair, Verdict, Verification

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from migrator.dockerfile.syntax import Dockerfile, Stage
    from migrator.migration.result import Converted
    from migrator.verify.verdict import Difference, NotVerified

ROUNDS = 4


@dataclass(frozen=True)
class Repaired:
    """A conversion with the cures that helped, in the order in which they were made, and what verifying it gave."""

    conversion: Converted
    outcome: Verification | NotVerified
    repairs: tuple[Repair, ...]


def repair(
    conversion: Converted,
    outcome: Verification | NotVerified,
    verify: Callable[[Converted], Verification | NotVerified],
) -> Repaired:
    """Cure what differs as long as that helps, for at most four rounds; `verify` verifies a changed conversion.

    The order is that of the kinds of cures, and then that of the file, so that the same images give the same repairs.
    """
    made: list[Repair] = []
    useless: set[Repair] = set()
    for _ in range(ROUNDS):
        if not isinstance(outcome, Verification) or outcome.verdict is not Verdict.DIFFERENT:
            break
        cure = next((one for one in cures(conversion, outcome) if one[0] not in useless), None)
        if cure is None:
            break
        change, text = cure
        changed = with_text(conversion, text)
        after = verify(changed)
        if isinstance(after, Verification) and len(counted(after)) < len(counted(outcome)):
            conversion, outcome = changed, after
            made.append(change)
        else:
            useless.add(change)
    if made and isinstance(outcome, Verification):
        told = tuple(rules.REPAIRED.at(None, **vars(one)) for one in made)
        found = (*outcome.diagnostics, *told)
        outcome = replace(outcome, repairs=tuple(made), dockerfile=conversion.dockerfile, diagnostics=found)
    return Repaired(conversion, outcome, tuple(made))


def counted(outcome: Verification) -> tuple[Difference, ...]:
    """The differences that are not set aside."""
    return tuple(one for one in outcome.differences if not one.set_aside)


def with_text(conversion: Converted, text: str) -> Converted:
    """The conversion with another Dockerfile."""
    path = conversion.dockerfile_path
    others = tuple(change for change in conversion.files if change.path != path)
    floor = floor_of(text, [target.command for target in conversion.targets])
    return replace(conversion, dockerfile=text, files=(*others, FileChange(path, "write", text)), floor=floor)


def cures(conversion: Converted, outcome: Verification) -> Iterator[tuple[Repair, str]]:
    """Each cure for what differs, with the whole text that it makes."""
    source = Source(conversion.dockerfile_path, conversion.dockerfile)
    tree = parse(source)
    for stage, differences in _by_stage(conversion, tree, counted(outcome)):
        patient = _Patient(tree, stage, differences, outcome.builder)
        for cause, edits in patient.cures():
            text = apply(source, edits)
            yield _told(cause, source.text, text), text


def _by_stage(
    conversion: Converted, tree: Dockerfile, differences: Sequence[Difference]
) -> Iterator[tuple[Stage, tuple[Difference, ...]]]:
    """The differences of each image, with the stage that makes it."""
    named = {stage.name: stage for stage in tree.stages if stage.name}
    for image in dict.fromkeys(one.image for one in differences):
        targets = [one for one in conversion.targets if image in {normal_image(tag) for tag in one.tags}]
        stage = named.get((targets or conversion.targets)[0].stage.lower(), tree.stages[-1])
        yield stage, tuple(one for one in differences if one.image == image)


def _told(cause: str, before: str, after: str) -> Repair:
    """The first line that is another, as it was and as it is: a cure keeps the number of lines."""
    pairs_of_lines = zip(before.splitlines(), after.splitlines(), strict=False)
    number, old, new = next((n, one, other) for n, (one, other) in enumerate(pairs_of_lines, 1) if one != other)
    return Repair(cause, number, old.strip(), new.strip())


class _Patient:
    """One stage and what differs in its image."""

    def __init__(self, tree: Dockerfile, stage: Stage, differences: Sequence[Difference], builder: str) -> None:
        self._tree, self._stage, self._differences, self._builder = tree, stage, differences, builder
        self._copies = tuple(self._places())

    def cures(self) -> Iterator[tuple[str, list[Edit]]]:
        """The cause and the edits of each cure; those for one cause in the order of the file."""
        for copy, place in self._copies:
            yield from self._flag(copy, place, "owner", "chown")
        if self._builder != "classic":
            for copy, place in self._copies:
                yield from self._flag(copy, place, "mode", "chmod")
        for copy, place in self._copies:
            yield from self._level(copy, place)
        yield from self._order()

    def _places(self) -> Iterator[tuple[Copy, str]]:
        """Every COPY and ADD with the path in the image that it puts things at, where that is known."""
        states = stage_scope(self._tree, self._stage.index, Build()).states
        for instruction, state in zip(self._stage.instructions, states, strict=True):
            copy = as_copy(instruction)
            if copy is None:
                continue
            try:
                text = expand(copy.destination.text, state.variables.get, self._tree.escape)
            except ExpansionError:
                continue
            yield copy, resolve(state.workdir, text)

    def _brought(self, copy: Copy, aspect: str) -> list[Difference]:
        """The differences of a kind at paths that this copy, and no later one for a place further in, brings."""
        found = []
        for one in self._differences:
            around = [(len(place), n) for n, (_, place) in enumerate(self._copies) if _covers(place, one.path)]
            if one.aspect == aspect and around and self._copies[max(around)[1]][0] is copy:
                found.append(one)
        return found

    def _flag(self, copy: Copy, place: str, aspect: str, flag: str) -> Iterator[tuple[str, list[Edit]]]:
        """`--chown` or `--chmod` with what the legacy image has, where that is one value for all that is brought."""
        del place
        brought = self._brought(copy, aspect)
        wanted = {one.legacy for one in brought}
        value = wanted.pop() if len(wanted) == 1 else None
        if value is None or copy.instruction.flag(flag) == value:
            return
        given = [one for one in copy.instruction.flags if one.name == flag]
        end = copy.instruction.keyword_span.end
        where = given[0].span if given else self._tree.source.span(end, end)
        yield brought[0].cause or aspect, [Edit(where, f"{'' if given else ' '}--{flag}={value}")]

    def _level(self, copy: Copy, place: str) -> Iterator[tuple[str, list[Edit]]]:
        """Another destination, where all that is in the wrong place is off by the same folders."""
        missing = [one.path for one in self._differences if one.aspect == "missing"]
        places = set()
        for one in self._brought(copy, "extra"):
            inner = one.path.removeprefix(place.rstrip("/"))
            away = {path.removesuffix(inner) or "/" for path in missing if inner and path.endswith(inner)}
            if len(away) == 1:
                places |= away
        if len(places) == 1 and not copy.instruction.json:
            slash = "/" if copy.destination.text.endswith(("/", ".")) else ""
            wanted = places.pop().rstrip("/") + (slash or "")
            yield "MG417", [Edit(copy.destination.span, wanted or "/")]

    def _order(self) -> Iterator[tuple[str, list[Edit]]]:
        """The variables of the stage in the order that the legacy image has them in."""
        for one in self._differences:
            wanted = _names(one.legacy) if one.aspect == "config.Env" else []
            if not wanted or sorted(wanted) != sorted(_names(one.new)):
                continue
            written = [i for i in self._stage.instructions if i.keyword == "ENV"]
            found = [pair for instruction in written for pair in pairs(instruction)]
            plain = all("=" in argument.text for i in written for argument in i.arguments)
            if plain and {pair.name for pair in found} <= set(wanted):
                ordered = sorted(found, key=lambda pair: wanted.index(pair.name))
                moved = zip(found, ordered, strict=True)
                edits = [Edit(old.span, new.span.text) for old, new in moved if old is not new]
                if edits:
                    yield one.cause or "MG419", edits


def _covers(place: str, path: str) -> bool:
    return path == place or path.startswith(f"{place.rstrip('/')}/")


def _names(value: str) -> list[str]:
    try:
        read = json.loads(value)
    except ValueError:
        return []
    return [str(pair).partition("=")[0] for pair in read] if isinstance(read, list) else []
