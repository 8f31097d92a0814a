"""What was seen to be opened when the original image started, held against the new image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.split.leftover import NOTES
from migrator.split.result import Check
from migrator.verify.entry import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.engine.opening import Opened
    from migrator.split.image import Look

_SHOWN = 5


def missed(opened: Opened, before: Look, after: Look) -> list[str]:
    """The files that the original opened and the new image does not have."""
    gone = [path for path in _files(opened, before) if after.file(path) is None and not NOTES.fullmatch(path)]
    # What a link of the original leads to may be there under the name of the link: /lib is /usr/lib in one, not in all.
    there = {before.real(path) for path, entry in after.files.items() if entry.kind is Kind.FILE} if gone else set()
    return [path for path in gone if path not in there]


def opened_alike(opened: Opened, before: Look, after: Look) -> tuple[list[Check], list[str]]:
    """Whether what was opened is there, and the same where the Dockerfile made it; and what that does not show."""
    if opened.why:
        return [], [f"which files the program opens (not observed: {opened.why})"]
    files = list(_files(opened, before))
    makers = before.makers or {}
    other = missed(opened, before, after)
    for path in files:
        one, new = before.file(path), after.file(path)
        own = makers.get(before.real(path) or path) is not None
        if own and new is not None and (one is None or one.content != new.content):
            other.append(path)
    shown = ", ".join(other[:_SHOWN]) if other else f"{len(files)} file{'' if len(files) == 1 else 's'}, all there"
    name = "what it opens while it runs" if opened.ended else f"what it opens in its first {opened.seconds:g} seconds"
    # A folder that is there but has other names in it is a difference that only the program can judge.
    listed = [path for path in _folders(opened, before) if _names(before, path) != _names(after, path)]
    unsure = [f"what it makes of the names in {', '.join(listed[:_SHOWN])}, which it lists"] if listed else []
    unsure += [] if opened.ended else [f"which files it opens after {opened.seconds:g} seconds"]
    return [Check(name, not other, shown)], unsure


def _files(opened: Opened, before: Look) -> Iterator[str]:
    """The files among what was opened that the image itself has."""
    return (path for path in opened.paths if path in before.files and before.files[path].kind is Kind.FILE)


def _folders(opened: Opened, before: Look) -> Iterator[str]:
    return (path for path in opened.paths if path in before.files and before.files[path].kind is Kind.FOLDER)


def _names(look: Look, folder: str) -> set[str]:
    prefix = f"{folder.rstrip('/')}/"
    return {path[len(prefix) :].split("/")[0] for path in look.files if path.startswith(prefix)}
