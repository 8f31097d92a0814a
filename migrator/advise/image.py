"""The image as a whole: what it stands on, who it runs as, what it gives away, and that it is still its own builder."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.advise.advice import Advice, Change
from migrator.dockerfile.assignments import pairs
from migrator.dockerfile.edit import Edit
from migrator.rules import advice as rules
from migrator.split.bases import slim_relative, split_name
from migrator.split.makers.interpreted import LANGUAGES
from migrator.split.result import Split
from migrator.split.split import Wanted, propose
from migrator.split.steps import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.advise.recipe import Recipe
    from migrator.source import Span
    from migrator.split.fat import Fat

_OWN_USER = re.compile(r"nonroot|distroless.*:(?:debug-)?nonroot|chainguard|unprivileged|jenkins/|grafana/")
_NAMES = re.compile(
    r"(?:^|_)(?:PASSW(?:OR)?D|PASSPHRASE|SECRET(?:_KEY)?|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)(?:$|_)",
    re.IGNORECASE,
)
_NO_SECRET = re.compile(r"_(?:FILE|PATH|URL|NAME|ID|TTL|LENGTH|HEADER|EXPIR\w*)$", re.IGNORECASE)
_FILES = re.compile(
    r"\.env(?:\.(?:local|production|prod))?|id_(?:rsa|dsa|ecdsa|ed25519)|\.netrc|\.pypirc|\.git-credentials|credentials|.*\.(?:p12|pfx|jks|key)"
)
_URL = re.compile(r"https?://[^\s/:@'\"]+:(?P<secret>[^\s/@'\"]+)@")


def splits(recipe: Recipe) -> Iterator[Advice]:
    """An image that is still its own builder; how to take it apart is what `migrator split` is for."""
    if len(recipe.parts) != 1:
        return
    found = propose(recipe.project, recipe.path, Wanted(args=recipe.args), "")
    if not isinstance(found, Split) or found.dockerfile == recipe.source.text:
        return
    artifact = found.plan.artifacts[0]
    for_build = any(one.role is Role.INSTALL for step in found.plan.steps for one in step.judged)
    if artifact.made.language in LANGUAGES and not for_build:
        return  # packages for an interpreter that the image needs anyway
    yield Advice(rules.BUILDS_AND_RUNS.at(artifact.made.span, program=artifact.path, kind=artifact.made.kind))


def bases(recipe: Recipe) -> Iterator[Advice]:
    """A base with a smaller relative, and bases that are not the same tomorrow."""
    part = recipe.parts[recipe.shipped[0]]
    origin = part.stage.origin
    relative = slim_relative(part.base, None)
    # What compiles there needs the toolchain; that is for `migrator split`.
    compiles = len(recipe.parts) == 1 and any(True for _ in splits(recipe))
    if relative is not None and not compiles and not origin.flags and part.base == part.stage.image:
        edit = Edit(origin.arguments[0].span, relative[0])
        told = rules.SMALLER_BASE.at(origin.span, image=part.base, relative=relative[0])
        yield Advice(told, Change((edit,), differs="programs and libraries of the base"))
    for each, parent in zip(recipe.parts, recipe.parents, strict=True):
        repository, tag = split_name(each.base)
        if parent is None and each.base.lower() != "scratch" and tag == "latest" and "$" not in each.base:
            told = rules.NOT_PINNED.at(each.stage.origin.span, image=each.base, repository=repository)
            yield Advice(told, says=frozenset({"DL3006", "DL3007"}))


def users(recipe: Recipe) -> Iterator[Advice]:
    """An image that runs as root because nothing says otherwise."""
    last = recipe.last
    user = last.scope.end.user
    if user.partition(":")[0] not in {"", "root", "0"} or _OWN_USER.search(recipe.base):
        return
    named = last.last("USER")
    span = named.span if named is not None else (last.last("ENTRYPOINT") or last.last("CMD") or last.stage.origin).span
    yield Advice(rules.RUNS_AS_ROOT.at(span), says=frozenset({"DL3002"}))


def secrets(recipe: Recipe) -> Iterator[Advice]:
    """What is secret by its name, or by its form, and stays in the image or in its history."""
    for number in recipe.shipped:
        part = recipe.parts[number]
        yield from _variables(part)
        for one in part.brought:
            names = [
                landing.source for landing in one.landings or () if _FILES.fullmatch(posixpath.basename(landing.source))
            ]
            for name in names[:1]:
                even = ", even if a later RUN removes it"
                yield _secret(one.copy.instruction.span, f"the file {name}", _word(posixpath.basename(name)), even)
    for run in recipe.runs:
        match = _URL.search(run.text) if run.stage in recipe.shipped else None
        if match is not None and "$" not in match["secret"]:
            start = run.instruction.span.start + match.start()
            yield _secret(
                recipe.source.span(start, start + len(match[0])), "the password in this address", "password", ""
            )


def _variables(part: Fat) -> Iterator[Advice]:
    for one in part.instructions:
        if one.keyword not in {"ARG", "ENV"}:
            continue
        for pair in pairs(one):
            secret = _NAMES.search(pair.name) and not _NO_SECRET.search(pair.name)
            if secret and (one.keyword == "ARG" or pair.value):
                even = ": `docker history` shows the value that it is built with" if one.keyword == "ARG" else ""
                yield _secret(one.span, f"the {one.keyword} {pair.name}", _word(pair.name), even)


def _word(name: str) -> str:
    return re.sub(r"\W+", "_", name.lower()).strip("_")


def _secret(span: Span, what: str, name: str, even: str) -> Advice:
    return Advice(rules.SECRET.at(span, what=what, name=name, even=even))
