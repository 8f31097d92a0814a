"""One call of the SDK, done as a docker command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.commands.base import Invocation
from migrator.commands.docker import naming
from migrator.dockercli.library import NotSaidError
from migrator.interpret.python.archives import content_of
from migrator.interpret.python.sdk.things import ContainerValue, ImageValue
from migrator.interpret.python.values import Optional, PathText, Raw, Unknown
from migrator.trace.state import Channels, Input
from migrator.trace.streams import NOTHING
from migrator.trace.symbols import is_known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.interpret.python.called import Called
    from migrator.trace.streams import Stream


def say(called: Called, words: Sequence[str], *, stdin: Stream = NOTHING, fails: str = "APIError") -> Stream:
    """Runs `docker` with these words; what it prints. A certain failure is an exception of this class."""
    channels = Channels(Input(stdin))
    called.command(("docker", *words), channels=channels, fails=fails)
    return channels.collected()


def printed(called: Called, stream: Stream) -> str:
    """The one line that a command printed, such as an id."""
    text = called.run.decoded(Raw(stream), called.span)
    return text.removesuffix("\n") if isinstance(text, str) else called.run.shell.symbols.unknown(called.span)


def arguments(called: Called, *names: str) -> dict[str, object]:
    """The arguments of a call by name, where `names` are those that may be given by position; values as text."""
    if len(called.given) > len(names):
        raise NotSaidError("more arguments than it takes")
    given = dict(zip(names, called.given, strict=False)) | dict(called.named)
    return {name: value_of(called, name, value) for name, value in given.items() if value is not None}


def value_of(called: Called, name: str, value: object) -> object:
    """An argument as a command line has it: texts, numbers, lists and dictionaries of them."""
    match value:
        case str() | bool() | int() | None:
            return value
        case PathText():
            return value.text
        case ImageValue():
            return image_name(called, value)
        case ContainerValue():
            return value.identity
        case Optional() | Unknown():
            return called.run.text(value, called.span)
        case list() | tuple():
            return [value_of(called, name, item) for item in value]
        case dict():
            return {value_of(called, name, key): value_of(called, name, item) for key, item in value.items()}
        case _:
            raise NotSaidError(f"what {name} is")


def whole_command(value: object) -> object:
    """A command of a container; one text is split by the SDK, so all of it has to be known."""
    if isinstance(value, str) and not is_known(value):
        raise NotSaidError("a command in one text of which a part is not known")
    return value


def image_name(called: Called, value: ImageValue) -> str:
    """The name of an image that the program holds on to, while the name still means it."""
    known = naming.known_image(invocation(called), value.name)
    if known is not None and known is not value.image:
        raise NotSaidError("an image that has lost its name to another one")
    return value.name


def image_at(called: Called, name: str) -> ImageValue:
    """The image of that name, as it is now."""
    return ImageValue(name, naming.image(invocation(called), name))


def container_of(value: object) -> str:
    """A container as the lower half of the SDK takes it: its id, or what `create_container` gave."""
    match value:
        case ContainerValue():
            return value.identity
        case str():
            return value
        case {"Id": str() as identity}:
            return identity
        case _:
            raise NotSaidError("which container it is about")


def invocation(called: Called) -> Invocation:
    """The call for those who ask about names."""
    return Invocation(called.run.shell, ("docker",), Channels(), called.span)


def stream_of(called: Called, value: object) -> Stream:
    """What a file object or bytes hand to the engine."""
    found = content_of(called, value)
    if found is None:
        raise NotSaidError("what is handed to it")
    return found


__all__ = [
    "arguments", "container_of", "image_at", "image_name", "invocation", "printed", "say", "stream_of", "value_of",
    "whole_command",
]  # fmt: skip
