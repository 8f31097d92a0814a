"""`tar` on the host: what it packs, and what it unpacks where."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrator.commands.base import Invocation, absolute, split_options
from migrator.commands.docker.kinds import kind_of
from migrator.commands.docker.links import makes_hard_links
from migrator.commands.files import may_be_there
from migrator.commands.numbers import natural
from migrator.commands.transfer import merge
from migrator.commands.workshop import give_up, lift, place_of, quoted
from migrator.trace.exported import exported_tree
from migrator.trace.state import FAILURE, SUCCESS, Status
from migrator.trace.streams import Archive, Content, Exported, Opaque, leading
from migrator.trace.streams import Packed as PackedStream
from migrator.trace.workspace import (
    Ambiguous,
    Carried,
    Entries,
    Folder,
    Mystery,
    Overlay,
    Packed,
    RepoFile,
    Workspace,
    Written,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.commands.base import Arguments, Command
    from migrator.source import Span
    from migrator.trace.streams import Stream
    from migrator.trace.workspace import Node

_WITH_VALUE = "fCTXbILVNgK"
_LONG_WITH_VALUE = (
    "file", "directory", "exclude", "strip-components", "transform", "owner", "group", "mode", "mtime", "sort",
    "format",
)  # fmt: skip
# Options with which tar unpacks all that it is given, as it is; and with which it packs so.
_LAYS = (
    "x", "extract", "get", "f", "file", "C", "directory", "z", "gzip", "j", "bzip2", "J", "xz", "zstd", "a", "v",
    "verbose", "p", "preserve-permissions", "same-permissions", "same-owner", "no-same-owner", "m", "touch", "S", "i",
    "ignore-zeros", "overwrite", "warning",
)  # fmt: skip
_PACKS = (
    "c", "create", "f", "file", "C", "directory", "z", "gzip", "j", "bzip2", "J", "xz", "zstd", "a", "auto-compress",
    "v", "verbose", "p", "sort", "mtime", "format", "numeric-owner", "owner", "group", "S", "sparse", "totals",
)  # fmt: skip
_COMPRESSION = {"z": "gzip", "j": "bzip2", "J": "xz", "gzip": "gzip", "bzip2": "bzip2", "xz": "xz", "zstd": "zstd"}


@dataclass(frozen=True)
class _Part:
    """What is unpacked; `folder` says that the folder it goes into takes the mode of the tree itself."""

    tree: Node
    folder: bool = True


def _tar_words(call: Invocation) -> list[str]:
    """Tar's first word may be letters without a dash; then its values follow in the order of the letters."""
    words = list(call.arguments)
    if words and not words[0].startswith("-") and re.fullmatch(r"[a-zA-Z]+", words[0]):
        letters, rest = words[0], words[1:]
        spread: list[str] = []
        for letter in letters:
            spread.append(f"-{letter}")
            if letter in _WITH_VALUE and rest:
                spread.append(rest.pop(0))
        words = spread + rest
    return words


def tar(call: Invocation) -> Status:
    """`tar c`, `tar x`."""
    words = _tar_words(call)
    found = split_options(words, _WITH_VALUE, _LONG_WITH_VALUE)
    if found.has("x", "extract", "get"):
        return _extract(call, words)
    if found.has("c", "create"):
        return _create(call, words)
    if found.has("t", "list"):
        call.channels.say(call.unknown("tar"))
        return SUCCESS
    return _unclear(call, found.value("f", "file"))


def _unclear(call: Invocation, name: str | None) -> Status:
    give_up(call, [call.path(name)] if name and name != "-" else [], "an archive changes in a way that is not modelled")
    return SUCCESS


def _extract(call: Invocation, words: Sequence[str]) -> Status:
    found = split_options(words, _WITH_VALUE, (*_LONG_WITH_VALUE, "strip"))
    name = found.value("f", "file")
    folder = call.path(found.value("C", "directory") or ".")
    stream: Stream | None = call.channels.stdin.stream if name in (None, "-") else None
    node: Node | Ambiguous | None = None
    if name not in (None, "-"):
        node = call.state.workspace.find(call.path(str(name)))
    elif isinstance(stream, Content):
        node = stream.node
    archive = _archive(Content(node) if isinstance(node, Packed) else stream)
    if found.has("O", "to-stdout"):
        return _to_stdout(call, archive, found.operands)
    part = _asked(call, found, stream, archive)
    if part is not None:
        return _lay(call, part, folder)
    if name not in (None, "-") and node is not None:
        call_words = replace(call, words=("tar", *call.arguments))
        if lift(call_words, [call.path(str(name))], [folder], _placed_line(call, words)):
            return SUCCESS
    if node is not None or stream is not None:
        give_up(call, [folder], "what is unpacked here cannot be known")
        return SUCCESS
    if may_be_there(call.shell, str(name)):
        give_up(call, [folder], "the archive lies outside of the repository, or its name depends on the run")
        return Status(None, None, call.span)
    return FAILURE


def _asked(call: Invocation, found: Arguments, stream: Stream | None, archive: Archive | None) -> _Part | None:
    """What the options and the members that are named leave of an archive; None where that cannot be known."""
    count = natural(found.value("strip-components", "strip") or "0")
    if count is None or archive is None or not found.only(*_LAYS, "strip-components", "strip"):
        return None
    named = _exported(stream, found.operands, call.span)
    tree: Node | None = named
    if named is None:
        tree = _members(archive, found.operands) if found.operands else archive.tree
    if tree is None or (count and call.name == "bsdtar"):
        return None
    return _stripped(replace(archive, tree=tree), count)


def _stripped(archive: Archive, count: int) -> _Part | None:
    """What `--strip-components` leaves: a member that has no more components than that is left out.

    So nothing gives the folder that it is unpacked into its mode. Measured with GNU tar 1.34: the dot of `./a` counts.
    """
    if not count:
        return _Part(archive.tree)
    if archive.prefix is None:
        return None
    tree = archive.tree
    for _ in range(count - len(archive.prefix.split("/")) + 1):
        below = _only_below(tree)
        if below is None:
            return None
        tree = below
    return _Part(tree, folder=False)


def _only_below(tree: Node) -> Node | None:
    """The one folder of a tree, beside which are only files, which tar leaves out; None where it cannot be known."""
    if not isinstance(tree, Folder):
        return None
    names: dict[str, Node | None] = {}
    for layer in tree.layers:
        if not isinstance(layer, Entries):
            return None
        names |= layer.names
    folders: list[Node] = []
    for node in names.values():
        if node is None or isinstance(node, Mystery):
            return None
        carried = isinstance(node, Carried) and (node.kind or kind_of(node.image, node.path)) != "file"
        if isinstance(node, Folder) or carried:
            folders.append(node)
    return folders[0] if len(folders) == 1 else None if folders else Folder()


def _to_stdout(call: Invocation, archive: Archive | None, members: Sequence[str]) -> Status:
    """`tar xO`: the content of one file."""
    found: Node | None = None
    if archive is not None:
        found = _members(archive, members) if members else archive.tree
    while isinstance(found, Folder):
        found = _only_entry(found)
    is_file = isinstance(found, RepoFile | Written | Carried) and getattr(found, "kind", None) != "folder"
    call.channels.out.append(Content(found) if is_file and found is not None else Opaque(call.span, "what tar prints"))
    return SUCCESS


# What `docker export` holds at these paths is the engine's own.
_ENGINES = ("/etc", "/dev", "/proc", "/sys", "/.dockerenv", "/run")


def _exported(stream: Stream | None, members: Sequence[str], span: Span) -> Folder | None:
    """Some paths of a container's whole, where none of them holds the engine's own files."""
    while isinstance(stream, PackedStream):
        stream = stream.inner
    if not isinstance(stream, Exported):
        return None
    if not members or list(members) == ["."]:
        return exported_tree(stream.image, stream.because)
    if makes_hard_links(stream.image):
        return None  # a member may be a link to one that is left packed, and tar cannot make it then
    tree = Folder()
    for member in members:
        path = posixpath.normpath("/" + member)
        within = path.startswith(_ENGINES) and not path.startswith("/etc/")
        if path == "/" or within or path in ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/mtab"):
            return None
        if re.search(r"[*?\[]", member) or member.startswith("/"):
            return None
        tree = Workspace(tree).put(path, Carried(stream.image, path, span)).root
    return tree


def _members(archive: Archive, names: Sequence[str]) -> Folder | None:
    """The part of an archive that is named; None where a name is no member that is known to be there.

    A member has the name under which it was packed: `a` does not find `./a`.
    """
    if not isinstance(archive.tree, Folder) or archive.prefix is None or leading(names) != archive.prefix:
        return None
    found = Workspace()
    for name in names:
        path = posixpath.normpath("/" + name)
        if path == "/":
            return archive.tree
        node = Workspace(archive.tree).find(path)
        if node is None or isinstance(node, Ambiguous | Mystery) or any(mark in name for mark in "*?["):
            return None
        if isinstance(node, Carried) and makes_hard_links(node.image):
            return None
        found = found.put(path, node)
    return found.root


def _placed_line(call: Invocation, words: Sequence[str]) -> str:
    shell = call.shell
    shown = [
        quoted(shell, place_of(shell, absolute(call.state.cwd, word)) if word.startswith("/") else word)
        for word in words
    ]
    folder = split_options(words, _WITH_VALUE, ("file", "directory")).value("C", "directory")
    make = f"mkdir -p {quoted(shell, place_of(shell, call.path(folder)))} && " if folder else ""
    return make + " ".join(["tar", *shown])


def _only_entry(tree: Node | None) -> Node | None:
    if isinstance(tree, Folder) and len(tree.layers) == 1 and isinstance(tree.layers[0], Entries):
        nodes = list(tree.layers[0].names.values())
        return nodes[0] if len(nodes) == 1 else None
    return None


def _archive(stream: Stream | None) -> Archive | None:
    while isinstance(stream, PackedStream):
        stream = stream.inner
    if isinstance(stream, Archive):
        return stream
    if isinstance(stream, Exported):
        return Archive(exported_tree(stream.image, stream.because))
    if isinstance(stream, Content) and isinstance(stream.node, Packed):
        return Archive(stream.node.tree, stream.node.owners, stream.node.prefix)
    return None


def _lay(call: Invocation, part: _Part, folder: str) -> Status:
    """The content of a tree laid over a host folder, which must be there."""
    state, tree = call.state, part.tree
    if state.workspace.exists(folder) is False:
        return FAILURE
    if state.umask != 0o022:  # tar makes the folders on the way to a member with it
        give_up(call, [folder], "it is unpacked under a umask of the script's own")
        return SUCCESS
    there = state.workspace.find(folder)
    mode = there.mode if isinstance(there, Folder) else 0o755
    if isinstance(tree, Folder) and part.folder:  # a mode is from the member `.` alone, which is an overlay of its own
        merge(call.shell, replace(tree, mode=mode) if tree.mode == 0o755 else tree, folder, call.span, modes=True)
    elif isinstance(tree, Folder):
        for layer in tree.layers:
            if isinstance(layer, Overlay):
                state.workspace = state.workspace.overlay(folder, replace(layer, mode=False))
            else:
                merge(call.shell, Folder((layer,), None, mode), folder, call.span, modes=True)
    elif isinstance(tree, Carried):
        overlay = Overlay(tree.image, tree.path, call.span, mode=part.folder)
        state.workspace = state.workspace.overlay(folder, overlay)
    return SUCCESS


def _create(call: Invocation, words: Sequence[str]) -> Status:
    found = split_options(words, _WITH_VALUE, _LONG_WITH_VALUE)
    name = found.value("f", "file")
    roots = all(value in ("0", "root", "root:root", "0:0") for o, value in found.options if o in ("owner", "group"))
    owners = roots and not call.state.owners_changed
    clean = found.only(*_PACKS) and owners and sum(o in ("C", "directory") for o, _ in found.options) < 2
    method = next((_COMPRESSION[o] for o, _ in found.options if o in _COMPRESSION), None)
    if method is None and name and found.has("a", "auto-compress"):
        method = "gzip" if name.endswith(("gz", "tgz")) else None
    base = call.path(found.value("C", "directory") or ".")
    tree = _gathered(call, base, found.operands) if clean else None
    if tree is None:
        if name in (None, "-"):
            call.channels.out.append(Opaque(call.span, "what is packed here cannot be known"))
        else:
            give_up(call, [call.path(str(name))], "what is packed here cannot be known")
        return SUCCESS
    if name in (None, "-"):
        archive = Archive(tree, owners=False, prefix=leading(found.operands))
        call.channels.out.append(PackedStream(method, archive) if method else archive)
    else:
        node = Packed(tree, method, owners=False, span=call.span, prefix=leading(found.operands))
        call.state.workspace = call.state.workspace.put(call.path(str(name)), node)
    return SUCCESS


def _gathered(call: Invocation, base: str, members: Sequence[str]) -> Folder | None:
    """The tree that an archive of some members holds, by member name."""
    workspace = call.state.workspace
    tree = Folder()
    for member in members:
        path = absolute(base, member)
        node = workspace.find(path)
        if not member or node is None or isinstance(node, Ambiguous | Mystery):
            return None
        name = posixpath.normpath(member).lstrip("/")
        if name == ".":
            if isinstance(node, Carried):
                tree = Folder((*tree.layers, Overlay(node.image, node.path, call.span, mode=True)))
            elif isinstance(node, Folder):
                tree = Folder((*tree.layers, *node.layers), node.origin if not tree.layers else None, node.mode)
            continue
        if name.startswith(".."):
            return None
        tree = Workspace(tree).put("/" + name, node).root
    return tree


COMMANDS: dict[str, Command] = {"tar": tar, "bsdtar": tar, "gtar": tar}
