"""From the roles of what ran to what becomes of each command of the script's text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.commands.base import absolute
from migrator.repository.roles import Role
from migrator.trace.effects import ImageBuilt

if TYPE_CHECKING:
    from migrator.interpret.record import Ran
    from migrator.repository.roles import Cast
    from migrator.source import Span
    from migrator.trace.images import Built


@dataclass
class Decision:
    """What becomes of the commands of the text, by span: those that go, and the builds that are written anew.

    `forced` are commands that stay whatever they are for. `busy` are what changes something and stays, and what calls
    it; `called` the files that hold the commands which a call runs. `mixed` are those that ran several times, and not
    always for the same end, where no caller could go instead.
    """

    cast: Cast
    forced: frozenset[Span] = frozenset()
    stays: set[int] = field(default_factory=set)
    cut: set[int] = field(default_factory=set)
    spared: set[int] = field(default_factory=set)
    gone: set[Span] = field(default_factory=set)
    builds: dict[Span, list[tuple[Ran, Built]]] = field(default_factory=dict)
    mixed: set[Span] = field(default_factory=set)
    busy: set[Span] = field(default_factory=set)
    called: dict[Span, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.stays.update(item.index for item in self.cast.passing.world.ran if item.span in self.forced)
        self._keep_what_is_needed()
        for _ in range(len(self.cast.roles) + 1):
            if not self._part():
                break
            self._keep_what_is_needed()
        self._collect()

    # --- what is needed by what stays -------------------------------------------------------------------------------

    def goes(self, item: Ran) -> bool:
        """Whether this run of a command is about passing alone, and nothing that stays needs it."""
        if item.index in self.cut:
            return True
        if item.index in self.spared:
            return False
        return self._role(item) is Role.GOES and item.index not in self.stays

    def is_still_made(self, item: Ran, name: str) -> bool:
        """Whether what a command removes under a name is made by one that would have gone, and that something needs."""
        things = {("path", absolute(item.before.cwd, name))}
        things |= {
            ("container", one.identity) for one in item.before.containers.values() if name in (one.name, one.identity)
        }
        return any(
            made in things
            for one in self.cast.passing.world.ran
            if one.index in self.stays and one.index < item.index and one.span != item.span
            for made in self.cast.makes(one)
        )

    def _role(self, item: Ran) -> Role:
        role = self.cast.roles[item.index]
        inner = self.cast.substitutions_of(item)
        if role is Role.IDLE and inner and any(self._role(child) is Role.GOES for child in inner):
            return Role.STAYS if any(self._role(child) in (Role.STAYS, Role.BUILD) for child in inner) else Role.GOES
        return role

    def _keep_what_is_needed(self) -> None:
        ran = self.cast.passing.world.ran
        makers = [(item, list(self.cast.makes(item))) for item in ran if self._role(item) is Role.GOES]
        pending = [item for item in ran if self._is_kept(item)]
        while pending:
            item = pending.pop()
            needed = list(self.cast.needs(item)) if item.index not in self.cut else []
            reached = [
                maker for maker, made in makers
                if maker.index not in self.stays and any(_meets(one, other) for one in needed for other in made)
            ]  # fmt: skip
            reached += [
                child for child in self.cast.children.get(item.index, ())
                if child in self.cast.substitutions_of(item) or child.span.file not in self.cast.editable
            ]  # fmt: skip
            group = self.cast.pipelines.get(item.span, frozenset())
            if self._role(item) is Role.STAYS or item.index in self.stays:
                reached += [one for one, _ in makers if one.span in group]
            parent = self.cast.parents.get(item.index)
            if parent is not None and parent.index not in self.stays:
                # What stands in no file (a trap's text) stays with what says it.
                hidden = item.index in self.stays and item.span.file not in self.cast.editable
                if hidden or item in self.cast.substitutions_of(parent):
                    reached.append(parent)
            for one in reached:
                if one.index not in self.cut and one.index not in self.stays:
                    self.stays.add(one.index)
                    pending.append(one)
        self.stays.update(item.index for item in ran if self._takes_away_what_stays(item))

    def made_names(self) -> frozenset[str]:
        """The names of containers that are still made, because something else needs them."""
        return frozenset(
            container.name
            for item in self.cast.passing.world.ran
            if item.index in self.stays
            for container in item.after.containers.values()
            if container.name and container.identity not in item.before.containers and container.span == item.span
        )

    def _takes_away_what_stays(self, item: Ran) -> bool:
        """Whether a command removes an image or a container that is still made, because something else needs it."""
        own = [call.call for call in item.calls if call.span == item.span]
        if any(call.verb == "rm" and self.made_names() & set(call.operands) for call in own):
            return True
        name, paths = self.cast.operands_of(item)
        if name in ("rm", "rmdir") and self._is_made_in(paths):
            return True
        kept = [
            effect.image for one in self.cast.passing.world.ran if one.index in self.stays
            for effect in one.effects if isinstance(effect, ImageBuilt) and effect.span == one.span
        ]  # fmt: skip
        return any(
            self.cast.image_of(item, name) in kept
            for call in item.calls if kept and call.span == item.span and call.call.verb == "rmi"
            for name in call.call.operands
        )  # fmt: skip

    def _is_made_in(self, paths: list[str]) -> bool:
        """Whether one of the paths, or something in it, is still made because something else needs it."""
        made = [
            thing[1] for one in self.cast.passing.world.ran
            if one.index in self.stays and self.cast.roles[one.index] is Role.GOES and one.words[:1] != ("rm",)
            for thing in self.cast.makes(one) if isinstance(thing, tuple) and thing[0] == "path"
        ]  # fmt: skip
        return any(f"{one}/".startswith(f"{path}/") for one in made for path in paths)

    def _is_kept(self, item: Ran) -> bool:
        if item.index in self.cut:
            return False
        return item.index in self.stays or self._role(item) in (Role.STAYS, Role.BUILD)

    # --- one text, several runs -------------------------------------------------------------------------------------

    def _part(self) -> bool:
        """Where a command went one time and stayed another, lets the caller go, or keeps it; says if any changed."""
        for span, items in self._by_span().items():
            alive = [item for item in items if item.index not in self.cut]
            going = [item for item in alive if self.goes(item) or self._is_call_that_passes(item)]
            going = [item for item in going if item.index not in self.spared]
            if not going or len(going) == len(alive):
                continue
            if not any(self._is_kept(item) for item in alive):
                self.spared.update(item.index for item in going)  # it only says something the other times
                continue
            if any(self._let_caller_go(item) for item in going):
                return True
            self.mixed.add(span)
            self.stays.update(item.index for item in going)
            return True
        return False

    def _let_caller_go(self, item: Ran) -> bool:
        """Cuts the nearest call above, when all that it runs only passes something on, each time that it runs."""
        parent = self.cast.parents.get(item.index)
        while parent is not None:
            twins = [one for one in self.cast.passing.world.ran if one.span == parent.span]
            if all(self._only_passes(twin) and self._passes(twin) for twin in twins):
                for twin in twins:
                    self._cut(twin)
                return True
            parent = self.cast.parents.get(parent.index)
        return False

    def _only_passes(self, item: Ran) -> bool:
        if item.index in self.cut:
            return True
        below = self.cast.children.get(item.index, [])
        if not below:
            return self.goes(item) or self._role(item) is Role.IDLE
        return not self._is_kept(item) and all(self._only_passes(child) for child in below)

    def _passes(self, item: Ran) -> bool:
        """Whether a call runs anything that passes something on."""
        return self.goes(item) or any(self._passes(child) for child in self.cast.children.get(item.index, ()))

    def _is_call_that_passes(self, item: Ran) -> bool:
        """Whether a command calls functions or scripts, and all that these do is to pass something on."""
        return bool(self.cast.calls_of(item)) and self._passes(item) and self._only_passes(item)

    def _cut(self, item: Ran) -> None:
        self.cut.add(item.index)
        for child in self.cast.children.get(item.index, []):
            self._cut(child)

    def _by_span(self) -> dict[Span, list[Ran]]:
        found: dict[Span, list[Ran]] = {}
        for item in self.cast.passing.world.ran:
            found.setdefault(item.span, []).append(item)
        return found

    # --- the outcome ------------------------------------------------------------------------------------------------

    def _collect(self) -> None:
        for item in self.cast.passing.world.ran:
            for child in self.cast.calls_of(item):
                self.called.setdefault(item.span, set()).add(child.span.file)
            if not self._is_kept(item):
                continue
            above: Ran | None = item
            while above is not None:
                self.busy.add(above.span)
                above = self.cast.parents.get(above.index)
        for span, items in self._by_span().items():
            alive = [item for item in items if not self._below_cut(item)]
            if all(self.goes(item) for item in alive):
                self.gone.add(span)
                continue
            for item in alive:
                built = [e.image for e in item.effects if isinstance(e, ImageBuilt) and e.span == item.span]
                # A build that is in no plan stays as it is.
                made = [image for image in built if image in self.cast.passing.units or self._is_target(image)]
                if made and not self.cast.calls_of(item):
                    self.builds.setdefault(span, []).append((item, made[-1]))

    def _is_target(self, image: Built) -> bool:
        return image in self.cast.passing.targets

    def _below_cut(self, item: Ran) -> bool:
        """Whether a caller goes, so that this run is no more; the caller itself is still there to be cut."""
        parent = self.cast.parents.get(item.index)
        return item.index in self.cut and parent is not None and parent.index in self.cut


def _meets(one: object, other: object) -> bool:
    """Whether two needs are about the same thing; for paths, whether one is in the other."""
    match (one, other):
        case ("folder", str() as first), ("path", str() as second):
            return f"{first}/".startswith(f"{second}/")
        case ("path", str() as first), ("path", str() as second):
            return f"{first}/".startswith(f"{second}/") or f"{second}/".startswith(f"{first}/")
        case _:
            return one == other
