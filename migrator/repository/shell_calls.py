"""Calls of a script in shell text that stands in another file: a recipe, a step, a string of a program."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from migrator.diagnostics import Severity
from migrator.repository.edits import Edit
from migrator.shell import syntax
from migrator.shell.parse import parse
from migrator.shell.walk import commands_in, nodes_in
from migrator.source import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.source import Span

SHELLS = ("sh", "bash", "/bin/sh", "/bin/bash", "/usr/bin/bash")
_MOVES = ("cd", "pushd", "popd", "source", ".", "eval", "ssh", "env", "exec")


def is_call(words: Sequence[str | None], script: str) -> bool:
    """Whether the words of a command are the script and nothing else, by its path from the folder they run in."""
    if len(words) == 2 and words[0] in SHELLS:
        return words[1] in (script, f"./{script}")
    return len(words) == 1 and (words[0] == f"./{script}" or (words[0] == script and "/" in script))


def edits(text: str, script: str, command: str) -> list[Edit] | None:
    """The edits of shell text in which every call of the script becomes the command.

    None where the script is named in another way than by such a call, or where the folder changes in between.
    """
    tree = parse(Source("call", text))
    if any(found.severity is Severity.ERROR for found in tree.diagnostics):
        return None
    found: list[Edit] = []
    for leaf in commands_in(tree.body):
        if not isinstance(leaf, syntax.Simple):
            continue
        words = [word.literal for word in leaf.words]
        if words and words[0] in _MOVES:
            return None
        if is_call(words, script) and not leaf.assignments:
            found.append(Edit(leaf.words[0].span.start, leaf.words[-1].span.end, command))
    if any(isinstance(node, syntax.Opaque) for node in nodes_in(tree.body)):
        return None
    left = text
    for edit in reversed(found):
        left = left[: edit.start] + left[edit.end :]
    return found if found and script.rpartition("/")[2] not in left else None


def edit_at(span: Span, script: str, command: str) -> Edit | None:
    """The edit of a shell file in which the call around a span becomes the command; None where it is no such call."""
    for leaf in commands_in(_tree(span.source).body):
        if isinstance(leaf, syntax.Simple) and leaf.span.start <= span.start and span.end <= leaf.span.end:
            words = [word.literal for word in leaf.words]
            if is_call(words, script) and not leaf.assignments:
                return Edit(leaf.words[0].span.start, leaf.words[-1].span.end, command)
    return None


@lru_cache(maxsize=64)
def _tree(source: Source) -> syntax.Script:
    return parse(source)


def plain_words(command: str) -> list[str] | None:
    """The words of a command that is one simple command without expansions or assignments; None for any other."""
    body = parse(Source("command", command)).body
    match body.commands:
        case (syntax.Simple(assignments=(), redirects=()) as one,):
            words = [word.literal for word in one.words]
            return [word for word in words if word is not None] if None not in words else None
        case _:
            return None
