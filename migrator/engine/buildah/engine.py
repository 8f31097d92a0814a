"""buildah alone: builds are its own, and what a script asks of containers is done by our client for docker's words."""

from __future__ import annotations

import json
import os
import shutil
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from migrator.engine import process, storage
from migrator.engine.base import Leftover
from migrator.engine.buildah.refusals import refusal
from migrator.engine.client import ASK, Client, last_line, plain
from migrator.engine.opening import Opened
from migrator.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from migrator.dockercli.parse import Call
    from migrator.engine.base import Builder

INSTALL = "Install buildah (https://buildah.io); `migrator doctor` says what answers."
UNSHARE = "Start it as `buildah unshare migrator …`: there it may see the files of its containers."


@dataclass(frozen=True)
class Buildah(Client):
    """A buildah that works, and whose containers we can look into."""

    program: ClassVar[str] = "buildah"
    processors_field: ClassVar[str] = ""
    of_archives: ClassVar[tuple[str, ...]] = storage.XATTRS
    builder: ClassVar[Builder] = "buildah"
    named_contexts: ClassVar[bool] = False

    @cached_property
    def command(self) -> tuple[str, ...]:
        """The words that start our client; the last is the program that it asks."""
        start = process.START.format("migrator.engine.buildah.main")
        return (sys.executable, "-I", "-S", "-c", start, process.PACKAGES, self.client)

    def refusal(self, call: Call) -> str | None:
        """What buildah has not got that a call of a script asks for."""
        return refusal(call)

    def answers(self) -> bool:
        """Whether it still works."""
        how = process.How(env=self.environment, timeout=15)
        return process.run([self.client, "info"], how).ok

    @property
    def _info(self) -> Mapping[str, Any]:
        done = process.run([self.client, "info"], process.How(env=self.environment, timeout=ASK))
        if not done.ok:
            raise EngineError(f"buildah info failed: {last_line(done.complaint)}", "Try `buildah info`.")
        found: Mapping[str, Any] = json.loads(done.stdout)
        return found

    @cached_property
    def _storage(self) -> str:
        return self.images_folder()

    def images_folder(self) -> str:
        """Where it keeps its images."""
        return str(self._info["store"]["GraphRoot"])

    def loses_owners(self) -> bool:
        """Whether it takes every file for root's, whoever owns it."""
        return storage.loses_owners(self._info["store"].get("GraphOptions") or ())

    def processors(self) -> int:
        """How many processors this machine has."""
        return int(self._info["host"].get("cpus", 1))

    def config_file(self, inspected: Mapping[str, Any]) -> Path | None:
        """The file with the configuration of an image."""
        return storage.config_file(self._storage, inspected)

    def short(self, name: str) -> str:
        """The name of an image as it was given: one without a registry is listed as that of `localhost`."""
        return name.removeprefix(storage.LOCAL)

    def opened(self, image: str, program: str, words: Sequence[str], container: str, seconds: float) -> Opened:  # noqa: ARG002 - as every engine
        """Not to be seen: buildah runs nothing in the background."""
        return Opened(why="buildah runs no container in the background")

    def mend(self, since: float) -> None:
        """Remove images that builds which were ended have left half made since that time."""
        storage.mend(self, self._storage, since)

    def named(self, prefix: str) -> tuple[Leftover, ...]:
        """Everything whose name begins with `prefix`, and what a build of that mark worked in when it was ended."""
        text = self.must("ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}}")
        listed = [line.split() for line in text.splitlines()]
        ids = [words[0] for words in listed]
        images = self.must("images", "--format", "{{.Repository}}:{{.Tag}}").splitlines()
        return (
            *(storage.marked(self._storage, ids, prefix) if ids else ()),
            *(Leftover("container", words[-1]) for words in listed if words[-1].startswith(prefix)),
            *(Leftover("image", name) for name in map(self.short, images) if name.startswith(prefix)),
        )


def find_buildah(environment: Mapping[str, str] | None = None) -> Buildah:
    """The buildah of this machine, once it has shown that it works; or EngineError."""
    environment = os.environ if environment is None else environment
    client = shutil.which("buildah", path=environment.get("PATH"))
    if client is None:
        raise EngineError("there is no `buildah` on the PATH", INSTALL)
    reach = storage.reach(environment)
    done = process.run([client, "info"], process.How(env=reach, timeout=ASK))
    said = process.run([client, "--version"], process.How(env=reach, timeout=ASK)).text.split()
    if not done.ok or len(said) < 3:
        raise EngineError(f"buildah is there, but does not work: {last_line(done.complaint)}", "Try `buildah info`.")
    if os.geteuid() != 0:
        raise EngineError("buildah is there, but a user cannot look into its containers", UNSHARE)
    return Buildah(client, plain(said[2]), reach)
