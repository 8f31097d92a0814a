"""Where an instruction opens here-documents.

Follows the embedded front end of BuildKit 0.13: a word of RUN, COPY or ADD that is `<<name`, `<<-name` or `<<"name"`,
perhaps with a file descriptor in front. `<< name` and `cat<<name` open none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.dockerfile.joined import BLANKS

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENING = re.compile(r"(\d*)<<(-?)(['\"]?)([a-zA-Z0-9_\-.]+)(['\"]?)")
_INSTRUCTIONS = re.compile(r"\s*(?:onbuild\s+)?(?:run|copy|add)\s", re.IGNORECASE)


@dataclass(frozen=True)
class Opening:
    """`<<delimiter`; `strip_tabs` for `<<-`, and `expand` is False for a quoted delimiter."""

    delimiter: str
    strip_tabs: bool
    expand: bool


def openings(line: str) -> tuple[Opening, ...]:
    """The here-documents that a logical line opens, in order; none when its quotes do not match."""
    if "<<" not in line or not _INSTRUCTIONS.match(line):
        return ()
    found = []
    for word in words(line):
        match = _OPENING.fullmatch(word)
        if match and match[3] == match[5]:
            found.append(Opening(match[4], match[2] == "-", not match[3]))
    return tuple(found)


def words(line: str) -> tuple[str, ...]:
    """The words of a line with their quotes and escapes; empty when a quote is not closed.

    The engine looks for here-documents with a backslash as escape whatever the file's own escape is.
    """
    try:
        return tuple(_words(line))
    except ValueError:
        return ()


def _words(line: str) -> Iterator[str]:
    word = ""
    position = 0
    while position < len(line):
        character = line[position]
        if character in BLANKS:
            if word:
                yield word
            word = ""
            position += 1
            continue
        end = _end_of_part(line, position)
        word += line[position:end]
        position = end
    if word:
        yield word


def _end_of_part(line: str, position: int) -> int:
    """Where the quoted text, the escape or the character that begins at `position` ends; ValueError when open."""
    character = line[position]
    if character == "'":
        return line.index("'", position + 1) + 1
    if character == '"':
        match = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL).match(line, position)
        if match is None:
            raise ValueError("open quote")
        return match.end()
    return position + 2 if character == "\\" else position + 1
