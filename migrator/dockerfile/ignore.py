"""`.dockerignore`: which files of a context a build sees.

Reads as moby's `ignorefile` does and matches as its `patternmatcher` does while the context is walked: Go's
`filepath.Match` and `**`, `!` for exceptions, the last match wins, and what matches a folder holds for all in it.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from migrator.dockerfile.globs import Matcher, escaped, matcher
from migrator.dockerfile.joined import BLANKS
from migrator.errors import InternalError
from migrator.rules import dockerfiles as rules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migrator.diagnostics import Diagnostic
    from migrator.source import Source


# What Go's bufio.Scanner, with which the engine reads the file, takes for one line, in bytes; a longer one is an error.
LONGEST_LINE = 65_535
_SHOWN = 200


@dataclass(frozen=True)
class Pattern:
    """One line of an ignore file, cleaned; `exception` is the `!` in front of it."""

    text: str
    exception: bool = False

    @cached_property
    def matcher(self) -> Matcher | None:
        """What the pattern matches, or None for a pattern that the engine refuses or misreads."""
        return matcher(self.text) if len(self.text) <= LONGEST_LINE else None

    def __str__(self) -> str:
        # In front of a hash, which would make a comment, and of a blank, which would be lost, `./` changes nothing.
        text = f"./{self.text}" if self.text.startswith(("#", *BLANKS)) else self.text
        return f"!{text}" if self.exception else text


@dataclass(frozen=True)
class IgnoreRules:
    """The patterns of an ignore file, in order; no pattern at all lets everything in."""

    patterns: tuple[Pattern, ...] = ()

    @classmethod
    def parse(cls, text: str) -> IgnoreRules:
        """The rules of an ignore file's text. A pattern that the engine would refuse is kept, in `invalid`."""
        found = (_pattern(line) for line in text.removeprefix("\ufeff").split("\n"))
        return cls(tuple(pattern for pattern in found if pattern is not None))

    @property
    def invalid(self) -> tuple[str, ...]:
        """The patterns that make the engine refuse the build, and those that it does not take for what they say."""
        return tuple(str(pattern) for pattern in self.patterns if pattern.matcher is None)

    def excludes(self, path: str) -> bool:
        """Whether the build does not see a path of the context (`/` between parts, no leading `./`)."""
        return self._at(path)[0]

    def is_clear(self, path: str) -> bool:
        """Whether engines agree on a path.

        Measured: to the classic builder of Docker 20.10 an exception holds for all that is in what it names; to
        BuildKit of Docker 26.1 only where what it names was kept out before (`**/p` and `!lib`: is `lib/p` seen?).
        """
        older = self._older(path)
        return self.excludes(path) == (older >= 0 and not self.patterns[older].exception)

    def inside(self, folder: str) -> tuple[bool, tuple[Pattern, ...]] | None:
        """What holds for all in a folder: whether it is kept out, and the patterns that may say otherwise, in order.

        A pattern that matched the folder holds for everything in it; what is in front of the last such says nothing.
        None where engines do not agree on that.
        """
        excluded, matched = self._at(folder)
        last = max((number for number, hit in enumerate(matched) if hit), default=-1)
        return (excluded, self.patterns[last + 1 :]) if last == self._older(folder) else None

    def _older(self, path: str) -> int:
        """The number of the last pattern that matches a path or a folder above it, whatever those before did; or -1."""
        parts = path.split("/")
        above = ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
        hits = (
            number
            for number, pattern in enumerate(self.patterns)
            if pattern.matcher is not None and any(map(pattern.matcher, above))
        )
        return max(hits, default=-1)

    def _at(self, path: str) -> tuple[bool, list[bool]]:
        """Whether a path is kept out, and which patterns match it or a folder above it."""
        parts = path.split("/")
        matched = [False] * len(self.patterns)
        excluded = False
        for depth in range(1, len(parts) + 1):
            here = "/".join(parts[:depth])
            excluded = False
            for number, pattern in enumerate(self.patterns):
                if not matched[number]:
                    # An exception matters only to what is excluded, a rule only to what is not.
                    if pattern.exception is not excluded or pattern.matcher is None:
                        continue
                    matched[number] = pattern.matcher(here)
                if matched[number]:
                    excluded = not pattern.exception
        return excluded, matched

    def admits(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Those of the paths that the build sees, in their order."""
        return tuple(path for path in paths if not self.excludes(path))

    def rebase(self, prefix: str) -> IgnoreRules:
        """The rules that do in the folder `prefix` what these do at the root, and nothing outside it."""
        folder = posixpath.normpath(prefix) if prefix else "."
        if folder == ".":
            return self
        if folder.startswith(("/", "../")) or folder == "..":
            raise InternalError(f"ignore rules cannot be moved to {prefix}")
        return IgnoreRules(
            tuple(
                Pattern(f"{escaped(folder)}/{_anchored(pattern.text)}", pattern.exception)
                for pattern in self.patterns
                if pattern.text not in {".", ".."} and not pattern.text.startswith("../")
            )
        )

    def __add__(self, other: IgnoreRules) -> IgnoreRules:
        return IgnoreRules(self.patterns + other.patterns)

    def render(self) -> str:
        """The text of an ignore file with these rules."""
        return "".join(f"{pattern}\n" for pattern in self.patterns)


def check_ignore(source: Source) -> tuple[Diagnostic, ...]:
    """Findings about an ignore file: each line whose pattern the engine refuses or misreads."""
    found = []
    for line, start in zip(source.text.split("\n"), source.line_starts, strict=True):
        pattern = _pattern(line.removeprefix("\ufeff") if start == 0 else line)
        if pattern is not None and pattern.matcher is None:
            span = source.span(start, start + len(line.rstrip("\r")))
            text = line.strip(BLANKS)
            shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}… ({len(text):,} characters)"
            found.append(rules.BAD_IGNORE_PATTERN.at(span, pattern=shown))
    return tuple(found)


def _pattern(line: str) -> Pattern | None:
    """The pattern of a line, or None for a comment or a blank line; a comment begins in the first column."""
    text = "" if line.startswith("#") else line.strip(BLANKS)
    if not text:
        return None
    mark, text = ("!", text[1:].strip(BLANKS)) if text.startswith("!") else ("", text)
    if text:
        cleaned = _cleaned(text)
        text = cleaned[1:] if len(cleaned) > 1 and cleaned.startswith("/") else cleaned
    # The engine cleans twice, the second time with the mark in front, so that `/!x` is an exception and `!/` is bad.
    text = _cleaned((mark + text).strip(BLANKS))
    exception = text.startswith("!")
    text = text[1:] if exception else text
    # No path of a context begins with a slash: such a pattern matches nothing, as a dot does.
    return Pattern("." if text.startswith("/") else text, exception)


def _cleaned(path: str) -> str:
    """Go's `filepath.Clean`, which unlike Python's `normpath` makes one slash of two in front."""
    cleaned = posixpath.normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned


def _anchored(pattern: str) -> str:
    """A pattern as it must read behind a folder.

    `**x` with nothing else special matches any path that ends in `x`, but only at the very start of a pattern.
    """
    rest = pattern[2:]
    if pattern.startswith("**") and rest and not rest.startswith("/") and not re.search(r"[*?\[\]\\]", rest):
        return f"**/*{rest}"
    return pattern
