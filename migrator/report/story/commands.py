"""What a command that is not docker's does, in a sentence without a subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.commands.base import split_options
from migrator.report.kinds import Kind, kind_named
from migrator.report.story.names import several, short, source
from migrator.shell.syntax import ArrayLiteral, Simple
from migrator.trace.effects import Unmodelled
from migrator.trace.symbols import SymbolKind, is_known, is_symbol
from migrator.trace.workspace import Folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.interpret.record import Ran
    from migrator.report.story.names import Names
    from migrator.shell.syntax import Assignment

_COPIERS = {"cp": "copies", "mv": "moves", "ln": "links", "install": "copies", "rsync": "copies"}
MESSAGE = "prints a message"
_TAKES_FOLDER = ("t", "target-directory")


@dataclass(frozen=True)
class Said:
    """A sentence; `quiet` when the command changes nothing."""

    text: str
    quiet: bool = False


def sentence(names: Names, ran: Ran, changes: Sequence[str]) -> Said | None:
    """What a command does; None where it only steers the script."""
    text = _sentence(names, ran, changes)
    if text is not None:
        return Said(text)
    words = _bare(ran.words)
    kind = kind_named(words[0]) if words else Kind.TEST
    if kind is Kind.TALK:
        return Said(MESSAGE, quiet=True)
    if kind in (Kind.TEST, Kind.VARIABLE, Kind.SETTINGS):
        return None
    return Said(f"runs {names.command(words)}: no part of an image", quiet=True)


def _sentence(names: Names, ran: Ran, changes: Sequence[str]) -> str | None:
    words = _bare(ran.words)
    unknown = any(isinstance(one, Unmodelled) and one.span == ran.span for one in ran.effects)
    if unknown or spoils(ran):
        return f"runs {names.command(words)}; what it does is not known, so any file may be another one now"
    if changes:
        return _changing(names, ran, words, changes)
    if not words:
        return assigned(names, ran)
    kind = kind_named(words[0])
    if kind is Kind.VARIABLE:
        return assigned(names, ran)
    if kind is Kind.SETTINGS:
        return _settings(names, words)
    if kind is Kind.FOLDER:
        went = "stays in" if ran.before.cwd == ran.after.cwd else "goes into"
        return f"{went} {names.folder(ran.after.cwd)}"
    if kind is Kind.REMOVES:
        return f"runs {names.command(words)}, where there is nothing to remove"
    return None


def spoils(ran: Ran) -> bool:
    """Whether nothing is known of the host's files any more behind a command."""
    return ran.before.workspace.taint is None and ran.after.workspace.taint is not None


def _bare(words: Sequence[str]) -> tuple[str, ...]:
    """The words without a prefix such as `sudo`, as far as it has no options."""
    found = list(words)
    while len(found) > 1 and found[0] in ("sudo", "time", "command", "env", "nice", "exec", "builtin"):
        found.pop(0)
    return tuple(found)


def _changing(names: Names, ran: Ran, words: Sequence[str], changes: Sequence[str]) -> str:
    """A command that changed files of the host."""
    name = words[0].rsplit("/", 1)[-1] if words else ""
    before, after = ran.before.workspace, ran.after.workspace
    gone = [path for path in changes if after.find(path) is None]
    there = [path for path in changes if path not in gone]
    if name == "mktemp":
        return f"makes a temporary {'folder' if split_options(words[1:]).has('d', 'directory') else 'file'}"
    if name == "mkdir":
        return f"makes the folder {names.paths(changes)}"
    if name in ("rm", "rmdir", "unlink"):
        operands = split_options(words[1:]).operands
        inside = names.outcome.root + "/"
        shown = [names.path(one) if one.startswith(inside) else names.value(one) for one in operands]
        return f"removes {several(shown)} from the host"
    if name in _COPIERS and there:
        given = split_options(words[1:], "tmogSf", _TAKES_FOLDER)
        operands = given.operands if given.has(*_TAKES_FOLDER) else given.operands[:-1]
        sources = several([names.value(operand) for operand in operands])
        return f"{_COPIERS[name]} {sources or 'files'} to {names.paths(there)}"
    if name in ("chmod", "chown", "touch") or (name == "sed" and there):
        return f"runs {names.command(words)}, which changes {names.paths(changes)}"
    made = [path for path in there if before.find(path) is None]
    kept = [path for path in there if path not in made]
    parts = [f"{verb} {names.paths(paths)}" for verb, paths in (
        ("makes the folder", [path for path in made if isinstance(after.find(path), Folder)]),
        ("writes", [path for path in made if not isinstance(after.find(path), Folder)]),
        ("changes", kept), ("removes", gone),
    ) if paths]  # fmt: skip
    done = " and ".join(parts)
    return done if name in ("echo", "printf", "cat", "tee", "") else f"runs {names.command(words)}, which {done}"


# --- variables and settings -------------------------------------------------------------------------------------------


def assigned(names: Names, ran: Ran) -> str | None:
    """What a command gives to variables."""
    given = ran.node.assignments if isinstance(ran.node, Simple) else ()
    found = [_one(names, ran, assignment) for assignment in given]
    for text in ran.words[1:]:
        name, equals, value = text.partition("=")
        if equals and name.isidentifier() and not text.startswith("-"):
            found.append(_value(names, name, value))
        elif ran.words[0] == "read" and name.isidentifier():
            found.append(_value(names, name, ran.after.variables.get(name, "")))
    return "; ".join(found) or None


def _one(names: Names, ran: Ran, assignment: Assignment) -> str:
    if isinstance(assignment.value, ArrayLiteral) or assignment.subscript is not None:
        return f"{assignment.name} holds {source(assignment.value.span)}"
    return _value(names, assignment.name, ran.after.variables.get(assignment.name, ""))


def _value(names: Names, name: str, value: str) -> str:
    if is_known(value):
        return f"{name} is {short(value) or 'empty'}"
    kinds = {names.outcome.symbols[character].kind for character in value if is_symbol(character)}
    if len(value) == 1 and kinds == {SymbolKind.CONTAINER}:
        return f"{name} is the id of that container"
    if len(value) == 1 and kinds == {SymbolKind.IMAGE}:
        return f"{name} is the id of that image"
    if SymbolKind.UNKNOWN in kinds:
        return f"{name} cannot be known"
    if value.startswith(names.outcome.root):
        return f"{name} is {names.folder(value) if value == names.outcome.root else names.path(value)}"
    if kinds <= {SymbolKind.PARAMETER, SymbolKind.WORDS, SymbolKind.OUTPUT}:
        return f"{name} is {names.value(value)}, which is known only when the script runs: it stays a parameter"
    return f"{name} is {names.value(value)}"


_OPTIONS = {
    "errexit": "a command that fails ends the script", "nounset": "so does a variable that is not set",
    "pipefail": "a pipe fails when a part of it fails", "xtrace": "each command is shown before it runs",
}  # fmt: skip
_LETTERS = {"e": "errexit", "u": "nounset", "x": "xtrace"}


def _settings(names: Names, words: Sequence[str]) -> str | None:
    if words[0] == "trap" and len(words) > 2:
        when = " and ".join("the end" if word in ("EXIT", "0") else word for word in words[2:])
        return f"keeps `{names.value(words[1])}` to be run at {when}"
    if words[0] != "set":
        return None
    found = [_LETTERS[letter] for word in words[1:] if word[:1] == "-" for letter in word[1:] if letter in _LETTERS]
    found += [word for word in words[1:] if word in _OPTIONS]
    return f"from here on, {'; '.join(_OPTIONS[name] for name in dict.fromkeys(found))}" if found else None
