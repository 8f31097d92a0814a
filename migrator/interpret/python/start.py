"""Which scripts are Python programs, and how one is run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.rules import python as rules
from migrator.shell.syntax import Script, Sequence
from migrator.trace.state import SUCCESS, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.interpret.record import Recorder
    from migrator.source import Source


def is_python(path: str, text: str) -> bool:
    """Whether a file is a Python program, by its name or its first line."""
    return path.endswith(".py") or re.match(r"#!.*\bpython[\d.]*\s", text) is not None


def read(source: Source, task: str | None = None) -> tuple[Script, Callable[[Recorder], Status]]:
    """A program in the place of a script (without commands of its own), and what runs it in a shell's state.

    With `task` it is a file of tasks, and this is the one of them to run.
    """
    # LibCST takes longer to load than most scripts to convert, and most are no Python programs.
    from migrator.interpret.python.program import Running  # noqa: PLC0415
    from migrator.interpret.python.sdk.names import unseen  # noqa: PLC0415
    from migrator.python.parse import NotPythonError, parse  # noqa: PLC0415

    nothing = Sequence(source.span(0, 0), ())
    try:
        program = parse(source)
    except NotPythonError as error:
        line = min(max(error.line, 1), len(source.line_starts)) - 1
        start = source.line_starts[line]
        problem = rules.NOT_PYTHON.at(source.span(start, start + len(source.line_text(line + 1))), reason=error.reason)
        return Script(source, "python3", nothing, (problem,)), lambda _: SUCCESS

    def act(shell: Recorder) -> Status:
        try:
            return Running(shell, program).result(task)
        finally:
            if task is None:
                unseen(source, shell)

    return Script(source, "python3", nothing), act


__all__ = ["is_python", "read"]
