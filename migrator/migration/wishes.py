"""What the user asks for beyond the conversion itself: options of the command line, as values."""

from __future__ import annotations

import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class Runtime:
    """A build that no script holds: a Dockerfile of the repository, its context's folder, and the image's name."""

    dockerfile: str
    context: str = "."
    tag: str | None = None

    @property
    def command(self) -> str:
        """The build as a person calls it behind the script, from the repository's root."""
        words = ["docker", "build", *(("-t", self.tag) if self.tag else ()), "-f", self.dockerfile, self.context]
        return shlex.join(words)


@dataclass(frozen=True)
class Wishes:
    """`export`: what the script leaves on the host is a target too. `runtimes`: builds that follow the script.

    `caches`: mounted caches become cache mounts. `apart`: the new file takes the place of no other.
    """

    export: bool = False
    runtimes: tuple[Runtime, ...] = ()
    caches: bool = False
    apart: bool = False


NONE = Wishes()
