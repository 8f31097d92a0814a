"""Compiled files: ELF with its build ids and what Go notes of version control, PE, and Python's bytecode."""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from elftools.common.exceptions import ELFError
from elftools.elf.dynamic import DynamicSegment
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection
from elftools.elf.segments import InterpSegment

from migrator.rules import formats as rules
from migrator.verify.formats.parts import Part, split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.diagnostics import Rule

_NOTES = {".note.gnu.build-id": "build id", ".note.go.buildid": "Go build id"}
_SECTIONS = 500
_DEBUG, _DEBUG_ENTRY, _DEBUG_ENTRIES = 6, 28, 64
_PE_TABLES = {0: "time of the exports", 2: "time of the resources", _DEBUG: "time in the debug directory"}
# What `go version -m` shows of the repository: https://pkg.go.dev/runtime/debug#BuildSetting
_STAMP = re.compile(rb"build\tvcs\.(revision|time|modified)=([^\n]{1,64})\n")


def elf_parts(_name: str, data: bytes) -> list[Part] | None:
    """An ELF file by its sections: the ids that linkers put into it, and Go's version control stamp, may differ."""
    if not data.startswith(b"\x7fELF"):
        return None
    marks: list[tuple[int, int, str, Rule]] = []
    go = False
    found_sections = sections(data)
    for name, start, size in found_sections:
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
    if not found_sections:
        return None
    places = [(start, start + size, f"section {name}") for name, start, size in found_sections[:_SECTIONS]]
    return split(data, marks, places)


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
    marks += [(where + 4, where + 8, label, rules.PE_TIME) for where, label in _pe_tables(data, at, optional)]
    return split(data, marks)


def _pe_tables(data: bytes, at: int, optional: int) -> Iterator[tuple[int, str]]:
    """Where the tables of a PE file are that repeat the time: exports, resources, each entry of the debug directory.

    https://learn.microsoft.com/windows/win32/debug/pe-format has them.
    """
    start = at + 24
    wide = data[start : start + 2] == b"\x0b\x02"
    first = start + (112 if wide else 96)
    for number, label in _PE_TABLES.items():
        entry = first + 8 * number
        if entry + 8 > start + optional:
            continue
        address, size = struct.unpack("<II", data[entry : entry + 8])
        where = _in_file(data, at, start + optional, address) if address and size else None
        if where is not None:
            count = min(size // _DEBUG_ENTRY, _DEBUG_ENTRIES) if number == _DEBUG else 1
            yield from ((where + _DEBUG_ENTRY * index, label) for index in range(count))


def _in_file(data: bytes, at: int, table: int, address: int) -> int | None:
    """Where an address of the loaded program is in its file, by the table of sections."""
    (count,) = struct.unpack("<H", data[at + 6 : at + 8])
    for number in range(min(count, _SECTIONS)):
        row = data[table + 40 * number : table + 40 * number + 24]
        if len(row) < 24:
            return None
        _, begin, size, offset = struct.unpack("<IIII", row[8:])
        if begin <= address < begin + size and offset + address - begin + 8 <= len(data):
            return int(offset + address - begin)
    return None


def pyc_parts(name: str, data: bytes) -> list[Part] | None:
    """Python's bytecode with the time of its source; https://peps.python.org/pep-0552/ has the header."""
    if not name.endswith(".pyc") or len(data) < 16 or data[2:4] != b"\r\n" or data[4:8] != bytes(4):
        return None
    return split(data, [(8, 12, "time of the source", rules.PYC_TIME)])


@dataclass(frozen=True)
class Linkage:
    """What an ELF file needs from others: its loader (None for a static one), libraries by name, and where to look.

    `search` are the folders of RPATH or RUNPATH as they are written, `inherited` says that they are an RPATH, which
    holds for the libraries' own libraries too. `imports` are the names that others must define. `machine` tells files
    for one kind of processor from those for another. `symbols` is None where the file's own names were stripped.
    """

    interpreter: str | None
    needed: tuple[str, ...]
    search: tuple[str, ...]
    inherited: bool
    imports: frozenset[str]
    machine: str
    symbols: frozenset[str] | None

    @property
    def static(self) -> bool:
        """Whether it starts without a loader and without libraries."""
        return self.interpreter is None and not self.needed


def linkage(data: bytes) -> Linkage | None:
    """What an ELF file needs; None for another file, and for one that does not read."""
    if not data.startswith(b"\x7fELF"):
        return None
    try:
        return _linkage(ELFFile(io.BytesIO(data)))
    except (ELFError, UnicodeDecodeError, ValueError, struct.error, KeyError, AttributeError, TypeError):
        return None


def _linkage(file: ELFFile) -> Linkage:
    interpreter = None
    needed: list[str] = []
    paths: dict[str, str] = {}
    for segment in file.iter_segments():
        if isinstance(segment, InterpSegment):
            interpreter = segment.get_interp_name()
        elif isinstance(segment, DynamicSegment):
            for tag in segment.iter_tags():
                if tag.entry.d_tag == "DT_NEEDED":
                    needed.append(tag.needed)  # type: ignore[attr-defined]  # set by the tag's kind
                elif tag.entry.d_tag == "DT_RPATH":
                    paths["rpath"] = tag.rpath  # type: ignore[attr-defined]
                elif tag.entry.d_tag == "DT_RUNPATH":
                    paths["runpath"] = tag.runpath  # type: ignore[attr-defined]
    tables = {section.name: section for section in file.iter_sections() if isinstance(section, SymbolTableSection)}
    imports = {
        symbol.name
        for symbol in (tables[".dynsym"].iter_symbols() if ".dynsym" in tables else ())
        if symbol["st_shndx"] == "SHN_UNDEF" and symbol.name
    }
    own = {symbol.name for symbol in tables[".symtab"].iter_symbols()} if ".symtab" in tables else None
    search = paths.get("runpath", paths.get("rpath", ""))
    return Linkage(
        interpreter,
        tuple(needed),
        tuple(one for one in search.split(":") if one),
        "runpath" not in paths,
        frozenset(imports),
        f"{file.get_machine_arch()} {file.elfclass}",
        frozenset(own) if own is not None else None,
    )
