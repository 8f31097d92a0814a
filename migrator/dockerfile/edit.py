"""Cuts of the original text by span, so that what is not touched stays the same to the byte; and new lines."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.dockerfile.joined import BLANKS
from migrator.dockerfile.lines import BYTE_ORDER_MARK
from migrator.dockerfile.parse import parse
from migrator.errors import InternalError
from migrator.rules import dockerfiles as rules
from migrator.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from migrator.dockerfile.syntax import Dockerfile
    from migrator.source import Span


# What a source must have in brackets: glob characters, what opens a here-document, and a blank at an end, which
# BuildKit strips off.
_GLOB = "*?[\\"
_BRACKETED = re.compile(r"[*?\[\\]|<(?=<)|^\s|\s$")


@dataclass(frozen=True)
class Edit:
    """Put `replacement` where `span` is."""

    span: Span
    replacement: str


def apply(source: Source, edits: Iterable[Edit]) -> str:
    """The text with every edit made. Edits that overlap, or of another text, are a bug of ours: InternalError."""
    result: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda edit: (edit.span.start, edit.span.end)):
        if edit.span.source is not source and edit.span.source != source:
            raise InternalError(f"an edit of {edit.span.file} was applied to {source.name}")
        if edit.span.start < position:
            raise InternalError(f"two edits of {source.name} overlap at line {edit.span.line}")
        result += [source.text[position : edit.span.start], edit.replacement]
        position = edit.span.end
    return "".join([*result, source.text[position:]])


def needs_json(path: str) -> bool:
    """Whether a path can stand in COPY in the JSON form only."""
    return not path or "<<" in path or any(character in BLANKS for character in path)


def json_form(words: Sequence[str]) -> str:
    """The words as a JSON array, as the engine reads it."""
    return json.dumps(list(words), ensure_ascii=False)


def literal(path: str, escape: str = "\\") -> str:
    """A path as a word that expands to exactly that path: quotes, dollars and escapes are escaped."""
    return re.sub(rf"""["'$]|{re.escape(escape)}""", lambda match: escape + match[0], path)


def source_word(path: str, escape: str = "\\") -> str:
    r"""A path as a source of COPY that is exactly that file, whatever glob characters its name holds.

    An escape inside brackets does it on both builders. In front of a bare glob character it does nothing on the
    classic one; a bare `*` inside brackets is one too many for BuildKit; and a lone backslash is a backslash to the
    classic builder and an escape to BuildKit.
    """
    return literal(_BRACKETED.sub(_in_brackets, path), escape)


def _in_brackets(match: re.Match[str]) -> str:
    return f"[\\{match[0]}]" if match[0] in _GLOB else f"[{match[0]}]"


def copy_line(
    sources: Sequence[str],
    destination: str,
    *,
    from_: str | None = None,
    chown: str | None = None,
    chmod: str | None = None,
    keyword: str = "COPY",
) -> str:
    """One COPY (or ADD) without a line end, in the JSON form where a word needs it.

    The words are taken as they are: what must not be expanded goes through `literal` first.
    """
    flags = {"from": from_, "chown": chown, "chmod": chmod}
    words = [keyword, *(f"--{name}={value}" for name, value in flags.items() if value is not None)]
    paths = [*sources, destination]
    # A list that begins with a bracket and a JSON string would be read as JSON; so would nothing else.
    if any(needs_json(path) for path in paths) or paths[0].startswith(("[", "--")):
        return " ".join([*words, json_form(paths)])
    return " ".join([*words, *paths])


def complete(dockerfile: Dockerfile) -> str:
    """The text fit to have more text behind it and before it: no byte-order mark, no open continuation, a line end."""
    source = Source(dockerfile.source.name, dockerfile.source.text.removeprefix(BYTE_ORDER_MARK))
    # A continuation on a line of its own leaves the one before it open, so there may be more than one to take away.
    while (span := _open_continuation(parse(source))) is not None:
        cut = span.text.rstrip(" \t")[:-1].rstrip(" \t")
        source = Source(source.name, apply(source, [Edit(source.span(span.start + len(cut), span.end), "")]))
    return source.text if source.text.endswith("\n") or not source.text else source.text + "\n"


def _open_continuation(dockerfile: Dockerfile) -> Span | None:
    found = (finding.span for finding in dockerfile.diagnostics if finding.rule is rules.OPEN_CONTINUATION)
    return next(found, None)
