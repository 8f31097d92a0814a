"""What a conversion comes to: a union of frozen values, never an exception."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from migrator.diagnostics import Diagnostic
    from migrator.source import Span


@dataclass(frozen=True)
class StageInfo:
    """One stage of the emitted file: its name, its base as written, the Dockerfile and the old image behind it."""

    name: str
    base: str
    file: str | None
    image: str | None


@dataclass(frozen=True)
class Target:
    """One image that the script leaves: the stage that makes it, its tags, and the bash command that builds it.

    The command runs from the repository's root, with the script's own environment and positional parameters.
    """

    stage: str
    tags: tuple[str, ...]
    command: str


@dataclass(frozen=True)
class Consumer:
    """An instruction of the emitted file that takes an artifact in; `line` counts from 1 in the emitted text."""

    stage: str
    line: int
    destination: str


@dataclass(frozen=True)
class Artifact:
    """A path of an image (`stage`, `path`) that the script carried over the host at `workspace_path`."""

    stage: str
    path: str
    workspace_path: str
    consumers: tuple[Consumer, ...]
    span: Span | None


@dataclass(frozen=True)
class LineOrigin:
    """Where line `number` of the emitted file comes from: a line of a source file, and the rule that changed it."""

    number: int
    file: str | None
    line: int | None
    rule: str | None


@dataclass(frozen=True)
class FileChange:
    """One file of the repository that must change; `content` is its whole new text, None for a deletion."""

    path: str
    action: Literal["write", "delete", "edit"]
    content: str | None


@dataclass(frozen=True)
class Need:
    """One reason for a floor: what is used, in which line (None: in a command), and the Docker that brought it."""

    what: str
    line: int | None
    docker: str
    syntax: str | None = None


@dataclass(frozen=True)
class Floor:
    """The oldest Docker that builds the file, whether it has to be BuildKit, its oldest front end, and the reasons."""

    docker: str
    buildkit: bool
    syntax: str | None
    needs: tuple[Need, ...]


@dataclass(frozen=True)
class Converted:
    """A conversion that is equivalent as far as it can be known without an engine.

    `checkouts` are environment variables of the script that are taken for the folder of the checkout.
    """

    script: str
    dockerfile: str
    dockerfile_path: str
    stages: tuple[StageInfo, ...]
    targets: tuple[Target, ...]
    artifacts: tuple[Artifact, ...]
    lines: tuple[LineOrigin, ...]
    files: tuple[FileChange, ...]
    floor: Floor
    diagnostics: tuple[Diagnostic, ...]
    checkouts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Declined:
    """Nothing was converted; at least one diagnostic is an error and says where and why."""

    script: str | None
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class NotApplicable:
    """There is nothing to migrate; `reason` is one sentence for a person."""

    script: str | None
    reason: str
    diagnostics: tuple[Diagnostic, ...] = ()


Conversion = Converted | Declined | NotApplicable
