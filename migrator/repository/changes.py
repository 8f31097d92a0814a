"""Where two states of the host's files differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.trace.workspace import Entries, Folder, Overlay, child, known_names

if TYPE_CHECKING:
    from migrator.trace.workspace import Node


def changed_paths(before: Node | None, after: Node | None, path: str = "") -> list[str]:
    """The topmost paths that differ: a folder itself when it came, went, or had an image's content laid over it."""
    if before is after:
        return []
    if not isinstance(before, Folder) or not isinstance(after, Folder):
        return [] if before == after else [path or "/"]
    if _overlays(before) != _overlays(after):
        return [path or "/"]
    found: list[str] = []
    for name in sorted(_candidates(before, after)):
        one, other = child(before, name), child(after, name)
        if one is other or one == other:
            continue
        if isinstance(one, Folder) and isinstance(other, Folder):
            found += changed_paths(one, other, f"{path}/{name}")
        else:
            found.append(f"{path}/{name}")
    return found or ([path or "/"] if before.mode != after.mode else [])


def _candidates(before: Folder, after: Folder) -> set[str]:
    """The names that may differ: where only the highest layer is another one, those under which it has another node."""
    one, other = before.layers, after.layers
    if one and other and one[:-1] == other[:-1]:
        low, high = one[-1], other[-1]
        if isinstance(low, Entries) and isinstance(high, Entries):
            was, now = low.names, high.names
            return {name for name, node in now.items() if was.get(name, low) is not node} | (was.keys() - now.keys())
    return {*known_names(before), *known_names(after)}


def _overlays(folder: Folder) -> list[Overlay]:
    return [layer for layer in folder.layers if isinstance(layer, Overlay)]
