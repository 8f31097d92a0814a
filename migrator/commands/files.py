"""Commands that make and remove names on the host: rm, rmdir, mkdir, ln, touch."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.commands.base import Arguments, Invocation, absolute, split_options
from migrator.commands.docker.contents import is_unnamed
from migrator.commands.docker.kinds import kind_of
from migrator.commands.workshop import give_up, lift, place_of, quoted
from migrator.rules import script as rules
from migrator.trace.state import FAILURE, SUCCESS, Status
from migrator.trace.symbols import SymbolKind
from migrator.trace.workspace import (
    Ambiguous,
    Carried,
    Folder,
    Link,
    Mystery,
    RepoFile,
    Written,
    known_names,
    overlays_of,
)  # fmt: skip

if TYPE_CHECKING:
    from migrator.commands.base import Command, Shell
    from migrator.trace.workspace import Node


def is_glob(call: Invocation, word: str) -> bool:
    """Whether a word stands for names that match a pattern in a folder out of an image."""
    return any(symbol.kind is SymbolKind.GLOB for symbol in call.shell.symbols.within(word))


def glob_folder(call: Invocation, word: str) -> str:
    """The folder in which such a word finds its names."""
    pattern = call.shell.symbols[word].name if len(word) == 1 else word
    fixed = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
    return call.path(posixpath.dirname(fixed) or ".")


_OPEN = (SymbolKind.PARAMETER, SymbolKind.OUTPUT, SymbolKind.WORDS, SymbolKind.UNKNOWN)


def may_be_there(shell: Shell, word: str) -> bool:
    """Whether a file that the workspace does not have may be there all the same.

    Nobody knows what stands outside of the checkout, but for a fresh folder of mktemp, nor which file a name means
    that depends on the script's run, nor whether one that was made under such a name is the one that is asked for.
    """
    path, root = absolute(shell.state.cwd, word), shell.root
    if not word or shell.state.workspace.find(path) is not None:
        return False
    if any(shell.symbols.holds(word, kind) for kind in _OPEN) or word.startswith("~"):
        return True
    if shell.state.workspace.exists(path) is None:
        return True  # what the script made under a name that the run gives may be this
    if path == root or path.startswith(root + "/"):
        return False
    return not shell.symbols.holds(path, SymbolKind.PLACE)


def remove(call: Invocation) -> Status:
    """`rm [-rf] path…`; a part of what came out of an image is removed in a stage."""
    found = split_options(call.arguments)
    status = SUCCESS
    for word in found.operands:
        path = call.path(word)
        if not word:  # an empty variable in quotes, which names nothing
            status = status if found.has("f", "force") else FAILURE
            continue
        if path in ("/", call.shell.root):
            give_up(call, [path], "everything is removed")
            continue
        if is_glob(call, word):
            _remove_by_pattern(call, word)
            continue
        there, node = call.state.workspace.exists(path), call.state.workspace.find(path)
        is_link, whole = isinstance(node, Link), found.has("r", "R", "d", "recursive", "dir")
        if is_link and word.endswith("/"):
            _empty_behind(call, path, recursive=found.has("r", "R", "recursive"))
            status = FAILURE
        elif is_link:
            call.state.workspace = call.state.workspace.put(path, None)
        elif there is False:
            status = status if found.has("f", "force") else FAILURE
        elif not whole and (isinstance(node, Folder) or is_folder_of_image(node)):
            status = FAILURE
        elif not whole and there and isinstance(node, Ambiguous):
            give_up(call, [path], "whether it is a folder, which rm leaves, depends on what an image holds")
        elif there is None and _inside_image(call, path):
            top = carried_top(call, path)
            flags = "-rf" if whole else "-f"  # a folder stays, and that it does is told
            line = f"rm {flags} {quoted(call.shell, place_of(call.shell, path))}"
            if not lift(replace(call, words=("rm", flags, path)), [], [top], line):
                give_up(call, [top], "part of it is removed")
        else:
            call.state.workspace = call.state.workspace.put(path, None)
    return status


def _empty_behind(call: Invocation, path: str, *, recursive: bool) -> None:
    """`rm -r link/` empties the folder that a link leads to, and then cannot remove the link."""
    led = call.state.workspace.resolve(path)
    node = call.state.workspace.find(led)
    if recursive and isinstance(node, Folder):
        call.state.workspace = call.state.workspace.put(led, replace(node, layers=(), origin=None))
    elif recursive and node is not None:
        give_up(call, [led], "it is emptied by way of a link")


def _inside_image(call: Invocation, path: str) -> bool:
    return carried_top(call, path) != path


def carried_top(call: Invocation, path: str) -> str:
    """The topmost folder on the way to `path` that holds an image's content."""
    walked = ""
    for name in [part for part in path.split("/") if part]:
        node = call.state.workspace.find(walked or "/")
        if isinstance(node, Carried) or (isinstance(node, Folder) and overlays_of(node)):
            return walked
        walked = f"{walked}/{name}"
    return path


def _remove_by_pattern(call: Invocation, word: str) -> None:
    folder = glob_folder(call, word)
    top = carried_top(call, folder + "/x")
    flags = [item for item in call.words[1:] if item.startswith("-")]
    line = " ".join(["rm", *(flags or ["-f"]), quoted(call.shell, word)])
    if not lift(replace(call, words=("rm", *flags, word)), [], [top], line):
        give_up(call, [top], "which files are removed cannot be known")


def remove_folder(call: Invocation) -> Status:
    """`rmdir path…`: only what is empty."""
    status = SUCCESS
    for word in split_options(call.arguments).operands:
        node = call.state.workspace.find(call.path(word))
        if isinstance(node, Folder) and not known_names(node) and not overlays_of(node):
            call.state.workspace = call.state.workspace.put(call.path(word), None)
        elif isinstance(node, Carried | Mystery | Ambiguous) or (isinstance(node, Folder) and overlays_of(node)):
            why = "whether the folder is empty depends on what an image holds"
            _left_to_stage(call, ("rmdir", call.path(word)), why, " || true")
            status = Status(None, None, call.span)
        else:
            status = FAILURE
    return status


def _left_to_stage(call: Invocation, words: tuple[str, ...], why: str, end: str = "") -> None:
    """Does in a stage what depends on what an image holds at the path that is the last word, or says why not."""
    *command, path = words
    top = carried_top(call, path)
    line = f"{' '.join(command)} {quoted(call.shell, place_of(call.shell, path))}{end}"
    if top == call.shell.root or not lift(replace(call, words=words), [], [top], line):
        give_up(call, [path], why)


def make_folder(call: Invocation) -> Status:
    """`mkdir [-p] [-m mode] path…`."""
    found = split_options(call.arguments, "m", ("mode",))
    status = SUCCESS
    for word in found.operands:
        path = call.path(word)
        workspace = call.state.workspace
        there = workspace.find(path)
        if not word:
            status = FAILURE
            continue
        if _perhaps_new(call, path, there):
            call.shell.note(rules.DESTINATION_ASSUMED.at(call.span, path=posixpath.relpath(path, call.shell.root)))
        elif isinstance(there, Carried | Ambiguous) and workspace.exists(path) is None:
            why = "whether the folder is there already depends on what an image holds"
            if found.has("p", "parents"):
                _left_to_stage(call, ("mkdir", "-p", path), why)
            else:
                give_up(call, [path], why)
            continue
        elif there is not None or (word.endswith("/.") and not found.has("p", "parents")):
            is_file = isinstance(there, RepoFile | Written)
            status = status if found.has("p", "parents") and not is_file else FAILURE
            continue
        parent = posixpath.dirname(path)
        inside = parent.startswith(call.shell.root)  # of other folders it is not known which there are
        above = [path, *_missing_above(call, path)][-1] if found.has("p", "parents") else path
        if inside and workspace.is_folder(posixpath.dirname(above)) is False:
            status = FAILURE
            continue
        text = found.value("m", "mode")
        mode = int(text, 8) if text and re.fullmatch(r"[0-7]+", text) else 0o777 & ~call.state.umask
        for missing in reversed(_missing_above(call, path)):
            workspace = workspace.put(missing, Folder((), None, 0o777 & ~call.state.umask))
        call.state.workspace = workspace.put(path, Folder((), None, mode))
    return status


def _perhaps_new(call: Invocation, path: str, there: Node | Ambiguous | None) -> bool:
    """Whether a folder in a mounted one is made here: nothing shows that the image's command has made it."""
    if not isinstance(there, Carried) or call.state.workspace.exists(path) is not None or there.kind is not None:
        return False
    return is_unnamed(there.image, there.path)


def _missing_above(call: Invocation, path: str) -> list[str]:
    """The folders on the way to a path that `mkdir -p` makes, the nearest first."""
    found = []
    parent = posixpath.dirname(path)
    while parent.startswith(f"{call.shell.root}/"):
        there = call.state.workspace.find(parent)
        if there is not None and not _perhaps_new(call, parent, there):
            break
        found.append(parent)
        parent = posixpath.dirname(parent)
    return found


def touch(call: Invocation) -> Status:
    """`touch path…`: a missing file is made, empty."""
    found = split_options(call.arguments, "drt")
    status = SUCCESS
    for word in found.operands:
        path = call.state.workspace.resolve(call.path(word))
        if not word or _lacks_folder(call, word, path):
            status = FAILURE
        elif found.has("c", "no-create"):
            continue
        elif call.state.workspace.exists(path) is None:
            why = "whether the file is there already depends on what an image holds"
            _left_to_stage(call, ("touch", path), why)
        elif call.state.workspace.find(path) is None:
            call.state.workspace = call.state.workspace.put(path, Written("", 0o666 & ~call.state.umask, call.span))
    return status


def _lacks_folder(call: Invocation, word: str, path: str) -> bool:
    """Whether a new file certainly cannot be made at `path`."""
    if not path.startswith(call.shell.root) or call.state.workspace.find(path) is not None:
        return False
    return word.endswith("/") or call.state.workspace.is_folder(posixpath.dirname(path)) is False


def link(call: Invocation) -> Status:
    """`ln [-s] target [name]`; a hard link is a second name of the same content."""
    found = split_options(call.arguments, "t")
    if not found.operands:
        return FAILURE
    if len(found.operands) > 2:
        *targets, folder = found.operands
        if call.state.workspace.is_folder(call.path(folder)) is False:
            return FAILURE
        ended = [link(replace(call, words=("ln", *_letters(found), target, f"{folder}/"))) for target in targets]
        return next((status for status in ended if status.code != 0), SUCCESS)
    target = found.operands[0]
    name = found.operands[1] if len(found.operands) > 1 else "."
    path = call.path(name)
    itself = found.has("n", "no-dereference") and isinstance(call.state.workspace.find(path), Link)
    into = call.state.workspace.is_folder(path) and not (itself and not name.endswith("/"))
    if into:
        path = f"{path}/{posixpath.basename(target.rstrip('/'))}"
    node = call.state.workspace.find(call.path(target))
    open_kind = not itself and not into and call.state.workspace.is_folder(path) is None
    if open_kind and found.has("f", "force") and not is_file_of_image(call.state.workspace.find(path)):
        give_up(call, [path], "what is there may be a folder, and the new name would be in it")
        return SUCCESS
    if call.state.workspace.exists(path) is None and not found.has("f", "force"):
        if not found.has("s", "symbolic"):
            call.state.second_names |= {call.path(target), path}
        give_up(call, [path], "whether something is there already depends on what an image holds")
        return SUCCESS
    if call.state.workspace.find(path) is not None and not found.has("f", "force"):
        return FAILURE
    if not into and _lacks_folder(call, name, path):
        return FAILURE
    if path == call.path(target) and call.state.workspace.find(path) is not None:
        return FAILURE
    if found.has("s", "symbolic"):
        call.state.workspace = call.state.workspace.put(path, Link(target))
    elif isinstance(node, Ambiguous) or (node is None and may_be_there(call.shell, target)):
        give_up(call, [path], "which file gets a second name cannot be known")
    elif node is None or isinstance(node, Folder) or is_folder_of_image(node):  # a folder has no second name
        return FAILURE
    else:
        call.state.workspace = call.state.workspace.put(path, node)
        call.state.second_names |= {call.path(target), path}
    return SUCCESS


def is_folder_of_image(node: Node | Ambiguous | None) -> bool:
    """Whether something is out of an image and a folder, as far as its Dockerfile shows."""
    return isinstance(node, Carried) and (node.kind or kind_of(node.image, node.path)) == "folder"


def is_file_of_image(node: Node | Ambiguous | None) -> bool:
    """The same for a file."""
    return isinstance(node, Carried) and (node.kind or kind_of(node.image, node.path)) == "file"


def _letters(found: Arguments) -> tuple[str, ...]:
    return tuple(f"-{name}" if len(name) == 1 else f"--{name}" for name, _ in found.options)


COMMANDS: dict[str, Command] = {
    "rm": remove, "unlink": remove, "rmdir": remove_folder, "mkdir": make_folder,
    "touch": touch, "ln": link,
}  # fmt: skip
