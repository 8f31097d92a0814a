"""A script of a package.json as shell text: https://docs.npmjs.com/cli/using-npm/scripts."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.frontends.ci.job import Job, refused
from migrator.frontends.ci.texts import chunks_of, in_quotes
from migrator.frontends.ci.tree import not_followed, tree
from migrator.frontends.make.holes import TroubleError
from migrator.frontends.program import Chunk, part_of
from migrator.rules import inputs as rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.frontends.ci.tree import Item
    from migrator.frontends.program import Program
    from migrator.project import Project

_ENGINE = re.compile(r"\b(docker|podman|nerdctl)\b")
# A script that runs another one, as a command of its own.
_CALL = re.compile(
    r"(?:^|(?<=&&)|(?<=;))[ \t]*(?:npm run(?:-script)?|yarn run|pnpm run)[ \t]+([\w:.-]+)[ \t]*(?=$|&&|;)"
)
_ANY_CALL = re.compile(r"\b(?:npm|yarn|pnpm|npx|run-s|run-p)\b[^&;|]*")
_DEEPEST = 8


def is_package(path: str) -> bool:
    """Whether npm reads a file of this name."""
    return posixpath.basename(path) == "package.json"


def scripts(project: Project, path: str) -> list[str]:
    """The scripts that have to do with containers, by themselves or by those that they call."""
    try:
        found = tree(project, path).get("scripts")
    except TroubleError:
        return []
    pairs = [(key.text, value.span.text) for key, value in found.pairs()] if found is not None else []
    return [name for name, text in pairs if _ENGINE.search(text) or re.search(r"\brun\b", text)]


def program(project: Project, path: str, name: str, env: Mapping[str, str]) -> Program:
    """What `npm run NAME` runs: the script, the one before it and the one behind it, each in a shell of its own."""
    shown = f"{path}:{name}"
    covers = None
    try:
        top = tree(project, path)
        script = _script(top, name)
        covers = script.span.text
        version = {f"npm_package_{key}": in_quotes(top.value(key)) for key in ("name", "version")}
        out = Job(shown, script.span.source.span(script.span.start, script.span.start), version)
        if posixpath.dirname(path):
            out.composer.add(f"cd {in_quotes(posixpath.dirname(path))}\n", script.span)
        out.composer.extend(_run(top, name, 0))
        out.composer.add("\n", script.span)
        return out.program(env)
    except TroubleError as trouble:
        return refused(shown, trouble, covers)


def _script(top: Item, name: str) -> Item:
    found = top.get("scripts", name)
    if found is None:
        raise TroubleError(rules.NOT_READABLE.at(top.span, reason=f"there is no script {name} in it"))
    return found


def _run(top: Item, name: str, depth: int) -> list[Chunk]:
    """A script with those around it."""
    found: list[Chunk] = []
    for one in (f"pre{name}", name, f"post{name}"):
        script = top.get("scripts", one)
        if script is not None:
            # The shell has no `set -e`: what the last command gives counts.
            head = Chunk(" &&\n(\nset +e\n" if found else "(\nset +e\n", script.span)
            found += [head, *_followed(top, script, depth), Chunk("\n)", script.span)]
    return found


def _followed(top: Item, script: Item, depth: int) -> list[Chunk]:
    """The text of a script, other scripts that it runs in their places."""
    chunks = chunks_of(script)
    text = "".join(chunk.text for chunk in chunks)
    found: list[Chunk] = []
    at, left = 0, text
    for call in _CALL.finditer(text):
        if depth >= _DEEPEST or top.get("scripts", call[1]) is None:
            raise TroubleError(rules.NOT_READABLE.at(script.span, reason=f"there is no script {call[1]} to run"))
        inner = _run(top, call[1], depth + 1)
        head, tail = Chunk(" ( ", script.span), Chunk(" ) ", script.span)
        found += [*part_of(chunks, at, call.start()), head, *inner, tail]
        at, left = call.end(), left[: call.start()] + " " * (call.end() - call.start()) + left[call.end() :]
    missed = _ANY_CALL.search(left)
    if missed is not None and re.search(r"\brun|run-[sp]\b", missed[0]):
        raise not_followed(script, f"`{missed[0].strip()}`", "Name the script that it runs.")
    if at and "||" in text:
        raise not_followed(script, "a script that runs another one and asks how it ended", "Name the other script.")
    return [*found, *part_of(chunks, at, len(text))]
