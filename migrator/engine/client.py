"""An engine that is asked by a command-line client with docker's commands: what all of those have in common."""

from __future__ import annotations

import abc
import contextlib
import json
import shutil
from dataclasses import dataclass, field
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar

from migrator.engine import process
from migrator.engine.base import Image, Leftover
from migrator.engine.layers import OnDisk, may_look, on_disk
from migrator.engine.opening import WAITER, Opened, UnseenError, archive, refusal, watch
from migrator.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from migrator.dockercli.parse import Call

ASK = 60.0
# What clients say of a thing that is not there (any more): docker, podman, and both of a removal under way.
GONE = ("no such ", "not found", "removal of container", "not known")


@dataclass(frozen=True)
class Client(abc.ABC):
    """An engine that answered, by its client."""

    client: str
    version: str
    environment: Mapping[str, str] = field(repr=False)

    program: ClassVar[str]
    processors_field: ClassVar[str]
    of_archives: ClassVar[tuple[str, ...]] = ("security.capability",)

    @property
    def title(self) -> str:
        """Its name and version, such as `docker 26.1.5`."""
        return f"{self.program} {self.version}"

    @property
    def command(self) -> tuple[str, ...]:
        """The words that start a client for docker's words; the last is the program that everything is asked of."""
        return (self.client,)

    def refusal(self, call: Call) -> str | None:  # noqa: ARG002 - of an engine that has not everything
        """What a call of a script asks for that the engine has not got; None where it can be done."""
        return None

    @property
    def kept_xattrs(self) -> tuple[str, ...]:
        """The beginnings of the extended attributes that an archive of the engine has, and what is pushed with it."""
        return self.of_archives

    @property
    def build_environment(self) -> Mapping[str, str]:
        """The variables for a build."""
        return self.environment

    @property
    def build_options(self) -> tuple[str, ...]:
        """What every build is told, so that it leaves nothing that nobody asked for."""
        return ()

    @abc.abstractmethod
    def answers(self) -> bool:
        """Whether the engine still answers."""

    @abc.abstractmethod
    def images_folder(self) -> str:
        """Where the engine says that it keeps its images."""

    def ask(self, *words: str, timeout: float = ASK) -> process.Finished:
        """What one short command of the client leaves."""
        return process.run([*self.command, *words], process.How(env=self.build_environment, timeout=timeout))

    def must(self, *words: str) -> str:
        """The output of a command that has no reason to fail; raises EngineError when it does."""
        done = self.ask(*words)
        if done.ok:
            return done.text
        if not self.answers():
            raise engine_is_gone(self.title)
        raise EngineError(
            f"{self.program} {words[0]} failed: {last_line(done.complaint)}", "`migrator doctor` says what works."
        )

    @cached_property
    def _described(self) -> dict[str, Mapping[str, Any]]:
        """What was said of images, by their ids: of an id it stays true."""
        return {}

    def _describe(self, name: str) -> Mapping[str, Any] | None:
        done = self.ask("image", "inspect", name)
        if not done.ok:
            if not any(gone in done.complaint.lower() for gone in GONE) and not self.answers():
                raise engine_is_gone(self.title)
            return None
        found: Mapping[str, Any] = json.loads(done.stdout)[0]
        self._described[found["Id"]] = found
        return found

    def image(self, name: str) -> Image | None:
        """The image of that name or id, or None."""
        found = self._describe(name)
        if found is None:
            return None
        layers = (found.get("RootFS") or {}).get("Layers") or ()
        tags = tuple(self.short(tag) for tag in found.get("RepoTags") or ())
        return Image(found["Id"], found["Size"], tuple(layers), tags)

    def short(self, name: str) -> str:
        """The name of an image as it was given, from the one that the engine lists."""
        return name

    def free_space(self) -> int | None:
        """The bytes that are free where the engine keeps its images; None when that is on another machine."""
        try:
            return shutil.disk_usage(self.images_folder()).free
        except OSError:
            return None

    def loses_owners(self) -> bool:
        """Whether it takes every file for root's, whoever owns it."""
        return False

    def pull(self, name: str, timeout: float) -> bool:
        """Whether the image could be fetched."""
        return self.ask("pull", "-q", name, timeout=timeout).ok

    def processors(self) -> int:
        """How many processors the engine has."""
        found = self.must("info", "--format", self.processors_field)
        return int(found) if found.isdecimal() else 1

    def attempt(self, options: Sequence[str], folder: str, timeout: float | None) -> process.Finished:
        """What a build leaves, with the cache; the last line that it prints is the image's id."""
        return process.run(
            [*self.command, "build", "-q", *self.build_options, *options, "."],
            process.How(cwd=folder, env=self.build_environment, timeout=timeout),
        )

    def build(self, options: Sequence[str], folder: str) -> str | None:
        """The id of what a build gives, with the cache; None when it fails."""
        done = process.run(
            [*self.command, "build", "-q", *self.build_options, *options],
            process.How(cwd=folder, env=self.build_environment, timeout=ASK * 30),
        )
        return done.text.splitlines()[-1] if done.ok and done.text else None

    def run(self, image: str, words: Sequence[str], container: str, timeout: float) -> process.Finished:
        """What a container of an image leaves that runs without a network and is gone afterwards, output merged."""
        isolated = ("--network", "none", "--hostname", "smoke", "--pull", "never")
        how = process.How(env=self.environment, timeout=timeout, merged=True, limit=1 << 20)
        try:
            return process.run([*self.command, "run", "--name", container, *isolated, image, *words], how)
        finally:
            self.remove([Leftover("container", container)])

    def opened(self, image: str, program: str, words: Sequence[str], container: str, seconds: float) -> Opened:
        """What a container opens that runs the file `program`, called by `words`, without a network."""
        why = refusal()
        if why:
            return Opened(why=why)
        isolated = ("--network", "none", "--hostname", "smoke", "--pull", "never", "--entrypoint", WAITER)
        try:
            self.must("create", "--name", container, *isolated, image, program, *words)
            how = process.How(env=self.environment, timeout=ASK, stdin=archive())
            process.run([*self.command, "cp", "-", f"{container}:/"], how)
            self.must("start", container)
            number = self.must("inspect", "--format", "{{.State.Pid}}", container)
            return watch(int(number), seconds)
        except UnseenError as error:
            return Opened(why=str(error))
        except EngineError as error:
            return Opened(why=error.message)
        finally:
            self.remove([Leftover("container", container)])

    def on_disk(self, image: str) -> OnDisk | None:
        """Where an image lies on this machine; None where it cannot be read there."""
        found = (self._described.get(image) or self._describe(image)) if may_look() else None
        if found is None:
            return None
        where = self.config_file(found)
        return on_disk(found, where, self.kept_xattrs) if where is not None else None

    @abc.abstractmethod
    def config_file(self, inspected: Mapping[str, Any]) -> Path | None:
        """The file with the configuration of an image, if images are kept in overlays, with their own owners."""

    @contextlib.contextmanager
    def save(self, image: str) -> Iterator[IO[bytes]]:
        """The archive of an image (`docker save`), as a stream."""
        with process.stream([*self.command, "save", image], self.environment) as opened:
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
            with process.stream([*self.command, "cp", f"{container}:{path}", "-"], self.environment) as opened:
                yield opened.stdout
        finally:
            self.remove([Leftover("container", container)])

    def _check_stream(self, what: str, opened: process.Stream) -> None:
        if opened.code:
            if not self.answers():
                raise engine_is_gone(self.title)
            raise EngineError(f"{self.program} {what} failed: {last_line(opened.complaint)}")

    def mend(self, since: float) -> None:  # noqa: B027 - most engines leave nothing of the kind
        """Remove images that builds which were ended have left half made since that time, where that stops it."""

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
            for name in map(self.short, self.must(*words).splitlines())
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
            names = [thing.id or thing.name for thing in things if thing.kind == kind]
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


def plain(version: str) -> str:
    """A version without what a distribution hung on it: `26.1.5+dfsg1` is `26.1.5`."""
    return version.partition("+")[0].partition("~")[0]
