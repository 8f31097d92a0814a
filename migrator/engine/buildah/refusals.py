"""Which of docker's commands cannot be done with buildah as docker does them, told from the words alone.

Asked before a script is run, as far as its calls are known then, and again of each call. What is not exact is refused:
a verdict rests on the rest.
"""

from __future__ import annotations

import posixpath
import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from migrator.dockercli.names import MountKind, mount, volume

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from migrator.dockercli.parse import Call

ADVICE = "take --engine podman"
# Options that change nothing that a build or a container could see.
IDLE = frozenset(
    {
        *("progress", "provenance", "sbom", "attest", "load", "compress", "builder", "debug", "metadata-file"),
        *("cache-from", "cache-to", "no-cache-filter", "disable-content-trust", "push", "pull", "force-rm", "rm"),
    }
)
# What is known of a build on buildah and means there what docker means by it.
_BUILD = frozenset(
    {
        *("file", "target", "build-arg", "platform", "network", "add-host", "shm-size", "ulimit", "memory", "label"),
        *("tag", "iidfile", "quiet", "no-cache", "secret", "annotation", "memory-swap", "cpuset-cpus", "cpu-shares"),
        *("cpu-period", "cpu-quota", "cgroup-parent", "ssh"),
    }
)
_CONTAINER = frozenset(
    {
        *("name", "entrypoint", "env", "env-file", "user", "workdir", "volume", "mount", "network", "hostname"),
        *("interactive", "rm", "pull", "quiet", "label", "stop-timeout", "log-driver", "restart", "tmpfs", "add-host"),
        *("platform", "cidfile", "stop-signal", "expose", "publish", "publish-all", "cap-add", "cap-drop", "init"),
        *("no-healthcheck", "disable-content-trust"),
    }
)
_SECONDS = re.compile(r"[0-9.]+[smhd]?|infinity")
_FORMATS = frozenset({"format", "type", "size"})
# Each command that is done, with the options that it may have; what the recorder of a verification answers itself
# does not come here.
TAKEN: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "build": _BUILD | IDLE,
        "create": _CONTAINER,
        "run": _CONTAINER | {"sig-proxy", "detach"},
        "start": frozenset({"attach", "interactive"}),
        "cp": frozenset({"archive", "follow-link", "quiet"}),
        "rm": frozenset({"force", "volumes"}),
        "ps": frozenset({"all", "quiet", "no-trunc", "filter", "format"}),
        "inspect": _FORMATS,
        "images": frozenset({"all", "quiet", "no-trunc", "filter", "format"}),
        "tag": frozenset(),
        "rmi": frozenset({"force", "no-prune"}),
        "save": frozenset({"output"}),
        "load": frozenset({"input", "quiet"}),
        "export": frozenset({"output"}),
        "commit": frozenset({"pause", "change", "author", "message"}),
        "rename": frozenset(),
        "wait": frozenset(),
        "stop": frozenset({"time", "signal"}),
        "kill": frozenset({"signal"}),
        "volume ls": frozenset({"quiet", "filter", "format"}),
        "volume rm": frozenset({"force"}),
        "volume inspect": frozenset({"format"}),
        "network rm": frozenset({"force"}),
        "network inspect": frozenset({"format", "verbose"}),
        "pull": frozenset({"quiet", "platform", "disable-content-trust"}),
        "version": frozenset({"format"}),
        "info": frozenset({"format"}),
    }
)
# What never reaches an engine while a script is verified.
_ANSWERED = frozenset(
    {
        *("push", "login", "logout", "search", "help", "container prune", "image prune", "system prune"),
        *(
            "volume prune",
            "network prune",
            "builder prune",
            "buildx prune",
            "buildx version",
            "buildx ls",
            "buildx inspect",
            "",
        ),
        *("compose version", "system df", "buildx create", "buildx use", "buildx rm", "manifest create"),
    }
)
_WHY = MappingProxyType(
    {
        "exec": "containers that run in the background",
        "logs": "logs of containers",
        "attach": "containers that run in the background",
        "import": "import of archives",
        "history": "history of images",
    }
)


def refusal(call: Call) -> str | None:
    """What buildah has not got that a call asks for, or None where the call can be done."""
    if call.verb in _ANSWERED:
        return None
    taken = TAKEN.get(call.verb)
    if taken is None:
        kind, _, rest = call.verb.partition(" ")
        named = f"{kind}s" if rest and kind in {"volume", "network"} else f"`{call.verb}`"
        return _WHY.get(call.verb, named)
    if call.unknown or call.missing:
        return f"`{call.verb} {(call.unknown or call.missing)[0]}`"
    for option in call.options:
        if option.name not in taken:
            return f"`{call.verb} --{option.name}`"
    check = _CHECKS.get(call.verb)
    return check(call) if check is not None else None


def is_idle(command: Sequence[str]) -> bool:
    """Whether a container's command does nothing but wait, so that there is nothing to be run."""
    program, *words = command or ("",)
    if posixpath.basename(program) == "sleep":
        return bool(words) and all(_SECONDS.fullmatch(word) for word in words)
    return posixpath.basename(program) == "tail" and words == ["-f", "/dev/null"]


def _container(call: Call) -> str | None:
    if call.has("detach") and (call.has("entrypoint") or not is_idle(call.operands[1:])):
        return "containers that run in the background"
    mounts = [*map(volume, call.values("volume")), *map(mount, call.values("mount"))]
    if any(one.kind is MountKind.VOLUME and one.source for one in mounts):
        return "volumes with a name"
    if any(one.kind is MountKind.OTHER for one in mounts):
        return "mounts of this kind"
    network = call.value("network")
    if network not in {None, "", "none", "host", "default", "bridge"}:
        return "networks of their own"
    return None


def _start(call: Call) -> str | None:
    return None if call.has("attach") or call.has("interactive") else "containers that run in the background"


def _save(call: Call) -> str | None:
    return "archives of several images" if len(call.operands) > 1 else None


_CHECKS: Mapping[str, Callable[[Call], str | None]] = MappingProxyType(
    {"create": _container, "run": _container, "start": _start, "save": _save}
)
