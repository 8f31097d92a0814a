"""One build context in place of several: where it stands, and which ignore rules let each stage see what it saw."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.dockerfile.ignore import IgnoreRules
from migrator.rules import plan as rules
from migrator.trace.workspace import Folder, RepoFile, Workspace, Written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.project import Project
    from migrator.source import Span
    from migrator.trace.images import Built


@dataclass(frozen=True)
class Reading:
    """Some instruction reads these paths of the checkout; `rules` were in force, relative to `base`."""

    paths: tuple[str, ...]
    base: str
    rules: IgnoreRules
    span: Span


@dataclass(frozen=True)
class NewContext:
    """The folder of the checkout that the new build takes as its context, and the ignore file to write there, if any."""

    folder: str
    ignore: str | None = None
    problem: Diagnostic | None = None

    def relative(self, path: str) -> str:
        """A path of the checkout as COPY names it: relative to the context."""
        if not self.folder:
            return path or "."
        return posixpath.relpath(path or ".", self.folder)


def base_of(built: Built, root: str) -> str | None:
    """The folder of the checkout that a build takes as its context; None when it is none."""
    path = built.context.path
    if path is None or not (path == root or path.startswith(root + "/")):
        return None
    return path[len(root) :].lstrip("/")


def ignore_rules(built: Built, project: Project) -> IgnoreRules:
    """The ignore rules that a build of the script is under: those of the Dockerfile's own file come first."""
    tree = built.context.tree
    if built.recipe_path is not None:
        own = project.text(f"{built.recipe_path}.dockerignore")
        if own is not None:
            return IgnoreRules.parse(own)
    if not isinstance(tree, Folder):
        return IgnoreRules()
    node = Workspace(tree).find("/.dockerignore")
    if isinstance(node, RepoFile):
        return IgnoreRules.parse(project.text(node.path) or "")
    return IgnoreRules.parse(node.text) if isinstance(node, Written) else IgnoreRules()


@dataclass
class ContextPlanner:
    """Finds the new context for everything that is read from the checkout."""

    project: Project
    readings: list[Reading] = field(default_factory=list)
    bases: set[str] = field(default_factory=set)

    def choose(self, fallback: str) -> NewContext:
        """The smallest folder that holds all that is read, and the ignore rules for it."""
        places = {*self.bases, *(self._folder(path) for reading in self.readings for path in reading.paths)}
        folder = posixpath.commonpath([f"/{place}" for place in places]).lstrip("/") if places else fallback
        existing = self._existing(folder)
        if self._right(existing, folder):
            return NewContext(folder)
        merged = self._merged(folder)
        for candidate in (merged, existing + merged, IgnoreRules()):
            if self._right(candidate, folder):
                return NewContext(folder, candidate.render())
        culprit = next(
            (reading for reading in self.readings if not self._fits(merged, folder, reading)), self.readings[0]
        )
        return NewContext(folder, None, rules.IGNORE_CONFLICT.at(culprit.span))

    def _folder(self, path: str) -> str:
        return path if path in self.project.folders else posixpath.dirname(path)

    def _existing(self, folder: str) -> IgnoreRules:
        return IgnoreRules.parse(self.project.text(posixpath.join(folder, ".dockerignore")) or "")

    def _merged(self, folder: str) -> IgnoreRules:
        found = IgnoreRules()
        seen: list[tuple[str, IgnoreRules]] = []
        for reading in self.readings:
            key = (reading.base, reading.rules)
            if key in seen or not reading.rules.patterns:
                continue
            seen.append(key)
            prefix = posixpath.relpath(reading.base or ".", folder or ".")
            found = found + (reading.rules.rebase(prefix) if prefix != "." else reading.rules)
        return found

    def _right(self, candidate: IgnoreRules, folder: str) -> bool:
        return all(self._fits(candidate, folder, reading) for reading in self.readings)

    def _fits(self, candidate: IgnoreRules, folder: str, reading: Reading) -> bool:
        files = self._below(reading.paths)
        before = {path for path in files if not _excluded(reading.rules, path, reading.base)}
        after = {path for path in files if not _excluded(candidate, path, folder)}
        return before == after

    def _below(self, paths: Iterable[str]) -> list[str]:
        found: list[str] = []
        for path in paths:
            if path in self.project.files:
                found.append(path)
            else:
                prefix = path + "/" if path else ""
                found.extend(file for file in self.project.files if file.startswith(prefix))
        return found


def _excluded(rules_: IgnoreRules, path: str, base: str) -> bool:
    if not rules_.patterns:
        return False
    relative = posixpath.relpath(path, base) if base else path
    return not relative.startswith("..") and rules_.excludes(relative)


def dockerfile_path(project: Project, context: NewContext, recipes: Sequence[str | None], own: str | None) -> str:
    """Where the new file goes: `Dockerfile` in the context when that is free or replaced, else in the old one's place."""
    plain = posixpath.join(context.folder, "Dockerfile")
    if plain not in project.files or plain in recipes:
        return plain
    return own if own is not None else posixpath.join(context.folder, "Dockerfile.multistage")
