"""Physical lines to logical ones: continuations, comments, directives and here-documents, as the engine sees them.

What comes out keeps, for every character of a logical line, where it stands in the text, and gives a masked text with
the same lines that dockerfile-parse takes apart rightly: no here-document bodies, no blank lines in continuations, no
continuation at the end of the file, no keyword in two halves, no byte-order mark.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.dockerfile.documents import Opening, openings
from migrator.dockerfile.joined import BLANKS, Joined
from migrator.dockerfile.syntax import Directive, HereDocument
from migrator.rules import dockerfiles as rules

if TYPE_CHECKING:
    from migrator.diagnostics import Diagnostic
    from migrator.source import Source

BYTE_ORDER_MARK = "\ufeff"
_DIRECTIVE = re.compile(r"#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$", re.DOTALL)
_DIRECTIVES = frozenset({"syntax", "escape", "check"})
_UNPRINTABLE = re.compile(r"[^\t -~]")


@dataclass(frozen=True)
class Logical:
    """One instruction's text with its continuations joined, the here-documents behind it, and its lines.

    `first` and `last` count lines from 0; `last` is the last line that belongs to it, here-documents included.
    """

    joined: Joined
    first: int
    last: int
    documents: tuple[HereDocument, ...]


@dataclass(frozen=True)
class Layout:
    """A whole file in logical lines, and its masked text."""

    escape: str
    directives: tuple[Directive, ...]
    logical: tuple[Logical, ...]
    masked: str
    diagnostics: tuple[Diagnostic, ...]


def lay_out(source: Source) -> Layout:
    """The logical lines of a text; never raises on what is in it."""
    return _Reader(source).read()


class _Reader:
    """One pass over the lines of one text."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.lines = [line.rstrip("\r") for line in source.text.split("\n")]
        self.masked = [""] * len(self.lines)
        self.escape = "\\"
        self.directives: list[Directive] = []
        self.diagnostics: list[Diagnostic] = []
        self.logical: list[Logical] = []

    def read(self) -> Layout:
        """The layout."""
        number = self.read_directives()
        while number < len(self.lines):
            if self.content(number) is None:
                number += 1
            else:
                number = self.read_logical(number)
        masked = "".join(f"{line}\n" for line in self.masked)
        return Layout(self.escape, tuple(self.directives), tuple(self.logical), masked, tuple(self.diagnostics))

    def start(self, number: int) -> int:
        """Offset of the first character of a line, behind a byte-order mark."""
        start = self.source.line_starts[number]
        return start + 1 if start == 0 and self.source.text.startswith(BYTE_ORDER_MARK) else start

    def text(self, number: int) -> str:
        """A line without its end and without a byte-order mark."""
        return self.source.text[self.start(number) : self.source.line_starts[number] + len(self.lines[number])]

    def content(self, number: int) -> str | None:
        """A line, or None for a blank line or a comment."""
        text = self.text(number)
        stripped = text.lstrip(BLANKS)
        return None if not stripped or stripped.startswith("#") else text

    def read_directives(self) -> int:
        """The number of the first line behind the directives."""
        seen: set[str] = set()
        for number in range(len(self.lines)):
            text = self.text(number)
            stripped = text.lstrip(BLANKS)
            match = _DIRECTIVE.match(stripped)
            if match is None or match[1].lower() not in _DIRECTIVES:
                self.mask_directives(number)
                return number
            end = self.start(number) + len(text)
            span = self.source.span(end - len(stripped), end)
            name, value = match[1].lower(), match[2]
            if name in seen:
                self.diagnostics.append(rules.REPEATED_DIRECTIVE.at(span, name=name))
            elif name == "escape" and value not in ("\\", "`"):
                self.diagnostics.append(rules.BAD_ESCAPE.at(span, value=value))
            elif name == "escape":
                self.escape = value
            seen.add(name)
            self.directives.append(Directive(span, name, value))
        self.mask_directives(len(self.lines))
        return len(self.lines)

    def mask_directives(self, count: int) -> None:
        """Directives in the one order and spelling that dockerfile-parse understands."""
        for number in range(count):
            self.masked[number] = "# syntax=masked" if number else f"# escape={self.escape}"

    def continued(self, text: str) -> str | None:
        """A line without the continuation at its end, or None when it has none.

        An escape in front of the escape takes its meaning away, except alone on a line: as the engine has it.
        """
        stripped = text.rstrip(" \t")
        if not stripped.endswith(self.escape) or stripped.endswith(self.escape * 2):
            return None
        return stripped[:-1]

    def read_logical(self, first: int) -> int:
        """Read the instruction that begins on line `first`; the number of the line behind it."""
        pieces: list[tuple[int, str]] = []
        blank: int | None = None
        number, last, open_ended = first, first, True
        while number < len(self.lines) and open_ended:
            text = self.text(number) if number == first else self.content(number)
            if text is None:
                if blank is None and not self.text(number).lstrip(BLANKS) and number + 1 < len(self.lines):
                    blank = number
            else:
                shorter = self.continued(text.lstrip(BLANKS) if number == first else text)
                skipped = len(text) - len(text.lstrip(BLANKS)) if number == first else 0
                open_ended = shorter is not None
                pieces.append((self.start(number) + skipped, text[skipped:] if shorter is None else shorter))
                last = number
                self.masked[number] = "+"
            number += 1
        joined = Joined.of(self.source, pieces)
        self.report_continuation(first, last, blank, open_ended=open_ended)
        if not joined.strip().text:
            # Continuations of nothing, up to the end of the file: no instruction at all.
            self.masked[first:number] = [""] * (number - first)
            return number
        documents, number = self.read_documents(joined, number)
        if open_ended:
            number = len(self.lines)
        self.mask_logical(joined, first, last)
        end = number - 1 if documents or open_ended else last
        while end > last and not self.text(end).lstrip(BLANKS) and (not documents or end + 1 == len(self.lines)):
            end -= 1
        self.logical.append(Logical(joined, first, end, documents))
        return number

    def report_continuation(self, first: int, last: int, blank: int | None, *, open_ended: bool) -> None:
        """Say what the engine only warns of, or swallows."""
        if open_ended:
            span = self.source.span(self.start(last), self.start(last) + len(self.text(last)))
            self.diagnostics.append(rules.OPEN_CONTINUATION.at(span))
        elif blank is not None and first < blank < last:
            span = self.source.span(self.start(blank), self.start(blank) + len(self.text(blank)))
            self.diagnostics.append(rules.BLANK_CONTINUATION.at(span))

    def mask_logical(self, joined: Joined, first: int, last: int) -> None:
        """The lines of one instruction as dockerfile-parse gets them: true keyword, and the last line continuing it.

        Those between are comments: it copies what it has of an instruction for each line that continues it.
        """
        keyword = _UNPRINTABLE.sub("x", joined.strip().halves()[0].text) or "x"
        self.masked[first] = f"{keyword} x"
        if last > first:
            self.masked[first] += f" {self.escape}"
            self.masked[first + 1 : last + 1] = [*["#"] * (last - first - 1), "x"]

    def read_documents(self, joined: Joined, number: int) -> tuple[tuple[HereDocument, ...], int]:
        """The here-documents that an instruction opens, and the number of the line behind the last."""
        found: list[HereDocument] = []
        for opening in openings(joined.text):
            start = number
            while number < len(self.lines) and not self.ends(opening, number):
                number += 1
            if number == len(self.lines):
                span = joined.span(0, len(joined.text))
                self.diagnostics.append(rules.OPEN_DOCUMENT.at(span, delimiter=opening.delimiter))
            found.append(self.document(opening, start, min(number, len(self.lines) - 1)))
            number = min(number + 1, len(self.lines))
        return tuple(found), number

    def ends(self, opening: Opening, number: int) -> bool:
        """Whether a line is the terminator of a here-document."""
        text = self.lines[number]
        return (text.lstrip("\t") if opening.strip_tabs else text) == opening.delimiter

    def document(self, opening: Opening, first: int, last: int) -> HereDocument:
        """The here-document whose body begins at line `first` and whose terminator is line `last`."""
        starts = self.source.line_starts
        start = starts[first] if first < len(starts) else len(self.source.text)
        body = self.source.text[start : max(start, starts[last])]
        if opening.strip_tabs:
            body = re.sub(r"(?m)^\t+", "", body)
        end = max(start, starts[last] + len(self.lines[last]))
        if not self.lines[last] and end > start:
            end -= 1
        return HereDocument(self.source.span(start, end), opening.delimiter, body, opening.expand)
