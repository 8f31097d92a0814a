"""Docker: found, asked, and tidied up after, by its command-line client."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from migrator.engine import process
from migrator.engine.client import ASK, Client, last_line, plain
from migrator.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.engine.base import Builder

# What says where the engine is and how to be let in. The rest of DOCKER_* changes what a command does.
REACH = (
    "DOCKER_HOST",
    "DOCKER_CONFIG",
    "DOCKER_CONTEXT",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CERT_PATH",
    "DOCKER_API_VERSION",
)
# Docker 23 made BuildKit the default; before it the classic builder was.
BUILDKIT_BY_DEFAULT = 23
INSTALL = "Install Docker (https://docs.docker.com/engine/install/) and start it; `migrator doctor` says what answers."


@dataclass(frozen=True)
class Docker(Client):
    """A Docker engine that answered."""

    builder: Builder
    buildx: str | None

    program: ClassVar[str] = "docker"
    processors_field: ClassVar[str] = "{{.NCPU}}"

    @property
    def named_contexts(self) -> bool:
        """Whether the builder takes `--build-context`, which buildx brings."""
        return self.builder == "buildkit" and self.buildx is not None

    @cached_property
    def build_environment(self) -> Mapping[str, str]:
        """The variables for a build: those that reach the engine, and which builder is meant."""
        return {**self.environment, "DOCKER_BUILDKIT": "1" if self.builder == "buildkit" else "0"}

    @property
    def build_options(self) -> tuple[str, ...]:
        """The classic builder leaves the container of a step that fails, unless it is told not to."""
        return ("--force-rm",) if self.builder == "classic" else ()

    def answers(self) -> bool:
        """Whether the engine still answers."""
        return self.ask("version", "--format", "{{.Server.Version}}", timeout=15).ok

    @cached_property
    def _storage(self) -> str:
        """What shifts owners, and in the next line where the engine keeps everything; empty where it does not say."""
        asked = self.ask("info", "--format", "{{json .SecurityOptions}}\n{{.DockerRootDir}}")
        return asked.text if asked.ok else ""

    def images_folder(self) -> str:
        """Where the engine says that it keeps its images."""
        return self.must("info", "--format", "{{.DockerRootDir}}")

    def config_file(self, inspected: Mapping[str, Any]) -> Path | None:
        """The file with the configuration of an image; None where owners on disk are shifted."""
        options, _, root = self._storage.partition("\n")
        if not root or "name=userns" in options or "name=rootless" in options:
            return None
        driver = (inspected.get("GraphDriver") or {}).get("Name") or "-"
        digest = inspected["Id"].removeprefix("sha256:")
        return Path(root, "image", driver, "imagedb", "content", "sha256", digest)


def reach(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables with which a client, started anywhere, reaches the engine that it would reach from here."""
    found = {name: environment[name] for name in REACH if environment.get(name)}
    # The scripts get another HOME, and the client looks there for contexts, credentials and plugins.
    found.setdefault("DOCKER_CONFIG", str(Path(environment.get("HOME") or "/") / ".docker"))
    found["PATH"] = environment.get("PATH", os.defpath)
    found["HOME"] = environment.get("HOME") or "/"
    return found


def find_client(environment: Mapping[str, str]) -> str:
    """The path of the docker client; raises EngineError when there is none."""
    client = shutil.which("docker", path=environment.get("PATH"))
    if client is None:
        raise EngineError("no container engine: there is no `docker` on the PATH", INSTALL)
    return client


def versions(client: str, environment: Mapping[str, str]) -> tuple[str | None, str | None, str]:
    """(version of the client, version of the server or None, what the client complained about)."""
    done = process.run([client, "version", "--format", "{{json .}}"], process.How(env=reach(environment), timeout=ASK))
    try:
        said: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        return None, None, done.complaint or done.text
    server = said.get("Server") or {}
    return (said.get("Client") or {}).get("Version"), server.get("Version"), done.complaint


def find_docker(choice: Builder | None = None, environment: Mapping[str, str] | None = None) -> Docker:
    """The Docker engine that answers, with its usual builder unless `choice` says which; or EngineError."""
    environment = os.environ if environment is None else environment
    client = find_client(environment)
    client_version, server, complaint = versions(client, environment)
    if server is None:
        if client_version is None:
            raise EngineError(f"{client} is not a Docker client that works: {last_line(complaint)}", INSTALL)
        raise EngineError(
            f"the docker client {client_version} is there, but no engine answers: {last_line(complaint)}",
            "Start Docker, or point DOCKER_HOST at one that runs; `migrator doctor` says what answers.",
        )
    buildx = buildx_version(client, environment)
    builder = _builder(choice, client_version or server, buildx, environment)
    return Docker(client, plain(server), reach(environment), builder, buildx)


def buildx_version(client: str, environment: Mapping[str, str]) -> str | None:
    """The version of the buildx plugin, or None when the client has none."""
    done = process.run([client, "buildx", "version"], process.How(env=reach(environment), timeout=ASK))
    words = done.text.split()
    return words[1] if done.ok and len(words) > 1 else None


def _builder(choice: Builder | None, version: str, buildx: str | None, environment: Mapping[str, str]) -> Builder:
    modern = int(version.partition(".")[0] or 0) >= BUILDKIT_BY_DEFAULT
    if choice is None:
        switch = environment.get("DOCKER_BUILDKIT", "1" if modern else "0").lower() not in {"0", "false"}
        # A client of 23 or later builds with BuildKit by its plugin alone, and without it falls back.
        return "buildkit" if switch and (buildx or not modern) else "classic"
    if choice == "buildkit" and modern and not buildx:
        raise EngineError("BuildKit is asked for, and the docker client has no buildx plugin", "Install docker-buildx.")
    return choice
