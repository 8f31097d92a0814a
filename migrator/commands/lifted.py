"""Copies of what came out of an image that only cp itself can make right: a stage makes them."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.commands import prefixes
from migrator.commands.base import Invocation, split_options
from migrator.commands.docker.contents import sets_special_bits
from migrator.commands.files import carried_top, glob_folder, is_glob
from migrator.commands.workshop import give_up, lift, place_of, quoted
from migrator.rules import script as rules
from migrator.trace.state import SUCCESS, Status
from migrator.trace.workspace import Carried, Folder, known_names, overlays_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def lifted_copy(call: Invocation, operands: list[str]) -> Status:
    """Files out of an image's folder named by a pattern: done in a stage, folder by folder."""
    target = call.path(operands[-1])
    if is_glob(call, operands[-1]):
        return prefixes.unknown(call)
    reads = [glob_folder(call, word) if is_glob(call, word) else call.path(word) for word in operands[:-1]]
    left = [carried_top(call, path + "/x") for path in reads] if call.name == "mv" else []
    places = dict.fromkeys((*left, target))
    writes = [path for path in places if not any(path.startswith(f"{other.rstrip('/')}/") for other in places)]
    onto = call.state.workspace.find(target)
    if call.name == "cp" and not (isinstance(onto, Folder) and not known_names(onto) and not overlays_of(onto)):
        call = replace(call, words=_forced(call.words))
    if not lift(call, reads, writes):
        for path in writes:
            give_up(call, [path], "which files are copied here cannot be known")
    return SUCCESS


def lifted_onto(call: Invocation, operands: list[str]) -> bool:
    """Onto something out of an image, which may be a folder: in a stage the command itself finds out."""
    if call.name != "cp":
        return False
    places = [quoted(call.shell, place_of(call.shell, call.path(word)) + _tail(word)) for word in operands]
    flags = _forced(_flags(call))
    source, target = (call.path(word) for word in operands)
    line = " ".join(["cp", *flags, *places])
    top = carried_top(call, target)  # nobody knows whether it is there: its folder comes along
    return lift(replace(call, words=("cp", *flags, source, target)), [source], [top], line)


def _forced(words: Sequence[str]) -> tuple[str, ...]:
    """A cp that meets files: with `-r`, links in its way are taken away; busybox's does so with `-f` alone."""
    short = [word for word in words if word.startswith("-") and not word.startswith("--")]
    recursive = next((word for word in short if {*"rRa"} & {*word} and "f" not in "".join(short)), "")
    return tuple(f"{word}f" if word == recursive else word for word in words)


def _flags(call: Invocation) -> tuple[str, ...]:
    """The options of a cp, but for those that name its destination, which is its last word in a stage."""
    found = split_options(call.arguments, "tS", ("target-directory", "suffix"))
    if found.value("t", "target-directory") is None:
        return tuple(word for word in call.words if word.startswith("-"))
    return tuple(f"-{name}" if len(name) == 1 else f"--{name}" for name, _ in found.options if name[:1] != "t")


def _tail(word: str) -> str:
    return "/." if word.endswith("/.") else "/" if word.endswith("/") else ""


def copy_carried(call: Invocation, source: str, node: Carried, target: tuple[str, bool]) -> Status:
    """Cp drops bits that `docker cp` kept (set-uid, what the umask takes), so the copy is made in a stage."""
    place, content = target
    shell = call.shell
    special = sets_special_bits(node.image, node.path)  # cp(1) of the host drops them, that of a small image does not
    if special and (content or node.kind == "folder" or any("r" in word.lower() for word in call.words[1:2])):
        give_up(call, [place], "cp drops the set-uid bit, and a stage's cp may keep it")
        return SUCCESS
    there = shell.state.workspace.exists(place)
    if there is None and not content:  # else its stage would copy what may not be there
        shell.state.workspace = shell.state.workspace.put(place, None)
        call.shell.note(rules.DESTINATION_ASSUMED.at(call.span, path=posixpath.relpath(place, shell.root)))
    words = _flags(call)
    if there is not False:
        words = _forced(words)
    from_ = place_of(shell, source) + ("/." if content else "")
    onto = place_of(shell, place)
    if (
        there is True
        and posixpath.basename(source) == posixpath.basename(place)
        and node.kind != "file"
        and not content
    ):
        onto = f"{posixpath.dirname(onto)}/"  # a folder that is there already is merged with, and not copied into
    line = " ".join(["cp", *words, quoted(shell, from_), quoted(shell, onto)])
    if special:
        line += f" && chmod ug-s {quoted(shell, place_of(shell, place))}"
    parent = posixpath.dirname(place)
    line = f"mkdir -p {quoted(shell, place_of(shell, parent))} && {line}" if parent != shell.root else line
    if not lift(replace(call, words=("cp", *words, source, place)), [source], [place], line):
        give_up(call, [place], "what is copied here cannot be known")
    elif node.kind is not None:
        moved = shell.state.workspace.find(place)
        if isinstance(moved, Carried):
            shell.state.workspace = shell.state.workspace.put(place, replace(moved, kind=node.kind))
    return SUCCESS
