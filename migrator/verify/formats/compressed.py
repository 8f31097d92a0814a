"""Compressed files: gzip with the time in its header (RFC 1952), and xz and bzip2, which have none."""

from __future__ import annotations

import bz2
import lzma
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from migrator.rules import formats as rules
from migrator.verify.formats.parts import MOST, Part

if TYPE_CHECKING:
    from collections.abc import Callable

_EXTRA, _NAME, _COMMENT, _CHECK = 4, 8, 16, 2
_TRAILER = 8
_MEMBERS = 16


def gzip_parts(_name: str, data: bytes) -> list[Part] | None:
    """A gzip file: of one member, or of a few in a row, as in Alpine's packages."""
    parts: list[Part] = []
    at = room = 0
    for number in range(_MEMBERS):
        found = _member(data[at:], at, MOST - room)
        if found is None:
            return None
        more, length = found
        room += len(more[3].data)
        parts += more if not number else [replace(part, label=f"{part.label} of member {number + 1}") for part in more]
        at += length
        if at == len(data):
            return parts
    return None


def _member(data: bytes, at: int, most: int) -> tuple[list[Part], int] | None:
    """The parts of the member that data begins with, and how long it is; None where it is none that we look into."""
    start = _body(data) if data.startswith(b"\x1f\x8b\x08") and len(data) > 18 else None
    if start is None or most <= 0:
        return None
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    payload = machine.decompress(data[start:], most)
    if not machine.eof or len(machine.unused_data) < _TRAILER:
        return None  # cut off, or larger than we look into
    end = len(data) - len(machine.unused_data) + _TRAILER
    parts = [
        Part("gzip flags", data[:4]),
        Part("time in the gzip header", data[4:8], rules.GZIP_TIME, at=at + 4),
        Part("the rest of the gzip header", data[8:start]),
        Part("uncompressed", payload, nested=True),
        Part("compressed", data[start:end], follows=True),
    ]
    return parts, end


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
