"""Two snapshots into differences, each with its aspect and the rule that names its cause."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.rules import verification as rules
from migrator.verify.entry import Entry, Kind
from migrator.verify.snapshot import CONFIG
from migrator.verify.verdict import Difference

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from migrator.diagnostics import Rule
    from migrator.verify.snapshot import Snapshot

CAUSES: dict[str, Rule] = {
    "content": rules.CONTENT,
    "mode": rules.MODE,
    "owner": rules.OWNER,
    "type": rules.TYPE,
    "link": rules.LINK,
    "xattr": rules.ATTRIBUTE,
    "device": rules.DEVICE,
    "missing": rules.MISSING,
    "extra": rules.EXTRA,
    "mtime": rules.TIME,
    "hard-link": rules.HARD_LINK,
}
# Set aside unless the user is strict: two builds never have the same times; through each name the same is read.
OF_NO_ACCOUNT = frozenset({"mtime", "hard-link"})


def aspects(xattrs: Iterable[str]) -> tuple[str, ...]:
    """What of two entries at one path is held against each other, where images keep attributes that begin like that."""
    named = tuple(f"xattr {name}{'*' * name.endswith('.')}" for name in xattrs)
    return "type", *(name for name in CAUSES if name not in {"type", "missing", "extra", "xattr"}), *named


def compare(legacy: Snapshot, new: Snapshot, image: str = "") -> tuple[Difference, ...]:
    """All differences: the configuration first, then the files by path. Times are set aside, everything else counts."""
    found = [*_configuration(legacy, new)]
    for path in sorted(legacy.files.keys() | new.files.keys()):
        found += entry_differences(path, legacy.files.get(path), new.files.get(path))
    return tuple(replace(difference, image=image) for difference in found)


def _configuration(legacy: Snapshot, new: Snapshot) -> Iterator[Difference]:
    others = sorted((legacy.config.keys() | new.config.keys()) - set(CONFIG))
    for name in (*CONFIG, *others):
        old, now = legacy.config.get(name), new.config.get(name)
        if old != now:
            yield Difference(f"config.{name}", "", _json(old), _json(now), rules.CONFIGURATION.code)


def _json(value: object) -> str:
    return "unset" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)


def entry_differences(path: str, legacy: Entry | None, new: Entry | None) -> list[Difference]:
    """What two entries at one path do not have in common."""
    if legacy == new:
        return []
    if legacy is None or new is None:
        aspect = "extra" if legacy is None else "missing"
        return [_difference(aspect, path, legacy.described if legacy else "", new.described if new else "")]
    if legacy.kind is not new.kind:
        return [_difference("type", path, legacy.kind, new.kind)]
    return [
        _difference(aspect, path, old, now)
        for aspect, old, now in (
            ("content", _content(legacy), _content(new)),
            ("mode", _mode(legacy), _mode(new)),
            ("owner", _owner(legacy), _owner(new)),
            ("link", legacy.link, new.link),
            ("device", _device(legacy), _device(new)),
            ("xattr", _xattrs(legacy), _xattrs(new)),
            ("hard-link", _linked(legacy, path), _linked(new, path)),
            ("mtime", str(legacy.time), str(new.time)),
        )
        if old != now
    ]


def _difference(aspect: str, path: str, legacy: str, new: str) -> Difference:
    return Difference(aspect, path, legacy, new, CAUSES[aspect].code, set_aside=aspect in OF_NO_ACCOUNT)


def _content(entry: Entry) -> str:
    return f"sha256:{entry.content} ({entry.size} bytes)" if entry.kind is Kind.FILE else ""


def _mode(entry: Entry) -> str:
    # Nothing looks at the mode of a symbolic link, and builders write different ones.
    return "" if entry.kind is Kind.LINK else f"{entry.mode:04o}"


def _owner(entry: Entry) -> str:
    return f"{entry.owner[0]}:{entry.owner[1]}"


def _device(entry: Entry) -> str:
    return "" if entry.device is None else f"{entry.device[0]}:{entry.device[1]}"


def _linked(entry: Entry, path: str) -> str:
    if not entry.linked:
        return "a file by itself"
    return "one file with others" if entry.linked == path else f"one file with {entry.linked}"


def _xattrs(entry: Entry) -> str:
    return " ".join(f"{name}={value.encode('utf-8', 'surrogateescape').hex()}" for name, value in entry.xattrs)


def subtract(differences: Iterable[Difference], control: Iterable[Difference]) -> tuple[Difference, ...]:
    """Differences with those set aside that the legacy way has with itself, in the same aspect of the same path."""
    own = {difference.place for difference in control if not difference.set_aside}
    return tuple(
        replace(difference, set_aside=True, cause=rules.NONDETERMINISTIC.code)
        if not difference.set_aside and difference.place in own
        else difference
        for difference in differences
    )


def set_aside_recipes(
    differences: Iterable[Difference],
    snapshots: tuple[Snapshot, Snapshot],
    recipes: tuple[dict[str, str], dict[str, str]],
) -> tuple[Difference, ...]:
    """Differences with those set aside that are the recipe itself, brought in by a COPY of the whole context.

    `recipes` holds, for each way, path to sha256 of the Dockerfiles, ignore files and the script as they were in its
    copy of the repository. A file of an image is one of them when it has the name and the very content. Where only one
    image has it, the other way has no such file, or another ignore file: else a COPY is lost, or there is one too many.
    """
    found = list(differences)
    (legacy, new), (old, now) = snapshots, recipes
    # A recipe may be another text, or gone, after the migration. Its owner or mode has no reason to change.
    places = {
        "missing": ((legacy, _gone(old, now)),),
        "extra": ((new, _gone(now, old)),),
        "content": ((legacy, old), (new, now)),
    }
    aside = {
        difference.path
        for difference in found
        if difference.aspect in places
        and all(_is_recipe(difference.path, *place) for place in places[difference.aspect])
    }
    aside |= _emptied(found, legacy, aside)
    return tuple(
        replace(difference, set_aside=True, cause=rules.RECIPE.code)
        if not difference.set_aside and difference.path in aside and difference.aspect in places
        else difference
        for difference in found
    )


def _gone(recipes: dict[str, str], others: dict[str, str]) -> dict[str, str]:
    """Those of the recipes of a way that the other may not have in its contexts."""
    ignores, theirs = (
        {name: digest for name, digest in way.items() if name.endswith(".dockerignore")} for way in (recipes, others)
    )
    return {name: digest for name, digest in recipes.items() if ignores != theirs or name not in others}


def _is_recipe(path: str, snapshot: Snapshot, recipes: dict[str, str]) -> bool:
    entry = snapshot.files.get(path)
    names = [name for name, content in recipes.items() if entry is not None and content == entry.content]
    return any(path.rpartition("/")[2] == name.rpartition("/")[2] for name in names)


def _emptied(differences: Iterable[Difference], legacy: Snapshot, aside: Collection[str]) -> set[str]:
    """Folders that are missing because nothing but recipes was in them."""
    folders = set()
    for difference in differences:
        entry = legacy.files.get(difference.path)
        if difference.aspect == "missing" and entry is not None and entry.kind is Kind.FOLDER:
            below = [path for path in legacy.files if path.startswith(f"{difference.path}/")]
            if below and all(path in aside or legacy.files[path].kind is Kind.FOLDER for path in below):
                folders.add(difference.path)
    return folders
