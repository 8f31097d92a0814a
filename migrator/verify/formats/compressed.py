"""Compressed files: gzip with the time in its header (RFC 1952), and xz and bzip2, which have none."""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import TYPE_CHECKING, Protocol

from migrator.rules import formats as rules
from migrator.verify.formats.parts import MOST, Part

if TYPE_CHECKING:
    from collections.abc import Callable

_EXTRA, _NAME, _COMMENT, _CHECK = 4, 8, 16, 2


def gzip_parts(_name: str, data: bytes) -> list[Part] | None:
    """A gzip file of one member."""
    start = _body(data) if data.startswith(b"\x1f\x8b\x08") and len(data) > 18 else None
    if start is None:
        return None
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    payload = machine.decompress(data[start:], MOST)
    if not machine.eof or len(machine.unused_data) != 8:
        return None  # more than one member, cut off, or larger than we look into
    return [
        Part("gzip flags", data[:4]),
        Part("time in the gzip header", data[4:8], rules.GZIP_TIME, at=4),
        Part("the rest of the gzip header", data[8:start]),
        Part("uncompressed", payload, nested=True),
        Part("compressed", data[start:], follows=True),
    ]


def _body(data: bytes) -> int | None:
    """Where the compressed data begins: behind the optional fields of the header."""
    flags, at = data[3], 10
    if flags & _EXTRA:
        at += 2 + int.from_bytes(data[at : at + 2], "little")
    for flag in (_NAME, _COMMENT):
        if flags & flag:
            end = data.find(b"\0", at)
            if end < 0:
                return None
            at = end + 1
    return at + 2 if flags & _CHECK else at


class _Machine(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


_MAGIC: dict[bytes, Callable[[], _Machine]] = {
    b"\xfd7zXZ\0": lzma.LZMADecompressor,
    b"BZh": bz2.BZ2Decompressor,
}


def other_parts(_name: str, data: bytes) -> list[Part] | None:
    """An xz or bzip2 file of one stream."""
    make = next((make for magic, make in _MAGIC.items() if data.startswith(magic)), None)
    if make is None:
        return None
    machine = make()
    payload = machine.decompress(data, MOST)
    if not machine.eof or machine.unused_data:
        return None
    return [Part("uncompressed", payload, nested=True), Part("compressed", data, follows=True)]
