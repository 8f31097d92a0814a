"""A file of a CI service after a cut: steps and commands of which nothing is left go, and all else stays as written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.frontends.ci.tree import tree
from migrator.frontends.make.holes import TroubleError
from migrator.repository.derived import CannotMapError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from migrator.frontends.ci.tree import Item
    from migrator.project import Project
    from migrator.repository.edits import Edit

_OF_A_STEP = frozenset({"name", "run", "command", "id", "shell", "if", "env", "working-directory", "working_directory"})
# Keys without which a job is a job all the same.
_MAY_GO = frozenset({"before_script", "after_script", "before_install", "install", "after_success", "after_failure"})


def tidied(project: Project, path: str, edits: list[Edit]) -> str:
    """The text with edits in commands made; raises CannotMapError where what is left would be no command."""
    text = project.text(path) or ""
    try:
        top = tree(project, path)
    except TroubleError:
        raise CannotMapError from None
    cuts: list[tuple[int, int]] = []
    left = list(edits)
    for start, end, commands in _steps(top, text):
        inside = [edit for edit in left if start <= edit.start and edit.end <= end]
        if inside and all(_is_empty(one, inside) for one in commands):
            left = [edit for edit in left if edit not in inside]
            cuts.append((start, end))
    for key, start, end, entries in _lists(top, text):
        if all(any(low <= entry.span.start < high for low, high in cuts) for entry in entries):
            if key not in _MAY_GO:
                raise CannotMapError
            cuts.append((start, end))
    for one in _values(top):
        inside = [edit for edit in left if one.span.start <= edit.start and edit.end <= one.span.end]
        if inside and _is_empty(one, inside):
            raise CannotMapError
    lines = _edited_lines(text, left)
    return _without(text, lines, cuts)


def _lists(item: Item, text: str) -> Iterator[tuple[str, int, int, list[Item]]]:
    """The keys with lists below them, each with its whole lines."""
    for entry in item.items():
        yield from _lists(entry, text)
    for key, value in item.pairs():
        if value.is_list and value.items() and value.style == "" and key.span.start < value.span.start:
            end = text.find("\n", value.span.end)
            yield key.text, text.rfind("\n", 0, key.span.start) + 1, len(text) if end < 0 else end + 1, value.items()
        yield from _lists(value, text)


def _edited_lines(text: str, edits: list[Edit]) -> list[tuple[int, int, str]]:
    """The lines with their places and their new text; empty where nothing is left of one."""
    found: list[tuple[int, int, str]] = []
    at = 0
    for line in text.splitlines(keepends=True):
        inside = sorted((edit for edit in edits if at <= edit.start < at + len(line)), reverse=True)
        new = line
        for edit in inside:
            if edit.end > at + len(line):
                raise CannotMapError
            new = new[: edit.start - at] + edit.text + new[edit.end - at :]
        found.append((at, at + len(line), "" if inside and not new.strip() else new))
        at += len(line)
    return found


def _without(text: str, lines: list[tuple[int, int, str]], cuts: list[tuple[int, int]]) -> str:
    kept = [new for start, end, new in lines if not any(low <= start and end <= high for low, high in cuts)]
    if sum(len(new) for new in kept) == len(text):
        raise CannotMapError
    return "".join(kept)


def _steps(item: Item, text: str) -> Iterator[tuple[int, int, list[Item]]]:
    """The entries of lists that are a command or hold one, each with its whole lines and its commands."""
    for entry in item.items():
        commands = _commands(entry)
        start = text.rfind("\n", 0, entry.span.start) + 1
        if commands and text[start : entry.span.start].strip() == "-":
            end = text.find("\n", entry.span.end)
            yield start, len(text) if end < 0 else end + 1, commands
        else:
            yield from _steps(entry, text)
    for _, value in item.pairs():
        yield from _steps(value, text)


def _commands(entry: Item) -> list[Item]:
    if entry.is_text:
        return [entry]
    found = [value for key, value in entry.pairs() if key.text in ("run", "command") and value.is_text]
    inner = [value for key, value in entry.pairs() if key.text == "run" and value.is_map]
    found += [one for value in inner for one in _commands(value)]
    plain = {key.text for key, _ in entry.pairs()} <= _OF_A_STEP
    return found if plain else []


def _values(item: Item) -> Iterator[Item]:
    if item.is_text:
        yield item
    for entry in item.items():
        yield from _values(entry)
    for _, value in item.pairs():
        yield from _values(value)


def _is_empty(item: Item, edits: Iterable[Edit]) -> bool:
    """Whether nothing but blanks and comments is left of a command."""
    source, span = item.source, item.span
    start = span.start
    if item.style in ("|", ">"):
        start = source.text.find("\n", start) + 1
    text = source.text[start : span.end]
    for edit in sorted(edits, reverse=True):
        if start <= edit.start and edit.end <= span.end:
            text = text[: edit.start - start] + edit.text + text[edit.end - start :]
    return all(not line.strip(" \t'\"") or line.lstrip().startswith("#") for line in text.splitlines())


__all__ = ["tidied"]
