"""Reads an image from the fastest source that this machine has and that says all: its layers on disk, or its archive.

`make bench` measures them beside each other; docs/explanation/performance.md has the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.verify.archive import Archive, read_archive
from migrator.verify.folders import IncompleteError, read_folder

if TYPE_CHECKING:
    from collections.abc import Collection

    from migrator.engine.base import Engine
    from migrator.engine.layers import OnDisk
    from migrator.verify.archive import Keep


def read_image(
    engine: Engine, image: str, skip: Collection[str] = (), keep: Keep | None = None, *, root: bool = True
) -> Archive:
    """An image of an engine; layers in `skip` are not read where that is possible.

    `keep` gives, for the path of a file, where its bytes go as they come by, or None. `root` says whether the entry of
    the root itself is needed, which only the archive has, in its lowest layer.
    """
    found = None if root else engine.on_disk(image)
    if found is not None:
        try:
            return from_disk(found, skip, keep)
        except (IncompleteError, PermissionError, FileNotFoundError):
            pass  # the archive says it as well
    with engine.save(image) as source:
        return read_archive(source, skip, keep)


def from_disk(image: OnDisk, skip: Collection[str] = (), keep: Keep | None = None) -> Archive:
    """An image by the folders of its layers, without the root's own entry."""
    layers = (None if digest in skip else read_folder(folder, image.xattrs, keep) for digest, folder in image.layers)
    return Archive(image.config, tuple(layers))
