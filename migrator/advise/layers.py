"""Layers: RUNs that belong together, and caches of builds."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from migrator.advise.advice import Advice, Change
from migrator.advise.recipe import is_posix, shown
from migrator.dockerfile.edit import Edit
from migrator.rules import advice as rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrator.advise.recipe import Recipe, Run
    from migrator.split.statements import Statement

# What a command leaves in the shell itself; behind `&&` the next one would find it.
_STATEFUL = frozenset(
    "cd pushd popd export unset set shopt umask alias unalias . source eval exec exit return trap read readonly local "
    "declare typeset ulimit hash command builtin let printf mapfile readarray getopts wait enable".split()
)
_ASSIGNS = re.compile(r"\$\{\w+:?=|\$\(\(")
_TAKES_AWAY = frozenset(("rm", "strip", "upx", "truncate"))
_REMOVES = {"apt-get": ("purge", "remove", "autoremove", "clean"), "apt": ("purge", "remove", "autoremove", "clean"),
            "apk": ("del",), "dnf": ("remove", "clean"), "yum": ("remove", "clean"), "npm": ("cache", "prune"),
            "yarn": ("cache",)}  # fmt: skip
_REWRITES = frozenset(("chown", "chmod"))
# What is at these places is made by these programs.
_PLACES = (
    ("/var/lib/apt", r"\bapt(?:-get|itude)?\b"),
    ("/var/cache/apt", r"\bapt(?:-get|itude)?\b"),
    ("/var/cache/apk", r"\bapk\b"),
    ("/var/cache/yum", r"\byum\b"),
    ("/var/cache/dnf", r"\bdnf\b"),
    ("/root/.cache/pip", r"\bpip3?\b"),
    ("/root/.npm", r"\bnpm\b"),
)
_UPDATES = (("apt-get", "update"), ("apt", "update"), ("apk", "update"))
_FETCHES = frozenset("install upgrade dist-upgrade full-upgrade build-dep add".split())


def merges(recipe: Recipe) -> Iterator[Advice]:
    """RUNs of which one only undoes what another has put into a layer, or needs what only then is fresh."""
    for number, second in enumerate(recipe.runs):
        if second.stage not in recipe.shipped:
            continue
        before: list[Run] = []
        for run in reversed(recipe.runs[:number]):
            if run.stage != second.stage or run.index != second.index - len(before) - 1:
                break
            before.append(run)
        found = _undone(before, second)
        if found is not None:
            why, count = found
            group = [*reversed(before[:count]), second]
            told = rules.RUNS_APART.at(second.instruction.span, why=why, line=group[0].instruction.span.line)
            yield Advice(told, _merge(recipe, group), frozenset({"DL3059"}))


def _undone(before: Sequence[Run], second: Run) -> tuple[str, int] | None:
    """Why a RUN belongs to others right before it, which are given nearest first; and to how many of them."""
    if not before or not second.commands:
        return None
    if (
        _updates(before[0].commands[-1])
        and not any(map(_updates, second.commands))
        and any(map(_fetches, second.commands))
    ):
        return "the list of packages is a layer of its own: cached, it is older than what is installed with it", 1
    origins = [_origin(before, one) for one in second.commands]
    if None in origins:
        return None
    first = second.commands[0]
    if first.program in _REWRITES:
        return f"`{shown(first)}` stores files of a layer before it once more", max(one or 1 for one in origins)
    return f"`{shown(first)}` only hides what a layer before it holds: the image has both", max(
        one or 1 for one in origins
    )


def _updates(statement: Statement) -> bool:
    return tuple(statement.words[:2]) in _UPDATES


def _fetches(statement: Statement) -> bool:
    """Whether a command takes packages from the list that an update has fetched."""
    return statement.program in {"apt-get", "apt", "apk"} and not _FETCHES.isdisjoint(statement.operands)


def _origin(before: Sequence[Run], statement: Statement) -> int | None:
    """How far back the RUN is that made what a command takes away or rewrites; None for any other command."""
    verb = next((word for word in statement.operands if word and not word.startswith("-")), None)
    if verb in _REMOVES.get(statement.program, ()):
        return _nearest(before, rf"\b{re.escape(statement.program)}\b")
    if statement.program in _TAKES_AWAY or (
        statement.program in _REWRITES and any(word in {"-R", "--recursive"} for word in statement.operands)
    ):
        paths = [word for word in statement.operands if word is None or word.startswith("/")]
        if not paths or None in paths:
            return None
        found = [_made_by(before, path or "") for path in paths]
        return None if None in found else max(one or 0 for one in found)
    return None


def _nearest(before: Sequence[Run], sign: str) -> int | None:
    return next((n for n, run in enumerate(before, 1) if re.search(sign, run.text)), None)


def _made_by(before: Sequence[Run], path: str) -> int | None:
    """How far back the RUN is that made what is at a path: the first one that names it."""
    known = next((sign for place, sign in _PLACES if path.startswith(place)), None)
    if known is not None:
        return _nearest(before, known)
    plain = path.rstrip("*").rstrip("/")
    sign = rf"{re.escape(plain)}(?![\w-])"
    return max((n for n, run in enumerate(before, 1) if re.search(sign, run.text)), default=None) if plain else None


def _merge(recipe: Recipe, group: Sequence[Run]) -> Change | None:
    """All as one RUN. The image has the same files, in fewer layers."""
    edits = [_joint(recipe, one, other) for one, other in pairwise(group)]
    return None if None in edits else Change(tuple(one for one in edits if one is not None), safe=True)


def _joint(recipe: Recipe, first: Run, second: Run) -> Edit | None:
    one, other = first.instruction, second.instruction
    source = recipe.source
    between = source.text[one.span.end : other.span.start]
    flags = [flag.span.text for flag in one.flags] == [flag.span.text for flag in other.flags]
    stateful = any(command.program in _STATEFUL or not command.program for command in first.commands)
    assigns = any("=" in command.text.split()[0] for command in first.commands if command.text)
    assigns = assigns or _ASSIGNS.search(first.text) is not None
    if not (first.plain and second.plain and flags and is_posix(recipe, first.stage)) or stateful or assigns:
        return None
    end = first.commands[-1].span.original.end
    rest = source.text[end : one.span.end]
    if one.json or other.json or between.strip() or not other.arguments or rest.strip():
        return None
    # Behind a `;` the RUN goes on whatever the first command came to, and then nobody would hear of it.
    gaps = (source.text[a.span.original.end : b.span.original.start] for a, b in pairwise(second.commands))
    if (
        any("&&" not in gap or ";" in gap for gap in gaps)
        or ";" in source.text[second.commands[-1].span.original.end : other.span.end]
    ):
        return None
    if any(flag.name == "mount" and "tmpfs" in (flag.value or "") for flag in one.flags):
        return None  # which begins empty in each RUN
    newline = "\r\n" if "\r\n" in between else "\n"
    return Edit(source.span(end, other.arguments[0].span.start), f" {recipe.dockerfile.escape}{newline}    && ")


# --- caches of builds ------------------------------------------------------------------------------------------------

_MOUNTS = (
    (("go",), ("build", "install", "test"), "/root/.cache/go-build"),
    (("cargo",), ("build", "install"), "/usr/local/cargo/registry"),
    (("mvn", "mvnw"), (), "/root/.m2"),
    (("gradle", "gradlew"), (), "/root/.gradle"),
    (("dotnet",), ("restore", "publish", "build"), "/root/.nuget/packages"),
    (("npm",), ("ci", "install"), "/root/.npm"),
    (("composer",), ("install",), "/tmp/cache"),
)


def mounts(recipe: Recipe) -> Iterator[Advice]:
    """Builds in stages that are not shipped, or are about to be split, that begin from nothing each time."""
    told: set[tuple[int, str]] = set()
    for run in recipe.runs:
        if any(flag.name == "mount" for flag in run.instruction.flags):
            continue
        for one in run.commands:
            verb = next((word for word in one.operands if word and not word.startswith("-")), "")
            for programs, verbs, target in _MOUNTS:
                fits = one.program in programs and (not verbs or verb in verbs)
                # What is shipped has no cache to begin with: there the advice is to remove it.
                fits = fits and not (one.program == "npm" and run.stage in recipe.shipped)
                if fits and (run.stage, target) not in told:
                    told.add((run.stage, target))
                    yield Advice(rules.CACHE_MOUNT.at(one.span.original, command=shown(one), target=target))
