"""A Dockerfile with `# escape=` written anew for the backslash, which is what a file has that says nothing.

The directive counts at the head of a file and for all of it (Dockerfile reference, "escape"), so that two files that
differ in it cannot be put together as they are. Lines stay lines. What was rewritten is read again and held against
the first reading, word for word; a file for which that fails is not rewritten at all.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from migrator.dockerfile.expand import ExpansionError, expand
from migrator.dockerfile.lines import lay_out
from migrator.dockerfile.parse import parse
from migrator.source import Derived, Piece

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from migrator.dockerfile.joined import Joined
    from migrator.dockerfile.syntax import Directive, Dockerfile, Instruction
    from migrator.source import Source

BACKQUOTE, BACKSLASH = "`", "\\"
# The engine expands these itself; the text of all others goes to a shell, or nowhere, as it stands.
_EXPANDED = frozenset({"ADD", "ARG", "COPY", "ENV", "EXPOSE", "LABEL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"})
_RAW = frozenset({"RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "SHELL", "MAINTAINER"})


def with_backslash(source: Source) -> Source | None:
    """The same Dockerfile for an engine whose escape is the backslash; None where that cannot be shown to be the same.

    It has as many lines as the source, and every place in it is one of the source's.
    """
    old = parse(source)
    if old.escape == BACKSLASH:
        return source
    changes = {one.span.start: one.span.text.replace(BACKQUOTE, BACKSLASH) for one in _escapes(old)}
    lengths = {one.span.start: one.span.end - one.span.start for one in _escapes(old)}
    changes |= dict(_continuations(source))
    for logical, instruction in zip(lay_out(source).logical, old.instructions, strict=True):
        if instruction.keyword in _EXPANDED and not instruction.json:
            changes.update(_words(logical.joined))
    new = _made(source, changes, lengths)
    return new if _same(old, parse(new)) else None


def _escapes(dockerfile: Dockerfile) -> list[Directive]:
    return [one for one in dockerfile.directives if one.name == "escape"]


def _continuations(source: Source) -> Iterator[tuple[int, str]]:
    """The backquotes that continue a line, each as (offset, the backslash)."""
    for logical in lay_out(source).logical:
        held = set(logical.joined.offsets)
        for number in range(logical.first, logical.last):
            start = source.line_starts[number]
            line = source.text[start : source.line_starts[number + 1]].rstrip("\r\n").rstrip(" \t")
            offset = start + len(line) - 1
            if line.endswith(BACKQUOTE) and offset not in held and not line.lstrip().startswith("#"):
                yield offset, BACKSLASH


def _words(text: Joined) -> Iterator[tuple[int, str]]:
    """What has to change in words that the engine expands: one escape becomes the other, which is escaped itself."""
    quote, position = "", 0
    while position < len(text.text):
        character, offset = text.text[position], text.offsets[position]
        following = text.text[position + 1 : position + 2]
        if character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
        elif quote != "'" and character == BACKSLASH:
            yield offset, BACKSLASH * 2
        elif quote != "'" and character == BACKQUOTE and (not quote or following in ('"', "$", BACKQUOTE)):
            yield offset, BACKSLASH
            position += 1
        position += 1


def _made(source: Source, changes: dict[int, str], lengths: dict[int, int]) -> Source:
    text: list[str] = []
    pieces: list[Piece] = []
    position = length = 0

    def add(piece: str, start: int, end: int, *, exact: bool) -> None:
        nonlocal length
        if piece:
            pieces.append(Piece(length, source.span(start, end).original, exact))
            text.append(piece)
            length += len(piece)

    for offset in sorted(changes):
        end = offset + lengths.get(offset, 1)
        add(source.text[position:offset], position, offset, exact=True)
        add(changes[offset], offset, end, exact=False)
        position = end
    add(source.text[position:], position, len(source.text), exact=True)
    return Derived(source.name, "".join(text), source.guests, tuple(pieces))


def _same(old: Dockerfile, new: Dockerfile) -> bool:
    """Whether two readings are of the same instructions, with whatever values variables have."""
    if len(old.source.line_starts) != len(new.source.line_starts) or new.escape != BACKSLASH:
        return False
    if [one.code for one in old.diagnostics] != [one.code for one in new.diagnostics]:
        return False
    return all(
        one is not None and other is not None and _same_instruction(one, other)
        for one, other in zip_longest(old.instructions, new.instructions)
    )


def _same_instruction(old: Instruction, new: Instruction) -> bool:
    if (old.keyword, old.json, old.span.line) != (new.keyword, new.json, new.span.line):
        return False
    if [(one.name, one.value) for one in old.flags] != [(one.name, one.value) for one in new.flags]:
        return False
    if any(_escaped(one.value or "") for one in old.flags) or len(old.arguments) != len(new.arguments):
        return False
    if [(one.delimiter, one.body, one.expand) for one in old.documents] != [
        (one.delimiter, one.body, one.expand) for one in new.documents
    ]:
        return False
    pairs = [(one.text, other.text) for one, other in zip(old.arguments, new.arguments, strict=True)]
    if old.keyword in _RAW:
        return old.value == new.value and all(one == other for one, other in pairs)
    if old.keyword not in _EXPANDED or old.json or old.documents:
        # FROM, ONBUILD, strings and files in place: the same as long as there is nothing to escape.
        texts = [old.value, *(one.body for one in old.documents), *(one for one, _ in pairs)]
        return old.value == new.value and not any(map(_escaped, texts))
    return all(_same_words(one, other) for one, other in pairs)


def _escaped(text: str) -> bool:
    return BACKQUOTE in text or BACKSLASH in text


def _same_words(old: str, new: str) -> bool:
    """Whether two texts expand to the same, for variables that are set, empty, not set, or hold either escape."""
    values: list[Callable[[str], str | None]] = [
        lambda name: f"<{name}>",
        lambda _: "",
        lambda _: None,
        lambda name: f"`{name}\\",
    ]
    try:
        return all(expand(old, value, BACKQUOTE) == expand(new, value, BACKSLASH) for value in values)
    except ExpansionError:
        return False
