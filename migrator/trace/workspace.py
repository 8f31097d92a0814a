"""The symbolic host file system: for every path, where its content came from.

Persistent: every change gives a new `Workspace`, so that each build keeps the one that it saw. Folder rules
are those of `docker cp` and of cp(1), as measured; the callers in `migrator.commands` apply them.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from migrator.trace.budget import MOST_NAMES, TooMuchError, affordable
from migrator.trace.symbols import is_known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.source import Span
    from migrator.trace.images import Image


@dataclass(frozen=True)
class RepoFile:
    """A file of the checkout, unchanged; `executable` is all that git keeps of its mode."""

    path: str
    executable: bool = False


@dataclass(frozen=True)
class Link:
    """A symbolic link on the host."""

    target: str


@dataclass(frozen=True)
class Written:
    """A file whose text the script wrote; symbols in the text stand for what is not known."""

    text: str
    mode: int
    span: Span


@dataclass(frozen=True)
class Carried:
    """Something out of an image: a file or a folder, which is not known unless `kind` says so.

    `mode` is set where the way out lost the mode (`docker run … cat > file`). `follow` says that a link at
    the path itself was followed.
    """

    image: Image
    path: str
    span: Span
    kind: str | None = None
    mode: int | None = None
    follow: bool = False


@dataclass(frozen=True)
class Mystery:
    """Something whose content cannot be known, and the reason."""

    because: Span
    what: str


@dataclass(frozen=True)
class Packed:
    """An archive file: a tree packed by tar, and by a compressor (`gzip`, `xz`, `bzip2`, or None).

    `owners` and `prefix` are those of `streams.Archive`.
    """

    tree: Node
    compression: str | None
    owners: bool
    span: Span
    prefix: str | None = ""


@dataclass(frozen=True)
class Overlay:
    """The content of an image's folder, laid over what was there before: names unknown.

    `mode` says that the host's folder took the mode of the image's folder, as `tar x` and `docker cp` of a folder
    onto one of its name do; the content alone (`docker cp c:/d/.`) leaves it. `presumed` says that nothing but a
    command of the host, which puts something in, speaks for the folder: it is one below a folder of the image.
    """

    image: Image
    path: str
    span: Span
    mode: bool = False
    presumed: bool = False


@dataclass(frozen=True, eq=False)
class Entries:
    """Known names of a folder; None marks a name that was removed."""

    names: Mapping[str, Node | None]


@dataclass(frozen=True, eq=False)
class Folder:
    """A folder: layers from bottom to top. `origin` is its path in the checkout while nothing in it changed."""

    layers: tuple[Entries | Overlay, ...] = ()
    origin: str | None = None
    mode: int = 0o755


Node = RepoFile | Link | Written | Carried | Packed | Mystery | Folder


@dataclass(frozen=True)
class Ambiguous:
    """A path that may come from several places: all below `anchor`, a folder with an image's content over it."""

    anchor: str
    span: Span


def parts_of(path: str) -> list[str]:
    """The names in a normalised absolute path."""
    return [name for name in path.split("/") if name]


def child(folder: Folder, name: str) -> Node | Ambiguous | None:
    """What stands under `name`: None when nothing does; an `Ambiguous` with an empty anchor when it depends."""
    overlays: list[Overlay] = []
    for layer in reversed(folder.layers):
        if isinstance(layer, Overlay):
            overlays.append(layer)
        elif name in layer.names:
            below = layer.names[name]
            if overlays and below is not None:
                return Ambiguous("", overlays[0].span)
            if below is not None or not overlays:
                return below
            break
    if len(overlays) > 1:
        return Ambiguous("", overlays[0].span)
    if overlays:
        return Carried(overlays[0].image, posixpath.join(overlays[0].path, name), overlays[0].span)
    return None


def with_child(folder: Folder, name: str, node: Node | None) -> Folder:
    """The folder with `node` under `name`; None removes it."""
    layers = folder.layers
    if layers and isinstance(layers[-1], Entries):
        names = dict(layers[-1].names)
        if node is None and len(layers) == 1:
            names.pop(name, None)
        else:
            names[name] = node
        return Folder((*layers[:-1], Entries(names)), None, folder.mode)
    if node is None and not layers:
        return folder
    return Folder((*layers, Entries({name: node})), None, folder.mode)


def known_names(folder: Folder) -> dict[str, Node]:
    """The names that are certain to be there, lowest layer first; overlays are passed over."""
    found: dict[str, Node] = {}
    for layer in folder.layers:
        if isinstance(layer, Entries):
            for name, node in layer.names.items():
                if node is None:
                    found.pop(name, None)
                else:
                    found[name] = node
    return found


def overlays_of(folder: Folder) -> tuple[Overlay, ...]:
    """The image folders whose content lies over this one."""
    return tuple(layer for layer in folder.layers if isinstance(layer, Overlay))


_MOST_LINKS = 40  # as many as Linux follows on one path


@dataclass(frozen=True, eq=False)
class Workspace:
    """The whole host file system as far as the script can see it; paths are absolute and normalised.

    `taint` is the command that may have changed any file, and `before` the workspace that it found. `copied` is how
    many names the folders had that were changed on the way to here, each time that they were.
    """

    root: Folder = field(default_factory=Folder)
    taint: Span | None = None
    before: Workspace | None = field(default=None, repr=False)
    copied: int = 0

    def find(self, path: str) -> Node | Ambiguous | None:
        """What stands at `path`. Below something out of an image it is presumed to be there."""
        node: Node | None = self.root
        walked = ""
        names = parts_of(path)
        for index, name in enumerate(names):
            if isinstance(node, Folder):
                below = child(node, name)
                if isinstance(below, Ambiguous):
                    return Ambiguous(walked or "/", below.span)
                node = below
            elif isinstance(node, Carried) and node.kind != "file":
                return replace(node, path=posixpath.join(node.path, *names[index:]), kind=None, follow=False)
            elif isinstance(node, Mystery):
                return node
            elif isinstance(node, Link):
                target = self.resolve(walked)
                return None if target == walked else self.find(posixpath.join(target, *names[index:]))
            else:
                return None
            walked = f"{walked}/{name}"
        return node

    def behind(self, path: str) -> Node | Ambiguous | None:
        """What opening `path` opens: that to which a link there leads, or None where it leads nowhere that we know."""
        found = self.find(path)
        if not isinstance(found, Link):
            return found
        led = self.resolve(path)
        return None if led == path else self.find(led)

    def exists(self, path: str) -> bool | None:
        """Whether something stands at `path`; None when that depends on what an image holds."""
        node: Node | Ambiguous | None = self.root
        names = parts_of(path)
        for index, name in enumerate(names):
            if isinstance(node, Folder):
                known = known_names(node)
                # A name that hangs on the run may be this one; the checkout and mktemp's folders are no such names.
                perhaps = index > 0 and names[0] != "tmp" and not all(map(is_known, known))
                if name not in known and (overlays_of(node) or perhaps):
                    return None if not self._removed(node, name) else False
                node = child(node, name)
                if isinstance(node, Ambiguous):
                    return True if index == len(names) - 1 else None
            elif isinstance(node, Carried):
                return None if node.kind != "file" else False
            elif isinstance(node, Mystery):
                return None
            elif isinstance(node, Link):
                return self._exists_behind(path)
            else:
                return False
        return self._exists_behind(path) if isinstance(node, Link) else node is not None

    def _exists_behind(self, path: str) -> bool | None:
        target = self.resolve(path)
        return False if target == path else self.exists(target)

    def resolve(self, path: str) -> str:
        """The path with the symbolic links in it followed; the same path where they go in a circle."""
        walked = ""
        names = parts_of(path)
        followed = 0
        while names:
            walked, name = f"{walked}/{names[0]}", names.pop(0)
            folder = self.find(posixpath.dirname(walked))
            node = child(folder, name) if isinstance(folder, Folder) else None
            if isinstance(node, Link):
                followed += 1
                if followed > _MOST_LINKS:
                    return path
                base = posixpath.dirname(walked)
                names = parts_of(posixpath.normpath(posixpath.join(base, node.target))) + names
                walked = ""
        return walked or "/"

    @staticmethod
    def _removed(folder: Folder, name: str) -> bool:
        top = folder.layers[-1]
        return isinstance(top, Entries) and name in top.names and top.names[name] is None

    def is_folder(self, path: str) -> bool | None:
        """Whether a folder stands at `path`; None when that cannot be known."""
        found = self.find(path)
        if isinstance(found, Link):
            target = self.resolve(path)
            return False if target == path else self.is_folder(target)
        if isinstance(found, Folder):
            return True
        if isinstance(found, Carried) and found.kind is not None:
            return found.kind == "folder"
        if isinstance(found, Carried | Mystery | Ambiguous):
            return None
        return False

    def put(self, path: str, node: Node | None) -> Workspace:
        """The workspace with `node` at `path` (None: nothing any more); missing parents are made.

        Raises TooMuchError where the path is longer than Linux takes, or so many changes came before that they fill the
        memory.
        """
        folder, _, name = affordable(path).rpartition("/")
        names = [*parts_of(self.resolve(folder)), name] if name else []
        if not names:
            return replace(self, root=node) if isinstance(node, Folder) else self
        root = _put(self.root, names, node)
        copied = self.copied + _copied(root, names)
        if copied > MOST_NAMES:
            raise TooMuchError("it makes thousands of files or folders, one by one")
        return replace(self, root=root, copied=copied)

    def overlay(self, path: str, layer: Overlay) -> Workspace:
        """The workspace with an image folder's content laid over the folder at `path`."""
        found = self.find(path)
        folder = found if isinstance(found, Folder) else Folder()
        if isinstance(found, Carried):
            folder = Folder((Overlay(found.image, found.path, found.span, presumed=self.exists(path) is None),))
        own = folder.layers or (Entries({}),)  # a folder of the host's own, whose mode is not that of the image's
        return self.put(path, Folder((*own, layer), None, 0o755 if layer.mode else folder.mode))

    def tainted(self, span: Span) -> Workspace:
        """The workspace after something that may have changed any file in it."""
        return self if self.taint else replace(self, root=_taint(self.root, span), taint=span, before=self)


def _copied(folder: Folder, names: list[str]) -> int:
    """How many names the folders along a path have in the layer that a change makes anew."""
    count, node = 0, folder
    for name in names:
        top = node.layers[-1] if node.layers else None
        if not isinstance(top, Entries):
            break
        count += len(top.names)
        below = top.names.get(name)
        if not isinstance(below, Folder):
            break
        node = below
    return count


def _put(folder: Folder, names: list[str], node: Node | None) -> Folder:
    name = names[0]
    if len(names) == 1:
        return with_child(folder, name, node)
    below = child(folder, name)
    if isinstance(below, Mystery):
        return folder  # what stands beside it stays unknown
    if isinstance(below, Ambiguous):
        return with_child(folder, name, Mystery(below.span, "it may come from several places"))
    if isinstance(below, Carried):
        presumed = name not in known_names(folder)
        below = Folder((Overlay(below.image, below.path, below.span, presumed=presumed),))
    if not isinstance(below, Folder):
        if node is None:
            return folder
        below = Folder()
    return with_child(folder, name, _put(below, names[1:], node))


def _taint(folder: Folder, span: Span) -> Folder:
    mystery = Mystery(span, "a command that is not understood may have changed it")

    def spoil(node: Node | None) -> Node | None:
        if node is None or isinstance(node, Mystery):
            return node
        if isinstance(node, Folder) and overlays_of(node):
            return mystery
        return _taint(node, span) if isinstance(node, Folder) else mystery

    if overlays_of(folder):  # the root itself: any name below it may be there now
        return Folder((Entries({name: spoil(node) for name, node in known_names(folder).items()}),), None, folder.mode)
    layers = tuple(
        Entries({name: spoil(node) for name, node in layer.names.items()}) if isinstance(layer, Entries) else layer
        for layer in folder.layers
    )
    return Folder((*layers, Entries({})), None, folder.mode)
