"""What an ignore file keeps out of a tree that holds more than the checkout's own files.

`.dockerignore` filters what a build gets from its context and never `COPY --from`: what it kept out has to be left
out by hand. The checkout's own files are not touched here, because the new build has an ignore file of its own.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.commands.docker.contents import kind_of
from migrator.rules import plan as rules
from migrator.trace.workspace import Carried, Entries, Folder, Mystery, Overlay, RepoFile

if TYPE_CHECKING:
    from migrator.diagnostics import Diagnostic
    from migrator.dockerfile.ignore import IgnoreRules
    from migrator.source import Span
    from migrator.trace.workspace import Node


@dataclass
class Sieve:
    """Lets through what the ignore rules let through; `problems` says where that cannot be known."""

    ignore: IgnoreRules
    span: Span
    problems: list[Diagnostic] = field(default_factory=list)

    def node(self, node: Node, path: str) -> Node | None:
        """The node without what is kept out; None when all of it is."""
        if not self.ignore.patterns or isinstance(node, RepoFile):
            return node
        if isinstance(node, Folder):
            return node if node.origin is not None else self._folder(node, path)
        if path and self.ignore.excludes(path) and not self._exception_below(path):
            return None
        if isinstance(node, Carried):
            self._inside(node, path)
        return node

    def _folder(self, node: Folder, path: str) -> Folder:
        layers: list[Entries | Overlay] = []
        changed = False
        for layer in node.layers:
            if isinstance(layer, Overlay):
                if path and self.ignore.excludes(path) and not self._exception_below(path):
                    changed = True
                    continue
                if self._may_match_below(path):
                    self.problems.append(rules.IGNORE_UNCERTAIN.at(self.span, path=path or "."))
                layers.append(layer)
                continue
            names: dict[str, Node | None] = {}
            for name, below in layer.names.items():
                kept = self.node(below, posixpath.join(path, name)) if below is not None else None
                if below is not None and kept is None:
                    changed = True
                    continue
                names[name] = kept
                changed = changed or kept is not below
            layers.append(Entries(names))
        return Folder(tuple(layers), None, node.mode) if changed else node

    def _inside(self, node: Carried, path: str) -> None:
        if not self._may_match_below(path) or (node.kind or kind_of(node.image, node.path)) == "file":
            return
        if node.kind == "folder":
            self.problems.append(rules.IGNORE_UNCERTAIN.at(self.span, path=path))
        else:
            self.problems.append(rules.IGNORE_ASSUMED.at(self.span, path=path))

    def _exception_below(self, path: str) -> bool:
        return any(
            pattern.exception and (pattern.text.startswith(path + "/") or "*" in pattern.text.split("/")[0])
            for pattern in self.ignore.patterns
        )

    def _may_match_below(self, path: str) -> bool:
        """Whether a pattern could match something below a folder without matching the folder itself."""
        here = [part for part in path.split("/") if part]
        for pattern in self.ignore.patterns:
            parts = [part for part in pattern.text.split("/") if part]
            if "**" in parts:
                fixed = parts[: parts.index("**")]
                if _agrees(fixed, here[: len(fixed)]):
                    return True
            elif len(parts) > len(here) and _agrees(parts[: len(here)], here):
                return True
        return False


def _agrees(parts: list[str], names: list[str]) -> bool:
    for part, name in zip(parts, names, strict=False):
        expression = "".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in part.split("[")[0])
        if "[" in part:
            expression += ".*"
        if not re.fullmatch(expression, name):
            return False
    return True


def first_mystery(node: Node) -> Mystery | None:
    """The first thing below a node whose content cannot be known."""
    if isinstance(node, Mystery):
        return node
    if isinstance(node, Folder):
        for layer in node.layers:
            for below in layer.names.values() if isinstance(layer, Entries) else ():
                found = first_mystery(below) if below is not None else None
                if found is not None:
                    return found
    return None
