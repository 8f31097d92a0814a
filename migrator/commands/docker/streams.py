"""What a command in a container prints, where that is a file or an archive of the image."""

from __future__ import annotations

import posixpath
import re
import shlex
from typing import TYPE_CHECKING

from migrator.commands.base import split_options
from migrator.commands.docker.contents import end_state
from migrator.trace.streams import Archive, Content, Packed, Printed, leading
from migrator.trace.workspace import Carried, Folder, Overlay, Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.source import Span
    from migrator.trace.images import Image, RunStep
    from migrator.trace.streams import Stream

_WITH_VALUE = "fCTXbILVNgK"


def words_of(step: RunStep) -> tuple[str, ...] | None:
    """The words of a step when it runs one plain command; `sh -c` text is taken apart when it is that simple."""
    words = step.words
    if not words and step.line:
        words = ("/bin/sh", "-c", step.line)
    if len(words) == 3 and posixpath.basename(words[0]) in ("sh", "bash", "ash") and words[1] in ("-c", "-lc", "-ec"):
        if re.search(r"[;&|<>$`(){}*?\[\]\n]", words[2]):
            return None
        try:
            return tuple(shlex.split(words[2]))
        except ValueError:
            return None
    return words


def printed(image: Image, step: RunStep, span: Span) -> Stream:
    """The stream that a command in a container of `image` prints."""
    words = words_of(step) or ()
    folder = step.folder or _folder(image)
    if words and posixpath.basename(words[0]) == "cat" and len(words) == 2 and not words[1].startswith("-"):
        path = posixpath.normpath(posixpath.join(folder or "/", words[1]))
        if folder is not None or words[1].startswith("/"):
            return Content(Carried(image, path, span, "file", follow=True))
    found = Printed(image, step)
    return archive_of(found) or found


def _folder(image: Image) -> str | None:
    state = end_state(image)
    return state.workdir if state else None


def spread_letters(words: Sequence[str]) -> list[str]:
    """Tar's words with the letters of a first one without a dash as options, each with its value behind it."""
    rest = list(words)
    if rest and not rest[0].startswith("-"):
        letters = rest.pop(0)
        spread: list[str] = []
        for letter in letters:
            spread.append(f"-{letter}")
            if letter in _WITH_VALUE and rest:
                spread.append(rest.pop(0))
        rest = spread + rest
    return rest


def archive_of(stream: Printed) -> Archive | Packed | None:
    """The archive that `tar c` in a container writes to standard output, or None for any other command."""
    words = words_of(stream.step)
    if not words or posixpath.basename(words[0]) not in ("tar", "bsdtar"):
        return None
    found = split_options(spread_letters(words[1:]), _WITH_VALUE, ("file", "directory"))
    name = found.value("f", "file")
    allowed = ("c", "create", "f", "file", "C", "directory", "z", "j", "J", "gzip", "v", "h", "p")
    if not found.has("c", "create") or name not in (None, "-") or not found.only(*allowed):
        return None
    folder = stream.step.folder or _folder(stream.image) or "/"
    base = posixpath.normpath(posixpath.join(folder, found.value("C", "directory") or "."))
    tree = _tree(stream, base, found.operands)
    method = "gzip" if found.has("z", "gzip") else "bzip2" if found.has("j") else "xz" if found.has("J") else None
    archive = Archive(tree, prefix=leading(found.operands))
    return Packed(method, archive) if method else archive


def _tree(stream: Printed, base: str, members: tuple[str, ...]) -> Folder:
    tree = Folder()
    span = stream.step.span
    for member in members:
        path = posixpath.normpath(posixpath.join(base, member))
        name = posixpath.normpath(member).lstrip("/")
        if name in {".", ""}:
            tree = Folder((*tree.layers, Overlay(stream.image, path, span, mode=True)))
        else:
            tree = Workspace(tree).put("/" + name, Carried(stream.image, path, span)).root
    return tree
