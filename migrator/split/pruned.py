"""What the builder took out of node_modules again: missing in the new image on purpose, and held against what runs."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrator.split.manifest import json_object
from migrator.split.result import Check
from migrator.verify.entry import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.engine.opening import Opened
    from migrator.split.image import Look
    from migrator.split.plan import Plan

# What package managers note of what they installed: other names in it are no other packages.
_NOTES = re.compile(
    r"\.package-lock\.json|\.yarn-integrity|\.modules\.yaml|\.pnpm/lock\.yaml|\.pnpm-workspace-state\S*"
)
REASON = "packages for development"
_SHOWN = 3


@dataclass(frozen=True)
class Expected:
    """The original as it should come out: without the files of packages that were taken out, which are `gone`."""

    look: Look
    gone: tuple[str, ...] = ()


def expected(plan: Plan, before: Look, after: Look) -> Expected:
    """The original image without what the builder took out on purpose; everything else still has to be the same."""
    folders = tuple(one.modules for one in plan.prunes)
    if not folders:
        return Expected(before)
    notes = {
        path
        for look in (before, after)
        for path in look.files
        for folder in folders
        if path.startswith(folder) and _NOTES.fullmatch(path[len(folder) :])
    }
    gone = tuple(sorted(path for path in before.files if path.startswith(folders) and path not in after.files))
    left_out = {*gone, *notes}
    files = {path: entry for path, entry in before.files.items() if path not in left_out}
    files |= {path: after.files[path] for path in sorted(notes) if path in after.files}
    # A folder out of which names went has another time, and nothing else of it may differ.
    look = replace(before, snapshot=replace(before.snapshot, files=files))
    return Expected(look, tuple(path for path in gone if path not in notes))


def nothing_lost(plan: Plan, wanted: Expected, opened: Opened, before: Look, after: Look) -> Iterator[Check]:
    """Whether every package of production is still there, and nothing is gone that the original was seen to open."""
    if not plan.prunes:
        return
    names = [f"{one.modules}{name}" for one in plan.prunes for name in sorted(one.kept)]
    there = [path for path in names if path in before.files]
    lost = [path for path in there if path not in after.files]
    yield Check(
        "every package of production is there", not lost, ", ".join(lost[:_SHOWN]) or f"{len(there)} looked for"
    )
    asked = list(_asked_for(plan, wanted, before))
    yield Check(
        "no package that stays asks for one that is left out", not asked, ", ".join(asked[:_SHOWN]) or "none does"
    )
    gone = set(wanted.gone)
    real = {before.real(path) or path for path in opened.paths}
    used = sorted(gone & {*opened.paths, *real})
    packages = sorted({_package(plan, path) for path in wanted.gone})
    more = f" and {len(packages) - _SHOWN} more" if len(packages) > _SHOWN else ""
    detail = f"{len(wanted.gone)} files and folders: {', '.join(packages[:_SHOWN])}{more}"
    files = [path for path in used if not _is_folder(before, path)]
    # What nobody could see is said by the check of what is opened.
    name = "nothing that is left out for development was opened" if not opened.why else "left out for development"
    yield Check(name, not files, ", ".join(files[:_SHOWN]) or detail)


def _asked_for(plan: Plan, wanted: Expected, before: Look) -> Iterator[str]:
    """The packages that stay and ask for one that is left out: it was there by way of development, and they may use it.

    npm 7 and later keeps such a package; the others take it away.
    """
    gone = {path for path in wanted.gone if _is_folder(before, path)}
    for one in plan.prunes:
        named = re.compile(rf"{re.escape(one.modules)}((?:@[^/]+/)?[^/@.][^/]*)/package\.json")
        lists = {
            path: match[1] for path in before.files if (match := named.fullmatch(path)) and path not in wanted.gone
        }
        for path, data in sorted(before.read(*lists).items()):
            told = json_object(data.decode("utf-8", "replace")) or {}
            asked = [name for kind in _ASKS if isinstance(names := told.get(kind), dict) for name in names]
            found = sorted(
                name for name in set(asked) if f"{one.modules}{name}" in gone and not name.startswith("@types/")
            )
            yield from (f"{lists[path]} asks for {name}" for name in found)


_ASKS = ("peerDependencies", "optionalDependencies", "dependencies")


def _is_folder(look: Look, path: str) -> bool:
    entry = look.files.get(path)
    return entry is not None and entry.kind is Kind.FOLDER


def _package(plan: Plan, path: str) -> str:
    inside = next(path[len(one.modules) :] for one in plan.prunes if path.startswith(one.modules))
    parts = inside.split("/")
    return "/".join(parts[: 2 if inside.startswith("@") else 1])
