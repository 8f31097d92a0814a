"""Folders of several origins: the COPYs that bring their content together, in the order that lets the last one win."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.dockerfile.ignore import IgnoreRules
from migrator.migration.nesting import apart, held, is_link, keeps_mode, loses_mode
from migrator.migration.takes import CannotError, Take, inside
from migrator.trace.workspace import (
    Carried,
    Entries,
    Folder,
    Link,
    Mystery,
    Overlay,
    Packed,
    RepoFile,
    Written,
    known_names,
    overlays_of,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.project import Project
    from migrator.trace.workspace import Node


@dataclass
class FolderPlanner:
    """Takes folders apart; `ignore` are the rules that the old build was under."""

    project: Project
    ignore: IgnoreRules = field(default_factory=IgnoreRules)
    children: dict[str, set[str]] = field(default_factory=dict)

    def folder(self, node: Folder, destination: str, path: str, covered: str | None = None) -> list[Take]:
        """The COPYs that bring the content of a folder to `destination`, in the order that lets the last one win.

        `covered` is the folder of the checkout that an outer COPY has brought already.
        """
        takes: list[Take] = []
        for layer in node.layers:
            if isinstance(layer, Overlay):
                takes.append(Take(layer.image, (layer.path.rstrip("/") + "/",), destination))
            else:
                takes.extend(self._entries(layer, destination, path, covered, above=bool(takes)))
        if not takes and covered is None:
            raise CannotError  # an empty folder is a folder all the same
        return takes

    def _entries(self, layer: Entries, destination: str, path: str, covered: str | None, *, above: bool) -> list[Take]:
        names = layer.names
        if any(below is None for below in names.values()) and above:
            raise CannotError
        base = covered if covered is not None else _home(names)
        takes: list[Take] = []
        plain: set[str] = set()
        if base is not None:
            listing = self._listing(base)
            plain = {name for name in names if _is_home(names[name], base, name)}
            whole = all(self._is_there(names.get(name), posixpath.join(base, name)) for name in listing)
            if covered is not None and not whole:
                raise CannotError
            if whole and covered is None and plain:
                takes += (
                    [Take(None, (base,), destination, seen=(path,))] if not path or self._let_in(path, base) else []
                )
            elif covered is None:
                takes.extend(self._one_by_one(base, plain, destination, path))
                base = None
        for name in sorted(set(names) - plain):
            below = names[name]
            if below is not None:
                there = posixpath.join(base, name) if base is not None and name in self._listing(base) else None
                takes.extend(self._entry(below, name, destination, posixpath.join(path, name), there))
        return takes

    def _is_there(self, node: Node | None, origin: str) -> bool:
        """Whether nothing of what the checkout has at `origin` was taken out of what stands there now.

        What stands there must be of the same kind too: a folder does not take the place of a file, nor a file its.
        """
        if isinstance(node, Folder) and node.origin == origin:
            return True
        if node is None or isinstance(node, Folder) is (origin in self.project.files):
            return False
        if not isinstance(node, Folder):
            return not (isinstance(node, Carried) and node.kind == "folder")
        names = known_names(node)
        return all(self._is_there(names.get(name), posixpath.join(origin, name)) for name in self._listing(origin))

    def _let_in(self, path: str, origin: str) -> bool:
        """Whether a thing of the checkout gets past the ignore file: what is named must be there."""
        if not self.ignore.patterns or origin in self.project.files:
            return not (self.ignore.patterns and self.ignore.excludes(path))
        if not self.ignore.excludes(path):
            return True  # with nothing in it, if it must be
        below = (file for file in self.project.files if file.startswith(origin + "/"))
        return any(not self.ignore.excludes(path + file.removeprefix(origin)) for file in below)

    def _one_by_one(self, base: str, names: set[str], destination: str, path: str) -> list[Take]:
        kept = {name for name in names if self._let_in(posixpath.join(path, name), posixpath.join(base, name))}
        files = sorted(name for name in kept if posixpath.join(base, name) in self.project.files)
        folders = sorted(kept - set(files))

        def take(names: list[str], place: str) -> Take:
            seen = tuple(posixpath.join(path, name) for name in names)
            return Take(None, tuple(posixpath.join(base, name) for name in names), place, seen=seen)

        takes = [take(files, inside(destination, ""))] if files else []
        return takes + [take([name], inside(destination, name)) for name in folders]

    def _entry(self, node: Node, name: str, destination: str, path: str, covered: str | None) -> list[Take]:
        place = inside(destination, name)
        if isinstance(node, Folder) and is_hollow(node):
            return [] if self.ignore.patterns and self.ignore.excludes(path) else empty_folders(node, place)
        if isinstance(node, RepoFile):
            return [Take(None, (node.path,), place, seen=(path,))] if self._let_in(path, node.path) else []
        if isinstance(node, Carried):
            if is_link(node) or (node.kind != "file" and not keeps_mode(self.project, node.image, node.path)):
                around = held(node, name)
                return [Take(around.image, (around.path,), inside(destination, ""))]
            return [Take(node.image, (node.path,), place)]
        if loses_mode(self.project, node):
            return self._apart(node, name, destination, path, covered)
        if isinstance(node, Folder) and node.mode == 0o755 and (known_names(node) or len(node.layers) > 1):
            if node.origin is not None:
                return [Take(None, (node.origin,), place, seen=(path,))] if self._let_in(path, node.origin) else []
            return self.folder(node, place, path, covered)
        if isinstance(node, Folder) and node.mode == 0o755 and any(isinstance(layer, Overlay) for layer in node.layers):
            return self.folder(node, place, path, covered)
        raise CannotError

    def _apart(self, node: Node, name: str, destination: str, path: str, covered: str | None) -> list[Take]:
        """A folder whose mode COPY would lose, part by part: what gives it the mode comes as the content of another."""
        takes: list[Take] = []
        for layer in apart(self.project, node, name):
            if isinstance(layer, Overlay):
                takes.append(Take(layer.image, (layer.path,), inside(destination, "")))
                continue
            for below in layer.names.values():
                if below is not None:
                    takes.extend(self._entry(below, name, destination, path, None if takes else covered))
        return takes

    def _listing(self, folder: str) -> set[str]:
        if not self.children:
            for path in self.project.files:
                parent = path
                while parent:
                    parent, name = posixpath.split(parent)
                    names = self.children.setdefault(parent, set())
                    if name in names:
                        break
                    names.add(name)
        return self.children.get(folder, set())


def needs_shell(node: Node) -> bool:
    """Whether a tree can only be laid out with commands: written files, removed names, modes, empty folders."""
    if isinstance(node, Written | Link):
        return True
    if isinstance(node, Carried | RepoFile | Mystery):
        return False
    if isinstance(node, Packed):
        return True
    if node.origin is not None or is_hollow(node):
        return False
    if node.mode != 0o755 or not (known_names(node) or overlays_of(node)):
        return True
    seen = False
    for layer in node.layers:
        if isinstance(layer, Overlay):
            seen = True
            continue
        for below in layer.names.values():
            if below is None:
                if seen:
                    return True
            elif needs_shell(below):
                return True
    return False


def is_hollow(node: Folder) -> bool:
    """Whether a folder holds nothing but folders that hold nothing, all of the usual mode."""
    below = [entry for layer in node.layers if isinstance(layer, Entries) for entry in layer.names.values()]
    plain = node.mode == 0o755 and node.origin is None and not overlays_of(node)
    return plain and all(entry is None or (isinstance(entry, Folder) and is_hollow(entry)) for entry in below)


def empty_folders(node: Folder, place: str) -> list[Take]:
    """The innermost of hollow folders, each as a `Take` of nothing."""
    inner = [(name, below) for name, below in known_names(node).items() if isinstance(below, Folder)]
    if not inner:
        return [Take(None, (), place)]
    return [take for name, below in inner for take in empty_folders(below, f"{place}/{name}")]


def _home(names: Mapping[str, Node | None]) -> str | None:
    """The folder of the checkout that most of the names come from unchanged."""
    counts: dict[str, int] = {}
    for name, node in names.items():
        path = node.path if isinstance(node, RepoFile) else node.origin if isinstance(node, Folder) else None
        if path and posixpath.basename(path) == name:
            parent = posixpath.dirname(path)
            counts[parent] = counts.get(parent, 0) + 1
    return max(counts, key=lambda parent: (counts[parent], parent)) if counts else None


def _is_home(node: Node | None, base: str, name: str) -> bool:
    path = posixpath.join(base, name)
    if isinstance(node, RepoFile):
        return node.path == path
    return isinstance(node, Folder) and node.origin == path
