"""Assignments that nothing needs any more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.shell import syntax
from migrator.shell.walk import commands_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.repository.fates import Fates
    from migrator.shell.syntax import Script
    from migrator.source import Span

# Names that programs read from the environment or the shell itself reads.
_SPECIAL = re.compile(r"DOCKER_\w*|BUILDKIT_\w*|COMPOSE_\w*|PATH|HOME|IFS|PWD|TMPDIR|LC_\w*|LANG|PS4|CDPATH|GIT_\w*")


def needless(scripts: Mapping[str, Script], texts: Mapping[str, str], fates: Fates) -> set[Span]:
    """The assignments whose variable was read before and is not named any more; values that do something stay."""
    found: set[Span] = set()
    assigned: dict[str, list[syntax.Simple]] = {}
    for script in scripts.values():
        for leaf in commands_in(script.body):
            if isinstance(leaf, syntax.Simple) and leaf.assignments and not leaf.words and not fates.goes(leaf):
                for assignment in leaf.assignments:
                    assigned.setdefault(assignment.name, []).append(leaf)
    old = "\n".join(script.source.text for script in scripts.values())
    new = "\n".join(texts.values())
    for name, places in assigned.items():
        if _SPECIAL.fullmatch(name) or not _is_named(name, old, places) or _is_named(name, new, places):
            continue
        if all(len(leaf.assignments) == 1 and leaf.span not in fates.decision.busy for leaf in places):
            found.update(leaf.span for leaf in places if not _acts(leaf, fates))
    return found


def _is_named(name: str, text: str, places: list[syntax.Simple]) -> bool:
    """Whether a text reads a variable outside of its own assignments, or hands its name to a command."""
    for place in places:
        text = text.replace(place.span.text, "", 1)
    reads = rf"\$\{{?[!#]?{name}\b|\(\([^)]*\b{name}\b"
    hands = rf"^[^#\n]*\b(export|read|readonly|declare|local|typeset|unset|eval|let|-v)\b[^#\n]*\b{name}\b"
    return re.search(rf"{reads}|{hands}", text, re.MULTILINE) is not None


def _acts(leaf: syntax.Simple, fates: Fates) -> bool:
    """Whether the value comes from a command that does something beside telling it."""
    return any(inner.span in fates.decision.busy for inner in commands_in((leaf.assignments, leaf.redirects)))
