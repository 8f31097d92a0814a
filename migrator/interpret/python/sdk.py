"""The Docker SDK for Python: known for what it is, and not followed.

https://docker-py.readthedocs.io/en/stable/ and https://gabrieldemarmiesse.github.io/python-on-whales/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.interpret.python.values import Dotted, Unknown
from migrator.rules import python as rules

if TYPE_CHECKING:
    from migrator.interpret.python.called import Called
    from migrator.interpret.record import Recorder
    from migrator.source import Source

CLIENT = "docker.client"
_CLIENTS = frozenset(
    "docker.from_env docker.DockerClient docker.APIClient docker.client.DockerClient docker.client.from_env "
    "docker.api.APIClient podman.PodmanClient podman.from_env python_on_whales.DockerClient".split()
)
_WHALES = "python_on_whales.docker"
# What asks, or is about an image that is there already: https://docker-py.readthedocs.io/en/stable/client.html
_ASKS = re.compile(
    r"(.*\.)?(login|ping|info|version|df|events|close|list|inspect\w*|history|search|images\.(get|push)|logs|top|stats|reload)"
)


def is_sdk(name: str) -> bool:
    """Whether a function is one of the SDK's."""
    return name in _CLIENTS or name.startswith((f"{CLIENT}.", f"{_WHALES}."))


def call(called: Called) -> object:
    """What a call of the SDK comes to: a client, what it asked, or a refusal at this line."""
    name = called.name
    if name in _CLIENTS:
        return Dotted(CLIENT)
    if _ASKS.fullmatch(name):
        return Unknown(called.span, pure=True)
    shell = called.run.shell
    shell.note(rules.DOCKER_SDK.at(called.span, call=called.span.text.partition("(")[0]))
    shell.state.workspace = shell.state.workspace.tainted(called.span)
    thing = Dotted(f"{CLIENT}.it")
    return (thing, Unknown(called.span, pure=True)) if name.endswith("images.build") else thing


def unseen(source: Source, shell: Recorder) -> None:
    """Says where a program takes files out of a container, when the run did not come to that line: in a class, say."""
    if any(one.rule is rules.DOCKER_SDK for one in shell.diagnostics):
        return
    found = re.search(r"[\w.]+\.get_archive\b", source.text)
    if found is not None and re.search(r"(?m)^\s*(import|from) docker\b", source.text):
        shell.note(rules.DOCKER_SDK.at(source.span(*found.span()), call=found[0]))


__all__ = ["call", "is_sdk", "unseen"]
