"""What `docker export` gives: a container's whole, with files in it that the engine has put there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.trace.workspace import Entries, Folder, Mystery, Overlay

if TYPE_CHECKING:
    from migrator.source import Span
    from migrator.trace.images import Image
    from migrator.trace.workspace import Node

_WHAT = "docker export puts something of the engine's own there, which the image does not have"


def exported_tree(image: Image, span: Span) -> Folder:
    """The tree of `docker export`; measured: `docker create` alone makes these files and folders."""
    own = Mystery(span, _WHAT)
    names: dict[str, Node | None] = dict.fromkeys((".dockerenv", "dev", "proc", "sys"), own)
    files = Entries(dict.fromkeys(("hosts", "hostname", "resolv.conf", "mtab"), own))
    names["etc"] = Folder((Overlay(image, "/etc", span), files))
    return Folder((Overlay(image, "/", span), Entries(names)))


def is_exported(tree: Node) -> bool:
    """Whether a tree is the whole of a container, as `docker export` gives it."""
    bottom = tree.layers[0] if isinstance(tree, Folder) and tree.layers else None
    return isinstance(bottom, Overlay) and bottom.path == "/"
