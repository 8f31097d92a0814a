"""A package.json after a cut: scripts of which nothing is left go, and so do the calls of them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from migrator.frontends.ci.tree import tree
from migrator.frontends.make.holes import TroubleError
from migrator.repository.derived import CannotMapError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migrator.project import Project
    from migrator.repository.edits import Edit

_RUN = r"(?:npm run(?:-script)?|yarn run|pnpm run)"


def escaped(text: str) -> str:
    """Shell text as it stands in a text of JSON."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def scripts(text: str) -> tuple[str, ...]:
    """The shell texts that a package.json names as its scripts; none where it is no such file."""
    try:
        found = json.loads(text).get("scripts")
    except (ValueError, AttributeError):
        return ()
    return tuple(one for one in found.values() if isinstance(one, str)) if isinstance(found, dict) else ()


def tidied(project: Project, path: str, edits: Iterable[Edit]) -> str:
    """The text with edits in scripts made; raises CannotMapError where what is left would be no package.json."""
    text = project.text(path) or ""
    try:
        scripts = tree(project, path).get("scripts")
    except TroubleError:
        raise CannotMapError from None
    if scripts is None:
        raise CannotMapError
    left: dict[str, str] = {}
    for key, value in scripts.pairs():
        start, end = value.span.start + 1, value.span.end - 1
        inside = [edit for edit in edits if start <= edit.start and edit.end <= end]
        new = text[start:end]
        for edit in sorted(inside, reverse=True):
            new = new[: edit.start - start] + edit.text + new[edit.end - start :]
        left[key.text] = new.strip() if inside else new
    if sum(value != text[one.span.start + 1 : one.span.end - 1] for (_, one), value in
           zip(scripts.pairs(), left.values(), strict=True)) == 0:  # fmt: skip
        raise CannotMapError
    left = _without_calls(left)
    for key, value in reversed(scripts.pairs()):
        new = left[key.text]
        if new == text[value.span.start + 1 : value.span.end - 1]:
            continue
        start, end = (value.span.start + 1, value.span.end - 1) if new else _line(text, key.span.start, value.span.end)
        text = text[:start] + new + text[end:]
    text = re.sub(r",(\s*\})", r"\1", text) if not all(left.values()) else text
    try:
        json.loads(text)
    except ValueError:
        raise CannotMapError from None
    return text


def _without_calls(left: dict[str, str]) -> dict[str, str]:
    """The scripts without calls of those that are empty, as long as that empties others."""
    while True:
        gone = {name for name, text in left.items() if not text}
        found = {}
        for name, text in left.items():
            new = text
            for one in sorted(gone):
                # Where a whole command goes, the cut took the `&&` beside it along.
                new = re.sub(rf"(?<!\S){_RUN} +{re.escape(one)}(?![\w:.-])\s*(?:&&\s*)?", "", new)
            new = re.sub(r"\s*&&\s*$", "", new) if new != text else new
            found[name] = new
        if found == left:
            return left
        left = found


def _line(text: str, start: int, end: int) -> tuple[int, int]:
    """The whole line of an entry, with the comma behind it."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    if text[first:start].strip() or last < 0 or text[end:last].strip() not in ("", ","):
        raise CannotMapError
    return first, last + 1


__all__ = ["escaped", "tidied"]
