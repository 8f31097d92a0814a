"""Reads the archive of an image (`docker save`) as a stream, layer by layer; nothing is unpacked to disk.

Both forms are read: the OCI layout with blobs that Docker 25 and later write, and the older one with a folder per
layer. See https://github.com/opencontainers/image-spec/blob/main/layer.md for what a layer says.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import posixpath
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any, Protocol

from migrator.errors import EngineError
from migrator.verify.entry import Entry, Kind

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

BLOCK = 1 << 20
# tarfile copies what is left of its buffer at each read: a large one makes an archive of many small files slow.
BUFFER = 1 << 16
LARGEST_SPARSE = 1 << 30
# What reading an archive of bytes that anybody made ends in.
_UNREADABLE = (tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError, gzip.BadGzipFile, zlib.error)
_XATTR = "SCHILY.xattr."
# Notes of overlayfs to itself, below `user.overlay.` where it was mounted by a user without rights. His podman leaves
# them in a layer; which are there depends on how files were spread over layers, and no container of his sees them.
NOTES = frozenset({"origin", "impure", "nlink", "upper", "uuid", "protattr"})
_OF_PODMAN = frozenset(f"{_XATTR}user.overlay.{name}" for name in NOTES)
_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_KINDS = {
    tarfile.DIRTYPE: Kind.FOLDER,
    tarfile.SYMTYPE: Kind.LINK,
    tarfile.CHRTYPE: Kind.CHARACTER,
    tarfile.BLKTYPE: Kind.BLOCK,
    tarfile.FIFOTYPE: Kind.FIFO,
    tarfile.LNKTYPE: Kind.HARD_LINK,
}


class Sink(Protocol):
    """Where the bytes of one file go while it is read."""

    def write(self, block: bytes) -> None:
        """Take the next bytes."""

    def close(self, digest: str) -> None:
        """There are no more; `digest` is the sha256 of all."""


Keep = Callable[[str], "Sink | None"]


@dataclass(frozen=True)
class Layer:
    """What one layer says: entries by path, paths that it removes, folders whose content from below it hides."""

    entries: Mapping[str, Entry]
    removed: frozenset[str]
    opaque: frozenset[str]


@dataclass(frozen=True)
class Archive:
    """An image as it was read: its configuration, and its layers from the lowest, None where one was not wanted."""

    config: Mapping[str, Any]
    layers: tuple[Layer | None, ...]


def read_archive(source: IO[bytes], skip: Collection[str] = (), keep: Keep | None = None) -> Archive:
    """The image in a stream of `docker save`; layers whose diff id is in `skip` are passed over if their names tell.

    `keep` gives, for the path of a file, where its bytes go as they come by, or None.
    """
    layers: dict[str, Layer | None] = {}
    texts: dict[str, Any] = {}
    links: dict[str, str] = {}
    skipped = {digest.removeprefix("sha256:") for digest in skip}
    try:
        with tarfile.open(fileobj=source, mode="r|", bufsize=BUFFER) as outer:
            for member in outer:
                name = posixpath.normpath(member.name)
                if member.issym() or member.islnk():
                    folder = posixpath.dirname(name) if member.issym() else ""
                    links[name] = posixpath.normpath(posixpath.join(folder, member.linkname))
                elif not member.isfile():
                    continue
                elif posixpath.basename(name).removesuffix(".tar") in skipped:
                    layers[name] = None
                else:
                    _read_member(outer, member, (name, keep), layers, texts)
    except _UNREADABLE as error:
        raise EngineError(f"the archive of an image cannot be read: {error}") from error
    return _assemble(layers, texts, links)


def _read_member(
    outer: tarfile.TarFile,
    member: tarfile.TarInfo,
    named: tuple[str, Keep | None],
    layers: dict[str, Layer | None],
    texts: dict[str, Any],
) -> None:
    name, keep = named
    opened = outer.extractfile(member)
    if opened is None:
        return
    source = _Peeked(opened)
    head = source.peek(512)
    if head[:1] in (b"{", b"[") and head[257:262] != b"ustar":
        texts[name] = json.loads(source.read())
    elif head.startswith(b"\x1f\x8b"):
        layers[name] = read_layer(gzip.GzipFile(fileobj=source), keep)
    elif head.startswith(b"\x28\xb5\x2f\xfd"):
        raise EngineError("the engine saves layers as zstd, which this version cannot read")
    elif head[257:262] == b"ustar" or not head.strip(b"\0"):
        layers[name] = read_layer(source, keep)
    # else: VERSION files and the like


def _assemble(layers: Mapping[str, Layer | None], texts: Mapping[str, Any], links: Mapping[str, str]) -> Archive:
    manifest = texts.get("manifest.json")
    if not manifest:
        raise EngineError("the archive of an image has no manifest.json")
    try:
        image = manifest[0]
        found = tuple(layers[_followed(name, layers, links)] for name in image["Layers"] or ())
        config = texts[posixpath.normpath(image["Config"])]
    except KeyError as error:
        raise EngineError(f"the archive of an image lacks {error}") from error
    except (TypeError, AttributeError) as error:
        raise EngineError("the manifest.json of an image's archive does not say what it is made of") from error
    if not isinstance(config, dict):
        raise EngineError("the configuration in an image's archive is no object")
    return Archive(config, found)


def _followed(name: str, layers: Mapping[str, Layer | None], links: Mapping[str, str]) -> str:
    name = posixpath.normpath(name)
    for _ in links:
        if name in layers or name not in links:
            break
        name = links[name]
    return name


class _Peeked(io.RawIOBase):
    """A stream whose first bytes can be looked at before it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self._head = source, b""

    def readable(self) -> bool:
        return True

    def peek(self, count: int) -> bytes:
        self._head = self._source.read(count)
        return self._head

    def read(self, size: int = -1, /) -> bytes:
        if not self._head:
            return self._source.read(size)
        if size < 0:
            head, self._head = self._head, b""
            return head + self._source.read()
        head, self._head = self._head[:size], self._head[size:]
        return head + self._source.read(size - len(head)) if size > len(head) else head


def read_layer(source: IO[bytes] | io.RawIOBase | gzip.GzipFile, keep: Keep | None = None) -> Layer:
    """What the tar stream of one layer says."""
    entries: dict[str, Entry] = {}
    removed: set[str] = set()
    opaque: set[str] = set()
    with tarfile.open(fileobj=source, mode="r|", bufsize=BUFFER) as tar:
        for member in tar:
            path = rooted(member.name)
            folder, name = posixpath.split(path)
            if name == _OPAQUE:
                opaque.add(folder)
            elif name.startswith(_WHITEOUT):
                removed.add(posixpath.join(folder, name.removeprefix(_WHITEOUT)))
            else:
                entries[path] = _entry(tar, member, keep(path) if keep is not None else None)
    _note_links(entries)
    return Layer(entries, frozenset(removed), frozenset(opaque))


def _note_links(entries: dict[str, Entry]) -> None:
    """Say of the names of one file that they are: of a hard link, and of the entry of this layer that it ends at."""
    links = {path: entry.link for path, entry in entries.items() if entry.kind is Kind.HARD_LINK}
    ends: dict[str, str] = {}
    for path in links:
        trail: dict[str, None] = {}
        end = path
        while end in links and end not in ends and end not in trail:
            trail[end] = None
            end = links[end]
        ends |= dict.fromkeys(trail, ends.get(end, end))
    for path, end in ends.items():
        if end in entries and end not in links:  # else they go round in circles, or to a layer below
            entries[end] = replace(entries[end], linked=end)
            entries[path] = replace(entries[path], linked=end)


def rooted(name: str) -> str:
    """A name in an archive as an absolute path; nothing climbs out of the root."""
    return posixpath.normpath("/" + name.lstrip("/"))


def _entry(tar: tarfile.TarFile, member: tarfile.TarInfo, sink: Sink | None) -> Entry:
    kind = _KINDS.get(member.type, Kind.FILE)
    xattrs = {
        key.removeprefix(_XATTR): value
        for key, value in member.pax_headers.items()
        if key.startswith(_XATTR) and key not in _OF_PODMAN
    }
    link = member.linkname if kind in {Kind.LINK, Kind.HARD_LINK} else ""
    return Entry(
        kind=kind,
        mode=member.mode & 0o7777,
        owner=(member.uid, member.gid),
        size=member.size if kind is Kind.FILE else 0,
        content=_content(tar, member, sink) if kind is Kind.FILE else "",
        link=rooted(link) if kind is Kind.HARD_LINK else link,
        device=(member.devmajor, member.devminor) if kind in {Kind.CHARACTER, Kind.BLOCK} else None,
        xattrs=tuple(sorted(xattrs.items())),
        time=int(member.mtime),
    )


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo, sink: Sink | None) -> str:
    source = tar.extractfile(member)
    found = hashlib.sha256()
    sparse: list[tuple[int, int]] = getattr(member, "sparse", None) or []
    if sparse and member.size > LARGEST_SPARSE and source is not None:
        # A few bytes can claim to be petabytes of zeros: what is there is hashed with its places, the holes are not.
        inner: Any = getattr(source, "raw", source)  # the buffer around it would want to go back
        for start, length in sparse:
            found.update(f"{start} {length}\0".encode())
            inner.seek(start)
            for at in range(0, length, BLOCK):
                found.update(inner.read(min(BLOCK, length - at)))
        return found.hexdigest()
    while source is not None and (block := source.read(BLOCK)):
        found.update(block)
        if sink is not None:
            sink.write(block)
    if sink is not None:
        sink.close(found.hexdigest())
    return found.hexdigest()
