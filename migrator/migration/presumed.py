"""Folders of an image's folder that the script only presumes to be there, because it puts something into them.

Where the folder around it is copied as well, what there is of it comes along; nothing has to be presumed then.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.commands.docker.contents import makes_below
from migrator.commands.docker.kinds import kind_of
from migrator.trace.workspace import Entries, Folder, Overlay

if TYPE_CHECKING:
    from migrator.trace.workspace import Node


def settled(node: Node, *, covered: bool = False) -> Node:
    """The tree without layers that are presumed and lie over the folder that they would be a part of.

    What is left in their place says that the folder is no copy of what lies over it: its mode is not known from that.
    A folder of which something was taken away keeps its layer, for that has to be taken out of it again.
    """
    if not isinstance(node, Folder) or node.origin is not None:
        return node
    covered = covered and not _lacks(node)
    layers: list[Entries | Overlay] = []
    for layer in node.layers:
        if isinstance(layer, Overlay):
            layers.append(Entries({}) if layer.presumed and covered else layer)
            continue
        under = covered or any(isinstance(below, Overlay) for below in layers)
        names = {name: below if below is None else settled(below, covered=under) for name, below in layer.names.items()}
        layers.append(layer if names == dict(layer.names) else Entries(names))
    return node if layers == list(node.layers) else replace(node, layers=tuple(layers))


def _lacks(node: Folder) -> bool:
    """Whether a name was removed from a folder, or from one below it."""
    below = [entry for layer in node.layers if isinstance(layer, Entries) for entry in layer.names.values()]
    return any(entry is None or (isinstance(entry, Folder) and _lacks(entry)) for entry in below)


def unfounded(node: Node) -> Overlay | None:
    """The presumed folder at the bottom of a tree, if content was laid over it and nothing shows that it is there.

    What is put into it file by file shows it: that would have failed without the folder.
    """
    if not isinstance(node, Folder) or len(node.layers) < 2:
        return None
    bottom, above = node.layers[:2]
    if not isinstance(bottom, Overlay) or not bottom.presumed or not isinstance(above, Overlay):
        return None
    shown = kind_of(bottom.image, bottom.path) == "folder" or makes_below(bottom.image, bottom.path)
    return None if shown else bottom
