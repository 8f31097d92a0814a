"""What two images have in common, aspect by aspect: the proof of a split, which is meant to differ in all the rest."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.rules import split as rules
from migrator.split.leftover import NOTES
from migrator.split.libraries import needed
from migrator.split.programs import MOST, modules, programs
from migrator.split.result import Check
from migrator.verify.entry import Entry, Kind
from migrator.verify.snapshot import CONFIG

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from migrator.diagnostics import Diagnostic
    from migrator.split.image import Look
    from migrator.split.plan import Carried, Plan, Rung

# What another base may bring of its own; the rest of the configuration has to be the same on every rung.
_OF_BASE = frozenset({"Env", "Shell", "Labels", "StopSignal", "Author"})


_SHOWN = 5


def same_artifacts(plan: Plan, before: Look, after: Look) -> Iterator[Check]:
    """Whether what the image runs is the same to the byte, with the same mode and owner."""
    for artifact in plan.artifacts:
        one, other = before.file(artifact.path), after.file(artifact.path)
        name = f"{artifact.path} is the same file"
        if one is None:
            folder = before.real(artifact.path)
            same = folder is not None and _below(before, folder) == _below(after, folder)
            yield Check(name, same, f"a folder of {len(_below(before, folder or ''))} files")
        elif other is None:
            yield Check(name, passed=False, detail="it is missing")
        else:
            same = replace(one, time=0) == replace(other, time=0)
            detail = f"sha256:{one.content[:12]}…, {one.described}"
            yield Check(name, same, detail if same else f"{one.described} and {other.described}")


def _below(look: Look, folder: str) -> dict[str, Entry]:
    return {path: replace(one, time=0) for path, one in look.files.items() if path.startswith(f"{folder}/")}


def same_configuration(plan: Plan, rung: Rung, before: Look, after: Look) -> tuple[list[Check], list[Diagnostic]]:
    """Whether the image is set up the same; what another base brings of its own is named, and does not count."""
    checks: list[Check] = []
    notes: list[Diagnostic] = []
    span = plan.fat.stage.origin.span
    fields = [*CONFIG, *sorted((before.config.keys() | after.config.keys()) - set(CONFIG))]
    for field in fields:
        one, other = (_meaning(field, look.config.get(field)) for look in (before, after))
        if one == other:
            continue
        if rung != "same" and field in _OF_BASE:
            for name, old, new in _settings(field, one, other):
                notes.append(rules.BASE_DIFFERS.at(span, field=name, before=old, after=new))
        else:
            checks.append(Check(f"the same {field}", passed=False, detail=f"{_shown(one)} and {_shown(other)}"))
    if not checks:
        told = ", ".join(field for field in CONFIG if rung == "same" or field not in _OF_BASE)
        checks.append(Check("the same configuration", passed=True, detail=told))
    return checks, notes


def _meaning(field: str, value: object) -> object:
    """A setting in the one spelling that the same meaning has: without a folder a container starts in the root."""
    return value or "/" if field == "WorkingDir" else value


def _settings(field: str, one: object, other: object) -> Iterator[tuple[str, str, str]]:
    if field != "Env":
        yield field, _shown(one), _shown(other)
        return
    old = dict(text.partition("=")[::2] for text in one or ())  # type: ignore[attr-defined]
    new = dict(text.partition("=")[::2] for text in other or ())  # type: ignore[attr-defined]
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            yield f"the variable {name}", old.get(name, "unset"), new.get(name, "unset")


def _shown(value: object) -> str:
    return "unset" if value is None else json.dumps(value, ensure_ascii=False)


def everything_there(plan: Plan, before: Look, after: Look) -> Iterator[Check]:
    """Whether what the process needs is there: libraries, what was carried, and what the command names."""
    for program in programs(plan, before):
        found = needed(after, program.path)
        missing = found.missing if found is not None else (program.path,)
        count = len(program.needs.paths)
        what = "it is static and needs none" if not count else f"{count} found, the loader among them"
        yield Check(
            f"the libraries of {program.path}", not missing, what if not missing else f"no {', '.join(missing)}"
        )
    loaded = modules(plan, before)
    for module in loaded:
        found = needed(after, module.program)
        short = set(found.missing if found is not None else (module.program,)) - set(module.missing)
        if short:
            yield Check(f"the libraries of {module.program}", passed=False, detail=f"no {', '.join(sorted(short))}")
    if loaded:
        yield Check(
            "compiled modules", passed=len(loaded) < MOST, detail=f"the libraries of {len(loaded)} were looked for"
        )
    named = sorted(_named(plan, before))
    gone = [path for path in named if after.real(path) is None or not _equal(before, after, path)]
    if named:
        yield Check("the files that the command names", not gone, ", ".join(gone or named))
    brought = _brought(plan, before)
    lost = [path for path in brought if not _equal(before, after, path)]
    if brought:
        shown = ", ".join(lost[:_SHOWN]) or f"{len(brought)} file{'' if len(brought) == 1 else 's'}"
        yield Check("what COPY brings, from the context and the builder", not lost, shown)


def same_folders(carried: Iterable[Carried], before: Look, after: Look) -> Iterator[Check]:
    """Whether folders that are carried have their mode and owner: a COPY gives those of its files, not its own."""
    other = []
    places = [one.path for one in carried if one.folder]
    for path in places:
        old, new = (look.files.get(look.real(path) or path) for look in (before, after))
        if old is None or new is None or not old.kind is new.kind is Kind.FOLDER:
            continue
        if (old.mode, old.owner) != (new.mode, new.owner):
            other.append(f"{path}: {old.described} before, {new.described} after")
    if places:
        shown = ", ".join(other[:_SHOWN]) or ", ".join(places[:_SHOWN])
        yield Check("the mode and owner of folders that are carried", not other, shown)


def _brought(plan: Plan, before: Look) -> list[str]:
    """The files that the last stage gets by a COPY: those of the original that it keeps, and what is carried."""
    copies = {each.index for each in plan.fat.brought} - plan.dropped
    makers = before.makers or {}
    files = {one.path for one in plan.carried}
    folders = tuple(f"{one.path}/" for one in plan.carried if one.folder)
    return [
        path
        for path, entry in before.files.items()
        if entry.kind is Kind.FILE and (makers.get(path) in copies or path in files or path.startswith(folders))
    ]


def _equal(before: Look, after: Look, path: str) -> bool:
    one, other = before.file(path), after.file(path)
    return (one.content if one else None) == (other.content if other else None)


def _named(plan: Plan, before: Look) -> set[str]:
    found = set()
    for statement in plan.runs.commands:
        for word in statement.words:
            place = statement.path(word) if word and ("/" in word or "." in word) else None
            real = before.real(place) if place is not None and place != "/" else None
            if real is not None and real in before.files:
                found.add(real)
    return found


def same_rest(plan: Plan, before: Look, after: Look) -> Iterator[Check]:
    """On the same base: whether every file is either the same, or one that a step of the build made."""
    makers = before.makers or {}
    differing: list[str] = []
    compared = 0
    for path, one in before.files.items():
        number = makers.get(path)
        other = after.files.get(path)
        if number is not None and (number in plan.dropped or number in plan.texts) and other is None:
            continue
        if NOTES.fullmatch(path):
            continue
        compared += 1
        if other is None or not alike(one, other):
            differing.append(path)
    extra = [path for path in after.files if path not in before.files and not NOTES.fullmatch(path)]
    found = differing + extra
    name = "all other files are the same"
    shown = ", ".join(found[:_SHOWN]) + (f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else "")
    yield Check(name, not found, shown if found else f"{compared} compared")


def alike(one: Entry, other: Entry) -> bool:
    """Whether two entries are the same but for their times, and for the mode of a link, which means nothing."""
    if one.kind is Kind.LINK:
        return other.kind is Kind.LINK and one.link == other.link and one.owner == other.owner
    return replace(one, time=0) == replace(other, time=0)
