"""Go's path patterns: `filepath.Match` for COPY's sources, and moby's extension of it for ignore files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

Matcher = Callable[[str], bool]

# Inside brackets moby puts `*`, `?` and `[:` into its regular expression as if they stood outside.
_ODD_CLASS = re.compile(r"(?<!\\)\[(?:\\.|[^\]\\])*?(?:[*?]|\[:)")
_FOLDERS, _REST, _WITHIN = "(?:.*/)?", ".*", "[^/]*"
_ANY_NUMBER = (_FOLDERS, _REST, _WITHIN)
# With more of them, the time that a regular expression takes grows too fast with the length of a path.
_MOST_FOR_REGEX = 3
_SPECIAL = re.compile(r"([*?\[\\])")


def escaped(path: str) -> str:
    """A path as a pattern that matches exactly it."""
    return _SPECIAL.sub(r"\\\1", path)


def has_glob(path: str) -> bool:
    """Whether COPY takes a source for a pattern."""
    return re.search(r"[*?\[]", path) is not None


@cache
def glob_matcher(pattern: str) -> Matcher | None:
    """Whether a path matches as in Go's `filepath.Match` (`*` and `?` stop at `/`); None for a bad pattern."""
    try:
        tokens = list(_tokens(pattern))
    except ValueError:
        return None
    return _matcher_of(tokens)


@cache
def matcher(pattern: str) -> Matcher | None:
    """Whether a path matches a pattern of an ignore file; None for one that the engine refuses or misreads.

    https://pkg.go.dev/github.com/moby/patternmatcher: `**` is any number of folders, a pattern without anything
    special is compared as text, one that is `**` and plain text by its end, and one that ends in its only `**` by its
    beginning.
    """
    if not pattern or glob_matcher(pattern) is None or _ODD_CLASS.search(pattern):
        return None
    if not re.search(r"[*?\[\]\\]", pattern):
        return lambda path: path == pattern
    plain = re.fullmatch(r"(\*\*/?)?((?:[^*?\[\]\\])*)(\*\*/?)?", pattern)
    if plain and plain[1] and not plain[3]:
        suffix = pattern[2:]
        return lambda path: path.endswith(suffix) or (suffix.startswith("/") and path == suffix[1:])
    if plain and plain[3] and not plain[1]:
        prefix = plain[2]
        return lambda path: path.startswith(prefix)
    return _matcher_of(list(_tokens(pattern, folders=True)), flags=re.NOFLAG)


def _matcher_of(tokens: list[str], flags: re.RegexFlag = re.DOTALL) -> Matcher:
    """The matcher for pieces of a regular expression, each of one character or one of those that take any number."""
    if sum(token in _ANY_NUMBER for token in tokens) > _MOST_FOR_REGEX:
        return lambda path: _walked(tokens, flags, path)
    expression = re.compile("".join(tokens), flags)
    return lambda path: expression.fullmatch(path) is not None


def _walked(tokens: list[str], flags: re.RegexFlag, path: str) -> bool:
    """Whether a path matches, token by token: a regular expression would try every way to share it out."""
    places = {0}
    for token in tokens:
        if not places:
            return False
        if token == _FOLDERS:
            first = min(places)
            places |= {index + 1 for index, character in enumerate(path) if character == "/" and index >= first}
        elif token in (_REST, _WITHIN):
            places = set(_reached(path, places, stop="" if token == _REST else "/"))
        else:
            one = re.compile(token, flags)
            places = {place + 1 for place in places if one.fullmatch(path, place, place + 1)}
    return len(path) in places


def _reached(path: str, places: set[int], stop: str) -> Iterator[int]:
    """The places that are reached from some without stepping over a character, or without an end of the line."""
    reaching = False
    for place in range(len(path) + 1):
        reaching = reaching or place in places
        if reaching:
            yield place
        if reaching and place < len(path) and path[place] == (stop or "\n"):
            reaching = False


def _tokens(pattern: str, *, folders: bool = False) -> Iterator[str]:
    """The pattern as pieces of a regular expression; ValueError where Go finds a syntax error."""
    position = 0
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if character == "*" and folders and pattern.startswith("*", position):
            position += 2 if pattern.startswith("/", position + 1) else 1
            yield _REST if position == len(pattern) else _FOLDERS
        elif character == "*":
            yield _WITHIN
        elif character == "?":
            yield "[^/]"
        elif character == "[":
            text, position = _class(pattern, position)
            yield text
        elif character == "\\":
            if position == len(pattern):
                raise ValueError("an escape at the end of a pattern")
            yield re.escape(pattern[position])
            position += 1
        else:
            yield re.escape(character)


def _class(pattern: str, position: int) -> tuple[str, int]:
    """A bracket expression as a regular expression, and where it ends; there are no classes by name in Go's."""
    negated = pattern.startswith("^", position)
    position += negated
    ranges: list[str] = []
    while not (pattern.startswith("]", position) and ranges):
        low, position = _class_character(pattern, position)
        high = low
        if pattern.startswith("-", position):
            high, position = _class_character(pattern, position + 1)
        if low <= high:
            ranges.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            ranges.append("")
    body = "".join(ranges)
    if not body:
        return ("[^/]" if negated else "(?!)"), position + 1
    return f"(?!/)[{'^' if negated else ''}{body}]", position + 1


def _class_character(pattern: str, position: int) -> tuple[str, int]:
    """One character of a bracket expression, its escape resolved."""
    character = pattern[position : position + 1]
    if not character or character in "-]":
        raise ValueError("a bad bracket expression in a pattern")
    if character == "\\":
        position += 1
        character = pattern[position : position + 1]
        if not character:
            raise ValueError("an escape at the end of a pattern")
    if position + 1 >= len(pattern):
        raise ValueError("a bracket that is not closed")
    return character, position + 1
