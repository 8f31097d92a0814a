"""What the script sends to a command in a container on standard input: a COPY, or a file that the command reads."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.commands.base import split_options, text_of
from migrator.commands.docker.contents import end_state, is_named
from migrator.commands.docker.streams import spread_letters, words_of
from migrator.commands.output import printed_file
from migrator.commands.workshop import PLACE
from migrator.trace.images import CopyStep, RunStep, extend
from migrator.trace.streams import NOTHING, Archive, Content, Packed, Printed, Text
from migrator.trace.workspace import Carried, RepoFile, Written

if TYPE_CHECKING:
    from migrator.commands.base import Invocation
    from migrator.trace.images import Image
    from migrator.trace.streams import Stream
    from migrator.trace.workspace import Node

_SHELLS = ("sh", "bash", "ash", "dash", "zsh")
_INTO_FILE = re.compile(r"\s*cat\s*(?:-\s*)?>\s*(?P<quote>[\"']?)(?P<path>[\w./@+:-]+)(?P=quote)\s*;?\s*")
_ROOTS = ("", "root", "0", "0:0", "root:root")
# Here a base image may have a file already, which would keep the mode that it has.
_SYSTEM = re.compile(r"/(bin|etc|lib\w*|root|sbin|usr|var)(/|$)")
INPUT = f"{PLACE}-input"


def with_input(call: Invocation, image: Image, step: RunStep) -> tuple[Image, RunStep | None]:
    """The container with what the command reads put into it, and the command; None where the COPY is all of it.

    A shell's script becomes its `-c`; a stream that no file can stand for is beyond a build.
    """
    stream = call.channels.stdin.stream
    text = text_of(call.shell, stream)
    name = posixpath.basename(step.words[0]) if step.words else ""
    flags = [word for word in step.words[1:] if word not in ("-s", "-")]
    if text is not None and name in _SHELLS and all(re.fullmatch(r"-[eulx]+|-o|pipefail", word) for word in flags):
        return image, replace(step, words=(step.words[0], *flags, "-c", text.rstrip("\n")))
    made = _unpacked(image, step, stream) or _written(call, image, step)
    if made is not None:
        return made, None
    node = _file(call, stream)
    if node is None:
        beyond = "the script sends it something on standard input"
        return image, replace(step, words=("unknown",), line=None, beyond=beyond)
    place = f"{INPUT}/{_name(node)}"
    return extend(image, CopyStep(call.span, node, place)), replace(step, input=place)


def _name(node: Node) -> str:
    path = node.path if isinstance(node, RepoFile | Carried) else ""
    name = posixpath.basename(path)
    return name if re.fullmatch(r"[\w.+-]+", name) else "file"


def _file(call: Invocation, stream: Stream) -> Node | None:
    """The file that holds what is sent, where one can be laid out in a stage."""
    if isinstance(stream, Text) and stream != NOTHING:
        return Written(stream.text, 0o644, call.span)
    if isinstance(stream, Content) and isinstance(stream.node, RepoFile | Written | Carried):
        return stream.node
    return printed_file(stream, call.span, 0o644) if isinstance(stream, Printed) else None


def _is_root(image: Image, step: RunStep) -> bool:
    state = end_state(image)
    user = step.user if step.user is not None else state.user if state else ""
    return user in _ROOTS


def _written(call: Invocation, image: Image, step: RunStep) -> Image | None:
    """`cat > file` and `tee file`: the same as COPY, where the file is new and gets the mode that it has here."""
    stream = call.channels.stdin.stream
    node = stream.node if isinstance(stream, Content) else _file(call, stream) if isinstance(stream, Text) else None
    usual = (isinstance(node, RepoFile) and not node.executable) or (isinstance(node, Written) and node.mode == 0o644)
    path = _target(image, step)
    if node is None or not usual or path is None or not _is_root(image, step):
        return None
    if _SYSTEM.match(path) or is_named(image, posixpath.basename(path)):
        return None
    return extend(image, CopyStep(call.span, node, path))


def _target(image: Image, step: RunStep) -> str | None:
    words = words_of(step)
    if words is not None:
        tee = len(words) == 2 and words[0] == "tee" and not words[1].startswith("-")
        path = words[1] if tee else None
    else:
        shell = len(step.words) == 3 and posixpath.basename(step.words[0]) in _SHELLS and step.words[1] == "-c"
        found = _INTO_FILE.fullmatch(step.line or (step.words[2] if shell else ""))
        path = found["path"] if found else None
    if path is None:
        return None
    state = end_state(image)
    folder = step.folder or (state.workdir if state else None)
    if not path.startswith("/") and folder is None:
        return None
    return posixpath.normpath(posixpath.join(folder or "/", path))


def _unpacked(image: Image, step: RunStep, stream: Stream) -> Image | None:
    """`tar x` of an archive that the script packs: the same as COPY of what it holds."""
    while isinstance(stream, Packed):
        stream = stream.inner
    words = words_of(step)
    if not isinstance(stream, Archive) or not words or words[0] not in ("tar", "bsdtar") or not _is_root(image, step):
        return None
    found = split_options(spread_letters(words[1:]), "fCTXbILVNgK", ("file", "directory"))
    plain = found.only(
        "x", "extract", "f", "file", "C", "directory", "z", "j", "J", "v", "p", "gzip", "preserve-permissions"
    )
    if not plain or not found.has("x", "extract") or found.operands or found.value("f", "file") not in (None, "-"):
        return None
    state = end_state(image)
    folder = step.folder or (state.workdir if state else None)
    target = found.value("C", "directory")
    if folder is None and not (target or "").startswith("/"):
        return None
    place = posixpath.normpath(posixpath.join(folder or "/", target or "."))
    return extend(image, CopyStep(step.span, stream.tree, place, stream.owners))
