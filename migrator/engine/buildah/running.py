"""A command in a working container, with the streams and the exit code that `docker run` would give it."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from migrator.engine import process
from migrator.engine.buildah.copying import Tree
from migrator.engine.buildah.inside import absent, program, remove_made
from migrator.engine.buildah.store import RefusedError, WordError

if TYPE_CHECKING:
    from migrator.engine.buildah.store import Container, State, Tool

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# What buildah itself says at the end where a command fails, and of one that it could not start.
_ENDED = re.compile(rb"(?:[Ee]rror: |error )?while running runtime: exit status \d+\n?\Z")
_ENDED_LONG = 80
_NOT_STARTED = (b"error running container: ", b"did not get container create message", b"did not get container start")


def attach(buildah: Tool, container: Container, *, stdin: bool | None = None) -> int:
    """Run the command of a container to its end on our own streams; its exit code."""
    _, state = buildah.ours(container.id)
    check_program(buildah, container, state)
    root = buildah.mounted(container)
    places = absent(root)
    container.change(status="running", touched=True)
    errors = _Errors()
    code = process.attached(
        [buildah.program, *words(container, state)],
        buildah.environment,
        on_error=errors,
        silent=not (state.interactive if stdin is None else stdin),
    )
    errors.flush()
    remove_made(places)
    container.change(status="exited", code=code)
    if errors.not_started:
        raise RefusedError(f"a start of this container ({errors.not_started})")
    return code


def check_program(buildah: Tool, container: Container, state: State) -> None:
    """Raises WordError where docker could not start the program of a container."""
    tree = Tree(str(buildah.mounted(container)), state)
    found = program(tree, state.command[0], _path(buildah, container, state), state.workdir)
    if found:
        container.change(status="exited", code=found)
        text = f'exec: "{state.command[0]}": executable file not found in $PATH'
        raise WordError(f"docker: Error response from daemon: {text}", found)


def _path(buildah: Tool, container: Container, state: State) -> str:
    given = [one for one in state.environment if one.startswith("PATH=")]
    config = (buildah.described(container.image) or {"Docker": {}})["Docker"].get("config") or {}
    own = [one for one in config.get("Env") or () if one.startswith("PATH=")]
    return (*own, *given)[-1].removeprefix("PATH=") if own or given else DEFAULT_PATH


def words(container: Container, state: State) -> list[str]:
    """What buildah is called with."""
    found = ["run"]
    found += [f"--env={one}" for one in state.environment]
    for name, value in (("user", state.user), ("workingdir", state.workdir), ("hostname", state.hostname)):
        found += [f"--{name}={value}"] if value else []
    for mount in state.mounts:
        found.append(f"--volume={mount.source}:{mount.target}{':' + mount.options if mount.options else ''}")
    found += [f"--mount=type=tmpfs,target={one}" for one in state.tmpfs]
    return [*found, container.id, "--", *state.command]


class _Errors:
    """Passes on what a command says, without what buildah adds to it at the end."""

    def __init__(self) -> None:
        self._held = b""
        self.not_started = ""

    def __call__(self, block: bytes) -> None:
        self._held += block
        for line in self._held.splitlines():
            if any(text in line for text in _NOT_STARTED) and not self.not_started:
                self.not_started = line.decode("utf-8", "replace").strip()
        _write(self._held[:-_ENDED_LONG])
        self._held = self._held[-_ENDED_LONG:]

    def flush(self) -> None:
        _write(_ENDED.sub(b"", self._held))
        self._held = b""


def _write(data: bytes) -> None:
    sys.stderr.buffer.write(data)
    sys.stderr.buffer.flush()
