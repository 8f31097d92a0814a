"""Podman: docker's commands without a daemon; what it builds with is buildah."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from migrator.engine import process, storage
from migrator.engine.client import ASK, Client, last_line, plain
from migrator.engine.storage import reach
from migrator.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from migrator.engine.base import Builder, Leftover

INSTALL = "Install podman (https://podman.io/docs/installation); `migrator doctor` says what answers."


@dataclass(frozen=True)
class Podman(Client):
    """A podman that works."""

    program: ClassVar[str] = "podman"
    processors_field: ClassVar[str] = "{{.Host.CPUs}}"
    of_archives: ClassVar[tuple[str, ...]] = storage.XATTRS
    builder: ClassVar[Builder] = "buildah"
    # `--build-context` is there, but what it does with an ignore file depends on the version.
    named_contexts: ClassVar[bool] = False

    def answers(self) -> bool:
        """Whether it still works."""
        return self.ask("info", "--format", "{{.Store.GraphRoot}}", timeout=15).ok

    def images_folder(self) -> str:
        """Where it keeps its images."""
        return self.must("info", "--format", "{{.Store.GraphRoot}}")

    def loses_owners(self) -> bool:
        """Whether it takes every file for root's, whoever owns it."""
        form = "{{range $name, $value := .Store.GraphOptions}}{{$name}}={{$value}}{{println}}{{end}}"
        return storage.loses_owners(self.must("info", "--format", form).splitlines())

    @cached_property
    def _storage(self) -> str:
        return self.images_folder()

    def config_file(self, inspected: Mapping[str, Any]) -> Path | None:
        """The file with the configuration of an image."""
        return storage.config_file(self._storage, inspected)

    def short(self, name: str) -> str:
        """The name of an image as it was given: one without a registry is listed as that of `localhost`."""
        return name.removeprefix(storage.LOCAL)

    def mend(self, since: float) -> None:
        """Remove images that builds which were ended have left half made since that time."""
        storage.mend(self, self._storage, since)

    def named(self, prefix: str) -> tuple[Leftover, ...]:
        """Everything whose name begins with `prefix`, and what a build of that mark worked in when it was ended."""
        return (*self._working(prefix), *super().named(prefix))

    def _working(self, prefix: str) -> Iterator[Leftover]:
        # Another machine's podman does not list them.
        listed = self.ask("ps", "-a", "--external", "--no-trunc", "--format", "{{.ID}} {{.Status}}").text
        ids = [line.split()[0] for line in listed.splitlines() if line.endswith(" Storage")]
        return storage.marked(self.images_folder(), ids, prefix) if ids else iter(())


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
