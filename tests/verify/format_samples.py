"""Small files of each format, made with the moment and the content that a test wants."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile

STRIPE = bytes(range(64, 120))


def gzipped(content: bytes, time: int = 1) -> bytes:
    return gzip.compress(content, mtime=time)


def tarred(content: bytes, time: int = 1, name: str = "ship/hull", mode: int = 0o644) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for number, data in enumerate((content, b"second")):
            entry = tarfile.TarInfo(name if not number else "ship/keel")
            entry.size, entry.mtime, entry.mode = len(data), time, mode
            archive.addfile(entry, io.BytesIO(data))
    return target.getvalue()


def zipped(content: bytes, time: int = 2, names: tuple[str, ...] = ("A.class", "B.class")) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, time))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content + name.encode())
    return target.getvalue()


def ar(content: bytes, time: int = 1) -> bytes:
    head = f"{'ship.o/':<16}{time:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n"
    return b"!<arch>\n" + head.encode() + content + b"\n" * (len(content) % 2)


def elf(text: bytes, build_id: bytes = b"\x01" * 20, revision: str = "a" * 40, *, go: bool = False) -> bytes:
    """A 64-bit file with section headers and nothing to load: what the notes look like is what counts."""
    note = struct.pack("<III", 4, len(build_id), 3) + b"GNU\0" + build_id
    stamp = f"build\tvcs.revision={revision}\nbuild\tvcs.time=2020-01-01T00:00:00Z\n".encode()
    sections = [(".note.gnu.build-id", 7, note), (".text", 1, text)]
    if go:
        sections.append((".go.buildinfo", 1, b"\xff Go buildinf:\x08\x02" + stamp))
    names = b"\0" + b"".join(name.encode() + b"\0" for name, _, _ in sections) + b".shstrtab\0"
    sections.append((".shstrtab", 3, names))
    body, headers, at = b"", [bytes(64)], 64
    for name, kind, data in sections:
        headers.append(struct.pack("<IIQQQQIIQQ", names.index(name.encode()), kind, 0, 0, at, len(data), 0, 0, 1, 0))
        body += data
        at += len(data)
    head = b"\x7fELF\x02\x01\x01" + bytes(9)
    head += struct.pack("<HHIQQQIHHHHHH", 1, 62, 1, 0, 0, at, 0, 64, 0, 0, 64, len(headers), len(headers) - 1)
    return head + body + b"".join(headers)


def pe(time: int = 1, text: bytes = STRIPE) -> bytes:
    head = b"MZ" + bytes(0x3A) + struct.pack("<I", 0x40)
    header = struct.pack("<HHIIIHH", 0x8664, 1, time, 0, 0, 240, 0x22)
    return head + b"PE\0\0" + header + bytes(240) + text


def pe_library(time: int = 1, text: bytes = STRIPE, name: bytes = b"ship.dll") -> bytes:
    """A 64-bit DLL whose exports and two debug entries repeat the time; .text lies at 0x1000, in the file at 0x200."""
    tables = {0: (0x1000, 40), 6: (0x1040, 56)}
    rows = b"".join(struct.pack("<II", *tables.get(number, (0, 0))) for number in range(16))
    head = b"MZ" + bytes(0x3A) + struct.pack("<I", 0x40)
    header = struct.pack("<HHIIIHH", 0x8664, 1, time, 0, 0, 240, 0x2022)
    optional = struct.pack("<H", 0x20B) + bytes(110) + rows
    section = b".text\0\0\0" + struct.pack("<IIII", 0x200, 0x1000, 0x200, 0x200) + bytes(16)
    exports = struct.pack("<II", 0, time) + name.ljust(56, b"\0")
    debug = b"".join(struct.pack("<IIHHIIII", 0, time, 0, 0, kind, 0, 0, 0) for kind in (2, 13))
    start = (head + b"PE\0\0" + header + optional + section).ljust(0x200, b"\0")
    return start + (exports + debug + text).ljust(0x200, b"\0")


def apk(content: bytes, time: int = 1) -> bytes:
    """A package of Alpine: archives without their ends, packed one by one and put in a row."""
    control, data = tarred(b"pkgname = ship\n", time, ".PKGINFO"), tarred(content, time)
    return gzipped(control.rstrip(b"\0") + bytes(-len(control.rstrip(b"\0")) % 512), time) + gzipped(data, time)


def pyc(code: bytes, time: int = 1) -> bytes:
    return b"\xa7\r\r\n" + bytes(4) + struct.pack("<II", time, 7) + code


def loader_cache(*libraries: str) -> bytes:
    """/etc/ld.so.cache of glibc 2.x, which names each library and its path in a table of texts."""
    start = 48 + 24 * len(libraries)
    texts, entries = b"", b""
    for library in libraries:
        at = start + len(texts)
        texts += library.encode() + b"\0" + f"/lib/{library}".encode() + b"\0"
        entries += struct.pack("<iIIIQ", 3, at, at + len(library) + 1, 0, 0)
    head = b"glibc-ld.so.cache1.1" + struct.pack("<II", len(libraries), len(texts)) + bytes(20)
    return head + entries + texts


def source_map(folder: str, mappings: str = "AAAA") -> bytes:
    return json.dumps({"version": 3, "sources": [f"{folder}/a.js", f"{folder}/b.js"], "mappings": mappings}).encode()


def xz(content: bytes) -> bytes:
    return lzma.compress(content)


def bzip2(content: bytes) -> bytes:
    return bz2.compress(content)
