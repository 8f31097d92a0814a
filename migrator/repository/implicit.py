"""Builds elsewhere that name a folder and no Dockerfile: they take the `Dockerfile` in it, which is another one now."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.repository import compose, yaml_lines
from migrator.repository.edits import Edit
from migrator.repository.mentions import Kind, Mention, texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.project import Project
    from migrator.repository.compose import NewBuild
    from migrator.source import Source

_SHORT = re.compile(r"(?m)^([ \t]*)build:([ \t]+)([\"']?)([^\"'#\s{\[]+)\3[ \t]*(?=#|\r?$)")
_CONTEXT = re.compile(r"(?m)^([ \t]*)context:[ \t]+([\"']?)([^\"'#\s]+)\2[ \t]*(?=#|\r?$)")
_BUILD = re.compile(r"(?m)\b(?:docker|podman|nerdctl)(?:[ \t]+(?:image|buildx))?[ \t]+build(?:x)?\b([^\n|;&#]*)")
_SAYS = (Kind.DOCUMENT, Kind.IGNORE, Kind.LIST)


def uses(project: Project, new: NewBuild, leave_out: frozenset[str]) -> Iterator[tuple[Mention, list[Edit] | None]]:
    """Every such build of a Dockerfile that changed its context, its path or its stage, with its edits.

    The edits are None where it is not certain what they would be.
    """
    folders = {posixpath.dirname(path): path for path in new.stages if posixpath.basename(path) == "Dockerfile"}
    for folder, path in folders.items():
        if new.path == path and new.folder == folder and new.stages[path] is None:
            continue
        for source, kind in texts_of(project, leave_out):
            if kind is Kind.COMPOSE:
                yield from _composed(source, folder, path, new)
            elif kind not in _SAYS:
                yield from _built(source, kind, folder)


def _composed(source: Source, folder: str, path: str, new: NewBuild) -> Iterator[tuple[Mention, list[Edit] | None]]:
    base = posixpath.dirname(source.name)
    for found in _SHORT.finditer(source.text):
        if _is_folder(base, found[4], folder):
            mention = Mention(source.name, Kind.COMPOSE, source.span(found.start(4), found.end(4)), folder)
            inner = f"\n{found[1]}  ".join(["", *_lines(base, path, new)])
            yield mention, [Edit(found.start(2), found.end(4) + len(found[3]), inner)]
    for found in _CONTEXT.finditer(source.text):
        if not _is_folder(base, found[3], folder):
            continue
        line = source.position(found.start(3))[0]
        siblings = set(yaml_lines.siblings(source, line, len(found[1])))
        if "dockerfile" in siblings or "dockerfile_inline" in siblings:
            continue
        mention = Mention(source.name, Kind.COMPOSE, source.span(found.start(3), found.end(3)), folder)
        if siblings - compose.UNCHANGED:
            yield mention, None
            continue
        context, *more = _lines(base, path, new)
        end = source.line_starts[line - 1] + len(source.line_text(line))
        value = context.removeprefix("context: ")
        edits = [Edit(found.start(3), found.end(3), value)]
        yield mention, [*edits, Edit(end, end, "".join(f"\n{found[1]}{one}" for one in more))]


def _lines(base: str, path: str, new: NewBuild) -> list[str]:
    """The mapping below `build:` that stands for an old Dockerfile."""
    lines = [f"context: {posixpath.relpath(new.folder or '.', base or '.')}"]
    lines.append(f"dockerfile: {posixpath.relpath(new.path, new.folder or '.')}")
    stage = new.stages[path]
    return lines if stage is None else [*lines, f"target: {stage}"]


def _is_folder(base: str, text: str, folder: str) -> bool:
    return "$" not in text and posixpath.normpath(posixpath.join(base, text)) == (folder or ".")


def _built(source: Source, kind: Kind, folder: str) -> Iterator[tuple[Mention, list[Edit] | None]]:
    for found in _BUILD.finditer(source.text):
        words = [word.strip("\"'`),") for word in found[1].split()]
        named = any(re.match(r"(--file|-f)", word) for word in words)
        if not named and any(not word.startswith("-") and _is_folder("", word, folder) for word in words[-1:]):
            span = source.span(found.start(), found.end())
            yield Mention(source.name, kind, span, folder or "."), None


__all__ = ["uses"]
