"""Archives: tar, ar, and zip with all that is one (jar, wheel), which note when each file in them was made.

The names, the order, modes, owners, attributes and contents must be equal; the moments need not be.
"""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile

from migrator.rules import formats as rules
from migrator.verify.formats.parts import MOST, Part

_BLOCK = 512
_SIZE, _MTIME, _CHECKSUM = slice(124, 136), slice(136, 148), slice(148, 156)
_PAX_TIMES = frozenset({"mtime", "atime", "ctime"})


def tar_parts(_name: str, data: bytes) -> list[Part] | None:
    """A tar archive, not compressed."""
    if data[257:262] != b"ustar":
        return None
    parts: list[Part] = []
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for member in archive:
            if member.sparse is not None:
                return None
            header = data[member.offset : member.offset_data]
            parts += _tar_member(member, header)
            if member.isreg():
                end = member.offset_data + member.size
                parts.append(Part(member.name, data[member.offset_data : end], nested=True, at=member.offset_data))
                size = header[_SIZE] + data[end : end + -member.size % _BLOCK]
                parts.append(Part(f"size of {member.name}", size, follows=True))
        end = archive.offset
    # How many empty blocks end it depends on the sizes before, and means nothing.
    return [*parts, Part("behind the archive", data[end:].strip(b"\0"))]


def _tar_member(member: tarfile.TarInfo, header: bytes) -> list[Part]:
    name = member.name
    if len(header) == _BLOCK:
        masked = bytearray(header)
        masked[_SIZE], masked[_MTIME], masked[_CHECKSUM] = bytes(12), bytes(12), bytes(8)
        return [
            Part(f"time of {name}", header[_MTIME], rules.TAR_TIME, at=member.offset + 136),
            Part(f"header of {name}", bytes(masked)),
        ]
    # Several blocks: an extended header, whose own lengths change with the times that it holds.
    times = {key: value for key, value in member.pax_headers.items() if key in _PAX_TIMES}
    rest = {key: value for key, value in member.pax_headers.items() if key not in _PAX_TIMES}
    fields = (
        *(name, member.mode, member.uid, member.gid, member.uname, member.gname, member.type, member.linkname),
        *(member.devmajor, member.devminor, sorted((key, value) for key, value in rest.items() if key != "size")),
    )
    return [
        Part(f"time of {name}", f"{member.mtime} {sorted(times.items())}".encode(), rules.TAR_TIME, at=member.offset),
        Part(f"header of {name}", repr(fields).encode()),
    ]


_AR_MAGIC = b"!<arch>\n"
_AR_HEADER = 60


def ar_parts(_name: str, data: bytes) -> list[Part] | None:
    """An ar archive: a static library, a Debian package."""
    if not data.startswith(_AR_MAGIC):
        return None
    parts = [Part("magic", data[:8])]
    at = len(_AR_MAGIC)
    while at < len(data):
        header = data[at : at + _AR_HEADER]
        if len(header) < _AR_HEADER or header[58:] != b"`\n":
            return None
        name, size = header[:16].decode("latin-1").rstrip(), int(header[48:58])
        body = at + _AR_HEADER
        parts += [
            Part(f"header of {name}", header[:16] + header[28:48] + header[58:]),
            Part(f"time of {name}", header[16:28], rules.AR_TIME, at=at + 16),
            Part(name, data[body : body + size], nested=True, at=body),
            Part(f"size of {name}", header[48:58] + data[body + size : body + size + size % 2], follows=True),
        ]
        at = body + size + size % 2
    return parts


_LOCAL = struct.Struct("<4s5H3I2H")
_DESCRIBED = 0x08
_ENCRYPTED = 0x01
# Fields of the "extra" area that hold times only: extended timestamp, Info-ZIP's old one, NTFS.
_ZIP_TIMES = frozenset({0x5455, 0x5855, 0x000A})
_DESCRIPTORS = frozenset({12, 16, 20, 24})


def zip_parts(_name: str, data: bytes) -> list[Part] | None:
    """A zip archive; its entries by name, and the order in which it lists them as a part of its own."""
    if not data.startswith(b"PK\x03\x04"):
        return None
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        if len(set(names)) < len(names) or sum(entry.file_size for entry in entries) > MOST:
            return None
        by_offset = sorted(entries, key=lambda entry: entry.header_offset)
        ends = [*(entry.header_offset for entry in by_offset[1:]), archive.start_dir]
        parts = {
            entry.filename: _zip_entry(archive, data, entry, end) for entry, end in zip(by_offset, ends, strict=True)
        }
        if not entries or not all(parts.values()):
            return None
        found = [part for name in sorted(names) for part in parts[name] or ()]
        found += [Part("in front", data[: by_offset[0].header_offset]), Part("at the end", _zip_end(archive, data))]
        orders = ("\n".join(listed) for listed in (names, [entry.filename for entry in by_offset]))
        order = "\n\n".join(orders).encode("utf-8", "surrogateescape")
        return [*found, Part("order of the entries", order, rules.ZIP_ORDER), Part("comment", archive.comment)]


def _zip_end(archive: zipfile.ZipFile, data: bytes) -> bytes:
    """What stands between the directory of an archive and the record that ends it."""
    end = data.rindex(b"PK\x05\x06")
    return data[archive.start_dir + int.from_bytes(data[end + 12 : end + 16], "little") : end]


def _zip_entry(archive: zipfile.ZipFile, data: bytes, entry: zipfile.ZipInfo, end: int) -> list[Part] | None:
    head = data[entry.header_offset : entry.header_offset + _LOCAL.size]
    magic, version, flags, method, time, day, *_, length, extra = _LOCAL.unpack(head)
    if magic != b"PK\x03\x04" or flags & _ENCRYPTED:
        return None
    at = entry.header_offset + _LOCAL.size
    local = _extra(data[at + length : at + length + extra])
    central = _extra(entry.extra)
    body = at + length + extra
    stored, behind = data[body : body + entry.compress_size], data[body + entry.compress_size : end]
    described = bool(flags & _DESCRIBED)
    if local is None or central is None or (described and len(behind) not in _DESCRIPTORS):
        return None
    fields = (
        *(entry.compress_type, entry.flag_bits, entry.create_version, entry.create_system, entry.extract_version),
        *(entry.reserved, entry.volume, entry.internal_attr, entry.external_attr, entry.comment, central[1]),
        *(version, flags, method, data[at : at + length], local[1]),
    )
    times = (entry.date_time, time, day, central[0], local[0])
    name = entry.filename
    return [
        Part(f"time of {name}", repr(times).encode(), rules.ZIP_TIME, at=entry.header_offset + 10),
        Part(f"header of {name}", repr(fields).encode()),
        Part(name, archive.read(entry), nested=True, at=body),
        Part(f"compressed form of {name}", stored + (behind if described else b""), follows=True),
        Part(f"behind {name}", b"" if described else behind),
    ]


def _extra(data: bytes) -> tuple[list[bytes], list[bytes]] | None:
    """The fields of an "extra" area that hold times, and the others; None where it does not read."""
    times: list[bytes] = []
    others: list[bytes] = []
    while data:
        if len(data) < 4:
            return None
        kind, size = struct.unpack("<HH", data[:4])
        (times if kind in _ZIP_TIMES else others).append(data[: 4 + size])
        data = data[4 + size :]
    return times, others
