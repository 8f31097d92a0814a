"""One call of a script: how it is passed on, and what is written down of it."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.engine import process
from migrator.engine.base import REFUSED
from migrator.verify.digest import path_digest
from migrator.verify.recorder.session import is_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migrator.verify.recorder.session import Session


# What a script could say of another engine than the one that is meant.
_ELSEWHERE = frozenset(
    {"DOCKER_HOST", "DOCKER_CONTEXT", "CONTAINER_HOST", "CONTAINER_CONNECTION", "CONTAINERS_STORAGE_CONF"}
)


@dataclass
class Call:
    """One call, while it is being made."""

    session: Session
    program: str
    argv: tuple[str, ...]
    command: str = ""
    exit: int = 0
    refused: bool = False
    stdin: bool = False
    printed: str = ""
    tags: list[str] = field(default_factory=list)
    passed: dict[str, str] = field(default_factory=dict)
    image: dict[str, object] | None = None
    extracted: list[dict[str, str]] = field(default_factory=list)
    observed: dict[str, str] = field(default_factory=dict)

    def entry(self, began: float) -> dict[str, object]:
        """What is written down of a call that began at a moment of the monotonic clock, and ends now."""
        return {
            "program": self.program,
            "argv": list(self.argv),
            "cwd": os.getcwd(),  # noqa: PTH109 - the text as it is
            "command": self.command,
            "exit": self.exit,
            "refused": self.refused,
            "stdin": self.stdin,
            "began": began,
            "seconds": time.monotonic() - began,
            "tags": self.tags,
            "printed": self.printed,
            "passed": self.passed,
            "image": self.image,
            "extracted": self.extracted,
            "observed": self.observed,
        }

    def refuse(self) -> None:
        """Do nothing, and let the script go on as if it had been done."""
        self.refused = True
        sys.stderr.write(f"migrator: not run while verifying: {self.program} {' '.join(self.argv[:3])}\n")

    def fail(self, message: str, code: int = 1) -> None:
        """Do nothing and say that it failed."""
        self.refused, self.exit = True, code
        sys.stderr.write(f"{message}\n")

    @property
    def environment(self) -> dict[str, str]:
        """The script's environment, with what reaches the engine in place of what the script has of it."""
        own = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
        return {**own, **self.session.environment, REFUSED: str(self.session.refusals)}

    def client(self, argv: Sequence[str]) -> list[str]:
        """The words that start the real client."""
        return [*self.session.client, *argv]

    def pass_through(self, argv: Sequence[str]) -> None:
        """Run the real client on the script's own streams: what it carries may be anything."""
        self.exit = process.attached(self.client(argv), self.environment)

    def pass_restored(
        self,
        argv: Sequence[str],
        stdin: Path | None = None,
        listener: Callable[[bytes], None] | None = None,
        *,
        silent: bool = False,
    ) -> process.Finished:
        """Run the real client and give its output to the script with the script's own names in it.

        `listener` hears the standard output while it comes; with `silent` the script gets none of it.
        """
        errors = _Lines(self.session, sys.stderr.fileno())
        how = process.How(
            env=self.environment,
            stdin=stdin,
            inherit_stdin=stdin is None,
            own_group=False,
            on_output=listener,
            on_error=errors,
        )
        done = process.run(self.client(argv), how)
        errors.flush()
        if not silent:
            text = self.session.public(done.stdout.decode("utf-8", "surrogateescape"))
            _write(sys.stdout.fileno(), text.encode("utf-8", "surrogateescape"))
        self.exit = done.code
        self.printed = done.text if is_id(done.text) else ""
        return done

    def ask(self, *words: str) -> process.Finished:
        """What a short question to the engine gives; the script does not see it."""
        return process.run(self.client(words), process.How(env=self.environment, own_group=False))

    def observe(self) -> None:
        """Write down what stands at the watched paths now."""
        for path in self.session.watched:
            found = path_digest(Path(self.session.root, path))
            if found is not None:
                self.observed[path] = found


class _Lines:
    """Passes output on line by line, each with the script's own names: progress is seen while it happens."""

    def __init__(self, session: Session, descriptor: int) -> None:
        self._session, self._descriptor, self._rest = session, descriptor, b""

    def __call__(self, block: bytes) -> None:
        *lines, self._rest = (self._rest + block).split(b"\n")
        for line in lines:
            self._write(line + b"\n")

    def flush(self) -> None:
        if self._rest:
            self._write(self._rest)
            self._rest = b""

    def _write(self, data: bytes) -> None:
        text = self._session.public(data.decode("utf-8", "surrogateescape"))
        _write(self._descriptor, text.encode("utf-8", "surrogateescape"))


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
