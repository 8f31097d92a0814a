"""The likely cause of a difference and the change that would remove it, as far as the new Dockerfile tells."""

from __future__ import annotations

import json
import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.source import Source
from migrator.verify.archive import rooted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.migration.result import Converted
    from migrator.source import Span
    from migrator.verify.verdict import Difference


def with_cure(found: Diagnostic, difference: Difference, others: Sequence[Difference], made: Converted) -> Diagnostic:
    """A finding on a difference with the line that brings the path in, and with advice on just that change."""
    span = line_of(difference.path, made) if difference.path else None
    cure = CURES.get(difference.aspect)
    advice = cure(difference, others) if cure is not None else None
    return replace(found, span=span, advice=advice or found.advice)


def line_of(path: str, made: Converted) -> Span | None:
    """The line of the new Dockerfile that copies an artifact to a path, or to a folder around it."""
    places = [
        (rooted(consumer.destination), consumer.line) for artifact in made.artifacts for consumer in artifact.consumers
    ]
    around = [(place, line) for place, line in places if path == place or path.startswith(f"{place.rstrip('/')}/")]
    if not around:
        return None
    _, line = max(around)
    source = Source(made.dockerfile_path, made.dockerfile)
    lines = made.dockerfile.splitlines(keepends=True)
    if not 0 < line <= len(lines):
        return None
    start = sum(len(text) for text in lines[: line - 1])
    return source.span(start, start + len(lines[line - 1].rstrip("\n")))


def _owner(difference: Difference, _: Sequence[Difference]) -> str:
    return f"Give the COPY that brings it --chown={difference.legacy}: COPY --from keeps the owner of the stage."


def _mode(difference: Difference, _: Sequence[Difference]) -> str:
    return (
        f"Set mode {difference.legacy} in the stage that makes it (`RUN chmod {difference.legacy} …`), or give its COPY"
        f" --chmod={difference.legacy} (BuildKit)."
    )


def _type(difference: Difference, _: Sequence[Difference]) -> str | None:
    if difference.new == "symlink":
        return "The script's way over the host followed the link, or the file was made there: copy what it points to."
    if difference.legacy == "symlink":
        return "COPY --from follows a link that it names: copy the folder around it, which keeps the link."
    return None


def _missing(difference: Difference, others: Sequence[Difference]) -> str | None:
    folder, name = posixpath.split(difference.path)
    moved = [
        other.path
        for other in others
        if other.aspect == "extra" and posixpath.basename(other.path) == name
        and (_is_inside(other.path, folder) or _is_inside(difference.path, posixpath.dirname(other.path)))
    ]  # fmt: skip
    if not moved:
        return None
    return f"It is at {moved[0]} in the new image, a level off: copy the folder's content, or name the folder."


def _is_inside(path: str, folder: str) -> bool:
    return path.startswith(f"{folder.rstrip('/')}/")


def _variables(difference: Difference, _: Sequence[Difference]) -> str | None:
    try:
        legacy, new = (json.loads(text) for text in (difference.legacy, difference.new))
    except ValueError:
        return None
    if isinstance(legacy, list) and isinstance(new, list) and sorted(legacy) == sorted(new):
        names = ", ".join(str(pair).partition("=")[0] for pair in legacy)
        return f"The same variables in another order: write the ENV lines so that they come as {names}."
    return None


CURES: Mapping[str, Callable[[Difference, Sequence[Difference]], str | None]] = {
    "owner": _owner,
    "mode": _mode,
    "type": _type,
    "missing": _missing,
    "config.Env": _variables,
}
