"""An instruction's text to its typed parts: flags, then arguments in the form that its keyword takes.

The forms are those of BuildKit's line parsers: JSON array or blank-separated list (COPY, ADD, VOLUME), JSON array or
one command (RUN, CMD, ENTRYPOINT, SHELL), assignments (ENV, LABEL, ARG), a list (FROM, EXPOSE) or one text (the rest).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrator.dockerfile.joined import BLANKS, Joined
from migrator.dockerfile.syntax import Argument, Flag

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON_OR_LIST = frozenset({"ADD", "COPY", "VOLUME"})
JSON_OR_COMMAND = frozenset({"RUN", "CMD", "ENTRYPOINT", "SHELL"})
ASSIGNMENTS = frozenset({"ENV", "LABEL"})
LISTS = frozenset({"FROM", "EXPOSE"})
TEXTS = frozenset({"MAINTAINER", "STOPSIGNAL", "USER", "WORKDIR"})
KEYWORDS = JSON_OR_LIST | JSON_OR_COMMAND | ASSIGNMENTS | LISTS | TEXTS | {"ARG", "HEALTHCHECK", "ONBUILD"}

_DECODER = json.JSONDecoder()
_JSON_BLANK = re.compile(r"[ \t\r\n]*")


class NotStringsError(ValueError):
    """A JSON array in which something is not a string: the engine refuses it."""


class AssignmentError(ValueError):
    """ENV or LABEL without a value, a word that is no assignment among words that are, or a name that is blank."""


@dataclass(frozen=True)
class Arguments:
    """The arguments of one instruction, whether they were a JSON array, and what stood behind that array."""

    items: tuple[Argument, ...]
    json: bool = False
    dropped: Joined | None = None


def argument(part: Joined) -> Argument:
    """A part of the text as an argument."""
    return Argument(part.span(0, len(part.text)), part.text)


def split_flags(text: Joined) -> tuple[tuple[Flag, ...], Joined]:
    """The flags in front of the arguments, and the rest; a lone `--` ends the flags and is dropped."""
    flags: list[Flag] = []
    position = 0
    while True:
        while position < len(text.text) and text.text[position] in BLANKS:
            position += 1
        if not text.text.startswith("--", position):
            return tuple(flags), text.cut(position, len(text.text)).strip()
        end, word = _flag_word(text.text, position)
        if word == "--":
            return tuple(flags), text.cut(end, len(text.text)).strip()
        name, equals, value = word[2:].partition("=")
        flags.append(Flag(text.span(position, end), name, value if equals else None))
        position = end


def _flag_word(text: str, position: int) -> tuple[int, str]:
    """Where a flag ends, and the flag without quotes; a backslash escapes here whatever the file's escape is."""
    word = ""
    quote = ""
    while position < len(text):
        character = text[position]
        if not quote and character in BLANKS:
            break
        position += 1
        if character == quote or (not quote and character in "'\""):
            quote = "" if quote else character
        elif character == "\\":
            word += text[position : position + 1]
            position += 1
        else:
            word += character
    return min(position, len(text)), word


def split_arguments(keyword: str, text: Joined, escape: str) -> Arguments:
    """The arguments of an instruction whose flags are gone; NotStringsError or AssignmentError as the engine does."""
    if not text.text:
        return Arguments(())
    if keyword == "HEALTHCHECK":
        return _health_check(text)
    found = json_array(text) if keyword in JSON_OR_LIST or keyword in JSON_OR_COMMAND else None
    if found is not None:
        return found
    if keyword in ASSIGNMENTS:
        return Arguments(_assignments(text, escape))
    if keyword == "ARG":
        return Arguments(_declarations(text, escape))
    return Arguments(_fields(text) if keyword in LISTS or keyword in JSON_OR_LIST else (argument(text),))


def _fields(text: Joined) -> tuple[Argument, ...]:
    return tuple(argument(field) for field in text.fields())


def _health_check(text: Joined) -> Arguments:
    """The type (CMD or NONE) as the first argument, then the command in either form."""
    kind, rest = text.halves()
    if not rest.text:
        return Arguments((argument(kind),))
    found = json_array(rest)
    if found is not None:
        return replace(found, items=(argument(kind), *found.items))
    return Arguments((argument(kind), argument(rest)))


def json_array(text: Joined) -> Arguments | None:
    """The strings of a JSON array with their places, or None for text that does not begin with a JSON array.

    What stands behind the array is dropped, as Docker 20.10 and 26.1 do; later engines read such a line as a command.
    Raises NotStringsError for an array that holds anything else.
    """
    if not text.text.startswith("["):
        return None
    try:
        items, length = _DECODER.raw_decode(text.text)
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(item, str) for item in items):
        raise NotStringsError
    found: list[Argument] = []
    position = 1
    for item in items:
        start = _skip(text.text, position)
        _, end = _DECODER.raw_decode(text.text, start)
        found.append(Argument(text.span(start, end), item))
        position = _skip(text.text, end) + 1
    dropped = text.cut(length, len(text.text)).strip()
    return Arguments(tuple(found), json=True, dropped=dropped if dropped.text else None)


def _skip(text: str, position: int) -> int:
    match = _JSON_BLANK.match(text, position)
    return match.end() if match else position


def _assignments(text: Joined, escape: str) -> tuple[Argument, ...]:
    """`name=value` words; or the old form, which is a name and all the rest as its value."""
    found = tuple(quoted_words(text, escape))
    if not found or "=" in found[0].text:
        for word in found:
            if "=" not in word.text or word.text.startswith("="):
                raise AssignmentError(word.text)
        return tuple(argument(word) for word in found)
    name, value = text.halves()
    if len(name.text) == len(text.text):
        raise AssignmentError(text.text)
    return argument(name), argument(value)


def _declarations(text: Joined, escape: str) -> tuple[Argument, ...]:
    """The words of ARG, each a name or `name=default`."""
    found = tuple(argument(word) for word in quoted_words(text, escape))
    for word in found:
        if word.text.startswith("="):
            raise AssignmentError(word.text)
    return found


def quoted_words(text: Joined, escape: str) -> Iterator[Joined]:
    """Words between blanks that are not quoted; quotes and escapes stay in them."""
    position = 0
    while position < len(text.text):
        if text.text[position] in BLANKS:
            position += 1
            continue
        end = _word_end(text.text, position, escape)
        # An escape at the very end of the text escapes nothing, and the engine drops it.
        dangling = end == len(text.text) and _dangles(text.text[position:end], escape)
        if end - dangling > position:
            yield text.cut(position, end - dangling)
        position = end


def _word_end(text: str, position: int, escape: str) -> int:
    quote = ""
    while position < len(text):
        character = text[position]
        if not quote and character in BLANKS:
            break
        if character == escape and quote != "'":
            position += 1
        elif character == quote:
            quote = ""
        elif not quote and character in "'\"":
            quote = character
        position += 1
    return min(position, len(text))


def _dangles(word: str, escape: str) -> bool:
    """Whether the last character is an escape that is not itself escaped."""
    count = len(word) - len(word.rstrip(escape))
    return count % 2 == 1
