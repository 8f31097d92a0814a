"""Folders that are removed whatever became of their rights."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path


def remove_folder(folder: Path) -> None:
    """Remove a folder, also where a script took away our right to."""
    for parent, folders, _ in os.walk(folder):
        for name in folders:
            with suppress(OSError):
                path = Path(parent, name)
                if not path.is_symlink():
                    path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
