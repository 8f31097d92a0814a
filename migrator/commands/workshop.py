"""Work that the script does on the host with things out of an image, done in a stage instead.

The stage stands on the image that the material came from, because that has a shell and most likely the tools;
the host's folders are laid out below `/host-workspace` there, so that the command keeps its words.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.commands.docker.contents import is_bare
from migrator.commands.docker.links import link_target
from migrator.trace.effects import HostWork, ImageBuilt
from migrator.trace.images import Built, CopyStep, Extended, RunStep
from migrator.trace.streams import Content, Filtered
from migrator.trace.symbols import SymbolKind, is_symbol
from migrator.trace.workspace import Ambiguous, Carried, Entries, Folder, Mystery, Overlay, Packed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet

    from migrator.commands.base import Invocation, Shell
    from migrator.source import Span
    from migrator.trace.images import Image, Step
    from migrator.trace.streams import Stream
    from migrator.trace.workspace import Node, Workspace

PLACE = "/host-workspace"
_USUAL_UMASK = 0o022  # what a stage's shell has
_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")


def place_of(shell: Shell, path: str) -> str:
    """Where a host path stands in the workshop stage."""
    if path == shell.root or path.startswith(shell.root + "/"):
        return PLACE + path[len(shell.root) :]
    plain = "".join(shell.symbols[c].name if is_symbol(c) else c for c in path)
    return f"{PLACE}{plain}"


def quoted(shell: Shell, word: str) -> str:
    """A word as the stage's shell reads it; symbols stay in it, to become ARGs when it is written out."""
    found = [shell.symbols[c] for c in word if is_symbol(c)]
    if len(word) == 1 and found and found[0].kind is SymbolKind.GLOB:
        pattern = _straight(found[0].name)
        return place_of(shell, pattern) if pattern.startswith(shell.root + "/") else pattern
    if found:
        return '"' + re.sub(r'(["$`\\])', r"\\\1", word) + '"'
    return word if _PLAIN.fullmatch(word) else "'" + word.replace("'", "'\\''") + "'"


def lift(call: Invocation, reads: Sequence[str], writes: Sequence[str], line: str | None = None) -> bool:
    """Moves the command into a stage: `reads` and `writes` are host paths; what it writes then comes from there.

    `line` is its text there; without it, the words as they are. False when there is no image to do it in.
    """
    shell = call.shell
    taken = [*reads, *(_known(shell, path) for path in writes if path not in reads)]
    nodes = {path: shell.state.workspace.find(path) for path in dict.fromkeys(taken)}
    base = _base(shell, [node for node in nodes.values() if node is not None])
    if base is None or any(isinstance(node, Ambiguous | Mystery) or _is_link(node) for node in nodes.values()):
        return False
    steps: list[Step] = []
    for path, node in nodes.items():
        if node is None or isinstance(node, Ambiguous):
            continue
        if any(isinstance(nodes[above], Folder) and path.startswith(above.rstrip("/") + "/") for above in nodes):
            continue  # it goes in with its folder
        if not (isinstance(node, Carried) and node.image is base and node.path == place_of(shell, path)):
            steps.append(CopyStep(call.span, node, place_of(shell, path)))
    paths = {*reads, *writes}
    text = line if line is not None else " ".join(quoted(shell, _placed(call, word, paths)) for word in call.words)
    text = _parents(shell, [path for path in writes if nodes.get(path) is None], text) + text
    if shell.state.umask != _USUAL_UMASK:
        text = f"umask {shell.state.umask:04o} && {text}"
    folder = place_of(shell, shell.state.cwd)
    steps.append(RunStep(call.span, line=text, folder=folder, user="root"))
    made = _grown(base, steps)
    workspace = shell.state.workspace
    for path in writes:
        node = shell.state.workspace.find(path)
        file = "file" if node is not None else None
        kind = "folder" if isinstance(node, Folder) else node.kind if isinstance(node, Carried) else file
        workspace = workspace.put(path, Carried(made, place_of(shell, path), call.span, kind))
    below = tuple(f"{path}/" for path in writes)
    names = shell.state.second_names
    if any(name.startswith(below) for name in names):  # what changes there is the same file under another name
        for name in names:
            if not name.startswith(below) and name not in writes:
                workspace = workspace.put(name, Mystery(call.span, "it is changed under another of its names"))
    shell.state.workspace = _moved(workspace, base, made)
    shell.state.effects.append(HostWork(call.span, " ".join(call.words)))
    return True


def _is_link(node: Node | None) -> bool:
    """Whether it is a symbolic link by itself: what it leads to would not be beside it in the stage."""
    return isinstance(node, Carried) and not node.follow and link_target(node.image, node.path) is not None


def _known(shell: Shell, path: str) -> str:
    """The path itself, or the folder around it that is certain to be there where an image may or may not have the path.

    What is only written to need not be there, and a COPY of what is not there fails.
    """
    around = path
    while shell.state.workspace.exists(around) is None:
        around = posixpath.dirname(around)
    return around if around.startswith(shell.root) else path


def in_stage(call: Invocation, operands: Sequence[str], streams: Sequence[Stream]) -> Filtered | None:
    """What a filter prints of `streams`, which its operands (or standard input) name: as it would in a stage.

    None where nothing of it comes out of an image, or where the command would print or find something else there.
    """
    shell = call.shell
    if any(word.startswith(("/", "~")) or word == "-" for word in operands) or len(operands) not in (0, len(streams)):
        return None
    line = " ".join(quoted(shell, word) for word in call.words)
    reads: list[tuple[str, Node]] = []
    for index, stream in enumerate(streams):
        if isinstance(stream, Filtered) and not operands:
            line, reads = f"{stream.line} | {line}", list(stream.reads)
        elif isinstance(stream, Content) and not isinstance(stream.node, Mystery | Packed):
            place = place_of(shell, call.path(operands[index])) if operands else f"{PLACE}-input/{shell.state.fresh()}"
            reads.append((place, stream.node))
            line = line if operands else f"{line} < {place}"
        else:
            return None
    if not any(isinstance(node, Carried) for _, node in reads):
        return None
    return Filtered(line, tuple(reads), place_of(shell, shell.state.cwd), call.span)


def kept_in_stage(shell: Shell, stream: Filtered, path: str, span: Span, mode: int) -> Node:
    """The file at `path` that such output goes to, written in the stage."""
    base = _base(shell, [node for _, node in stream.reads])
    if base is None:
        return Mystery(stream.because, "what is written here cannot be known")
    steps: list[Step] = [
        CopyStep(stream.because, node, place)
        for place, node in stream.reads
        if not (isinstance(node, Carried) and node.image is base and node.path == place)
    ]
    target = place_of(shell, path)
    text = f"{stream.line} > {quoted(shell, target)}"
    text = _parents(shell, [path], text) + text
    steps.append(RunStep(span, line=text, folder=stream.folder, user="root"))
    if mode != 0o666 & ~_USUAL_UMASK:
        steps.append(RunStep(span, words=("chmod", f"{mode:04o}", target), user="root", touches=(target,)))
    made = _grown(base, steps)
    shell.state.workspace = _moved(shell.state.workspace, base, made)
    shell.state.effects.append(HostWork(span, f"{stream.line} > {posixpath.basename(path)}"))
    return Carried(made, target, span, "file")


def _parents(shell: Shell, paths: Sequence[str], text: str) -> str:
    """The folders that new files go to: the host has them, and the stage has only what was copied there."""
    made = {place_of(shell, shell.state.cwd), PLACE}
    folders = dict.fromkeys(posixpath.dirname(place_of(shell, path)) for path in paths)
    wanted = [quoted(shell, folder) for folder in folders if folder not in made]
    wanted = [folder for folder in wanted if f"mkdir -p {folder} " not in text]
    return f"mkdir -p {' '.join(wanted)} && " if wanted else ""


def _placed(call: Invocation, word: str, paths: AbstractSet[str]) -> str:
    if word.startswith("/"):
        return place_of(call.shell, call.path(word))
    return _straight(word) if ".." in word and call.path(word) in paths else word


def _straight(path: str) -> str:
    """The path without a way into a folder and out of it again, which the stage may not have."""
    before = ""
    while before != path:
        before, path = path, re.sub(r"(^|/)(?!\.\.?/)[^/]+/\.\.(/+|$)", r"\1", path, count=1)
    return path or "."


def _grown(base: Image, steps: list[Step]) -> Extended:
    if isinstance(base, Extended) and base.workshop:
        return Extended(base.base, (*base.steps, *steps), workshop=True)
    return Extended(base, tuple(steps), workshop=True)


def _images(node: Node | Ambiguous) -> list[Image]:
    if isinstance(node, Carried):
        return [node.image]
    if isinstance(node, Packed):
        return _images(node.tree)
    if isinstance(node, Folder):
        found: list[Image] = []
        for layer in node.layers:
            if isinstance(layer, Overlay):
                found.append(layer.image)
            elif node.origin is None:
                for below in layer.names.values():
                    found.extend(_images(below) if below is not None else ())
        return found
    return []


def _base(shell: Shell, nodes: Sequence[Node | Ambiguous]) -> Image | None:
    """The image to work in: the workshop that holds the material already, else where the material came from."""
    images = [image for node in nodes for image in _images(node)]
    for image in images:
        if isinstance(image, Extended) and image.workshop:
            return image
    usable = [image for image in images if not is_bare(image)]
    if usable:
        return usable[-1]
    made = [effect.image for effect in shell.state.effects if isinstance(effect, ImageBuilt)]
    built = [image for image in made if not is_bare(image)]
    return built[-1] if built else None


def _moved(workspace: Workspace, old: Image, new: Image) -> Workspace:
    """What stood in the workshop before still stands there: everything refers to its newest state."""
    if not (isinstance(old, Extended) and old.workshop):
        return workspace
    return replace(workspace, root=_replaced(workspace.root, old, new))


def _replaced(folder: Folder, old: Image, new: Image) -> Folder:
    def renew(node: Node | None) -> Node | None:
        if isinstance(node, Carried) and node.image is old:
            return replace(node, image=new)
        if isinstance(node, Folder) and node.origin is None:
            return _replaced(node, old, new)
        return node

    layers = tuple(
        Entries({name: renew(node) for name, node in layer.names.items()})
        if isinstance(layer, Entries)
        else (replace(layer, image=new) if layer.image is old else layer)
        for layer in folder.layers
    )
    return Folder(layers, folder.origin, folder.mode)


def adjust(shell: Shell, node: Carried, words: Callable[[str], tuple[str, ...]], span: Span) -> Carried:
    """An artifact after a command that changes nothing but itself, run in the stage that it comes from."""
    step = RunStep(span, words=words(node.path), user="root", touches=(node.path,))
    base = node.image
    if isinstance(base, Extended) and base.workshop:
        made = Extended(base.base, (*base.steps, step), workshop=True)
        shell.state.workspace = _moved(shell.state.workspace, base, made)
        return replace(node, image=made, mode=None)
    return replace(node, image=Extended(base, (step,)), mode=None)


def give_up(call: Invocation, paths: Sequence[str], what: str) -> None:
    """Where nothing can be known: the paths hold something unknown from here on."""
    state = call.state
    for path in dict.fromkeys(each for there in paths for each in (there, state.workspace.resolve(there))):
        state.workspace = state.workspace.put(path, Mystery(call.span, what))


def is_built(image: Image) -> bool:
    """Whether an image was made by the script itself."""
    return isinstance(image, Built | Extended)


def printed_text(text: str) -> str:
    """A shell command that prints a text exactly, on one line; symbols in it stand in double quotes."""
    if any(is_symbol(character) for character in text):
        formats = (
            text.replace("\\", "\\\\").replace("%", "%%").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
        )
        values = [character for character in text if is_symbol(character)]
        template = "".join("%s" if is_symbol(character) else character for character in formats)
        return " ".join(["printf", shlex.quote(template), *(f'"{value}"' for value in values)])
    body = text.replace("\\", "\\\\").replace("%", "%%").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return f"printf {shlex.quote(body)}"
