"""Values of a YAML file as pieces of shell text that know where each character stands in the file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.frontends.program import Chunk, in_double_quotes

if TYPE_CHECKING:
    from migrator.frontends.ci.tree import Item
    from migrator.source import Span


# What a double-quoted text writes in two characters, the second of which is meant.
_ESCAPES = ('\\"', "\\\\", "\\/")


def chunks_of(item: Item) -> list[Chunk]:
    """The text of a single value: character by character where the file has the same characters."""
    return _block(item) if item.style == "|" else _aligned(item)


def _block(item: Item) -> list[Chunk]:
    r"""A literal block (`|`): the lines of the file without their indentation."""
    text, source = item.text, item.source
    head = source.position(item.span.start)[0]
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    if head + len(lines) > len(source.line_starts):
        return [Chunk(text, item.span)]
    rows = [source.line_text(head + 1 + number) for number in range(len(lines))]
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return [Chunk(text, item.span)]
    indent = len(rows[first]) - len(lines[first].rstrip("\n"))
    found = []
    for number, (line, row) in enumerate(zip(lines, rows, strict=True)):
        start = source.line_starts[head + number] + min(indent, len(row))
        plain = line.rstrip("\n")
        if row[indent:] != plain:
            return [Chunk(text, item.span)]
        end = start + len(plain)
        found.append(Chunk(plain, source.span(start, end), exact=True))
        found.append(Chunk(line[len(plain) :], source.span(end, end)))
    return [chunk for chunk in found if chunk.text]


def _aligned(item: Item) -> list[Chunk]:
    """A plain, quoted or folded value: runs of equal characters; white space may stand for other white space."""
    text, source, span = item.text, item.source, item.span
    at = span.start + (1 if item.style in ("'", '"', ">") else 0)
    if item.style == ">":
        at = source.line_starts[min(source.position(span.start)[0], len(source.line_starts) - 1)]
    found: list[Chunk] = []
    done = 0
    while done < len(text):
        if not done and item.style == ">":
            at = _behind_blanks(source.text, at, span.end)
        run = done
        while run < len(text) and at < span.end and text[run] == source.text[at] and text[run] != "\n":
            run, at = run + 1, at + 1
        if run > done:
            found.append(Chunk(text[done:run], source.span(at - (run - done), at), exact=True))
            done = run
        elif text[done] in " \n" and at < span.end and source.text[at].isspace():
            end = _behind_blanks(source.text, at, span.end)
            found.append(Chunk(text[done], source.span(at, end)))
            done, at = done + 1, end
        elif item.style == '"' and source.text[at : at + 2] in _ESCAPES and text[done] == source.text[at + 1]:
            found.append(Chunk(text[done], source.span(at, at + 2)))
            done, at = done + 1, at + 2
        else:
            # Another escape: what follows it stands for the whole value.
            found.append(Chunk(text[done:], span))
            break
    return found


def _behind_blanks(text: str, at: int, end: int) -> int:
    while at < end and text[at].isspace():
        at += 1
    return at


def in_quotes(text: str) -> str:
    """A text as one word of the shell."""
    return f'"{in_double_quotes(text)}"'


def export(name: str, value: str, origin: Span) -> Chunk:
    """The command that gives a variable to all that follows; `value` is one word of the shell."""
    return Chunk(f"export {name}={value}\n", origin)
