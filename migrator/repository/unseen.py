"""Commands on ways through the script that were not followed, such as the removal of what an earlier run left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.dockercli.names import copy_end, normal_image
from migrator.dockercli.parse import parse
from migrator.rules import repository as rules
from migrator.shell import syntax
from migrator.shell.walk import commands_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from migrator.diagnostics import Diagnostic
    from migrator.dockercli.parse import Call
    from migrator.repository.decide import Decision
    from migrator.repository.fates import Fates
    from migrator.repository.roles import Cast
    from migrator.shell.syntax import Script
    from migrator.source import Span

_REMOVES = frozenset({"rm", "rmi", "stop", "kill"})


def removals(scripts: Mapping[str, Script], cast: Cast, decision: Decision) -> set[Span]:
    """The commands that did not run and that would only pass something on, or remove what is not made any more."""
    names = _gone(cast) - decision.made_names()
    found: set[Span] = set()
    for leaf, words in _unseen(scripts, cast):
        call = parse(words[1:] if words[0] == "sudo" else words)
        if call is not None and call.operands and _passes_only(call, names):
            found.add(leaf.span)
    return found


def _passes_only(call: Call, names: set[str]) -> bool:
    """Whether a docker command is about containers and images alone that are not made any more."""
    operands = call.operands
    if call.verb in _REMOVES:
        return all(name in names or normal_image(name) in names for name in operands)
    if call.verb == "cp":
        return any(copy_end(name).container in names for name in operands)
    if call.verb in ("create", "run"):
        return call.value("name") in names and normal_image(operands[0]) in names
    return call.verb in ("start", "wait", "exec", "logs") and operands[0] in names


def tasks(scripts: Mapping[str, Script], cast: Cast, fates: Fates) -> Iterator[Diagnostic]:
    """Commands that did not run, stay, and name what is not made any more."""
    names = _gone(cast) - fates.decision.made_names()
    for leaf, words in _unseen(scripts, cast):
        named = [word for word in words[1:] if word in names]
        if named and words[0] not in ("echo", "printf") and not fates.goes(leaf):
            yield rules.NAMES_WHAT_IS_GONE.at(leaf.span, name=named[0])


def _gone(cast: Cast) -> set[str]:
    """The names of containers and images that the new way does not make."""
    passing = cast.passing
    kept = {normal_image(tag) for wanted in passing.plan.wanted for tag in wanted.tags}
    tags = {tag for built in passing.units if built not in passing.targets for tag in built.tags}
    gone = {tag for tag in tags if normal_image(tag) not in kept}
    return cast.passing_names() | gone | {normal_image(tag) for tag in gone}


def _unseen(scripts: Mapping[str, Script], cast: Cast) -> Iterator[tuple[syntax.Simple, list[str]]]:
    """The commands that did not run, with their words as far as they are plain text or plain variables."""
    seen = {item.span for item in cast.passing.world.ran}
    variables = cast.passing.world.state.variables
    for script in scripts.values():
        for leaf in commands_in(script.body):
            if isinstance(leaf, syntax.Simple) and leaf.words and leaf.span not in seen:
                yield leaf, [_plain(word, variables) for word in leaf.words]


def _plain(word: syntax.Word, variables: Mapping[str, str]) -> str:
    """A word's text with the last value of each variable in it; what else is expanded is left as it is written."""
    found = []
    for part in word.parts:
        if isinstance(part, syntax.Literal):
            found.append(part.text)
        elif isinstance(part, syntax.Parameter) and part.operator is None and part.subscript is None:
            found.append(variables.get(part.name, part.span.text))
        else:
            found.append(part.span.text)
    return "".join(found)
