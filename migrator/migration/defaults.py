"""Variables that choose what a build reads, taken for the whole script at their defaults or as a CI service sets them.

`CTX=${CTX:-.}` may name any folder; where the script also writes to that folder, what a build reads there is only known
when the variable is. So such a script is looked at once more, as it runs when nobody sets the variable; and where the
variable is one in which a CI service names the checkout's folder, as it runs there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.migration.graph import builds
from migrator.rules import script as rules
from migrator.trace.symbols import SymbolKind, characters_in, is_known, is_symbol
from migrator.trace.workspace import Entries, Folder, known_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from migrator.diagnostics import Diagnostic
    from migrator.interpret.run import Outcome, World
    from migrator.source import Span
    from migrator.trace.workspace import Node

# Source: the services' own lists of the variables that a job finds set.
CHECKOUTS = frozenset((
    "WORKSPACE", "TRAVIS_BUILD_DIR", "GITHUB_WORKSPACE", "CI_PROJECT_DIR", "BUILD_SOURCESDIRECTORY",
    "BUILD_REPOSITORY_LOCALPATH", "SYSTEM_DEFAULTWORKINGDIRECTORY", "BITBUCKET_CLONE_DIR", "DRONE_WORKSPACE",
    "SEMAPHORE_PROJECT_DIR", "APPVEYOR_BUILD_FOLDER", "BUILDKITE_BUILD_CHECKOUT_PATH", "CODEBUILD_SRC_DIR",
    "WERCKER_SOURCE_DIR", "SHIPPABLE_BUILD_DIR", "SNAP_WORKING_DIR", "bamboo_build_working_directory",
))  # fmt: skip

_VARIABLE = re.compile(r"\$\{([A-Za-z_]\w*):?[-=][^}]*\}")
_BARE = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")
_READ = {"build": ("file",), "cp": (), "run": ("volume", "mount"), "create": ("volume", "mount")}


@dataclass(frozen=True)
class Assumed:
    """Variables with the values that are assumed, which of them name the checkout's folder, and how to say it."""

    values: Mapping[str, str]
    checkouts: tuple[str, ...]
    told: tuple[Diagnostic, ...]

    def __bool__(self) -> bool:
        return bool(self.told)


def deciding(outcome: Outcome, env: Mapping[str, str]) -> Assumed:
    """The variables, beside those in `env`, in the paths from and to which the script builds and copies."""
    values: dict[str, str] = {}
    checkouts: dict[str, None] = {}
    told: dict[str, Diagnostic] = {}
    for text, span in (found for world in outcome.worlds for found in _paths(world)):
        for symbol in outcome.symbols.within(text):
            if symbol.kind is not SymbolKind.PARAMETER:
                continue
            bare = _BARE.fullmatch(symbol.shell or "")
            name = _VARIABLE.fullmatch(symbol.shell or "")
            if bare is not None and bare[1] in CHECKOUTS and bare[1] not in env:
                values[bare[1]] = outcome.root
                checkouts[bare[1]] = None
                told.setdefault(bare[1], rules.CHECKOUT_ASSUMED.at(span, name=bare[1]))
            elif name is not None and _is_fixed(symbol.default, outcome) and name[1] not in env:
                values.setdefault(name[1], symbol.default or "")
                told.setdefault(name[1], rules.DEFAULT_ASSUMED.at(span, name=name[1], value=symbol.default))
    return Assumed(values, tuple(checkouts), tuple(told.values()))


def meets_by_default(outcome: Outcome) -> bool:
    """Whether a build sees a name that hangs on a variable and is by its default that of another thing beside it."""
    return any(_meets(built.context.tree, outcome) for world in outcome.worlds for built in builds(world))


def _meets(node: Node | None, outcome: Outcome) -> bool:
    if not isinstance(node, Folder) or node.origin is not None:
        return False
    names = known_names(node)
    usual = {"".join(outcome.symbols[c].default or c if is_symbol(c) else c for c in name) for name in names}
    return len(usual) < len(names) or any(_meets(below, outcome) for below in names.values())


def _is_fixed(default: str | None, outcome: Outcome) -> bool:
    """Whether a default is the same in each run."""
    return default is not None and is_known(default.replace(outcome.root, ""))


def _paths(world: World) -> Iterator[tuple[str, Span]]:
    """Texts that choose what is read or where it is put, each with the command of which it is a part."""
    span = None
    for call in world.calls:
        span = span or call.span
        options = _READ.get(call.call.verb)
        yield call.cwd, call.span
        if options is None:
            continue
        operands = call.call.operands if call.call.verb in ("build", "cp") else ()
        paths = [text.partition(":")[2] if ":" in text.split("/")[0] else text for text in operands]
        for text in (*paths, *(value for option in options for value in call.call.values(option))):
            yield text, call.span
    for built in builds(world):
        yield "".join(_names(built.context.tree)), built.span
    if span is not None:
        yield "".join(_names(world.workspace.root)), span


def _names(node: Node | None) -> Iterator[str]:
    """The values in the names of a tree."""
    if isinstance(node, Folder) and node.origin is None:
        for layer in node.layers:
            for name, below in layer.names.items() if isinstance(layer, Entries) else ():
                yield from characters_in(name)
                yield from _names(below)
