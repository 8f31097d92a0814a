"""One world of an abstract run against what bash did: the docker calls, then the files that are left."""

from __future__ import annotations

import posixpath
import stat
from typing import TYPE_CHECKING

from oracle_match import Matcher

from migrator.dockercli.names import normal_image
from migrator.trace.effects import ImageBuilt
from migrator.trace.images import Built, CopyStep, Extended, External, Image, root_of
from migrator.trace.workspace import (
    Carried,
    Entries,
    Folder,
    Link,
    Mystery,
    Node,
    Overlay,
    Packed,
    RepoFile,
    Written,
    known_names,
    overlays_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    from oracle_bash import Recorded
    from oracle_rows import Row

    from migrator.interpret.run import Outcome, World


def differences(row: Row, outcome: Outcome, world: World, recorded: Recorded) -> list[str]:
    """In what a world is not what bash did; empty when it is."""
    matcher = Matcher(outcome.symbols, {outcome.root[1:]: str(recorded.root)[1:]})
    found = _calls(matcher, world, recorded)
    return found or _Files(row, matcher, outcome, world).compare(recorded.root) + _status(world, recorded)


def _calls(matcher: Matcher, world: World, recorded: Recorded) -> list[str]:
    ours = [(call.cwd, call.words) for call in world.calls]
    for (cwd, words), (real_cwd, real_words) in zip(ours, recorded.calls, strict=False):
        if not matcher.text(cwd, real_cwd):
            return [f"ran in {cwd!r}, not in {real_cwd!r}: {real_words}"]
        if not matcher.words((posixpath.basename(words[0]), *words[1:]), real_words):
            return [f"call {words} is not {real_words}"]
    if len(ours) < len(recorded.calls):
        return [f"missing call {recorded.calls[len(ours)][1]}"]
    return [f"call {words} never happens" for _, words in ours[len(recorded.calls) :]]


def _status(world: World, recorded: Recorded) -> list[str]:
    code = world.status.code
    return [] if code is None or bool(code) == bool(recorded.status) else [f"status {code}, not {recorded.status}"]


class _Files:
    """The workspace of a world against a real folder."""

    def __init__(self, row: Row, matcher: Matcher, outcome: Outcome, world: World) -> None:
        self._texts = row.texts
        self._matcher = matcher
        self._root = outcome.root
        self._workspace = world.workspace
        builds = [effect.image for effect in world.effects if isinstance(effect, ImageBuilt)]
        self._numbers = {id(image): number for number, image in enumerate(builds, start=1)}
        self._found: list[str] = []

    def compare(self, root: Path) -> list[str]:
        """The differences of the whole repository folder."""
        node = self._workspace.find(self._root)
        if isinstance(node, Folder):
            self._folder(node, root, "")
        else:
            self._found.append(f"the repository is {node}")
        return self._found

    def _folder(self, folder: Folder, real: Path, name: str) -> None:
        if not real.is_dir():
            self._say(name, "is no folder")
            return
        known = known_names(folder)
        present = {path.name: path for path in real.iterdir()}
        # git and we know a folder by what is in it: an empty one of the checkout's is not there.
        for key, node in known.items():
            if key in present:
                self._node(node, present[key], posixpath.join(name, key))
            elif not isinstance(node, Mystery):
                self._say(posixpath.join(name, key), "is not there")
        for key in sorted(present.keys() - known.keys()):
            self._extra(folder, key, present[key], posixpath.join(name, key))
        for layer in folder.layers:
            if isinstance(layer, Overlay) and not _removed(folder, "a.txt") and not (present.keys() & {"a.txt", "app"}):
                self._say(name, f"lacks what {layer.path} holds")

    def _extra(self, folder: Folder, key: str, real: Path, name: str) -> None:
        overlays = overlays_of(folder)
        if not overlays or _removed(folder, key):
            self._say(name, "is there")
        elif not any(self._comes_from(layer.image, posixpath.join(layer.path, key), real) for layer in overlays):
            self._say(name, "is not from the image that we say")

    def _node(self, node: Node, real: Path, name: str) -> None:
        if isinstance(node, Mystery):
            return
        if isinstance(node, Link):
            target = str(real.readlink()) if real.is_symlink() else None
            if target is None or not self._matcher.text(node.target, target):
                self._say(name, f"is no link to {node.target!r}")
        elif isinstance(node, Folder):
            self._folder(node, real, name)
        elif real.is_symlink():
            self._say(name, "is a link")
        elif isinstance(node, Carried):
            self._carried(node, real, name)
        elif isinstance(node, Packed):
            if not real.is_file():
                self._say(name, "is no archive")
        elif real.is_dir():
            self._say(name, "is a folder")
        else:
            self._file(node, real, name)

    def _file(self, node: RepoFile | Written, real: Path, name: str) -> None:
        mode = stat.S_IMODE(real.stat().st_mode)
        text = real.read_bytes().decode(errors="replace")
        if isinstance(node, RepoFile):
            if text != self._texts.get(node.path):
                self._say(name, f"is not the repository's {node.path}: {text!r}")
            if bool(mode & 0o100) != node.executable:
                self._say(name, f"has mode {mode:o}")
        else:
            if not self._matcher.text(node.text, text):
                self._say(name, f"holds {text!r}, not {node.text!r}")
            if mode != node.mode:
                self._say(name, f"has mode {mode:o}, not {node.mode:o}")

    def _carried(self, node: Carried, real: Path, name: str) -> None:
        if node.kind is not None and (node.kind == "folder") != real.is_dir():
            self._say(name, f"is no {node.kind}")
        elif not self._comes_from(node.image, node.path, real):
            self._say(name, f"is not {node.path} of the image that we say")
        elif node.mode is not None and stat.S_IMODE(real.stat().st_mode) != node.mode:
            self._say(name, f"has not mode {node.mode:o}")

    def _comes_from(self, image: Image, path: str, real: Path) -> bool:
        if isinstance(image, Extended) and image.workshop:
            return True  # made by a host command out of an image's files: only that it is there is compared
        if real.is_dir():
            return all(self._comes_from(image, posixpath.join(path, below.name), below) for below in real.iterdir())
        text = real.read_bytes().decode(errors="replace")
        if not text.startswith("from "):
            return _put_in(image, path)
        origin, _, place = text.removeprefix("from ").removesuffix("\n").partition(" ")
        return place == path and self._is_origin(image, origin)

    def _is_origin(self, image: Image, origin: str) -> bool:
        root = root_of(image)
        kind, _, name = origin.partition(":")
        if isinstance(root, Built):
            return kind == "build" and name == str(self._numbers.get(id(root)))
        assert isinstance(root, External)
        return kind == "image" and self._matcher.text(normal_image(root.name), normal_image(name))

    def _say(self, name: str, what: str) -> None:
        self._found.append(f"{name or '.'} {what}")


def _put_in(image: Image, path: str) -> bool:
    """Whether the host's own files went to this path of an image, and so may come out of it as they were."""
    if not isinstance(image, Extended):
        return False
    places = (step.destination.rstrip("/") for step in image.steps if isinstance(step, CopyStep))
    return any(path == place or path.startswith(f"{place}/") for place in places) or _put_in(image.base, path)


def _removed(folder: Folder, name: str) -> bool:
    return any(
        isinstance(layer, Entries) and name in layer.names and layer.names[name] is None for layer in folder.layers
    )
