"""Which images a tree of the workspace takes content from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.trace.workspace import Carried, Folder, Overlay, Packed, Written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.source import Span
    from migrator.trace.images import Image
    from migrator.trace.workspace import Node


def images_in(node: Node | None) -> Iterator[Image]:
    """The images that a node of the workspace takes content from."""
    if isinstance(node, Carried):
        yield node.image
    elif isinstance(node, Packed):
        yield from images_in(node.tree)
    elif isinstance(node, Folder) and node.origin is None:
        for layer in node.layers:
            if isinstance(layer, Overlay):
                yield layer.image
            else:
                for below in layer.names.values():
                    yield from images_in(below)


def texts_in(node: Node | None) -> Iterator[Written]:
    """The files in a node of the workspace that the script wrote."""
    if isinstance(node, Written):
        yield node
    elif isinstance(node, Packed):
        yield from texts_in(node.tree)
    elif isinstance(node, Folder) and node.origin is None:
        for layer in node.layers:
            if not isinstance(layer, Overlay):
                for below in layer.names.values():
                    yield from texts_in(below)


def spans_in(node: Node | None) -> Iterator[Span]:
    """Where the script put what a node of the workspace holds."""
    if isinstance(node, Carried | Written):
        yield node.span
    elif isinstance(node, Folder) and node.origin is None:
        for layer in node.layers:
            if isinstance(layer, Overlay):
                yield layer.span
            else:
                for below in layer.names.values():
                    yield from spans_in(below)


def origins_in(node: Node | None) -> Iterator[tuple[Image, str]]:
    """The images that a node takes content from, each with the path there."""
    if isinstance(node, Carried):
        yield node.image, node.path
    elif isinstance(node, Packed):
        yield from origins_in(node.tree)
    elif isinstance(node, Folder) and node.origin is None:
        for layer in node.layers:
            if isinstance(layer, Overlay):
                yield layer.image, layer.path
            else:
                for below in layer.names.values():
                    yield from origins_in(below)
