"""A source of Debian packages as a folder: apt itself reads it, without a network."""

from __future__ import annotations

import hashlib
import io
import tarfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CONTROL = (
    "Package: {name}\nVersion: 1.0\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\n"
    "{more}Description: a package\n"
)


def source_of_packages(folder: Path, **recommends: str) -> None:
    """Lay packages out in a folder, each with 100 kB of data, and what it recommends; and the list of them."""
    folder.mkdir(parents=True)
    listed = ""
    for name, others in recommends.items():
        control = CONTROL.format(name=name, more=f"Recommends: {others}\n" if others else "")
        data = package(control, {f"usr/share/{name}/data": hashlib.sha256(name.encode()).digest() * 3200})
        (folder / f"{name}.deb").write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        listed += f"{control}Filename: ./{name}.deb\nSize: {len(data)}\nSHA256: {digest}\n\n"
    # As long as a real list: what is left of it in an image is worth to be removed.
    filler = "".join(f"{CONTROL.format(name=f'filler{n}', more='')}Filename: ./x\nSize: 1\n\n" for n in range(5000))
    (folder / "Packages").write_text(listed + filler, encoding="utf-8")


def package(control: str, files: dict[str, bytes]) -> bytes:
    """A Debian package, deb(5)."""
    parts = {
        "debian-binary": b"2.0\n",
        "control.tar": _archive({"control": control.encode()}),
        "data.tar": _archive(files),
    }
    found = b"!<arch>\n"
    for name, data in parts.items():
        found += (
            f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(data):<10}`\n".encode() + data + b"\n" * (len(data) % 2)
        )
    return found


def _archive(files: dict[str, bytes]) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, data in files.items():
            for depth in range(1, name.count("/") + 1):
                folder = tarfile.TarInfo("./" + "/".join(name.split("/")[:depth]) + "/")
                folder.type, folder.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(folder)
            entry = tarfile.TarInfo(f"./{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return whole.getvalue()
