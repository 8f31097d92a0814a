"""What each command that ran is for: it builds a target, passes an artifact on, does something else, or nothing."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from migrator.commands.base import absolute, split_options
from migrator.dockercli.names import copy_end, normal_image
from migrator.repository.changes import changed_paths
from migrator.repository.ran import needs_paths, within
from migrator.trace.effects import ImageBuilt, ImageTagged, Unmodelled
from migrator.trace.images import Built, External, root_of
from migrator.trace.symbols import is_symbol
from migrator.trace.workspace import Folder, known_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from migrator.interpret.record import Ran
    from migrator.repository.passing import Passing
    from migrator.source import Span
    from migrator.trace.effects import DockerCall
    from migrator.trace.images import Container, Image


class Role(Enum):
    """What becomes of a command."""

    BUILD = auto()  # one of the builds that are left
    GOES = auto()  # it only passes an artifact on
    STAYS = auto()  # it does something that is not about passing
    IDLE = auto()  # it changes nothing that anybody could see, but perhaps says something


# What looks at a file and says something about it.
_LOOKS = frozenset(
    (
        "ls cat head tail grep file du stat wc cmp diff test [ find tree ldd readelf objdump nm size "
        "md5sum sha1sum sha256sum"
    ).split()
)
_ON_CONTAINER = frozenset(
    "start stop kill rm wait logs exec restart attach export commit diff top port pause unpause rename update".split()
)
_ASKS = frozenset(
    "ps images inspect version info login logout network system builder context events search history".split()
)
_CHANGES = frozenset(
    "rm rmdir mkdir mv cp ln install touch chmod chown chgrp tar unzip gzip gunzip xz unxz bzip2 bunzip2 sed strip upx "
    "rsync tee".split()
)

# What only says or remembers its words, whatever they name.
_SAYS = frozenset("echo printf cd pushd popd export readonly declare typeset local set return exit trap : true".split())
# What may write to standard output as well, or find its work done: then it changes nothing.
_FILTERS = frozenset("mkdir sed tar gzip gunzip xz unxz bzip2 bunzip2 unzip".split())


@dataclass
class Cast:
    """The role of every command of one world, and what each one needs and makes."""

    passing: Passing
    editable: frozenset[str] = frozenset()
    pipelines: Mapping[Span, frozenset[Span]] = field(default_factory=dict)
    roles: dict[int, Role] = field(default_factory=dict)
    children: dict[int, list[Ran]] = field(default_factory=dict)
    parents: dict[int, Ran] = field(default_factory=dict)
    _containers: dict[str, bool] = field(default_factory=dict)
    _changed: dict[int, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ran = {item.index: item for item in self.passing.world.ran}
        for item in ran.values():
            parent = ran.get(item.parent) if item.parent is not None else self._trap_of(item)
            if parent is not None:
                self.parents[item.index] = parent
                self.children.setdefault(parent.index, []).append(item)
        self._find_passing_containers()
        for index in sorted(ran, reverse=True):  # what runs last first: a command's role may rest on what it ran
            self.roles[index] = self._role(ran[index])

    def _trap_of(self, item: Ran) -> Ran | None:
        """The `trap` that had said to run this at the end."""
        if item.span.file != "trap":
            return None
        text = item.span.source.text
        return next((one for one in self.passing.world.ran if one.words[:2] == ("trap", text)), None)

    def calls_of(self, item: Ran) -> list[Ran]:
        """The commands that this one runs as a function's call, as `eval`, as a script: not those in its own words."""
        return [child for child in self.children.get(item.index, ()) if not within(child, item)]

    def substitutions_of(self, item: Ran) -> list[Ran]:
        """The commands in this one's own words."""
        return [child for child in self.children.get(item.index, ()) if within(child, item)]

    # --- containers -------------------------------------------------------------------------------------------------

    def _find_passing_containers(self) -> None:
        """A container passes something on when a build took in what came out of it, or the state that it is left in."""
        for item in self.passing.world.ran:
            for identity, container in (*item.before.containers.items(), *item.after.containers.items()):
                built = container.image in self.passing.images and container.image is not root_of(container.image)
                self._containers[identity] = self._containers.get(identity, False) or built
            for call in item.calls:
                if item.span == call.span and self._lifts(item, call):
                    for container in self._named(item, call):
                        self._containers[container.identity] = True

    def _lifts(self, item: Ran, call: DockerCall) -> bool:
        """Whether a build took in what this very command took out of a container, or what it did in one."""
        if call.call.verb == "cp" and call.call.operands[-1:] != ("-",):
            return self._copy_role(item, call, []) is Role.GOES
        group = self.pipelines.get(item.span, frozenset({item.span}))
        return bool(group & self.passing.spans)

    def _named(self, item: Ran, call: DockerCall) -> list[Container]:
        """The containers that a docker command makes or names."""
        before, after = item.before.containers, item.after.containers
        verb, operands = call.call.verb, call.call.operands
        names: set[str] = set()
        if verb in _ON_CONTAINER:
            names = set(operands[:1] if verb in ("exec", "commit", "export") else operands)
        elif verb == "cp":
            names = {end.container for end in map(copy_end, operands) if end.container is not None}
        found = [one for one in after.values() if one.identity not in before and one.span == call.span]
        return found + [
            one for one in {**before, **after}.values() if one.identity in names or (one.name and one.name in names)
        ]

    def passing_names(self) -> set[str]:
        """The names under which containers that pass something on are known."""
        found: set[str] = set()
        for item in self.passing.world.ran:
            for container in item.after.containers.values():
                if container.name and self._containers.get(container.identity):
                    found.add(container.name)
        return found

    # --- one command ------------------------------------------------------------------------------------------------

    def _role(self, item: Ran) -> Role:
        called = self.calls_of(item)
        if called:
            return self._hidden_role(called)
        own = [call for call in item.calls if call.span == item.span]
        if own:
            found = {self._docker_role(item, call) for call in own}
            for role in (Role.STAYS, Role.BUILD, Role.GOES):
                if role in found:
                    return role
            return Role.IDLE
        return self._host_role(item)

    def _hidden_role(self, called: list[Ran]) -> Role:
        """The role of a call: of one whose commands stand in no file (`eval`, `trap`), what they are for altogether."""
        if any(child.span.file in self.editable for child in called):
            return Role.IDLE
        found = {self.roles[child.index] for child in called}
        if found <= {Role.IDLE}:
            return Role.IDLE
        return Role.GOES if found <= {Role.GOES, Role.IDLE} else Role.STAYS

    def _docker_role(self, item: Ran, call: DockerCall) -> Role:
        verb, operands = call.call.verb, call.call.operands
        if verb == "build":
            return self._build_role(item)
        if verb == "tag":
            return Role.STAYS
        if verb in ("create", "run"):
            made = self._named(item, call)
            return Role.GOES if made and all(self._containers.get(one.identity) for one in made) else Role.STAYS
        if verb in _ON_CONTAINER or verb == "cp":
            return self._container_role(item, call)
        if verb == "rmi":
            gone = [gone for name in operands if (gone := self.gone_image(item, name)) or not self._is_open(name)]
            return Role.GOES if gone and all(gone) else Role.STAYS
        if verb in ("save", "load", "import"):
            return Role.GOES if call.span in self.passing.spans else Role.STAYS
        if verb in ("volume create", "volume rm"):
            return Role.GOES if operands and all(self._is_passing_volume(name) for name in operands) else Role.STAYS
        if verb.partition(" ")[0] in _ASKS:
            named = [name for name in operands if self.gone_image(item, name) or name in self.passing_names()]
            return Role.GOES if named else Role.IDLE
        return Role.STAYS

    def _is_passing_volume(self, name: str) -> bool:
        """Whether every container that mounts a volume passes something on, and there is one."""
        users = [
            container for item in self.passing.world.ran for container in item.after.containers.values()
            if any(source == f"volume:{name}" for source, _, _ in container.mounts)
        ]  # fmt: skip
        named = re.compile(rf"{re.escape(name)}:|(?:.*,)?(?:source|src)={re.escape(name)}(?:,|\Z)")
        users += [
            container for item in self.passing.world.ran for call in item.calls if call.call.verb in ("run", "create")
            if any(named.match(value) for option in ("volume", "mount") for value in call.call.values(option))
            for container in self._named(item, call)
        ]  # fmt: skip
        return bool(users) and all(self._containers.get(user.identity) for user in users)

    def _build_role(self, item: Ran) -> Role:
        built = [effect.image for effect in item.effects if isinstance(effect, ImageBuilt)]
        if any(image in self.passing.targets for image in built):
            return Role.BUILD
        return Role.GOES if built and all(image in self.passing.units for image in built) else Role.STAYS

    def _container_role(self, item: Ran, call: DockerCall) -> Role:
        named = self._named(item, call)
        if call.call.verb == "cp" and len(call.call.operands) == 2 and call.call.operands[1] != "-":
            return self._copy_role(item, call, named)
        if named:
            return Role.GOES if all(self._containers.get(one.identity) for one in named) else Role.STAYS
        names = set(call.call.operands)
        return Role.GOES if names and names <= self.passing_names() else Role.STAYS

    def _copy_role(self, item: Ran, call: DockerCall, named: list[Container]) -> Role:
        """`docker cp` goes when a build took in what it carried, not for what else comes out of the same container."""
        if copy_end(call.call.operands[1]).container is not None:
            return Role.GOES if not named or all(self._containers.get(one.identity) for one in named) else Role.STAYS
        changed = self.changed(item)
        if changed and all(self.passing.is_passing(path) for path in changed):
            return Role.GOES
        fits = all(self.passing.is_passing(path) or self._is_checkout_folder(path) for path in changed)
        return Role.GOES if fits and call.span in self.passing.spans else Role.STAYS

    def _is_checkout_folder(self, path: str) -> bool:
        first = self.passing.world.ran[0].before.workspace
        return f"{path}/".startswith(f"{self.passing.root}/") and first.is_folder(path) is True

    def _host_role(self, item: Ran) -> Role:
        if any(isinstance(effect, Unmodelled) and effect.span == item.span for effect in item.effects):
            return Role.STAYS
        name, paths = self.operands_of(item)
        passing = [path for path in paths if self.is_passing(item, path)]
        changed = self.changed(item)
        if not all(self._lies_in(item, path) for path in changed):
            return Role.STAYS  # whatever it works on: `gzip -c app > app.gz` leaves a file of its own
        if changed or (name in _CHANGES and passing and len(passing) == len(paths)):
            return Role.GOES
        if name in _CHANGES - _FILTERS:
            return Role.STAYS
        if passing and name in _LOOKS:
            return Role.IDLE if any(self._holds_more(item, path) for path in passing) else Role.GOES
        if passing and self.pipelines.get(item.span, frozenset()) & {unit.span for unit in self.passing.units}:
            return Role.GOES  # it only feeds a build
        parent = self.parents.get(item.index)
        if passing and name not in _SAYS and (parent is None or not within(item, parent)):
            return Role.STAYS
        return Role.GOES if self._speaks_of_passing(item) else Role.IDLE

    def _lies_in(self, item: Ran, path: str) -> bool:
        """Whether a change is one of what is passed on: there alone, or laid over a folder of the checkout."""
        if self.is_passing(item, path):
            return True
        group = self.pipelines.get(item.span, frozenset({item.span}))
        return self._is_checkout_folder(path) and bool(group & self.passing.spans)

    def _holds_more(self, item: Ran, path: str) -> bool:
        """Whether a folder has files besides what is passed on."""
        folder = item.before.workspace.find(path)
        names = known_names(folder) if isinstance(folder, Folder) else {}
        return any(not self.passing.is_passing(f"{path}/{name}") for name in names)

    def operands_of(self, item: Ran) -> tuple[str, list[str]]:
        """A host command's name, and its operands as paths."""
        words = list(item.words)
        while len(words) > 1 and words[0] in ("sudo", "env", "command"):
            words.pop(0)
        if not words:
            return "", []
        operands = split_options(words[1:]).operands
        name = posixpath.basename(words[0])
        if name in ("chmod", "chown", "chgrp", "grep", "sed"):
            operands = operands[1:]  # a mode, an owner, an expression
        return name, [absolute(item.before.cwd, word) for word in operands]

    def is_passing(self, item: Ran, path: str) -> bool:
        """Whether a host path is one on the way into a build, or holds only the id of something that is no more."""
        return self.passing.is_passing(path) or self.passing.is_id_file(item, path)

    def _speaks_of_passing(self, item: Ran) -> bool:
        """Whether a command's words hold the id of a container, or of an image, that will not be there any more."""
        ids = {identity for identity, passes in self._containers.items() if passes}
        for word in item.words:
            for character in word:
                if is_symbol(character) and (character in ids or self._gone(item.before.images.get(character))):
                    return True
        return False

    @staticmethod
    def _is_open(name: str) -> bool:
        return len(name) == 1 and is_symbol(name)

    # --- what it needs and makes ------------------------------------------------------------------------------------

    def _gone(self, image: Image | None) -> bool:
        return isinstance(image, Built) and image in self.passing.units and image not in self.passing.targets

    @staticmethod
    def image_of(item: Ran, name: str) -> Image | None:
        """The image that a name or an id means to a command."""
        key = name.removeprefix("sha256:")
        return item.before.images.get(key) or item.before.images.get(normal_image(name))

    def gone_image(self, item: Ran, name: str) -> bool:
        """Whether a name is that of an image which the new way does not leave."""
        image = self.image_of(item, name)
        if image is not None:
            return self._gone(image)
        final = self.passing.world.state.images.get(normal_image(name))
        gone = {normal_image(tag) for built in self.passing.units if self._gone(built) for tag in built.tags}
        return normal_image(name) in gone and not (isinstance(final, Built) and final in self.passing.targets)

    def changed(self, item: Ran) -> list[str]:
        """The topmost host paths that a command changed."""
        known = self._changed.get(item.index)
        if known is None:
            found = changed_paths(item.before.workspace.root, item.after.workspace.root)
            known = self._changed[item.index] = found
        return known

    def trims(self, item: Ran) -> tuple[str, ...]:
        """The operands that go, of a command that removes what is passed on together with other things."""
        if self.roles.get(item.index) is not Role.STAYS:
            return ()
        own = [call for call in item.calls if call.span == item.span]
        if own:
            call = own[0].call
            if call.verb == "rmi":
                return tuple(name for name in call.operands if self.gone_image(item, name))
            if call.verb == "rm":
                ids = {one.identity for one in self._named(item, own[0]) if self._containers.get(one.identity)}
                return tuple(name for name in call.operands if name in ids or name in self.passing_names())
            return ()
        name, _ = self.operands_of(item)
        if name not in ("rm", "rmdir", "mkdir"):
            return ()
        operands = split_options(item.words[1:]).operands
        return tuple(word for word in operands if self.is_passing(item, absolute(item.before.cwd, word)))

    def needs(self, item: Ran) -> Iterator[object]:
        """What that is passed on a command needs: host paths, containers, images."""
        if self.trims(item):
            return
        own = [call for call in item.calls if call.span == item.span]
        for call in own:
            for container in self._named(item, call):
                if self._containers.get(container.identity):
                    yield ("container", container.identity)
                yield from self._image_needs(root_of(container.image))
            operands = call.call.operands
            for name in operands:
                image = item.before.images.get(name) or item.before.images.get(normal_image(name))
                yield from self._image_needs(None if image is None else root_of(image))
            if call.call.verb in ("cp", "run", "create"):
                given = call.call
                words = operands if given.verb == "cp" else (*given.values("volume"), *given.values("mount"))
                yield from (("path", path) for path in self.passing.paths_in(words, item.before.cwd))
        for effect in item.effects:
            if isinstance(effect, ImageBuilt) and effect.image not in self.passing.targets:
                for image in effect.image.names.values():
                    if isinstance(image, Built) and any(tag in effect.image.recipe.text for tag in image.tags):
                        yield from self._image_needs(image)
            if isinstance(effect, ImageTagged):
                yield from self._image_needs(root_of(effect.image))
        for path in self.changed(item):
            folder = posixpath.dirname(path)
            if self.passing.is_passing(folder) and not self.passing.is_passing(path):
                yield ("folder", folder)
        if item.words[:1] in (("cd",), ("pushd",)):
            yield ("path", item.after.cwd)
        elif not own and not self.calls_of(item) and self.roles.get(item.index) is not Role.IDLE and needs_paths(item):
            yield from (("path", path) for path in self.passing.paths_in(item.words[1:], item.before.cwd))

    def _image_needs(self, image: Image | None) -> Iterator[object]:
        if image is not None and not isinstance(image, External) and self._gone(image):
            yield ("image", id(image))

    def makes(self, item: Ran) -> Iterator[object]:
        """What that is passed on a command makes, changes or removes."""
        before, after = item.before.containers, item.after.containers
        for identity in {*before, *after}:
            if before.get(identity) is not after.get(identity):
                yield ("container", identity)
        for effect in item.effects:
            if isinstance(effect, ImageBuilt):
                yield ("image", id(effect.image))
        for path in self.changed(item):
            yield ("path", path)
