"""Kinds of a script's commands, for whoever tells about them: the lesson and the story of a run share them."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from migrator.dockercli.parse import program_name

if TYPE_CHECKING:
    from migrator.interpret.run import Outcome, World
    from migrator.shell.syntax import Simple


class Kind(Enum):
    """What a command is for, as far as its name tells."""

    DOCKER = auto()
    TALK = auto()  # says something
    SETTINGS = auto()  # how the shell behaves
    FOLDER = auto()  # where the script works
    VARIABLE = auto()
    TEST = auto()  # asks, waits, or steers the script
    REMOVES = auto()  # removes files of the host
    HOST = auto()  # other work on files of the host
    OTHER = auto()


_NAMES = {
    Kind.TALK: "echo printf date : true tput clear",
    Kind.SETTINGS: "set shopt trap umask ulimit",
    Kind.FOLDER: "cd pushd popd",
    Kind.VARIABLE: "export local declare readonly typeset unset read shift getopts",
    Kind.TEST: "[ test exit return break continue command type which sleep wait",
    Kind.REMOVES: "rm rmdir unlink",
    Kind.HOST: "cp mv mkdir tar chmod chown ln touch install sed cat gzip gunzip zip unzip find tee mktemp rsync xz "
    "bzip2 dd head tail cut tr sort grep awk xargs basename dirname",
}
_KINDS = {name: kind for kind, names in _NAMES.items() for name in names.split()}
# Calls that only remove or stop what the script needed in between, and calls that only look.
CLEANERS = frozenset({"rm", "rmi", "stop", "kill", "wait", "image prune", "container prune", "start"})
LOOKS = frozenset({"images", "ps", "inspect", "version", "info", "logs", "image inspect", "container inspect"})


def kind_of(command: Simple) -> Kind:
    """The kind of a command as it is written; one without words sets variables."""
    if not command.words:
        return Kind.VARIABLE
    return kind_named(command.words[0].literal or "")


def kind_named(name: str) -> Kind:
    """The kind of a command by its name."""
    if name and program_name(name):
        return Kind.DOCKER
    return _KINDS.get(name, Kind.OTHER)


def told_world(outcome: Outcome) -> World:
    """Of the ways through a script the one that is told about: the one on which most happens."""
    return max(outcome.worlds, key=lambda world: len(world.effects))
