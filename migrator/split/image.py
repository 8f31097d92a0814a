"""An image that was built and looked at: what stands where, which instruction put it there, and how it runs."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from migrator.split.bases import Release
from migrator.verify.entry import Entry, Kind
from migrator.verify.reading import read_image
from migrator.verify.snapshot import Snapshot, of_archive

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from migrator.dockerfile.syntax import Instruction
    from migrator.engine.base import Engine
    from migrator.verify.archive import Archive
    from migrator.verify.contents import Contents

# More links than this in a row are a cycle; Linux gives up at the same number (path_resolution(7)).
_LINKS = 40


@dataclass(frozen=True)
class Look:
    """One image. `makers` maps each path to the number of the instruction whose layer wrote it last, None for the base.

    It is None as a whole where the engine's history does not tell. `first` is the same for who wrote it first.
    """

    id: str
    size: int
    snapshot: Snapshot
    contents: Contents = field(repr=False)
    makers: Mapping[str, int | None] | None = None
    first: Mapping[str, int | None] = field(default_factory=dict)

    @property
    def files(self) -> Mapping[str, Entry]:
        """What stands where."""
        return self.snapshot.files

    @property
    def config(self) -> Mapping[str, Any]:
        """How the image runs."""
        return self.snapshot.config

    @cached_property
    def env(self) -> dict[str, str]:
        """The variables that a container starts with."""
        return dict(text.split("=", 1) for text in self.config.get("Env") or () if "=" in text)

    def real(self, path: str) -> str | None:
        """The path that a path leads to over links; None where nothing stands there."""
        todo = [part for part in path.split("/") if part]
        done = "/"
        links = 0
        while todo:
            part = todo.pop(0)
            if part == "..":
                done = posixpath.dirname(done)
                continue
            here = posixpath.join(done, part) if part != "." else done
            entry = self.files.get(here)
            if entry is not None and entry.kind is Kind.LINK:
                links += 1
                if links > _LINKS:
                    return None
                if entry.link.startswith("/"):
                    done = "/"
                todo = [one for one in entry.link.split("/") if one] + todo
            else:
                done = here
        return done if done in self.files or done == "/" else None

    def file(self, path: str) -> Entry | None:
        """The file that a path leads to; None where there is none."""
        real = self.real(path)
        entry = self.files.get(real) if real is not None else None
        return entry if entry is not None and entry.kind is Kind.FILE else None

    def read(self, *paths: str) -> dict[str, bytes]:
        """The bytes of files, over links; what is no file is left out."""
        wanted: dict[str, str] = {}
        for path in paths:
            real = self.real(path)
            if real is not None and self.files.get(real, Entry(Kind.FOLDER)).kind is Kind.FILE:
                wanted[path] = real
        self.contents.fetch(self.id, {real: self.files[real].content for real in wanted.values()})
        found = {path: self.contents.of(self.files[real].content) for path, real in wanted.items()}
        return {path: data for path, data in found.items() if data is not None}

    @cached_property
    def release(self) -> Release | None:
        """What the image says of its system in /etc/os-release."""
        text = next(iter(self.read("/etc/os-release").values()), b"").decode("utf-8", "replace")
        said = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', text, re.MULTILINE))
        if said.get("ID") == "debian" and said.get("VERSION_CODENAME"):
            return Release("debian", said["VERSION_CODENAME"])
        if said.get("ID") == "alpine" and said.get("VERSION_ID"):
            return Release("alpine", ".".join(said["VERSION_ID"].split(".")[:2]))
        return None


def look(engine: Engine, image: str, contents: Contents, instructions: Sequence[Instruction] = ()) -> Look:
    """An image of the engine; `instructions` are those of the Dockerfile that its last layers come from."""
    archive = read_image(engine, image, root=False)
    snapshot = of_archive(archive)
    files = {path: entry for path, entry in snapshot.files.items() if path != "/"}
    known = engine.image(image)
    size = known.size if known is not None else 0
    identity = known.id if known is not None else image
    snapshot = Snapshot(files, snapshot.config, snapshot.partial)
    writers = _writers(archive, instructions)
    if writers is None:
        return Look(identity, size, snapshot, contents)
    last = {path: number for number, paths in writers for path in paths}
    first = {path: number for number, paths in reversed(writers) for path in paths}
    return Look(identity, size, snapshot, contents, last, first)


def _writers(archive: Archive, instructions: Sequence[Instruction]) -> list[tuple[int | None, Collection[str]]] | None:
    """The paths of each layer with the instruction that wrote it. Every instruction has one line of the history."""
    history = archive.config.get("history") or []
    own = len(instructions)
    tail = history[len(history) - own :] if own else []
    if own > len(history) or not all(map(_tells, tail, instructions)):
        return None
    numbers = [None] * (len(history) - own) + list(range(own))
    written = [number for line, number in zip(history, numbers, strict=True) if not line.get("empty_layer")]
    if len(written) != len(archive.layers):
        return None
    return [(number, layer.entries) for number, layer in zip(written, archive.layers, strict=True) if layer is not None]


def _tells(line: Mapping[str, Any], instruction: Instruction) -> bool:
    """Whether a line of the history may be of an instruction."""
    text = line.get("created_by") or ""
    shown = text.partition("#(nop)")[2].strip() or text
    keyword = instruction.keyword
    return shown.startswith(keyword) or (keyword == "RUN" and "#(nop)" not in text) or keyword == "MAINTAINER"
