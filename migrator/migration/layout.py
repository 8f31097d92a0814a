"""How each COPY of a build is written in the new file: what stays, what comes from a stage, what needs one laid out."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from migrator.commands.docker.contents import is_bare, makes_below
from migrator.commands.docker.kinds import kind_of
from migrator.commands.patterns import has_glob, to_regex
from migrator.commands.workshop import PLACE as SHELVES
from migrator.diagnostics import Severity
from migrator.dockerfile.edit import literal
from migrator.dockerfile.ignore import IgnoreRules
from migrator.migration.contexts import let_in
from migrator.migration.folders import FolderPlanner, needs_shell
from migrator.migration.nesting import with_modes, without_mode
from migrator.migration.pieces import expanded
from migrator.migration.quoting import quoted
from migrator.migration.settled import may_be_settled
from migrator.migration.takes import CannotError, Layout, NoShellError, Take, grouped, inside, is_archive
from migrator.migration.written import WrittenFiles, base_with_shell
from migrator.rules import plan as rules
from migrator.trace.images import CopyStep, Extended, External, RunStep, root_of
from migrator.trace.origins import images_in
from migrator.trace.workspace import (
    Carried,
    Folder,
    Overlay,
    Packed,
    RepoFile,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
    /usr/src/app /usr/local/apache2 /usr/local/apache2/htdocs /usr/local/tomcat /usr/local/tomcat/webapps
    /usr/local/tomcat/webapps/ROOT /usr/local/go /opt/java /data /config /conf /html /srv/http /home/node
    /docker-entrypoint.d /docker-entrypoint-initdb.d /etc/profile.d /etc/apache2 /etc/init.d /etc/cron.d /etc/skel
    /usr/share/ca-certificates /usr/local/share/ca-certificates /usr/local/etc /usr/include /usr/lib64 /usr/libexec
    /var/lib/nginx /var/lib/mysql /var/lib/postgresql /var/lib/postgresql/data /var/spool /usr/share/java /usr/local/src
    """.split()
)
_PROGRAMS = frozenset("/bin /sbin /usr/bin /usr/sbin /usr/local/bin /usr/local/sbin /go/bin /opt/bin".split())
_UNPACKED = f"{SHELVES}-unpacked/"
# The end of a pattern that no archive's name has.
_NEVER_ARCHIVE = re.compile(r"\.(?!tar$|tgz$|tbz2?$|txz$|gz$|bz2$|xz$|zst$)[A-Za-z]\w*$")


@dataclass
class Planner:
    """Lays out the COPYs of one unit; `context_base` is the context's folder in the checkout, None for no such.

    `written` is where the files of all units go that the script writes; `made` are the builds that get stages.
    """

    project: Project
    unit: Unit
    context_base: str | None
    ignore: IgnoreRules = field(default_factory=IgnoreRules)
    written: WrittenFiles = field(default_factory=lambda: WrittenFiles(None))
    made: frozenset[Image] = frozenset()

    def __post_init__(self) -> None:
        self.folders = FolderPlanner(self.project, self.ignore)

    def folder(self, node: Folder, destination: str, path: str) -> list[Take]:
        """The COPYs that bring the content of a folder to `destination`."""
        return self.folders.folder(node, destination, path)

    def all(self) -> dict[int, Layout]:
        """The layout of every COPY by the index of its instruction."""
        first = {index: self._plain(resolution) for index, resolution in self.unit.resolutions.items()}
        needing = [index for index, layout in first.items() if layout is None]
        shelves = self._shelves([self.unit.resolutions[index] for index in needing]) if needing else None
        found = {
            index: layout if layout is not None else self._from_shelves(self.unit.resolutions[index], shelves)
            for index, layout in first.items()
        }
        if self.unit.built.output is None:
            return found
        return {index: _without_owner(layout) for index, layout in found.items()}

    def _plain(self, resolution: Resolution) -> Layout | None:
        """The layout without shelves, or None; what the script writes is taken from a stage where that is enough."""
        if resolution.anchors or resolution.copy.is_add or self.unit.built.context.owners:
            return self._direct(resolution)
        stage, made = self.written.stage, dict(self.written.made)
        pieces = tuple(
            replace(piece, node=self.written.taken(self._let_in(piece), piece.path)) for piece in resolution.pieces
        )
        found = self._direct(replace(resolution, pieces=pieces))
        if found is None or found.takes is None:
            self.written.stage, self.written.made = stage, made
        return found

    # --- directly -----------------------------------------------------------------------------------------

    def _direct(self, resolution: Resolution) -> Layout | None:
        if any(problem.severity is Severity.ERROR for problem in resolution.problems):
            return Layout(resolution, None, resolution.problems)
        if resolution.anchors:
            return self._pattern(resolution)
        if all(self._stays(piece) for piece in resolution.pieces) and not any(self._finds_more(resolution)):
            return Layout(resolution, None)
        takes: list[Take] = []
        try:
            for piece in resolution.pieces:
                takes.extend(self._piece(piece, resolution))
        except CannotError:
            return None
        if any(not take.paths for take in takes) and not self._may_make_folders(resolution):
            return None
        if (
            resolution.copy.chown is not None
            and any(take.archived for take in takes)
            and self._makes_folder(resolution)
        ):
            # Measured: ADD gives the folder that it makes for an archive to --chown, and leaves what it unpacks.
            return Layout(resolution, None, (rules.ARCHIVE_UNCLEAR.at(resolution.copy.instruction.span),))
        if may_be_settled(self.project, self.unit, resolution, takes):
            return None
        return Layout(resolution, tuple(grouped(takes)))

    @staticmethod
    def _makes_folder(resolution: Resolution) -> bool:
        """Whether the destination may not be there before the instruction."""
        place = posixpath.normpath(posixpath.join(resolution.state.workdir or "/", resolution.destination))
        return place not in ("/", posixpath.normpath(resolution.state.workdir or "/"))

    def _may_make_folders(self, resolution: Resolution) -> bool:
        """Whether a RUN behind the instruction can make folders as COPY would: there is a shell, and it is root's."""
        stages = self.unit.dockerfile.stages
        stage = next(found for found in stages if resolution.copy.instruction in found.instructions)
        shell = any(found.keyword == "RUN" and not found.json for found in stage.instructions)
        plain = resolution.copy.chown is None and resolution.copy.chmod is None
        return shell and plain and resolution.state.user in ("", "root", "0")

    def _pattern(self, resolution: Resolution) -> Layout | None:
        """A pattern over what one image's folder holds is the same pattern in the image itself."""
        if not resolution.pieces:  # the ignore file keeps out what the pattern looks at
            source = resolution.copy.sources[0]
            return Layout(resolution, None, (rules.COPY_PATTERN_EMPTY.at(source.span, pattern=source.text),))
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
        there = posixpath.normpath(posixpath.join(self.context_base, piece.path))
        there = "" if there == "." else there
        node = piece.node
        if isinstance(node, RepoFile):
            return node.path == there
        return isinstance(node, Folder) and node.origin == there

    def _finds_more(self, resolution: Resolution) -> Iterator[str]:
        """What a pattern would find in the checkout that the old build did not: moved away, or shut out.

        The ignore file of the new build may have to let in what the one of this build kept out.
        """
        found, base = {piece.path for piece in resolution.pieces}, self.context_base or "."
        for source in resolution.copy.sources:
            text = _plain_path(expanded(source.text, resolution.state, self.unit.dockerfile.escape))
            if not has_glob(text):
                continue
            parts = [re.compile(to_regex(part, path=True)) for part in text.split("/")]
            for path in (*self.project.files, *self.project.folders):
                inner = posixpath.relpath(path or ".", base)
                names = inner.split("/")
                if len(names) != len(parts) or inner in found:
                    continue
                if all(part.fullmatch(name) for part, name in zip(parts, names, strict=True)):
                    yield inner

    def _piece(self, piece: Piece, resolution: Resolution) -> list[Take]:
        node, destination = self._let_in(piece), resolution.copy.destination.text
        name = posixpath.basename(piece.path)
        if isinstance(node, RepoFile):
            place = self._renamed(name, node.path, "file", resolution)
            return [Take(None, (node.path,), place, seen=(piece.path,))]
        if isinstance(node, Carried):
            return self._carried(node, name, resolution)
        if isinstance(node, Folder):
            if node.origin is not None:
                return [Take(None, (node.origin,), destination, seen=(piece.path,))]
            return self.folder(node, destination, piece.path)
        if isinstance(node, Packed) and resolution.copy.is_add:
            return self._unpacked(node, destination)
        raise CannotError

    def _let_in(self, piece: Piece) -> Node:
        node = piece.node
        if not isinstance(node, Folder) or not self.ignore.patterns:
            return node
        return let_in(node, self.ignore, piece.path, self.context_base)

    def _carried(self, node: Carried, name: str, resolution: Resolution) -> list[Take]:
        destination = resolution.copy.destination.text
        packed = is_archive(name) or is_archive(node.path)  # the engine looks at the bytes, not at the name
        if resolution.copy.is_add and packed and node.kind != "folder":
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
            return inside(destination, name)
        if self._may_be_folder(resolution):
            raise CannotError
        return destination

    def _may_be_folder(self, resolution: Resolution) -> bool:
        place = posixpath.normpath(posixpath.join(resolution.state.workdir, resolution.destination))
        if place == posixpath.normpath(resolution.state.workdir) or self._base_may_have(place, resolution):
            return True
        for instruction in self.unit.dockerfile.instructions:
            if instruction is resolution.copy.instruction:
                break
            if instruction.keyword in ("RUN", "WORKDIR", "VOLUME", "COPY", "ADD") and place in instruction.text:
                return True
        return False

    def _base_may_have(self, place: str, resolution: Resolution) -> bool:
        """Whether the image that the stage starts from may hold a folder at a path.

        The official images keep to the usual layout; of anybody else's nothing is known, but for where programs stand.
        """
        stages = self.unit.dockerfile.stages
        stage = next(found for found in stages if resolution.copy.instruction in found.instructions)
        own = next((image for name, image in self.unit.parents.items() if name == stage.image), None)
        if own is not None and makes_below(own, place):
            return True
        name = stage.image.split("@")[0].lower()
        if name == "scratch":
            return False
        official = re.fullmatch(r"(docker\.io/)?(library/)?[\w.-]+(:[\w.-]+)?", name) is not None
        if official or own is not None or posixpath.dirname(place) in _PROGRAMS:
            return place in _COMMON_FOLDERS
        return not re.search(r"\.[A-Za-z]\w*$", place)

    def _unpacked(self, node: Packed, destination: str) -> list[Take]:
        tree = node.tree
        if isinstance(tree, Carried):
            path = tree.path.rstrip("/") + "/"
            return [Take(tree.image, (path,), destination, owned=node.owners, archived=True)]
        if not isinstance(tree, Folder):
            raise CannotError
        return [replace(take, owned=node.owners, archived=True) for take in self.folder(tree, destination, "")]

    # --- laid out in a stage ------------------------------------------------------------------------------

    def _shelves(self, resolutions: Sequence[Resolution]) -> Extended:
        """A stage that holds the part of the workspace that the instructions read, under its own paths."""
        pieces = {piece.path: piece.node for resolution in resolutions for piece in resolution.pieces}
        tops = {path: node for path, node in pieces.items() if not any(_within(path, other) for other in pieces)}
        shell = any(needs_shell(node) for node in tops.values())
        base = self._base(list(tops.values())) if shell else External("scratch")
        root = SHELVES if shell else ""
        owners = self.unit.built.context.owners
        steps = tuple(
            CopyStep(
                self.unit.built.span,
                without_mode(with_modes(self.project, node)),
                f"{root}/{path}".rstrip("/") or "/",
                owners,
                source=True,
            )
            for path, node in sorted((path, self._filtered(node, path)) for path, node in tops.items())
        )
        return Extended(base, steps, workshop=True)

    def _filtered(self, node: Node, path: str) -> Node:
        return let_in(node, self.ignore, path) if isinstance(node, Folder) and self.ignore.patterns else node

    def _base(self, nodes: Sequence[Node]) -> Image:
        for node in nodes:
            for image in images_in(node):
                root = root_of(image)  # what was laid out on top of it would lie on the shelves too
                if not is_bare(root):
                    return root
        for image in self.unit.built.names.values():
            if image in self.made and not is_bare(image):
                return image
        base = base_with_shell(self.unit)
        if base is None:
            raise NoShellError
        return base

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


def _without_owner(layout: Layout) -> Layout:
    """The layout for files that go to the host, where they belong to the caller, whoever owned them in the stage."""
    takes = layout.takes
    return layout if takes is None else replace(layout, takes=tuple(replace(take, owned=True) for take in takes))


def _plain_path(text: str) -> str:
    """A source as a path below the context, without a leading slash or dot."""
    return posixpath.normpath("/" + text).lstrip("/")


def _one_folder(node: Node) -> tuple[Image, str] | None:
    """The image's folder that a folder of the host is, when nothing else is in it."""
    if isinstance(node, Carried):
        return node.image, node.path
    layers = (
        [layer for layer in node.layers if isinstance(layer, Overlay) or layer.names]
        if isinstance(node, Folder)
        else []
    )
    if len(layers) == 1 and isinstance(layers[0], Overlay):
        return layers[0].image, layers[0].path
    return None


def _within(path: str, other: str) -> bool:
    return path != other and (other == "" or path.startswith(other + "/"))


def _unpacking(node: Carried) -> Extended:
    """A stage in which an archive out of an image lies unpacked, owners and modes as in the archive."""
    flag = {"gz": "z", "tgz": "z", "bz2": "j", "tbz": "j", "tbz2": "j", "xz": "J", "txz": "J"}.get(
        node.path.rsplit(".", 1)[-1], ""
    )
    path = quoted(node.path)
    line = f"mkdir -p {_UNPACKED} && tar -x{flag}pf {path} -C {_UNPACKED}"
    return Extended(node.image, (RunStep(node.span, line=line, user="root"),), workshop=True)
