"""What a call of docker does, in a sentence without a subject."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.commands.docker.naming import key_of
from migrator.report.story.names import Names, several
from migrator.trace.effects import CarriedOut, ImageBuilt, Unmodelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.dockercli.parse import Call
    from migrator.interpret.record import Ran
    from migrator.trace.effects import DockerCall
    from migrator.trace.images import Built, Container


@dataclass(frozen=True)
class DockerWords:
    """The words for one call of docker: what ran it, and the host paths that it changed."""

    names: Names
    ran: Ran
    made: DockerCall
    changes: tuple[str, ...]

    @property
    def call(self) -> Call:
        """The command line, taken apart."""
        return self.made.call

    @property
    def first(self) -> str:
        """The first operand."""
        return self.call.operands[0] if self.call.operands else ""

    @property
    def built(self) -> Built | None:
        """The image that the call builds."""
        effects = (one for one in self.ran.effects if isinstance(one, ImageBuilt) and one.span == self.made.span)
        return next((one.image for one in effects), None)

    @property
    def recipe(self) -> str | None:
        """The Dockerfile that the call builds from."""
        return (self.built.recipe_path or self.built.recipe.name) if self.built is not None else None

    def sentence(self) -> str:
        """What the call does."""
        if any(isinstance(effect, Unmodelled) and effect.span == self.made.span for effect in self.ran.effects):
            return f"runs {self.names.command(self.made.words)}; what it does is not known"
        known = _VERBS.get(self.call.verb)
        if known is not None:
            return known(self)
        if self.call.verb.split(" ")[0] in ("network", "volume", "builder", "buildx", "system", "context"):
            return f"runs {self.names.command(self.made.words)}: about the engine, not about an image"
        return f"runs {self.names.command(self.made.words)}"

    # --- images -----------------------------------------------------------------------------------------------------

    def build(self) -> str:
        """`docker build`."""
        names, built = self.names, self.built
        if built is None:
            return f"runs {names.command(self.made.words)}; what it builds cannot be known"
        tags = [names.value(tag) for tag in built.tags]
        image = f"the image {several(tags)}" if tags else "an image without a name"
        bases = names.bases(built)
        text = f"builds {image} from {names.path(built.recipe_path or built.recipe.name)}"
        text += f", on {bases}" if bases else ""
        text += f", up to the stage {names.value(built.target)}" if built.target else ""
        place = built.context.path
        if place is None:
            text += ", with the files that it is sent" if built.context.tree is not None else ", with no files"
        else:
            text += f", with the files of {names.folder(place)}"
        given = [f"{name}={value}" if value is not None else name for name, value in built.arguments]
        return f"{text}, given {several([names.value(one) for one in given])}" if given else text

    def tag(self) -> str:
        """`docker tag`."""
        return f"gives the image {self.values()[0]} the name {self.values()[-1]} as well"

    def commit(self) -> str:
        """`docker commit`."""
        name = f" {self.values()[1]}" if len(self.call.operands) > 1 else ""
        return f"makes an image{name} of {self.container()} as it is now"

    def load(self) -> str:
        """`docker load`."""
        return "loads images out of an archive"

    def pull(self) -> str:
        """`docker pull`: a build fetches by itself."""
        return f"fetches {several(self.values())}"

    def push(self) -> str:
        """`docker push`."""
        return f"publishes {several(self.values())}"

    def login(self) -> str:
        """`docker login` and `logout`."""
        return "logs in to a registry" if self.call.verb == "login" else "logs out of a registry"

    # --- containers -------------------------------------------------------------------------------------------------

    def create(self) -> str:
        """`docker create`."""
        return f"makes {self.new_container()} from the image {self.base()}; nothing runs in it"

    def run(self) -> str:
        """`docker run`."""
        words = self.call.operands[1:]
        what = f"runs {self.names.command(words)}" if words else "runs the image's own command"
        name = self.call.value("name")
        called = f", called {self.names.value(name)}" if name else ""
        text = f"{what} in a container of the image {self.base()}{called}"
        if self.call.has("detach"):
            text += ", in the background"
        mounts = [self.mounted(one.split(":")) for one in self.call.values("volume")]
        for one in self.call.values("mount"):
            keys = dict(part.partition("=")[::2] for part in one.split(","))
            target = keys.get("target") or keys.get("dst") or keys.get("destination") or ""
            source = keys.get("source") or keys.get("src")
            mounts.append(self.mounted([source, target] if source else [target]))
        text += f", with {several(mounts)}" if mounts else ""
        return text + self.changed() + ("; the container is removed" if self.call.has("rm") else "")

    def start(self) -> str:
        """`docker start`."""
        return f"starts {self.container()}{self.changed()}"

    def execute(self) -> str:
        """`docker exec`."""
        return f"runs {self.names.command(self.call.operands[1:])} in {self.container()}{self.changed()}"

    def copy(self) -> str:
        """`docker cp`, out of a container or into one."""
        out = [one for one in self.ran.effects if isinstance(one, CarriedOut) and one.span == self.made.span]
        if out:
            owner, _, _ = self.first.partition(":")
            path = self.names.path(out[0].path)
            where = "the repository's root" if path == "." else path
            found = self.found(owner)
            inner = f" (image {self.names.image(found.image, self.ran.before.images)})" if found else ""
            return f"takes {self.names.value(out[0].source)} out of {self.container(owner)}{inner} to {where}"
        source, target = (*self.values(), "", "")[:2]
        owner, colon, inner = (*self.call.operands, "", "")[1].partition(":")
        if colon and self.found(owner) is not None:
            return f"puts {source} into {self.container(owner)} at {self.names.value(inner)}"
        owner, colon, inner = (*self.call.operands, "")[0].partition(":")
        if colon and target == "-":
            return f"packs {self.names.value(inner)} of {self.container(owner)} into an archive"
        if colon:
            return f"tries to take {self.names.value(inner)} out of {self.container(owner)} to {target}, which fails"
        return f"tries to copy {source} to {target}, which fails"

    def export(self) -> str:
        """`docker export`."""
        return f"packs all the files of {self.container()} into an archive{self.changed()}"

    def save(self) -> str:
        """`docker save`."""
        return f"packs the image {several(self.values())} into an archive{self.changed()}"

    def tidy(self) -> str:
        """`docker rm`, `stop` and their like."""
        verb = {"rm": "removes", "wait": "waits for"}.get(self.call.verb, "stops")
        known = [name for name in self.call.operands if self.found(name) is not None]
        if not known:
            what = several([value for value in self.values() if value.strip("…")])
            return f"{verb} {what or 'containers'}, in case an earlier run left {'it' if what else 'any'}"
        return f"{verb} {several([self.container(name) for name in known])}"

    def untag(self) -> str:
        """`docker rmi`."""
        known = [name for name in self.call.operands if key_of(name) in self.ran.before.images]
        if not known:
            return "removes images, in case an earlier run left any"
        return f"removes the image {several([self.names.value(name) for name in known])}"

    def look(self) -> str:
        """Calls that only ask."""
        return f"asks the engine: {self.names.command(self.made.words)}"

    # --- parts ------------------------------------------------------------------------------------------------------

    def values(self) -> list[str]:
        """The operands."""
        return [self.names.value(operand) for operand in self.call.operands] or [""]

    def changed(self) -> str:
        """What of the host's files it changed."""
        if self.names.outcome.root in self.changes:
            return "; it may change those files"
        return f"; it changes {self.names.paths(self.changes)}" if self.changes else ""

    def found(self, name: str) -> Container | None:
        """The container that has this name or id when the call begins."""
        known = self.ran.before.containers
        return known.get(name) or next((one for one in known.values() if one.name == name), None)

    def container(self, name: str | None = None) -> str:
        """The container of this name, or of the first operand."""
        found = self.found(self.first if name is None else name)
        if found is not None:
            return self.names.container(found)
        return f"the container {self.names.value(self.first if name is None else name)}"

    def mounted(self, parts: list[str]) -> str:
        """What `-v source:target` puts into a container."""
        if len(parts) == 1:
            return f"a volume at {self.names.value(parts[0])}"
        source = self.names.value(parts[0])
        if parts[0].startswith(("/", ".")):
            path = posixpath.normpath(posixpath.join(self.made.cwd, parts[0]))
            source = "the repository" if path == self.names.outcome.root else self.names.path(path)
        return f"{source} mounted at {self.names.value(parts[1])}"

    def base(self) -> str:
        """The image that the first operand names."""
        known = self.ran.before.images
        found = known.get(key_of(self.first)) if len(self.first) == 1 else None
        return self.names.image(found, known) if found is not None else self.names.value(self.first)

    def new_container(self) -> str:
        """The container that the call makes."""
        name = self.call.value("name")
        return f"the container {self.names.value(name)}" if name else "a container"


_VERBS: dict[str, Callable[[DockerWords], str]] = {
    "build": DockerWords.build, "tag": DockerWords.tag, "commit": DockerWords.commit, "pull": DockerWords.pull,
    "push": DockerWords.push, "create": DockerWords.create, "run": DockerWords.run, "start": DockerWords.start,
    "exec": DockerWords.execute, "cp": DockerWords.copy, "export": DockerWords.export, "save": DockerWords.save,
    "load": DockerWords.load, "rmi": DockerWords.untag, "login": DockerWords.login, "logout": DockerWords.login,
    **dict.fromkeys(("rm", "stop", "kill", "wait"), DockerWords.tidy),
    **dict.fromkeys(("images", "ps", "inspect", "version", "info", "logs"), DockerWords.look),
}  # fmt: skip
