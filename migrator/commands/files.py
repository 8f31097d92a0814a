"""Commands that move files about on the host: cp, mv, rm, mkdir, ln, touch, chmod, chown, install, rsync."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.commands.base import Invocation, split_options, text_of
from migrator.commands.workshop import adjust, give_up, lift, place_of, quoted
from migrator.trace.images import Extended, RunStep
from migrator.trace.state import FAILURE, SUCCESS, Channels, Status
from migrator.trace.streams import Archive, Content, Mixed, Opaque, Printed, Text
from migrator.trace.streams import Packed as PackedStream
from migrator.trace.symbols import SymbolKind, is_symbol
from migrator.trace.workspace import (
    Ambiguous,
    Carried,
    Entries,
    Folder,
    Mystery,
    Overlay,
    Packed,
    RepoFile,
    Written,
    known_names,
    overlays_of,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.commands.base import Command, Shell
    from migrator.source import Span
    from migrator.trace.streams import Stream
    from migrator.trace.workspace import Node

# --- writing what a command prints ---------------------------------------------------------------------------


def write_stream(shell: Shell, path: str, stream: Stream, span: Span, *, append: bool = False) -> None:
    """Writes a stream to a host file, as `>` or, with `append`, as `>>` does."""
    workspace = shell.state.workspace
    before = workspace.find(path)
    if append and before is not None and not (isinstance(before, Written) and not before.text):
        _append(shell, path, before, stream, span)
        return
    mode = before.mode if isinstance(before, Written) else 0o666 & ~shell.state.umask
    if isinstance(before, RepoFile) and before.executable:
        mode = 0o755
    shell.state.workspace = workspace.put(path, _file(shell, stream, span, mode))


def _file(shell: Shell, stream: Stream, span: Span, mode: int) -> Node:
    text = text_of(shell, stream)
    if text is not None:
        return Written(text, mode, span)
    match stream:
        case Content(node=Carried() as node):
            return adjust(shell, replace(node, kind="file"), lambda path: ("chmod", f"{mode:04o}", path), span)
        case Content(node=Packed() as node):
            return node
        case Archive():
            return Packed(stream.tree, None, owners=True, span=span)
        case PackedStream(inner=Archive() as inner):
            return Packed(inner.tree, stream.method, owners=True, span=span)
        case Printed():
            return _printed(stream, span, mode)
        case Opaque():
            return Mystery(stream.because, stream.what)
        case _:
            return Mystery(span, "what is written here cannot be known")


def _printed(stream: Printed, span: Span, mode: int) -> Carried:
    """A command's output in a container, kept in a file of the stage."""
    path = "/workspace/output"
    steps = (
        replace(stream.step, output=path),
        RunStep(span, words=("chmod", f"{mode:04o}", path), user="root", touches=(path,)),
    )
    return Carried(Extended(stream.image, steps), path, span, "file")


def _append(shell: Shell, path: str, before: Node | Ambiguous, stream: Stream, span: Span) -> None:
    workspace = shell.state.workspace
    old = text_of(shell, Content(before)) if isinstance(before, RepoFile | Written) else None
    new = text_of(shell, stream)
    if old is not None and new is not None:
        mode = before.mode if isinstance(before, Written) else 0o755 if getattr(before, "executable", False) else 0o644
        shell.state.workspace = workspace.put(path, Written(old + new, mode, span))
        return
    call = Invocation(shell, ("append",), Channels(), span)
    target = quoted(shell, place_of(shell, path))
    if isinstance(before, Carried | RepoFile | Written):
        if new is not None and lift(call, [], [path], f"printf '%s' {_single(shell, new)} >> {target}"):
            return
        source = _path_of(shell, stream)
        if source and lift(call, [source], [path], f"cat {quoted(shell, place_of(shell, source))} >> {target}"):
            return
    give_up(call, [path], "something that cannot be known is appended to it")


def _single(shell: Shell, text: str) -> str:
    return quoted(shell, text)


def _path_of(shell: Shell, stream: Stream) -> str | None:
    if isinstance(stream, Content) and isinstance(stream.node, RepoFile):
        return f"{shell.root}/{stream.node.path}"
    return None


# --- cp and mv ------------------------------------------------------------------------------------------------


def copy(call: Invocation) -> Status:
    """`cp [-r] source… destination`."""
    found = split_options(call.arguments, "tS", ("target-directory", "suffix"))
    operands = list(found.operands)
    into = found.value("t", "target-directory")
    if into is not None:
        operands.append(into)
    if len(operands) < 2:  # noqa: PLR2004 — a source and a destination
        return FAILURE
    preserve = found.has("a", "p", "archive", "preserve")
    recursive = found.has("r", "R", "a", "recursive", "archive")
    if found.has("n", "no-clobber", "u", "update", "i", "l", "s", "link", "symbolic-link", "parents"):
        give_up(call, [call.path(operands[-1])], "cp with an option that depends on what is there")
        return SUCCESS
    if any(_is_glob(call, word) for word in operands):
        return _lifted_copy(call, operands)
    if found.has("T", "no-target-directory"):
        return _copy_one(call, call.path(operands[0]), (call.path(operands[-1]), True), recursive, preserve)
    return _each(call, operands, lambda source, target: _copy_one(call, source, target, recursive, preserve))


def _is_glob(call: Invocation, word: str) -> bool:
    return any(symbol.kind is SymbolKind.GLOB for symbol in call.shell.symbols.within(word))


def _lifted_copy(call: Invocation, operands: list[str]) -> Status:
    """Files out of an image's folder named by a pattern: done in a stage, folder by folder."""
    reads = [_glob_folder(call, word) if _is_glob(call, word) else call.path(word) for word in operands[:-1]]
    target = call.path(operands[-1])
    if not lift(call, reads, [target]):
        give_up(call, [target], "which files are copied here cannot be known")
    return SUCCESS


def _glob_folder(call: Invocation, word: str) -> str:
    pattern = call.shell.symbols[word].name if len(word) == 1 else word
    fixed = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
    return call.path(posixpath.dirname(fixed) or ".")


def _each(
    call: Invocation, operands: list[str], act: Callable[[str, tuple[str, bool]], Status]
) -> Status:
    workspace = call.state.workspace
    target = call.path(operands[-1])
    folder = workspace.is_folder(target) if operands[-1] not in (".", "..") else True
    if operands[-1].endswith("/") and folder is None:
        folder = True
    if folder is None and workspace.find(target) is not None and len(operands) == 2:  # noqa: PLR2004
        give_up(call, [target], "whether the destination is a folder depends on what an image holds")
        return SUCCESS
    status = SUCCESS
    for word in operands[:-1]:
        source = call.path(word)
        node = call.state.workspace.find(source)
        if node is None:
            status = FAILURE
            continue
        content = word.endswith("/.") or word == "."
        place = target if content or not folder else f"{target}/{posixpath.basename(source)}"
        result = act(source, (place, content))
        status = result if result.code != 0 else status
    return status


def _copy_one(call: Invocation, source: str, target: tuple[str, bool], recursive: bool, preserve: bool) -> Status:  # noqa: FBT001
    place, content = target
    state = call.state
    node = state.workspace.find(source)
    if isinstance(node, Ambiguous):
        give_up(call, [place], "what is copied here may come from several places")
        return SUCCESS
    if isinstance(node, Folder):
        if not recursive:
            return FAILURE
        merge(call.shell, node, place, call.span)
        return SUCCESS
    if isinstance(node, Carried) and not preserve:
        return _copy_carried(call, source, node, target)
    if isinstance(node, Carried) and content:
        state.workspace = state.workspace.overlay(place, Overlay(node.image, node.path, call.span))
        return SUCCESS
    state.workspace = state.workspace.put(place, _as_copied(call, node, place))
    return SUCCESS


def _as_copied(call: Invocation, node: Node | None, place: str) -> Node | None:
    """cp(1) gives a new file the source's permission bits less the umask, and keeps an old file's own."""
    before = call.state.workspace.find(place)
    mode = before.mode if isinstance(before, Written) else None
    if isinstance(node, Written):
        return replace(node, mode=node.mode & ~call.state.umask if mode is None else mode)
    if isinstance(node, RepoFile) and isinstance(before, RepoFile | Written):
        executable = before.executable if isinstance(before, RepoFile) else bool(before.mode & 0o100)
        if executable != node.executable:
            text = call.shell.project.text(node.path)
            return Written(text, 0o755 if executable else 0o644, call.span) if text is not None else node
    return node


def _copy_carried(call: Invocation, source: str, node: Carried, target: tuple[str, bool]) -> Status:
    """Cp drops bits that `docker cp` kept (set-uid, what the umask takes), so the copy is made in a stage."""
    place, content = target
    shell = call.shell
    words = [word for word in call.words if word.startswith("-")]
    from_ = place_of(shell, source) + ("/." if content else "")
    line = " ".join(["cp", *words, quoted(shell, from_), quoted(shell, place_of(shell, place))])
    parent = posixpath.dirname(place)
    line = f"mkdir -p {quoted(shell, place_of(shell, parent))} && {line}" if parent != shell.root else line
    if not lift(replace(call, words=("cp", *words, source, place)), [source], [place], line):
        give_up(call, [place], "what is copied here cannot be known")
    elif node.kind is not None:
        moved = shell.state.workspace.find(place)
        if isinstance(moved, Carried):
            shell.state.workspace = shell.state.workspace.put(place, replace(moved, kind=node.kind))
    return SUCCESS


def merge(shell: Shell, node: Folder, place: str, span: Span) -> None:
    """Lays a folder's content over the folder at `place`, which is made if it is missing."""
    state = shell.state
    if state.workspace.find(place) is None:
        state.workspace = state.workspace.put(place, node)
        return
    if not isinstance(state.workspace.find(place), Folder):
        state.workspace = state.workspace.put(place, Mystery(span, "a folder is copied onto something else"))
        return
    for layer in node.layers:
        if isinstance(layer, Overlay):
            state.workspace = state.workspace.overlay(place, layer)
            continue
        for name, below in layer.names.items():
            if isinstance(below, Folder):
                merge(shell, below, f"{place}/{name}", span)
            elif below is not None:
                state.workspace = state.workspace.put(f"{place}/{name}", below)


def move(call: Invocation) -> Status:
    """`mv source… destination`: modes and content go along unchanged."""
    found = split_options(call.arguments, "tS", ("target-directory", "suffix"))
    operands = list(found.operands)
    into = found.value("t", "target-directory")
    if into is not None:
        operands.append(into)
    if len(operands) < 2:  # noqa: PLR2004 — a source and a destination
        return FAILURE
    if any(_is_glob(call, word) for word in operands):
        return _lifted_copy(call, operands)

    def act(source: str, target: tuple[str, bool]) -> Status:
        state = call.state
        node = state.workspace.find(source)
        if isinstance(node, Ambiguous):
            give_up(call, [target[0]], "what is moved here may come from several places")
            return SUCCESS
        state.workspace = state.workspace.put(source, None).put(target[0], node)
        return SUCCESS

    return _each(call, operands, act)


# --- rm, mkdir, touch, ln ---------------------------------------------------------------------------------------


def remove(call: Invocation) -> Status:
    """`rm [-rf] path…`; a part of what came out of an image is removed in a stage."""
    found = split_options(call.arguments)
    status = SUCCESS
    for word in found.operands:
        path = call.path(word)
        if path in ("/", call.shell.root):
            give_up(call, [path], "everything is removed")
            continue
        if _is_glob(call, word):
            _remove_by_pattern(call, word)
            continue
        there = call.state.workspace.exists(path)
        if there is False:
            status = status if found.has("f", "force") else FAILURE
        elif isinstance(call.state.workspace.find(path), Folder) and not found.has("r", "R", "d", "recursive", "dir"):
            status = FAILURE
        elif there is None and _inside_image(call, path):
            top = _carried_top(call, path)
            if not lift(
                replace(call, words=("rm", "-rf", path)),
                [],
                [top],
                f"rm -rf {quoted(call.shell, place_of(call.shell, path))}",
            ):
                give_up(call, [top], "part of it is removed")
        else:
            call.state.workspace = call.state.workspace.put(path, None)
    return status


def _inside_image(call: Invocation, path: str) -> bool:
    return _carried_top(call, path) != path


def _carried_top(call: Invocation, path: str) -> str:
    """The topmost folder on the way to `path` that holds an image's content."""
    walked = ""
    for name in [part for part in path.split("/") if part]:
        node = call.state.workspace.find(walked or "/")
        if isinstance(node, Carried) or (isinstance(node, Folder) and overlays_of(node)):
            return walked
        walked = f"{walked}/{name}"
    return path


def _remove_by_pattern(call: Invocation, word: str) -> None:
    folder = _glob_folder(call, word)
    top = _carried_top(call, folder + "/x")
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
        else:
            status = Status(None, None, call.span) if isinstance(node, Carried | Mystery) else FAILURE
    return status


def make_folder(call: Invocation) -> Status:
    """`mkdir [-p] [-m mode] path…`."""
    found = split_options(call.arguments, "m", ("mode",))
    status = SUCCESS
    for word in found.operands:
        path = call.path(word)
        workspace = call.state.workspace
        if workspace.find(path) is not None:
            status = status if found.has("p", "parents") else FAILURE
            continue
        parent = posixpath.dirname(path)
        inside = parent.startswith(call.shell.root)  # of other folders it is not known which there are
        if inside and not found.has("p", "parents") and workspace.exists(parent) is False:
            status = FAILURE
            continue
        text = found.value("m", "mode")
        mode = int(text, 8) if text and re.fullmatch(r"[0-7]+", text) else 0o777 & ~call.state.umask
        call.state.workspace = workspace.put(path, Folder((), None, mode))
    return status


def touch(call: Invocation) -> Status:
    """`touch path…`: a missing file is made, empty."""
    found = split_options(call.arguments, "drt")
    for word in found.operands:
        path = call.path(word)
        if call.state.workspace.find(path) is None and not found.has("c"):
            call.state.workspace = call.state.workspace.put(path, Written("", 0o666 & ~call.state.umask, call.span))
    return SUCCESS


def link(call: Invocation) -> Status:
    """`ln [-s] target [name]`; a hard link is a second name of the same content."""
    found = split_options(call.arguments, "t")
    if not found.operands:
        return FAILURE
    target = found.operands[0]
    name = found.operands[1] if len(found.operands) > 1 else "."
    path = call.path(name)
    if call.state.workspace.is_folder(path):
        path = f"{path}/{posixpath.basename(target.rstrip('/'))}"
    from migrator.trace.workspace import Link  # noqa: PLC0415 — keeps the long import above readable

    node = call.state.workspace.find(call.path(target))
    if found.has("s", "symbolic"):
        call.state.workspace = call.state.workspace.put(path, Link(target))
    elif isinstance(node, Ambiguous) or node is None:
        return FAILURE
    else:
        call.state.workspace = call.state.workspace.put(path, node)
    return SUCCESS


# --- modes and owners -------------------------------------------------------------------------------------------


def change_mode(call: Invocation) -> Status:
    """`chmod mode path…`: what comes out of an image is changed in its stage."""
    operands = [word for word in call.arguments if not re.fullmatch(r"-[Rvcf]+|--recursive|--verbose", word)]
    recursive = len(operands) != len(call.arguments) and any(
        "R" in w or "rec" in w for w in call.arguments if w[:1] == "-"
    )
    if len(operands) < 2:  # noqa: PLR2004 — a mode and a path
        return FAILURE
    mode, status = operands[0], SUCCESS
    for word in operands[1:]:
        path = call.path(word)
        if _is_glob(call, word):
            folder = _carried_top(call, _glob_folder(call, word) + "/x")
            if not lift(replace(call, words=("chmod", mode, word)), [], [folder]):
                give_up(call, [folder], "the modes of some files in it change")
            continue
        node = call.state.workspace.find(path)
        if node is None:
            status = FAILURE
        elif isinstance(node, Carried):
            flags = ("-R",) if recursive else ()
            changed = adjust(call.shell, node, lambda there, flags=flags: ("chmod", *flags, mode, there), call.span)  # type: ignore[misc]
            call.state.workspace = call.state.workspace.put(path, changed)
        else:
            _change_host_mode(call, path, node, mode, recursive=recursive)
    return status


def _change_host_mode(call: Invocation, path: str, node: Node | Ambiguous, mode: str, *, recursive: bool) -> None:
    if isinstance(node, Written):
        new = _new_mode(node.mode, mode)
        if new is not None:
            call.state.workspace = call.state.workspace.put(path, replace(node, mode=new))
            return
    if isinstance(node, RepoFile):
        new = _new_mode(0o755 if node.executable else 0o644, mode)
        if new == (0o755 if node.executable else 0o644):
            return
    if isinstance(node, Folder) and not recursive:
        new = _new_mode(node.mode, mode)
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


def _new_mode(old: int, text: str) -> int | None:
    """The mode after chmod(1) with `text`; None for forms that are not modelled."""
    if re.fullmatch(r"[0-7]{3,4}", text):
        return int(text, 8)
    found = re.fullmatch(r"([ugoa]*)([-+=])([rwx]+)", text)
    if not found:
        return None
    who = found[1] or "a"
    bits = sum({"r": 4, "w": 2, "x": 1}[letter] for letter in set(found[3]))
    if not found[1] and "w" in found[3]:
        return None  # without a letter the umask counts, for w alone with the usual one
    mask = sum(bits << shift for letter, shift in (("u", 6), ("g", 3), ("o", 0)) if letter in who or "a" in who)
    clear = sum(7 << shift for letter, shift in (("u", 6), ("g", 3), ("o", 0)) if letter in who or "a" in who)
    return {"+": old | mask, "-": old & ~mask, "=": (old & ~clear) | mask}[found[2]]


def change_owner(_: Invocation) -> Status:
    """`chown`, `chgrp`: the context transfer makes root the owner of everything, so nothing comes of it."""
    return SUCCESS


def install(call: Invocation) -> Status:
    """`install [-D] [-d] [-m mode] source… destination`."""
    found = split_options(call.arguments, "mogtS", ("mode", "owner", "group", "target-directory"))
    mode = found.value("m", "mode") or "0755"
    if found.has("d", "directory"):
        return make_folder(replace(call, words=("mkdir", "-p", *found.operands)))
    operands = found.operands
    into = found.value("t", "target-directory")
    if into:
        operands = (*operands, into)
    if len(operands) < 2:  # noqa: PLR2004 — a source and a destination
        return FAILURE
    target = call.path(operands[-1])
    if found.has("D"):
        make_folder(replace(call, words=("mkdir", "-p", posixpath.dirname(target))))
    status = copy(replace(call, words=("cp", *operands)))
    places = [target]
    if call.state.workspace.is_folder(target):
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
    return copy(replace(call, words=("cp", "-a", *words, target)))


COMMANDS: dict[str, Command] = {
    "cp": copy, "mv": move, "rm": remove, "unlink": remove, "rmdir": remove_folder, "mkdir": make_folder, "touch": touch,
    "ln": link, "chmod": change_mode, "chown": change_owner, "chgrp": change_owner, "install": install,
    "rsync": synchronise,
}  # fmt: skip

__all__ = ["COMMANDS", "Entries", "Mixed", "Text", "is_symbol", "merge", "write_stream"]
