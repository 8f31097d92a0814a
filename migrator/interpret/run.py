"""A whole abstract run: every way through a script that matters, each as one world."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.commands.control import Exit, open_arguments
from migrator.frontends.read import read as read_input
from migrator.interpret.execute import DEEPEST, MOST_COMMANDS, TooLongError
from migrator.interpret.fork import MOST_WORLDS, Choice, Forks
from migrator.interpret.parameters import UnsetParameterError
from migrator.interpret.python.start import is_python, read
from migrator.interpret.record import Recorder
from migrator.rules import script as rules
from migrator.shell.parse import parse
from migrator.trace.budget import MOST_FOLDERS, TooMuchError, is_too_deep
from migrator.trace.history import in_order
from migrator.trace.state import Channels, State, Status
from migrator.trace.symbols import FIRST, Symbol, SymbolKind, Symbols, characters_in
from migrator.trace.tree import checkout
from migrator.trace.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from migrator.diagnostics import Diagnostic
    from migrator.interpret.record import Ran
    from migrator.project import Project
    from migrator.shell.syntax import Script
    from migrator.source import Span
    from migrator.trace.effects import DockerCall, Effect
    from migrator.trace.history import Event

ROOT = "/" + chr(FIRST)  # the repository's root, in every run: the first value that is not known
_FLAGS = {"e": "errexit", "u": "nounset", "x": "xtrace", "f": "noglob"}


@dataclass(frozen=True)
class World:
    """One way through the script: the choices that lead to it, what it did, and how it ended.

    `stopped` is the command at which the script gave up (`exit 1`, or a failure under `set -e`). `ran` are the simple
    commands in the order in which they began, those on ways that were looked at and not taken among them; `history`
    has only what is on the way. `called` are the commands that a program in another language ran.
    """

    choices: tuple[Choice, ...]
    calls: tuple[DockerCall, ...]
    effects: tuple[Effect, ...]
    workspace: Workspace
    status: Status
    state: State
    stopped: Span | None = None
    ran: tuple[Ran, ...] = ()
    history: tuple[Event, ...] = ()
    called: tuple[Ran, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What a script does: its worlds (at least one), the symbols in them, and the findings on the way.

    `folder` is where it was run, as a path from the root; empty for the root itself.
    """

    script: Script
    symbols: Symbols
    root: str
    worlds: tuple[World, ...]
    diagnostics: tuple[Diagnostic, ...]
    folder: str = ""


def run(
    project: Project,
    script: str,
    args: tuple[str, ...] | None = None,
    env: Mapping[str, str] | None = None,
    folder: str = "",
    *,
    closed: bool = False,
) -> Outcome:
    """Runs `script` abstractly from `folder`, on a clean checkout.

    `script` is a path in the project, or a part of another file such as `Makefile:image`.
    `args` are the positional parameters; None leaves them open: the user may give any. `env` are the
    environment variables that are known (`ROOT` in a value is the repository's root); every other one is a parameter,
    or, where the run is `closed`, not set.
    """
    program = read_input(project, script, args, env or {})
    source = program.source
    python = program.task is not None or is_python(script, source.text)
    parsed, act = read(source, program.task) if python else (parse(source), None)
    symbols = Symbols()
    symbols.character(Symbol(SymbolKind.PLACE, "root", "$PWD", None, None, empty=False))
    worlds: list[World] = []
    diagnostics = dict.fromkeys((*program.diagnostics, *parsed.diagnostics, *_unfit_names(project)))
    open_ways: list[tuple[bool, ...]] = [()]
    seen: set[tuple[bool, ...]] = set()
    while open_ways and len(worlds) < MOST_WORLDS:
        given = open_ways.pop(0)
        forks = Forks(given)
        shell = _prepare(project, parsed, symbols, (ROOT, script, folder), (program.args, env or {}), forks)
        shell.state.closed = closed
        ended = _follow(shell, parsed, act)
        made = tuple(choice.taken for choice in forks.made)
        if made not in seen:
            seen.add(made)
            worlds.append(_world(shell, forks, ended))
        diagnostics |= shell.diagnostics
        open_ways.extend((*made[:index], False) for index in range(len(given), len(made)))
    if open_ways:
        diagnostics[rules.TOO_MANY_PATHS.at(worlds[0].choices[0].span, limit=MOST_WORLDS)] = None
    return Outcome(parsed, symbols, ROOT, tuple(worlds), tuple(diagnostics), folder)


def _unfit_names(project: Project) -> Iterator[Diagnostic]:
    """Findings where a file's name holds a character that stands for an unknown value here, or lies too deep."""
    marks = next((found for path in project.files if (found := list(characters_in(path)))), None)
    if marks is not None:
        yield rules.RESERVED_CHARACTER.at(None, what="the name of a file", number=ord(marks[0]))
    if any(map(is_too_deep, project.files)):
        yield rules.TOO_MUCH.at(None, reason=f"a file lies in more than {MOST_FOLDERS} folders inside each other")


def _prepare(
    project: Project,
    parsed: Script,
    symbols: Symbols,
    place: tuple[str, str, str],
    given: tuple[tuple[str, ...] | None, Mapping[str, str]],
    forks: Forks,
) -> Recorder:
    root, script, folder = place
    args, env = given
    workspace = Workspace().put(root, checkout(project))
    positional = (open_arguments(symbols, 1),) if args is None else args
    name = posixpath.relpath(script, folder) if folder else script
    name = name if "/" in name else f"./{name}"  # as a person starts it
    state = State(
        cwd=posixpath.normpath(f"{root}/{folder}"), workspace=workspace, variables=dict(env), exported=set(env),
        positional=positional, script=name,
    )  # fmt: skip
    words = (parsed.interpreter or "").split()
    for word in words[1:]:
        if word.startswith("-"):
            state.options.update(_FLAGS[letter] for letter in word[1:] if letter in _FLAGS)
    return Recorder(project, symbols, state, root, forks)


def _follow(
    shell: Recorder, parsed: Script, act: Callable[[Recorder], Status] | None
) -> tuple[Status, Span | None]:  # fmt: skip
    """How the script ends, and the command at which it gave up, if it did; `act` runs what is no shell."""
    stopped: list[Span] = []

    def body() -> Status:
        try:
            return shell.execute(parsed.body, Channels()) if act is None else act(shell)
        except (Exit, UnsetParameterError) as signal:
            code = signal.status.code if isinstance(signal, Exit) else 1
            if code not in (0, None) and shell.here is not None:
                stopped.append(shell.here)
            raise

    try:
        status = shell.to_the_end(body, Channels())
    except TooLongError:
        shell.note(rules.TOO_LONG.at(shell.here, limit=MOST_COMMANDS))
    except TooMuchError as error:
        shell.note(rules.TOO_MUCH.at(shell.here, reason=error.reason))
    except RecursionError:
        reason = f"functions, subshells and scripts run each other, more than {DEEPEST} deep"
        shell.note(rules.TOO_DEEP.at(shell.here, reason=reason))
    else:
        return status, stopped[0] if stopped else None
    return Status(None, None, shell.here), shell.here


def _world(shell: Recorder, forks: Forks, ended: tuple[Status, Span | None]) -> World:
    state = shell.state
    return World(
        tuple(forks.made), tuple(state.calls), tuple(state.effects), state.workspace, ended[0], state, ended[1],
        tuple(shell.ran[index] for index in sorted(shell.ran)), in_order(state.history),
        tuple(shell.called[index] for index in sorted(shell.called)),
    )  # fmt: skip
