"""Where the script is: cd, pushd, popd, pwd; and questions about paths: dirname, basename, readlink, mktemp, ls."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.commands.base import Invocation, split_options
from migrator.trace.state import FAILURE, SUCCESS, Status
from migrator.trace.streams import Opaque
from migrator.trace.symbols import Symbol, SymbolKind
from migrator.trace.workspace import Ambiguous, Carried, Folder, Link, Mystery, Written, known_names, overlays_of

if TYPE_CHECKING:
    from migrator.commands.base import Command


def change(call: Invocation) -> Status:
    """`cd [folder]`; a folder that is certainly missing is a failure, as in bash."""
    words = [word for word in call.arguments if word not in ("-P", "-L", "--", "-e")]
    state = call.state
    target = words[0] if words else state.variables.get("HOME", "~")
    if target == "-":
        target = state.variables.get("OLDPWD", state.cwd)
    if target == "":
        return SUCCESS
    path = call.unknown("folder") if _leaves_open(call, target) else call.path(target)
    inside = path == call.shell.root or path.startswith(call.shell.root + "/")
    is_open = any(symbol.kind in _OPEN for symbol in call.shell.symbols.within(target))
    if inside and not is_open and state.workspace.is_folder(path) is False:
        return FAILURE
    state.variables["OLDPWD"], state.cwd = state.cwd, path
    return SUCCESS


# Values that may be a path of several parts, and name folders of which a clean checkout shows nothing.
_OPEN = (SymbolKind.PARAMETER, SymbolKind.OUTPUT, SymbolKind.WORDS, SymbolKind.UNKNOWN, SymbolKind.GLOB)


def _leaves_open(call: Invocation, target: str) -> bool:
    """Whether `..` leads out of a name that is not known: `a/b` is not left by one of them."""
    parts: list[str] = []
    for part in posixpath.join(call.state.cwd, target).split("/"):
        left = parts.pop() if part == ".." and parts else None
        if left is not None and any(symbol.kind in _OPEN for symbol in call.shell.symbols.within(left)):
            return True
        if part not in ("", ".", ".."):
            parts.append(part)
    return False


_ROTATION = re.compile(r"[+-][0-9]+")


def push(call: Invocation) -> Status:
    """`pushd folder`; `pushd` swaps the two on top, `pushd +N` brings the one at N to the top."""
    state = call.state
    words = [word for word in call.arguments if word not in ("-n", "--")]
    stack = [state.cwd, *reversed(state.folders)]
    if words and not _ROTATION.fullmatch(words[0]):
        before = state.cwd
        status = change(call)
        if status.code == 0:
            state.folders.append(before)
        return status
    at = _index(words[0], len(stack)) if words else 1
    if not 0 <= at < len(stack):
        return FAILURE
    turned = [*stack[at:], *stack[:at]] if words else [stack[1], stack[0], *stack[2:]]
    return _go(call, turned)


def pop(call: Invocation) -> Status:
    """`popd`, and `popd +N`, which forgets the folder at N."""
    state = call.state
    words = [word for word in call.arguments if word not in ("-n", "--")]
    stack = [state.cwd, *reversed(state.folders)]
    at = _index(words[0], len(stack)) if words and _ROTATION.fullmatch(words[0]) else 0
    if len(stack) == 1 or not 0 <= at < len(stack):
        return FAILURE
    return _go(call, [*stack[:at], *stack[at + 1 :]])


def _index(word: str, size: int) -> int:
    """Where `+N` (from the top) or `-N` (from the bottom) points to."""
    number = int(word[1:])
    return number if word[0] == "+" else size - 1 - number


def _go(call: Invocation, stack: list[str]) -> Status:
    """Takes a stack of folders, of which the first is where the script is from now on."""
    state = call.state
    if stack[0] != state.cwd:
        state.variables["OLDPWD"] = state.cwd
    state.cwd, state.folders = stack[0], stack[:0:-1]
    return SUCCESS


def say(call: Invocation) -> Status:
    """`pwd`, and with `-P` without links."""
    physical = split_options(call.arguments).has("P")
    call.channels.say((call.state.workspace.resolve(call.state.cwd) if physical else call.state.cwd) + "\n")
    return SUCCESS


def base_name(call: Invocation) -> Status:
    """`basename path [suffix]`."""
    found = split_options(call.arguments, "s", ("suffix",))
    suffix = found.value("s", "suffix") or ""
    words = found.operands
    if words and suffix == "" and len(words) == 2 and not found.has("a"):
        suffix, words = words[1], words[:1]
    for word in words:
        name = _last(call, word)
        if name is None:
            call.channels.say(
                call.output("NAME", f'$(basename "{_quoted(call, word)}" {suffix})'.replace(" )", ")")) + "\n"
            )
        else:
            call.channels.say((name.removesuffix(suffix) if name != suffix else name) + "\n")
    return SUCCESS


def _quoted(call: Invocation, word: str) -> str:
    from migrator.trace.render import inside_quotes  # noqa: PLC0415 — used in this corner only

    return inside_quotes(word, call.shell.symbols)


def _last(call: Invocation, word: str) -> str | None:
    name = posixpath.basename(word.rstrip("/")) or word[:1]
    kinds = {symbol.kind for symbol in call.shell.symbols.within(name)}
    if kinds & {SymbolKind.PLACE, SymbolKind.PARAMETER, SymbolKind.OUTPUT}:
        return None
    return name


def folder_name(call: Invocation) -> Status:
    """`dirname path…`."""
    for word in [word for word in call.arguments if word != "--"]:
        stripped = word.rstrip("/") or word[:1]
        if _last(call, stripped) is None:  # a value of the user's, which may hold slashes itself
            call.channels.say(call.output("FOLDER", f'$(dirname "{_quoted(call, word)}")') + "\n")
        else:
            call.channels.say((posixpath.dirname(stripped) or ".") + "\n")
    return SUCCESS


def resolve(call: Invocation) -> Status:
    """`readlink -f path`, `realpath path`: where a path leads to; `readlink path`: what a link says."""
    found = split_options(call.arguments, "", ("relative-to",))
    if call.name == "readlink" and not found.has("f", "e", "m", "canonicalize"):
        return _link_text(call, found.operands)
    relative = found.value("relative-to")
    for word in found.operands:
        path = call.state.workspace.resolve(call.path(word))
        call.channels.say((posixpath.relpath(path, call.path(relative)) if relative else path) + "\n")
    return SUCCESS


def _link_text(call: Invocation, words: tuple[str, ...]) -> Status:
    """`readlink path`: fails for what is no link."""
    status = SUCCESS
    for word in words:
        node = call.state.workspace.find(call.path(word))
        if isinstance(node, Link):
            call.channels.say(node.target + "\n")
        elif isinstance(node, Carried | Mystery | Ambiguous):
            call.channels.out.append(Opaque(call.span, "where a link out of an image leads"))
            status = Status(None, None, call.span)
        else:
            status = FAILURE
    return status


def make_temporary(call: Invocation) -> Status:
    """`mktemp [-d] [-p folder] [template]`: a place whose name does not matter."""
    found = split_options(call.arguments, "p", ("tmpdir", "suffix"))
    number = call.state.fresh()
    symbol = Symbol(SymbolKind.PLACE, f"tmp{number}", None, call.span, None, empty=False)
    mark = call.shell.symbols.character(symbol)
    template = found.operands[0] if found.operands else "tmp.XXXXXXXXXX"
    folder = found.value("p", "tmpdir") or ("/tmp" if not found.operands or found.has("t", "tmpdir", "p") else "")
    name = template.rstrip("X") + mark if template.endswith("X") else template.replace("XXXXXX", mark)
    path = call.path(posixpath.join(folder, name))
    is_folder = found.has("d", "directory")
    node = Folder((), None, 0o700) if is_folder else Written("", 0o600, call.span)
    if not found.has("u", "dry-run"):
        call.state.workspace = call.state.workspace.put(path, node)
    call.channels.say(path + "\n")
    return SUCCESS


def listing(call: Invocation) -> Status:
    """`ls`: names in order of the alphabet; an order by time or size cannot be known."""
    found = split_options(call.arguments)
    if not found.only("1", "a", "A", "d", "h"):
        call.channels.out.append(Opaque(call.span, "a listing"))
        return SUCCESS
    status = SUCCESS
    for word in sorted(found.operands) or (".",):
        names = _names(call, word, itself=found.has("d"))
        if names is None:
            there = call.state.workspace.exists(call.path(word))
            status = Status(2) if there is False else status
            if there is not False:
                call.channels.out.append(Opaque(call.span, "the names in a folder out of an image"))
            continue
        inside = isinstance(call.state.workspace.behind(call.path(word)), Folder) and not found.has("d")
        if inside and len(found.operands) > 1:
            call.channels.out.append(Opaque(call.span, "a listing of several folders"))
            continue
        names = [".", "..", *names] if inside and found.has("a") else names
        call.channels.say("".join(f"{name}\n" for name in names if not name.startswith(".") or found.has("a", "A")))
    return status


def _names(call: Invocation, word: str, *, itself: bool) -> list[str] | None:
    workspace, path = call.state.workspace, call.path(word)
    node = workspace.find(path)
    node = node if itself else workspace.behind(path) or node  # a link that leads nowhere is listed itself
    if node is None or isinstance(node, Carried | Mystery | Ambiguous):
        return None
    if isinstance(node, Folder) and not itself:
        return None if overlays_of(node) else sorted(known_names(node))
    return [word]


def _shown_folders(call: Invocation) -> Status:
    call.channels.say(call.state.cwd + "\n")
    return SUCCESS


COMMANDS: dict[str, Command] = {
    "cd": change, "chdir": change, "pushd": push, "popd": pop, "pwd": say, "basename": base_name,
    "dirname": folder_name, "readlink": resolve, "realpath": resolve, "mktemp": make_temporary, "ls": listing,
    "dirs": _shown_folders,
}  # fmt: skip
