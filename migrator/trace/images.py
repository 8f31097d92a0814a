"""Images and containers as an abstract run knows them: where each came from, never what is in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.source import Source, Span
    from migrator.trace.workspace import Node


@dataclass(frozen=True)
class External:
    """An image that the script did not make; `name` is as written and may hold symbols."""

    name: str


@dataclass(frozen=True, eq=False)
class Context:
    """What a build sees: the tree at that moment, the host folder it stands in, and the file list's ignore rules.

    `path` is None for a context that never was a folder (a tar stream, or no context at all). `owners` says that
    the files come with the owners that they have in an image: BuildKit keeps those of a tar stream (measured on
    26.1), where files of a folder become root's.
    """

    tree: Node | None
    path: str | None
    owners: bool = False


@dataclass(frozen=True)
class Output:
    """The host folder that the files of a build go to; `missing` when it has to be made first."""

    folder: str
    missing: bool = False


@dataclass(frozen=True, eq=False)
class Built:
    """An image made by one `docker build`: everything that the build was given, at the moment it ran.

    `recipe` is the Dockerfile's text (symbols in it stand for values that the script put there), `recipe_path`
    its path in the repository when it is an unchanged file of it. `arguments` are the build args in order; the
    value None means that the engine takes it from the environment. `names` are the images that the script had
    named so far, by normalised name: FROM and `--from` are resolved against them. `output` is where the files go
    when they are wanted on the host, and no image.
    """

    number: int
    span: Span
    recipe: Source
    recipe_path: str | None
    context: Context
    arguments: tuple[tuple[str, str | None], ...]
    target: str | None
    names: Mapping[str, Image] = field(repr=False)
    tags: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    flags: tuple[tuple[str, str | None], ...] = ()
    output: Output | None = None


@dataclass(frozen=True)
class RunStep:
    """A command that ran in a container: exec form as `words`, or shell text as `line` (one of the two).

    `environment` holds the pairs given for this container or command, `folder` and `user` what `-w` and `-u`
    gave (None: the image's own). `input` is a file of the stage, made for it, that it reads on standard input;
    `output` is where standard output goes in the stage, when something reads it.
    `touches` are the only paths that it can change; None where it may change any. `beyond` says what the container
    had that no build has: then no RUN does the same. `caches` are the folders that a cache was mounted at.
    """

    span: Span
    words: tuple[str, ...] = ()
    line: str | None = None
    environment: tuple[tuple[str, str], ...] = ()
    folder: str | None = None
    user: str | None = None
    output: str | None = None
    input: str | None = None
    touches: tuple[str, ...] | None = None
    beyond: str | None = None
    caches: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The command as one text, to look for words in; words in it are not quoted."""
        return self.line or " ".join(self.words)

    @property
    def is_long(self) -> bool:
        """Whether its text does not fit a line."""
        return any("\n" in word or "<<" in word for word in (self.line or "", *self.words))

    @property
    def is_host_work(self) -> bool:
        """Whether it is a file command that stands for host work, and no command of the script in a container."""
        return self.user == "root" or self.touches is not None


@dataclass(frozen=True, eq=False)
class CopyStep:
    """Something of the host put into a container or a stage at `destination` (an absolute path)."""

    span: Span
    node: Node
    destination: str
    owners: bool = False  # files out of an image keep theirs
    source: bool = False  # a COPY takes it from there, so that its own mode does not count


@dataclass(frozen=True)
class ConfigStep:
    """An instruction that changes the image's configuration, as `docker commit --change` takes it."""

    span: Span
    instruction: str


Step = RunStep | CopyStep | ConfigStep


@dataclass(frozen=True, eq=False)
class Extended:
    """An image or container state: `base` and what was done on top of it, in order.

    `workshop` marks a stage that stands for work done on the host; its `base` is then only a place with tools.
    """

    base: Image
    steps: tuple[Step, ...]
    workshop: bool = False


Image = External | Built | Extended


@dataclass(frozen=True, eq=False)
class Container:
    """A container: its state as an image, its name, and whether its process still runs.

    `pending` is the command that `docker start` would run, when the container was only created; `ran` is the one
    that has run, and that `docker start` runs again.
    """

    identity: str
    image: Image
    name: str | None
    span: Span
    running: bool = False
    pending: RunStep | None = None
    ran: RunStep | None = None
    environment: tuple[tuple[str, str], ...] = ()
    folder: str | None = None
    user: str | None = None
    mounts: tuple[tuple[str, str, str], ...] = ()


def extend(image: Image, *steps: Step) -> Image:
    """`image` with further steps on top; the same image when there are none."""
    return Extended(image, steps) if steps else image


def beyond_build(image: Image) -> RunStep | None:
    """The step on the way to an image that no RUN can do, or None."""
    while isinstance(image, Extended):
        for step in image.steps:
            if isinstance(step, RunStep) and step.beyond is not None:
                return step
        image = image.base
    return None


def root_of(image: Image) -> External | Built:
    """The image at the bottom of a chain of extensions."""
    while isinstance(image, Extended):
        image = image.base
    return image
