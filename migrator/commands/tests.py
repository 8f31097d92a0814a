"""`test` and `[`, and `umask`: they ask the interpreter's own conditions and state."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.trace.state import SUCCESS, Status

if TYPE_CHECKING:
    from migrator.commands.base import Command, Invocation


def test(call: Invocation) -> Status:
    """`test words`, `[ words ]`."""
    words = call.arguments
    if call.name == "[":
        if not words or words[-1] != "]":
            return Status(2)
        words = words[:-1]
    return call.shell.decide(words, call.span)


def mask(call: Invocation) -> Status:
    """`umask [mode]`."""
    words = [word for word in call.arguments if not word.startswith("-")]
    if not words:
        call.channels.say(f"{call.state.umask:04o}\n")
    elif re.fullmatch(r"[0-7]+", words[0]):
        call.state.umask = int(words[0], 8)
    return SUCCESS


COMMANDS: dict[str, Command] = {"test": test, "[": test, "umask": mask}
