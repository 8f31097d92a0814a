"""A justfile after a cut: lines and recipes of which nothing is left go, and so does what needs them."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.frontends.just_text import read
from migrator.frontends.make.holes import TroubleError
from migrator.repository.derived import CannotMapError
from migrator.repository.edits import Edit, apply
from migrator.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from migrator.frontends.just_text import Justfile
    from migrator.project import Project

_NAME = r"[A-Za-z_][\w-]*"
# One recipe that another one needs, alone or with arguments.
_NEED = rf"(?:{_NAME}|\(\s*({_NAME})[^()]*\))"


def escaped(text: str) -> str:
    """Shell text as a recipe has to say it."""
    return text.replace("{{", "{{{{")


def fixed(project: Project, path: str) -> Callable[[str], bool]:
    """Whether an interpolation means the same in each recipe: it names no parameter of one."""
    file = _read(path, project.text(path) or "")
    taken = {one.name for recipe in file.recipes.values() for one in recipe.parameters} - file.assignments.keys()
    shared = {one.name for recipe in file.recipes.values() for one in recipe.parameters} & file.assignments.keys()
    return lambda text: not {*re.findall(_NAME, text)} & (taken | shared)


def _read(path: str, text: str) -> Justfile:
    try:
        return read(Source(path, text))
    except TroubleError:
        raise CannotMapError from None


@dataclass
class _Recipe:
    """A recipe: its head line and the lines of its body, as line numbers."""

    name: str
    head: int
    needs: set[str]
    lines: list[int] = field(default_factory=list)


def tidied(project: Project, path: str, edits: list[Edit]) -> str:
    """The text with edits in recipes made; raises CannotMapError where a recipe that goes is called by another name."""
    text = project.text(path) or ""
    file = _read(path, text)
    before = text.splitlines(keepends=True)
    starts = [0, *itertools.accumulate(map(len, before))]
    after, gone = _edited(before, edits)
    recipes = _recipes(file, before)
    removed = _without_work(recipes, before, after, gone)
    names = {recipe.name for recipe in removed}
    if names & set(file.aliases.values()):
        raise CannotMapError
    for recipe in removed:
        gone |= {recipe.head, *recipe.lines, *_attributes(before, recipe.head)}
    found = [Edit(starts[number], starts[number] + len(before[number])) for number in gone]
    for recipe in recipes:
        line = before[recipe.head].rstrip("\r\n")
        new = _without_needs(line, names)
        if recipe.head not in gone and new != line:
            found.append(Edit(starts[recipe.head], starts[recipe.head] + len(line), new))
    return apply(text, [*edits, *found])


def _edited(lines: list[str], edits: Iterable[Edit]) -> tuple[list[str], set[int]]:
    """The lines with the edits made, and the numbers of those of which nothing is left."""
    found: list[str] = []
    at = 0
    for line in lines:
        new = line
        for edit in sorted((one for one in edits if one.start < at + len(line) and one.end >= at), reverse=True):
            start, end = max(edit.start - at, 0), min(edit.end - at, len(line))
            if start == end and not edit.text:
                continue
            new = new[:start] + (edit.text if edit.start >= at else "") + new[end:]
        found.append(new)
        at += len(line)
    gone = {
        number for number, (old, new) in enumerate(zip(lines, found, strict=True))
        if old != new and not new.strip(" \t\r\n@-\\")
    }  # fmt: skip
    return found, gone


def _recipes(file: Justfile, lines: list[str]) -> list[_Recipe]:
    found = []
    for recipe in file.recipes.values():
        head = recipe.span.line - 1
        needs = {name for name, _ in (*recipe.before, *recipe.after)}
        body = []
        for number in range(head + 1, len(lines)):
            if lines[number].strip() and lines[number][0] not in " \t":
                break
            body.append(number)
        while body and not lines[body[-1]].strip():
            body.pop()
        found.append(_Recipe(recipe.name, head, needs, body))
    return found


def _without_work(recipes: list[_Recipe], before: list[str], after: list[str], gone: set[int]) -> list[_Recipe]:
    """The recipes of which the whole body is gone, and that nothing which stays is done by way of."""
    removed: list[_Recipe] = []
    while True:
        names = {recipe.name for recipe in removed}
        more = [
            recipe for recipe in recipes
            if recipe not in removed and any(before[number] != after[number] for number in recipe.lines)
            and all(number in gone or _says_nothing(before[number]) for number in recipe.lines)
            and recipe.needs <= names
        ]  # fmt: skip
        if not more:
            return removed
        removed += more


def _says_nothing(line: str) -> bool:
    """Whether a line of a recipe does nothing by itself: blanks, comments, how a script begins."""
    return re.fullmatch(r"\s*(#.*|set\s+-[\w\s-]+)?\s*", line) is not None


def _attributes(lines: list[str], head: int) -> set[int]:
    """The lines with the attributes of a recipe."""
    found: set[int] = set()
    while head and lines[head - 1].startswith("["):
        head -= 1
        found.add(head)
    return found


def _without_needs(line: str, names: set[str]) -> str:
    """A head line without the recipes that are gone."""
    found = re.match(rf"@?{_NAME}[^:]*(?::=[^:]*)*:(?!=)", line)
    if found is None or not names:
        return line
    head, rest = line[: found.end()], line[found.end() :]
    end = line[found.end() :].find("#")
    needs, tail = (rest, "") if end < 0 else (rest[:end], rest[end:])

    def kept(match: re.Match[str]) -> str:
        return "" if (match[2] or match[1].strip()) in names else match[0]

    new = re.sub(rf"([ \t]*{_NEED})(?=\s|$)", kept, needs)
    new = re.sub(r"[ \t]*&&[ \t]*(?=\r?\n|$)", "", new) if new != needs else needs
    return head + new + tail


__all__ = ["escaped", "fixed", "tidied"]
