"""Where a folder of a copied tree may meet one that is there already, with another owner or mode.

Measured: what COPY finds inside its source keeps its owner and mode even where the folder exists; what COPY makes of
the source folder itself leaves an existing folder as it is. So a folder inside a tree may get an instruction of its
own only where nothing of that name can be there with another owner or mode.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.commands.docker.kinds import kind_of
from migrator.dockerfile.copy import as_copy
from migrator.dockerfile.parse import parse
from migrator.trace.images import Built, Extended, RunStep
from migrator.trace.workspace import Folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrator.dockerfile.syntax import Instruction
    from migrator.migration.graph import Unit
    from migrator.migration.pieces import Resolution
    from migrator.migration.takes import Take
    from migrator.project import Project
    from migrator.trace.images import Image

# Folders that nearly every image has, and that are root's.
_BASE = re.compile(r"/(bin|boot|dev|etc|home|lib|lib64|media|mnt|opt|proc|run|sbin|srv|sys|usr|var)(/[a-z]+)?$")
# The same, of another mode than 0755.
_PRIVATE = frozenset({"/root", "/tmp", "/var/tmp"})
_ROOT = frozenset({"0", "root", "0:0", "root:root", "0:root", "root:0"})
_CHANGES = re.compile(r"\b(chown|chmod|chgrp|install|umask|adduser|useradd)\b|\bmkdir\b.*-m")


def may_be_settled(project: Project, unit: Unit, resolution: Resolution, takes: Sequence[Take]) -> bool:
    """Whether one of the COPYs may leave a folder as it is that the one in their place would have changed."""
    places = list(_places(project, resolution, takes))
    if _has_owner(resolution) and any(around for _, _, around in places):
        return True
    if _makes_parents(resolution) and any(_may_be_file(project, take) for take in takes):
        return True
    stage = next(found for found in unit.dockerfile.stages if resolution.copy.instruction in found.instructions)
    earlier = stage.instructions[: stage.instructions.index(resolution.copy.instruction)]
    own = next((image for name, image in unit.parents.items() if name == stage.image), None)
    if own is not None and _sets_owners(own, resolution) and not all(is_file for _, is_file, _ in places):
        return True
    return any(
        _lies_above(place, earlier)
        if is_file
        else _is_known(place, resolution) or _meets(place, earlier, unit, resolution)
        for place, is_file, _ in places
    )


def _has_owner(resolution: Resolution) -> bool:
    """Whether the folders that a COPY makes on the way to its destination may be of another owner than what it copies.

    Measured: with `--chown` they are the owner's with BuildKit and root's with the classic builder; with a `USER`, and
    without `--chown`, they are the user's with BuildKit, and what is copied is root's.
    """
    chown = resolution.copy.chown
    if chown is not None:
        return chown not in _ROOT
    return resolution.state.user not in ("", "root", "0")


def _makes_parents(resolution: Resolution) -> bool:
    """Whether a COPY of a folder, here taken apart, may make folders above its destination that are not the owner's.

    Measured: with `--chown` the classic builder gives them to the owner for the sake of a file, and to root for the
    sake of a folder; BuildKit gives them to the owner either way.
    """
    chown = resolution.copy.chown
    if chown is None or chown in _ROOT or not any(isinstance(piece.node, Folder) for piece in resolution.pieces):
        return False
    workdir = posixpath.normpath(resolution.state.workdir or "/")
    above = posixpath.dirname(posixpath.normpath(posixpath.join(workdir, resolution.destination)))
    return not f"{workdir.rstrip('/')}/".startswith(f"{above.rstrip('/')}/")


def _may_be_file(project: Project, take: Take) -> bool:
    if take.archived or not take.paths:
        return False
    return take.paths[0] in project.files if take.image is None else kind_of(take.image, take.paths[0]) != "folder"


def _sets_owners(image: Image, resolution: Resolution) -> bool:
    """Whether the script's own image below may have folders of another owner or mode than the COPY gives."""
    if resolution.copy.chown is not None:
        return True
    while isinstance(image, Extended):
        if any(isinstance(step, RunStep) and _CHANGES.search(step.text) for step in image.steps):
            return True
        image = image.base
    instructions = parse(image.recipe).instructions if isinstance(image, Built) else ()
    return any(
        (found.keyword == "RUN" and _CHANGES.search(found.text))
        or found.keyword == "USER"
        or found.flag("chown") is not None
        or found.flag("chmod") is not None
        for found in instructions
    )


def _lies_above(place: str, earlier: Sequence[Instruction]) -> bool:
    """Whether an earlier instruction may have made a folder where a file goes: COPY would put the file into it."""
    texts = (found.text for found in earlier if found.keyword in ("RUN", "WORKDIR", "VOLUME", "COPY", "ADD"))
    return any(re.search(rf"(?<![\w.-]){re.escape(place)}(/|\s|$)", text) for text in texts)


def _places(project: Project, resolution: Resolution, takes: Sequence[Take]) -> Iterator[tuple[str, bool, bool]]:
    """Where parts of the copied tree go that get an instruction of their own, and whether they are files.

    With them the folders around them, up to what another of these instructions brings with all that is in it; the
    last item says that it is one of those.
    """
    whole = resolution.copy.destination.text.rstrip("/")
    folder = posixpath.join("/", resolution.state.workdir or "/", resolution.destination)
    brought: list[tuple[str, Take]] = []
    for take in takes:
        own = take.destination.rstrip("/")
        below = own.removeprefix(whole).lstrip("/") if whole not in ("", ".") else own.lstrip("/")
        below = "" if own == whole else posixpath.normpath(below)
        if not (take.archived or own == whole or not take.paths):
            path = take.paths[0]
            is_file = path in project.files if take.image is None else kind_of(take.image, path) == "file"
            into = is_file and take.destination.endswith("/")  # its destination is the folder around it
            if not into:
                yield posixpath.normpath(posixpath.join(folder, below)), is_file, False
            for around in _around(posixpath.join(below, "file") if into else below):
                if not any(_brings(project, other, there, around) for there, other in brought):
                    yield posixpath.normpath(posixpath.join(folder, around)), False, True
        brought.append((below, take))


def _around(path: str) -> Iterator[str]:
    """The folders that a relative path goes through."""
    while path := posixpath.dirname(path):
        yield path


def _brings(project: Project, take: Take, there: str, folder: str) -> bool:
    """Whether a COPY to `there` brings a folder as well; of what an image holds nobody knows that it does not."""
    if there and folder != there and not folder.startswith(f"{there}/"):
        return False
    inner = folder.removeprefix(there).lstrip("/")
    if take.image is not None:
        return any(kind_of(take.image, path) != "file" for path in take.paths)
    return any(posixpath.join(path, inner) in project.folders for path in take.paths)


def _is_known(place: str, resolution: Resolution) -> bool:
    return place in _PRIVATE or (resolution.copy.chown is not None and _BASE.match(place) is not None)


def _meets(place: str, earlier: Sequence[Instruction], unit: Unit, resolution: Resolution) -> bool:
    owned = resolution.copy.chown is not None
    for instruction in earlier:
        match instruction.keyword:
            case "COPY" | "ADD":
                found = _copy_meets(place, instruction, unit, resolution)
            case "RUN":
                found = _run_meets(place, instruction.text, owned=owned)
            case "WORKDIR" | "VOLUME":
                found = owned and place in instruction.value
            case _:
                found = False
        if found:
            return True
    return False


def _copy_meets(place: str, instruction: Instruction, unit: Unit, resolution: Resolution) -> bool:
    copy = as_copy(instruction)
    if copy is None or copy.chown == resolution.copy.chown:
        return False
    known = next((found for found in unit.resolutions.values() if found.copy.instruction is instruction), None)
    there = known.destination if known is not None else copy.destination.text
    folder = known.state.workdir if known is not None else resolution.state.workdir
    return "$" in there or _overlap(place, posixpath.normpath(posixpath.join("/", folder or "/", there)))


def _run_meets(place: str, text: str, *, owned: bool) -> bool:
    words = [word.rstrip("/") for word in re.findall(r"(?<![\w.])/[\w./-]*", text)]
    if any(word == place or word.startswith(place + "/") for word in words) and owned:
        return True
    changes = _CHANGES.search(text) is not None
    return changes and (not words or "$" in text or any(_overlap(place, word) for word in words))


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(other.rstrip("/") + "/") or other.startswith(one.rstrip("/") + "/")
