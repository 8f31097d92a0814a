"""Commands that work on names which are not known: what a pattern finds in an image's folder, what a command printed.

A model looks its operands up in the workspace, where no such name stands: it would take the command for one that
fails, and its work would be lost without a word. So a command gets to its model only where that looks after such
names itself; it works in a stage where it changes just what it is given; and otherwise nothing is known behind it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.commands.base import absolute
from migrator.commands.docker.links import TWO_NAMES, makes_hard_links
from migrator.commands.files import carried_top, glob_folder, is_glob
from migrator.commands.prefixes import unknown
from migrator.commands.workshop import give_up, lift
from migrator.trace.state import SUCCESS, Status
from migrator.trace.streams import Opaque
from migrator.trace.symbols import SymbolKind, is_known
from migrator.trace.workspace import Carried

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from migrator.commands.base import Command, Invocation, Shell

# These have a way of their own with a pattern.
_AWARE = frozenset("rm mv cp chmod chown chgrp unzip rsync find".split())
# These read the files that they are given, and print.
_PRINTING = frozenset(
    "cat head tail wc sort uniq cut tr nl tac rev paste grep egrep fgrep awk gawk base64 od xxd hexdump strings "
    "cksum sum md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum shasum zcat xzcat bzcat zgrep "
    "stat file ls du jq diff cmp basename dirname realpath readlink".split()
)
# These change the files that they are given, or put something beside them, and nothing else.
_IN_PLACE = frozenset("gunzip unxz bunzip2 unzstd gzip xz bzip2 zstd pigz lz4 strip upx touch sed".split())
# The bytes that a compressor makes depend on its version: a stage's own would be others.
_COMPRESSORS = frozenset("gzip xz bzip2 zstd pigz lz4".split())
_TARGETED = frozenset("mv cp ln install rsync".split())  # the last word is where to
_MAKING = frozenset("touch".split())
# These change a file and leave it the same file, so that a hard link to it shows the change.
_WRITING_THROUGH = frozenset("chmod chown chgrp strip upx truncate".split())
# These do so as well where they write over a file that is there.
_WRITING_OVER = frozenset("cp tee dd".split())
# These change files by name, so that a name that is not known may be any file of the checkout.
_CHANGING = frozenset("rm rmdir mv cp ln install touch chmod rsync unlink".split()) | _IN_PLACE - {"sed"}


def guarded(
    words: Sequence[str], shell: Shell, model: Command, looks: Iterable[str], changes: Iterable[str]
) -> Command:
    """The model, or what stands in for it where the names that the command is given are not known.

    `looks` are the commands that only read and answer by their status, `changes` those whose models look operands up.
    """
    name, arguments, symbols, cwd = words[0].rsplit("/", 1)[-1], words[1:], shell.symbols, shell.state.cwd
    kinds = [{symbol.kind for symbol in symbols.within(word)} for word in arguments]
    if name in _CHANGING and any(_is_wild(shell, word, name, last=word == words[-1]) for word in arguments):
        return unknown
    if any(symbols.holds(cwd, kind) for kind in (SymbolKind.UNKNOWN, SymbolKind.GLOB)):
        relative = any(not word.startswith(("/", "-")) for word in arguments)
        return unknown if relative and (name in _CHANGING or name in changes) else model
    elsewhere = (s for word in arguments for s in symbols.within(word) if s.kind is SymbolKind.GLOB and s.folder != cwd)
    if any(not symbol.name.startswith("/") for symbol in elsewhere) and (name in _CHANGING or name in changes):
        return unknown  # the names are read in another folder than the one they were found in
    if name == "mv" and any(_takes_a_second_name(shell, word) for word in arguments):
        return unknown  # under which name the file is found again is not followed
    if name in _WRITING_THROUGH and any(_has_two_names(shell, word) for word in arguments):
        return _shared
    if name in _WRITING_OVER and any(_has_two_names(shell, word) for word in _written_over(arguments)):
        return unknown
    if not any(SymbolKind.GLOB in found for found in kinds) or name in _AWARE:
        return model
    if name in looks:
        return _unanswered
    if name not in changes and name not in _PRINTING:
        return model
    in_place = name != "sed" or any(re.match(r"-[a-zA-Z]*i|--in-place", word) for word in arguments)
    if name in _IN_PLACE and in_place:
        return _in_stage
    return _prints if (name in _PRINTING and not _writes(arguments)) or name == "sed" else unknown


def _has_two_names(shell: Shell, word: str) -> bool:
    """Whether an operand is a name of a file that has more, or may be one in a folder that came out of an image."""
    workspace, path = shell.state.workspace, absolute(shell.state.cwd, word)
    node = workspace.find(path)
    if path in shell.state.second_names and node is not None:
        return True
    return isinstance(node, Carried) and workspace.exists(path) is None and makes_hard_links(node.image)


def _takes_a_second_name(shell: Shell, word: str) -> bool:
    path = absolute(shell.state.cwd, word)
    return any(name == path or _lies_in(name, path) for name in shell.state.second_names)


def _written_over(arguments: Sequence[str]) -> list[str]:
    """The files that a copy may write over: the last word, or what has a source's name in it."""
    words = [word.removeprefix("of=") for word in arguments if not word.startswith("-")]
    if not words:
        return []
    *sources, target = words
    return [target, *(f"{target}/{source.rstrip('/').rsplit('/', 1)[-1]}" for source in sources)]


def _shared(call: Invocation) -> Status:
    paths = [call.path(word) for word in call.arguments if _has_two_names(call.shell, word)]
    names = call.state.second_names if call.state.second_names & {*paths} else ()
    give_up(call, [*(carried_top(call, path) for path in paths), *sorted(names)], TWO_NAMES)
    return SUCCESS


def _is_wild(shell: Shell, word: str, name: str, *, last: bool) -> bool:
    """Whether a word may name any file of the checkout: nothing the script made is called that, as far as is known.

    A new name that is known in part is taken for a name of its own.
    """
    if not shell.symbols.holds(word, SymbolKind.UNKNOWN):
        return False
    if shell.state.workspace.find(absolute(shell.state.cwd, word)) is not None:
        return False
    new = name in _MAKING or (name in _TARGETED and last)
    return not new or any(part and not any(map(is_known, part)) for part in word.split("/"))


def _writes(arguments: Sequence[str]) -> bool:
    """Whether an option may name a file that the command writes."""
    return any(re.match(r"-[a-zA-Z]*o|--output", word) for word in arguments)


def _unanswered(call: Invocation) -> Status:
    return Status(None, None, call.span)


def _prints(call: Invocation) -> Status:
    """What it reads is not known, so neither is what it prints."""
    call.channels.out.append(Opaque(call.span, f"what {call.name} prints"))
    return Status(None, None, call.span)


def _in_stage(call: Invocation) -> Status:
    """In the stage where the folder lies, the shell finds the same names."""
    unpacks = any(word in ("--decompress", "--uncompress") or re.match(r"-[a-z]*d", word) for word in call.arguments)
    patterns = [word for word in call.arguments if is_glob(call, word)]
    others = [word for word in call.arguments if word not in patterns and not word.startswith("-")]
    if call.name == "sed":
        others = [word for word in others if call.state.workspace.find(call.path(word)) is not None]
    if (call.name in _COMPRESSORS and not unpacks) or (others and call.name != "sed"):
        return unknown(call)
    tops = [carried_top(call, glob_folder(call, word) + "/x") for word in patterns]
    places = dict.fromkeys((*tops, *map(call.path, others)))
    outer = [place for place in places if not any(_lies_in(place, top) for top in places)]
    if not lift(call, outer, outer):
        return unknown(call)
    return SUCCESS


def _lies_in(path: str, folder: str) -> bool:
    return path != folder and path.startswith(folder.rstrip("/") + "/")
