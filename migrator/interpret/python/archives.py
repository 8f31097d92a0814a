"""`io.BytesIO`, `tempfile` and `tarfile`: files in memory, and archives that are taken apart or put together.

https://docs.python.org/3/library/tarfile.html
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.commands.base import absolute
from migrator.commands.docker.kinds import kind_of
from migrator.interpret.python.files import as_stream, read
from migrator.interpret.python.values import FileValue, PathText, PythonError, Raw, Unknown
from migrator.trace.state import Channels, Input
from migrator.trace.streams import NOTHING, Archive, Content, Mixed, Packed, Text
from migrator.trace.symbols import is_known
from migrator.trace.workspace import Ambiguous, Carried, Entries, Folder, Mystery, RepoFile, Workspace, Written
from migrator.trace.workspace import Packed as PackedFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.interpret.python.called import Called
    from migrator.trace.streams import Stream
    from migrator.trace.workspace import Node

_COMPRESSION = {"gz": "gzip", "bz2": "bzip2", "xz": "xz"}


@dataclass(eq=False)
class Memory:
    """A file in memory, or a temporary one at `path`; `ahead` says that it is to be read from its start.

    `open_archive` says that an archive is still being written to it.
    """

    stream: Stream = NOTHING
    ahead: bool = True
    path: str | None = None
    open_archive: bool = False


@dataclass(eq=False)
class ArchiveValue:
    """An open archive: what it is read from, or what it is written to and what it holds so far."""

    stream: Stream | None = None
    target: Memory | None = None
    tree: Folder = Folder()  # noqa: RUF009 — it never changes
    method: str | None = None


@dataclass(frozen=True)
class Member:
    """One member of an archive; `kind` is "file" or "folder" where that is known."""

    name: str
    kind: str | None


# Stands for each member of an archive in turn.
EVERY = Member("", None)


@dataclass(frozen=True, eq=False)
class Members:
    """All members of an archive, or their names; `known` are the first of them, and all where `whole`."""

    known: tuple[Member, ...]
    whole: bool
    names: bool = False

    @property
    def shown(self) -> list[object]:
        """What the program sees of those that are known."""
        return [member.name if self.names else member for member in self.known]


# --- files in memory --------------------------------------------------------------------------------------------


def memory(call: Called) -> object:
    """`io.BytesIO(…)`."""
    given = call.value(0, "initial_bytes")
    return Memory() if given is None else Memory(as_stream(call, given))


def temporary(call: Called) -> object:
    """`tempfile.TemporaryFile`, `SpooledTemporaryFile`."""
    mode = call.named.get("mode", "w+b")
    return Memory() if mode in ("w+b", "wb+") else call.not_followed()


def named_temporary(call: Called) -> object:
    """`tempfile.NamedTemporaryFile`."""
    if call.value(0, "mode", default="w+b") not in ("w+b", "wb+", "wb", "w", "w+") or call.named.get("dir") is not None:
        return call.not_followed()
    channels = Channels()
    call.command(["mktemp"], channels=channels)
    path = call.run.decoded(Raw(channels.collected()), call.span)
    return Memory(path=path.removesuffix("\n")) if isinstance(path, str) else Unknown(call.span)


def of_memory(call: Called, file: Memory) -> object:
    """A method of a file in memory."""
    match call.name.rpartition(".")[2]:
        case "write" if call.given:
            return _written(call, file, as_stream(call, call.given[0]))
        case "writelines" if call.given and isinstance(call.given[0], Raw):
            return _written(call, file, call.given[0].stream)
        case "read" | "getvalue" | "getbuffer" as method if not call.given and not file.open_archive:
            found = file.stream if file.ahead or method != "read" else NOTHING
            file.ahead = file.ahead and method != "read"
            return Raw(found)
        case "seek" if list(call.given) in ([0], [0, 0]):
            file.ahead = True
            return 0
        case "tell":
            return Unknown(call.span, pure=True)
        case "close" | "flush" | "fileno":
            return None
        case "__enter__":
            return file
        case _:
            return call.not_followed()


def _written(call: Called, file: Memory, stream: Stream) -> object:
    if file.ahead and file.stream != NOTHING:
        return call.not_followed()
    parts = [part for part in (file.stream, stream) if part != NOTHING]
    texts = [part.text for part in parts if isinstance(part, Text)]
    whole = Text("".join(texts)) if len(texts) == len(parts) else Mixed(tuple(parts))
    file.stream, file.ahead = (parts[0] if len(parts) == 1 else whole) if parts else NOTHING, not parts
    if file.path is not None:
        call.run.shell.write_file(file.path, file.stream, call.span)
    return Unknown(call.span, pure=True)


def content_of(call: Called, value: object) -> Stream | None:
    """What bytes, or an open file from where it stands, hold; None where that is not known."""
    match value:
        case Memory():
            return None if value.open_archive else value.stream if value.ahead else NOTHING
        case FileValue():
            return value.stream
        case Raw() | bytes() | str():
            return as_stream(call, value)
        case _:
            return None


def copied(call: Called) -> object:
    """`shutil.copyfileobj(source, target)`."""
    source, target = call.value(0, "fsrc"), call.value(1, "fdst")
    stream = content_of(call, source)
    if stream is None or isinstance(source, str | bytes) or len(call.given) > 3:
        return call.not_followed()
    if isinstance(target, Memory):
        return _written(call, target, stream)
    if isinstance(target, FileValue) and target.writes:
        call.run.shell.write_file(target.path, stream, call.span, append=target.used)
        target.used = True
        return None
    return call.not_followed()


# --- archives ---------------------------------------------------------------------------------------------------


def opened(call: Called) -> object:
    """`tarfile.open(…)`."""
    mode, source = call.value(1, "mode", default="r"), call.value(2, "fileobj")
    if not isinstance(mode, str) or not is_known(mode) or not call.only("name", "mode", "fileobj"):
        return call.not_followed()
    way, _, method = mode.replace("|", ":").partition(":")
    if way == "w":
        if not isinstance(source, Memory) or (method and method not in _COMPRESSION):
            return call.not_followed()
        source.open_archive = True
        return ArchiveValue(target=source, method=_COMPRESSION.get(method))
    if way != "r":
        return call.not_followed()
    if source is not None:
        stream = content_of(call, source)
        return ArchiveValue(stream) if stream is not None else call.not_followed()
    return ArchiveValue(read(call, absolute(call.run.shell.state.cwd, call.path(0, "name"))))


def of_archive(call: Called, archive: ArchiveValue) -> object:
    """A method of an open archive."""
    method = call.name.rpartition(".")[2]
    if method in ("close", "__exit__"):
        _end(archive)
        return None
    if method == "__enter__":
        return archive
    if method == "add" and archive.target is not None:
        return _added(call, archive)
    if archive.stream is None:
        return call.not_followed()
    match method:
        case "extractall" if call.only("path", "filter") and len(call.given) < 2:
            return _unpack(call, archive, call.value(0, "path", default="."), ())
        case "extract" if call.only("member", "path", "filter", "set_attrs"):
            member = call.value(0, "member")
            name = "." if member is EVERY else _name(member)
            return call.not_followed() if name is None else _unpack(call, archive, call.value(1, "path", "."), (name,))
        case "extractfile":
            return _file(call, archive, _name(call.value(0, "member")))
        case "getmembers" | "getnames":
            found = members(archive.stream, names=method == "getnames")
            return found.shown if found.whole else found
        case "getmember" if isinstance(call.value(0, "name"), str):
            return Member(str(call.value(0, "name")), None)
        case "next":
            first = members(archive.stream).known
            return first[0] if first else Unknown(call.span)
        case _:
            return call.not_followed()


def ended(value: object) -> None:
    """The end of a `with` block: an archive that was written is whole then."""
    if isinstance(value, ArchiveValue):
        _end(value)


def _end(archive: ArchiveValue) -> None:
    if archive.target is not None and archive.target.open_archive:
        packed = Archive(archive.tree, owners=False, prefix=None)  # arcname may be anything
        archive.target.open_archive, archive.target.ahead = False, False
        archive.target.stream = Packed(archive.method, packed) if archive.method else packed


def _added(call: Called, archive: ArchiveValue) -> object:
    """`add(name, arcname)`: a file or a folder with all that is in it."""
    path = call.path(0, "name")
    name = call.value(1, "arcname", default=path)
    node = call.run.shell.state.workspace.find(absolute(call.run.shell.state.cwd, path))
    if not isinstance(name, str) or not call.only("name", "arcname") or isinstance(node, Ambiguous | Mystery):
        return call.not_followed()
    if node is None:
        raise PythonError("FileNotFoundError")
    place = posixpath.normpath("/" + name.lstrip("/"))
    if place == "/" or name.startswith("..") or call.run.shell.state.owners_changed:
        return call.not_followed()
    archive.tree = Workspace(archive.tree).put(place, node).root
    return None


def _unpack(call: Called, archive: ArchiveValue, folder: object, names: tuple[str, ...]) -> object:
    if not isinstance(folder, str | PathText) or archive.stream is None:
        return call.not_followed()
    place = call.run.text(folder, call.span) or "."
    call.command(["mkdir", "-p", place])
    names = tuple(name for name in names if name != ".")
    call.command(["tar", "-xf", "-", "-C", place, *names], channels=Channels(Input(archive.stream)))
    return None


def _file(call: Called, archive: ArchiveValue, name: str | None) -> object:
    if name is None or archive.stream is None:
        return call.not_followed()
    channels = Channels(Input(archive.stream))
    call.command(["tar", "-xO", "-f", "-", name], channels=channels)
    return Memory(channels.collected())


def _name(value: object) -> str | None:
    return value if isinstance(value, str) else value.name if isinstance(value, Member) else None


def members(stream: Stream, *, names: bool = False) -> Members:
    """The members of an archive, as far as the names of files are known."""
    tree = _tree(stream)
    found: list[Member] = []
    if not isinstance(tree, Folder) or len(tree.layers) != 1 or not isinstance(tree.layers[0], Entries):
        return Members((), whole=False, names=names)
    for name, node in sorted(tree.layers[0].names.items()):
        kind = _kind(node)
        found.append(Member(name, kind))
        if kind != "file":
            return Members(tuple(found), whole=False, names=names)
    return Members(tuple(found), whole=True, names=names)


def _kind(node: Node | None) -> str | None:
    match node:
        case RepoFile() | Written() | PackedFile():
            return "file"
        case Folder():
            return "folder"
        case Carried():
            return node.kind or kind_of(node.image, node.path)
        case _:
            return None


def _tree(stream: Stream) -> Node | None:
    while isinstance(stream, Packed):
        stream = stream.inner
    if isinstance(stream, Archive):
        return stream.tree
    if isinstance(stream, Content) and isinstance(stream.node, PackedFile):
        return stream.node.tree
    return None


def of_member(call: Called, member: Member) -> object:
    """A method of a member."""
    known = {"isfile": "file", "isreg": "file", "isdir": "folder"}.get(call.name.rpartition(".")[2])
    return Unknown(call.span) if known is None or member.kind is None else member.kind == known


COMMANDS: dict[str, Callable[[Called], object]] = {
    "io.BytesIO": memory, "tempfile.TemporaryFile": temporary, "tempfile.SpooledTemporaryFile": temporary,
    "tempfile.NamedTemporaryFile": named_temporary, "tarfile.open": opened, "shutil.copyfileobj": copied,
}  # fmt: skip

__all__ = [
    "COMMANDS", "EVERY", "ArchiveValue", "Member", "Members", "Memory", "content_of", "ended", "members", "of_archive",
    "of_member", "of_memory",
]  # fmt: skip
