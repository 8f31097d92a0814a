"""What the sources of one COPY or ADD are, looked up in the tree that the build saw."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrator.commands.docker.links import link_target
from migrator.commands.patterns import has_glob, to_regex
from migrator.dockerfile.expand import ExpansionError, expand
from migrator.migration.ignoring import Sieve, first_mystery
from migrator.migration.presumed import settled, unfounded
from migrator.rules import legacy
from migrator.rules import plan as rules
from migrator.trace.images import Built, Extended
from migrator.trace.origins import images_in
from migrator.trace.workspace import Ambiguous, Carried, Folder, Link, Mystery, Workspace, known_names, overlays_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.diagnostics import Diagnostic
    from migrator.dockerfile.copy import Copy
    from migrator.dockerfile.evaluate import State
    from migrator.dockerfile.ignore import IgnoreRules
    from migrator.dockerfile.syntax import Argument
    from migrator.trace.images import Context, Image
    from migrator.trace.workspace import Node

_ADDRESS = re.compile(r"(https?|ftp|git|ssh)://|git@")


@dataclass(frozen=True, eq=False)
class Piece:
    """One thing that a source names: its path in the context (no leading slash; empty for the context itself)."""

    path: str
    node: Node


@dataclass(frozen=True, eq=False)
class Resolution:
    """The sources of one COPY: what each names, the destination expanded, and what stands in the way.

    `uncertain` is set where a source may come from several places, or is a pattern over an image's folder: then
    the whole folder `anchor` has to be laid out before the instruction can choose.
    """

    copy: Copy
    state: State
    pieces: tuple[Piece, ...]
    destination: str
    anchors: tuple[str, ...] = ()
    problems: tuple[Diagnostic, ...] = ()

    @property
    def nodes(self) -> Iterator[Node]:
        """Everything that the instruction may take in."""
        for piece in self.pieces:
            yield piece.node

    @property
    def is_folder_destination(self) -> bool:
        """Whether the destination is certainly a folder: by its slash, by several sources, or as the working folder."""
        text = self.destination
        many = len(self.copy.sources) > 1 or any(has_glob(source.text) for source in self.copy.sources)
        return many or text in (".", "..") or text.endswith(("/", "/."))


def resolve(copy: Copy, state: State, context: Context, escape: str, ignore: IgnoreRules) -> Resolution:
    """Looks the sources of a COPY up in its context."""
    pieces: list[Piece] = []
    anchors: list[str] = []
    problems: list[Diagnostic] = []
    for source in copy.sources:
        if copy.is_add and _ADDRESS.match(source.text):
            continue
        found = _source(source, state, context, escape, ignore)
        if isinstance(found, list):
            pieces.extend(found)
        elif isinstance(found, str):
            anchors.append(found)
        else:
            problems.append(found)
    if pieces or anchors:  # a pattern for a file that need not be there, beside one that is
        problems = [problem for problem in problems if problem.rule is not rules.COPY_PATTERN_EMPTY]
    for anchor in anchors:
        node = Workspace(context.tree).find("/" + anchor) if isinstance(context.tree, Folder) else None
        if isinstance(node, Folder | Carried):
            pieces.append(Piece(anchor, node))
    pieces = [replace(piece, node=settled(piece.node)) for piece in pieces]
    for piece in pieces:
        presumed = unfounded(piece.node)
        if presumed is not None:
            problems.append(legacy.FOLDER_PRESUMED.at(presumed.span, path=presumed.path))
    sieve = Sieve(ignore, copy.instruction.span, problems)
    kept = [Piece(piece.path, node) for piece in pieces if (node := sieve.node(piece.node, piece.path)) is not None]
    for piece in kept:
        mystery = first_mystery(piece.node)
        if mystery is not None:
            shown = _plain(piece.path) or "."
            problems.append(rules.COPY_SOURCE_UNKNOWN.at(mystery.because, path=shown, what=mystery.what))
    if _is_mixed(copy, kept):
        problems.append(rules.ADD_MIXED.at(copy.instruction.span))
    destination = expanded(copy.destination.text, state, escape)
    return Resolution(copy, state, tuple(kept), destination, tuple(anchors), tuple(problems))


def _is_mixed(copy: Copy, pieces: list[Piece]) -> bool:
    """Whether an instruction does more than copy, and cannot be taken apart when a source comes out of an image."""
    foreign = any(True for piece in pieces for _ in images_in(piece.node))
    special = copy.parents or copy.documents or (copy.is_add and any(_ADDRESS.match(s.text) for s in copy.sources))
    return bool(foreign and special)


def expanded(text: str, state: State, escape: str) -> str:
    """The text with its variables, or as it is written where the engine could not expand it."""
    try:
        return expand(text, state.variables.get, escape)
    except ExpansionError:
        return text


def _source(
    source: Argument, state: State, context: Context, escape: str, ignore: IgnoreRules
) -> list[Piece] | str | Diagnostic:
    """The pieces of one source; the folder to lay out first where they are uncertain; or what is wrong."""
    text = expanded(source.text, state, escape)
    if not isinstance(context.tree, Folder):
        return rules.COPY_WITHOUT_CONTEXT.at(source.span)
    path = posixpath.normpath("/" + text).lstrip("/")
    if posixpath.normpath(text).startswith(".."):
        return rules.COPY_SOURCE_OUTSIDE.at(source.span, path=text)
    tree = Workspace(context.tree)
    if has_glob(path):
        return _matches(tree, path, source, ignore)
    node = tree.find("/" + path) if path else context.tree
    if isinstance(node, Link):  # a source is followed; its name stays that of the link
        target = tree.resolve("/" + path)
        node = tree.find(target) if target != "/" + path else node
        if node is None or isinstance(node, Link):
            return rules.LINK_DANGLES.at(source.span, path=_plain(text))
    if isinstance(node, Ambiguous):
        return node.anchor.lstrip("/")
    if isinstance(node, Mystery):
        return rules.COPY_SOURCE_UNKNOWN.at(node.because, path=_plain(text), what=node.what)
    if node is None or (path and ignore.excludes(path) and not _reincluded(ignore, path)):
        return (rules.COPY_SOURCE_MISSING if node is None else rules.COPY_SOURCE_IGNORED).at(
            source.span, path=_plain(text)
        )
    if isinstance(node, Carried) and _is_nested_later(tree, path, node):
        return rules.SECOND_RUN_ONLY.at(source.span, path=_plain(text), folder=_plain(posixpath.dirname(text)))
    if isinstance(node, Carried) and _dangles(tree, path, node):
        return rules.LINK_DANGLES.at(source.span, path=_plain(text))
    return [Piece(path, node)]


def _dangles(tree: Workspace, path: str, node: Carried) -> bool:
    """Whether a symbolic link came out of the image without what it leads to: the engine then refuses to copy it."""
    target = None if node.follow else link_target(node.image, node.path)
    if target is None or isinstance(tree.find("/" + posixpath.dirname(path)), Carried):
        return False
    if target.startswith("/"):
        return True
    there = posixpath.normpath(posixpath.join("/", posixpath.dirname(path), target))
    return tree.exists(there) is False


def _is_nested_later(tree: Workspace, path: str, node: Carried) -> bool:
    """Whether a path reads as if `docker cp` had nested its source in a folder that only an earlier run leaves."""
    name = posixpath.basename(node.path)
    around = tree.find("/" + posixpath.dirname(path))
    if not isinstance(around, Carried) or posixpath.basename(around.path) != name or path.endswith(f"{name}/{name}"):
        return False
    image: Image = node.image
    while isinstance(image, Extended):
        image = image.base
    return isinstance(image, Built) and f"{name}/{name}" not in image.recipe.text


def _reincluded(ignore: IgnoreRules, path: str) -> bool:
    """A folder that is excluded may still let some of its content in."""
    return any(pattern.exception and str(pattern).lstrip("!/").startswith(path + "/") for pattern in ignore.patterns)


def _plain(text: str) -> str:
    return "".join("…" if ord(character) >= 0x100000 else character for character in text)


def _matches(tree: Workspace, pattern: str, source: Argument, ignore: IgnoreRules) -> list[Piece] | str | Diagnostic:
    """A pattern's matches, in order; the folder to lay out first when an image's folder is among what it looks at."""
    found: list[tuple[str, Node]] = [("", tree.root)]
    for part in pattern.split("/"):
        step: list[tuple[str, Node]] = []
        for path, node in found:
            if isinstance(node, Carried) and node.kind != "file":
                return path
            if isinstance(node, Mystery):
                return rules.COPY_SOURCE_UNKNOWN.at(node.because, path=path or ".", what=node.what)
            if not isinstance(node, Folder):
                continue
            if overlays_of(node):
                return path
            expression = re.compile(to_regex(part, path=True))
            names = known_names(node)
            step.extend(
                (posixpath.join(path, name), names[name]) for name in sorted(names) if expression.fullmatch(name)
            )
        found = step
    pieces = [Piece(path, node) for path, node in found if not ignore.excludes(path) or _reincluded(ignore, path)]
    for piece in pieces:
        if isinstance(piece.node, Mystery):
            return rules.COPY_SOURCE_UNKNOWN.at(piece.node.because, path=piece.path, what=piece.node.what)
    if not pieces:
        return rules.COPY_PATTERN_EMPTY.at(source.span, pattern=_plain(source.text))
    return pieces
