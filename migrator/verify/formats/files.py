"""Two files by what their format says of them: the places where they may differ, or that they are not the same."""

from __future__ import annotations

import struct
import tarfile
import zipfile
import zlib
from dataclasses import replace
from lzma import LZMAError
from typing import TYPE_CHECKING

from migrator.verify.formats import archives, compressed, programs, system
from migrator.verify.formats.parts import Spot
from migrator.verify.formats.unsteady import unsteady

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migrator.verify.formats.parts import Part

FORMATS: tuple[Callable[[str, bytes], list[Part] | None], ...] = (
    compressed.gzip_parts,
    compressed.other_parts,
    archives.tar_parts,
    archives.ar_parts,
    archives.zip_parts,
    programs.elf_parts,
    programs.pe_parts,
    programs.pyc_parts,
    system.machine_parts,
    system.loader_parts,
    system.map_parts,
    system.log_parts,
)
# Nothing in these is packed: where a build gives other parts each time, its regions can be told all the same.
PLAIN = frozenset({programs.elf_parts, programs.pe_parts, system.map_parts, system.log_parts})
DEPTH = 9
# What libraries say of a file that is not what it seems.
_BROKEN = (
    ValueError, KeyError, IndexError, EOFError, OSError, NotImplementedError, RuntimeError, RecursionError,
    struct.error, zlib.error, LZMAError, tarfile.TarError, zipfile.BadZipFile,
)  # fmt: skip


def explained(name: str, legacy: bytes, new: bytes, control: bytes | None = None, depth: int = 0) -> list[Spot] | None:
    """The places where two files differ, when each of them is set aside by a rule; None when one is not.

    `name` is the path, by which some formats are known. `control` is the file of the second legacy build: what is not
    the same in both legacy builds is set aside as such.
    """
    if legacy == new:
        return []
    if depth < DEPTH:
        for split in FORMATS:
            both = [read(split, name, data) for data in (legacy, new)]
            if both[0] is not None and both[1] is not None:
                # Whoever can tell the parts apart has the last word: packed bytes would all look like noise.
                third = None if control is None else read(split, name, control)
                found = _by_parts(name, (both[0], both[1], third), depth) or None
                return found or (unsteady(legacy, new, control) if split in PLAIN and control is not None else None)
    return unsteady(legacy, new, control) if control is not None else None


def _by_parts(name: str, files: tuple[list[Part], list[Part], list[Part] | None], depth: int) -> list[Spot] | None:
    legacy, new, control = files
    if not same_shape(legacy, new):
        return None
    third: Sequence[Part | None] = control if control and same_shape(legacy, control) else [None] * len(legacy)
    spots: list[Spot] = []
    nested = False  # whether the nested part before differs
    for one, other, again in zip(legacy, new, third, strict=True):
        if one.nested:
            nested = one.data != other.data
        if one.data == other.data or (one.follows and nested):
            continue
        if one.cause is not None:
            spots.append(Spot(one.label, one.cause, one.data, other.data, one.at))
            continue
        within = one.label if one.nested else name
        inner = explained(
            within, one.data, other.data, again.data if again else None, depth + 1 if one.nested else DEPTH
        )
        if not inner:
            return None
        begin = 0 if one.nested else one.at or 0
        spots += [replace(spot, where=f"{one.label}: {spot.where}", at=begin + (spot.at or 0)) for spot in inner]
    return spots


def read(split: Callable[[str, bytes], list[Part] | None], name: str, data: bytes) -> list[Part] | None:
    """The parts that a format finds in a file; None where it is no such file, or a broken one."""
    try:
        return split(name, data)
    except _BROKEN:
        return None


def same_shape(one: Sequence[Part], other: Sequence[Part]) -> bool:
    """Whether two files have the same parts in the same order."""
    return [(part.label, part.cause) for part in one] == [(part.label, part.cause) for part in other]
