"""Docker's words that list and describe containers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.engine.buildah import images
from migrator.engine.buildah.store import RefusedError, WordError, say
from migrator.engine.buildah.templates import rendered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from migrator.dockercli.parse import Call
    from migrator.engine.buildah.store import Container, Tool

_SHORT = 12


def listing(buildah: Tool, call: Call) -> int:
    """`docker ps`."""
    rows = []
    for one in buildah.containers():
        state = one.state
        status = state.status if state is not None else "created"
        shown = call.has("all") or status == "running" or any(f.startswith("status=") for f in call.values("filter"))
        if shown and _is_asked(call, one, status):
            rows.append((one, status))
    template = call.value("format")
    if call.has("quiet"):
        template = "{{.ID}}"
    elif template is None:
        say("CONTAINER ID   IMAGE   STATUS   NAMES")
        template = "{{.ID}}   {{.Image}}   {{.Status}}   {{.Names}}"
    for one, status in rows:
        state = one.state
        image = state.image if state is not None else one.image[:_SHORT]
        own = one.id if call.has("no-trunc") else one.id[:_SHORT]
        fields = {"ID": own, "Names": one.name, "Image": image, "Status": status.capitalize(), "State": status}
        say(rendered(template, fields))
    return 0


def _is_asked(call: Call, one: Container, status: str) -> bool:
    """Whether a container passes the filters: of one kind any will do, and of each kind one has to."""
    kinds: dict[str, list[str]] = {}
    for text in call.values("filter"):
        kind, _, value = text.partition("=")
        kinds.setdefault(kind, []).append(value)
    state = one.state
    tests: dict[str, Callable[[str], bool]] = {
        "name": lambda value: any(re.search(value, name) for name in (one.name, f"/{one.name}")),
        "id": one.id.startswith,
        "status": lambda value: value == status,
        "ancestor": lambda value: (
            one.image.startswith(value.removeprefix("sha256:")) or (state is not None and state.image == value)
        ),
    }
    if set(kinds) - set(tests):
        raise RefusedError("`ps --filter` of this kind")
    return all(any(tests[kind](value) for value in values) for kind, values in kinds.items())


def inspect(buildah: Tool, call: Call) -> int:
    """`docker inspect`, `docker container inspect` and `docker image inspect`."""
    kind = call.group or call.value("type") or ""
    found, code = [], 0
    for name in call.operands:
        one = _container_shown(buildah, name) if kind != "image" else None
        if one is None and kind != "container":
            one = images.inspected(buildah, name)
        if one is None:
            say(f"Error: No such {kind or 'object'}: {name}", error=True)
            code = 1
        else:
            found.append(one)
    images.print_inspected(found, call.value("format"))
    return code


def _container_shown(buildah: Tool, name: str) -> Mapping[str, Any] | None:
    try:
        one = buildah.container(name)
    except WordError:
        return None
    state = one.state
    if state is None:
        raise RefusedError(f"{name} is a working container that a build left or somebody else made")
    binds = [{"Type": "bind", "Source": mounted.source, "Destination": mounted.target} for mounted in state.mounts]
    return {
        "Id": one.id,
        "Name": f"/{one.name}",
        "Path": state.command[0],
        "Args": list(state.command[1:]),
        "Image": f"sha256:{one.image}",
        "State": {
            "Status": state.status,
            "Running": state.status == "running",
            "ExitCode": state.code,
            "Pid": 0,
        },
        "Config": {
            "Image": state.image,
            "Cmd": list(state.cmd) or None,
            "Entrypoint": list(state.entrypoint) or None,
            "User": state.user,
            "Hostname": state.hostname or one.id[:_SHORT],
            "WorkingDir": state.workdir,
        },
        "Mounts": binds,
    }
