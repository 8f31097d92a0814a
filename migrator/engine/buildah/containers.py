"""Docker's words on containers, done with buildah's working containers."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from migrator.dockercli.names import copy_end
from migrator.engine.buildah import images
from migrator.engine.buildah.archive import pack
from migrator.engine.buildah.copying import Tree, copy_in, copy_out
from migrator.engine.buildah.enginefiles import add_engine_files
from migrator.engine.buildah.inside import end_inside, identity
from migrator.engine.buildah.making import made
from migrator.engine.buildah.refusals import is_idle
from migrator.engine.buildah.running import attach, check_program
from migrator.engine.buildah.store import RefusedError, WordError, complaint, say

if TYPE_CHECKING:
    from migrator.dockercli.parse import Call
    from migrator.engine.buildah.store import Container, Tool

_BOTH = 2
_ENDED = 137  # by SIGKILL, which is what ends a process that ignores SIGTERM as the first of its kind does


def create(buildah: Tool, call: Call) -> int:
    """`docker create`."""
    say(made(buildah, call, failed=1).id)
    return 0


def run(buildah: Tool, call: Call) -> int:
    """`docker run`, attached."""
    container = made(buildah, call, failed=125)
    if call.has("detach"):
        return _waiting(buildah, container)
    try:
        return attach(buildah, container)
    finally:
        if call.has("rm"):
            _remove(buildah, container)


def _waiting(buildah: Tool, container: Container) -> int:
    """`docker run -d` of a command that only waits: nothing is run, and it counts as running."""
    _, state = buildah.ours(container.id)
    if not is_idle(state.command):
        _remove(buildah, container)
        raise RefusedError("containers that run in the background")
    say(container.id)
    check_program(buildah, container, state)
    container.change(status="running")
    return 0


def start(buildah: Tool, call: Call) -> int:
    """`docker start -a`."""
    if len(call.operands) != 1:
        raise WordError("you cannot start and attach multiple containers at once")
    container, state = buildah.ours(call.operands[0])
    try:
        return attach(buildah, container, stdin=call.has("interactive") and state.interactive)
    finally:
        if "rm" in state.options:
            _remove(buildah, container)


def copy(buildah: Tool, call: Call) -> int:
    """`docker cp`."""
    if len(call.operands) != _BOTH:
        raise WordError('"docker cp" requires exactly 2 arguments.')
    source, target = map(copy_end, call.operands)
    if (source.container is None) == (target.container is None):
        what = "copying between containers is not supported" if source.container else "must specify a container"
        raise WordError(what)
    container, state = buildah.ours(source.container or target.container or "")
    if not source.path or not target.path:
        raise RefusedError("a copy of an empty path")
    tree = Tree(str(buildah.mounted(container)), state)
    follow = call.has("follow-link")
    if source.container is not None:
        copy_out(tree, source.path, target.path, follow=follow)
        return 0
    container.change(touched=True)
    user = state.user or (images.inspected(buildah, container.image) or {"Config": {}})["Config"].get("User") or ""
    owner = identity(tree, user) if call.has("archive") and user else None
    copy_in(tree, source.path, target.path, follow=follow, owner=owner)
    return 0


def remove(buildah: Tool, call: Call) -> int:
    """`docker rm`."""
    code = 0
    for name in call.operands:
        try:
            _remove(buildah, buildah.container(name), force=call.has("force"))
            say(name)
        except WordError as error:
            say(error.message, error=True)
            code = 0 if call.has("force") and "No such container" in error.message else error.code
    return code


def _remove(buildah: Tool, container: Container, *, force: bool = True) -> None:
    state = container.state
    if state is not None and state.status == "running" and not force:
        raise WordError(f"Error response from daemon: container {container.name} is running: stop it first, or force")
    if state is None or state.status == "running":
        with contextlib.suppress(WordError):
            end_inside(buildah.mounted(container))
    done = buildah.ask("rm", container.id)
    if not done.ok and any(one.id == container.id for one in buildah.containers()):
        raise WordError(f"Error response from daemon: {complaint(done)}")


def rename(buildah: Tool, call: Call) -> int:
    """`docker rename OLD NEW`."""
    old, new = call.operands
    buildah.must("rename", buildah.container(old).id, new)
    return 0


def wait(buildah: Tool, call: Call) -> int:
    """`docker wait`: nothing runs any more when another command can be given."""
    for name in call.operands:
        _, state = buildah.ours(name)
        if state.status != "exited":
            raise RefusedError("containers that run in the background")
        say(str(state.code))
    return 0


def stop(buildah: Tool, call: Call) -> int:
    """`docker stop`."""
    for name in call.operands:
        _end(buildah, name)
        say(name)
    return 0


def _end(buildah: Tool, name: str) -> bool:
    """End a container that only waits; whether it did."""
    container, state = buildah.ours(name)
    if state.status != "running":
        return False
    container.change(status="exited", code=_ENDED)
    if "rm" in state.options:
        _remove(buildah, container)
    return True


def kill(buildah: Tool, call: Call) -> int:
    """`docker kill`, as `stop`: but of what does not run it is an error."""
    code = 0
    for name in call.operands:
        if _end(buildah, name):
            say(name)
        else:
            say(f"Error response from daemon: container {name} is not running", error=True)
            code = 1
    return code


def export(buildah: Tool, call: Call) -> int:
    """`docker export`: the files of a container as a tar archive, with those that docker puts into each."""
    container, state = buildah.ours(call.operands[0] if call.operands else "")
    if state.volumes:
        raise RefusedError("an export of a container with volumes, which docker leaves out")
    root = str(buildah.mounted(container))
    container.change(touched=True)
    add_engine_files(root)
    path = call.value("output")
    if path:
        with open(path, "wb") as target:  # noqa: PTH123 - text
            pack(root, "", target)
    else:
        pack(root, "", sys.stdout.buffer)
        sys.stdout.buffer.flush()
    return 0
