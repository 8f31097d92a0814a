"""The part of sed(1) that build scripts use, on text that is known (POSIX XCU sed, and GNU's `-r`, `-E`, `-i`)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from migrator.commands.numbers import natural
from migrator.commands.posix import UnsupportedError, python_of
from migrator.commands.regular import affordable
from migrator.trace.symbols import is_known

_COMMAND = re.compile(
    r"(?P<address>\d+|\$|/(?:\\.|[^/\\])*/)?(?:,(?P<to>\d+|\$|/(?:\\.|[^/\\])*/))?\s*(?P<not>!)?\s*(?P<name>[spdq])"
)


_LONGEST_RESULT = 1 << 22
_NAME = re.compile(r"[A-Za-z0-9_@%{}$-]{4,}")  # a run of plain characters that no value holds by chance


@dataclass(frozen=True)
class _Edit:
    address: str | None
    to: str | None
    negated: bool
    name: str
    pattern: str = ""
    replacement: str = ""
    flags: str = ""


def transform(program: str, text: str, *, quiet: bool = False, extended: bool = False) -> str | None:
    """The text after the program; None when the program or the outcome cannot be known."""
    try:
        edits = _parse(program, extended=extended)
    except UnsupportedError:
        return None
    if any(not is_known(edit.pattern) or (edit.address and not is_known(edit.address)) for edit in edits):
        return None
    if not is_known(text) and not all(_is_distinct(edit) for edit in edits):
        return None
    whole = text.endswith("\n")
    lines = text.removesuffix("\n").split("\n") if text else []
    found: list[str] = []
    active: dict[int, bool] = {}
    try:
        for number, line in enumerate(lines, 1):
            out = _line(edits, line, (number, len(lines)), active, quiet=quiet, extended=extended)
            found.extend(out)
            whole = whole or (number == len(lines) and not out)  # the end is missing where the last line is printed
    except (re.error, UnsupportedError, IndexError):
        return None
    return "".join(f"{line}\n" for line in found)[: None if whole or not found else -1]


def _is_distinct(edit: _Edit) -> bool:
    """Whether an edit leaves alone what the user's values may hold: it looks for a name such as @VERSION@."""
    sought = [edit.pattern] if edit.name == "s" else []
    sought += [address[1:-1] for address in (edit.address, edit.to) if address and address.startswith("/")]
    return all(_NAME.search(pattern) for pattern in sought)


def _line(
    edits: list[_Edit], line: str, place: tuple[int, int], active: dict[int, bool], *, quiet: bool, extended: bool
) -> list[str]:
    found: list[str] = []
    for index, edit in enumerate(edits):
        if _selected(edit, index, line, place, active, extended=extended) == edit.negated:
            continue
        if edit.name == "d":
            return found
        if edit.name == "p":
            found.append(line)
        elif edit.name == "s":
            line, changed = _substitute(edit, line, extended=extended)
            if changed and "p" in edit.flags:
                found.append(line)
        elif edit.name == "q":
            raise UnsupportedError
    if not quiet:
        found.append(line)
    return found


def _selected(
    edit: _Edit, index: int, line: str, place: tuple[int, int], active: dict[int, bool], *, extended: bool
) -> bool:
    number, last = place

    def hit(address: str) -> bool:
        if address == "$":
            return number == last
        if address.isdigit():
            return number == natural(address)
        if not is_known(line):
            raise UnsupportedError
        expression = python_of(address[1:-1].replace("\\/", "/"), extended=extended)
        if not affordable(expression, [line]):
            raise UnsupportedError
        return re.search(expression, line) is not None

    if edit.address is None:
        return True
    if edit.to is None:
        return hit(edit.address)
    if active.get(index):
        active[index] = not hit(edit.to)
        return True
    if hit(edit.address):
        end = natural(edit.to)
        active[index] = not (end is not None and end <= number)
        return True
    return False


def _substitute(edit: _Edit, line: str, *, extended: bool) -> tuple[str, bool]:
    pattern = python_of(edit.pattern, extended=extended, longest=True)
    if not affordable(pattern, [line]) or len(line) * (len(edit.replacement) + 1) > _LONGEST_RESULT:
        raise UnsupportedError
    expression = re.compile(pattern, re.IGNORECASE if set("iI") & set(edit.flags) else 0)
    if not is_known(line) and re.search(r"[.*\[^]", edit.pattern):
        raise UnsupportedError
    result, count = expression.subn(
        lambda found: _filled(edit.replacement, found), line, count=0 if "g" in edit.flags else 1
    )
    return result, bool(count)


def _filled(template: str, found: re.Match[str]) -> str:
    def part(piece: re.Match[str]) -> str:
        text = piece[0]
        if text == "&":
            return found[0]
        if text[1].isdigit():
            return found[int(text[1])] or ""
        return {"n": "\n", "t": "\t"}.get(text[1], text[1])

    return re.sub(r"\\.|&", part, template, flags=re.DOTALL)


def _parse(program: str, *, extended: bool) -> list[_Edit]:
    _ = extended
    edits: list[_Edit] = []
    rest = program.strip()
    while rest:
        found = _COMMAND.match(rest)
        if not found:
            raise UnsupportedError
        rest = rest[found.end() :]
        head = (found["address"], found["to"], bool(found["not"]), found["name"])
        if found["name"] == "s":
            pattern, replacement, flags, rest = _substitution(rest)
            edits.append(_Edit(*head, pattern, replacement, flags))
        else:
            edits.append(_Edit(*head))
        rest = rest.lstrip(" \t")
        if rest and rest[0] not in ";\n":
            raise UnsupportedError
        rest = rest.lstrip("; \t\n")
    return edits


def _substitution(text: str) -> tuple[str, str, str, str]:
    if not text:
        raise UnsupportedError
    mark = text[0]
    parts: list[str] = []
    position, current = 1, ""
    while position < len(text) and len(parts) < 2:
        character = text[position]
        if character == "\\" and position + 1 < len(text):
            following = text[position + 1]
            current += following if following == mark and mark != "/" else character + following
            position += 2
            continue
        if character == mark:
            parts.append(current)
            current = ""
        else:
            current += character
        position += 1
    if len(parts) < 2:
        raise UnsupportedError
    flags = re.match(r"[gpiI0-9]*", text[position:])
    letters = flags[0] if flags else ""
    if re.search(r"\d", letters):
        raise UnsupportedError
    return parts[0].replace("\\/", "/"), parts[1].replace("\\/", "/"), letters, text[position + len(letters) :]
