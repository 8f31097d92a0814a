"""Podman: docker's commands without a daemon; what it builds with is buildah."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import shutil
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from migrator.engine import process
from migrator.engine.base import MARK, Builder, Leftover
from migrator.engine.client import ASK, Client, last_line, plain
from migrator.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What says where images are kept, how containers run, and where another machine's podman is.
REACH = (
    *("CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF", "CONTAINERS_REGISTRIES_CONF", "CONTAINER_HOST"),
    *("CONTAINER_CONNECTION", "CONTAINER_SSHKEY", "STORAGE_DRIVER", "STORAGE_OPTS", "BUILDAH_ISOLATION"),
    *("REGISTRY_AUTH_FILE", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "DBUS_SESSION_BUS_ADDRESS"),
)
LOCAL = "localhost/"
_NO_MANIFEST = re.compile(r'locating item named "manifest" for image with ID "([0-9a-f]{64})"')
_HALF_MADE = 8
INSTALL = "Install podman (https://podman.io/docs/installation); `migrator doctor` says what answers."


@dataclass(frozen=True)
class Podman(Client):
    """A podman that works."""

    program: ClassVar[str] = "podman"
    processors_field: ClassVar[str] = "{{.Host.CPUs}}"
    of_archives: ClassVar[tuple[str, ...]] = ("security.capability", "user.")
    builder: ClassVar[Builder] = "buildah"
    # `--build-context` is there, but what it does with an ignore file depends on the version.
    named_contexts: ClassVar[bool] = False

    def answers(self) -> bool:
        """Whether it still works."""
        return self.ask("info", "--format", "{{.Store.GraphRoot}}", timeout=15).ok

    def images_folder(self) -> str:
        """Where it keeps its images."""
        return self.must("info", "--format", "{{.Store.GraphRoot}}")

    @cached_property
    def _storage(self) -> str:
        return self.images_folder()

    def config_file(self, inspected: Mapping[str, Any]) -> Path | None:
        """The file with the configuration of an image, under the name that containers/storage gives to a digest."""
        digest = inspected["Id"]
        name = "=" + base64.b64encode(f"sha256:{digest}".encode("ascii")).decode("ascii")
        return Path(self._storage, "overlay-images", digest, name)

    def short(self, name: str) -> str:
        """The name of an image as it was given: one without a registry is listed as that of `localhost`."""
        return name.removeprefix(LOCAL)

    def mend(self, since: float) -> None:
        """Remove images that builds which were ended have left half made since that time.

        podman that is ended between writing an image and its manifest leaves an image of which it says itself that it
        should be removed, and cannot list all images until then, or none where another one stands on it. One that is
        older is not ours; nor is one with a name.
        """
        for _ in range(_HALF_MADE):
            asked = self.ask("images", "-aq")
            match = None if asked.ok else _NO_MANIFEST.search(asked.complaint)
            if match is None:
                return
            with contextlib.suppress(OSError):  # another machine's podman
                if Path(self._storage, "overlay-images", match[1]).stat().st_ctime >= since:
                    time.sleep(1)  # a build of somebody else's may be between the two just now
                    again = self.ask("images", "-aq")
                    if not again.ok and match[1] in again.complaint:
                        self.ask("rmi", "-f", match[1])
                    continue
            return

    def named(self, prefix: str) -> tuple[Leftover, ...]:
        """Everything whose name begins with `prefix`, and what a build of that mark worked in when it was ended."""
        return (*self._working(prefix), *super().named(prefix))

    def _working(self, prefix: str) -> Iterator[Leftover]:
        """The containers in which builds of ours were at work.

        podman leaves them when a build is ended from outside, under names that it chose itself. They keep the arguments
        of their build, and so the mark that the recorder gives to each.
        """
        # Another machine's podman does not list them.
        listed = self.ask("ps", "-a", "--external", "--no-trunc", "--format", "{{.ID}} {{.Status}}").text
        ids = [line.split()[0] for line in listed.splitlines() if line.endswith(" Storage")]
        if not ids:
            return
        folder = Path(self.images_folder())
        for one in ids:
            for state in folder.glob(f"*-containers/{one}/userdata/buildah.json"):
                mark = _mark_in(state)
                if mark.startswith(prefix):
                    yield Leftover("container", mark, one)


def _mark_in(state: Path) -> str:
    try:
        said = json.loads(state.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str((said.get("Args") or {}).get(MARK, ""))


def reach(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables with which podman, started anywhere, works on the storage that it would work on from here."""
    found = {name: environment[name] for name in REACH if environment.get(name)}
    # Written in the other format, an image has no HEALTHCHECK, no ONBUILD and no SHELL, whatever its file says.
    found["BUILDAH_FORMAT"] = environment.get("BUILDAH_FORMAT") or "docker"
    found["PATH"] = environment.get("PATH", os.defpath)
    # A user's own storage is below his home, and the scripts get another one.
    found["HOME"] = environment.get("HOME") or "/"
    return found


def find_podman(environment: Mapping[str, str] | None = None) -> Podman:
    """The podman of this machine, once it has shown that it works; or EngineError."""
    environment = os.environ if environment is None else environment
    client = shutil.which("podman", path=environment.get("PATH"))
    if client is None:
        raise EngineError("there is no `podman` on the PATH", INSTALL)
    done = process.run(
        [client, "info", "--format", "{{.Version.Version}}"], process.How(env=reach(environment), timeout=ASK)
    )
    if not done.ok or not done.text:
        raise EngineError(f"podman is there, but does not work: {last_line(done.complaint)}", "Try `podman info`.")
    return Podman(client, plain(done.text), reach(environment))
