"""Which model a command has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.commands import (
    archives,
    clients,
    control,
    editing,
    fetching,
    files,
    filters,
    folders,
    machine,
    modes,
    ordering,
    prefixes,
    printing,
    search,
    tarballs,
    text,
    transfer,
    variables,
)
from migrator.commands.docker.calls import docker
from migrator.commands.tests import COMMANDS as TESTS
from migrator.commands.understood import understands
from migrator.commands.unnamed import guarded
from migrator.dockercli.parse import program_name
from migrator.trace.streams import Opaque
from migrator.trace.symbols import is_known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.commands.base import Command, Invocation, Shell
    from migrator.trace.state import Status

MODELS: dict[str, Command] = {
    **prefixes.COMMANDS, **clients.COMMANDS, **files.COMMANDS, **transfer.COMMANDS, **archives.COMMANDS,
    **tarballs.COMMANDS, **fetching.COMMANDS,
    **text.COMMANDS, **filters.COMMANDS,
    **ordering.COMMANDS, **machine.COMMANDS, **printing.COMMANDS, **editing.COMMANDS,
    **modes.COMMANDS, **search.COMMANDS, **folders.COMMANDS, **variables.COMMANDS, **control.BUILTINS, **TESTS,
}  # fmt: skip
_OF_FILES = frozenset(
    {**files.COMMANDS, **transfer.COMMANDS, **archives.COMMANDS, **tarballs.COMMANDS, **text.COMMANDS,
     **filters.COMMANDS,
     **ordering.COMMANDS, **editing.COMMANDS, **modes.COMMANDS, **folders.COMMANDS}
)  # fmt: skip
# With -v these say what they do.
_TELLING = frozenset("cp mv rm rmdir mkdir ln install chmod chown chgrp rsync".split())
_SYSTEM = ("/bin/", "/usr/bin/", "/usr/local/bin/", "/sbin/", "/usr/sbin/")


def _telling(model: Command) -> Command:
    """A model whose command also prints what it does."""

    def both(call: Invocation) -> Status:
        status = model(call)
        call.channels.out.append(Opaque(call.span, f"what {call.name} -v prints"))
        return status

    return both


def find(words: Sequence[str], shell: Shell) -> Command:
    """The model of the command that `words` run; one that says that nothing is known when there is none."""
    name = words[0]
    if program_name(name) is not None:
        return docker
    if name.startswith(_SYSTEM):
        name = name.rsplit("/", 1)[-1]
    if "/" in name:
        return prefixes.script_file
    if not is_known(name):
        return prefixes.unknown
    if not understands(name, words[1:]):
        return prefixes.unknown
    model = MODELS.get(name, prefixes.unknown)
    if name in _TELLING and any(re.fullmatch(r"--verbose|-[A-Za-z]*v[A-Za-z]*", word) for word in words[1:]):
        model = _telling(model)
    return guarded((name, *words[1:]), shell, model, TESTS, _OF_FILES)
