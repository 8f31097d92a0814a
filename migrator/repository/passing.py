"""What of a script's world only passed artifacts on: the images and the host paths that the new file makes needless."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.commands.base import absolute, split_options
from migrator.repository.changes import changed_paths
from migrator.trace.effects import ImageBuilt
from migrator.trace.images import Built, CopyStep, Extended, External
from migrator.trace.symbols import SymbolKind, is_symbol
from migrator.trace.workspace import Carried, Folder, Link, Overlay, Packed, RepoFile, Workspace, Written

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from migrator.interpret.record import Ran
    from migrator.interpret.run import World
    from migrator.migration.graph import Unit
    from migrator.migration.plan import Plan
    from migrator.source import Span
    from migrator.trace.images import Image
    from migrator.trace.symbols import Symbols
    from migrator.trace.workspace import Node

# What puts its first operands into its last one.
_INTO = frozenset(("cp", "mv", "ln", "install", "rsync"))


@dataclass
class Passing:
    """What one world of a script passes on, as its plan has it.

    `targets` gives for each build that stays the number of its target; `units` are the builds that have become a
    stage, `images` all states of images behind them, `spans` the commands that made those states or took something
    out of them. `consumed` are the host paths at which builds found what does not come from the checkout, and those
    of what that was made of; `direct` are the former alone.
    """

    world: World
    plan: Plan
    root: str
    symbols: Symbols
    pipelines: Mapping[Span, frozenset[Span]] = field(default_factory=dict)
    targets: dict[Built, int] = field(default_factory=dict)
    units: dict[Built, Unit] = field(default_factory=dict)
    images: set[Image] = field(default_factory=set)
    spans: set[Span] = field(default_factory=set)
    consumed: set[str] = field(default_factory=set)
    direct: frozenset[str] = frozenset()
    _snapshots: list[Workspace] = field(default_factory=list)
    _known: dict[str, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._find_targets()
        for unit in self.plan.units:
            self.units[unit.built] = unit
            self._see_unit(unit)
        seen: set[int] = set()
        for ran in self.world.ran:
            for moment in (ran.before, ran.after):
                if id(moment.workspace.root) not in seen:
                    seen.add(id(moment.workspace.root))
                    self._snapshots.append(moment.workspace)
        self._find_recipes()
        self.direct = frozenset(self.consumed)
        self._find_sources()

    def _find_targets(self) -> None:
        """The builds that stay; the same build under another name stays beside the one that the plan chose."""
        built = [effect.image for effect in self.world.effects if isinstance(effect, ImageBuilt)]
        for number, wanted in enumerate(self.plan.wanted):
            self.targets[wanted.unit.built] = number
            for other in built:
                if other not in self.targets and set(other.tags) & set(wanted.tags) and _alike(other, wanted.unit):
                    self.targets[other] = number

    def _see_unit(self, unit: Unit) -> None:
        self._see_image(unit.built)
        base = unit.built.context.path
        for parent in unit.parents.values():
            self._see_image(parent)
        for resolution in unit.resolutions.values():
            for piece in resolution.pieces:
                place = None if base is None else posixpath.join(base, piece.path).rstrip("/")
                self._see(piece.node, place)
        if base is not None:
            self.consumed.add(f"{base}/.dockerignore")
            if not f"{base}/".startswith(f"{self.root}/"):
                self.consumed.add(base)

    def _find_recipes(self) -> None:
        """Dockerfiles, and ignore files of their own, that a build of the plan read."""
        for call in self.world.calls:
            if call.call.verb == "build" and call.call.operands:
                file = call.call.value("file")
                folder = absolute(call.cwd, call.call.operands[-1])
                place = absolute(call.cwd, file) if file not in (None, "-") and file else f"{folder}/Dockerfile"
                if any(unit.built.span == call.span for unit in self.plan.units):
                    self.consumed |= {place, f"{place}.dockerignore"}

    def _find_sources(self) -> None:
        """What was made on the host from other things that are not of the checkout, takes those in as well."""
        for ran in reversed(self.world.ran):
            if ran.calls or not ran.words or ran.words[0] in ("rm", "rmdir"):
                continue
            changed = changed_paths(ran.before.workspace.root, ran.after.workspace.root)
            feeds = bool(self.pipelines.get(ran.span, frozenset()) & {unit.built.span for unit in self.plan.units})
            if feeds or any(self._is_consumed(path) for path in changed):
                for word in ran.words[1:] if feeds else split_options(ran.words[1:]).operands:
                    path = absolute(ran.before.cwd, self._before_pattern(word))
                    # Not what it makes: `cp app copy` may be a step of what becomes of `app`, and `copy` is for nobody.
                    if ran.words[0] in _INTO and any(one.startswith(f"{path}/") for one in changed):
                        continue  # the folder that it puts things into
                    if self._is_foreign(ran.before.workspace.find(path), path):
                        self.consumed.add(path)

    def _before_pattern(self, word: str) -> str:
        """The folder in which a pattern over unknown names was looked for; any other word is left as it is."""
        if len(word) == 1 and is_symbol(word) and self.symbols[word].kind is SymbolKind.GLOB:
            word = self.symbols[word].name
        known = next((n for n, character in enumerate(word[1:], 1) if is_symbol(character) or character in "*?["), None)
        return word if known is None else word[:known].rpartition("/")[0] or "."

    # --- what the plan took in --------------------------------------------------------------------------------------

    def _see_image(self, image: Image) -> None:
        if isinstance(image, External) or image in self.images:
            return
        self.images.add(image)
        if isinstance(image, Extended):
            self._see_image(image.base)
            for step in image.steps:
                self.spans.add(step.span)
                if isinstance(step, CopyStep):
                    self._see(step.node, None)

    def _see(self, node: Node | None, place: str | None) -> None:
        match node:
            case Carried():
                self._take(node.image, node.span, place)
            case Packed():
                self.spans.add(node.span)
                self._consume(place)
                self._see(node.tree, None)
            case Written():
                self.spans.add(node.span)
                self._consume(place)
            case RepoFile() if place != f"{self.root}/{node.path}":
                self._consume(place)
            case Folder() if node.origin is None:
                for layer in node.layers:
                    if isinstance(layer, Overlay):
                        self._take(layer.image, layer.span, place)
                        continue
                    for name, below in layer.names.items():
                        self._see(below, None if place is None else f"{place}/{name}")
            case Folder() if place != f"{self.root}/{node.origin}".rstrip("/"):
                self._consume(place)
            case _:
                pass

    def _take(self, image: Image, span: Span, place: str | None) -> None:
        self.spans.add(span)
        self._consume(place)
        self._see_image(image)

    def _consume(self, place: str | None) -> None:
        if place is not None:
            self.consumed.add(place)

    # --- host paths -------------------------------------------------------------------------------------------------

    def is_passing(self, path: str) -> bool:
        """Whether at some moment there stood at `path` what was on its way into a build, and none of the checkout."""
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = self._is_consumed(path) and any(
                self._is_foreign(workspace.find(path), path) for workspace in self._snapshots
            )
        return known

    def _is_consumed(self, path: str) -> bool:
        return path in self.consumed or any(_related(path, other) for other in self.consumed)

    def _is_foreign(self, node: object, path: str) -> bool:
        """Whether what stands at a path does not come from there in the checkout."""
        match node:
            case Carried() | Packed() | Written() | Link():
                return True
            case RepoFile():
                return path != f"{self.root}/{node.path}"
            case Folder() if node.origin is not None:
                return path != f"{self.root}/{node.origin}".rstrip("/")
            case Folder():
                inside = [
                    (name, below) for layer in node.layers if not isinstance(layer, Overlay)
                    for name, below in layer.names.items() if below is not None
                ]  # fmt: skip
                return all(self._is_foreign(below, f"{path}/{name}") for name, below in inside)
            case _:
                return False

    def is_id_file(self, ran: Ran, path: str) -> bool:
        """Whether a file holds nothing but the id of a container, or of an image that goes (`--iidfile`)."""
        for workspace in (ran.before.workspace, ran.after.workspace, *self._snapshots):
            node = workspace.find(path)
            if isinstance(node, Written) and len(node.text.strip()) == 1 and is_symbol(node.text.strip()):
                kind = self.symbols[node.text.strip()].kind
                if self.world.state.images.get(node.text.strip()) in self.targets:
                    return False
                return kind in (SymbolKind.CONTAINER, SymbolKind.IMAGE)
        return False

    def paths_in(self, words: tuple[str, ...], cwd: str) -> Iterator[str]:
        """The paths on their way into a build that words name, whole or as a part (`a=PATH`, `PATH:b`, `@PATH`)."""
        for word in words:
            texts = {word, word.rpartition("=")[2], word.rpartition("@")[2], *word.split(":")}
            for text in sorted(texts):
                if text and not text.startswith("-"):
                    path = absolute(cwd, text)
                    if self.is_passing(path):
                        yield path


def _related(one: str, other: str) -> bool:
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def _alike(built: Built, unit: Unit) -> bool:
    one = unit.built
    return (built.recipe, built.arguments, built.target, built.labels, built.flags) == (
        one.recipe, one.arguments, one.target, one.labels, one.flags,
    )  # fmt: skip


__all__ = ["Passing"]
