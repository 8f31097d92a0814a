"""The parser directives at the head of the new file: one of each, which has to do for every old file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.dockerfile.escapes import BACKSLASH, with_backslash
from migrator.dockerfile.parse import parse
from migrator.rules import legacy
from migrator.rules import plan as rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from migrator.diagnostics import Diagnostic
    from migrator.dockerfile.syntax import Directive, Dockerfile
    from migrator.source import Source

_FRONT_END = re.compile(r"docker/dockerfile:(\d+(?:\.\d+)*)$")


def one_escape(recipes: Iterable[Source]) -> dict[Source, Source]:
    """Each Dockerfile as it is to be read: with the backslash, if they do not all have the same escape character."""
    sources = list(dict.fromkeys(recipes))
    if len({parse(source).escape for source in sources}) < 2:
        return {source: source for source in sources}
    return {source: with_backslash(source) or source for source in sources}


def reconciled(dockerfiles: Sequence[Dockerfile]) -> list[Directive]:
    """The directives of the new file, in the order in which the old ones come, and the newest front end of all.

    A `check` that makes findings errors would hold for stages that never asked for it: it stays only where all agree.
    An escape that is the one of files that do not say any is not worth a line.
    """
    found: dict[str, Directive] = {}
    for directive in (one for dockerfile in dockerfiles for one in dockerfile.directives):
        known = found.get(directive.name)
        if known is None or (directive.name == "syntax" and _newer(directive.value, known.value)):
            found[directive.name] = directive
    escape = found.get("escape")
    if escape is not None and escape.value == BACKSLASH and not all(map(_names_escape, dockerfiles)):
        del found["escape"]
    check = found.get("check")
    values = [{one.value for one in file.directives if one.name == "check"} for file in dockerfiles]
    if check is not None and "error=" in check.value and any(value != {check.value} for value in values):
        del found["check"]
    return list(found.values())


def conflicts(dockerfiles: Sequence[Dockerfile]) -> Iterable[Diagnostic]:
    """What no one head can be for all of the files."""
    if len({dockerfile.escape for dockerfile in dockerfiles}) > 1:
        odd = next(one for file in dockerfiles for one in file.directives if one.name == "escape" and one.value != "\\")
        yield rules.ESCAPE_DIFFERS.at(odd.span)
    syntaxes = {one.value: one for file in dockerfiles for one in file.directives if one.name == "syntax"}
    if len(syntaxes) > 1 and not all(map(_FRONT_END.search, syntaxes)):
        last = list(syntaxes.values())[-1]
        yield legacy.SYNTAX_DIFFERS.at(last.span, values=" and ".join(sorted(syntaxes)))


def _names_escape(dockerfile: Dockerfile) -> bool:
    return any(directive.name == "escape" for directive in dockerfile.directives)


def _newer(one: str, other: str) -> bool:
    """Whether a front end takes all that the other one does: `1` is the newest of all that begin so."""
    mine, theirs = _FRONT_END.search(one), _FRONT_END.search(other)
    if mine is None or theirs is None:
        return False
    numbers = [[int(part) for part in found[1].split(".")] for found in (mine, theirs)]
    first, second = (tuple(parts) + (10**6,) * (3 - len(parts)) for parts in numbers)
    return first > second
