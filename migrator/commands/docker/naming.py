"""Names and ids of images and containers during a run: bound by order of execution, never by name alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.dockercli.names import normal_image
from migrator.trace.images import External
from migrator.trace.symbols import Symbol, SymbolKind, is_symbol

if TYPE_CHECKING:
    from migrator.commands.base import Invocation
    from migrator.dockercli.parse import Call
    from migrator.trace.images import Container, Image


def new_id(call: Invocation, kind: SymbolKind) -> str:
    """A fresh id as one character."""
    number = call.state.fresh()
    symbol = Symbol(kind, f"{kind.value}{number}", None, call.span, None, empty=False)
    return call.shell.symbols.character(symbol)


def key_of(name: str) -> str:
    """What an image is kept under: one spelling of its name, or the single value that is all that is known of it."""
    name = name.removeprefix("sha256:")
    return name if len(name) == 1 and is_symbol(name) else normal_image(name)


def known_image(call: Invocation, name: str) -> Image | None:
    """The image that the script itself gave this name or id, or None."""
    return call.state.images.get(key_of(name))


def image(call: Invocation, name: str) -> Image:
    """The image behind a name; one that the script did not make is external."""
    return known_image(call, name) or External(name)


def bind(call: Invocation, name: str, made: Image) -> None:
    """Gives an image a name from here on: also the one that it has while the variables in its name are not set."""
    images = call.state.images
    symbols = [call.shell.symbols[character] for character in name if is_symbol(character)]
    if symbols and all(symbol.default is not None and symbol.kind is SymbolKind.PARAMETER for symbol in symbols):
        usual = "".join(call.shell.symbols[c].default or "" if is_symbol(c) else c for c in name)
        if images.get(key_of(usual)) in (None, images.get(key_of(name))):
            images[key_of(usual)] = made
    images[key_of(name)] = made


def unbind(call: Invocation, name: str) -> bool:
    """Takes a name away; says whether there was one."""
    return call.state.images.pop(key_of(name), None) is not None


def container(call: Invocation, name: str) -> Container | None:
    """The container with this id or name."""
    found = call.state.containers.get(name)
    if found is not None:
        return found
    return next((item for item in call.state.containers.values() if item.name == name), None)


def keep(call: Invocation, made: Container) -> None:
    """Stores a container's new state."""
    call.state.containers[made.identity] = made


def write_id(call: Invocation, path: str | None, identity: str) -> None:
    """`--iidfile` and `--cidfile`."""
    if path:
        from migrator.trace.workspace import Written  # noqa: PLC0415 — used in this corner only

        node = Written(identity, 0o644, call.span)
        call.state.workspace = call.state.workspace.put(call.path(path), node)


def is_image_symbol(call: Invocation, text: str) -> bool:
    """Whether a text is the id of an image."""
    return len(text) == 1 and is_symbol(text) and call.shell.symbols[text].kind is SymbolKind.IMAGE


_FIELD = re.compile(r"\{\{\s*\.(\w+)\s*\}\}")


def table(rows: list[dict[str, str]], parsed: Call, shown: tuple[str, ...], header: str) -> str | None:
    """What `docker images` and `docker ps` print of `rows`, newest first; None for a format that is not modelled.

    The columns behind those in `shown` are left out: nothing in a script can count on them.
    """
    template = parsed.value("format")
    if template is None or template.startswith("table"):
        lines = [" ".join(row[name] for name in shown) for row in reversed(rows)]
        return "".join(f"{line}\n" for line in ([] if parsed.has("quiet") else [header]) + lines)
    if any(field not in row for row in rows for field in _FIELD.findall(template)):
        return None
    if "{{" in _FIELD.sub("", template):
        return None
    return "".join(_FIELD.sub(lambda found: row[found[1]], template) + "\n" for row in reversed(rows))  # noqa: B023 — used at once
