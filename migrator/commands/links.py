"""Symbolic links on the way of cp and mv: which are followed, which are written through, and which are replaced.

The rules are those of GNU coreutils; a sweep of options, sources and destinations against the real programs holds them
(`tests/oracle/test_links.py`).
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrator.commands.docker.links import link_target
from migrator.commands.workshop import give_up
from migrator.trace.state import FAILURE, Status
from migrator.trace.workspace import (
    Carried,
    Entries,
    Folder,
    Link,
    Packed,
    RepoFile,
    Written,
)

if TYPE_CHECKING:
    from migrator.commands.base import Arguments, Invocation
    from migrator.trace.workspace import Ambiguous, Node, Workspace

_NEVER = frozenset({"P", "d", "a", "archive", "no-dereference"})
_DEEPEST = 40


@dataclass(frozen=True)
class Follows:
    """Which links are followed: those that an operand names, and those that lie in a folder."""

    named: bool
    inside: bool


def follows(found: Arguments, *, recursive: bool) -> Follows:
    """What the options of a cp say of links; of several the last one counts, and `-r` alone follows none."""
    said = Follows(named=not recursive, inside=False)
    for name, _ in found.options:
        if name in ("L", "dereference"):
            said = Follows(named=True, inside=recursive)
        elif name == "H":
            said = Follows(named=True, inside=False)
        elif name in _NEVER:
            said = Follows(named=False, inside=False)
    return said


def source_of(call: Invocation, word: str, place: str, *, named: bool) -> str | Status:
    """The path of what is copied to `place` by an operand, or the status with which that ends."""
    path = call.path(word)
    workspace = call.state.workspace
    node = workspace.find(path)
    if isinstance(node, Carried) and not node.follow and named and call.name != "mv":
        target = link_target(node.image, node.path)
        return path if target is None else _behind_carried(call, posixpath.dirname(path), target, place)
    if not isinstance(node, Link) or not (named or word.endswith(("/", "/."))):
        return path
    if call.name == "mv":
        return FAILURE  # rename(2) of a link by a name with a slash behind it
    led = workspace.resolve(path)
    if led != path and workspace.find(led) is not None:
        return led
    if led == path or led.startswith(f"{call.shell.root}/"):
        return FAILURE
    return _unknown(call, place, "a link leads out of the repository")


def _behind_carried(call: Invocation, folder: str, target: str, place: str) -> str | Status:
    """The path to which a link out of an image leads, now that it stands in a folder of the host."""
    led = posixpath.normpath(posixpath.join(folder, target))
    there = call.state.workspace.exists(led)
    if led.startswith(f"{call.shell.root}/") and there is False:
        return FAILURE
    if led.startswith(f"{call.shell.root}/") and call.state.workspace.find(led) is not None:
        return led
    return _unknown(call, place, "a link out of an image leads to what is not known")


def place_for(call: Invocation, source: str, place: str, *, over: bool) -> str | Status:
    """The path where a source comes to stand, or the status with which that ends; `over` takes a link there away."""
    workspace = call.state.workspace
    node, there = workspace.find(source), workspace.find(place)
    if isinstance(node, Link) and there is not None and workspace.resolve(source) == workspace.resolve(place):
        return _unknown(call, place, "a link goes to what it leads to", source, workspace.resolve(place))
    if not isinstance(there, Link):
        return FAILURE if isinstance(node, Link) and isinstance(there, Folder) else place
    led = workspace.resolve(place)
    if not isinstance(node, RepoFile | Written | Packed | Link | Folder):
        return _unknown(call, place, "something that may be a folder goes where a link stands", led)
    if isinstance(node, Folder):
        return FAILURE
    if workspace.resolve(source) == led:
        return _unknown(call, place, "a file goes to a link that leads to it", led, source)
    if call.name == "mv" or over or isinstance(node, Link):
        return place
    there_is, folder = workspace.exists(led), workspace.is_folder(led)
    if there_is is None or folder is None:
        return _unknown(call, place, "a file goes through a link to what an image may hold", led)
    return led if there_is and not folder else FAILURE


def _unknown(call: Invocation, place: str, why: str, *also: str) -> Status:
    give_up(call, [place, *also], why)
    return Status(None, None, call.span)


def followed(workspace: Workspace, path: str, node: Node | Ambiguous, depth: int = _DEEPEST) -> Node | None:
    """What stands at a path with what its links lead to in their place; None where that is not known, or fails."""
    if not depth:
        return None
    if isinstance(node, Link):
        led = workspace.resolve(path)
        there = None if led == path else workspace.find(led)
        return None if there is None else followed(workspace, led, there, depth - 1)
    if isinstance(node, Carried):
        return node if node.kind == "file" else None
    if not isinstance(node, Folder):
        return node if isinstance(node, RepoFile | Written | Packed) else None
    names: dict[str, Node | None] = {}
    for layer in node.layers:
        if not isinstance(layer, Entries):
            return None
        for name, below in layer.names.items():
            found = None if below is None else followed(workspace, posixpath.join(path, name), below, depth - 1)
            if found is None and below is not None:
                return None
            names[name] = found
    same = all(names[name] is below for layer in node.layers if isinstance(layer, Entries)
               for name, below in layer.names.items())  # fmt: skip
    return node if same else replace(node, layers=(Entries(names),), origin=None)
