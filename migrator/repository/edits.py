"""Edits of a text by span, and the tidying of lines that they leave empty."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_OPENS = re.compile(r"(^|[\s;])(then|do|else|\{|\()\s*(#.*)?$|\)\s*$")
_CLOSES = re.compile(r"\s*(fi|done|\}|\)|esac|;;|else|elif)\b|\s*[})]|\s*;;")


@dataclass(frozen=True, order=True)
class Edit:
    """The characters [start, end) of a text are replaced; a removal has no text."""

    start: int
    end: int
    text: str = ""


def apply(text: str, edits: Iterable[Edit], opaque: Iterable[tuple[int, int]] = ()) -> str:
    """The text with the edits made; edits that lie in a removal are void.

    A line of which nothing is left goes, and so does a comment whose whole paragraph of commands goes. `opaque` are
    ranges in which a `#` is no comment: words and here-documents.
    """
    ordered = merged(edits)
    if not ordered:
        return text
    lines = _Lines(text, ordered, tuple(opaque))
    return lines.result()


def merged(edits: Iterable[Edit]) -> list[Edit]:
    """The edits in order, removals that touch each other joined, and what lies in a removal left out."""
    removals: list[Edit] = []
    for edit in sorted(edit for edit in edits if not edit.text and edit.end > edit.start):
        if removals and edit.start <= removals[-1].end:
            removals[-1] = Edit(removals[-1].start, max(removals[-1].end, edit.end))
        else:
            removals.append(edit)
    kept = [
        edit for edit in dict.fromkeys(edits)
        if edit.text and not any(cut.start <= edit.start and edit.end <= cut.end and cut.end > cut.start
                                 and (edit.start, edit.end) != (cut.end, cut.end) and edit.start != cut.start
                                 for cut in removals)
    ]  # fmt: skip
    return sorted([*removals, *kept], key=lambda edit: (edit.start, edit.end))


class _Lines:
    """The lines of a text with edits: which of them go altogether."""

    def __init__(self, text: str, edits: list[Edit], opaque: tuple[tuple[int, int], ...]) -> None:
        self.text, self.edits, self.opaque = text, edits, opaque
        self.starts = [0] + [found.end() for found in re.finditer("\n", text)]
        if self.starts[-1] == len(text) and len(text):
            self.starts.pop()
        ends = [*self.starts[1:], len(text)]
        self.lines = list(zip(self.starts, ends, strict=True))
        self.touched = [self._touched(*line) for line in self.lines]
        self.left = [self._rest(*line) for line in self.lines]
        self.gone = [
            touched and not rest.strip() and not self._ends_replacement(*line)
            for line, touched, rest in zip(self.lines, self.touched, self.left, strict=True)
        ]

    def _touched(self, start: int, end: int) -> bool:
        return any(edit.start < end and edit.end > start for edit in self.edits)

    def _ends_replacement(self, start: int, end: int) -> bool:
        """Whether a replacement that began on a line above ends here: the line's end is that of the replacement."""
        return any(edit.text and edit.start < start < edit.end <= end for edit in self.edits)

    def _rest(self, start: int, end: int) -> str:
        """What is left of one line; a replacement stands on the line where it begins."""
        found, at = [], start
        for edit in self.edits:
            if edit.end < start or edit.start > end or (edit.start == end and edit.start != len(self.text)):
                continue
            if edit.end == start and edit.start < start:
                continue
            found.append(self.text[at : max(at, min(edit.start, end))])
            if edit.start >= start:
                found.append(edit.text)
            at = max(at, min(edit.end, end))
        found.append(self.text[at:end])
        return "".join(found)

    def _is_comment(self, index: int) -> bool:
        start, end = self.lines[index]
        line = self.text[start:end]
        place = start + len(line) - len(line.lstrip())
        inside = any(first <= place < last for first, last in self.opaque)
        return line.lstrip().startswith("#") and not inside and not self.touched[index]

    def _is_blank(self, index: int) -> bool:
        start, end = self.lines[index]
        return not self.text[start:end].strip() and not any(first <= start < last for first, last in self.opaque)

    def _drop_comments(self) -> None:
        """A comment goes with what it stands above: all the commands down to the next comment or empty line."""
        index = 0
        header = 0
        while header < len(self.lines) and self._is_comment(header):
            header += 1
        while index < len(self.lines):
            if not self._is_comment(index):
                index += 1
                continue
            first = index
            while index < len(self.lines) and self._is_comment(index):
                index += 1
            below = index
            while below < len(self.lines) and not self._is_blank(below) and not self._is_comment(below):
                if _CLOSES.match(self.text[slice(*self.lines[below])]) and not self.gone[below]:
                    break
                below += 1
            if below > index and all(self.gone[index:below]) and first >= header:
                for number in range(first, index):
                    self.gone[number] = True

    def result(self) -> str:
        """The text that is left."""
        self._drop_comments()
        found: list[str] = []
        cut = False
        for index in range(len(self.lines)):
            if self.gone[index]:
                cut = True
                continue
            rest = self.left[index]
            if self._is_blank(index) and cut and (not found or not found[-1].strip() or _OPENS.search(found[-1])):
                continue
            if cut and _CLOSES.match(rest):
                while found and not found[-1].strip():
                    found.pop()
            if not self._is_blank(index):
                cut = False
            found.append(rest)
        if cut:
            while found and not found[-1].strip():
                found.pop()
        return "".join(found)
