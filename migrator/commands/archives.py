"""Compressors and zip on the host."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.commands.base import Invocation, split_options
from migrator.commands.files import is_folder_of_image, may_be_there
from migrator.commands.workshop import give_up, lift, quoted
from migrator.trace.state import FAILURE, SUCCESS, Status
from migrator.trace.streams import Archive, Content, Opaque, Printed
from migrator.trace.streams import Packed as PackedStream
from migrator.trace.workspace import (
    Ambiguous,
    Folder,
    Link,
    Packed,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.commands.base import Command
    from migrator.trace.streams import Stream
    from migrator.trace.workspace import Node

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
        if isinstance(node, Ambiguous) or (node is None and may_be_there(call.shell, operands[0])):
            call.channels.out.append(Opaque(call.span, f"what comes out of {call.name}"))
            return SUCCESS
        if node is None or isinstance(node, Folder):
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
        return Archive(stream.node.tree, stream.node.owners, stream.node.prefix)
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
        if node is None and may_be_there(call.shell, word):
            give_up(call, [path, target], f"whether there is something that {call.name} changes")
            continue
        if node is None or is_folder_of_image(node) or isinstance(node, Link | Folder):
            return FAILURE  # it is not done to a folder, nor to what a link leads to
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
    "gzip": compress, "gunzip": compress, "zcat": compress, "xz": compress,
    "unxz": compress, "xzcat": compress, "bzip2": compress, "bunzip2": compress, "bzcat": compress, "zstd": compress,
    "unzstd": compress, "pigz": compress, "lz4": compress, "unzip": unzip, "zip": zip_up, "strip": rewrite,
    "upx": rewrite,
}  # fmt: skip
