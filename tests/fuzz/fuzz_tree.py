"""A small model of a folder tree, kept while a script is composed so that most of what is composed works."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["file", "folder", "archive", "link"]


@dataclass
class Tree:
    """What stands where: paths without a leading slash to their kind, and where links point; "" is the top."""

    nodes: dict[str, Kind] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    def add(self, path: str, kind: Kind) -> None:
        """Puts something at a path; missing parents are folders."""
        path = posixpath.normpath(path)
        if path == ".":
            return
        self.nodes[path] = kind
        parent = posixpath.dirname(path)
        while parent and parent not in self.nodes:
            self.nodes[parent] = "folder"
            parent = posixpath.dirname(parent)

    def remove(self, path: str) -> None:
        """Takes a path and all below it away."""
        path = posixpath.normpath(path)
        self.nodes = {p: k for p, k in self.nodes.items() if p != path and not p.startswith(path + "/")}

    def kind(self, path: str) -> Kind | None:
        """What stands at a path."""
        path = posixpath.normpath(path)
        return "folder" if path == "." else self.nodes.get(path)

    def below(self, path: str) -> dict[str, Kind]:
        """Everything below a folder, by path relative to it."""
        path = posixpath.normpath(path)
        if path == ".":
            return dict(self.nodes)
        return {p[len(path) + 1 :]: k for p, k in self.nodes.items() if p.startswith(path + "/")}

    def paths(self, *kinds: Kind) -> list[str]:
        """The paths of some kinds, in order."""
        return sorted(path for path, kind in self.nodes.items() if kind in kinds)

    def copy(self) -> Tree:
        """An independent copy."""
        return Tree(dict(self.nodes), dict(self.links))

    def graft(self, source: Tree, path: str, place: str) -> None:
        """Copies what stands at `path` of another tree to exactly `place`, merging folders."""
        kind = source.kind(path)
        if kind is None:
            return
        self.add(place, kind)
        if kind == "folder":
            for name, below in source.below(path).items():
                self.add(posixpath.join(place, name), below)

    def docker_cp(self, source: Tree, path: str, place: str) -> bool:
        """What `docker cp` of `path` to `place` does; False when it fails."""
        content = path.endswith(("/.", "/"))
        kind = source.kind(path)
        here = self.kind(place)
        if kind is None:
            return False
        if kind == "folder":
            if here not in (None, "folder"):
                return False
            into = here == "folder" and not path.endswith("/.")
            self.graft(source, path, posixpath.join(place, posixpath.basename(path.rstrip("/"))) if into else place)
            return True
        if content or (here is None and place.endswith("/")):
            return False
        self.graft(source, path, posixpath.join(place, posixpath.basename(path)) if here == "folder" else place)
        return self.kind(posixpath.dirname(place) or ".") == "folder"
