"""Images: tag, push, pull, rmi, commit, export, import, save, load, inspect, images."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from migrator.commands.docker import naming
from migrator.commands.docker.contents import SHELL, process_of
from migrator.dockercli.names import split_tag
from migrator.rules import script as rules
from migrator.trace.effects import CarriedOut, ImagePushed, ImageTagged
from migrator.trace.exported import is_exported
from migrator.trace.images import ConfigStep, Extended
from migrator.trace.state import FAILURE, SUCCESS, Status
from migrator.trace.streams import Archive, Exported, Opaque, Packed, Printed, Text
from migrator.trace.symbols import SymbolKind
from migrator.trace.workspace import Mystery
from migrator.trace.workspace import Packed as PackedFile

if TYPE_CHECKING:
    from migrator.commands.base import Invocation
    from migrator.dockercli.parse import Call
    from migrator.trace.images import Image
    from migrator.trace.streams import Stream


def tag(call: Invocation, parsed: Call, _: tuple[str, ...]) -> Status:
    """`docker tag source name`."""
    if len(parsed.operands) != 2:
        return FAILURE
    source, name = parsed.operands
    image = naming.image(call, source)
    naming.bind(call, name, image)
    call.state.effects.append(ImageTagged(call.span, image, name))
    return SUCCESS


def push(call: Invocation, parsed: Call, _: tuple[str, ...]) -> Status:
    """`docker push name`."""
    for name in parsed.operands:
        call.state.effects.append(ImagePushed(call.span, naming.known_image(call, name), name))
    return SUCCESS


def pull(call: Invocation, parsed: Call, _: tuple[str, ...]) -> Status:
    """`docker pull name`: the engine does it by itself when a build needs the image."""
    call.channels.say("".join(f"{name}\n" for name in parsed.operands) if parsed.has("quiet") else "")
    return SUCCESS


def remove(call: Invocation, parsed: Call, _: tuple[str, ...]) -> Status:
    """`docker rmi`."""
    status = SUCCESS
    for name in parsed.operands:
        if not naming.unbind(call, name):
            status = Status(None, None, call.span)
    return status


def commit(call: Invocation, parsed: Call, _: tuple[str, ...]) -> Status:
    """`docker commit container [name]`: the container's state as an image."""
    found = naming.container(call, parsed.operands[0]) if parsed.operands else None
    if found is None:
        return FAILURE
    changes = [ConfigStep(call.span, text) for text in parsed.values("change")]
    if process_of(found.image).shell != SHELL:  # measured: a container has no SHELL, nor has what is made of it
        changes.insert(0, ConfigStep(call.span, f"SHELL {json.dumps(SHELL)}"))
    image = Extended(found.image, tuple(changes))  # not the same image even where nothing was done
    if len(parsed.operands) > 1:
        naming.bind(call, parsed.operands[1], image)
        call.state.effects.append(ImageTagged(call.span, image, parsed.operands[1]))
    identity = naming.new_id(call, SymbolKind.IMAGE)
    naming.bind(call, identity, image)
    call.channels.say(identity + "\n")
    return SUCCESS


def export(call: Invocation, parsed: Call, _: tuple[str, ...]) -> Status:
    """`docker export container`: the whole file system, with files of the engine's own among it."""
    found = naming.container(call, parsed.operands[0]) if parsed.operands else None
    stream: Stream = Opaque(call.span, "docker export adds files of the engine's own, such as /.dockerenv")
    if found is not None:
        call.state.effects.append(CarriedOut(call.span, found.image, "/", call.path(parsed.value("output") or ".")))
        stream = Exported(found.image, call.span)
    target = parsed.value("output")
    if target:
        call.shell.write_file(call.path(target), stream, call.span)
    else:
        call.channels.out.append(stream)
    return SUCCESS


def import_(call: Invocation, parsed: Call, _: tuple[str, ...]) -> Status:
    """`docker import`: an image without a Dockerfile, whose configuration no build gives.

    Of the whole of a container it is a squashed image; of anything else it is what the script is for.
    """
    stream = call.channels.stdin.stream
    while isinstance(stream, Packed):
        stream = stream.inner
    source = parsed.operands[0] if parsed.operands else "-"
    node = call.state.workspace.find(call.path(source)) if source != "-" else None
    packed = isinstance(node, PackedFile) and not is_exported(node.tree)
    if packed or isinstance(stream, Archive | Printed):
        call.shell.note(rules.IMPORTED.at(call.span))
    call.shell.note(rules.DOCKER_UNKNOWN.at(call.span, reason="docker import makes an image without a Dockerfile"))
    call.state.workspace = call.state.workspace.tainted(call.span)
    return SUCCESS


def save(call: Invocation, parsed: Call, _: tuple[str, ...]) -> Status:
    """`docker save`: an archive of images, which no build here reads; `docker load` brings them back."""
    for name in parsed.operands:
        image = naming.known_image(call, name)
        if image is not None:
            call.state.saved[naming.key_of(name)] = image
    target = parsed.value("output")
    if target:
        node = Mystery(call.span, "an image saved by docker save")
        call.state.workspace = call.state.workspace.put(call.path(target), node)
    else:
        call.channels.out.append(Opaque(call.span, "an image saved by docker save"))
    return SUCCESS


def load(call: Invocation, _parsed: Call, _: tuple[str, ...]) -> Status:
    """`docker load`: images that the script saved have their names again; others are the engine's as any base is."""
    for name, image in call.state.saved.items():
        call.state.images.setdefault(name, image)
    return SUCCESS


def inspect(call: Invocation, parsed: Call, _: tuple[str, ...]) -> Status:
    """`docker inspect`: fails for what is not there; in a clean engine only the script's own things are."""
    status = SUCCESS
    for name in parsed.operands:
        image = naming.known_image(call, name)
        container = naming.container(call, name)
        if image is None and container is None:
            status = FAILURE
            continue
        wanted = (parsed.value("format") or "").replace(" ", "")
        if wanted == "{{.Id}}":
            call.channels.say((container.identity if container else _identity(call, name)) + "\n")
        else:
            call.channels.out.append(Opaque(call.span, "what docker inspect prints"))
    return status


def _identity(call: Invocation, name: str) -> str:
    image = naming.known_image(call, name)
    return _identity_of(call, image) if image is not None else call.unknown("image")


def listing(call: Invocation, parsed: Call, _: tuple[str, ...]) -> Status:
    """`docker images`: with `-q NAME` the id, or nothing when the script has not made it; else the table.

    The engine counts as clean: what the script has made is all that there is.
    """
    if parsed.has("quiet") and parsed.operands:
        if naming.known_image(call, parsed.operands[0]) is not None:
            call.channels.say(_identity(call, parsed.operands[0]) + "\n")
        return SUCCESS
    rows = []
    for name, image in call.state.images.items():
        if not naming.is_image_symbol(call, name):
            repository, tag = split_tag(name)
            rows.append({"Repository": repository, "Tag": tag or "latest", "ID": _identity_of(call, image)})
    table = naming.table(rows, parsed, ("Repository", "Tag", "ID"), "REPOSITORY TAG IMAGE ID CREATED SIZE")
    plain = not parsed.operands and not parsed.values("filter")
    call.channels.out.append(Text(table) if plain and table is not None else Opaque(call.span, "the list of images"))
    return SUCCESS


def _identity_of(call: Invocation, image: Image) -> str:
    found = (key for key, value in call.state.images.items() if value is image and naming.is_image_symbol(call, key))
    return next(found, None) or call.unknown("image")
