"""Commands that carry files from one place of the host to another: cp and mv."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrator.commands import links
from migrator.commands.base import Invocation, split_options
from migrator.commands.docker.contents import is_named, is_unnamed, sets_shared_bits, sets_special_bits
from migrator.commands.docker.kinds import kind_of
from migrator.commands.files import is_file_of_image, is_glob, may_be_there
from migrator.commands.lifted import copy_carried, lifted_copy, lifted_onto
from migrator.commands.output import KEPT, mode_after
from migrator.commands.refusals import into_itself, is_refused
from migrator.commands.workshop import give_up
from migrator.rules import script as rules
from migrator.trace.images import Extended
from migrator.trace.state import FAILURE, SUCCESS, Status
from migrator.trace.symbols import is_known
from migrator.trace.workspace import (
    Ambiguous,
    Carried,
    Entries,
    Folder,
    Link,
    Mystery,
    Overlay,
    Packed,
    RepoFile,
    Written,
    overlays_of,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.commands.base import Command, Shell
    from migrator.source import Span
    from migrator.trace.workspace import Node, Workspace

_USUAL_UMASK = 0o022


def copy(call: Invocation) -> Status:
    """`cp [-r] source… destination`."""
    found = split_options(call.arguments, "tS", ("target-directory", "suffix"))
    operands = list(found.operands)
    into = found.value("t", "target-directory")
    if into is not None:
        operands.append(into)
    if len(operands) < 2:
        return FAILURE
    kept = found.value("preserve")
    preserve = found.has("a", "p", "archive") or (found.has("preserve") and (kept is None or kept in ("all", "mode")))
    recursive = found.has("r", "R", "a", "recursive", "archive")
    if found.has("n", "no-clobber", "u", "update", "i", "l", "s", "link", "symbolic-link", "parents", "no-preserve",
                 "b", "backup"):  # fmt: skip
        give_up(call, [call.path(operands[-1])], "cp with an option that depends on what is there")
        return SUCCESS
    if any(is_glob(call, word) for word in operands):
        return lifted_copy(call, operands)
    follows = links.follows(found, recursive=recursive)

    def act(source: str, target: tuple[str, bool]) -> Status:
        return _copy_one(call, source, target, how)

    how = _How(recursive, preserve, follows.inside)
    if found.has("T", "no-target-directory"):
        return _onto(call, (operands[0], operands[-1]), act)
    return _each(call, operands, act, named=follows.named)


def _onto(call: Invocation, words: tuple[str, str], act: Callable[[str, tuple[str, bool]], Status]) -> Status:
    """`cp -T`: the destination is never a folder to copy into."""
    workspace = call.state.workspace
    source, target = (call.path(word) for word in words)
    if into_itself(call, source, target):
        return FAILURE
    node, there = workspace.find(source), workspace.find(target)
    if isinstance(node, Link) or isinstance(there, Link):
        give_up(call, [target, workspace.resolve(target)], "cp -T from or to a link")
        return Status(None, None, call.span)
    is_file = isinstance(node, RepoFile | Written | Packed)
    refused = is_file and (isinstance(there, Folder) or words[1].endswith("/"))
    return FAILURE if refused else act(source, (target, True))


def _each(
    call: Invocation, operands: list[str], act: Callable[[str, tuple[str, bool]], Status], *, named: bool
) -> Status:
    """Does it for each source; `named` says that links which the operands name are followed."""
    workspace = call.state.workspace
    target = call.path(operands[-1])
    folder = workspace.is_folder(target) if operands[-1] not in (".", "..") else True
    if operands[-1].endswith("/") and folder is None:
        folder = True
    if target.startswith(call.shell.root) and workspace.is_folder(posixpath.dirname(target)) is False:
        return FAILURE
    if "" in operands or not any(_may_be_one(call, word) for word in operands[:-1]):
        return FAILURE
    if folder is None and workspace.find(target) is not None and len(operands) == 2:
        if into_itself(call, call.path(operands[0]), target):
            return FAILURE
        if _is_plainly_file(call, operands[0], target):
            if not (_is_shown(workspace.find(target)) or _is_worked_on(workspace.find(target))):
                shown = posixpath.relpath(target, call.shell.root)
                call.shell.note(rules.DESTINATION_ASSUMED.at(call.span, path=shown))
            return act(call.path(operands[0]), (target, False))
        if lifted_onto(call, operands):
            return SUCCESS
        give_up(call, [target], "whether the destination is a folder depends on what an image holds")
        if call.name == "mv":
            call.state.workspace = call.state.workspace.put(call.path(operands[0]), None)
        return SUCCESS
    if len(operands) > 2 and folder is False:
        return FAILURE
    folder = folder or len(operands) > 2  # of several sources none goes to a file
    status = SUCCESS
    for word in operands[:-1]:
        content = word.endswith("/.") or word == "."
        place = target if content or not folder else f"{target}/{posixpath.basename(call.path(word))}"
        place = workspace.resolve(place) if content and folder else place
        source = links.source_of(call, word, place, named=named)
        if isinstance(source, Status):
            status = source
            continue
        node = call.state.workspace.find(source)
        if node is None and may_be_there(call.shell, word):
            named = is_known(posixpath.basename(source)) or not folder
            why = "it is a file outside of the repository, or one whose name depends on the run"
            give_up(call, [place if named else target], why)
            status = Status(None, None, call.span)
            continue
        if node is None or is_refused(call, (word, node), (operands[-1], place)):
            status = FAILURE
            continue
        over = split_options(call.arguments, "tS").has("remove-destination")
        found = links.place_for(call, source, place, over=over)
        result = found if isinstance(found, Status) else act(source, (found, content))
        status = result if result.code != 0 else status
    return status


def _may_be_one(call: Invocation, word: str) -> bool:
    """Whether a word may name something; a link that leads nowhere is something, too."""
    workspace, path = call.state.workspace, call.path(word)
    return (
        workspace.exists(path) is not False or isinstance(workspace.find(path), Link) or may_be_there(call.shell, word)
    )


def _is_plainly_file(call: Invocation, source: str, target: str) -> bool:
    """Whether a file of the host goes to a name that no folder has, inside of something out of an image."""
    node, there = call.state.workspace.find(call.path(source)), call.state.workspace.find(target)
    if not isinstance(node, RepoFile | Written) or not isinstance(there, Carried):
        return False
    name = posixpath.basename(target)
    return is_unnamed(there.image, there.path) or "." in name.strip(".") or name.startswith("Dockerfile")


@dataclass(frozen=True)
class _How:
    """How a cp copies: folders as well, modes as they are, what the links in a folder lead to."""

    recursive: bool
    preserve: bool
    inside: bool


def _copy_one(call: Invocation, source: str, target: tuple[str, bool], how: _How) -> Status:
    place, content = target
    recursive, preserve = how.recursive, how.preserve
    state = call.state
    node = state.workspace.find(source)
    if isinstance(node, Ambiguous):
        give_up(call, [place], "what is copied here may come from several places")
        return SUCCESS
    if how.inside and node is not None:
        node = links.followed(state.workspace, source, node)
        if node is None:
            give_up(call, [place], "cp follows the links of a folder")
            return Status(None, None, call.span)
    if isinstance(node, Folder):
        if not recursive:
            return FAILURE
        if state.umask != _USUAL_UMASK and not preserve:
            give_up(call, [place], "a folder is copied under a umask of the script's own")
            return SUCCESS
        if not preserve and may_have_bits(node):
            give_up(call, [place], "cp drops mode bits of what lies in the folder")
            return SUCCESS
        merge(call.shell, node, place, call.span, modes=preserve)
        return SUCCESS
    if isinstance(node, Carried) and not (preserve or how.inside):
        return copy_carried(call, source, node, target)
    if isinstance(node, Carried) and not recursive:
        node = replace(node, follow=True)  # without -r a link is followed
    if isinstance(node, Carried) and content:
        state.workspace = state.workspace.overlay(place, Overlay(node.image, node.path, call.span, mode=True))
        return SUCCESS
    if isinstance(node, Carried) and recursive:
        _merge_carried(call.shell, node, place, call.span, modes=True)
        return SUCCESS
    if split_options(call.arguments, "tS").has("remove-destination"):
        state.workspace = state.workspace.put(place, None)
    copied = node if preserve or node is None else _as_copied(call.shell, node, place, call.span)
    if copied is None and node is not None and lifted_onto(call, [source, place]):
        return SUCCESS
    state.workspace = state.workspace.put(place, copied or Mystery(call.span, KEPT))
    return SUCCESS


def may_have_bits(node: Node) -> bool:
    """Whether something out of an image that lies in a folder may have a bit that cp does not take along."""
    if isinstance(node, Carried):
        return sets_special_bits(node.image, node.path) or sets_shared_bits(node.image, node.path)
    if not isinstance(node, Folder) or node.origin is not None:
        return False
    return any(
        sets_special_bits(layer.image, layer.path) or sets_shared_bits(layer.image, layer.path)
        if isinstance(layer, Overlay)
        else any(below is not None and may_have_bits(below) for below in layer.names.values())
        for layer in node.layers
    )


def _as_copied(shell: Shell, node: Node, place: str, span: Span) -> Node | None:
    """cp(1) gives a new file the source's permission bits less the umask, and keeps an old file's own.

    None where the old file is one out of an image, whose mode is not known.
    """
    if not isinstance(node, Written | RepoFile):
        return node
    own = node.mode if isinstance(node, Written) else _checkout_mode(node)
    there = shell.state.workspace.exists(place)
    before = shell.state.workspace.find(place)
    if (there is None and _is_worked_on(before)) or _may_be_file_of_one(shell, place, before):
        return None
    if there is None:
        there = _is_shown(before)
    if there and isinstance(before, Written | RepoFile | Carried):
        mode = mode_after(before, shell.state.umask)
    else:  # what an image's folder may hold under this name is taken not to be there
        mode = own & ~shell.state.umask
    if mode is None:
        return None
    if isinstance(node, Written):
        return replace(node, mode=mode)
    if mode == own:
        return node
    text = shell.project.text(node.path)
    return Written(text, mode, span) if text is not None else Mystery(span, "its mode changes")


def _is_shown(node: Node | Ambiguous | None) -> bool:
    """Whether a Dockerfile shows that a file is in an image, by its name."""
    return is_file_of_image(node) and isinstance(node, Carried) and is_named(node.image, posixpath.basename(node.path))


def _is_worked_on(node: Node | Ambiguous | None) -> bool:
    """Whether something lies in a stage already, in which one more command tells what is there."""
    return isinstance(node, Carried) and isinstance(node.image, Extended) and node.image.workshop


def _may_be_file_of_one(shell: Shell, place: str, node: Node | Ambiguous | None) -> bool:
    """Whether a Dockerfile of several images that may have put something there shows that it is a file."""
    if not isinstance(node, Ambiguous):
        return False
    folder = shell.state.workspace.find(posixpath.dirname(place))
    if not isinstance(folder, Folder):
        return True
    name = posixpath.basename(place)
    return any(is_named(layer.image, name) for layer in overlays_of(folder))


def _checkout_mode(node: RepoFile) -> int:
    return 0o755 if node.executable else 0o644


def merge(
    shell: Shell, node: Folder, place: str, span: Span, *, modes: bool, before: Workspace | None = None
) -> None:  # fmt: skip
    """Lays a folder's content over the folder at `place`, which is made if it is missing.

    `modes` says that folders which are there already take the modes of those that are laid over them, as `tar x` and
    `cp -a` have it. `before` is the host as it was before a folder around this one was laid there.
    """
    state = shell.state
    before = state.workspace if before is None else before
    there, at_first = state.workspace.find(place), before.find(place)
    bottom = node.layers[0] if node.layers else None
    same = isinstance(there, Carried) and isinstance(bottom, Overlay) and _is_same(there, bottom)
    if there is None or (same and at_first is None):
        state.workspace = state.workspace.put(place, node)
        return
    if same and isinstance(at_first, Carried):
        # A part of the folder that was laid here just before: what was taken out of the part since is still here.
        layers = tuple(
            Entries({name: below for name, below in layer.names.items() if below is not None})
            if isinstance(layer, Entries)
            else layer
            for layer in node.layers
        )
        state.workspace = state.workspace.put(place, replace(node, layers=layers))
        return
    if not isinstance(there, Folder):
        state.workspace = state.workspace.put(place, Mystery(span, "a folder is copied onto something else"))
        return
    if modes and there.mode != node.mode:
        state.workspace = state.workspace.put(place, Folder(there.layers, None, node.mode))
    names = {name: below for layer in node.layers if isinstance(layer, Entries) for name, below in layer.names.items()}
    stood = {name: _definite(before.find(f"{place}/{name}"), span) for name in names if names[name] is None}
    for index, layer in enumerate(node.layers):
        if isinstance(layer, Overlay):
            state.workspace = state.workspace.overlay(place, replace(layer, mode=modes and (layer.mode or not index)))
            continue
        for name, below in layer.names.items():
            if below is None:  # taken out of what is laid over: what stood there before stays
                state.workspace = state.workspace.put(f"{place}/{name}", stood.get(name))
            elif isinstance(below, Folder):
                merge(shell, below, f"{place}/{name}", span, modes=modes, before=before)
            elif isinstance(below, Carried):
                _merge_carried(shell, below, f"{place}/{name}", span, modes=modes)
            elif isinstance(state.workspace.find(f"{place}/{name}"), Folder):
                state.workspace = state.workspace.put(f"{place}/{name}", Mystery(span, "a file is laid over a folder"))
            elif isinstance(state.workspace.find(f"{place}/{name}"), Link) and not isinstance(below, Link):
                led = state.workspace.resolve(f"{place}/{name}")  # cp writes through it, and tar does not
                for path in dict.fromkeys((f"{place}/{name}", led)):
                    state.workspace = state.workspace.put(path, Mystery(span, "a file is laid over a link"))
            else:
                kept = below if modes else _as_copied(shell, below, f"{place}/{name}", span)
                state.workspace = state.workspace.put(f"{place}/{name}", kept or Mystery(span, KEPT))


def _definite(node: Node | Ambiguous | None, span: Span) -> Node | None:
    return Mystery(span, "it may come from several places") if isinstance(node, Ambiguous) else node


def _is_same(there: Carried, bottom: Overlay) -> bool:
    return (there.image, there.path) == (bottom.image, bottom.path)


def _merge_carried(shell: Shell, node: Carried, place: str, span: Span, *, modes: bool) -> None:
    """Something out of an image laid over what stands at `place`: a folder is merged into a folder."""
    state = shell.state
    there = state.workspace.find(place)
    kind = node.kind or kind_of(node.image, node.path)
    same = isinstance(there, Carried) and (there.image, there.path) == (node.image, node.path)
    if isinstance(there, Mystery) and kind != "file":
        return  # what is laid over something unknown leaves it unknown
    if there is None or same or kind == "file" or (kind is None and isinstance(there, RepoFile | Written | Packed)):
        state.workspace = state.workspace.put(place, node)
    elif isinstance(there, Folder) or (isinstance(there, Carried) and "folder" in (kind, there.kind)):
        state.workspace = state.workspace.overlay(place, Overlay(node.image, node.path, span, modes))
    else:
        state.workspace = state.workspace.put(place, Mystery(span, "it is laid over something that may be a folder"))


def move(call: Invocation) -> Status:
    """`mv source… destination`: modes and content go along unchanged."""
    found = split_options(call.arguments, "tS", ("target-directory", "suffix"))
    operands = list(found.operands)
    into = found.value("t", "target-directory")
    if into is not None:
        operands.append(into)
    if len(operands) < 2:
        return FAILURE
    if any(is_glob(call, word) for word in operands):
        return lifted_copy(call, operands)

    def act(source: str, target: tuple[str, bool]) -> Status:
        state = call.state
        node = state.workspace.find(source)
        folder, _, name = target[0].rpartition("/")
        place = f"{state.workspace.resolve(folder)}/{name}"  # which may lead through the link that is moved
        if isinstance(node, Ambiguous):
            state.workspace = state.workspace.put(source, None)
            give_up(call, [place], "what is moved here may come from several places")
            return SUCCESS
        state.workspace = state.workspace.put(source, None).put(place, node)
        return SUCCESS

    return _each(call, operands, act, named=False)


COMMANDS: dict[str, Command] = {"cp": copy, "mv": move}
