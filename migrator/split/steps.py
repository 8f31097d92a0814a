"""What becomes of each RUN: a step of the build, of the running image, or of both in parts."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from migrator.rules import split as rules
from migrator.split.fat import is_unknown
from migrator.split.makers.made import Made, Output, links_statically
from migrator.split.makers.table import recognised
from migrator.split.packages import Use, installation, is_housekeeping, is_removal
from migrator.split.shapes import shaped
from migrator.split.statements import Statement, statements

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.dockerfile.syntax import Instruction
    from migrator.split.fat import Fat

_MOVES = frozenset({"cd", "pushd", "popd", "set", "export", "unset", "umask"})
_TALK = frozenset({"echo", "ls", "pwd", "true", ":", "which", "env", "cat", "date", "uname", "whoami", "id", "printf"})
_MANAGED = frozenset({"java", "dotnet"})
_FETCHES = frozenset({"git", "hg", "svn"})


class Role(Enum):
    """What one statement is for."""

    BUILD = auto()
    INSTALL = auto()  # of what only the build needs
    TIDY = auto()
    MOVE = auto()
    TALK = auto()
    KEEP = auto()


@dataclass(frozen=True)
class Judged:
    """A statement and what it is for; `text` is what stays of it in the running image."""

    statement: Statement
    role: Role
    text: str
    made: Made | None = None


@dataclass(frozen=True)
class Step:
    """What becomes of a RUN: `text` is what stays of it in the running image, None for nothing.

    `builds` says that the builder needs it for what comes of it, `made` is what that is. `whole` says that it stays as
    it is written.
    """

    index: int
    instruction: Instruction
    judged: tuple[Judged, ...]
    text: str | None
    builds: bool
    made: tuple[Made, ...] = ()

    @property
    def kept(self) -> tuple[Judged, ...]:
        """The statements that the running image keeps."""
        return tuple(one for one in self.judged if one.role is Role.KEEP)


def steps(fat: Fat, *, seen: bool = False, makes: Collection[int] = ()) -> tuple[Step, ...] | Diagnostic:
    """What becomes of every RUN, or the finding on one that cannot be taken apart.

    With `seen` the image is there to be looked into: a RUN does nothing but change files, so one that cannot be taken
    apart is a step of the build, and what it changed is carried along. `makes` are RUNs that were seen to make what the
    image runs.
    """
    trees = _trees(fat)
    judged: dict[int, tuple[Judged, ...]] = {}
    outputs: list[Output] = []
    # An engine finds the libraries one by one; without it they stay with the packages that bring them.
    libraries = not seen and not _alone(fat)
    for index, (instruction, state) in enumerate(zip(fat.instructions, fat.scope.states, strict=True)):
        if instruction.keyword == "RUN":
            parts: list[Judged] = []
            for statement in statements(fat.dockerfile, instruction, state):
                parts.append(_judged(fat, statement, trees, outputs, libraries=libraries))
                made = parts[-1].made
                outputs += made.outputs if made is not None else ()
            judged[index] = tuple(parts)
    judged = _settled(judged, makes)
    lists = {one.statement.program for found in judged.values() for one in found if _installs_for_runtime(one)}
    found = []
    for index, each in judged.items():
        step = _step(fat, index, each, lists)
        if index in makes or (seen and not isinstance(step, Step)):
            # What it installs for the running image is too much to be carried file by file.
            step = _mixed(each) if lists and any(map(_installs_for_runtime, each)) else _whole(fat, index, each)
        if not isinstance(step, Step):
            return step
        found.append(step)
    return tuple(found)


def _whole(fat: Fat, index: int, judged: tuple[Judged, ...]) -> Step:
    made = tuple(one.made for one in judged if one.made is not None)
    return Step(index, fat.instructions[index], judged, None, builds=True, made=made)


def _mixed(judged: tuple[Judged, ...]) -> Diagnostic:
    first = next((one for one in judged if one.role is Role.KEEP), judged[0])
    return rules.MIXED_RUN.at(first.statement.span, kept=" ".join(first.statement.text.split()))


def _settled(judged: dict[int, tuple[Judged, ...]], makes: Collection[int]) -> dict[int, tuple[Judged, ...]]:
    """The statements once it is known where the build ends: what only shapes files behind it, the last stage does."""
    ends = [n for n, parts in judged.items() for one in parts if one.made and one.made.language]
    end = max([*ends, *makes], default=-1)
    return {
        index: parts if index <= end else tuple(_in_runtime(one) if one.made else one for one in parts)
        for index, parts in judged.items()
    }


def _in_runtime(judged: Judged) -> Judged:
    return Judged(judged.statement, Role.KEEP, judged.statement.text)


def _trees(fat: Fat) -> tuple[str, ...]:
    """The folders that hold what was copied out of the context as a folder: sources, in all likelihood."""
    found = {
        posixpath.dirname(landing.path)
        for each in fat.brought
        if each.landings is not None and len(each.landings) > 1
        for landing in each.landings
    }
    return tuple(sorted(one for one in found if one != "/" and not is_unknown(one)))


def _alone(fat: Fat) -> bool:
    """Whether all that is built is shown to need no library of the system: it is static, or Java or .NET."""
    pairs = zip(fat.instructions, fat.scope.states, strict=True)
    found = [one for run, state in pairs if run.keyword == "RUN" for one in statements(fat.dockerfile, run, state)]
    makes = [(made, one) for one in found if (made := recognised(one, fat)) is not None and made.language]
    return all(made.language in _MANAGED or links_statically(made.language, one) for made, one in makes)


def _judged(
    fat: Fat, statement: Statement, trees: Sequence[str], outputs: Sequence[Output], *, libraries: bool
) -> Judged:
    made = recognised(statement, fat)
    if made is not None:
        return Judged(statement, Role.BUILD, "", made)
    if is_housekeeping(statement):
        return Judged(statement, Role.TIDY, "" if is_removal(statement) else statement.text)
    installed = installation(statement, libraries=libraries, site=fat.site is not None)
    if installed is not None:
        if installed.use is Use.BUILD:
            return Judged(statement, Role.INSTALL, "")
        text = " ".join(installed.runtime_text.split()) if installed.build else statement.text
        return Judged(statement, Role.KEEP, text)
    program = statement.program
    if not statement.writes and (program in _TALK or (program in _MOVES and None not in statement.words)):
        return Judged(statement, Role.TALK if program in _TALK else Role.MOVE, statement.text)
    if program in _FETCHES and not statement.writes:
        return Judged(statement, Role.BUILD, "", Made(f"{program} fetches sources", "", statement.span))
    made = shaped(statement, fat, trees, outputs)
    if made is not None:
        return Judged(statement, Role.BUILD, "", made)
    return Judged(statement, Role.KEEP, statement.text)


def _installs_for_runtime(judged: Judged) -> bool:
    return judged.role is Role.KEEP and installation(judged.statement) is not None


def _installs_both(judged: Judged) -> bool:
    found = installation(judged.statement) if judged.role is Role.KEEP else None
    return found is not None and found.use is Use.BOTH


def _step(fat: Fat, index: int, judged: tuple[Judged, ...], lists: set[str]) -> Step | Diagnostic:
    instruction = fat.instructions[index]
    roles = {one.role for one in judged}
    made = tuple(one.made for one in judged if one.made is not None)
    builds = bool(roles & {Role.BUILD, Role.INSTALL}) or any(_installs_both(one) for one in judged)
    if Role.KEEP not in roles:
        tidies = [one for one in judged if one.role is Role.TIDY and one.statement.program in lists]
        # Lists that a later installation of the running image reads.
        text = instruction.span.text if tidies and not builds else None
        return Step(index, instruction, judged, text, builds, made)
    if not builds and all(one.text == one.statement.text for one in judged):
        return Step(index, instruction, judged, instruction.span.text, builds=False)
    kept = [one for one in judged if one.role in {Role.KEEP, Role.TIDY, Role.MOVE} and one.text]
    moved = any(one.statement.moved and one.role is Role.KEEP for one in judged)
    carried = any(one.statement.program in {"export", "unset"} or not one.statement.words[0:1] for one in judged)
    if moved or carried or not all(one.statement.chained for one in judged) or instruction.flags:
        return _mixed(judged)
    shown = [one.text for one in kept if one.statement.program not in {"cd", "pushd", "popd"}]
    return Step(index, instruction, judged, "RUN " + f" {fat.dockerfile.escape}\n    && ".join(shown), builds, made)
