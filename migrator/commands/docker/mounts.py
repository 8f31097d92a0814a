"""What is mounted into a container: it is copied in before, and stands on the host afterwards."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.commands.docker.contents import makes_below
from migrator.dockercli.names import MountKind, mount
from migrator.dockercli.names import volume as volume_spec
from migrator.rules import plan as plan_rules
from migrator.rules import script as rules
from migrator.trace.images import CopyStep, Extended, RunStep, extend
from migrator.trace.symbols import is_symbol
from migrator.trace.workspace import Ambiguous, Carried, Entries, Folder, Mystery, Overlay, RepoFile, Written

if TYPE_CHECKING:
    from migrator.commands.base import Invocation
    from migrator.dockercli.names import Mount
    from migrator.dockercli.parse import Call
    from migrator.trace.images import Image, Step
    from migrator.trace.workspace import Node

# Where package managers and compilers keep what they have fetched or made before, as whole names of a path.
_CACHES = re.compile(
    r"/(\.m2|\.cargo|cargo/(registry|git)|\.npm|\.cache|\.gradle|\.ivy2|\.sbt|go/pkg|pip|\.?yarn|\.?composer|\.?ccache|"
    r"\.nuget|\.pnpm-store|\.bundle)(/|$)"
)

# Mounts that make a container feel at home: nothing that an image is made of.
_OF_THE_MACHINE = re.compile(
    r"^/etc/(localtime|timezone|passwd|group|shadow|hosts|resolv\.conf|ssl|ca-certificates|pki)\b|^/(dev|sys|proc|run)/"
    r"|/\.(gitconfig|bash_history|Xauthority|config)\b|^/tmp/\.X11"
)


def mounts_of(call: Invocation, parsed: Call, *, busy: bool) -> list[tuple[str, str, bool]]:
    """(host path or volume name, target, read-only) of what is mounted, caches left out."""
    found: list[tuple[str, str, bool]] = []
    for item in _specs(parsed):
        if "docker.sock" in item.source or item.kind is MountKind.TMPFS:
            continue
        if _is_cache(call, item) or not item.source:
            call.shell.note(plan_rules.CACHE_DROPPED.at(call.span, target=item.target))
            continue
        source = call.path(_home(call, item.source)) if item.kind is MountKind.BIND else f"volume:{item.source}"
        outside = is_symbol(item.source[0]) or not source.startswith((call.shell.root, "/tmp"))
        if item.kind is MountKind.BIND and outside and call.state.workspace.exists(source) is not True:
            idle = _OF_THE_MACHINE.search(item.target) or _OF_THE_MACHINE.search(item.source)
            call.shell.note(
                (rules.MOUNT_NEEDED if busy and not idle else rules.MOUNT_OUTSIDE).at(call.span, target=item.target)
            )
            continue
        found.append((source, item.target, item.readonly))
    return found


def caches_of(call: Invocation, parsed: Call) -> tuple[str, ...]:
    """The folders in the container that a cache is mounted at, to write to."""
    return tuple(item.target for item in _specs(parsed) if item.source and not item.readonly and _is_cache(call, item))


def _specs(parsed: Call) -> list[Mount]:
    return [volume_spec(text) for text in parsed.values("volume")] + [mount(text) for text in parsed.values("mount")]


def _is_cache(call: Invocation, item: Mount) -> bool:
    """Whether a mount is there to make a command quicker: nothing that the repository holds is."""
    if item.kind is MountKind.BIND and item.source:
        source = call.path(_home(call, item.source))
        if source.startswith(call.shell.root) and call.state.workspace.exists(source):
            return False
    return _CACHES.search(item.target) is not None


def _home(call: Invocation, source: str) -> str:
    return call.state.variables.get("HOME", source) + source[1:] if source.startswith("~/") else source


def with_mounts(call: Invocation, image: Image, mounts: list[tuple[str, str, bool]]) -> Image:
    """The image with the content of its bind mounts copied in; a folder mounted hides what the image has there."""
    steps: list[Step] = []
    for source, target, _ in mounts:
        if source.startswith("volume:"):
            node = call.state.workspace.find("/" + source)
            if node is None:  # the engine makes the folder that a new volume is mounted at
                steps.append(RunStep(call.span, words=("mkdir", "-p", target), user="root"))
        else:
            node = call.state.workspace.find(call.state.workspace.resolve(source))
            node = Folder() if node is None else node  # the engine makes a missing folder
            if not isinstance(node, RepoFile | Written) and makes_below(image, target):
                steps.append(RunStep(call.span, words=("rm", "-rf", target), user="root"))
        if isinstance(node, Ambiguous):
            node = Mystery(node.span, "it may come from several places")
        if node is not None:
            steps.append(CopyStep(call.span, node, target))
    return extend(image, *steps)


def spread_mounts(call: Invocation, image: Image, mounts: list[tuple[str, str, bool]]) -> None:
    """What the process left in its mounts stands on the host, or in the volume, from here on."""
    for source, target, readonly in mounts:
        if readonly:
            continue
        state = call.state
        if source.startswith("volume:"):
            node = Carried(image, target, call.span, "folder")
            state.workspace = state.workspace.put("/" + source, node)
            continue
        source = state.workspace.resolve(source)  # noqa: PLW2901 - the engine follows it
        there = state.workspace.find(source)
        layer = Overlay(image, target, call.span)
        if state.workspace.is_folder(source) is False and there is not None:
            state.workspace = state.workspace.put(source, Carried(image, target, call.span, "file"))
        elif isinstance(there, Carried) and (there.image, there.path) == (image, target):
            continue  # part of another folder that is mounted, and has come from there already
        elif there is None or _went_in(image, there, layer):
            mode = there.mode if isinstance(there, Folder) else 0o755  # the host's folder is its own still
            state.workspace = state.workspace.put(source, Folder((Entries({}), layer), None, mode))
        else:
            state.workspace = state.workspace.overlay(source, layer)


def _went_in(image: Image, node: Node | Ambiguous, layer: Overlay) -> bool:
    """Whether what stands on the host went into the container as it is, so that all of it comes from there now."""
    if not isinstance(node, Folder):
        return False
    full = [item for item in node.layers if isinstance(item, Overlay) or item.names]
    mine = full[0] if len(full) == 1 else None
    while isinstance(image, Extended):
        if any(
            isinstance(step, CopyStep) and step.node is node and step.destination == layer.path for step in image.steps
        ):
            return True
        image = image.base
        if isinstance(mine, Overlay) and (mine.image, mine.path) == (image, layer.path):
            return True  # it came out of the same container, one command earlier
    return False
