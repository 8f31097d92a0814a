"""Where an image lies on this machine's own disk: a folder for each layer, as overlayfs stacks them.

Only root may look, and only where nothing shifts owners or hides marks of overlayfs. Elsewhere the archive will do.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_CAP_SYS_ADMIN = 21
_WHOLE = ("0", "0", "4294967295")


@dataclass(frozen=True)
class OnDisk:
    """An image on disk: its configuration, and for each diff id, lowest first, the folder of that layer.

    `xattrs` are the beginnings of the extended attributes that the engine would put into an archive.
    """

    config: Mapping[str, Any]
    layers: tuple[tuple[str, Path], ...]
    xattrs: tuple[str, ...]


def may_look() -> bool:
    """Whether this process is root as the machine knows it: in a user namespace owners are others."""
    try:
        ids = Path("/proc/self/uid_map").read_text(encoding="ascii").split()
        status = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    held = next((line.split()[1] for line in status.splitlines() if line.startswith("CapEff:")), "0")
    # Without that capability the marks by which a layer hides what is below it are not to be seen.
    return os.geteuid() == 0 and tuple(ids) == _WHOLE and bool(int(held, 16) >> _CAP_SYS_ADMIN & 1)


def on_disk(inspected: Mapping[str, Any], config: Path, xattrs: tuple[str, ...]) -> OnDisk | None:
    """An image that `image inspect` describes, its configuration in that file; None where it cannot be had so.

    An image's id is the digest of its configuration, so a file that is not the right one is known.
    """
    driver = inspected.get("GraphDriver") or {}
    data = driver.get("Data") or {}
    ids = (inspected.get("RootFS") or {}).get("Layers") or ()
    if driver.get("Name") not in {"overlay2", "overlay"} or not data.get("UpperDir"):
        return None
    lower = [text for text in (data.get("LowerDir") or "").split(":") if text]
    folders = tuple(map(Path, (*reversed(lower), data["UpperDir"])))
    if len(folders) != len(ids) or not all(folder.is_dir() for folder in folders):
        return None
    try:
        raw = config.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(raw).hexdigest() != inspected["Id"].removeprefix("sha256:"):
        return None
    return OnDisk(json.loads(raw), tuple(zip(ids, folders, strict=True)), xattrs)
