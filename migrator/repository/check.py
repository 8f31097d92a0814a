"""Distrust of what was written: the leftover script is read again, and run again as the first one was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.diagnostics import Severity
from migrator.dockercli.names import normal_image
from migrator.interpret.run import run
from migrator.project import Kind, Project
from migrator.repository.rebuild import located
from migrator.shell import syntax
from migrator.shell.parse import parse
from migrator.shell.walk import leaves, nodes_in
from migrator.source import Source
from migrator.trace.images import Built
from migrator.trace.symbols import is_known, is_symbol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from migrator.interpret.run import Outcome, World
    from migrator.migration.result import Converted
    from migrator.repository.passing import Passing
    from migrator.trace.symbols import Symbols

# What may stand around a lone build without being worth a script.
_FRAME = frozenset("set cd shopt umask".split())


def new_outcome(
    project: Project, conversion: Converted, outcome: Outcome, passing: Passing, texts: Mapping[str, str]
) -> Outcome | None:
    """What the new texts do; None where they are no shell, or leave a target of the conversion unbuilt."""
    for name, text in texts.items():
        if any(found.severity is Severity.ERROR for found in parse(Source(name, text)).diagnostics):
            return None
    changes = {**{change.path: change.content for change in conversion.files}, **texts}
    first = passing.world.ran[0].before
    folder = first.cwd.removeprefix(outcome.root).lstrip("/")
    open_words = any(is_symbol(word[0]) for word in first.positional if word)
    args = None if open_words else first.positional
    again = run(_changed(project, changes), conversion.script, args, first.variables, folder)
    wanted = sorted({passing.plan.wanted[number].tags for number in passing.targets.values()})
    path = passing.plan.path
    built = any(_has_all(world, again.symbols, outcome.symbols, wanted, path) for world in again.worlds)
    return again if built else None


def _changed(project: Project, changes: Mapping[str, str | None]) -> Project:
    """The project with some files changed."""
    files = {**project.files, **{path: project.files.get(path, Kind.FILE) for path in changes}}

    def read(path: str) -> bytes:
        text = changes.get(path)
        return project.read(path) if text is None else text.encode("utf-8", "surrogateescape")

    return Project(project.name, files, read, project.links)


def _has_all(world: World, symbols: Symbols, before: Symbols, wanted: Iterable[tuple[str, ...]], path: str) -> bool:
    """Whether one way through the new script leaves every name of every target on an image of the new file."""
    names = {
        _shown(name, symbols): image.recipe_path for name, image in world.state.images.items()
        if isinstance(image, Built)
    }  # fmt: skip
    for tags in wanted:
        for tag in tags:
            open_name = len(tag) == 1 and not is_known(tag)
            if names.get(_shown(tag if open_name else normal_image(tag), before)) != path:
                return False
    return True


def _shown(name: str, symbols: Symbols) -> str:
    """A name with every symbol as the bash text that yields it, so that two runs can be compared."""
    return "".join((symbols[c].shell or "?") if is_symbol(c) else c for c in name)


def only_builds(conversion: Converted, texts: Mapping[str, str], gone: Iterable[str]) -> bool:
    """Whether nothing is left of the script but one build whose command says all by itself."""
    commands = {target.command for target in conversion.targets}
    if len(commands) != 1 or "$" in next(iter(commands)) or set(texts) > {conversion.script, *gone}:
        return False
    text = texts[conversion.script]
    left = [leaf for leaf in leaves(parse(Source(conversion.script, text)).body) if not _is_frame(leaf)]
    comments = [line for line in text.splitlines()[1:] if line.lstrip().startswith("#")]
    return len(left) == 1 and not comments and not _depends(parse(Source(conversion.script, text)).body)


def _depends(body: syntax.Sequence) -> bool:
    """Whether what is built depends on more than constants of the script: on a command's output, or on the caller."""
    constants = {node.name for node in nodes_in(body) if isinstance(node, syntax.Assignment)}
    places = located(body.span.source.text)
    for command in body.commands:
        # Where the script stands is no question to a command that is run from the root.
        own = isinstance(command, syntax.Simple) and not command.words
        if own and {one.name for one in nodes_in(command) if isinstance(one, syntax.Assignment)} <= places:
            continue
        if isinstance(command, syntax.Simple) and command.words and command.words[0].literal in _FRAME:
            continue
        for node in nodes_in(command):
            if isinstance(node, syntax.CommandSubstitution):
                return True
            if isinstance(node, syntax.Parameter) and (node.name not in constants or node.operator is not None):
                return True
    return False


def _is_frame(leaf: syntax.Simple | syntax.Test) -> bool:
    return isinstance(leaf, syntax.Simple) and (not leaf.words or leaf.words[0].literal in _FRAME)
