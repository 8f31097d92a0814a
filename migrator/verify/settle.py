"""What of the differences does not count, and why: on request, by a file's format, or since no build repeats it."""

from __future__ import annotations

import errno
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from migrator.rules import verification as rules
from migrator.verify.compare import subtract
from migrator.verify.contents import LARGEST, Contents
from migrator.verify.entry import Kind
from migrator.verify.formats.files import explained
from migrator.verify.formats.unsteady import unsteady

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from migrator.verify.entry import Entry
    from migrator.verify.formats.parts import Spot
    from migrator.verify.snapshot import Snapshot
    from migrator.verify.verdict import Difference

SPOTS = 20
COPIED = 500


@dataclass(frozen=True)
class Asides:
    """What a user wants set aside: `strict` sets aside nothing of our own accord, `ignore` are patterns of paths."""

    strict: bool = False
    ignore: tuple[str, ...] = ()
    ignore_mtime: bool = False

    def applied(self, differences: Iterable[Difference]) -> tuple[Difference, ...]:
        """Differences with those set aside that are so on request; under `strict` times count like everything else."""
        return tuple(self._applied(difference) for difference in differences)

    def _applied(self, difference: Difference) -> Difference:
        if difference.path and any(matches(difference.path, pattern) for pattern in self.ignore):
            return replace(difference, set_aside=True, cause=rules.IGNORED.code)
        if difference.aspect == "mtime" and self.strict and not self.ignore_mtime:
            return replace(difference, set_aside=False, cause=rules.TIME_COUNTED.code)
        if difference.aspect == "hard-link" and self.strict:
            return replace(difference, set_aside=False, cause=rules.HARD_LINK_COUNTED.code)
        return difference


def matches(path: str, pattern: str) -> bool:
    """Whether a pattern stands for a path: as a whole, or for a folder around it. `*` stands for slashes as well."""
    pattern = "/" + pattern.strip("/")
    return fnmatchcase(path, pattern) or fnmatchcase(path, f"{pattern}/*")


@dataclass(frozen=True)
class Side:
    """One image: its private name, and what is in it."""

    image: str
    snapshot: Snapshot

    def file(self, path: str) -> Entry | None:
        """The file at a path, if it is one that we look into."""
        entry = self.snapshot.files.get(path)
        return entry if entry is not None and entry.kind is Kind.FILE and entry.size <= LARGEST else None


def look_into(
    differences: Sequence[Difference], sides: Mapping[str, tuple[Side, Side]], contents: Contents
) -> tuple[Difference, ...]:
    """Differences with the files set aside whose formats say that nothing but what may differ does."""
    open_ones = list(_open_files(differences, sides))
    _fetch(contents, open_ones)
    found: list[Difference] = []
    for difference in differences:
        files = _files(difference, sides)
        data = [contents.of(entry.content) for _, entry in files]
        if difference.set_aside or len(data) != 2 or data[0] is None or data[1] is None:
            found.append(difference)
        else:
            found += _told(difference, explained(difference.path, data[0], data[1]))
    return tuple(found)


def without_noise(
    differences: Sequence[Difference],
    control: Sequence[Difference],
    sides: Mapping[str, tuple[Side, Side, Side]],
    contents: Contents,
    *,
    strict: bool,
) -> tuple[Difference, ...]:
    """Differences with those set aside that the legacy way has with itself: by path, and in a file by region.

    `sides` are the legacy image, the new one, and that of the second legacy build. A file that we do not look into is
    set aside as a whole.
    """
    own = {difference.place for difference in control}
    open_ones = [one for one in _open_files(differences, sides) if one[0].place in own]
    _fetch(contents, open_ones)
    found: list[Difference] = []
    for difference in differences:
        files = _files(difference, sides)
        data = [contents.of(entry.content) for _, entry in files]
        known = [block for block in data if block is not None]
        if difference.set_aside or difference.place not in own or len(files) != 3 or len(known) != 3:
            found += subtract([difference], control)
            continue
        legacy, new, again = known
        spots = unsteady(legacy, new, again) if strict else explained(difference.path, legacy, new, again)
        found += _told(difference, spots)
    return tuple(found)


def copy_files(
    differences: Sequence[Difference], sides: Mapping[str, tuple[Side, Side]], contents: Contents, folder: Path
) -> None:
    """Put both copies of every file that differs below a folder: `legacy/` and `new/`, then the path in the image."""
    by_place = {difference.place: difference for difference in differences if difference.aspect == "content"}
    chosen = [(one, files) for one in by_place.values() if (files := _files(one, sides))][:COPIED]
    _fetch(contents, chosen)
    for difference, files in chosen:
        for way, (_, entry) in zip(("legacy", "new"), files, strict=True):
            data = contents.of(entry.content)
            # Paths of an image are rooted when it is read: none leads out of the folder.
            target = folder / way / difference.path.lstrip("/")
            if data is not None:
                _write(target, data)


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        # A name that this disk does not take is in the report all the same; a full disk is another matter.
        if error.errno == errno.ENOSPC:
            raise


def _open_files(
    differences: Iterable[Difference], sides: Mapping[str, Sequence[Side]]
) -> Iterator[tuple[Difference, list[tuple[Side, Entry]]]]:
    for difference in differences:
        files = [] if difference.set_aside else _files(difference, sides)
        if files:
            yield difference, files


def _files(difference: Difference, sides: Mapping[str, Sequence[Side]]) -> list[tuple[Side, Entry]]:
    """The file that differs on each side; empty where the difference is another, or one side is no file."""
    if difference.aspect != "content":
        return []
    found = [(side, side.file(difference.path)) for side in sides[difference.image]]
    files = [(side, entry) for side, entry in found if entry is not None]
    return files if len(files) == len(found) else []


def _fetch(contents: Contents, files: Iterable[tuple[Difference, list[tuple[Side, Entry]]]]) -> None:
    """Take all files out that are to be looked into, in one pass over each image."""
    wanted: dict[str, dict[str, str]] = {}
    for difference, sides in files:
        for side, entry in sides:
            wanted.setdefault(side.image, {})[difference.path] = entry.content
    for image, paths in wanted.items():
        contents.fetch(image, paths)


def _told(difference: Difference, spots: Sequence[Spot] | None) -> list[Difference]:
    """A difference as it is, or in its place one for each spot that it comes to, set aside."""
    if not spots:
        return [difference]
    found = [
        replace(
            difference,
            legacy=spot.told[0],
            new=spot.told[1],
            cause=spot.cause.code,
            set_aside=True,
        )
        for spot in spots[:SPOTS]
    ]
    if len(spots) > SPOTS:
        more = f"{len(spots) - SPOTS} more places of this kind"
        found.append(replace(found[-1], legacy=more, new=more))
    return found
