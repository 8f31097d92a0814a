"""Commands about modes and owners: chmod, chown, install; and rsync, which keeps them."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.commands import links
from migrator.commands.base import Invocation, split_options
from migrator.commands.files import carried_top, glob_folder, is_folder_of_image, is_glob, make_folder
from migrator.commands.transfer import copy
from migrator.commands.workshop import adjust, give_up, lift, place_of, quoted
from migrator.trace.images import Extended, RunStep
from migrator.trace.state import FAILURE, SUCCESS, Status
from migrator.trace.workspace import (
    Ambiguous,
    Carried,
    Folder,
    Link,
    RepoFile,
    Written,
)  # fmt: skip

if TYPE_CHECKING:
    from migrator.commands.base import Command
    from migrator.trace.workspace import Node

_USUAL_UMASK = 0o022  # what a stage's shell has


def change_mode(call: Invocation) -> Status:
    """`chmod mode path…`: what comes out of an image is changed in its stage."""
    operands = [word for word in call.arguments if not re.fullmatch(r"-[Rvcf]+|--recursive|--verbose", word)]
    recursive = len(operands) != len(call.arguments) and any(
        "R" in w or "rec" in w for w in call.arguments if w[:1] == "-"
    )
    if len(operands) < 2:
        return FAILURE
    mode, status = operands[0], SUCCESS
    for word in operands[1:]:
        path = call.path(word)
        if is_glob(call, word):
            folder = carried_top(call, glob_folder(call, word) + "/x")
            if not lift(replace(call, words=("chmod", mode, word)), [folder], [folder]):
                give_up(call, [folder], "the modes of some files in it change")
            continue
        path = call.state.workspace.resolve(path)  # also with -R: a link that is named is followed
        node = call.state.workspace.find(path)
        if node is None or isinstance(node, Link):
            status = FAILURE
        elif isinstance(node, Carried) and mode[:1] in "+-=" and call.state.umask != _USUAL_UMASK:
            give_up(call, [path], "a mode without a letter is under the umask of the script's own")
        elif isinstance(node, Carried):
            words = ("chmod", *(("-R",) if recursive else ()), mode)
            changed = None if recursive else _together(call, node, mode)
            changed = changed or adjust(call.shell, node, lambda there, words=words: (*words, there), call.span)  # type: ignore[misc]
            call.state.workspace = call.state.workspace.put(path, changed)
        else:
            _change_host_mode(call, path, node, mode, recursive=recursive)
    return status


def _together(call: Invocation, node: Carried, mode: str) -> Carried | None:
    """The artifact with one chmod in place of two, where the first one was the last thing that was done to it."""
    match node.image:
        case (
            Extended(
                steps=(*before, RunStep(words=("chmod", old, there), touches=(touched,)) as step), workshop=False
            ) as image
        ) if touched == node.path == there and re.fullmatch("[0-7]+", old):
            new = _new_mode(int(old, 8), mode) if call.state.umask == _USUAL_UMASK else None
            if new is None:
                return None
            last = replace(step, words=("chmod", f"{new:04o}", there), span=call.span)
            return replace(node, image=replace(image, steps=(*before, last)), mode=None)
    return None


def _change_host_mode(call: Invocation, path: str, node: Node | Ambiguous, mode: str, *, recursive: bool) -> None:
    if isinstance(node, Written):
        new = _new_mode(node.mode, mode, call.state.umask)
        if new is not None:
            call.state.workspace = call.state.workspace.put(path, replace(node, mode=new))
            return
    if isinstance(node, RepoFile):
        new = _new_mode(0o755 if node.executable else 0o644, mode, call.state.umask)
        if new == (0o755 if node.executable else 0o644):
            return
    if isinstance(node, Folder) and not recursive:
        new = _new_mode(node.mode, mode, call.state.umask)
        if new == node.mode:
            return
    if path.startswith(call.shell.root):
        flags = ("-R",) if recursive else ()
        place = place_of(call.shell, path)
        if lift(
            replace(call, words=("chmod", *flags, mode, path)),
            [],
            [path],
            " ".join(["chmod", *flags, mode, quoted(call.shell, place)]),
        ):
            return
        give_up(call, [path], "its mode changes")


def _new_mode(old: int, text: str, umask: int = _USUAL_UMASK) -> int | None:
    """The mode after chmod(1) with `text`; None for forms that are not modelled.

    Without a letter for whom, what the umask takes is left alone.
    """
    if re.fullmatch(r"[0-7]{3,4}", text):
        return int(text, 8)
    found = re.fullmatch(r"([ugoa]*)([-+=])([rwx]+)", text)
    if not found or (not found[1] and found[2] == "=" and (umask != _USUAL_UMASK or "w" in found[3])):
        return None
    who = found[1] or "a"
    reached = 0o777 if found[1] else 0o777 & ~umask
    bits = sum({"r": 4, "w": 2, "x": 1}[letter] for letter in set(found[3]))
    mask = (
        sum(bits << shift for letter, shift in (("u", 6), ("g", 3), ("o", 0)) if letter in who or "a" in who) & reached
    )
    clear = sum(7 << shift for letter, shift in (("u", 6), ("g", 3), ("o", 0)) if letter in who or "a" in who)
    return {"+": old | mask, "-": old & ~mask, "=": (old & ~clear) | mask}[found[2]]


def change_owner(call: Invocation) -> Status:
    """`chown`, `chgrp`: the context transfer makes root the owner of everything, so nothing comes of it.

    An archive of the files, or `docker cp` of them into a container, keeps the owners; those look at the mark.
    """
    operands = [word for word in call.arguments if not word.startswith("-")]
    if not operands or operands[0] not in ("root", "0", "root:root", "0:0", "root:", "0:", ":root", ":0"):
        call.state.owners_changed = True
    return SUCCESS


def install(call: Invocation) -> Status:
    """`install [-D] [-d] [-m mode] source… destination`."""
    found = split_options(call.arguments, "mogtS", ("mode", "owner", "group", "target-directory"))
    mode = found.value("m", "mode") or "0755"
    if found.has("o", "g", "owner", "group"):
        call.state.owners_changed = True
    if found.has("d", "directory"):
        return make_folder(replace(call, words=("mkdir", "-p", *found.operands)))
    operands = found.operands
    into = found.value("t", "target-directory")
    if into:
        operands = (*operands, into)
    sources = [call.state.workspace.find(call.path(word)) for word in operands[:-1]]
    if not sources or any(isinstance(node, Folder) or is_folder_of_image(node) for node in sources):
        return FAILURE
    target = call.path(operands[-1])
    if found.has("D"):
        make_folder(replace(call, words=("mkdir", "-p", posixpath.dirname(target))))
    status = copy(replace(call, words=("cp", "--remove-destination", *operands)))  # install(1) unlinks it first
    if status.code not in (0, None):
        return status
    places = [target]
    there = call.state.workspace.find(target)
    if call.state.workspace.is_folder(target) or operands[-1].endswith("/") or is_folder_of_image(there):
        places = [f"{target}/{posixpath.basename(source)}" for source in operands[:-1]]
    change_mode(replace(call, words=("chmod", mode, *places)))
    return status


def synchronise(call: Invocation) -> Status:
    """`rsync -a source destination`: like cp, but a slash at the end of the source means its content."""
    found = split_options(call.arguments, "e", ("exclude", "include", "exclude-from", "rsh"))
    if found.has("exclude", "include", "exclude-from", "delete", "filter") or any(
        ":" in word for word in found.operands
    ):
        give_up(call, [call.path(found.operands[-1])] if found.operands else [], "rsync with rules of its own")
        return SUCCESS
    words = [f"{word}." if word.endswith("/") else word for word in found.operands[:-1]]
    target = found.operands[-1] if found.operands else "."
    if len(words) == 1 and call.state.workspace.find(call.path(target)) is None:
        make_folder(replace(call, words=("mkdir", "-p", target)))
    if found.has("a", "archive") or (found.has("l", "links") and found.has("p", "perms")):
        return copy(replace(call, words=("cp", "-a", *words, target)))
    workspace = call.state.workspace
    if any(links.followed(workspace, path, node) is not node  # without -l they are left out
           for path in map(call.path, words) if (node := workspace.find(path)) is not None):  # fmt: skip
        give_up(call, [call.path(target)], "rsync leaves the links out of what it copies")
        return SUCCESS
    return copy(replace(call, words=("cp", "-r", *words, target)))


COMMANDS: dict[str, Command] = {
    "chmod": change_mode, "chown": change_owner, "chgrp": change_owner, "install": install, "rsync": synchronise,
}  # fmt: skip
