"""What a script does to the world, in order, each with its span."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.dockercli.parse import Call
    from migrator.source import Span
    from migrator.trace.images import Built, Image
    from migrator.trace.streams import Stream
    from migrator.trace.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Given:
    """What a call finds beside its words, and the files that it leaves; `made` are the ids that came to be by it."""

    before: Workspace
    after: Workspace
    stdin: Stream
    environment: Mapping[str, str]
    made: tuple[str, ...] = ()
    umask: int = 0o022


@dataclass(frozen=True)
class DockerCall:
    """One call of the container engine's client, words expanded; `cwd` is an absolute host path."""

    span: Span
    words: tuple[str, ...]
    cwd: str
    call: Call
    given: Given | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class ImageBuilt:
    """A `docker build`."""

    span: Span
    image: Built


@dataclass(frozen=True)
class ImageTagged:
    """A name given to an image by `docker tag` or `docker commit`."""

    span: Span
    image: Image
    name: str


@dataclass(frozen=True)
class ImagePushed:
    """A `docker push` of a name, and the image behind it when the script made it."""

    span: Span
    image: Image | None
    name: str


@dataclass(frozen=True)
class CarriedOut:
    """Something that left an image for the host path `path`; `fresh` says that nothing was there before.

    `put_out` is for files that a build itself leaves there (`--output`), with no container in between.
    """

    span: Span
    image: Image
    source: str
    path: str
    fresh: bool = False
    put_out: bool = False


@dataclass(frozen=True)
class HostWork:
    """A host command that changed files, in words for a person."""

    span: Span
    summary: str


@dataclass(frozen=True)
class Unmodelled:
    """A command that is not understood; `words` as expanded."""

    span: Span
    words: tuple[str, ...]


Effect = ImageBuilt | ImageTagged | ImagePushed | CarriedOut | HostWork | Unmodelled
