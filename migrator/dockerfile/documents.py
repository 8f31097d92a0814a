"""Where an instruction opens here-documents.

Follows the front end that Docker 26.1 carries: a word of RUN, COPY or ADD that is `<<name`, `<<-name` or `<<"name"`,
perhaps with a file descriptor in front. `<< name` and `cat<<name` open none, and the name goes to the end of the word:
in `(cat <<A)` it is `A)`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.dockerfile.expand import lexable
from migrator.dockerfile.joined import BLANKS

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENING = re.compile(r"\d*<<(-?)([^<]*)")
_PART = re.compile(r"""'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^'"\\])""", re.DOTALL)
_INSTRUCTIONS = re.compile(r"\s*(?:onbuild\s+)?(?:run|copy|add)\s", re.IGNORECASE)


@dataclass(frozen=True)
class Opening:
    """`<<delimiter`; `strip_tabs` for `<<-`, and `expand` is False for a quoted delimiter."""

    delimiter: str
    strip_tabs: bool
    expand: bool


def openings(line: str) -> tuple[Opening, ...]:
    """The here-documents that a logical line opens, in order.

    None when a quote or a `${` in it is not closed, or a `${` holds what the engine does not know: then it looks for
    none. A backslash escapes here whatever the file's own escape is.
    """
    if "<<" not in line or not _INSTRUCTIONS.match(line) or not lexable(line):
        return ()
    found = (opening(word) for word in _words(line))
    return tuple(document for document in found if document is not None)


def opening(word: str) -> Opening | None:
    """The here-document that a word opens, or None."""
    match = _OPENING.fullmatch(word)
    if match is None or match[2].startswith(tuple(BLANKS)):
        return None
    delimiter = _PART.sub(lambda part: "".join(text or "" for text in part.groups()), match[2])
    return Opening(delimiter, match[1] == "-", not re.search("['\"]", match[2])) if delimiter else None


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
