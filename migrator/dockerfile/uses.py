"""Where an instruction names variables, as ranges of the true text: what renaming one has to touch."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from migrator.dockerfile.check import EXPANDED
from migrator.dockerfile.expand import references
from migrator.dockerfile.joined import Joined
from migrator.dockerfile.lines import lay_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.dockerfile.syntax import Dockerfile, Instruction
    from migrator.source import Source, Span

_MENTION = re.compile(r"\$(?:\{[!#]?)?([A-Za-z_][A-Za-z0-9_]*)")
_JSON_CHARACTER = re.compile(r"\\u[0-9a-fA-F]{4}|\\.|.", re.DOTALL)
_JSON_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Use(NamedTuple):
    """One use of a variable: its name, and where the name stands in the text."""

    name: str
    span: Span


def uses(dockerfile: Dockerfile, instruction: Instruction) -> tuple[Use, ...]:
    """The variables that an instruction names, in order.

    Where the engine expands, these are exactly the names that it looks up. In RUN, CMD, ENTRYPOINT and HEALTHCHECK,
    which a shell may expand or hand on, every `$name` counts, quoted or not. The names that ARG and ENV *define* are
    not among them.
    """
    if instruction.inner is not None:
        return uses(dockerfile, instruction.inner)
    found = list(_in_words(dockerfile, instruction))
    for document in instruction.documents:
        if instruction.keyword == "RUN":
            found += _mentions(_part(dockerfile.source, document.span))
        elif document.expand:
            found += _looked_up(_part(dockerfile.source, document.span), dockerfile.escape, quotes=False)
    return tuple(sorted(found, key=lambda use: use.span.start))


def _in_words(dockerfile: Dockerfile, instruction: Instruction) -> Iterator[Use]:
    source, escape = dockerfile.source, dockerfile.escape
    if instruction.keyword not in EXPANDED:
        for argument in instruction.arguments:
            yield from _mentions(_part(source, argument.span))
        return
    for flag in instruction.flags:
        if flag.name not in {"from", "mount"}:
            yield from _looked_up(_part(source, flag.span), escape)
    for argument in instruction.arguments:
        part = _part(source, argument.span)
        yield from _looked_up(_decoded(part) if instruction.json else part, escape)


def _looked_up(part: Joined, escape: str, *, quotes: bool = True) -> Iterator[Use]:
    for name, start, end in references(part.text, escape, quotes=quotes):
        yield Use(name, part.span(start, end))


def _mentions(part: Joined) -> Iterator[Use]:
    for match in _MENTION.finditer(part.text):
        yield Use(match[1], part.span(match.start(1), match.end(1)))


def _part(source: Source, span: Span) -> Joined:
    """A range of the text with its continuations joined; the body of a here-document as it stands."""
    for joined in _joined(source):
        if joined.offsets and joined.offsets[0] <= span.start <= joined.offsets[-1]:
            offsets = joined.offsets
            return joined.cut(bisect_left(offsets, span.start), bisect_left(offsets, span.end))
    return Joined.of(source, [(span.start, span.text)])


@lru_cache(maxsize=32)
def _joined(source: Source) -> tuple[Joined, ...]:
    return tuple(logical.joined for logical in lay_out(source).logical)


def _decoded(part: Joined) -> Joined:
    """The string that a JSON string stands for, each character with the place where it begins."""
    inner = part.cut(1, len(part.text) - 1)
    text = ""
    offsets: list[int] = []
    for match in _JSON_CHARACTER.finditer(inner.text):
        written = match[0]
        if written.startswith("\\u"):
            text += chr(int(written.removeprefix("\\u"), base=16))
        elif written.startswith("\\"):
            text += _JSON_ESCAPES.get(written[1], written[1])
        else:
            text += written
        offsets.append(inner.offsets[match.start()])
    return Joined(part.source, text, tuple(offsets))
