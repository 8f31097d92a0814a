"""What becomes of one COPY: the instructions that are to be written in its place."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.migration.pieces import Resolution
    from migrator.trace.images import Image

_ARCHIVE = re.compile(r"\.(tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz|zst))$")


def is_archive(path: str) -> bool:
    """Whether ADD would unpack a file of this name, going by its ending."""
    return _ARCHIVE.search(path) is not None


@dataclass(frozen=True, eq=False)
class Take:
    """One COPY to write: from the context (`image` None; paths of the checkout) or from an image's stage.

    Without paths it is an empty folder that has to be made. `seen` are the paths of the old context under which a build
    got the `paths` of the checkout: an ignore file goes by those.
    """

    image: Image | None
    paths: tuple[str, ...]
    destination: str
    owned: bool = False
    archived: bool = False  # unpacked by ADD, which leaves the owners in the archive whatever --chown says
    verbatim: bool = False
    seen: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Layout:
    """What becomes of one COPY: None for `takes` means that the instruction stays, sources re-rooted if need be."""

    resolution: Resolution
    takes: tuple[Take, ...] | None
    problems: tuple[Diagnostic, ...] = ()


class CannotError(Exception):
    """A tree cannot be copied by COPY instructions alone: it has to be laid out in a stage with a shell."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)


class NoShellError(Exception):
    """Files have to be made in a stage, and no image of the script is there to make them in."""


def inside(destination: str, name: str) -> str:
    """The path of a name in a destination folder, as COPY writes it."""
    if destination in (".", "./"):
        return name or "./"
    return f"{destination.rstrip('/')}/{name}"


def grouped(takes: Sequence[Take]) -> list[Take]:
    """Neighbours that differ only in their source become one instruction, where the destination is a folder."""
    found: list[Take] = []
    for take in takes:
        last = found[-1] if found else None
        same = last is not None and (last.image, last.destination, last.owned) == (
            take.image,
            take.destination,
            take.owned,
        )
        if (
            last is not None
            and same
            and take.destination.endswith("/")
            and not (last.paths[-1] + take.paths[0]).endswith("/")
        ):
            found[-1] = replace(last, paths=(*last.paths, *take.paths), seen=(*last.seen, *take.seen))
        else:
            found.append(take)
    return found
