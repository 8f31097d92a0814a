"""`docker cp`, both ways; where a copy lands follows the measured rules of the engine."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.commands.docker import naming
from migrator.commands.docker.containers import settle
from migrator.commands.docker.kinds import kind_of
from migrator.commands.docker.links import climbing_link
from migrator.commands.files import may_be_there
from migrator.commands.workshop import give_up
from migrator.dockercli.names import copy_end
from migrator.rules import legacy
from migrator.rules import script as rules
from migrator.trace.effects import CarriedOut
from migrator.trace.images import Built, CopyStep, Extended, beyond_build, extend, root_of
from migrator.trace.state import FAILURE, SUCCESS, Status
from migrator.trace.streams import Archive, Content
from migrator.trace.symbols import SymbolKind, is_symbol
from migrator.trace.workspace import Ambiguous, Carried, Folder, Link, Mystery, Overlay, Packed, Workspace

if TYPE_CHECKING:
    from migrator.commands.base import Invocation
    from migrator.dockercli.parse import Call
    from migrator.trace.images import Container, Image

# `docker create` puts these in front of the image's own.
_RUNTIME = ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/proc", "/sys", "/dev", "/.dockerenv")

# Folders of every image in which a container can run.
_EVERYWHERE = ("/", "/bin", "/etc", "/root", "/tmp", "/usr", "/var")

_VARIABLE = re.compile(r"\$(\w+|\{\w+\})")


def copy(call: Invocation, parsed: Call, _: tuple[str, ...]) -> Status:
    """`docker cp`."""
    if len(parsed.operands) != 2:
        call.shell.note(rules.DOCKER_UNKNOWN.at(call.span, reason="docker cp takes a source and a destination"))
        return FAILURE
    source, target = (copy_end(word) for word in parsed.operands)
    if source.container is not None and target.container is None:
        found = naming.container(call, source.container)
        if found is None:
            call.shell.note(rules.CONTAINER_UNKNOWN.at(call.span))
            give_up(call, [call.path(target.path)], "it comes out of a container that the script did not make")
            return Status(None, None, call.span)
        settle(call, found)
        # A slash behind the name of a link names the folder that it leads to.
        follow = parsed.has("follow-link") or source.path.endswith("/")
        return _out(call, found, source.path, target.path, follow=follow)
    if target.container is not None:
        found = naming.container(call, target.container)
        follow = parsed.has("follow-link") or source.path.endswith(("/", "/."))
        return _in(call, found, source.path, target.path, follow=follow) if found is not None else FAILURE
    call.shell.note(rules.DOCKER_UNKNOWN.at(call.span, reason="neither side of docker cp is a container"))
    return FAILURE


def _out(call: Invocation, found: Container, path: str, target: str, *, follow: bool) -> Status:
    inside = posixpath.normpath("/" + path.lstrip("/"))
    content = path.endswith("/.") or path == "." or inside == "/"
    if any(inside == item or inside.startswith(item + "/") for item in _RUNTIME):
        call.shell.note(rules.RUNTIME_PATH.at(call.span, path=inside))
        give_up(call, [call.path(target)], "the engine puts its own file there when it creates a container")
        return SUCCESS
    variable = _VARIABLE.search(inside)
    if variable is not None and not _stands_literally(found.image, variable[0]):
        give_up(call, [call.path(target)], "a variable in single quotes is its own name in a container's path")
        return SUCCESS
    beyond = beyond_build(found.image)
    if beyond is not None:
        unknown = Mystery(beyond.span, beyond.beyond or "")
        call.state.workspace = call.state.workspace.put(call.path(target), unknown)
        call.state.effects.append(CarriedOut(call.span, found.image, inside, call.path(target)))
        return SUCCESS
    node = _content(found, inside, call, follow=follow)
    if target == "-":
        name = posixpath.basename(inside)
        tree = (
            Workspace().put("/" + name, node).root
            if not content
            else Folder((Overlay(found.image, inside, call.span),))
        )
        call.channels.out.append(Archive(tree, prefix="./" if content else ""))
        return SUCCESS
    if _is_refused(call, node, target, content=content):
        return FAILURE
    before = call.state.workspace
    landed = _land(call, node, target, content=content, folder_named=path.endswith("/"))
    if landed is None:
        return FAILURE
    fresh = not content and landed == call.path(target) and before.exists(landed) is False
    call.state.effects.append(CarriedOut(call.span, found.image, inside, landed, fresh=fresh))
    return SUCCESS


def _stands_literally(image: Image, variable: str) -> bool:
    """Whether the image's Dockerfile quotes what looks like a variable, and so may use it as a name."""
    root = root_of(image)
    name = re.escape(variable)
    return isinstance(root, Built) and re.search(rf"'[^'\n]*{name}|\\{name}", root.recipe.text) is not None


def _is_refused(call: Invocation, node: Carried, target: str, *, content: bool) -> bool:
    """Whether the engine refuses the copy for what the Dockerfile shows to be there, which is noted.

    It unpacks beside the destination, or inside of it where that is a folder already, and refuses a link that leads out
    of the place where it unpacks; what it has unpacked until then stays.
    """
    path = call.path(target)
    workspace = call.state.workspace
    into = content and workspace.is_folder(path) is True
    link = climbing_link(node.image, node.path, node.path if into else posixpath.dirname(node.path))
    if link is not None:
        call.shell.note(legacy.LINK_CLIMBS.at(call.span, path=node.path, link=link[0], target=link[1]))
        give_up(call, [path], f"docker cp stops at the link {link[0]}, with a part copied")
        return True
    if _is_file(call, posixpath.dirname(path)):
        call.shell.note(rules.COPY_PARENT_MISSING.at(call.span, folder=_shown(call, posixpath.dirname(path))))
        return True
    if _is_file(call, path) and (content or kind_of(node.image, node.path) == "folder"):
        call.shell.note(legacy.FOLDER_ONTO_FILE.at(call.span, path=node.path, target=_shown(call, path)))
        return True
    return False


def _is_file(call: Invocation, path: str) -> bool:
    """Whether there is something at a path of the host that is certainly no folder."""
    is_folder = call.state.workspace.is_folder(path)
    is_folder = _kind_there(call, path) if is_folder is None else is_folder
    return call.state.workspace.exists(path) is True and is_folder is False


def _content(found: Container, inside: str, call: Invocation, *, follow: bool) -> Carried:
    """What comes out: what was put in with `docker cp`, or bind-mounted, comes out as it went in."""
    return Carried(found.image, inside, call.span, None, follow=follow)


def _land(call: Invocation, node: Carried, target: str, *, content: bool, folder_named: bool) -> str | None:
    """Puts what came out where the engine puts it; gives the host path, or None when the engine refuses."""
    state = call.state
    path = call.path(target)
    if isinstance(state.workspace.find(path), Link):  # measured: it is followed, but for a folder's content and `link/`
        if content and target.endswith("/"):
            return None
        path = state.workspace.resolve(path)
    there = state.workspace.exists(path)
    is_folder = state.workspace.is_folder(path) if there else there
    if is_folder is None:
        is_folder = _kind_there(call, path)
        there = True if is_folder is not None else there
    ends = target in (".", "..") or target.endswith(("/", "/.", "/.."))
    if state.workspace.find(path) is not None and is_folder is None and ends:
        # Where nothing is, a file is refused, and a folder becomes what is named.
        is_folder = True if there or kind_of(node.image, node.path) == "file" else None
    if not content and is_folder:
        if _hides_a_slash(call, posixpath.basename(node.path)):
            give_up(call, [path], "what is copied has the name of a variable's last part there")
            return path
        path = f"{path}/{posixpath.basename(node.path)}"
        there = state.workspace.exists(path)
    elif there is None or (there and is_folder is None):
        _uncertain(call, path, node, content=content, named_as_folder=ends)
        return path
    if content or isinstance(state.workspace.find(path), Folder):
        _lay_over(call, path, node, mode=not content)
        return path
    if not there and not _parent_is_there(call, path):
        call.shell.note(rules.COPY_PARENT_MISSING.at(call.span, folder=_shown(call, posixpath.dirname(path))))
        return None
    before = state.workspace.find(path)
    if isinstance(before, Ambiguous):
        if kind_of(node.image, node.path) == "folder":
            _lay_over(call, path, node, mode=True)
        else:
            give_up(call, [path], "what was there before may be a folder, and the copy would be merged with it")
        return path
    if isinstance(before, Carried) and (there or kind_of(before.image, before.path) == "folder"):
        _replaced(call, path, before, node)
        return path
    kind = "folder" if folder_named or (ends and not is_folder) else "file" if there else None
    state.workspace = state.workspace.put(path, replace(node, kind=kind))
    return path


def _hides_a_slash(call: Invocation, name: str) -> bool:
    """Whether a name holds a variable that is a path, going by its default, so that it is no single name."""
    return any("/" in (symbol.default or "") for symbol in call.shell.symbols.within(name))


def _replaced(call: Invocation, path: str, before: Carried, node: Carried) -> None:
    """Something out of an image onto something out of an image: a folder is merged with it, a file takes its place."""
    kind = before.kind or kind_of(before.image, before.path) or kind_of(node.image, node.path)
    if kind == "folder":
        _lay_over(call, path, node, mode=True)
        return
    if kind is None and (before.image, before.path) != (node.image, node.path):
        give_up(call, [path], "two things out of images go to one place, and folders would be merged there")
        return
    call.state.workspace = call.state.workspace.put(path, replace(node, kind=kind))


def _kind_there(call: Invocation, path: str) -> bool | None:
    """Whether what came out of an image before is a folder, as far as its Dockerfile shows; False for a file."""
    there = call.state.workspace.find(path)
    kind = kind_of(there.image, there.path) if isinstance(there, Carried) else None
    return kind == "folder" if kind is not None else None


def _lay_over(call: Invocation, path: str, node: Carried, *, mode: bool = False) -> None:
    """A folder's content onto a folder that is there, or as a new folder where nothing is."""
    state = call.state
    if state.workspace.exists(path) is False:
        state.workspace = state.workspace.put(path, replace(node, kind="folder"))
        return
    state.workspace = state.workspace.overlay(path, Overlay(node.image, node.path, call.span, mode))


def _uncertain(call: Invocation, path: str, node: Carried, *, content: bool, named_as_folder: bool) -> None:
    """The destination lies in a folder out of an image: what is there already is not known."""
    there = call.state.workspace.find(path)
    worked_on = isinstance(there, Carried) and isinstance(there.image, Extended) and there.image.workshop
    if content:
        _lay_over(call, path, node)
    elif call.state.workspace.exists(path) or named_as_folder or worked_on:
        give_up(call, [path], "what was there before may be a folder, and the copy would land in it")
    else:
        call.state.workspace = call.state.workspace.put(path, replace(node, kind=None))
        call.shell.note(rules.DESTINATION_ASSUMED.at(call.span, path=_shown(call, path)))


def _parent_is_there(call: Invocation, path: str) -> bool:
    parent = posixpath.dirname(path)
    if parent == "/" or not parent.startswith(call.shell.root):
        return call.state.workspace.exists(parent) is not False or not parent.startswith(("/tmp", call.shell.root))
    if any(symbol.kind in _CHOSEN for symbol in call.shell.symbols.within(parent.removeprefix(call.shell.root))):
        return True  # it may be one that is there
    return call.state.workspace.is_folder(parent) is not False


_CHOSEN = (SymbolKind.PARAMETER, SymbolKind.OUTPUT, SymbolKind.UNKNOWN)


def _shown(call: Invocation, path: str) -> str:
    text = path.removeprefix(call.shell.root).lstrip("/") or "."
    return "".join("*" if is_symbol(character) else character for character in text)


def _in(call: Invocation, found: Container, source: str, target: str, *, follow: bool) -> Status:
    """Into a container: the same as COPY into the stage."""
    if source == "-":
        stream = call.channels.stdin.stream
        tree, owners = (stream.tree, stream.owners) if isinstance(stream, Archive) else (None, False)
        if tree is None and isinstance(stream, Content) and isinstance(stream.node, Packed):
            tree, owners = stream.node.tree, stream.node.owners
        if tree is None:
            tree = Mystery(call.span, "a stream that cannot be known")
        naming.keep(call, replace(found, image=extend(found.image, CopyStep(call.span, tree, target, owners))))
        return SUCCESS
    path = call.path(source)
    node = call.state.workspace.behind(path) if follow else call.state.workspace.find(path)
    if node is None and may_be_there(call.shell, source):
        node = Mystery(call.span, "it is a file outside of the repository, or one whose name depends on the run")
    if node is None:
        return FAILURE
    if isinstance(node, Ambiguous):
        node = Mystery(node.span, "it may come from several places")
    elif call.state.owners_changed:
        node = Mystery(call.span, "it keeps an owner that chown gave on the host")
    inside = posixpath.normpath("/" + target.lstrip("/"))
    content = source.endswith("/.") or source == "."
    if not content and (target.endswith("/") or inside in _EVERYWHERE or kind_of(found.image, inside) == "folder"):
        inside = posixpath.join(inside, posixpath.basename(path))
    elif not content:
        call.shell.note(rules.COPY_IN_ASSUMED.at(call.span, path=inside))
        if not isinstance(node, Folder):
            inside = posixpath.normpath("/" + target.lstrip("/"))
    naming.keep(call, replace(found, image=extend(found.image, CopyStep(call.span, node, inside))))
    return SUCCESS
