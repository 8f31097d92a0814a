"""`client.containers` and containers: https://docker-py.readthedocs.io/en/stable/containers.html."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.commands.docker import naming
from migrator.dockercli.library import NotSaidError, commit_words, create_words, exec_words, tagged
from migrator.interpret.python.sdk.said import (
    arguments,
    container_of,
    image_at,
    invocation,
    printed,
    say,
    stream_of,
    whole_command,
)
from migrator.interpret.python.sdk.things import ContainerValue, Executed, Log
from migrator.interpret.python.values import PythonError, Raw, Unknown
from migrator.trace.state import Channels
from migrator.trace.streams import Opaque

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.interpret.python.called import Called

_LOW = ("image", "command", "hostname", "user", "detach", "stdin_open", "tty")


def create(called: Called) -> object:
    """`client.containers.create`."""
    named = arguments(called, "image", "command")
    image, command = str(named.pop("image", "")), whole_command(named.pop("command", None))
    name = named.get("name")
    words = create_words("create", image, command, named)
    return ContainerValue(printed(called, say(called, words, fails="ImageNotFound")), str(name) if name else None)


def create_low(called: Called) -> object:
    """`APIClient.create_container`."""
    named = arguments(called, *_LOW)
    image, command = str(named.pop("image", "")), whole_command(named.pop("command", None))
    if "volumes" in named or "ports" in named:
        raise NotSaidError("volumes or ports of the lower half")
    words = create_words("create", image, command, named)
    return {"Id": printed(called, say(called, words, fails="ImageNotFound")), "Warnings": None}


def run(called: Called) -> object:
    """`client.containers.run`: what the container printed, or the container with `detach=True`."""
    named = arguments(called, "image", "command", "stdout", "stderr", "remove")
    image, command = str(named.pop("image", "")), whole_command(named.pop("command", None))
    if named.pop("stdout", True) is not True:
        raise NotSaidError("stdout")
    mixed, detached = named.pop("stderr", False) is not False, named.get("detach") is True
    name = named.get("name")
    said = say(called, create_words("run", image, command, named), fails="ContainerError")
    if detached:
        return ContainerValue(printed(called, said), str(name) if name else None)
    return Raw(Opaque(called.span, "what the container prints, errors among it") if mixed else said)


def get(called: Called) -> object:
    """`client.containers.get`: in a clean engine only what the program made is there."""
    name = str(arguments(called, "container_id").get("container_id", ""))
    found = naming.container(invocation(called), name)
    if found is None:
        raise PythonError("NotFound")
    return ContainerValue(found.identity, found.name)


def listing(called: Called) -> object:
    """`client.containers.list`: nothing, as long as the program has made nothing."""
    return Unknown(called.span, pure=True) if called.run.shell.state.containers else []


def of_container(called: Called, container: ContainerValue) -> object:
    """A method of a container."""
    method = called.name.rpartition(".")[2]
    if method not in _METHODS:
        raise NotSaidError(f"{method} of a container")
    inner = type(called)(called.run, called.name, (container, *called.given), called.named, called.span)
    return _METHODS[method](inner)


def _named(called: Called, *names: str) -> tuple[str, dict[str, object]]:
    """The container, and the other arguments by name."""
    given = dict(called.named)
    owner = called.given[0] if called.given else given.pop("container", None)
    inner = type(called)(called.run, called.name, called.given[1:], given, called.span)
    return container_of(owner), arguments(inner, *names)


def start(called: Called) -> object:
    """`start`."""
    owner, named = _named(called)
    if named:
        raise NotSaidError(f"the argument {min(named)}")
    say(called, ["start", owner])
    return None


def wait(called: Called) -> object:
    """`wait`: the code that the container ended with."""
    owner, _ = _named(called, "timeout", "condition")
    text = called.run.decoded(Raw(say(called, ["wait", owner])), called.span)
    known = isinstance(text, str) and text.strip().isdigit()
    return {"StatusCode": int(str(text)) if known else Unknown(called.span, pure=True), "Error": None}


def logs(called: Called) -> object:
    """`logs`: both streams, unless one of them is left out; with `stream` or `follow` they are read line by line."""
    owner, named = _named(called, "stdout", "stderr", "stream", "timestamps")
    if named.get("stream") or named.get("follow"):
        # Who follows the log of a container waits for its end.
        say(called, ["wait", owner])
        return Log(called.span)
    say(called, ["logs", owner])
    return Raw(Opaque(called.span, "what the container has printed"))


def get_archive(called: Called) -> object:
    """`get_archive`: an archive, in pieces, and what is known of the path."""
    owner, named = _named(called, "path", "chunk_size", "encode_stream")
    said = say(called, ["cp", f"{owner}:{named.get('path', '')}", "-"], fails="NotFound")
    return Raw(said), Unknown(called.span, pure=True)


def put_archive(called: Called) -> object:
    """`put_archive`."""
    given = dict(called.named)
    values = [*called.given, *(given.pop(name) for name in ("container", "path", "data") if name in given)]
    if len(values) != 3 or given or not isinstance(values[1], str):
        raise NotSaidError("its arguments")
    owner = container_of(values[0])
    say(called, ["cp", "-", f"{owner}:{values[1]}"], stdin=stream_of(called, values[2]), fails="NotFound")
    return True


def remove(called: Called) -> object:
    """`remove`."""
    owner, named = _named(called, "v", "link", "force")
    options = [option for name, option in (("force", "-f"), ("v", "-v"), ("link", "--link")) if named.get(name)]
    say(called, ["rm", *options, owner], fails="NotFound")
    return None


def stop(called: Called) -> object:
    """`stop`, `kill`."""
    owner, _ = _named(called, "timeout")
    say(called, [called.name.rpartition(".")[2], owner])
    return None


def execute(called: Called) -> object:
    """`exec_run`: the code that it ended with, and what it printed."""
    owner, named = _named(called, "cmd")
    for name in ("stdout", "stderr", "stdin", "tty"):
        if named.pop(name, None) not in (None, name in ("stdout", "stderr")):
            raise NotSaidError(f"the argument {name}")
    command = whole_command(named.pop("cmd", None))
    channels = Channels()
    status = called.command(("docker", *exec_words(owner, command, named)), channels=channels, fails="")
    code = Unknown(called.span, f"! {status.shell}" if status.shell else None) if status.code is None else status.code
    return Executed(code, Raw(channels.collected()))


def commit(called: Called) -> object:
    """`commit`."""
    owner, named = _named(called, "repository", "tag", "message", "author", "pause", "changes")
    named.pop("pause", None)
    said = say(called, commit_words(owner, named))
    if called.name.startswith("docker.low"):
        return {"Id": printed(called, said)}
    named_as = named.get("repository")
    return image_at(called, tagged(named_as, named.get("tag")) if named_as else printed(called, said))


def export(called: Called) -> object:
    """`export`: the whole of a container."""
    owner, _ = _named(called, "chunk_size")
    return Raw(say(called, ["export", owner]))


def nothing(_: Called) -> object:
    """What changes nothing: `reload`."""
    return None


_METHODS: dict[str, Callable[[Called], object]] = {
    "start": start, "wait": wait, "logs": logs, "get_archive": get_archive, "put_archive": put_archive,
    "remove": remove, "stop": stop, "kill": stop, "exec_run": execute, "commit": commit, "export": export,
    "reload": nothing,
}  # fmt: skip
UPPER: dict[str, Callable[[Called], object]] = {
    "containers.create": create, "containers.run": run, "containers.get": get, "containers.list": listing,
}  # fmt: skip
LOWER: dict[str, Callable[[Called], object]] = {
    "create_container": create_low, "remove_container": remove,
    **{name: _METHODS[name] for name in _METHODS if name not in ("remove", "exec_run", "reload")},
}  # fmt: skip

__all__ = ["LOWER", "UPPER", "of_container"]
