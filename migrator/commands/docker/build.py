"""`docker build` in all its spellings."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.commands.base import absolute, text_of
from migrator.commands.docker.choices import by_default, is_doubtful, values
from migrator.commands.docker.contents import file_in
from migrator.commands.docker.naming import bind, new_id, write_id
from migrator.commands.docker.triggers import with_triggers
from migrator.commands.machine import address_for_add
from migrator.dockercli.names import built_names
from migrator.rules import script as rules
from migrator.source import Source
from migrator.trace.effects import CarriedOut, ImageBuilt
from migrator.trace.images import Built, Context
from migrator.trace.render import described
from migrator.trace.state import FAILURE, SUCCESS, Status
from migrator.trace.streams import NOTHING, Archive, Content, Opaque, Printed
from migrator.trace.streams import Packed as PackedStream
from migrator.trace.symbols import SymbolKind, is_known, is_symbol
from migrator.trace.workspace import Ambiguous, Carried, Folder, Mystery, Overlay, Packed, RepoFile, Workspace, Written

if TYPE_CHECKING:
    from migrator.commands.base import Invocation
    from migrator.dockercli.parse import Call, Option
    from migrator.trace.streams import Stream
    from migrator.trace.workspace import Node

_REMOTE = re.compile(r"(https?|git|ssh)://|git@|github\.com/")
# Options whose value the model reads itself; every other one is kept for the new command.
_READ = ("file", "tag", "build-arg", "target", "label")


def _written(call: Invocation, value: str) -> str:
    """A value that is not known, as the script's reader knows it."""
    symbol = call.shell.symbols[value]
    return symbol.shell or described(symbol)


def build(call: Invocation, parsed: Call, open_words: tuple[str, ...]) -> Status:
    """Records the build, and binds its tags to the new image."""
    context = parsed.operands[0] if parsed.operands else None
    loose = next((word for word in parsed.operands if len(word) == 1 and is_symbol(word)), None)
    if loose is not None and len(parsed.operands) > 1:
        call.shell.note(rules.BUILD_LOOSE_WORD.at(call.span, word=_written(call, loose)))
        call.state.workspace = call.state.workspace.tainted(call.span)
        return Status(None, None, call.span)
    if context is None or len(parsed.operands) > 1:
        call.shell.note(rules.BUILD_OPERANDS.at(call.span, count=len(parsed.operands)))
        return FAILURE
    if parsed.has("check") or parsed.has("print") or parsed.value("call") not in (None, "build"):
        return SUCCESS  # the Dockerfile is looked at, and no image is made
    recipe, found = _inputs(call, parsed, context)
    if recipe is None or found is None:  # which is told; what it leaves on the host goes with --output only
        if parsed.has("output"):
            call.state.workspace = call.state.workspace.tainted(call.span)
        return Status(None, None, call.span)
    arguments = tuple(_argument(call, value) for value in parsed.values("build-arg"))
    given = {name: value for name, value in arguments if value is not None}
    text, path = with_triggers(recipe[0], given, call.state.images), recipe[1]
    tags = built_names(parsed.values("tag"), parsed.values("output"))
    built = Built(
        number=call.state.fresh(),
        span=call.span,
        recipe=text,
        recipe_path=path,
        context=found,
        arguments=arguments,
        target=parsed.value("target"),
        names=dict(call.state.images),
        tags=tags,
        labels=parsed.values("label"),
        flags=(
            *_program(call, parsed),
            *((option.name, _placed(call, option)) for option in parsed.options if option.name not in _READ),
            *(("@", word) for word in open_words),
        ),
    )
    call.state.effects.append(ImageBuilt(call.span, built))
    _put_out(call, parsed, built)
    for tag in tags:
        bind(call, tag, built)
    identity = new_id(call, SymbolKind.IMAGE)
    bind(call, identity, built)
    write_id(call, parsed.value("iidfile"), identity)
    told = parsed.value("metadata-file")
    if told:
        said = Mystery(call.span, "what docker build tells of itself (--metadata-file)")
        call.state.workspace = call.state.workspace.put(call.path(told), said)
    if parsed.has("quiet"):
        call.channels.say(identity + "\n")
    else:
        call.channels.out.append(Opaque(call.span, "the log of docker build"))
    return SUCCESS


def _program(call: Invocation, parsed: Call) -> list[tuple[str, str | None]]:
    """How the client was called: as podman, as the buildx plugin, with the builder named in the environment."""
    found: list[tuple[str, str | None]] = []
    if parsed.program != "docker" or parsed.buildx:
        found.append(("program", "docker buildx" if parsed.buildx else parsed.program))
    chosen = call.state.variables.get("DOCKER_BUILDKIT")
    if chosen is not None and "DOCKER_BUILDKIT" in call.state.exported and is_known(chosen):
        found.append(("DOCKER_BUILDKIT", chosen))
    return found


def _placed(call: Invocation, option: Option) -> str | None:
    """An option's value, with the path of a secret or of a key as the repository's root sees it."""
    value = option.value
    if value is None or option.name not in ("secret", "ssh"):
        return value

    def moved(found: re.Match[str]) -> str:
        path = call.path(found[2])
        inside = path.startswith(call.shell.root + "/") and not found[2].startswith(("/", "~", "$"))
        return found[1] + (posixpath.relpath(path, call.shell.root) if inside else found[2])

    pattern = r"((?:^|,)(?:src|source)=)([^,]+)" if option.name == "secret" else r"(^[^=]+=)(.+)"
    return re.sub(pattern, moved, value)


def _put_out(call: Invocation, parsed: Call, built: Built) -> None:
    """`--output`: the image's files as a folder of the host, or as an archive there."""
    for value in parsed.values("output"):
        pairs = dict(part.partition("=")[::2] for part in value.split(",")) if "=" in value else {"dest": value}
        place = pairs.get("dest")
        if place is None or place == "-" or pairs.get("type", "local") not in ("local", "tar"):
            continue
        path = call.path(place)
        if pairs.get("type") == "tar":
            call.state.workspace = call.state.workspace.put(
                path, Packed(Folder((Overlay(built, "/", call.span),)), None, owners=True, span=call.span)
            )
        else:
            call.state.workspace = call.state.workspace.overlay(path, Overlay(built, "/", call.span))
        call.state.effects.append(CarriedOut(call.span, built, "/", path, put_out=True))


def _argument(call: Invocation, text: str) -> tuple[str, str | None]:
    """`NAME=value`; a lone NAME is taken from the environment that the client runs in."""
    name, equals, value = text.partition("=")
    if equals:
        return name, value
    state = call.state
    if name in state.exported and name in state.variables:
        return name, state.variables[name]
    return name, None


def _inputs(call: Invocation, parsed: Call, context: str) -> tuple[tuple[Source, str | None] | None, Context | None]:
    """The Dockerfile and the context; None where they cannot be known, which is noted."""
    stdin = call.channels.stdin.stream
    file = parsed.value("file")
    context, file = by_default(call, context), by_default(call, file) if file else file
    if context == "-":
        return _from_stream(call, file, stdin)
    if _REMOTE.match(context):
        call.shell.note(rules.REMOTE_CONTEXT.at(call.span, address=address_for_add(call.shell, context, None)))
        return None, None
    if is_doubtful(call, context):
        call.shell.note(rules.CONTEXT_UNKNOWN.at(call.span, what="which folder it is depends on the script's run"))
        return None, None
    path = call.state.workspace.resolve(call.path(context))
    tree = call.state.workspace.find(path)
    if isinstance(tree, Mystery):
        call.shell.note(rules.CONTEXT_UNKNOWN.at(tree.because, what=tree.what))
        return None, None
    if isinstance(tree, Carried):
        tree = Folder((_overlay(tree),))
    if tree is None or isinstance(tree, Ambiguous) or not isinstance(tree, Folder):
        _without_context(call, context, path)
        return None, None
    if call.shell.root.startswith(path.rstrip("/") + "/"):
        call.shell.note(rules.CONTEXT_OUTSIDE.at(call.span, folder=context))
        return None, None
    found = Context(tree, path)
    if file == "-":
        text = text_of(call.shell, stdin)
        if text is None:
            call.shell.note(rules.DOCKERFILE_UNKNOWN.at(call.span))
            return None, found
        return (Source(f"{call.span.file}:{call.span.line}", text), None), found
    place = absolute(call.state.cwd, file) if file else f"{path}/Dockerfile"
    return _recipe(call, call.state.workspace, place, file or "Dockerfile"), found


def _without_context(call: Invocation, context: str, path: str) -> None:
    """Says why there is no folder to build from: it is missing, or which one it is depends on the caller or the run."""
    place = path.removeprefix(call.shell.root).lstrip("/")
    kinds = {symbol.kind for symbol in call.shell.symbols.within(place)}
    if not kinds:
        call.shell.note(rules.CONTEXT_MISSING.at(call.span, folder=context))
    elif kinds == {SymbolKind.PARAMETER}:
        advice = values(call, place, call.shell.project.folders)
        call.shell.note(rules.CONTEXT_CHOSEN.at(call.span, folder=place, advice=advice))
    else:
        call.shell.note(rules.CONTEXT_UNKNOWN.at(call.span, what="which folder it is depends on the script's run"))


def _overlay(tree: Carried) -> Overlay:
    return Overlay(tree.image, tree.path, tree.span)


def _recipe(call: Invocation, workspace: Workspace, place: str, shown: str) -> tuple[Source, str | None] | None:
    place = workspace.resolve(place)
    node = workspace.find(place)
    if node is None and posixpath.basename(place) == "Dockerfile":  # the engine also takes the lower-case name
        node = workspace.find(posixpath.join(posixpath.dirname(place), "dockerfile"))
    if node is None:
        _without_recipe(call, shown, place.removeprefix(call.shell.root).lstrip("/"))
        return None
    return _recipe_of(call, node, shown)


def _without_recipe(call: Invocation, shown: str, place: str) -> None:
    """Says why there is no Dockerfile: it is missing, or which one it is depends on the caller or the run."""
    kinds = {symbol.kind for symbol in call.shell.symbols.within(place)}
    if kinds & {SymbolKind.UNKNOWN, SymbolKind.OUTPUT}:
        call.shell.note(rules.DOCKERFILE_UNKNOWN.at(call.span))
    elif SymbolKind.PARAMETER in kinds:
        named = place if is_known(shown) else shown
        advice = values(call, named, call.shell.project.files)
        call.shell.note(rules.DOCKERFILE_CHOSEN.at(call.span, file=named, advice=advice))
    else:
        call.shell.note(rules.DOCKERFILE_MISSING.at(call.span, file=shown))


def _recipe_of(call: Invocation, node: Node | Ambiguous, shown: str) -> tuple[Source, str | None] | None:
    while isinstance(node, Carried):  # mounted in one container after the other, it comes through each of them
        inner = file_in(node.image, node.path)
        if inner is None:
            call.shell.note(rules.DOCKERFILE_UNKNOWN.at(call.span))
            return None
        node = inner
    if isinstance(node, RepoFile):
        text = call.shell.project.text(node.path)
        if text is None:
            call.shell.note(rules.DOCKERFILE_BINARY.at(call.span, file=node.path))
            return None
        return Source(node.path, text), node.path
    if isinstance(node, Written):
        return Source(shown, node.text), None
    if isinstance(node, Mystery):
        call.shell.note(rules.CONTEXT_UNKNOWN.at(node.because, what=node.what))
    else:
        call.shell.note(rules.DOCKERFILE_UNKNOWN.at(call.span))
    return None


def _from_stream(
    call: Invocation, file: str | None, stream: Stream
) -> tuple[tuple[Source, str | None] | None, Context | None]:
    """`docker build -`: a Dockerfile on standard input, or a tar archive that is the whole context."""
    tree, owners = _archive_tree(stream)
    if tree is not None:
        name = posixpath.normpath(file or "Dockerfile")
        workspace = Workspace(tree)
        return _recipe(call, workspace, "/" + name, name), Context(tree, None, owners)
    text = text_of(call.shell, stream)
    if text is None or stream == NOTHING:
        call.shell.note(rules.DOCKERFILE_UNKNOWN.at(stream.because if isinstance(stream, Opaque) else call.span))
        return None, None
    path = stream.node.path if isinstance(stream, Content) and isinstance(stream.node, RepoFile) else None
    name = path or f"{call.span.file}:{call.span.line}"
    return (Source(name, text), path), Context(None, None)


def _archive_tree(stream: Stream) -> tuple[Folder | None, bool]:
    while isinstance(stream, PackedStream):
        stream = stream.inner
    if isinstance(stream, Printed):
        from migrator.commands.docker.streams import archive_of  # noqa: PLC0415 — the two need each other

        printed = archive_of(stream)
        stream = printed if printed is not None else stream
    tree: Node | None = None
    owners = False
    if isinstance(stream, Archive):
        tree, owners = stream.tree, stream.owners
    elif isinstance(stream, Content) and isinstance(stream.node, Packed):
        tree, owners = stream.node.tree, stream.node.owners
    if isinstance(tree, Carried):
        tree = Folder((_overlay(tree),))
    return (tree if isinstance(tree, Folder) else None), owners
