"""Compiled files: ELF with its build ids and what Go notes of version control, PE, and Python's bytecode."""

from __future__ import annotations

import io
import re
import struct
from typing import TYPE_CHECKING

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from migrator.rules import formats as rules
from migrator.verify.formats.parts import Part, split

if TYPE_CHECKING:
    from migrator.diagnostics import Rule

_NOTES = {".note.gnu.build-id": "build id", ".note.go.buildid": "Go build id"}
# What `go version -m` shows of the repository: https://pkg.go.dev/runtime/debug#BuildSetting
_STAMP = re.compile(rb"build\tvcs\.(revision|time|modified)=([^\n]{1,64})\n")


def elf_parts(_name: str, data: bytes) -> list[Part] | None:
    """An ELF file: the ids that the linkers put into it, and Go's version control stamp, may differ."""
    if not data.startswith(b"\x7fELF"):
        return None
    marks: list[tuple[int, int, str, Rule]] = []
    go = False
    for name, start, size in sections(data):
        if name in _NOTES:
            found = _description(data, start, size)
            if found is not None:
                marks.append((*found, f"{_NOTES[name]} in {name}", rules.BUILD_ID))
        go = go or name == ".go.buildinfo"
    if go:
        marks += [
            (*match.span(2), f"vcs.{match[1].decode()} of the Go build", rules.GO_STAMP)
            for match in _STAMP.finditer(data)
        ]
    return split(data, marks) if marks else None


def sections(data: bytes) -> list[tuple[str, int, int]]:
    """The sections of an ELF file that are in the file: name, offset, size; none where it does not read."""
    try:
        return [
            (section.name, section["sh_offset"], section["sh_size"])
            for section in ELFFile(io.BytesIO(data)).iter_sections()
            if section["sh_type"] != "SHT_NOBITS" and section["sh_size"]
        ]
    except (ELFError, UnicodeDecodeError, ValueError, struct.error, KeyError, AttributeError, TypeError):
        return []


def _description(data: bytes, start: int, size: int) -> tuple[int, int] | None:
    """Where the description of the one note of a section is."""
    if size < 12:
        return None
    order = "<" if data[5] == 1 else ">"
    name, length = struct.unpack(f"{order}II", data[start : start + 8])
    begin = start + 12 + name + -name % 4
    return (begin, begin + length) if begin + length <= start + size else None


def pe_parts(_name: str, data: bytes) -> list[Part] | None:
    """A PE file (a Windows program): the time at which it was linked, and the checksum over it."""
    if not data.startswith(b"MZ") or len(data) < 0x40:
        return None
    (at,) = struct.unpack("<I", data[0x3C:0x40])
    if data[at : at + 4] != b"PE\0\0" or len(data) < at + 92:
        return None
    marks: list[tuple[int, int, str, Rule]] = [(at + 8, at + 12, "time of linking", rules.PE_TIME)]
    (optional,) = struct.unpack("<H", data[at + 20 : at + 22])
    if optional >= 68:
        marks.append((at + 88, at + 92, "checksum", rules.PE_TIME))
    return split(data, marks)


def pyc_parts(name: str, data: bytes) -> list[Part] | None:
    """Python's bytecode with the time of its source; https://peps.python.org/pep-0552/ has the header."""
    if not name.endswith(".pyc") or len(data) < 16 or data[2:4] != b"\r\n" or data[4:8] != bytes(4):
        return None
    return split(data, [(8, 12, "time of the source", rules.PYC_TIME)])
