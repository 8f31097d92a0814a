"""Archives and compressors on the host: tar, gzip and their like, zip."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.commands.base import Invocation, absolute, split_options
from migrator.commands.docker.links import makes_hard_links
from migrator.commands.files import may_be_there
from migrator.commands.transfer import merge
from migrator.commands.workshop import give_up, lift, place_of, quoted
from migrator.trace.exported import exported_tree
from migrator.trace.state import FAILURE, SUCCESS, Status
from migrator.trace.streams import Archive, Content, Exported, Opaque, Printed
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

    from migrator.commands.base import Command
    from migrator.source import Span
    from migrator.trace.streams import Stream
    from migrator.trace.workspace import Node

_WITH_VALUE = "fCTXbILVNgK"
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
    found = split_options(
        words, _WITH_VALUE, ("file", "directory", "exclude", "strip-components", "transform", "owner", "group")
    )
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
    found = split_options(words, _WITH_VALUE, ("file", "directory", "exclude", "strip-components", "transform"))
    name = found.value("f", "file")
    folder = call.path(found.value("C", "directory") or ".")
    laid = found.only(*_LAYS)
    plain = laid and not found.operands
    stream: Stream | None = call.channels.stdin.stream if name in (None, "-") else None
    node: Node | Ambiguous | None = None
    if name not in (None, "-"):
        node = call.state.workspace.find(call.path(str(name)))
    elif isinstance(stream, Content):
        node = stream.node
    tree = _tree(stream) if stream is not None else node.tree if isinstance(node, Packed) else None
    if found.has("O", "to-stdout"):
        return _to_stdout(call, _members(tree, found.operands) if found.operands else tree)
    members = _exported(stream, found.operands, call.span)
    if members is not None and laid:
        return _lay(call, members, folder)
    if tree is not None and plain:
        return _lay(call, tree, folder)
    members = _members(tree, found.operands)
    if members is not None and laid:
        return _lay(call, members, folder)
    stripped = found.only(*_LAYS, "strip-components") and _simple_strip(found.value("strip-components"), tree)
    if tree is not None and stripped and not found.operands:
        inner = _only_child(tree)
        return _lay(call, inner, folder) if inner is not None else SUCCESS
    if name not in (None, "-") and node is not None:
        call_words = replace(call, words=("tar", *call.arguments))
        if lift(call_words, [call.path(str(name))], [folder], _placed_line(call, words)):
            return SUCCESS
    if isinstance(stream, Printed | Content | PackedStream | Opaque) or node is not None or stream is not None:
        give_up(call, [folder], "what is unpacked here cannot be known")
        return SUCCESS
    if may_be_there(call.shell, str(name)):
        give_up(call, [folder], "the archive lies outside of the repository, or its name depends on the run")
        return Status(None, None, call.span)
    return FAILURE


def _to_stdout(call: Invocation, tree: Node | None) -> Status:
    """`tar xO`: the content of one file."""
    only = _only_entry(tree)
    is_file = isinstance(only, RepoFile | Written | Carried)
    call.channels.out.append(Content(only) if is_file and only is not None else Opaque(call.span, "what tar prints"))
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


def _members(tree: Node | None, names: Sequence[str]) -> Folder | None:
    """The part of an archive that is named; None where a name is no member that is known to be there."""
    if not isinstance(tree, Folder) or not names:
        return None
    found = Workspace()
    for name in names:
        path = "/" + posixpath.normpath(name).lstrip("/")
        node = Workspace(tree).find(path)
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


def _simple_strip(count: str | None, tree: Node | None) -> bool:
    return tree is not None and count == "1" and _only_child(tree) is not None


def _only_child(tree: Node) -> Node | None:
    found = _only_entry(tree)
    return found if isinstance(found, Folder | Carried) else None


def _only_entry(tree: Node | None) -> Node | None:
    if isinstance(tree, Folder) and len(tree.layers) == 1 and isinstance(tree.layers[0], Entries):
        nodes = list(tree.layers[0].names.values())
        return nodes[0] if len(nodes) == 1 else None
    return None


def _tree(stream: Stream | None) -> Node | None:
    while isinstance(stream, PackedStream):
        stream = stream.inner
    if isinstance(stream, Archive):
        return stream.tree
    if isinstance(stream, Exported):
        return exported_tree(stream.image, stream.because)
    if isinstance(stream, Content) and isinstance(stream.node, Packed):
        return stream.node.tree
    return None


def _lay(call: Invocation, tree: Node, folder: str) -> Status:
    """The content of a tree laid over a host folder, which must be there."""
    state = call.state
    if state.workspace.exists(folder) is False:
        return FAILURE
    if state.umask != 0o022:  # tar makes the folders on the way to a member with it
        give_up(call, [folder], "it is unpacked under a umask of the script's own")
        return SUCCESS
    if isinstance(tree, Folder):
        there = state.workspace.find(folder)  # takes a mode from the member `.` alone, which is an overlay of its own
        tree = replace(tree, mode=there.mode) if isinstance(there, Folder) and tree.mode == 0o755 else tree
        merge(call.shell, tree, folder, call.span, modes=True)
    elif isinstance(tree, Carried):
        state.workspace = state.workspace.overlay(folder, Overlay(tree.image, tree.path, call.span, mode=True))
    return SUCCESS


def _create(call: Invocation, words: Sequence[str]) -> Status:
    found = split_options(
        words,
        _WITH_VALUE,
        ("file", "directory", "exclude", "transform", "owner", "group", "mode", "mtime", "sort", "format"),
    )
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
        archive = Archive(tree, owners=False)
        call.channels.out.append(PackedStream(method, archive) if method else archive)
    else:
        node = Packed(tree, method, owners=False, span=call.span)
        call.state.workspace = call.state.workspace.put(call.path(str(name)), node)
    return SUCCESS


def _gathered(call: Invocation, base: str, members: Sequence[str]) -> Folder | None:
    """The tree that an archive of some members holds, by member name."""
    workspace = call.state.workspace
    tree = Folder()
    for member in members:
        path = absolute(base, member)
        node = workspace.find(path)
        if node is None or isinstance(node, Ambiguous | Mystery):
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


_METHODS = {
    "gun": "gzip", "gzi": "gzip", "zca": "gzip", "pig": "gzip", "xz": "xz", "unx": "xz", "xzc": "xz",
    "bzi": "bzip2", "bun": "bzip2", "bzc": "bzip2", "zst": "zstd", "uns": "zstd", "lz4": "lz4",
}  # fmt: skip


def compress(call: Invocation) -> Status:
    """`gzip`, `gunzip`, `xz`, `bzip2`, `zstd` and their like: on streams, and on files in a stage."""
    found = split_options(call.arguments)
    name = call.name
    unpack = name.startswith(("un", "gun", "bun")) or found.has("d", "decompress") or name.endswith("cat")
    unpack = unpack and not found.has("z", "compress")
    method = _METHODS.get(name[:3], name)
    operands = [word for word in found.operands if word != "-"]
    if not operands:
        call.channels.out.append(_through(call, call.channels.stdin.stream, method, unpack=unpack))
        return SUCCESS
    if found.has("c", "stdout", "to-stdout") or name.endswith("cat"):
        node = call.state.workspace.find(call.path(operands[0]))
        if node is None or isinstance(node, Ambiguous):
            return FAILURE
        call.channels.out.append(_through(call, Content(node), method, unpack=unpack))
        return SUCCESS
    return _compress_files(call, operands, method, unpack=unpack, keep=found.has("k", "keep"))


def _through(call: Invocation, stream: Stream, method: str, *, unpack: bool) -> Stream:
    if not unpack:
        return PackedStream(method, stream)
    if isinstance(stream, PackedStream):
        return stream.inner
    if isinstance(stream, Content) and isinstance(stream.node, Packed):
        return Archive(stream.node.tree, stream.node.owners)
    if isinstance(stream, Printed) and stream.step.output is None:  # the same pipe, in the container's own stage
        text = stream.step.line if stream.step.line is not None else shlex.join(stream.step.words)
        line = f"{text} | {' '.join(quoted(call.shell, word) for word in call.words)}"
        return Printed(stream.image, replace(stream.step, words=(), line=line))
    return Opaque(call.span, f"what comes out of {call.name}")


_ENDING = {"gzip": ".gz", "xz": ".xz", "bzip2": ".bz2", "zstd": ".zst", "lz4": ".lz4"}


def _compress_files(call: Invocation, operands: Sequence[str], method: str, *, unpack: bool, keep: bool) -> Status:
    ending = _ENDING.get(method, ".gz")
    for word in operands:
        path = call.path(word)
        node = call.state.workspace.find(path)
        target = path.removesuffix(ending) if unpack else path + ending
        if unpack and path.endswith(".tgz"):
            target = path.removesuffix(".tgz") + ".tar"
        if node is None:
            return FAILURE
        if isinstance(node, Packed):
            changed: Node = replace(node, compression=None if unpack else method)
            call.state.workspace = call.state.workspace.put(target, changed)
        elif not unpack:  # another compressor, or another version of it, makes other bytes of the same content
            give_up(call, [target], f"the bytes that {call.name} of the host makes")
        elif not lift(replace(call, words=(*call.words[: len(call.words) - len(operands)], word)), [path], [target]):
            give_up(call, [target], f"what comes out of {call.name}")
        if not keep:
            call.state.workspace = call.state.workspace.put(path, None)
    return SUCCESS


def unzip(call: Invocation) -> Status:
    """`unzip archive [-d folder]`: done in a stage, which must have the tool."""
    found = split_options(call.arguments, "d")
    folder = call.path(found.value("d") or ".")
    if found.operands and may_be_there(call.shell, found.operands[0]):
        give_up(call, [folder], "the archive lies outside of the repository, or its name depends on the run")
        return Status(None, None, call.span)
    if not found.operands or not lift(call, [call.path(found.operands[0])], [folder]):
        give_up(call, [folder], "what is unpacked here cannot be known")
    return SUCCESS


def zip_up(call: Invocation) -> Status:
    """`zip archive path…`: done in a stage, which must have the tool."""
    found = split_options(call.arguments, "x")
    paths = [call.path(word) for word in found.operands]
    if len(paths) < 2 or not lift(call, paths[1:], [paths[0]]):
        give_up(call, paths[:1], "what is packed here cannot be known")
    return SUCCESS


def rewrite(call: Invocation) -> Status:
    """`strip`, `upx`: a binary is changed in place, in a stage, which must have the tool."""
    found = split_options(call.arguments, "o", ("output",))
    out = found.value("o", "output")
    paths = [call.path(word) for word in found.operands]
    writes = [call.path(out)] if out else paths
    if not paths or not lift(call, paths, writes):
        give_up(call, writes, f"{call.name} changes it")
    return SUCCESS


COMMANDS: dict[str, Command] = {
    "tar": tar, "bsdtar": tar, "gtar": tar, "gzip": compress, "gunzip": compress, "zcat": compress, "xz": compress,
    "unxz": compress, "xzcat": compress, "bzip2": compress, "bunzip2": compress, "bzcat": compress, "zstd": compress,
    "unzstd": compress, "pigz": compress, "lz4": compress, "unzip": unzip, "zip": zip_up, "strip": rewrite,
    "upx": rewrite,
}  # fmt: skip
