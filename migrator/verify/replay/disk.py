"""The copy on the disk brought to what the trace says of it: files that are known to the last byte, nothing else."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.trace.workspace import Carried, Folder, Link, Mystery, Overlay, RepoFile, Written, known_names
from migrator.verify.replay.values import NotReplayedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrator.project import Project
    from migrator.source import Span
    from migrator.trace.workspace import Entries, Node, Workspace
    from migrator.verify.replay.values import Values

Change = tuple[str, "Node | None", "Node | None"]


def changes(old: Node | None, new: Node | None, path: str = "") -> Iterator[Change]:
    """What became of the paths of a tree: path, what stood there, what stands there; a folder before what is in it."""
    if old is new or (not isinstance(new, Folder) and old == new):
        return
    if not isinstance(new, Folder):
        yield path, old, new
        return
    if isinstance(old, Carried) and isinstance(next(iter(new.layers), None), Overlay):
        # A folder out of an image to which something was added.
        old = Folder((Overlay(old.image, old.path, old.span),), None, new.mode)
    if not isinstance(old, Folder):
        yield path, old, Folder((), None, new.mode)
        old = Folder((), None, new.mode)
    elif old.mode != new.mode:
        yield path, old, Folder((), None, new.mode)
    pairs = _tails(old, new)
    if pairs is None:
        yield path, old, new
        return
    before, after = pairs
    for name in before.keys() | after.keys():
        yield from changes(before.get(name), after.get(name), f"{path}/{name}")


def _tails(old: Folder, new: Folder) -> tuple[dict[str, Node | None], dict[str, Node | None]] | None:
    """The names of two folders, what an image laid over both left out; None where only one has it."""
    shared = 0
    for one, other in zip(old.layers, new.layers, strict=False):
        if one is not other and one != other:
            break
        shared += 1
    tails = (old.layers[shared:], new.layers[shared:])
    if any(isinstance(layer, Overlay) for tail in tails for layer in tail):
        return None
    if not any(isinstance(layer, Overlay) for layer in old.layers[:shared]):
        return dict(known_names(old)), dict(known_names(new))
    before, after = (_merged(tail) for tail in tails)
    # A name that is as the image has it again cannot be brought back.
    return None if before.keys() - after.keys() else (before, after)


def _merged(layers: Sequence[Entries | Overlay]) -> dict[str, Node | None]:
    return {name: node for layer in layers if not isinstance(layer, Overlay) for name, node in layer.names.items()}


def is_known(node: Node | None) -> bool:
    """Whether we can write what stands there; a folder counts without what is in it."""
    return node is None or isinstance(node, RepoFile | Link | Written) or (isinstance(node, Folder) and not node.layers)


class Disk:
    """The copy of the repository, and how paths of the trace are found in it."""

    def __init__(self, project: Project, values: Values, places: Sequence[Path]) -> None:
        self._project, self._values = project, values
        self._bounds = tuple(place.resolve() for place in places)

    def inside(self, path: str, span: Span | None, *, follow: bool = True) -> Path:
        """A path of the host; raises NotReplayedError for one that leads out of the copy, also over a link."""
        named = Path(path)
        found = Path(os.path.realpath(named if follow else named.parent))
        found = found if follow else found / named.name
        for bound in self._bounds:
            if found == bound or found.is_relative_to(bound):
                return found
        raise NotReplayedError(span, f"{path} is not in the repository")

    def holds(self, path: Path, span: Span | None) -> None:
        """Raise NotReplayedError when a link below a path leads out of the copy: writing there would follow it."""
        for parent, folders, files in os.walk(path):
            for name in (*folders, *files):
                one = Path(parent, name)
                if one.is_symlink():
                    self.inside(str(one), span)

    def bring(self, old: Workspace, new: Workspace, span: Span | None) -> None:
        """Do to the disk what lies between two moments of the trace."""
        for path, before, node in changes(old.root, new.root):
            try:
                real = self.inside(self._values.text(path, span), span, follow=False)
            except NotReplayedError:
                if f"{path}/".startswith("/tmp/") or node is None:
                    continue  # nothing that is built can read it: each path that a call reads is looked at by itself
                raise
            self._make(real, before, node, span)

    def _make(self, path: Path, before: Node | None, node: Node | None, span: Span | None) -> None:
        match node:
            case None:
                _remove(path)
            case Folder(layers=()):
                if not (isinstance(before, Folder) and path.is_dir()):
                    _remove(path)
                    path.mkdir(parents=True)
                path.chmod(node.mode)
            case RepoFile():
                _write(path, self._project.read(node.path), 0o755 if node.executable else 0o644)
            case Written():
                text = self._values.text(node.text, node.span)
                _write(path, text.encode("utf-8", "surrogateescape"), node.mode)
            case Link():
                target = self._values.text(node.target, span)
                _remove(path)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.symlink_to(target)
            case _:
                raise NotReplayedError(*_told(node, path.name, span))


def _told(node: Node, name: str, span: Span | None) -> tuple[Span | None, str]:
    """Why a file cannot be made."""
    if isinstance(node, Mystery):
        return node.because, f"what is in {name}: {node.what}"
    if isinstance(node, Carried):
        return node.span, f"the way that {name} takes out of an image"
    return getattr(node, "span", span), f"how {name} is made"


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _write(path: Path, data: bytes, mode: int) -> None:
    _remove(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)
