"""What an ignore file keeps out of a tree that holds more than the checkout's own files.

`.dockerignore` filters what a build gets from its context and never `COPY --from`: what it kept out has to be left
out by hand. The checkout's own files are not touched here, because the new build has an ignore file of its own.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from migrator.commands.docker.kinds import kind_of
from migrator.commands.patterns import has_glob
from migrator.commands.workshop import PLACE
from migrator.migration.nesting import own_folder
from migrator.migration.quoting import quoted
from migrator.rules import plan as rules
from migrator.trace.images import Extended, RunStep
from migrator.trace.workspace import (
    Carried,
    Entries,
    Folder,
    Mystery,
    Overlay,
    Packed,
    RepoFile,
    known_names,
    overlays_of,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.dockerfile.ignore import IgnoreRules, Pattern
    from migrator.source import Span
    from migrator.trace.images import Image
    from migrator.trace.workspace import Node


def _kept(image: Image, place: str, name: str = "files") -> str:
    """Where a folder lies from which is removed what the ignore file keeps out."""
    return f"{PLACE}/kept/{own_folder(image, place)}{name}"


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
            return node if node.origin is not None else self._filled(self._folder(node, path), path)
        if path and not self.ignore.is_clear(path):
            self.problems.append(rules.IGNORE_UNCERTAIN.at(self.span, path=path))
            return None
        shut = bool(path) and self.ignore.excludes(path)
        if shut and not (isinstance(node, Carried) and self._exception_below(path)):
            return None  # an exception below speaks of what a folder holds
        return self._inside(node, path, shut=shut) if isinstance(node, Carried) else node

    def _filled(self, node: Folder, path: str) -> Folder | None:
        """A folder that is kept out is there only for what is let in below it."""
        hollow = not known_names(node) and not overlays_of(node)
        return None if hollow and path and self.ignore.excludes(path) else node

    def _folder(self, node: Folder, path: str) -> Folder:
        layers: list[Entries | Overlay] = []
        changed = False
        for layer in node.layers:
            if isinstance(layer, Overlay):
                if path and self.ignore.excludes(path) and not self._exception_below(path):
                    changed = True
                    continue
                swept = self._swept(layer.image, layer.path, path, layer.span) if self._may_match_below(path) else None
                changed = changed or swept is not None
                layers.append(
                    replace(layer, image=swept, path=_kept(layer.image, layer.path)) if swept is not None else layer
                )
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

    def _inside(self, node: Carried, path: str, *, shut: bool) -> Carried | None:
        kind = node.kind or kind_of(node.image, node.path)
        if not self._may_match_below(path) or kind == "file":
            return None if shut else node
        # A file keeps its name: what becomes of one is told by that, and by what it is when the build copies it.
        name = "files" if kind == "folder" else posixpath.basename(node.path)
        swept = self._swept(node.image, node.path, path, node.span, name)
        return replace(node, image=swept, path=_kept(node.image, node.path, name)) if swept is not None else node

    def _swept(self, image: Image, place: str, path: str, span: Span, name: str = "files") -> Extended | None:
        """The image's folder copied in a stage of its own, and what the ignore file names removed from it there."""
        kept = _kept(image, place, name)
        inside = self.ignore.inside(path) if path else (False, self.ignore.patterns)
        shut, patterns = inside or (False, ())
        patterns = tuple(pattern for pattern in patterns if self._reaches(pattern, path))
        if inside is None:
            removals: list[str | None] = [None]
        elif shut:
            removals = [_all_but(patterns, path, kept)]
        else:
            removals = [None if pattern.exception else _removal(pattern, path, kept) for pattern in patterns]
        if None in removals:
            self.problems.append(rules.IGNORE_UNCERTAIN.at(self.span, path=path or "."))
            return None
        if not removals:
            return None
        removal = " && ".join(one for one in removals if one)
        if name != "files":
            removal = f"if [ -d {quoted(kept)} ]; then {removal}; fi"
        line = f"mkdir -p {quoted(posixpath.dirname(kept))} && cp -a {quoted(place)} {quoted(kept)} && {removal}"
        return Extended(image, (RunStep(span, line=line, user="root"),), workshop=True)

    def _exception_below(self, path: str) -> bool:
        inside = self.ignore.inside(path)
        return inside is None or any(pattern.exception and self._reaches(pattern, path) for pattern in inside[1])

    def _may_match_below(self, path: str) -> bool:
        """Whether a pattern could match something below a folder without matching the folder itself."""
        return any(self._reaches(pattern, path) for pattern in self.ignore.patterns)

    @staticmethod
    def _reaches(pattern: Pattern, path: str) -> bool:
        here, parts = _names(path), _names(pattern.text)
        if "**" in parts:
            fixed = parts[: parts.index("**")]
            return _agrees(fixed, here[: len(fixed)])
        return len(parts) > len(here) and _agrees(parts[: len(here)], here)


def _removal(pattern: Pattern, path: str, kept: str) -> str | None:
    """The command that removes what a pattern names below the folder `kept`; None where no plain command does."""
    parts, here = _names(pattern.text), _names(path)
    deep = "**" in parts
    rest = parts[parts.index("**") + 1 :] if deep else parts[len(here) :]
    if len(rest) != 1 or "**" in rest[0] or (deep and parts.index("**") > len(here)):
        plain = not deep and not any(has_glob(part) for part in rest)
        return f"rm -rf {quoted(posixpath.join(kept, *rest))}" if plain else None
    depth = "" if deep else " -maxdepth 1"
    return f"find {quoted(kept)} -mindepth 1{depth} -name {quoted(rest[0])} -prune -exec rm -rf '{{}}' +"


def _all_but(patterns: Sequence[Pattern], path: str, kept: str) -> str | None:
    """The command that leaves in the folder `kept` what exceptions name; None where they name no plain children of it.

    It fails where nothing is left: the old build had no such folder then.
    """
    named = all(pattern.exception and pattern.text.startswith(f"{path}/") for pattern in patterns)
    rests = [_names(pattern.text.removeprefix(f"{path}/")) for pattern in patterns]
    if not named or any(len(rest) != 1 or "**" in rest[0] for rest in rests):
        return None  # a pattern for several folders may have nothing to say of this one
    names = " ".join(f"! -name {quoted(rest[0])}" for rest in rests)
    removal = f"find {quoted(kept)} -mindepth 1 -maxdepth 1 {names} -prune -exec rm -rf '{{}}' +"
    return f"{removal} && ! rmdir {quoted(kept)} 2>/dev/null"


def _names(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


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
    if isinstance(node, Packed):
        return first_mystery(node.tree)
    if isinstance(node, Folder):
        for layer in node.layers:
            for below in layer.names.values() if isinstance(layer, Entries) else ():
                found = first_mystery(below) if below is not None else None
                if found is not None:
                    return found
    return None
