"""How each COPY of a build is written in the new file: what stays, what comes from a stage, what needs one laid out."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from migrator.commands.docker.contents import kind_of
from migrator.commands.workshop import PLACE as SHELVES
from migrator.diagnostics import Severity
from migrator.dockerfile.edit import literal
from migrator.dockerfile.ignore import IgnoreRules
from migrator.migration.contexts import let_in
from migrator.migration.nesting import HELD, held, keeps_mode, with_modes
from migrator.rules import plan as rules
from migrator.trace.images import Built, CopyStep, Extended, External, RunStep, root_of
from migrator.trace.origins import images_in
from migrator.trace.workspace import (
    Ambiguous,
    Carried,
    Entries,
    Folder,
    Link,
    Mystery,
    Overlay,
    Packed,
    RepoFile,
    Workspace,
    Written,
    known_names,
    overlays_of,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.migration.graph import Unit
    from migrator.migration.pieces import Piece, Resolution
    from migrator.project import Project
    from migrator.trace.images import Image
    from migrator.trace.workspace import Node

# Folders that nearly every base image has: a COPY to one of these without a slash lands inside.
_COMMON_FOLDERS = frozenset(
    """
    / /bin /boot /dev /etc /home /lib /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr
    /usr/bin /usr/lib /usr/local /usr/local/bin /usr/local/lib /usr/local/sbin /usr/local/share /usr/sbin
    /usr/share /var /var/cache /var/lib /var/log /var/run /var/tmp /var/www /var/www/html /usr/share/nginx
    /usr/share/nginx/html /etc/nginx /etc/nginx/conf.d /etc/ssl /etc/ssl/certs /go /go/bin /go/src /usr/src /app
    /usr/src/app
    """.split()
)
_UNPACKED = f"{SHELVES}-unpacked/"
# The end of a pattern that no archive's name has.
_NEVER_ARCHIVE = re.compile(r"\.(?!tar$|tgz$|tbz2?$|txz$|gz$|bz2$|xz$|zst$)[A-Za-z]\w*$")
_ARCHIVE = re.compile(r"\.(tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz|zst))$")


def is_archive(path: str) -> bool:
    """Whether ADD would unpack a file of this name, going by its ending."""
    return _ARCHIVE.search(path) is not None


@dataclass(frozen=True, eq=False)
class Take:
    """One COPY to write: from the context (`image` None; paths of the checkout) or from an image's stage.

    Without paths it is an empty folder that has to be made.
    """

    image: Image | None
    paths: tuple[str, ...]
    destination: str
    owned: bool = False
    archived: bool = False  # unpacked by ADD, which leaves the owners in the archive whatever --chown says
    verbatim: bool = False


@dataclass(frozen=True, eq=False)
class Layout:
    """What becomes of one COPY: None for `takes` means that the instruction stays, sources re-rooted if need be."""

    resolution: Resolution
    takes: tuple[Take, ...] | None
    problems: tuple[Diagnostic, ...] = ()


class CannotError(Exception):
    """A tree cannot be copied by COPY instructions alone: it has to be laid out in a stage with a shell."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)


@dataclass
class Planner:
    """Lays out the COPYs of one unit; `context_base` is the context's folder in the checkout, None for no such."""

    project: Project
    unit: Unit
    context_base: str | None
    ignore: IgnoreRules = field(default_factory=IgnoreRules)
    children: dict[str, set[str]] = field(default_factory=dict)

    def all(self) -> dict[int, Layout]:
        """The layout of every COPY by the index of its instruction."""
        first = {index: self._direct(resolution) for index, resolution in self.unit.resolutions.items()}
        needing = [index for index, layout in first.items() if layout is None]
        shelves = self._shelves([self.unit.resolutions[index] for index in needing]) if needing else None
        return {
            index: layout if layout is not None else self._from_shelves(self.unit.resolutions[index], shelves)
            for index, layout in first.items()
        }

    # --- directly -----------------------------------------------------------------------------------------

    def _direct(self, resolution: Resolution) -> Layout | None:
        if any(problem.severity is Severity.ERROR for problem in resolution.problems):
            return Layout(resolution, None, resolution.problems)
        if resolution.anchors:
            return self._pattern(resolution)
        if all(self._stays(piece) for piece in resolution.pieces):
            return Layout(resolution, None)
        takes: list[Take] = []
        try:
            for piece in resolution.pieces:
                takes.extend(self._piece(piece, resolution))
        except CannotError:
            return None
        if any(not take.paths for take in takes) and not self._may_make_folders(resolution):
            return None
        return Layout(resolution, tuple(_grouped(takes)))

    def _may_make_folders(self, resolution: Resolution) -> bool:
        """Whether a RUN behind the instruction can make folders as COPY would: there is a shell, and it is root's."""
        stages = self.unit.dockerfile.stages
        stage = next(found for found in stages if resolution.copy.instruction in found.instructions)
        shell = any(found.keyword == "RUN" and not found.json for found in stage.instructions)
        plain = resolution.copy.chown is None and resolution.copy.chmod is None
        return shell and plain and resolution.state.user in ("", "root", "0")

    def _pattern(self, resolution: Resolution) -> Layout | None:
        """A pattern over what one image's folder holds is the same pattern in the image itself."""
        piece, text = resolution.pieces[0], _plain_path(resolution.copy.sources[0].text)
        folder = _one_folder(piece.node)
        inner = text.removeprefix(piece.path).lstrip("/")
        alone = len(resolution.copy.sources) == 1 == len(resolution.pieces)
        if folder is None or not alone or not text.startswith(piece.path) or "$" in text:
            return None
        if resolution.copy.is_add and not _NEVER_ARCHIVE.search(text):
            return Layout(resolution, None, (rules.ADD_PATTERN.at(resolution.copy.sources[0].span),))
        image, path = folder
        take = Take(image, (posixpath.join(literal(path), inner),), resolution.copy.destination.text, verbatim=True)
        return Layout(resolution, (take,))

    def _stays(self, piece: Piece) -> bool:
        if self.context_base is None:
            return False
        there = posixpath.normpath(posixpath.join(self.context_base, piece.path)).removeprefix("./")
        there = "" if there == "." else there
        node = piece.node
        if isinstance(node, RepoFile):
            return node.path == there
        return isinstance(node, Folder) and node.origin == there

    def _piece(self, piece: Piece, resolution: Resolution) -> list[Take]:
        node, destination = piece.node, resolution.copy.destination.text
        name = posixpath.basename(piece.path)
        if isinstance(node, RepoFile):
            return [Take(None, (node.path,), self._renamed(name, node.path, "file", resolution))]
        if isinstance(node, Carried):
            return self._carried(node, name, resolution)
        if isinstance(node, Folder):
            if node.origin is not None:
                return [Take(None, (node.origin,), destination)]
            return self.folder(node, destination, piece.path)
        if isinstance(node, Packed) and resolution.copy.is_add:
            return self._unpacked(node, destination)
        raise CannotError

    def _carried(self, node: Carried, name: str, resolution: Resolution) -> list[Take]:
        destination = resolution.copy.destination.text
        if resolution.copy.is_add and _ARCHIVE.search(name) and node.kind != "folder":
            return [Take(_unpacking(node), (_UNPACKED,), destination, owned=True, archived=True)]
        kind = node.kind or kind_of(node.image, node.path)
        path = node.path.rstrip("/") + "/" if kind == "folder" and node.kind == "folder" else node.path
        return [Take(node.image, (path,), self._renamed(name, node.path, kind, resolution))]

    def _renamed(self, name: str, path: str, kind: str | None, resolution: Resolution) -> str:
        """The destination under which a source of another base name lands where the old one did."""
        destination = resolution.copy.destination.text
        if name == posixpath.basename(path.rstrip("/")) or kind == "folder":
            return destination
        if resolution.is_folder_destination:
            if kind != "file":
                raise CannotError
            return _inside(destination, name)
        if self._may_be_folder(resolution):
            raise CannotError
        return destination

    def _may_be_folder(self, resolution: Resolution) -> bool:
        place = posixpath.normpath(posixpath.join(resolution.state.workdir, resolution.destination))
        if place in _COMMON_FOLDERS or place == posixpath.normpath(resolution.state.workdir):
            return True
        for instruction in self.unit.dockerfile.instructions:
            if instruction is resolution.copy.instruction:
                break
            if instruction.keyword in ("RUN", "WORKDIR", "VOLUME", "COPY", "ADD") and place in instruction.value:
                return True
        return False

    def _unpacked(self, node: Packed, destination: str) -> list[Take]:
        tree = node.tree
        if isinstance(tree, Carried):
            path = tree.path.rstrip("/") + "/"
            return [Take(tree.image, (path,), destination, owned=node.owners, archived=True)]
        if not isinstance(tree, Folder):
            raise CannotError
        return [replace(take, owned=node.owners, archived=True) for take in self.folder(tree, destination, "")]

    # --- folders of several origins -----------------------------------------------------------------------

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
            whole = all(names.get(name) is not None for name in listing)
            if covered is not None and not whole:
                raise CannotError
            if whole and covered is None and plain:
                takes.append(Take(None, (base,), destination))
            elif covered is None:
                takes.extend(self._one_by_one(base, plain, destination, path))
                base = None
        for name in sorted(set(names) - plain):
            below = names[name]
            if below is not None:
                there = posixpath.join(base, name) if base is not None and name in self._listing(base) else None
                takes.extend(self._entry(below, name, destination, posixpath.join(path, name), there))
        return takes

    def _let_in(self, path: str, origin: str) -> bool:
        """Whether a thing of the checkout gets past the ignore file: what is named must be there."""
        if not self.ignore.patterns or origin in self.project.files:
            return not (self.ignore.patterns and self.ignore.excludes(path))
        below = (file for file in self.project.files if file.startswith(origin + "/"))
        return any(not self.ignore.excludes(path + file.removeprefix(origin)) for file in below)

    def _one_by_one(self, base: str, names: set[str], destination: str, path: str) -> list[Take]:
        kept = {name for name in names if self._let_in(posixpath.join(path, name), posixpath.join(base, name))}
        files = sorted(name for name in kept if posixpath.join(base, name) in self.project.files)
        folders = sorted(kept - set(files))
        takes = (
            [Take(None, tuple(posixpath.join(base, name) for name in files), _inside(destination, ""))] if files else []
        )
        takes += [Take(None, (posixpath.join(base, name),), _inside(destination, name)) for name in folders]
        return takes

    def _entry(self, node: Node, name: str, destination: str, path: str, covered: str | None) -> list[Take]:
        place = _inside(destination, name)
        if isinstance(node, Folder) and is_hollow(node):
            return [] if self.ignore.patterns and self.ignore.excludes(path) else empty_folders(node, place)
        if isinstance(node, RepoFile):
            return [Take(None, (node.path,), place)] if self._let_in(path, node.path) else []
        if isinstance(node, Carried):
            if node.kind != "file" and not keeps_mode(self.project, node.image, node.path):
                return [Take(held(node, name), (HELD,), _inside(destination, ""))]
            return [Take(node.image, (node.path,), place)]
        if isinstance(node, Folder) and node.mode == 0o755 and (known_names(node) or len(node.layers) > 1):
            if node.origin is not None:
                return [Take(None, (node.origin,), place)] if self._let_in(path, node.origin) else []
            return self.folder(node, place, path, covered)
        if isinstance(node, Folder) and node.mode == 0o755 and any(isinstance(layer, Overlay) for layer in node.layers):
            return self.folder(node, place, path, covered)
        raise CannotError

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

    # --- laid out in a stage ------------------------------------------------------------------------------

    def _shelves(self, resolutions: Sequence[Resolution]) -> Extended:
        """A stage that holds the part of the workspace that the instructions read, under its own paths."""
        pieces = {piece.path: piece.node for resolution in resolutions for piece in resolution.pieces}
        tops = {path: node for path, node in pieces.items() if not any(_within(path, other) for other in pieces)}
        shell = any(needs_shell(self, node) for node in tops.values())
        base = self._base(list(tops.values())) if shell else External("scratch")
        root = SHELVES if shell else ""
        steps = tuple(
            CopyStep(self.unit.built.span, with_modes(self.project, node), f"{root}/{path}".rstrip("/") or "/")
            for path, node in sorted((path, self._filtered(node, path)) for path, node in tops.items())
        )
        return Extended(base, steps, workshop=True)

    def _filtered(self, node: Node, path: str) -> Node:
        return let_in(node, self.ignore, path) if isinstance(node, Folder) and self.ignore.patterns else node

    def _base(self, nodes: Sequence[Node]) -> Image:
        for node in nodes:
            for image in images_in(node):
                root = root_of(image)  # what was laid out on top of it would lie on the shelves too
                if not (isinstance(root, External) and root.name == "scratch"):
                    return root
        for image in self.unit.built.names.values():
            if isinstance(image, Built):
                return image
        raise NoShellError

    def _from_shelves(self, resolution: Resolution, shelves: Extended | None) -> Layout:
        if shelves is None:
            return Layout(resolution, None)
        root = "" if isinstance(shelves.base, External) and shelves.base.name == "scratch" else SHELVES
        if resolution.copy.is_add and any(
            isinstance(piece.node, Packed) or is_archive(piece.path) for piece in resolution.pieces
        ):
            problem = rules.ARCHIVE_UNCLEAR.at(resolution.copy.instruction.span)
            return Layout(resolution, None, (problem,))
        sources = tuple(
            f"{root}/{posixpath.normpath('/' + source.text).lstrip('/')}" for source in resolution.copy.sources
        )
        take = Take(shelves, sources, resolution.copy.destination.text, owned=not root, verbatim=True)
        return Layout(resolution, (take,))


class NoShellError(Exception):
    """Files have to be made in a stage, and no image of the script is there to make them in."""


def needs_shell(planner: Planner, node: Node) -> bool:
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
            elif needs_shell(planner, below):
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


def _plain_path(text: str) -> str:
    """A source as a path below the context, without a leading slash or dot."""
    return posixpath.normpath("/" + text).lstrip("/")


def _one_folder(node: Node) -> tuple[Image, str] | None:
    """The image's folder that a folder of the host is, when nothing else is in it."""
    if isinstance(node, Carried):
        return node.image, node.path
    if isinstance(node, Folder) and len(node.layers) == 1 and isinstance(node.layers[0], Overlay):
        return node.layers[0].image, node.layers[0].path
    return None


def _within(path: str, other: str) -> bool:
    return path != other and (other == "" or path.startswith(other + "/"))


def _inside(destination: str, name: str) -> str:
    if destination in (".", "./"):
        return name or "./"
    return f"{destination.rstrip('/')}/{name}"


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


def _unpacking(node: Carried) -> Extended:
    """A stage in which an archive out of an image lies unpacked, owners and modes as in the archive."""
    flag = {"gz": "z", "tgz": "z", "bz2": "j", "tbz": "j", "tbz2": "j", "xz": "J", "txz": "J"}.get(
        node.path.rsplit(".", 1)[-1], ""
    )
    path = node.path if re.fullmatch(r"[\w./+@:-]+", node.path) else f'"{node.path}"'
    line = f"mkdir -p {_UNPACKED} && tar -x{flag}pf {path} -C {_UNPACKED}"
    return Extended(node.image, (RunStep(node.span, line=line, user="root"),), workshop=True)


def _grouped(takes: Sequence[Take]) -> list[Take]:
    """Neighbours that differ only in their source become one instruction, where the destination is a folder."""
    found: list[Take] = []
    for take in takes:
        last = found[-1] if found else None
        same = last is not None and (last.image, last.destination, last.owned) == (
            take.image,
            take.destination,
            take.owned,
        )
        if (
            last is not None
            and same
            and take.destination.endswith("/")
            and not (last.paths[-1] + take.paths[0]).endswith("/")
        ):
            found[-1] = replace(last, paths=(*last.paths, *take.paths))
        else:
            found.append(take)
    return found


__all__ = ["Ambiguous", "CannotError", "Layout", "NoShellError", "Planner", "Take", "Workspace", "needs_shell"]
