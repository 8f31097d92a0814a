"""Options that are there or not: `[ "$NO_CACHE" = 1 ] && OPTS=--no-cache; docker build $OPTS …`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.dockercli.parse import parse
from migrator.trace.symbols import is_symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.commands.base import Invocation
    from migrator.dockercli.parse import Call

# Options that change how something is built or run and never what comes of it: either way gives the same conversion.
_SAME_IMAGE = frozenset({
    "no-cache", "pull", "rm", "force-rm", "progress", "compress", "cache-from", "memory", "memory-swap", "cpu-shares",
    "cpuset-cpus", "cpu-quota", "cpu-period", "shm-size", "ulimit", "cgroup-parent",
})  # fmt: skip
_SAME_RUN = frozenset({"tty", "interactive", "rm", "quiet", "init", "memory", "cpus", "log-driver", "pull"})


def with_ways(call: Invocation, parsed: Call, words: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words, each value that is one of a few lists of options taken out, and the values that were taken out.

    `docker build` keeps them as they are for the new command. Of a container's options the longest list stands in
    their place: a terminal matters for what is read from the output.
    """
    allowed = {"build": _SAME_IMAGE, "run": _SAME_RUN, "create": _SAME_RUN, "exec": _SAME_RUN}.get(parsed.verb)
    taken = [word for word in parsed.operands if allowed and _only_options(call, parsed.verb, word, allowed)]
    if not taken:
        return words, ()
    found: list[str] = []
    for word in words:
        if word not in taken:
            found.append(word)
        elif parsed.verb != "build":
            found.extend(max(call.shell.symbols[word].ways, key=len).split())
    return tuple(found), tuple(dict.fromkeys(taken))


def _only_options(call: Invocation, verb: str, word: str, allowed: frozenset[str]) -> bool:
    if len(word) != 1 or not is_symbol(word):
        return False
    ways = call.shell.symbols[word].ways
    return bool(ways) and all(_is_list(verb, way.split(), allowed) for way in ways)


def _is_list(verb: str, words: Sequence[str], allowed: frozenset[str]) -> bool:
    found = parse(("docker", verb, *words, "operand"))
    return (
        found is not None
        and found.operands == ("operand",)
        and not (found.unknown or found.missing)
        and {option.name for option in found.options} <= allowed
    )
