"""Which docker calls of a script that nobody trusts are made, and with which options: the rest ends the replay.

A container is given nothing of the host but the copy of the repository, and a build nothing of the user's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.dockercli.names import MountKind, copy_end, mount
from migrator.dockercli.names import volume as volume_spec
from migrator.verify.replay.values import NotReplayedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from migrator.dockercli.parse import Call
    from migrator.source import Span
    from migrator.verify.replay.disk import Disk

_RUN = frozenset(
    "name rm detach interactive tty env workdir user entrypoint volume mount label init platform pull quiet hostname"
    " tmpfs read-only publish publish-all expose memory cpus shm-size ulimit stop-signal stop-timeout no-healthcheck"
    " attach restart log-driver network cidfile".split()
)
# Those that are made, each with its options; what is in none of the tables here asks or tidies up, and is left out.
ALLOWED: Mapping[str, frozenset[str]] = {
    "build": frozenset(
        "file tag build-arg target label no-cache pull quiet rm force-rm progress platform iidfile load memory shm-size"
        " ulimit cpu-shares compress network cache-from cache-to output build-context".split()
    ),
    "run": _RUN,
    "create": _RUN,
    "exec": frozenset("detach interactive tty env workdir user".split()),
    "start": frozenset({"attach", "interactive"}),
    "volume create": frozenset({"label"}),
    "cp": frozenset({"archive", "quiet"}),
    "commit": frozenset({"author", "change", "message", "pause"}),
    "export": frozenset({"output"}),
    "save": frozenset({"output"}),
    "load": frozenset({"input", "quiet"}),
    "import": frozenset({"change", "message"}),
    **{verb: frozenset({"force", "volumes", "link", "quiet", "time", "platform"}) for verb in
       ("tag", "rename", "pull", "rm", "rmi", "stop", "kill", "wait")},
}  # fmt: skip
# Left out: they ask, or tell others.
LEFT_OUT = frozenset(
    "push login logout version info events search history top port stats diff ps images inspect logs builder image"
    " container system network".split()
) | {"volume ls", "volume inspect", "volume rm", "volume prune", "buildx ls", "buildx inspect", "buildx version"}
# Made where they can be, and not missed elsewhere: they change no image and no file.
TIDYING = frozenset({"rm", "rmi", "stop", "kill", "wait", "pull"})
# What a call may take from the environment, beside the variables that it names.
ENVIRONMENT = frozenset({"DOCKER_BUILDKIT", "DOCKER_DEFAULT_PLATFORM"})
_DANGEROUS = re.compile(r"(LD_|DYLD_|PYTHON|DOCKER_|BUILDX_|GLIBC_|MALLOC_)|(PATH|HOME|ENV|BASH_ENV|IFS|TMPDIR)$")
READS_STDIN = frozenset({"build", "load", "import", "cp", "run", "exec", "start"})
_NETWORKS = frozenset({"none", "bridge", "default"})


def check(call: Call, folder: Path, disk: Disk, span: Span) -> None:
    """Raise NotReplayedError for a call that reaches for more than the copy of the repository."""
    known = ALLOWED[call.verb]
    unknown = [f"--{option.name}" for option in call.options if option.name not in known]
    for word in (*call.unknown, *(f"--{option.name}" for option in call.extra), *unknown):
        raise NotReplayedError(span, f"`docker {call.verb} {word}`")
    network = call.value("network")
    if network is not None and network not in _NETWORKS:
        raise NotReplayedError(span, f"`docker {call.verb} --network {network}`")
    for path in _paths(call, span):
        disk.inside(str(folder / path), span)


def environment(call: Call, given: Mapping[str, str], span: Span) -> dict[str, str]:
    """What of the script's variables a call is given; one that would change how programs of the host run is refused."""
    named = {name for option in ("build-arg", "env") for name in call.values(option) if "=" not in name}
    for name in sorted(named & given.keys()):
        if _DANGEROUS.match(name):
            raise NotReplayedError(span, f"a call that takes {name} from the environment")
    return {name: given[name] for name in (named | ENVIRONMENT) & given.keys()}


def _paths(call: Call, span: Span) -> Iterator[str]:
    """The paths of the host that a call reads or writes."""
    for name in ("file", "iidfile", "cidfile", "input"):
        yield from (value for value in call.values(name) if value != "-")
    match call.verb:
        case "build":
            yield from (operand for operand in call.operands[:1] if operand != "-")
            yield from (path for _, path in (_pair(value) for value in call.values("build-context")) if path)
            yield from (path for path in (_output(value) for value in call.values("output")) if path)
        case "cp":
            yield from (end.path for end in map(copy_end, call.operands) if end.container is None and end.path != "-")
        case "export" | "save":
            yield from call.values("output")
        case "import":
            yield from (operand for operand in call.operands[:1] if operand != "-")
        case "run" | "create":
            yield from _sources(call, span)
        case _:
            pass


def _pair(value: str) -> tuple[str, str]:
    name, _, source = value.partition("=")
    return name, "" if source.startswith("docker-image://") else source


def _output(value: str) -> str:
    """The folder that `--output` writes to; a value without a type is one."""
    if "=" not in value:
        return "" if value == "-" else value
    return dict(field.partition("=")[::2] for field in value.split(",")).get("dest", "")


def _sources(call: Call, span: Span) -> Iterator[str]:
    for item in (*map(volume_spec, call.values("volume")), *map(mount, call.values("mount"))):
        if item.kind is MountKind.BIND:
            yield item.source
        elif item.kind is MountKind.OTHER:
            raise NotReplayedError(span, "a mount of another kind")
