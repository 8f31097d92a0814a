"""Where COPY and ADD put the files of the context, as far as the Dockerfile shows it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.dockerfile.copy import as_copy
from migrator.dockerfile.evaluate import ExpansionError, expand, resolve
from migrator.dockerfile.globs import glob_matcher, has_glob

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrator.dockerfile.copy import Copy
    from migrator.dockerfile.evaluate import State
    from migrator.split.fat import Fat

_ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")


@dataclass(frozen=True)
class Landing:
    """One file of the context and the path of the image that it is copied to."""

    source: str
    path: str


@dataclass(frozen=True)
class Brought:
    """What one COPY or ADD takes out of the context; None in `landings` where it cannot be told."""

    index: int
    copy: Copy
    landings: tuple[Landing, ...] | None


def brought(fat: Fat) -> tuple[Brought, ...]:
    """Every COPY and ADD of the Dockerfile, in order; one from an image or an address brings nothing that is known."""
    found: list[Brought] = []
    folders = {"/"}
    for index, (instruction, state) in enumerate(zip(fat.instructions, fat.scope.states, strict=True)):
        copy = as_copy(instruction)
        folders.add(state.workdir)
        if copy is None:
            continue
        landings = _landings(fat, copy, state, folders)
        found.append(Brought(index, copy, landings))
        for landing in landings or ():
            folders.add(posixpath.dirname(landing.path))
    return tuple(found)


def _landings(fat: Fat, copy: Copy, state: State, folders: set[str]) -> tuple[Landing, ...] | None:
    special = copy.from_ is not None or copy.documents or copy.parents or copy.exclude
    try:
        sources = [expand(one.text, state.variables.get, fat.dockerfile.escape) for one in copy.sources]
        target = expand(copy.destination.text, state.variables.get, fat.dockerfile.escape)
    except ExpansionError:
        return None
    if special or any("://" in one or one.startswith("git@") for one in sources):
        return None
    if copy.is_add and any(one.endswith(_ARCHIVES) for one in sources):
        return None
    taken = [_taken(fat, source) for source in sources]
    place = resolve(state.workdir, target)
    # A file goes into the place where that is a folder; the content of a folder goes there anyway.
    into = len(sources) > 1 or target.endswith(("/", "/.", "/..")) or target in {".", ".."} or place in folders
    return tuple(
        Landing(file, place if one_file and not into else posixpath.join(place, inside))
        for files, one_file in taken
        for file, inside in files
    )


def _taken(fat: Fat, source: str) -> tuple[list[tuple[str, str]], bool]:
    """The files that a source names, each with its path below the destination; and whether it is just one file."""
    name = posixpath.normpath(f"/{source}").lstrip("/")
    if not has_glob(name):
        return list(_below(fat.files, name)), name in fat.files
    matches = glob_matcher(name)
    tops: dict[str, None] = {}
    for file in fat.files:
        parts = file.split("/")
        for depth in range(1, len(parts) + 1):
            top = "/".join(parts[:depth])
            if matches is not None and matches(top):
                tops[top] = None
                break
    return [found for top in tops for found in _below(fat.files, top)], len(tops) == 1 and next(iter(tops)) in fat.files


def _below(files: Sequence[str], name: str) -> Iterator[tuple[str, str]]:
    if name in files:
        yield name, posixpath.basename(name)
        return
    prefix = f"{name}/" if name else ""
    yield from ((file, file[len(prefix) :]) for file in files if file.startswith(prefix))
