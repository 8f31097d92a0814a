"""make's functions on texts that are known: words in, words out (the manual, section 8)."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def matches(pattern: str, word: str) -> str | None:
    """The stem when a word matches a pattern with `%` (without one: the empty text when they are equal)."""
    before, percent, after = pattern.partition("%")
    if not percent:
        return "" if word == pattern else None
    fits = len(word) >= len(before) + len(after) and word.startswith(before) and word.endswith(after)
    return word[len(before) : len(word) - len(after)] if fits else None


def patsubst(pattern: str, replacement: str, text: str) -> str:
    """`$(patsubst pattern,replacement,text)`."""
    found = []
    for word in text.split():
        stem = matches(pattern, word)
        exact = "%" not in pattern
        found.append(word if stem is None else replacement if exact else replacement.replace("%", stem, 1))
    return " ".join(found)


def substitution(text: str, old: str, new: str) -> str:
    """`$(text:old=new)`: by pattern, or by the end of each word."""
    return patsubst(old, new, text) if "%" in old else patsubst(f"%{old}", f"%{new}", text)


def _filtered(patterns: str, text: str, *, keep: bool) -> str:
    return " ".join(
        word for word in text.split() if any(matches(one, word) is not None for one in patterns.split()) == keep
    )


def _word(number: str, text: str) -> str:
    words = text.split()
    return words[int(number) - 1] if 1 <= int(number) <= len(words) else ""


def _folder(word: str) -> str:
    return word[: word.rfind("/") + 1] or "./"


def _suffix(word: str) -> str:
    found = re.search(r"\.[^./]*$", word)
    return found[0] if found else ""


def _each(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: " ".join(filter(None, (change(word) for word in text.split())))


def _joined(left: str, right: str) -> str:
    one, other = left.split(), right.split()
    longest = max(len(one), len(other))
    one += [""] * (longest - len(one))
    other += [""] * (longest - len(other))
    return " ".join(first + second for first, second in zip(one, other, strict=True))


# Each with the number of its arguments; commas beyond that belong to the last one.
TEXT: dict[str, tuple[int, Callable[..., str]]] = {
    "subst": (3, lambda old, new, text: text.replace(old, new) if old else text + new),
    "patsubst": (3, patsubst),
    "strip": (1, lambda text: " ".join(text.split())),
    "findstring": (2, lambda part, text: part if part in text else ""),
    "filter": (2, lambda patterns, text: _filtered(patterns, text, keep=True)),
    "filter-out": (2, lambda patterns, text: _filtered(patterns, text, keep=False)),
    "sort": (1, lambda text: " ".join(sorted(set(text.split())))),
    "word": (2, _word),
    "words": (1, lambda text: str(len(text.split()))),
    "wordlist": (3, lambda first, last, text: " ".join(text.split()[int(first) - 1 : int(last)])),
    "firstword": (1, lambda text: "".join(text.split()[:1])),
    "lastword": (1, lambda text: "".join(text.split()[-1:])),
    "dir": (1, _each(_folder)),
    "notdir": (1, _each(lambda word: word[word.rfind("/") + 1 :])),
    "suffix": (1, _each(_suffix)),
    "basename": (1, _each(lambda word: word.removesuffix(_suffix(word)))),
    "addsuffix": (2, lambda suffix, text: " ".join(word + suffix for word in text.split())),
    "addprefix": (2, lambda prefix, text: " ".join(prefix + word for word in text.split())),
    "join": (2, _joined),
}


def wildcard(pattern: str, names: list[str]) -> list[str]:
    """The names, sorted, that a file pattern of make matches; `*` and `?` never match a slash or a leading dot."""
    return sorted(name for name in names if re.fullmatch(_expression(pattern), name))


def _expression(pattern: str) -> str:
    parts = []
    for part in pattern.split("/"):
        expression = "".join(
            "[^/]*" if item == "*" else "[^/]" if item == "?" else item if item.startswith("[") else re.escape(item)
            for item in re.findall(r"\[[^\]]+\]|.", part)
        )
        parts.append((r"(?!\.)" if part[:1] in ("*", "?", "[") else "") + expression)
    return "/".join(parts)


def normal(path: str) -> str:
    """A path without `./` in front, as rules are looked up."""
    return posixpath.normpath(path) if path.startswith("./") else path
