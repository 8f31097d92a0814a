"""`sed` and `envsubst`: known text is changed here, what comes out of an image in a stage."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.commands.base import Invocation, split_options, text_of
from migrator.commands.docker.contents import sets_special_bits
from migrator.commands.sed import transform
from migrator.commands.text import filtered
from migrator.commands.workshop import give_up, lift
from migrator.trace.state import SUCCESS, Status
from migrator.trace.streams import Content
from migrator.trace.workspace import Ambiguous, Carried, Folder, RepoFile, Written

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migrator.commands.base import Command


def sed(call: Invocation) -> Status:
    """`sed [-i] [-e program] [file…]`: on known text here, on artifacts in a stage."""
    found = split_options(_plain_in_place(call.arguments), "ef", ("expression", "file"))
    programs = [value or "" for name, value in found.options if name in ("e", "expression")]
    operands = list(found.operands)
    if not programs and operands and not found.has("f", "file"):
        programs = [operands.pop(0)]
    extended, quiet = found.has("r", "E", "regexp-extended"), found.has("n", "quiet", "silent")

    def change(text: str) -> str | None:
        if found.has("f", "file"):
            return None
        return transform("\n".join(programs), text, quiet=quiet, extended=extended)

    if not found.has("i", "in-place"):
        return filtered(call, operands, change)
    status = SUCCESS
    for word in operands:
        if not _edit_in_place(call, word, operands, change):
            status = Status(2)
    return status


_IN_PLACE = re.compile(r"(-[nrEs]*i)([^nrEs].*)|--in-place=(.*)")


def _plain_in_place(words: Sequence[str]) -> list[str]:
    """`-i.bak` and `--in-place=.bak` as `-i`."""
    return ["-i" if _IN_PLACE.fullmatch(word) else word for word in words]


def _keep_old(call: Invocation, path: str) -> None:
    """`-i.bak` keeps the file as it was beside the new one."""
    found = next((match for word in call.arguments if (match := _IN_PLACE.fullmatch(word))), None)
    suffix = (found[2] or found[3]) if found else None
    node = call.state.workspace.find(path)
    if suffix and node is not None and not isinstance(node, Ambiguous):
        name = suffix.replace("*", posixpath.basename(path)) if "*" in suffix else posixpath.basename(path) + suffix
        call.state.workspace = call.state.workspace.put(posixpath.join(posixpath.dirname(path), name), node)


def _edit_in_place(call: Invocation, word: str, operands: Sequence[str], change: Callable[[str], str | None]) -> bool:
    path = call.path(word)
    node = call.state.workspace.find(path)
    if node is None or isinstance(node, Folder):
        return False
    _keep_old(call, path)
    text = text_of(call.shell, Content(node)) if isinstance(node, RepoFile | Written) else None
    result = change(text) if text is not None else None
    if result is not None and isinstance(node, RepoFile | Written):
        mode = node.mode if isinstance(node, Written) else 0o755 if node.executable else 0o644
        call.state.workspace = call.state.workspace.put(path, Written(result, mode, call.span))
        return True
    words = tuple(item for item in call.words if item == word or item not in operands)
    if isinstance(node, Carried) and sets_special_bits(node.image, node.path):
        give_up(call, [path], "sed of the host keeps the set-uid bit, and a stage's sed may drop it")
        return True
    if isinstance(node, Carried | RepoFile | Written) and lift(replace(call, words=words), [path], [path]):
        return True
    give_up(call, [path], "sed changes it")
    return True


# --- line filters ---------------------------------------------------------------------------------------------------


def substitute_environment(call: Invocation) -> Status:
    """`envsubst ['$A $B']`: exported variables into a template."""
    only = set(re.findall(r"\$\{?(\w+)", call.arguments[0])) if call.arguments else None
    state = call.state

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if only is not None and name not in only:
            return found[0]
        if name in state.variables:
            return state.variables[name] if name in state.exported else ""
        return call.output(name, f"${name}", empty=True) if not state.is_unset(name) else ""

    return filtered(call, (), lambda text: re.sub(r"\$(?:\{(\w+)\}|(\w+))", value, text))


COMMANDS: dict[str, Command] = {"sed": sed, "envsubst": substitute_environment}
