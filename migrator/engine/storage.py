"""What podman and buildah have in common: one storage of images, and builds that leave their working containers."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migrator.engine.base import MARK, Leftover

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from migrator.engine.client import Client

# What says where images are kept, how containers run, and where another machine's podman is.
REACH = (
    *("CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF", "CONTAINERS_REGISTRIES_CONF", "CONTAINER_HOST"),
    *("CONTAINER_CONNECTION", "CONTAINER_SSHKEY", "STORAGE_DRIVER", "STORAGE_OPTS", "BUILDAH_ISOLATION"),
    *("REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "DBUS_SESSION_BUS_ADDRESS"),
)
LOCAL = "localhost/"
# The beginnings of the extended attributes that an archive of theirs has.
XATTRS = ("security.capability", "user.")
_NO_MANIFEST = re.compile(r'locating item named "manifest" for image with ID "([0-9a-f]{64})"')
_HALF_MADE = 8


def reach(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables with which a client, started anywhere, works on the storage that it would work on from here."""
    found = {name: environment[name] for name in REACH if environment.get(name)}
    # Written in the other format, an image has no HEALTHCHECK, no ONBUILD and no SHELL, whatever its file says.
    found["BUILDAH_FORMAT"] = environment.get("BUILDAH_FORMAT") or "docker"
    found["PATH"] = environment.get("PATH", os.defpath)
    # A user's own storage is below his home, and the scripts get another one.
    found["HOME"] = environment.get("HOME") or "/"
    return found


def config_file(storage: str, inspected: Mapping[str, Any]) -> Path:
    """The file with the configuration of an image, under the name that containers/storage gives to a digest."""
    digest = inspected["Id"].removeprefix("sha256:")
    name = "=" + base64.b64encode(f"sha256:{digest}".encode("ascii")).decode("ascii")
    return Path(storage, "overlay-images", digest, name)


def loses_owners(options: Iterable[str]) -> bool:
    """Whether options of a storage (`NAME=VALUE`) let a file be root's that cannot be given to its owner.

    A user without ids to give to others is told to set it so: see `ignore_chown_errors` in containers-storage.conf(5).
    """
    pairs = (text.partition("=")[::2] for text in options)
    return any(name.endswith("ignore_chown_errors") and value == "true" for name, value in pairs)


def mend(client: Client, storage: str, since: float) -> None:
    """Remove images that builds which were ended have left half made since that time.

    A build that is ended between writing an image and its manifest leaves an image of which the client says itself that
    it should be removed, and cannot list all images until then, or none where another one stands on it. One that is
    older is not ours; nor is one with a name.
    """
    for _ in range(_HALF_MADE):
        asked = client.ask("images", "-aq")
        match = None if asked.ok else _NO_MANIFEST.search(asked.complaint)
        if match is None:
            return
        with contextlib.suppress(OSError):  # another machine's
            if Path(storage, "overlay-images", match[1]).stat().st_ctime >= since:
                time.sleep(1)  # a build of somebody else's may be between the two just now
                again = client.ask("images", "-aq")
                if not again.ok and match[1] in again.complaint:
                    client.ask("rmi", "-f", match[1])
                continue
        return


def marked(storage: str, ids: Iterable[str], prefix: str) -> Iterator[Leftover]:
    """Of these containers, those in which builds of ours were at work when they were ended.

    They stay, under names that buildah chose itself. They keep the arguments of their build, and so the mark that the
    recorder gives to each.
    """
    for one in ids:
        for state in Path(storage).glob(f"*-containers/{one}/userdata/buildah.json"):
            mark = _mark_in(state)
            if mark.startswith(prefix):
                yield Leftover("container", mark, one)


def _mark_in(state: Path) -> str:
    try:
        said = json.loads(state.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str((said.get("Args") or {}).get(MARK, ""))
