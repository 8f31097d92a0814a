"""Calls of the Docker SDK for Python as the command lines that do the same.

https://docker-py.readthedocs.io/en/stable/ (docker 7). Nothing of this package is imported here: what stands in for the
SDK while a program is verified takes this file along, into whatever Python the program runs on.
"""

from __future__ import annotations

import posixpath
import shlex
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class NotSaidError(Exception):
    """An argument that no command line says in the same way; its text is the reason."""


# What says how the SDK talks to the engine, or keeps what a build was made of: no image is another one for it.
_TALK = ("rm", "forcerm", "quiet", "timeout", "encoding", "gzip", "decode", "use_config_proxy", "custom_context")
_BUILD_TEXTS = {"target": "--target", "network_mode": "--network", "platform": "--platform", "shmsize": "--shm-size"}
_BUILD_FLAGS = {"nocache": "--no-cache", "pull": "--pull", "squash": "--squash"}
_RUN_TEXTS = {
    "name": "--name", "user": "--user", "working_dir": "--workdir", "network": "--network", "hostname": "--hostname",
    "network_mode": "--network", "platform": "--platform", "mac_address": "--mac-address", "pid_mode": "--pid",
    "ipc_mode": "--ipc", "runtime": "--runtime", "mem_limit": "--memory", "shm_size": "--shm-size",
}  # fmt: skip
_RUN_FLAGS = {
    "tty": "--tty", "stdin_open": "--interactive", "privileged": "--privileged", "auto_remove": "--rm",
    "remove": "--rm", "detach": "--detach", "read_only": "--read-only", "init": "--init",
}  # fmt: skip
_RUN_LISTS = {"cap_add": "--cap-add", "cap_drop": "--cap-drop", "volumes_from": "--volumes-from", "dns": "--dns"}


class _Arguments:
    """The arguments of one call, taken one by one; what is left at the end is not known."""

    def __init__(self, named: Mapping[str, Any]) -> None:
        self.left = dict(named)
        self.words: list[str] = []

    def take(self, name: str) -> Any:  # noqa: ANN401 — whatever the program gives
        return self.left.pop(name, None)

    def texts(self, table: Mapping[str, str]) -> None:
        for name, option in table.items():
            value = self.take(name)
            if value is not None:
                self.words += [option, _text(name, value)]

    def flags(self, table: Mapping[str, str]) -> None:
        for name, option in table.items():
            value = self.take(name)
            if value not in (None, False, True):
                raise NotSaidError(f"{name} is neither True nor False")
            self.words += [option] if value else []

    def lists(self, table: Mapping[str, str]) -> None:
        for name, option in table.items():
            for item in _items(name, self.take(name)):
                self.words += [option, _text(name, item)]

    def pairs(self, name: str, option: str, between: str = "=") -> None:
        value = self.take(name)
        for item in value.items() if isinstance(value, dict) else _items(name, value):
            if isinstance(item, tuple):
                self.words += [option, between.join(_text(name, part) for part in item)]
            else:
                self.words += [option, _text(name, item)]

    def end(self) -> None:
        if self.left:
            raise NotSaidError(f"the argument {min(self.left)}")


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise NotSaidError(f"{name} is no text")


def _items(name: str, value: object) -> Iterable[Any]:
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)):
        raise NotSaidError(f"{name} is no list")
    return value


def build_words(named: Mapping[str, Any], *, stdin: bool = False) -> list[str]:
    """`client.images.build(…)` as the words of a `docker build`; `stdin` says that `fileobj` is handed to it.

    Without a tag the build prints the id of the image and nothing else.
    """
    given = _Arguments(named)
    path, name, tag = given.take("path"), given.take("dockerfile"), given.take("tag")
    archive = given.take("custom_context")
    for one in _TALK:
        given.take(one)
    given.words += ["-q"] if tag is None else ["-t", _text("tag", tag)]
    context = "-" if stdin else _text("path", path)
    if name is not None:
        file = _text("dockerfile", name)
        if stdin and not archive:
            raise NotSaidError("dockerfile beside fileobj")
        place = file if stdin else posixpath.join(context, file)
        given.words += ["-f", place.removeprefix("./")]
    given.texts(_BUILD_TEXTS)
    given.flags(_BUILD_FLAGS)
    given.pairs("buildargs", "--build-arg")
    given.pairs("labels", "--label")
    given.pairs("extra_hosts", "--add-host", ":")
    given.lists({"cache_from": "--cache-from"})
    given.end()
    return ["build", *given.words, context]


def create_words(verb: str, image: str, command: object, named: Mapping[str, Any]) -> list[str]:
    """`client.containers.create(…)` and `run(…)` as the words of a `docker create` or `docker run`."""
    given = _Arguments(named)
    if verb == "create":
        given.take("detach")
    entry = _words("entrypoint", given.take("entrypoint"))
    given.texts(_RUN_TEXTS)
    given.flags(_RUN_FLAGS)
    given.lists(_RUN_LISTS)
    given.pairs("environment", "--env")
    given.pairs("extra_hosts", "--add-host", ":")
    given.pairs("labels", "--label")
    for volume in _volumes(given.take("volumes")):
        given.words += ["--volume", volume]
    given.end()
    given.words += ["--entrypoint", entry[0]] if entry else []
    return [verb, *given.words, image, *entry[1:], *_words("command", command)]


def exec_words(container: str, command: object, named: Mapping[str, Any]) -> list[str]:
    """`container.exec_run(…)` as the words of a `docker exec`."""
    given = _Arguments(named)
    given.texts({"user": "--user", "workdir": "--workdir"})
    given.flags({"privileged": "--privileged"})
    given.pairs("environment", "--env")
    given.end()
    return ["exec", *given.words, container, *_words("command", command)]


def commit_words(container: str, named: Mapping[str, Any]) -> list[str]:
    """`container.commit(…)` as the words of a `docker commit`."""
    given = _Arguments(named)
    repository, tag = given.take("repository"), given.take("tag")
    given.texts({"message": "--message", "author": "--author"})
    changes = given.take("changes")
    for change in changes.splitlines() if isinstance(changes, str) else _items("changes", changes):
        given.words += ["--change", _text("changes", change)]
    given.end()
    return ["commit", *given.words, container, *([] if repository is None else [tagged(repository, tag)])]


def tagged(repository: object, tag: object) -> str:
    """The name of an image out of its two parts."""
    name = _text("repository", repository)
    return name if tag is None else f"{name}:{_text('tag', tag)}"


def _words(name: str, value: object) -> list[str]:
    """A command: a list, or a text that the SDK splits as a shell would."""
    if isinstance(value, str):
        return shlex.split(value)
    return [_text(name, item) for item in _items(name, value)]


def _volumes(value: object) -> Sequence[str]:
    if isinstance(value, dict):
        found = [_volume(source, bound) for source, bound in value.items()]
    else:
        found = [_text("volumes", item) for item in _items("volumes", value)]
    for one in found:
        source = one.partition(":")[0]
        if "/" in source and not source.startswith("/"):
            raise NotSaidError("a volume whose path is not absolute")
        if ":" not in one:
            raise NotSaidError("a volume without a name")
    return found


def _volume(source: object, bound: object) -> str:
    if not isinstance(bound, dict) or not set(bound) <= {"bind", "mode"} or "bind" not in bound:
        raise NotSaidError("volumes in this form")
    parts: dict[str, str] = {key: _text("volumes", item) for key, item in bound.items()}
    return ":".join([_text("volumes", source), parts["bind"], parts.get("mode", "rw")])


__all__ = ["NotSaidError", "build_words", "commit_words", "create_words", "exec_words", "tagged"]
