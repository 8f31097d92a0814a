"""What becomes of each docker command: passed on with private names, answered by us, or not run."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.dockercli.names import copy_end
from migrator.verify.digest import path_digest
from migrator.verify.recorder import containers, images
from migrator.verify.recorder.build import build

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from migrator.verify.recorder.call import Call
    from migrator.verify.recorder.line import Line


def perform(call: Call, line: Line) -> None:
    """Do what a docker command line says, within the bounds of this run."""
    call.command = line.command
    handler = HANDLERS.get(line.command)
    if handler is not None:
        handler(call, line)
    elif line.command in HARMLESS or not line.command:
        call.pass_through(line.argv)
    else:
        call.refuse()


def _drained(call: Call, line: Line) -> None:
    """Not run; what the script pipes into it is read all the same, or `set -o pipefail` would see a broken pipe."""
    if line.has("password-stdin"):
        sys.stdin.buffer.read()
    call.refuse()


def _nothing(_call: Call, _line: Line) -> None:
    """Answered as if there were nothing to do."""
    sys.stdout.write("Total reclaimed space: 0B\n")


def copy(call: Call, line: Line) -> None:
    """`docker cp`: the container's name is made private, and what came out of it is hashed before anything else."""
    ends = [copy_end(word) for word in line.operands]
    words = [
        word if end.container is None else f"{containers.resolve(call, end.container)}:{end.path}"
        for word, end in zip(line.operands, ends, strict=True)
    ]
    changed = line.with_operands(words)
    destination = Path(ends[1].path) if len(ends) > 1 else Path()
    was_folder = destination.is_dir()
    if any(end.is_stream for end in ends):
        call.pass_through(changed.argv)
        return
    call.pass_restored(changed.argv)
    if call.exit or len(ends) < 2 or ends[0].container is None:
        return
    source = ends[0].path
    if was_folder and source.endswith(("/.", "/")):
        return  # what came out now lies among what was there
    if was_folder:
        destination /= Path(source).name
    found = path_digest(destination)
    if found is not None:
        call.extracted.append({"source": source, "destination": str(destination.absolute()), "sha256": found})


def volume(call: Call, line: Line) -> None:
    """`docker volume create|rm|inspect` and the like of networks: private names."""
    names = [call.session.thing(name) for name in line.operands]
    if line.command.endswith("create") and not names:
        names = [call.session.thing(secrets.token_hex(8))]
    if line.command == "network create" and call.session.network == "none":
        line = line.without("internal").with_option("internal")
    call.pass_restored(line.with_operands(names).argv)


def connect(call: Call, line: Line) -> None:
    """`docker network connect NETWORK CONTAINER`."""
    network, *others = line.operands or ("",)
    names = [call.session.thing(network), *(containers.resolve(call, name) for name in others)]
    call.pass_restored(line.with_operands(names).argv)


def listing(call: Call, line: Line) -> None:
    """`docker volume ls` and `docker network ls`: only what this run made."""
    call.pass_restored(line.with_option("filter", f"name={call.session.prefix}").argv)


HARMLESS = frozenset(
    {"version", "info", "buildx version", "buildx ls", "buildx inspect", "compose version", "system df", "help"}
)
HANDLERS: Mapping[str, Callable[[Call, Line], None]] = {
    "build": build,
    "cp": copy,
    "create": containers.create,
    "run": containers.create,
    "exec": containers.first_operand_through,
    "logs": containers.first_operand_through,
    "attach": containers.first_operand_through,
    "export": containers.first_operand_through,
    **dict.fromkeys(
        ("start", "stop", "restart", "kill", "wait", "pause", "unpause", "diff", "port", "top", "stats"),
        containers.every,
    ),
    "rename": containers.rename,
    "rm": containers.every,
    "ps": containers.listing,
    "container prune": containers.prune,
    "commit": images.commit,
    "tag": images.tag,
    "rmi": images.remove,
    "images": images.listing,
    "image prune": images.prune,
    "inspect": images.inspect,
    "history": images.first_operand,
    "save": images.save,
    "load": images.load,
    "import": images.import_archive,
    "pull": images.pull,
    "login": _drained,
    "volume create": volume,
    "volume rm": volume,
    "volume inspect": volume,
    "volume ls": listing,
    "network create": volume,
    "network rm": volume,
    "network inspect": volume,
    "network ls": listing,
    "network connect": connect,
    "network disconnect": connect,
    **dict.fromkeys(("volume prune", "network prune", "builder prune", "buildx prune"), _nothing),
    "system prune": containers.prune,
}
