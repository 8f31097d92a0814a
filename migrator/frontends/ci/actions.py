"""Steps of GitHub that use an action: which of them matter to a build, and the build that one of them makes."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.frontends.ci.tree import not_followed
from migrator.frontends.make.holes import TroubleError
from migrator.frontends.program import Chunk
from migrator.rules import inputs as rules

if TYPE_CHECKING:
    from migrator.frontends.ci.job import Expressions
    from migrator.frontends.ci.tree import Item

CHECKOUT = "actions/checkout"
BUILD = "docker/build-push-action"
# They log in, install a program outside the workspace, restore what a first run does not have, or only read files.
_HARMLESS = frozenset("""
    actions/cache actions/cache/restore actions/cache/save actions/setup-dotnet actions/setup-go actions/setup-java
    actions/setup-node actions/setup-python actions/upload-artifact aws-actions/amazon-ecr-login
    aws-actions/configure-aws-credentials azure/docker-login azure/login docker/login-action docker/metadata-action
    docker/setup-buildx-action docker/setup-docker-action docker/setup-qemu-action google-github-actions/auth
    google-github-actions/setup-gcloud ruby/setup-ruby step-security/harden-runner
""".split())  # fmt: skip
# Of the checkout: what may be said about it without changing which files there are.
_CHECKOUT = frozenset(
    "clean fetch-depth fetch-tags persist-credentials set-safe-directory show-progress ssh-key token".split()
)
# Of the build: caches, credentials and destinations, which the image itself does not depend on.
_ASIDE = frozenset("builder cache-from cache-to github-token load no-cache provenance pull push sbom".split())
_LISTS = {
    "add-hosts": ("--add-host", True),
    "build-args": ("--build-arg", False),
    "build-contexts": ("--build-context", False),
    "labels": ("--label", False),
    "tags": ("--tag", True),
}
_SINGLE = {"file": "--file", "network": "--network", "platforms": "--platform", "target": "--target"}


def action(step: Item) -> str:
    """Which action a step uses, without its version."""
    return step.value("uses").partition("@")[0].lower()


def check(step: Item, *, last: bool) -> None:
    """Raises TroubleError when a step may change files or images; `last` says that no build follows it."""
    name = action(step)
    if name == CHECKOUT:
        given = step.get("with")
        for key, value in given.pairs() if given is not None else []:
            if key.text not in _CHECKOUT and not (key.text == "path" and value.text in (".", "./")):
                advice = "Check the commit itself out into the workspace."
                raise not_followed(value, f"a checkout with `{key.text}`", advice)
    elif name not in _HARMLESS and not last:
        used = step.get("uses") or step
        raise TroubleError(rules.STEP_NOT_FOLLOWED.at(used.span, what=used.text))


def build(step: Item, expressions: Expressions) -> list[Chunk]:
    """The `docker build` that a step of docker/build-push-action makes, from its plain inputs."""
    given = step.get("with")
    context = given.get("context") if given is not None else None
    if given is None or context is None:
        advice = "Give the step `context: .`, the files of the workspace."
        raise not_followed(
            step.get("uses") or step, "a build from the repository on GitHub, not from the workspace", advice
        )
    folder = expressions.plain(context.text, context.span, "the context")
    if "://" in folder or folder.startswith("git@"):
        raise not_followed(context, "a build from another repository", "Build from a folder of the workspace.")
    found = [Chunk("docker build", (step.get("uses") or step).span)]
    for key, value in given.pairs():
        name = key.text
        if name in _LISTS:
            flag, commas = _LISTS[name]
            for entry in _entries(value.text, commas=commas):
                if '"' in entry:
                    raise not_followed(value, f"a quoted entry of `{name}`", "Write the entry without quotes.")
                found.append(Chunk(f" {flag} {expressions.in_word(entry, value.span)}", value.span))
        elif name in _SINGLE:
            found.append(Chunk(f" {_SINGLE[name]} {expressions.in_word(value.text, value.span)}", value.span))
        elif name not in _ASIDE and name != "context":
            raise not_followed(value, f"the input `{name}` of {BUILD}", "Write the step as a docker build.")
    if given.get("file") is None:
        found.append(Chunk(f' --file "{posixpath.join(folder, "Dockerfile")}"', context.span))
    return [*found, Chunk(f" {expressions.in_word(context.text, context.span)}\n", context.span)]


def _entries(text: str, *, commas: bool) -> list[str]:
    """The entries of a list input: one a line, for some inputs several with commas between."""
    pieces = re.split(r"[\n,]" if commas else r"\n", text)
    return [piece.strip() for piece in pieces if piece.strip()]
