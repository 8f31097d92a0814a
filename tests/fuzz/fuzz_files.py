"""The workspace that we say a script leaves, against the folder that it left."""

from __future__ import annotations

import posixpath
import stat
from typing import TYPE_CHECKING

from migrator.trace.effects import ImageBuilt
from migrator.trace.images import Built, CopyStep, Extended, External, Image, root_of
from migrator.trace.symbols import is_symbol
from migrator.trace.workspace import Carried, Folder, Link, Mystery, Node, Overlay, Packed, RepoFile, Written

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from fuzz_stand import World as Engine
    from fuzz_tree import Tree
    from oracle_match import Matcher

    from migrator.interpret.run import Outcome, World

# A file or link that is expected at a path; an overlay's one is a Carried, and None is "whatever it is".
Leaf = RepoFile | Link | Written | Carried | Packed | None


class Files:
    """What one world says of the repository's folder, path by path."""

    def __init__(
        self, outcome: Outcome, world: World, engine: Engine, texts: Mapping[str, str], matcher: Matcher
    ) -> None:
        self._texts = texts
        self._matcher = matcher
        builds = [effect.image for effect in world.effects if isinstance(effect, ImageBuilt)]
        self._numbers = {id(image): number for number, image in enumerate(builds, start=1)}
        self._engine = engine
        self._expected: dict[str, Leaf] = {}
        self._folders: set[str] = set()
        node = world.workspace.find(outcome.root)
        if isinstance(node, Folder | Carried):
            self._lay(node, "")
        else:  # the whole of it went through something that is not known
            self._expected[""] = None

    def differences(self, root: Path) -> list[str]:
        """Where the folder is otherwise."""
        found = []
        unknown = tuple(f"{path}/" if path else "" for path, leaf in self._expected.items() if leaf is None)
        guessed = [path for path in (*self._expected, *self._folders) if any(map(is_symbol, path))]
        unknown += tuple(f"{posixpath.dirname(path)}/".lstrip("/") for path in guessed)  # a name that is not known
        seen = set()
        for path in sorted(root.rglob("*")):
            name = path.relative_to(root).as_posix()
            seen.add(name)
            if name in self._expected:
                found += [f"{name} {text}" for text in self._compare(self._expected[name], path)]
            elif path.is_dir() and not path.is_symlink() and name in self._folders:
                continue
            elif not name.startswith(unknown) and not any(self._matcher.text(each, name) for each in guessed):
                found.append(f"{name} is there")
        wanted = {path for path, leaf in self._expected.items() if leaf is not None} | self._folders
        wanted = {path for path in wanted if not any(map(is_symbol, path))}
        found += [f"{name} is not there" for name in sorted(wanted - seen - {""}) if not name.startswith(unknown)]
        return found

    # --- what is expected ---------------------------------------------------------------------------------

    def _lay(self, node: Node, path: str) -> None:
        if isinstance(node, Mystery):
            self._forget(path)
            self._expected[path] = None
        elif isinstance(node, Folder):
            self._folders.add(path)
            for layer in node.layers:
                if isinstance(layer, Overlay):
                    self._take(layer.image, layer.path, layer, path)
                    continue
                for name, below in layer.names.items():
                    spot = posixpath.join(path, name)
                    if not isinstance(below, Folder) or spot in self._expected:
                        self._forget(spot)
                    if below is not None:
                        self._lay(below, spot)
        elif isinstance(node, Carried):
            self._forget(path)
            self._take(node.image, node.path, node, path)
        else:
            self._expected[path] = node

    def _forget(self, path: str) -> None:
        for known in [name for name in self._expected if name == path or name.startswith(path + "/")]:
            del self._expected[known]
        self._folders = {name for name in self._folders if name != path and not name.startswith(path + "/")}

    def _take(self, image: Image, inner: str, node: Carried | Overlay, path: str) -> None:
        """What an image holds at `inner`, with what comes below it, stands at `path`."""
        inner = posixpath.normpath(inner).strip("/")
        held = self._tree_of(image)
        kind = held.kind(inner) if held is not None and inner else None
        if held is None or kind is None or _is_made(image):
            self._forget(path)
            self._expected[path] = None
            return
        if kind != "folder":
            mode = node.mode if isinstance(node, Carried) else None
            self._expected[path] = Carried(
                image, f"/{inner}", node.span, mode=mode, follow=isinstance(node, Carried) and node.follow
            )
            return
        self._folders.add(path)
        for name, below in held.below(inner).items():
            spot = posixpath.join(path, name)
            if below == "folder":
                self._folders.add(spot)
            else:
                self._expected[spot] = Carried(image, f"/{posixpath.join(inner, name)}", node.span)

    def _tree_of(self, image: Image) -> Tree | None:
        """What an image holds, as far as one state of it is known."""
        origin = f"build:{self._numbers.get(id(root_of(image)))}"
        states = [held.tree for held in self._engine.held if held.origin == origin]
        if isinstance(image, Built):
            return states[0] if states else None
        grown = {tuple(sorted(tree.nodes.items())): tree for tree in states[1:]}
        return next(iter(grown.values())) if len(grown) == 1 else None

    # --- comparing ----------------------------------------------------------------------------------------

    def _compare(self, leaf: Leaf, real: Path) -> list[str]:
        if leaf is None:
            return []
        if isinstance(leaf, Link):
            target = str(real.readlink()) if real.is_symlink() else None
            return (
                []
                if target is not None and self._matcher.text(leaf.target, target)
                else [f"is no link to {leaf.target}"]
            )
        if isinstance(leaf, Carried):
            return self._carried(leaf, real)
        if real.is_symlink() or not real.is_file():
            return ["is no plain file"]
        if isinstance(leaf, Packed):
            return []
        mode = stat.S_IMODE(real.stat().st_mode)
        text = real.read_bytes().decode(errors="replace")
        if isinstance(leaf, RepoFile):
            same = text == self._texts.get(leaf.path) and bool(mode & 0o100) == leaf.executable
            return [] if same else [f"is not the checkout's {leaf.path}: {mode:o} {text!r}"]
        same = self._matcher.text(leaf.text, text) and mode == leaf.mode
        return [] if same else [f"is {mode:o} {text!r}, not {leaf.mode:o} {leaf.text!r}"]

    def _carried(self, leaf: Carried, real: Path) -> list[str]:
        if real.is_symlink() or leaf.follow:
            return [f"is a link to {real.readlink()}"] if leaf.follow and real.is_symlink() else []
        if not real.is_file():
            return ["is no file out of an image"]
        if leaf.mode is not None and stat.S_IMODE(real.stat().st_mode) != leaf.mode:
            return [f"has mode {stat.S_IMODE(real.stat().st_mode):o}, not {leaf.mode:o}"]
        text = real.read_bytes().decode(errors="replace")
        if not text.startswith("from "):
            return [] if _was_put(leaf.image) else [f"is {text!r}, not {leaf.path}"]
        origin, _, place = text.removeprefix("from ").removesuffix("\n").partition(" ")
        same = (place == leaf.path and self._is_origin(leaf.image, origin)) or _was_put(leaf.image)
        return [] if same else [f"is {text!r}, not {leaf.path} of {self._numbers.get(id(root_of(leaf.image)))}"]

    def _is_origin(self, image: Image, origin: str) -> bool:
        root = root_of(image)
        kind, _, name = origin.partition(":")
        if isinstance(root, Built):
            return kind == "build" and name == str(self._numbers.get(id(root)))
        assert isinstance(root, External)
        return kind == "image"


def _is_made(image: Image) -> bool:
    return isinstance(image, Extended) and (image.workshop or _is_made(image.base))


def _was_put(image: Image) -> bool:
    """Whether the host's own files went into an image, and so may come out of it as they were."""
    if not isinstance(image, Extended):
        return False
    return any(isinstance(step, CopyStep) for step in image.steps) or _was_put(image.base)
