"""The bytes of files that differ, taken out of images in one pass each, onto disk."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.verify.reading import read_image

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from migrator.engine.base import Engine
    from migrator.verify.archive import Sink

# What is larger is not looked into; it stays as different as its sha256.
LARGEST = 64 << 20


@dataclass(frozen=True)
class Contents:
    """Files by their sha256, in a folder of ours; what was taken once is not taken again."""

    engine: Engine
    folder: Path

    def fetch(self, image: str, wanted: Mapping[str, str]) -> None:
        """Take files out of an image: path to the sha256 that it must have, since a path may be in several layers."""
        missing = {path: digest for path, digest in wanted.items() if not (self.folder / digest).exists()}
        if not missing:
            return
        self.folder.mkdir(exist_ok=True)

        def keep(path: str) -> Sink | None:
            return _File(self.folder, missing[path]) if path in missing else None

        read_image(self.engine, image, (), keep, root=False)

    def of(self, digest: str) -> bytes | None:
        """The bytes of a file that was taken; None for one that was not."""
        path = self.folder / digest
        return path.read_bytes() if path.is_file() else None


class _File:
    """One file on its way to the disk; it stays only if it is the one that is meant."""

    def __init__(self, folder: Path, digest: str) -> None:
        self._folder, self._digest = folder, digest
        self._path = folder / f"incoming-{secrets.token_hex(8)}"
        self._target = self._path.open("wb")

    def write(self, block: bytes) -> None:
        """Take the next bytes."""
        self._target.write(block)

    def close(self, digest: str) -> None:
        """Keep the file under its sha256, or drop it."""
        self._target.close()
        if digest == self._digest:
            self._path.rename(self._folder / digest)
        else:
            self._path.unlink()
