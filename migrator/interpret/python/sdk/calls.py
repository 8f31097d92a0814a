"""The one way in: a call of the SDK is done as a docker command line, or refused at its line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.dockercli.library import NotSaidError
from migrator.interpret.python.called import Called
from migrator.interpret.python.sdk import containers, images
from migrator.interpret.python.sdk.names import CLIENT, CLIENTS, LOW, OTHER, plain
from migrator.interpret.python.sdk.things import ContainerValue, Executed, ImageValue, Log
from migrator.interpret.python.values import Dotted, Unknown
from migrator.rules import python as rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.interpret.python.program import Running
    from migrator.source import Span

# What asks, or says who is asking: https://docker-py.readthedocs.io/en/stable/client.html
_ASKS = re.compile(
    r"(.*\.)?(login|ping|info|version|df|events|close|list|inspect\w*|history|search|logs|top|stats|reload|images)"
)
_UPPER: dict[str, Callable[[Called], object]] = {**images.UPPER, **containers.UPPER}
_LOWER: dict[str, Callable[[Called], object]] = {**images.LOWER, **containers.LOWER}


def call(called: Called) -> object:
    """What a call of the SDK comes to: a client, what it gives, or a refusal at this line."""
    name = plain(called.name)
    if name in CLIENTS:
        return Dotted(CLIENTS[name])
    found = _UPPER.get(name.removeprefix(f"{CLIENT}."))
    if name.startswith(f"{LOW}."):
        found = _LOWER.get(name.removeprefix(f"{LOW}."))
    if found is not None:
        return guarded(type(called)(called.run, name, called.given, called.named, called.span), found)
    if _ASKS.fullmatch(name):
        return Unknown(called.span, pure=True)
    return _refused(called, f"{name.rpartition('.')[2]} has no plain docker command")


def guarded(called: Called, model: Callable[[Called], object]) -> object:
    """What a call gives; a refusal at its line where no command line says the same."""
    try:
        return model(called)
    except NotSaidError as error:
        return _refused(called, str(error))


def of_thing(called: Called, owner: object) -> object:
    """A method of an image or a container."""
    if isinstance(owner, ImageValue):
        return guarded(called, lambda inner: images.of_image(inner, owner))
    if isinstance(owner, ContainerValue):
        return guarded(called, lambda inner: containers.of_container(inner, owner))
    return called.not_followed()


def attribute(run: Running, owner: object, name: str, span: Span) -> object:
    """What an image or a container has besides methods; None where it is a method."""
    match owner, name:
        case ContainerValue(), "id":
            return owner.identity
        case ContainerValue(), "name" if owner.name is not None:
            return owner.name
        case ImageValue(), "tags":
            return [owner.name if ":" in owner.name.rpartition("/")[2] else f"{owner.name}:latest"]
        case ImageValue(), "id":
            return guarded(Called(run, "id", (), {}, span), lambda called: images.identity(called, owner))
        case ImageValue() | ContainerValue(), "short_id" | "name" | "attrs" | "status" | "labels" | "image":
            return Unknown(span, pure=True)
        case Executed(), "exit_code" | "output":
            return owner.exit_code if name == "exit_code" else owner.output
        case _:
            return None


def unread(run: Running) -> None:
    """Says which builds may be ended before they are done, because nobody reads what they say."""
    for log in run.logs:
        if log.ends and not log.read:
            shown = log.span.text.partition("(")[0]
            reason = "nobody reads what it says, so the build may be ended before it is done"
            run.shell.note(rules.DOCKER_SDK.at(log.span, call=shown, reason=reason))


def _refused(called: Called, reason: str) -> object:
    shell = called.run.shell
    shell.note(rules.DOCKER_SDK.at(called.span, call=called.span.text.partition("(")[0], reason=reason))
    shell.state.workspace = shell.state.workspace.tainted(called.span)
    thing = Dotted(f"{OTHER}.it")
    if called.name.endswith(("images.build", "get_archive")):
        return (Unknown(called.span, pure=True), Log(called.span))
    return thing


__all__ = ["attribute", "call", "of_thing", "unread"]
