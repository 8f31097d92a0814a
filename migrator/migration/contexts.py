"""One build context in place of several: where it stands, and which ignore rules let each stage see what it saw."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.commands.docker.contents import file_in
from migrator.dockerfile.globs import escaped
from migrator.dockerfile.ignore import IgnoreRules, Pattern, check_ignore
from migrator.errors import InternalError
from migrator.rules import plan as rules
from migrator.rules.script import TOO_MUCH
from migrator.source import Source
from migrator.trace.images import CopyStep
from migrator.trace.workspace import (
    Ambiguous,
    Carried,
    Entries,
    Folder,
    Link,
    Overlay,
    RepoFile,
    Workspace,
    Written,
    known_names,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.migration.blocks import Block
    from migrator.migration.graph import Unit
    from migrator.migration.takes import Layout
    from migrator.project import Project
    from migrator.source import Span
    from migrator.trace.images import Built
    from migrator.trace.workspace import Node


# A list that somebody still reads.
_MOST_EXCEPTIONS = 20


@dataclass(frozen=True)
class Reading:
    """Some instruction reads these paths of the checkout; `rules` were in force, relative to `base`.

    `fixed` says that the instruction stays as it is, so the new context must hold the whole of `base`. With `seen`,
    each path stood in the old context under another one, relative to that context.
    """

    paths: tuple[str, ...]
    base: str
    rules: IgnoreRules
    span: Span
    fixed: bool = False
    seen: tuple[str, ...] = ()


@dataclass(frozen=True)
class NewContext:
    """The folder of the checkout that is the new context, and the ignore file to write there, if any."""

    folder: str
    ignore: str | None = None
    ignore_path: str = ""
    problem: Diagnostic | None = None

    def relative(self, path: str) -> str:
        """A path of the checkout as COPY names it: relative to the context."""
        if not self.folder:
            return path or "."
        found = posixpath.relpath(path or ".", self.folder)
        if found == ".." or found.startswith("../"):
            raise InternalError(f"{path or 'the checkout'} is not in the context {self.folder}")
        return found


def base_of(built: Built, root: str) -> str | None:
    """The folder of the checkout that a build takes as its context; None when it is none."""
    path = built.context.path
    if path is None or not (path == root or path.startswith(root + "/")):
        return None
    return path[len(root) :].lstrip("/")


def ignore_file(built: Built, project: Project) -> Source | None:
    """The ignore file that a build of the script is under: the Dockerfile's own comes before the context's."""
    tree = built.context.tree
    if built.recipe_path is not None:
        path = f"{built.recipe_path}.dockerignore"
        own = project.text(path)
        if own is not None:
            return Source(path, own)
    if not isinstance(tree, Folder):
        return None
    node = Workspace(tree).find("/.dockerignore")
    if isinstance(node, Carried):
        node = file_in(node.image, node.path)  # the one that a mount took in and gave back
    elif isinstance(node, Ambiguous):
        node = known_names(tree).get(".dockerignore")  # no build puts one among its artifacts
    if isinstance(node, RepoFile):
        return Source(node.path, project.text(node.path) or "")
    return Source(".dockerignore", node.text) if isinstance(node, Written) else None


def ignore_rules(built: Built, project: Project) -> IgnoreRules:
    """The rules of the ignore file that a build of the script is under; none without one."""
    found = ignore_file(built, project)
    return IgnoreRules.parse(found.text) if found is not None else IgnoreRules()


def unread(units: Iterable[Unit]) -> tuple[Diagnostic, ...]:
    """Dockerfiles too long to be read: nobody knows whether one of them takes in what a container gave."""
    return tuple(dict.fromkeys(d for unit in units for d in unit.dockerfile.diagnostics if d.rule is TOO_MUCH))


def bad_patterns(built: Iterable[Built], project: Project) -> list[Diagnostic]:
    """A finding for each line of the ignore files of these builds that the engine refuses, and with it the build."""
    files = dict.fromkeys(ignore_file(one, project) for one in built)
    return [found for file in files if file is not None for found in check_ignore(file)]


def let_in(folder: Folder, ignore: IgnoreRules, path: str = "", home: str | None = None) -> Folder:
    """The part of a context's tree that its ignore rules let in, where that can be told name by name.

    With `home`, the context's folder in the checkout, what stands where the checkout has it is left as it is: the
    new build has the same rules for it.
    """
    if home is not None and folder.origin is not None and folder.origin == posixpath.join(home, path).rstrip("/"):
        return folder
    layers: list[Entries | Overlay] = []
    changed = False
    for layer in folder.layers:
        if isinstance(layer, Overlay):
            layers.append(layer)
            continue
        names: dict[str, Node | None] = {}
        for name, node in layer.names.items():
            there = posixpath.join(path, name)
            below = let_in(node, ignore, there, home) if isinstance(node, Folder) else node
            hollow = isinstance(below, Folder) and below.origin is None and not any(_has_names(x) for x in below.layers)
            in_place = home is not None and isinstance(node, RepoFile) and node.path == posixpath.join(home, there)
            if (isinstance(below, RepoFile | Link) or hollow) and not in_place and ignore.excludes(there):
                changed = True
                continue
            changed = changed or below is not node
            names[name] = below
        layers.append(Entries(names))
    return Folder(tuple(layers), None, folder.mode) if changed else folder


def _has_names(layer: Entries | Overlay) -> bool:
    return isinstance(layer, Overlay) or bool(layer.names)


def readings_of(
    project: Project,
    root: str,
    units: Sequence[Unit],
    layouts: Mapping[Unit, Mapping[int, Layout]],
    blocks: Sequence[Block],
) -> list[Reading]:
    """Everything that the new file reads from the checkout, each under the rules that it was under before."""
    found: list[Reading] = []
    for unit in units:
        base, ignore = base_of(unit.built, root), ignore_rules(unit.built, project)
        for layout in layouts[unit].values():
            paths = tuple(_paths(layout, base))
            span = layout.resolution.copy.instruction.span
            if paths and base is None:
                found.append(Reading(paths, "", IgnoreRules(), span))
            elif paths and layout.takes is None:
                found.append(Reading(paths, base or "", ignore, span, fixed=True))
            else:  # one by one: what one of them wants is not what another one may get
                pairs = zip(paths, _seen(layout), strict=True)
                found += [Reading((path,), base or "", ignore, span, seen=(seen,)) for path, seen in pairs]
    for block in blocks:
        for step in block.steps:
            paths = tuple(_tops(step.node)) if isinstance(step, CopyStep) else ()
            if paths:  # what an ignore file kept out is not laid out, and a mount goes by no ignore file
                found.append(Reading(paths, "", IgnoreRules(), step.span, seen=paths))
    return found


def _paths(layout: Layout, base: str | None) -> Iterator[str]:
    if layout.takes is not None:
        for take in layout.takes:
            if take.image is None:
                yield from take.paths
        return
    for piece in layout.resolution.pieces:
        path = posixpath.normpath(posixpath.join(base or "", piece.path)) if piece.path or base else ""
        yield "" if path == "." else path


def _seen(layout: Layout) -> Iterator[str]:
    for take in layout.takes or ():
        if take.image is None:
            yield from take.seen


def _tops(node: Node) -> Iterator[str]:
    """The paths of the checkout that a tree copies."""
    if isinstance(node, RepoFile):
        yield node.path
    elif isinstance(node, Folder) and node.origin is not None:
        yield node.origin
    elif isinstance(node, Folder):
        for below in known_names(node).values():
            yield from _tops(below)


def choose(project: Project, readings: Sequence[Reading], fallback: str, name: Callable[[str], str]) -> NewContext:
    """The smallest folder that holds all that is read, and the ignore rules for it.

    `name` gives the path of the new Dockerfile in a context folder: an ignore file of its own beside it would be
    taken before `.dockerignore`.
    """
    return _Chooser(project, readings, name).choose(fallback)


def _around(places: Iterable[str]) -> str:
    """The smallest folder that has all of some in it."""
    return posixpath.commonpath([f"/{place}" for place in places]).lstrip("/")


@dataclass
class _Chooser:
    project: Project
    readings: Sequence[Reading]
    name: Callable[[str], str]

    def choose(self, fallback: str) -> NewContext:
        places = {self._folder(path) for reading in self.readings for path in reading.paths}
        places |= {reading.base for reading in self.readings if reading.fixed}
        folder = self._settled(_around(places) if places else fallback)
        path, existing = self._ignore_file(folder)
        if self._right(existing, folder):
            return NewContext(folder)
        # Rules cannot be moved out of the folder that they are for.
        bases = {reading.base for reading in self.readings if reading.rules.patterns}
        folder = self._settled(_around({folder, *bases}))
        path, existing = self._ignore_file(folder)
        if self._right(existing, folder):
            return NewContext(folder)
        merged = self._merged(folder)
        for candidate in (merged, existing + merged):
            if self._right(candidate, folder):
                return NewContext(folder, candidate.render(), path)
        text = self._with_exceptions(path, existing, folder)
        if text is not None:
            return NewContext(folder, text, path)
        if self._right(IgnoreRules(), folder):
            return NewContext(folder, "", path)
        culprit = next(
            (reading for reading in self.readings if not self._fits(merged, folder, reading)), self.readings[0]
        )
        return NewContext(folder, None, path, rules.IGNORE_CONFLICT.at(culprit.span))

    def _settled(self, folder: str) -> str:
        """The folder, or one around it, that a checkout has and that would not take in the new file."""
        folder = folder if folder in self.project.folders else ""
        while folder and self._would_take_itself(folder):
            folder = posixpath.dirname(folder)
        return folder

    def _ignore_file(self, folder: str) -> tuple[str, IgnoreRules]:
        """The ignore file that counts for the new file in a folder, and its rules; one of its own comes first."""
        path = f"{self.name(folder)}.dockerignore"
        path = path if path in self.project.files else posixpath.join(folder, ".dockerignore")
        return path, IgnoreRules.parse(self.project.text(path) or "")

    def _would_take_itself(self, folder: str) -> bool:
        """Whether the new file would be one more file of a folder that is copied whole."""
        name = self.name(folder)
        if name in self.project.files:
            return False
        return any(not path or name.startswith(f"{path}/") for reading in self.readings for path in reading.paths)

    def _folder(self, path: str) -> str:
        return path if path in self.project.folders else posixpath.dirname(path)

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

    def _with_exceptions(self, path: str, existing: IgnoreRules, folder: str) -> str | None:
        """The ignore file with exceptions for what the script had put elsewhere, if nothing else comes in with that."""
        wanted = {file for reading in self.readings if reading.seen for file in self._before(reading)}
        hidden = sorted(file for file in wanted if _excluded(existing, file, folder))
        names = [posixpath.relpath(file, folder) if folder else file for file in hidden]
        more = IgnoreRules(tuple(Pattern(escaped(name), exception=True) for name in names))
        if len(hidden) > _MOST_EXCEPTIONS or not self._right(existing + more, folder):
            return None
        return (self.project.text(path) or "").rstrip("\n") + f"\n{more.render()}"

    def _fits(self, candidate: IgnoreRules, folder: str, reading: Reading) -> bool:
        files, before = self._below(reading.paths), self._before(reading)
        return before == {path for path in files if not _excluded(candidate, path, folder)}

    def _before(self, reading: Reading) -> set[str]:
        """The files of the checkout that a reading got: what an ignore file kept out goes by the path they had then."""
        if not reading.seen:
            files = self._below(reading.paths)
            return {path for path in files if not _excluded(reading.rules, path, reading.base)}
        return {
            file
            for path, seen in zip(reading.paths, reading.seen, strict=True)
            for file in self._below([path])
            if not _excluded(reading.rules, posixpath.normpath(seen + file.removeprefix(path)).lstrip("/"), "")
        }

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


def dockerfile_path(
    project: Project, folder: str, recipes: Sequence[str | None], own: str | None, lines: Sequence[str] = ()
) -> str:
    """Where the new file goes: `Dockerfile` in the context when that is free or replaced, else in the old place.

    Free it is as well when the new text, its `lines`, stands there already.
    """
    text = "\n".join(lines).rstrip("\n") + "\n"
    plain = posixpath.join(folder, "Dockerfile")
    if plain not in project.files or plain in recipes or project.text(plain) == text:
        return plain
    return own if own is not None else posixpath.join(folder, "Dockerfile.multistage")
