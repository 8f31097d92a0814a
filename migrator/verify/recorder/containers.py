"""Containers of a script: every one gets a private name, and no other can be reached."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from migrator.dockercli.names import MountKind
from migrator.dockercli.names import volume as parse_volume
from migrator.verify.recorder import mounts
from migrator.verify.recorder.session import is_id

if TYPE_CHECKING:
    from migrator.verify.recorder.call import Call
    from migrator.verify.recorder.line import Line

_NETWORKS = frozenset({"", "none", "host", "bridge", "default"})


def ours(call: Call) -> list[str]:
    """The ids, in full, of all containers that this run made."""
    listed = call.ask("ps", "-aq", "--no-trunc", "--filter", f"name=^/?{call.session.prefix}")
    return listed.text.split()


def resolve(call: Call, name: str) -> str:
    """What a container operand means: an id of a container of this run, or else a private name.

    A label would do to find them again, but `docker commit` would carry it into an image; a name leaves no trace.
    """
    if all(letter in "0123456789abcdef" for letter in name) and any(found.startswith(name) for found in ours(call)):
        return name
    return call.session.thing(name)


def ours_named(call: Call, name: str) -> bool:
    """Whether a container of this run has that name or id."""
    return call.ask("container", "inspect", resolve(call, name)).ok


def create(call: Call, line: Line) -> None:
    """`docker create` and `docker run`."""
    if not line.operands:
        call.pass_through(line.argv)
        return
    name = line.value("name") or f"unnamed-{secrets.token_hex(6)}"
    changed = line.without("name", "restart").with_option("name", call.session.thing(name))
    changed = changed.mapped("volume", lambda spec: _volume(call, spec)).mapped(
        "mount", lambda spec: _mount(call, spec)
    )
    for option in ("network", "net"):
        changed = changed.mapped(option, lambda value: _network(call, value))
    changed = _isolated(call, changed)
    for option in ("volumes-from", "link"):
        changed = changed.mapped(option, lambda value: _reference(call, value))
    # A fixed port of the host may be in use, by the user's own container for one.
    changed = changed.mapped("publish", lambda value: value.rpartition(":")[2])
    image, *command = line.operands
    private = call.session.image(image)
    if call.session.is_private(private):
        # It is made here or it does not exist: nobody need be asked for it.
        changed = changed.without("pull").with_option("pull", "never")
    if not mounts.are_seen(call, line, private):
        call.fail(f"migrator: the engine does not see the files of this machine that {name} is to have", 125)
        return
    changed = changed.with_operands([private, *command])
    if line.command == "run":
        call.pass_through(changed.argv)
    else:
        call.pass_restored(changed.argv)


def _isolated(call: Call, line: Line) -> Line:
    """The line on the network that was asked for, unless it is on one that the script made: that one is its own."""
    if not call.session.network:
        return line
    given = line.value("network") or line.value("net") or ""
    if given.startswith((call.session.prefix, "container:")):
        return line
    return line.without("network", "net").with_option("network", call.session.network)


def _volume(call: Call, spec: str) -> str:
    mount = parse_volume(spec)
    if mount.kind is MountKind.VOLUME and mount.source:
        return call.session.thing(mount.source) + spec[len(mount.source) :]
    return spec


def _mount(call: Call, spec: str) -> str:
    fields = spec.split(",")
    if any(field in {"type=bind", "type=tmpfs"} for field in fields):
        return spec
    return ",".join(
        f"{key}={call.session.thing(value)}" if key in {"source", "src"} and value else field
        for field in fields
        for key, _, value in [field.partition("=")]
    )


def _network(call: Call, value: str) -> str:
    if value in _NETWORKS:
        return value
    kind, colon, name = value.partition(":")
    if colon and kind == "container":
        return f"container:{resolve(call, name)}"
    return call.session.thing(value)


def _reference(call: Call, value: str) -> str:
    name, colon, rest = value.partition(":")
    return resolve(call, name) + colon + rest


def first_operand_through(call: Call, line: Line) -> None:
    """A command on one container whose streams may carry anything."""
    call.pass_through(_first(call, line).argv)


def _first(call: Call, line: Line) -> Line:
    name, *rest = line.operands or ("",)
    return line.with_operands([resolve(call, name), *rest]) if name else line


def every(call: Call, line: Line) -> None:
    """A command whose operands are all containers."""
    if line.command in {"top", "port"}:
        call.pass_restored(_first(call, line).argv)
        return
    call.pass_restored(line.with_operands([resolve(call, name) for name in line.operands]).argv)


def rename(call: Call, line: Line) -> None:
    """`docker rename OLD NEW`."""
    old, *new = line.operands or ("",)
    call.pass_restored(line.with_operands([resolve(call, old), *(call.session.thing(name) for name in new)]).argv)


def listing(call: Call, line: Line) -> None:
    """`docker ps`: only what this run made."""
    names = [value.partition("=")[2] for value in line.values("filter") if value.startswith("name=")]
    ancestors = [value.partition("=")[2] for value in line.values("filter") if value.startswith("ancestor=")]
    others = [value for value in line.values("filter") if not value.startswith(("name=", "ancestor="))]
    changed = line.without("filter")
    # Filters by name are joined by "or", so the script's own must each keep to this run.
    patterns = [f"{call.session.prefix}{_anchored(name)}" for name in names] or [call.session.prefix]
    for value in (
        *(f"name=^/?{pattern}" for pattern in patterns),
        *(f"ancestor={name if is_id(name) else call.session.image(name)}" for name in ancestors),
        *others,
    ):
        changed = changed.with_option("filter", value)
    call.pass_restored(changed.argv)


def _anchored(pattern: str) -> str:
    if pattern.startswith("^"):
        return pattern.removeprefix("^").removeprefix("/")
    return f".*{pattern.removeprefix('/')}"


def prune(call: Call, line: Line) -> None:
    """`docker container prune` and `docker system prune`: the containers of this run that do not run."""
    prefix = f"name=^/?{call.session.prefix}"
    states = [word for state in ("created", "exited", "dead") for word in ("--filter", f"status={state}")]
    stopped = call.ask("ps", "-aq", "--filter", prefix, *states).text.split()
    if stopped:
        call.ask("rm", *stopped)
    call.refused = line.command == "system prune"
