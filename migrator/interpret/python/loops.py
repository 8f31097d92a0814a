"""Statements that need not be run one by one: loops over bytes that are passed on, messages that are shown, the end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.python import syntax
from migrator.python.walk import nodes_in

if TYPE_CHECKING:
    from collections.abc import Sequence

_QUIET = frozenset(("print", "sys.exit", "exit", "quit", "parser.print_help", "usage"))
# What shows a message, takes it apart, or gives up because of it.
_SAYS = re.compile(
    r"(print|str|repr|isinstance|dict|list|len|sys\.(exit|std(out|err)\.(write|flush))|json\.(loads|dumps)|pprint(\.pprint)?"
    r"|(logging|log|logger|_log|_logger|LOG|LOGGER)\.\w+|click\.echo|re\.\w+|\w*(Error|Exception)"
    r"|.*\.(get|strip|rstrip|lstrip|decode|split|splitlines|startswith|endswith|replace|keys|values|items|format|group))"
)


def only_passes(node: syntax.For) -> bool:
    """Whether a loop does nothing with each piece but write it, append it or add it."""
    name = re.escape(node.target.span.text)
    return not node.otherwise and _passes(node.body, name)


def _passes(body: Sequence[syntax.Statement], name: str) -> bool:
    for one in body:
        if isinstance(one, syntax.If):
            if one.condition.span.text != re.sub(r"\\(.)", r"\1", name) or one.otherwise or not _passes(one.body, name):
                return False
        elif not re.fullmatch(rf"[\w.]+\.(write|append)\({name}\)|\w+ \+= {name}", one.span.text.strip()):
            return False
    return True


def flat(body: Sequence[syntax.Statement]) -> list[syntax.Statement]:
    """The statements of a loop that passes pieces on, without asking whether a piece is empty."""
    return [inner for one in body for inner in (flat(one.body) if isinstance(one, syntax.If) else [one])]


def unpacks(node: syntax.For) -> bool:
    """Whether a loop over the members of an archive unpacks each of them, and nothing else."""
    name = re.escape(node.target.span.text)
    return len(node.body) == 1 and bool(
        re.fullmatch(rf"\w+\.extract\({name}\b[^()]*\)", node.body[0].span.text.strip())
    )


def only_says(node: syntax.For) -> bool:
    """Whether a loop does nothing with each message but show it, keep it, or give up."""
    calls = [one for one in nodes_in((*node.body, *node.otherwise)) if isinstance(one, syntax.Call)]
    opaque = any(isinstance(one, syntax.Opaque | syntax.Unknown) for one in nodes_in((*node.body, *node.otherwise)))
    return not opaque and all(_SAYS.fullmatch(one.function.span.text) for one in calls)


def bound_in(node: syntax.For) -> set[str]:
    """The names that a loop gives values to."""
    targets = [target for one in nodes_in(node.body) if isinstance(one, syntax.Assign) for target in one.targets]
    return {one.name for one in nodes_in((node.target, *targets)) if isinstance(one, syntax.Name)}


def only_leaves(ways: Sequence[syntax.Statement]) -> bool:
    """Whether statements only say something and end the program, as a failure."""
    last = ways[-1]
    ends = isinstance(last, syntax.Raise) or (
        isinstance(last, syntax.Evaluate)
        and isinstance(last.value, syntax.Call)
        and last.value.function.span.text in ("sys.exit", "exit", "quit")
    )
    calls = [one for way in ways for one in nodes_in(way) if isinstance(one, syntax.Call)]
    exits = "exit" in last.span.text and last.span.text.replace(" ", "") in ("sys.exit(0)", "sys.exit()")
    names = {one.function.span.text for one in calls if not isinstance(last, syntax.Raise) or one is not last.value}
    return ends and not exits and names <= _QUIET


__all__ = ["bound_in", "flat", "only_leaves", "only_passes", "only_says", "unpacks"]
