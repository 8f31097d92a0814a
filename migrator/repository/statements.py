"""Statements that are changed as a whole: loops that become builds, folders entered for nothing, lists cut short."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.repository.edits import Edit
from migrator.repository.words import CannotRewriteError, align
from migrator.shell import syntax
from migrator.shell.parse import parse
from migrator.shell.walk import commands_in, leaves, nodes_in
from migrator.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from migrator.interpret.record import Ran
    from migrator.repository.fates import Fates
    from migrator.repository.rebuild import Rebuilder
    from migrator.repository.roles import Cast
    from migrator.shell.syntax import Command, Script
    from migrator.source import Span


def whole(script: Script, span: Span, fates: Fates, rebuilder: Rebuilder) -> tuple[Span, str]:
    """The smallest statement around a build that can be replaced by its new commands, and those commands.

    Everything in it goes, or builds, or only says something. Raises CannotRewriteError when there is no such one:
    inside a function, or away from the repository's root, the commands would mean something else.
    """
    around = [
        node for node in nodes_in(script.body)
        if isinstance(node, syntax.For | syntax.While | syntax.ArithmeticFor | syntax.If | syntax.Case | syntax.Simple
                      | syntax.Subshell | syntax.Pipeline | syntax.Group)
        and node.span.source == span.source and node.span.start <= span.start and span.end <= node.span.end
    ]  # fmt: skip
    loops = [node for node in around if isinstance(node, syntax.For | syntax.While | syntax.ArithmeticFor)]
    if loops:
        around = [node for node in around if all(_holds(node, loop) for loop in loops)]
    functions = [node for node in nodes_in(script.body) if isinstance(node, syntax.Function)]
    for node in sorted(around, key=lambda node: node.span.end - node.span.start):
        if any(one.span.start <= node.span.start and node.span.end <= one.span.end for one in functions):
            break
        if all(_vanishes(leaf, fates) for leaf in leaves(node)):
            try:
                return node.span, _commands(node, fates, rebuilder)
            except CannotRewriteError:
                continue  # a larger statement may begin at the root
    raise CannotRewriteError


def _holds(node: Command, inner: Command) -> bool:
    return node.span.start <= inner.span.start and inner.span.end <= node.span.end


def _vanishes(leaf: syntax.Simple | syntax.Test, fates: Fates) -> bool:
    return fates.goes(leaf) or leaf.span in fates.decision.builds or leaf.span not in fates.decision.busy


def _commands(node: Command, fates: Fates, rebuilder: Rebuilder) -> str:
    """The new commands for all builds in a statement, in the order in which they ran, one a line."""
    runs: list[tuple[Ran, str]] = []
    inside = {leaf.span for leaf in leaves(node)}
    first = next((item for item in rebuilder.passing.world.ran if item.span in inside), None)
    if first is None or first.before.cwd != rebuilder.passing.root:
        raise CannotRewriteError
    for leaf in commands_in(node):
        for item, built in fates.decision.builds.get(leaf.span, ()):
            runs.append((item, rebuilder.line(built)))
    lines = dict.fromkeys(line for _, line in sorted(runs, key=lambda run: run[0].index))
    source = node.span.source
    begin = source.line_starts[node.span.line - 1]
    head = source.text[begin : node.span.start]
    indent = head if not head.strip() else ""
    return f"\n{indent}".join(lines)


def trimmed(cast: Cast, fates: Fates) -> Iterator[tuple[str, Edit]]:
    """The removal of words from commands that remove what was passed on together with other things."""
    runs: dict[Span, list[Ran]] = {}
    for item in cast.passing.world.ran:
        runs.setdefault(item.span, []).append(item)
    for span, items in runs.items():
        node = items[0].node
        if span.file not in cast.editable or not isinstance(node, syntax.Simple) or fates.goes(node):
            continue
        cut: set[Span] | None = None
        for item in items:
            words = align(node, item.words)
            names = [name for name in cast.trims(item) if not fates.decision.is_still_made(item, name)]
            found = {word.span for word, field in words.whole() if field in names} if words is not None else set()
            cut = found if cut is None else cut & found
        for word in sorted(cut or (), key=lambda one: one.start):
            before = len(span.source.text[: word.start].rstrip(" \t"))
            yield span.file, Edit(before, word.end)


@dataclass
class Moves:
    """`pushd X` … `popd` around nothing but new builds, and the same with `cd`: both go, and the builds stand outside.

    `spans` are the commands that go, `folders` where each of the builds stands then.
    """

    spans: set[Span] = field(default_factory=set)
    folders: dict[Span, str] = field(default_factory=dict)


def moves_without_use(scripts: Mapping[str, Script], fates: Fates, cast: Cast) -> Moves:
    """The changes of folder that are not worth it any more."""
    found = Moves()
    places: dict[Span, list[Ran]] = {}
    for item in cast.passing.world.ran:
        places.setdefault(item.span, []).append(item)
    once = {span: items[0] for span, items in places.items() if len(items) == 1}
    for script in scripts.values():
        for node in nodes_in(script.body):
            if isinstance(node, syntax.Sequence):
                _pairs(node, fates, once, found, ends=node is script.body)
    return found


def _pairs(body: syntax.Sequence, fates: Fates, once: Mapping[Span, Ran], found: Moves, *, ends: bool) -> None:
    """The pairs in one sequence; at the end of the script nobody cares where it stands."""
    opening: Ran | None = None
    inside: list[Span] = []
    for command, gone in zip(body.commands, fates.gone_in(body), strict=True):
        if gone:
            continue
        item = once.get(command.span) if isinstance(command, syntax.Simple) else None
        name = posixpath.basename(item.words[0]) if item is not None and item.words else ""
        if item is None:
            opening = None
        elif _is_plain_build(item, fates):
            inside.append(item.span)
        elif name not in ("cd", "pushd", "popd"):
            opening = None
        elif opening is not None and item.after.cwd == opening.before.cwd:
            _leave(found, opening, inside, item)
            opening = None
        else:
            moves = name in ("cd", "pushd") and item.before.cwd != item.after.cwd
            opening, inside = (item if moves else None), []
    if opening is not None and ends and inside:
        _leave(found, opening, inside, None)


def _leave(found: Moves, opening: Ran, inside: list[Span], closing: Ran | None) -> None:
    found.spans.add(opening.span)
    if closing is not None:
        found.spans.add(closing.span)
    found.folders.update(dict.fromkeys(inside, opening.before.cwd))


def _is_plain_build(item: Ran, fates: Fates) -> bool:
    """Whether a command is a new build in which no path but those of the build itself is written."""
    others = ("iidfile", "secret", "ssh", "build-context", "output", "metadata-file")
    own = [call.call for call in item.calls if call.span == item.span]
    return item.span in fates.decision.builds and len(own) == 1 and not any(own[0].has(name) for name in others)


def waiting(scripts: Mapping[str, Script], fates: Fates) -> set[Span]:
    """Every `wait` of a script of which all that ran in the background goes."""
    found: set[Span] = set()
    for script in scripts.values():
        jobs = [node for node in nodes_in(script.body) if isinstance(node, syntax.Background)]
        if jobs and all(fates.goes(job) for job in jobs):
            simple = [leaf for leaf in commands_in(script.body) if isinstance(leaf, syntax.Simple) and leaf.words]
            found |= {leaf.span for leaf in simple if leaf.words[0].literal == "wait"}
    return found


def feeding(scripts: Mapping[str, Script], fates: Fates) -> set[Span]:
    """What only wrote the Dockerfile, or the context, that a build read from its standard input."""
    found: set[Span] = set()
    for script in scripts.values():
        for node in nodes_in(script.body):
            if not isinstance(node, syntax.Pipeline):
                continue
            for number, command in enumerate(node.commands):
                runs = fates.decision.builds.get(command.span, ())
                calls = [call.call for item, _ in runs for call in item.calls if call.span == item.span]
                if not any(call.operands[-1:] == ("-",) or call.value("file") == "-" for call in calls):
                    continue
                before = [leaf for other in node.commands[:number] for leaf in leaves(other)]
                if all(fates.goes(leaf) or leaf.span not in fates.decision.busy for leaf in before):
                    found.update(leaf.span for leaf in before)
    return found


def asks_last(script: Script, text: str) -> bool:
    """Whether a new text ends in `[ … ] && …`, and the old one did not: a caller would take no for a failure."""
    before, after = script.body.commands, parse(Source(script.source.name, text)).body.commands
    if not before or not after or before[-1].span.text == after[-1].span.text:
        return False
    last: Command = after[-1]
    if not isinstance(last, syntax.AndOr) or last.operator != "&&":
        return False
    while isinstance(last, syntax.AndOr):
        last = last.left
    asks = isinstance(last, syntax.Simple) and last.words and last.words[0].literal in ("[", "test")
    return bool(asks) or isinstance(last, syntax.Test | syntax.ArithmeticCommand)
