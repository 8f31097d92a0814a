"""What the rest of the tool may ask of a container engine, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from migrator.dockercli.parse import Call
    from migrator.engine.layers import OnDisk
    from migrator.engine.opening import Opened
    from migrator.engine.process import Finished

Builder = Literal["buildkit", "classic", "buildah"]
# A build argument by which a working container of buildah is known again; no instruction uses it.
MARK = "MIGRATOR_RUN"
# The variable with the path of a file that a client of ours writes to what it has refused: `WHAT<tab>COMMAND` lines.
REFUSED = "MIGRATOR_REFUSED"


@dataclass(frozen=True)
class Image:
    """An image that an engine has. `layers` are the diff ids, lowest first; `size` is what `docker image ls` shows."""

    id: str
    size: int
    layers: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Leftover:
    """Something that stands in an engine under a name: `kind` is container, image, volume or network.

    `id` is how the engine knows it where the name is not the engine's own.
    """

    kind: str
    name: str
    id: str = ""


class Engine(Protocol):
    """One engine that answered when it was found."""

    @property
    def title(self) -> str:
        """Its name and version, such as `docker 26.1.5`."""

    @property
    def builder(self) -> Builder:
        """What builds here."""

    @property
    def named_contexts(self) -> bool:
        """Whether the builder takes `--build-context`."""

    @property
    def client(self) -> str:
        """The path of its command-line client."""

    @property
    def command(self) -> tuple[str, ...]:
        """The words that start a client for docker's words; the last is the program that everything is asked of."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that the client needs to reach the engine."""

    @property
    def kept_xattrs(self) -> tuple[str, ...]:
        """The beginnings of the extended attributes that its images have when they leave it."""

    def answers(self) -> bool:
        """Whether the engine still answers."""

    def refusal(self, call: Call) -> str | None:
        """What a call of a script asks for that the engine has not got; None where it can be done."""

    def images_folder(self) -> str:
        """Where the engine says that it keeps its images."""

    def free_space(self) -> int | None:
        """The bytes that are free there; None when that is on another machine."""

    def loses_owners(self) -> bool:
        """Whether it takes every file for root's, whoever owns it: nothing can be said of owners then."""

    def image(self, name: str) -> Image | None:
        """The image of that name or id, or None."""

    def processors(self) -> int:
        """How many processors the engine has."""

    def pull(self, name: str, timeout: float) -> bool:
        """Whether the image could be fetched."""

    def build(self, options: Sequence[str], folder: str) -> str | None:
        """The id of what a build gives, with the cache; None when it fails."""

    def attempt(self, options: Sequence[str], folder: str, timeout: float | None) -> Finished:
        """What a build of a folder leaves, with the cache."""

    def run(self, image: str, words: Sequence[str], container: str, timeout: float) -> Finished:
        """What a container of an image leaves that runs without a network and is gone afterwards, output merged."""

    def opened(self, image: str, program: str, words: Sequence[str], container: str, seconds: float) -> Opened:
        """What a container opens that runs the file `program`, called by `words`, without a network, and is gone then.

        Not every machine lets that be seen; what comes back says why.
        """

    def on_disk(self, image: str) -> OnDisk | None:
        """Where an image lies on this machine; None where it cannot be read there."""

    def save(self, image: str) -> AbstractContextManager[IO[bytes]]:
        """The archive of an image, as a stream."""

    def copy_out(self, image: str, path: str, container: str) -> AbstractContextManager[IO[bytes]]:
        """A tar stream of one path of an image; `container` names the container that it takes for the purpose."""

    def mend(self, since: float) -> None:
        """Remove images that builds which were ended have left half made since that time, where that stops it."""

    def named(self, prefix: str) -> tuple[Leftover, ...]:
        """Everything whose name begins with `prefix`, containers first."""

    def remove(self, things: Sequence[Leftover]) -> None:
        """Remove what is named; what is gone already does not matter."""
