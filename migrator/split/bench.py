"""Where a split is built: the context as a clean checkout has it, every image under a name of ours."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.dockerfile.evaluate import BaseImage
from migrator.engine.client import last_line
from migrator.engine.opening import Opened
from migrator.errors import EngineError
from migrator.split.image import Look, look
from migrator.verify.arms import check_out
from migrator.verify.contents import Contents
from migrator.verify.recorder.session import PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from migrator.dockerfile.syntax import Instruction
    from migrator.engine.base import Engine
    from migrator.project import Project
    from migrator.verify.scratch import Scratch

# As long is it looked at what a program opens.
SECONDS = 4.0
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_PROGRESS = re.compile(r"^#\d+ (?:\d+\.\d+ )?|^\s*\d+ \| |^\s*[>|-]+\s*")


class BuildError(Exception):
    """A build that failed; the text is the engine's reason."""


@dataclass(frozen=True)
class Bench:
    """One split's place of work."""

    engine: Engine
    scratch: Scratch
    project: Project
    path: str
    args: Mapping[str, str]
    timeout: float | None
    say: Callable[[str], None] = field(default=lambda _: None, compare=False)

    @property
    def context(self) -> Path:
        """The folder that the builds are given."""
        return self.scratch.folder / "context"

    @property
    def contents(self) -> Contents:
        """The files that were taken out of images."""
        return Contents(self.engine, self.scratch.folder / "files")

    def prepare(self) -> None:
        """Lay the context out."""
        check_out(self.project, self.context)

    def build(self, label: str, text: str | None, instructions: Sequence[Instruction] = ()) -> Look:
        """The image of a Dockerfile; of the original where no text is given. Raises BuildError where it fails."""
        return self.look(self.made(label, text), instructions)

    def look(self, name: str, instructions: Sequence[Instruction] = ()) -> Look:
        """An image that was made, looked into."""
        return look(self.engine, name, self.contents, instructions)

    def made(self, label: str, text: str | None, options: Sequence[str] = ()) -> str:
        """As `build`, but only the name of the image; `options` are further ones of the build."""
        self.say(f"building {label}")
        place = self.context / self.path
        if text is not None:
            # Beside the context: a COPY of everything is to bring the same files into both.
            place = self.scratch.folder / f"Dockerfile.{label}"
            place.write_bytes(text.encode("utf-8", "surrogateescape"))
            ignored = self.context / f"{self.path}.dockerignore"
            if ignored.is_file():
                place.with_name(f"{place.name}.dockerignore").write_bytes(ignored.read_bytes())
        name = f"{PREFIX}{self.scratch.run}/split:{label}"
        words = ["-t", name, "-f", str(place), *options]
        for key, value in self.args.items():
            words += ["--build-arg", f"{key}={value}"]
        done = self.engine.attempt(words, str(self.context), self.timeout)
        if done.timed_out:
            raise EngineError(f"building {label} took longer than {self.timeout:g} seconds", "--timeout gives it more.")
        if not done.ok:
            raise BuildError(_reason(done.complaint or done.text))
        return name

    def size(self, label: str, text: str | None) -> int:
        """The size of the image of a Dockerfile, as `docker image ls` counts it. Raises BuildError where it fails."""
        image = self.engine.image(self.made(label, text))
        return image.size if image is not None else 0

    def settings(self, image: str) -> BaseImage:
        """What a base image starts with. Raises BuildError where the engine does not have it."""
        found = self.build("base", f"FROM {image}\n")
        return BaseImage(found.env, found.config.get("WorkingDir") or "/", found.config.get("User") or "")

    def opened(self, image: Look, smoke: Sequence[str]) -> Opened:
        """What an image opens when it starts, with its own command or with other words behind its ENTRYPOINT."""
        entry = list(image.config.get("Entrypoint") or ())
        words = entry + list(smoke or image.config.get("Cmd") or ())
        program = _program(image, words[0]) if words else None
        if program is None:
            return Opened(why="its program is not found in the image")
        self.say("looking at what it opens")
        return self.engine.opened(image.id, program, words, self.container, SECONDS)

    @property
    def container(self) -> str:
        """The name of the one container that is run at a time."""
        return f"{PREFIX}{self.scratch.run}-smoke"


def _program(image: Look, word: str) -> str | None:
    """The file that a word starts: execvp(3)."""
    folder = image.config.get("WorkingDir") or "/"
    if "/" in word:
        place = posixpath.join(folder, word)
        return place if image.file(place) is not None else None
    folders = image.env.get("PATH", DEFAULT_PATH).split(":")
    found = (posixpath.join(folder, one, word) for one in folders)
    return next((path for path in found if (entry := image.file(path)) is not None and entry.mode & 0o111), None)


def _reason(text: str) -> str:
    """What a build complained about: the lines that the failed step printed, or the last one."""
    lines = [_PROGRESS.sub("", line).strip() for line in text.splitlines()]
    errors = [line for line in lines if re.search(r"error|not found|cannot|No such", line, re.IGNORECASE)]
    return (errors or [last_line(text)])[-1][:300]
