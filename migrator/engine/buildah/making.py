"""A working container as `docker create` and `docker run` ask for it."""

from __future__ import annotations

import csv
import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.dockercli.names import MountKind, mount, volume
from migrator.engine.buildah import images
from migrator.engine.buildah.copying import Tree
from migrator.engine.buildah.store import Mounted, RefusedError, State, WordError, complaint, say

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from migrator.dockercli.parse import Call
    from migrator.engine.buildah.store import Container, Tool

# What a mount may be told that changes nothing here.
_IDLE = frozenset({"rw", "cached", "delegated", "consistent"})


def made(buildah: Tool, call: Call, failed: int) -> Container:
    """The container that `create` and `run` ask for."""
    image, *command = call.operands or ("",)
    found = _image(buildah, call, image, failed)
    state = _state(call, image, found["Config"], command)
    words = ["from", "--pull-never", "--http-proxy=false", "--format", "docker", "--quiet"]
    for name in ("name", "network", "add-host", "cap-add", "cap-drop"):
        words += [f"--{name}={value}" for value in call.values(name)]
    done = buildah.ask(*words, found["Id"].removeprefix("sha256:"))
    if not done.ok:
        raise WordError(f"Error response from daemon: {complaint(done)}", failed)
    # A container that was given no name has one that buildah chose.
    container = buildah.container(done.text.splitlines()[-1])
    try:
        _prepare(buildah, container, state)
    except BaseException:
        buildah.ask("rm", container.id)
        raise
    if path := call.value("cidfile"):
        Path(path).write_text(container.id, encoding="ascii")
    return container


def _image(buildah: Tool, call: Call, name: str, failed: int) -> Mapping[str, Any]:
    found = images.inspected(buildah, name)
    if found is None and call.value("pull") != "never":
        say(f"Unable to find image '{name}' locally", error=True)
        buildah.ask("pull", "-q", name)
        found = images.inspected(buildah, name)
    if found is None:
        raise WordError(f"Error response from daemon: No such image: {name}", failed)
    wanted = call.value("platform")
    if wanted is not None and wanted != f"{found['Os']}/{found['Architecture']}":
        raise RefusedError("`--platform` of another machine")
    return found


def _state(call: Call, image: str, config: Mapping[str, Any], command: list[str]) -> State:
    given = call.value("entrypoint")
    entrypoint = tuple(config.get("Entrypoint") or ()) if given is None else (given,) if given else ()
    cmd = tuple(command or ((config.get("Cmd") or ()) if given is None else ()))
    if not entrypoint + cmd:
        raise WordError("Error response from daemon: no command specified")
    volumes, mounts, tmpfs = _mounts(call)
    return State(
        image=image,
        command=entrypoint + cmd,
        environment=tuple(_environment(call)),
        workdir=call.value("workdir") or config.get("WorkingDir") or "",
        user=call.value("user") or "",
        hostname=call.value("hostname") or "",
        network=call.value("network") or "",
        interactive=call.has("interactive"),
        mounts=mounts,
        tmpfs=tmpfs,
        volumes=(*(config.get("Volumes") or ()), *volumes),
        options=tuple(dict.fromkeys(option.name for option in call.options)),
        entrypoint=entrypoint,
        cmd=cmd,
        labels=call.values("label"),
    )


def _environment(call: Call) -> Iterator[str]:
    """The variables of a container, with those of `--env-file` first; one without a value has that of the caller."""
    lines = [
        line.lstrip()
        for path in call.values("env-file")
        for line in Path(path).read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    ]
    for word in (*(line for line in lines if line and not line.startswith("#")), *call.values("env")):
        if "=" in word:
            yield word
        elif word in os.environ:
            yield f"{word}={os.environ[word]}"


def _mounts(call: Call) -> tuple[tuple[str, ...], tuple[Mounted, ...], tuple[str, ...]]:
    """Paths of volumes without a name, folders of this machine, and paths in memory."""
    volumes, mounts, tmpfs = [], [], list(call.values("tmpfs"))
    if any(":" in one for one in tmpfs):
        raise RefusedError("`--tmpfs` with options")
    for spec in call.values("volume"):
        one = volume(spec)
        target = _target(one.target)
        if one.kind is MountKind.VOLUME:
            volumes.append(target)
            continue
        source = os.path.abspath(one.source)  # noqa: PTH100 - text
        # As docker does with `-v`.
        Path(source).mkdir(parents=True, exist_ok=True) if not os.path.lexists(source) else None
        told = [word for word in spec.split(":")[2:3] for word in word.split(",") if word not in _IDLE]
        mounts.append(Mounted(source, target, ",".join(told)))
    for spec in call.values("mount"):
        one = mount(spec)
        fields = {field.partition("=")[0] for field in next(csv.reader([spec]), [])}
        if fields - {"type", "source", "src", "target", "dst", "destination", "readonly", "ro"}:
            raise RefusedError(f"`--mount {spec}`")
        if one.kind is MountKind.TMPFS:
            tmpfs.append(one.target)
        elif one.kind is MountKind.VOLUME:
            volumes.append(_target(one.target))
        elif not os.path.lexists(one.source):
            raise WordError(f"invalid mount config: bind source path does not exist: {one.source}", 125)
        else:
            mounts.append(Mounted(one.source, _target(one.target), "ro" if one.readonly else ""))
    return tuple(volumes), tuple(mounts), tuple(map(_target, tmpfs))


def _target(path: str) -> str:
    if not path.startswith("/"):
        raise WordError(f"invalid mount path: {path!r} must be absolute", 125)
    return posixpath.normpath(path).replace("//", "/")


def _prepare(buildah: Tool, container: Container, state: State) -> None:
    """What docker does when it makes a container: places of volumes and the working folder are there."""
    for path in state.volumes:
        # Else buildah would keep what is written there elsewhere while a command runs.
        buildah.ask("config", "--volume", f"{path}-", container.id)
    tree = Tree(str(buildah.mounted(container)), state)
    for path in filter(None, (*state.volumes, state.workdir)):
        place = Path(tree.host(tree.resolved(path)))
        missing = [one for one in (place, *place.parents) if not one.exists()]
        for one in reversed(missing):
            one.mkdir()
            one.chmod(0o755)
    container.keep(state)
