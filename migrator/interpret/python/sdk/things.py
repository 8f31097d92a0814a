"""What the SDK gives back: images, containers, logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from migrator.source import Span
    from migrator.trace.images import Image


@dataclass(frozen=True, eq=False)
class ImageValue:
    """An image: the name or id that it was found under, and what that meant then."""

    name: str
    image: Image


@dataclass(frozen=True, eq=False)
class ContainerValue:
    """A container, by its id."""

    identity: str
    name: str | None = None


@dataclass(eq=False)
class Log:
    """What a build or a pull says while it is at it; with `ends` it is over only when somebody has `read` it all."""

    span: Span
    ends: bool = False
    read: bool = False


class Executed(NamedTuple):
    """What `exec_run` gives."""

    exit_code: object
    output: object


__all__ = ["ContainerValue", "Executed", "ImageValue", "Log"]
