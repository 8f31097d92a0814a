"""What a command prints, written to a host file."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.commands.base import Invocation, text_of
from migrator.commands.docker.links import TWO_NAMES, makes_hard_links
from migrator.commands.files import carried_top
from migrator.commands.workshop import PLACE, adjust, give_up, kept_in_stage, lift, place_of, printed_text, quoted
from migrator.trace.exported import exported_tree
from migrator.trace.images import Extended, RunStep
from migrator.trace.state import Channels
from migrator.trace.streams import Archive, Content, Exported, Filtered, Opaque, Printed, Text
from migrator.trace.streams import Packed as PackedStream
from migrator.trace.workspace import (
    Ambiguous,
    Carried,
    Folder,
    Mystery,
    Packed,
    RepoFile,
    Written,
)  # fmt: skip

if TYPE_CHECKING:
    from migrator.commands.base import Shell
    from migrator.source import Span
    from migrator.trace.streams import Stream
    from migrator.trace.workspace import Node, Workspace


KEPT = "it is written over a file out of an image, whose mode it keeps"


def write_stream(shell: Shell, path: str, stream: Stream, span: Span, *, append: bool = False) -> None:
    """Writes a stream to a host file, as `>` or, with `append`, as `>>` does."""
    if isinstance(stream, Text) and stream.loose:
        stream = Opaque(span, "names in the order in which a file system has them")
    workspace = shell.state.workspace
    path = workspace.resolve(path)  # a link is written through
    before = workspace.find(path)
    if isinstance(before, Folder):
        return
    if isinstance(before, Carried) and workspace.exists(path) is None and makes_hard_links(before.image):
        give_up(Invocation(shell, ("write",), Channels(), span), [posixpath.dirname(path)], TWO_NAMES)
        return
    if before is not None and path in shell.state.second_names:
        give_up(Invocation(shell, ("write",), Channels(), span), sorted(shell.state.second_names), TWO_NAMES)
        return
    if before is None and workspace.exists(path) is None:
        why = "a file whose name hangs on the run may be this one"
        give_up(Invocation(shell, ("write",), Channels(), span), [path], why)
        return
    if append and before is not None and not (isinstance(before, Written) and not before.text):
        _append(shell, path, before, stream, span)
        return
    mode = mode_after(_unspoilt(workspace, path, before), shell.state.umask)
    if mode is None and _write_in_stage(shell, path, stream, span):
        return
    made = _file(shell, stream, path, span, mode) if mode is not None else Mystery(span, KEPT)
    shell.state.workspace = shell.state.workspace.put(path, made)  # what it was made in may have grown


def _write_in_stage(shell: Shell, path: str, stream: Stream, span: Span) -> bool:
    """Writes a text where a file of the image may stand already, in a stage: there it keeps its mode."""
    text = text_of(shell, stream)
    call = Invocation(shell, ("write",), Channels(), span)
    top = carried_top(call, path)
    if text is None or top in (path, shell.root):
        return False
    return lift(call, [], [top], f"{printed_text(text)} > {quoted(shell, place_of(shell, path))}")


def _unspoilt(workspace: Workspace, path: str, node: Node | Ambiguous | None) -> Node | Ambiguous | None:
    """What stood there before a command that is not understood: it may have written the file, and its mode is kept."""
    if isinstance(node, Mystery) and node.because == workspace.taint and workspace.before is not None:
        return workspace.before.find(path)
    return node


def mode_after(before: Node | Ambiguous | None, umask: int) -> int | None:
    """The mode of a file that is written: an old one keeps its own; None when that is not known."""
    match before:
        case Written():
            return before.mode
        case RepoFile():
            return 0o755 if before.executable else 0o644
        case Carried(image=Extended(steps=(*_, RunStep(words=("chmod", mode, _), touches=(touched,))))):
            return int(mode, 8) if touched == before.path and re.fullmatch("[0-7]+", mode) else None
        case Carried():
            return None
        case Mystery() | Ambiguous():
            return None
        case _:
            pass
    return 0o666 & ~umask


def _file(shell: Shell, stream: Stream, path: str, span: Span, mode: int) -> Node:
    text = text_of(shell, stream)
    if text is not None:
        return Written(text, mode, span)
    match stream:
        case Content(node=Carried() as node):
            return adjust(shell, replace(node, kind="file"), lambda path: ("chmod", f"{mode:04o}", path), span)
        case Content(node=Packed() as node):
            return node
        case Archive():
            return Packed(stream.tree, None, owners=stream.owners, span=span, prefix=stream.prefix)
        case Exported():
            return Packed(exported_tree(stream.image, stream.because), None, owners=True, span=span)
        case PackedStream(inner=Exported() as whole):
            return Packed(exported_tree(whole.image, whole.because), stream.method, owners=True, span=span)
        case PackedStream(inner=Archive() as inner):
            return Packed(inner.tree, stream.method, owners=inner.owners, span=span, prefix=inner.prefix)
        case Printed():
            return printed_file(stream, span, mode)
        case Filtered():
            return kept_in_stage(shell, stream, path, span, mode)
        case Opaque():
            return Mystery(stream.because, stream.what)
        case _:
            return Mystery(span, "what is written here cannot be known")


def printed_file(stream: Printed, span: Span, mode: int) -> Carried:
    """A command's output in a container, kept in a file of the stage."""
    path = f"{PLACE}-output/file"  # not in a folder that a later stage may copy as a whole
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
        source = _path_of(shell, stream)
        if source and lift(call, [source], [path], f"cat {quoted(shell, place_of(shell, source))} >> {target}"):
            return
        if new is not None and lift(call, [], [path], f"{printed_text(new)} >> {target}"):
            return
    give_up(call, [path], "something that cannot be known is appended to it")


def _path_of(shell: Shell, stream: Stream) -> str | None:
    if isinstance(stream, Content) and isinstance(stream.node, RepoFile):
        return f"{shell.root}/{stream.node.path}"
    return None
