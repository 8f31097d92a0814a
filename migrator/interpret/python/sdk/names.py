"""Which calls are the SDK's own, and which are those of libraries that do the same and are not followed.

https://docker-py.readthedocs.io/en/stable/ and https://gabrieldemarmiesse.github.io/python-on-whales/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.rules import python as rules

if TYPE_CHECKING:
    from migrator.interpret.record import Recorder
    from migrator.source import Source

# A client of the whole SDK, a client of its lower half, a client of another library, and what such a one gives.
CLIENT, LOW, OTHER = "docker.client", "docker.low", "docker.other"
CLIENTS = {
    **dict.fromkeys(
        "docker.from_env docker.DockerClient docker.client.DockerClient docker.client.from_env".split(), CLIENT
    ),
    **dict.fromkeys("docker.APIClient docker.api.APIClient docker.api.client.APIClient".split(), LOW),
    **dict.fromkeys("podman.PodmanClient podman.from_env python_on_whales.DockerClient".split(), OTHER),
}
_WHALES = "python_on_whales.docker"


def is_sdk(name: str) -> bool:
    """Whether a function is one of the SDK's."""
    return name in CLIENTS or name.startswith((f"{CLIENT}.", f"{LOW}.", f"{OTHER}.", f"{_WHALES}."))


def plain(name: str) -> str:
    """A function's name with one spelling for the lower half: `client.api.build` is that of an `APIClient`."""
    return name.replace(f"{CLIENT}.api.", f"{LOW}.", 1)


# Libraries that start programs in ways of their own, or run the functions of a program by their names.
_STARTERS = re.compile(r"(?m)^[ \t]*(?:import|from)[ \t]+(sh|plumbum|invoke|fabric|doit|nox)\b")
_TAKES_OUT = re.compile(r"\b(?:docker|podman)\b[^\n]{0,60}?\b(?:cp|create|export)\b")


def unseen(source: Source, shell: Recorder) -> None:
    """Says where a program takes files out of a container, when the run did not come to that line: in a task, say."""
    if any(one.rule is rules.DOCKER_SDK for one in shell.diagnostics):
        return
    starter, place = _STARTERS.search(source.text), _TAKES_OUT.search(source.text)
    out = any(call.call.verb in ("cp", "create", "run", "export") for call in shell.state.calls)
    if starter is not None and place is not None and not out:
        shell.note(rules.LIBRARY.at(source.span(*place.span()), library=starter[1]))
    if any("get_archive" in call.span.text for call in shell.state.calls):
        return
    found = re.search(r"[\w.]+\.get_archive\b", source.text)
    if found is not None and re.search(r"(?m)^\s*(import|from) docker\b", source.text):
        reason = "it stands where the program is not followed"
        shell.note(rules.DOCKER_SDK.at(source.span(*found.span()), call=found[0], reason=reason))


__all__ = ["CLIENT", "CLIENTS", "LOW", "OTHER", "is_sdk", "plain", "unseen"]
