"""Docker: found, asked, and tidied up after, by its command-line client."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from migrator.engine import process
from migrator.engine.base import Builder, Image, Leftover
from migrator.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# What says where the engine is and how to be let in. The rest of DOCKER_* changes what a command does.
REACH = (
    "DOCKER_HOST",
    "DOCKER_CONFIG",
    "DOCKER_CONTEXT",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CERT_PATH",
    "DOCKER_API_VERSION",
)
ASK = 60.0
# Docker 23 made BuildKit the default; before it the classic builder was.
BUILDKIT_BY_DEFAULT = 23
GONE = ("no such ", "not found", "removal of container")
INSTALL = "Install Docker (https://docs.docker.com/engine/install/) and start it; `migrator doctor` says what answers."


@dataclass(frozen=True)
class Docker:
    """A Docker engine that answered."""

    client: str
    version: str
    builder: Builder
    buildx: str | None
    environment: Mapping[str, str] = field(repr=False)

    @property
    def title(self) -> str:
        """Its name and version, such as `docker 26.1.5`."""
        return f"docker {self.version}"

    @property
    def named_contexts(self) -> bool:
        """Whether the builder takes `--build-context`, which buildx brings."""
        return self.builder == "buildkit" and self.buildx is not None

    @cached_property
    def build_environment(self) -> dict[str, str]:
        """The variables for a build: those that reach the engine, and which builder is meant."""
        return {**self.environment, "DOCKER_BUILDKIT": "1" if self.builder == "buildkit" else "0"}

    def ask(self, *words: str, timeout: float = ASK) -> process.Finished:
        """What one short command of the client leaves."""
        return process.run([self.client, *words], process.How(env=self.build_environment, timeout=timeout))

    def must(self, *words: str) -> str:
        """The output of a command that has no reason to fail; raises EngineError when it does."""
        done = self.ask(*words)
        if done.ok:
            return done.text
        if not self.answers():
            raise engine_is_gone(self.title)
        raise EngineError(
            f"docker {words[0]} failed: {last_line(done.complaint)}", "`migrator doctor` says what works."
        )

    def answers(self) -> bool:
        """Whether the engine still answers."""
        return self.ask("version", "--format", "{{.Server.Version}}", timeout=15).ok

    def image(self, name: str) -> Image | None:
        """The image of that name or id, or None."""
        done = self.ask("image", "inspect", name)
        if not done.ok:
            if "no such image" not in done.complaint.lower() and not self.answers():
                raise engine_is_gone(self.title)
            return None
        (found,) = json.loads(done.stdout)
        layers = (found.get("RootFS") or {}).get("Layers") or ()
        return Image(found["Id"], found["Size"], tuple(layers), tuple(found.get("RepoTags") or ()))

    def free_space(self) -> int | None:
        """The bytes that are free where the engine keeps its images; None when that is on another machine."""
        folder = self.must("info", "--format", "{{.DockerRootDir}}")
        try:
            return shutil.disk_usage(folder).free
        except OSError:
            return None

    def pull(self, name: str, timeout: float) -> bool:
        """Whether the image could be fetched."""
        return self.ask("pull", "-q", name, timeout=timeout).ok

    def processors(self) -> int:
        """How many processors the engine has."""
        found = self.must("info", "--format", "{{.NCPU}}")
        return int(found) if found.isdecimal() else 1

    def build(self, options: Sequence[str], folder: str) -> str | None:
        """The id of what a build gives, with the cache; None when it fails."""
        # The classic builder leaves the container of a step that fails.
        tidy = ["--force-rm"] if self.builder == "classic" else []
        done = process.run(
            [self.client, "build", "-q", *tidy, *options],
            process.How(cwd=folder, env=self.build_environment, timeout=ASK * 30),
        )
        return done.text.splitlines()[-1] if done.ok and done.text else None

    def run(self, image: str, words: Sequence[str], container: str, timeout: float) -> process.Finished:
        """What a container of an image leaves that runs without a network and is gone afterwards, output merged."""
        isolated = ("--network", "none", "--hostname", "smoke", "--pull", "never")
        how = process.How(env=self.environment, timeout=timeout, merged=True, limit=1 << 20)
        try:
            return process.run([self.client, "run", "--name", container, *isolated, image, *words], how)
        finally:
            self.remove([Leftover("container", container)])

    @contextlib.contextmanager
    def save(self, image: str) -> Iterator[IO[bytes]]:
        """The archive of an image (`docker save`), as a stream."""
        with process.stream([self.client, "save", image], self.environment) as opened:
            yield opened.stdout
            while opened.stdout.read(process.BLOCK):  # behind the end of the archive: only then is the code its own
                pass
        self._check_stream("save", opened)

    @contextlib.contextmanager
    def copy_out(self, image: str, path: str, container: str) -> Iterator[IO[bytes]]:
        """A tar stream of one path of an image, by way of a container that is never started."""
        # An image without a command needs one to be created; it need not exist.
        self.must("create", "--name", container, image, "/never-started")
        try:
            with process.stream([self.client, "cp", f"{container}:{path}", "-"], self.environment) as opened:
                yield opened.stdout
        finally:
            self.remove([Leftover("container", container)])

    def _check_stream(self, what: str, opened: process.Stream) -> None:
        if opened.code:
            if not self.answers():
                raise engine_is_gone(self.title)
            raise EngineError(f"docker {what} failed: {last_line(opened.complaint)}")

    def named(self, prefix: str) -> tuple[Leftover, ...]:
        """Everything whose name begins with `prefix`, containers first: they hold on to the rest."""
        asked = {
            "container": ("ps", "-a", "--filter", f"name={prefix}", "--format", "{{.Names}}"),
            "image": ("images", "--format", "{{.Repository}}:{{.Tag}}"),
            "volume": ("volume", "ls", "--filter", f"name={prefix}", "--format", "{{.Name}}"),
            "network": ("network", "ls", "--filter", f"name={prefix}", "--format", "{{.Name}}"),
        }
        return tuple(
            Leftover(kind, name)
            for kind, words in asked.items()
            for name in self.must(*words).splitlines()
            if name.startswith(prefix) and "<none>" not in name
        )

    def remove(self, things: Sequence[Leftover]) -> None:
        """Remove what is named; what is gone already does not matter."""
        verbs = {
            "container": ("rm", "-f", "-v"),
            "image": ("rmi", "-f"),
            "volume": ("volume", "rm", "-f"),
            "network": ("network", "rm"),
        }
        for kind, words in verbs.items():
            names = [thing.name for thing in things if thing.kind == kind]
            if not names:
                continue
            done = self.ask(*words, *names, timeout=ASK * 5)
            problems = [line for line in done.complaint.lower().splitlines() if not any(gone in line for gone in GONE)]
            if not done.ok and problems:
                raise EngineError(f"cannot remove: {problems[0]}", "`migrator doctor --clean` tries again.")


def engine_is_gone(title: str) -> EngineError:
    """The error for an engine that does not answer any more."""
    return EngineError(f"{title} stopped answering", "Start it again, then `migrator doctor --clean` and once more.")


def last_line(text: str) -> str:
    """The last line of a complaint, which is the one that says why."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "it gave no reason"


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
    return Docker(client, plain(server), builder, buildx, reach(environment))


def plain(version: str) -> str:
    """A version without what a distribution hung on it: `26.1.5+dfsg1` is `26.1.5`."""
    return version.partition("+")[0].partition("~")[0]


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
