"""What the shell matches with patterns: whole texts, beginnings and ends, where part may be unknown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.commands.extended import full_match, is_extended, longest_match
from migrator.commands.patterns import atoms_of, has_glob, joined_atoms, to_regex, unquote_pattern
from migrator.trace.budget import TooMuchError
from migrator.trace.symbols import is_known, is_symbol

if TYPE_CHECKING:
    from collections.abc import Iterable

# A text that is longer is not held against a pattern with lists, nor cut where part of it is not known: both look at
# every piece of the text. Names and paths are far shorter.
LONGEST_FOR_LISTS = 500
# The same for patterns with `*` and the like that are looked for anywhere in a text.
LONGEST_FOR_GLOBS = 5_000
LONGEST_RESULT = 1 << 24


def is_pattern(pattern: str) -> bool:
    """Whether anything in a pattern of the shell is special."""
    return has_glob(pattern) or is_extended(pattern)


def fits(text: str, pattern: str, *, path: bool = False) -> bool:
    """Whether a text matches a whole pattern, both being known."""
    if is_extended(pattern):
        if len(text) > LONGEST_FOR_LISTS:
            raise TooMuchError(f"a pattern with lists is held against a text of {len(text)} characters")
        return full_match(text, pattern, path=path)
    return _full(to_regex(pattern, path=path), text)


def matches(text: str, pattern: str) -> bool | None:
    """Whether `text` matches the whole pattern; None when that depends on what is not known."""
    if is_known(text) and is_known(pattern):
        return fits(text, pattern)
    if is_extended(pattern):
        return None
    if pattern in ("*", "**"):
        return True
    if not has_glob(pattern) and unquote_pattern(pattern) == text:
        return True
    if is_known(pattern) and _full(to_regex(pattern, certain=True), text):
        return True
    return _impossible(text, pattern)


def _impossible(text: str, pattern: str) -> bool | None:
    """False when no value of the symbols lets the two meet, judged by what is known at both ends."""
    if not is_known(pattern):
        return None
    loose = "".join(".*" if is_symbol(character) else re.escape(character) for character in text)
    if not has_glob(pattern):
        return None if _full(loose, unquote_pattern(pattern)) else False
    head = re.split(r"[*?\[\\]", pattern, maxsplit=1)[0]
    known_head = _until_symbol(text)
    shared = min(len(head), len(known_head))
    if head[:shared] != known_head[:shared]:
        return False
    tail = re.split(r"[*?\]]", pattern)[-1][::-1]
    known_tail = _until_symbol(text[::-1])
    shared = 0 if "\\" in tail else min(len(tail), len(known_tail))
    return None if tail[:shared] == known_tail[:shared] else False


def _until_symbol(text: str) -> str:
    for index, character in enumerate(text):
        if is_symbol(character):
            return text[:index]
    return text


def _full(expression: str, text: str) -> bool:
    try:
        return re.fullmatch(expression, text, re.DOTALL) is not None
    except re.error:
        return False


def remove_prefix(text: str, pattern: str, *, longest: bool) -> str | None:
    """`${text#pattern}`, or `##` with `longest`; None when that depends on what is not known."""
    if is_known(text) and is_known(pattern) and not is_extended(pattern):
        found = re.match(to_regex(pattern, longest=longest), text, re.DOTALL)
        return text if found is None else text[found.end() :]
    ends = range(len(text), -1, -1) if longest else range(len(text) + 1)
    return _remove(text, pattern, ((text[:end], text[end:]) for end in ends))


def remove_suffix(text: str, pattern: str, *, longest: bool) -> str | None:
    """`${text%pattern}`, or `%%` with `longest`; None when that depends on what is not known."""
    if is_known(text) and is_known(pattern) and not is_extended(pattern):
        # From the end on, so that no beginning is tried that cannot lead to it.
        backwards = joined_atoms(atoms_of(pattern)[::-1], ".", longest=longest)
        found = re.match(backwards, text[::-1], re.DOTALL)
        return text if found is None else text[: len(text) - found.end()]
    starts = range(len(text) + 1) if longest else range(len(text), -1, -1)
    return _remove(text, pattern, ((text[start:], text[:start]) for start in starts))


def _remove(text: str, pattern: str, cuts: Iterable[tuple[str, str]]) -> str | None:
    if not is_known(pattern) or len(text) > LONGEST_FOR_LISTS:
        return None
    if is_known(text):
        for cut, rest in cuts:
            if fits(cut, pattern):
                return rest
        return text
    for cut, rest in cuts:
        verdict = matches(cut, pattern)
        if verdict is None:
            return None  # a cut in the middle of a symbol's value could match as well
        if verdict:
            return rest
    return text


def replaced(text: str, pattern: str, replacement: str, operator: str) -> str | None:
    """`${text/pattern/replacement}`, with `//` for each piece, `/#` at the beginning, `/%` at the end.

    None where it would take too long, or give a text that nobody wants.
    """
    if is_extended(pattern) and len(text) > LONGEST_FOR_LISTS:
        return None
    if has_glob(pattern) and len(text) > LONGEST_FOR_GLOBS:
        return None
    if len(text) * len(replacement) > LONGEST_RESULT:
        return None
    if not is_extended(pattern):
        expression = to_regex(pattern)
        anchored = {"/#": f"\\A(?:{expression})", "/%": f"(?:{expression})\\Z"}.get(operator, expression)

        def put(found: re.Match[str]) -> str:
            return replacement if found[0] or not text or found.start() == 0 else ""  # `*` meets nothing at the end

        return re.sub(anchored, put, text, count=0 if operator == "//" else 1, flags=re.DOTALL)
    if operator == "/%":
        starts = (start for start in range(len(text) + 1) if fits(text[start:], pattern))
        found = next(starts, None)
        return text if found is None else text[:found] + replacement
    pieces, start = "", 0
    while start <= len(text):
        end = longest_match(text, start, pattern)
        if end is not None and (end > start or not text):
            pieces, start = pieces + replacement, max(end, start)
            if operator != "//" or not text:
                break
        elif operator == "/#" or start == len(text):
            break
        else:
            pieces, start = pieces + text[start], start + 1
    return pieces + text[start:]
