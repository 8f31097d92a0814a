"""buildah as our client asks it: its images, its working containers, and what we keep of each of those."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migrator.engine import process

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ASK = 600.0
LOCAL = "localhost/"
_STATE = "migrator.json"
_ID = re.compile(r"[0-9a-f]{12,64}")
_NOBODY_KNOWS = ("not known", "not found", "no such")


class WordError(Exception):
    """A command that fails as it would fail with docker; `code` is what the client ends with."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.message, self.code = message, code


class RefusedError(Exception):
    """What cannot be done with buildah exactly as it would be done: it says nothing of the script."""


@dataclass(frozen=True)
class Held:
    """An image of the storage: its id without `sha256:`, and its names in full."""

    id: str
    names: tuple[str, ...]
    created: str
    size: str


@dataclass(frozen=True)
class Mounted:
    """A folder or file of this machine in a container, by what was asked of `create`."""

    source: str
    target: str
    options: str = ""


@dataclass(frozen=True)
class State:
    """What a container was asked to be, and what became of it; docker keeps this, buildah has no place for it.

    `status` is created, running or exited. `tmpfs` and `volumes` are paths in it; the volumes lie in its own layer.
    """

    image: str
    command: tuple[str, ...]
    environment: tuple[str, ...] = ()
    workdir: str = ""
    user: str = ""
    hostname: str = ""
    network: str = ""
    interactive: bool = False
    mounts: tuple[Mounted, ...] = ()
    tmpfs: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    status: str = "created"
    code: int = 0
    touched: bool = False

    @classmethod
    def load(cls, text: str) -> State:
        """What `dump` has written."""
        raw = json.loads(text)
        lists = {name: tuple(value) for name, value in raw.items() if isinstance(value, list)}
        return cls(**{**raw, **lists, "mounts": tuple(Mounted(**one) for one in raw["mounts"])})

    def dump(self) -> str:
        """It as text."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Container:
    """A working container."""

    id: str
    name: str
    image: str
    folder: Path

    @property
    def state(self) -> State | None:
        """What we know of it; None for one that is not ours."""
        try:
            return State.load((self.folder / _STATE).read_text(encoding="utf-8"))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def keep(self, state: State) -> None:
        """Write down what we know of it, beside what buildah itself does; it is gone when the container is."""
        path = self.folder / _STATE
        part = path.with_name(f"{_STATE}.part")
        part.write_text(state.dump(), encoding="utf-8")
        part.replace(path)

    def change(self, **changes: Any) -> None:  # noqa: ANN401 - fields of many types
        """Write down a change of what we know."""
        if (state := self.state) is not None:
            self.keep(replace(state, **changes))


@dataclass(frozen=True)
class Tool:
    """The program, and the variables that it gets."""

    program: str
    environment: Mapping[str, str] = field(repr=False)

    def ask(self, *words: str) -> process.Finished:
        """What one command leaves, the script's input untouched."""
        how = process.How(env=self.environment, own_group=False, timeout=ASK)
        return process.run([self.program, *words], how)

    def must(self, *words: str) -> str:
        """The output of a command that has to work."""
        done = self.ask(*words)
        if not done.ok:
            raise WordError(complaint(done), 125)
        return done.text

    @cached_property
    def info(self) -> Mapping[str, Any]:
        """What it says of the machine and of its storage."""
        found: Mapping[str, Any] = json.loads(self.must("info"))
        return found

    @property
    def storage(self) -> Path:
        """Where images and containers are kept."""
        return Path(self.info["store"]["GraphRoot"])

    @property
    def driver(self) -> str:
        """How layers are stacked."""
        return str(self.info["store"]["GraphDriverName"])

    def images(self) -> tuple[Held, ...]:
        """Every image, also without a name."""
        listed = json.loads(self.must("images", "-a", "--json", "--no-trunc") or "[]") or []
        return tuple(
            Held(one["id"].removeprefix("sha256:"), tuple(one.get("names") or ()), one["createdatraw"], one["size"])
            for one in listed
        )

    def described(self, name: str) -> Mapping[str, Any] | None:
        """What buildah knows of an image; None when there is none."""
        done = self.ask("inspect", "--type", "image", name.removeprefix("sha256:"))
        if not done.ok:
            if not any(text in done.complaint.lower() for text in _NOBODY_KNOWS):
                raise WordError(complaint(done), 125)
            return None
        found: Mapping[str, Any] = json.loads(done.stdout)
        return found

    def containers(self) -> tuple[Container, ...]:
        """Every working container."""
        listed = json.loads(self.must("containers", "--json") or "[]") or []
        place = self.storage / f"{self.driver}-containers"
        return tuple(
            Container(one["id"], one["containername"], one["imageid"], place / one["id"] / "userdata") for one in listed
        )

    def container(self, name: str) -> Container:
        """The container of that name or id; raises WordError when there is none."""
        plain = name.removeprefix("/")
        found = self.containers()
        for one in found:
            if plain in {one.name, one.id}:
                return one
        starts = [one for one in found if _ID.fullmatch(plain) and one.id.startswith(plain)]
        if len(starts) == 1:
            return starts[0]
        raise WordError(f"Error: No such container: {name}")

    def ours(self, name: str) -> tuple[Container, State]:
        """The container of that name or id, which `create` or `run` has made."""
        found = self.container(name)
        if (state := found.state) is None:
            raise RefusedError(f"{found.name} is a working container that a build left or somebody else made")
        return found, state

    def mounted(self, container: Container) -> Path:
        """Where the files of a container are; it stays there until the container is removed."""
        return Path(self.must("mount", container.id))

    def layers(self, top: str) -> Iterator[Mapping[str, Any]]:
        """The layers that the storage stacks, from the one of that id down to the lowest."""
        text = (self.storage / f"{self.driver}-layers" / "layers.json").read_text(encoding="utf-8")
        known = {one["id"]: one for one in json.loads(text)}
        while top:
            yield known[top]
            top = known[top].get("parent", "")

    def top_layer(self, image: str) -> str:
        """The id of the highest layer of an image."""
        text = (self.storage / f"{self.driver}-images" / "images.json").read_text(encoding="utf-8")
        return next((str(one.get("layer", "")) for one in json.loads(text) if one["id"] == image), "")


def complaint(done: process.Finished) -> str:
    """What a command that failed says, in the last line of it."""
    lines = [line for line in done.complaint.splitlines() if line.strip()]
    return lines[-1].strip() if lines else f"buildah ends with exit code {done.code}"


def say(text: str, *, error: bool = False) -> None:
    """Write a line to the standard output, or to the standard error."""
    stream = sys.stderr if error else sys.stdout
    stream.buffer.write(f"{text}\n".encode("utf-8", "surrogateescape"))
    stream.buffer.flush()
