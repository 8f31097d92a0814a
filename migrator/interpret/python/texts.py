"""Methods of texts, on texts of which parts may not be known."""

from __future__ import annotations

import re
import textwrap
from operator import ge, gt, le, lt
from typing import TYPE_CHECKING

from migrator.commands.numbers import natural
from migrator.interpret.python.values import Raw, Unknown, is_plain
from migrator.trace.streams import Mixed
from migrator.trace.symbols import SymbolKind, is_known, is_symbol

if TYPE_CHECKING:
    from migrator.interpret.python.called import Called
    from migrator.interpret.python.program import Running
    from migrator.source import Span

_ORDERED = {"<": lt, ">": gt, "<=": le, ">=": ge}
_PURE = frozenset(
    "upper lower title capitalize startswith endswith split rsplit splitlines strip lstrip rstrip replace partition "
    "rpartition join find count isdigit isalpha removeprefix removesuffix zfill ljust rjust center index".split()
)


def of_text(call: Called, text: str) -> object:
    """A method of a text."""
    method = call.name.rpartition(".")[2]
    if method == "format":
        return formatted(call, text)
    if method == "join" and call.given:
        items = call.run.expressions.items(call.given[0])
        if items is None:
            return Unknown(call.span)
        return text.join(call.run.text(item, call.span) for item in items)
    if method in ("encode", "decode", "expandtabs"):
        return text
    if method in _PURE and is_known(text) and is_plain(list(call.given)) and is_plain(dict(call.named)):
        try:
            return getattr(text, method)(*call.given, **call.named)
        except (TypeError, ValueError):
            return Unknown(call.span)
    if method == "split" and not call.given and not call.named and whole_words(call.run, text.split()):
        return text.split()
    if method in ("strip", "rstrip", "lstrip") and not call.given:
        return _stripped(call.run, text, method, call.span)
    return Unknown(call.span)


def whole_words(run: Running, words: list[str]) -> bool:
    """Whether words that were split at the blanks we see are those of the run: a value that is a word has no blanks.

    So a shell takes a value without quotes; one that stands alone and may be empty could be no word, or several.
    """
    symbols = [symbol for word in words for symbol in run.shell.symbols.within(word)]
    alone = [run.shell.symbols[word] for word in words if len(word) == 1 and is_symbol(word)]
    return all(symbol.kind is not SymbolKind.UNKNOWN for symbol in symbols) and not any(one.empty for one in alone)


def _stripped(run: Running, text: str, method: str, span: Span) -> object:
    """Blanks at the ends taken off; what a command prints has none of its own but line ends."""
    found = str(getattr(text, method)())
    ends = [found[:1] if method != "rstrip" else "", found[-1:] if method != "lstrip" else ""]
    for end in ends:
        if end and is_symbol(end) and run.shell.symbols[end].kind in (SymbolKind.UNKNOWN, SymbolKind.PARAMETER):
            return Unknown(span)
    return found


def of_bytes(call: Called, text: bytes) -> object:
    """A method of bytes that the program spells out."""
    method = call.name.rpartition(".")[2]
    if method == "decode" and not call.given:
        return text.decode("utf-8", "replace")
    if method == "join" and not text and len(call.given) == 1:
        return pieces(call.given[0]) or Unknown(call.span)
    return Unknown(call.span)


def pieces(value: object) -> Raw | None:
    """What pieces of a stream are together: a stream that stands for all of its pieces, or a list with such ones."""
    if isinstance(value, list) and value and all(isinstance(one, Raw) for one in value):
        streams = tuple(one.stream for one in value)
        return Raw(streams[0] if len(streams) == 1 else Mixed(streams))
    return value if isinstance(value, Raw) else None


def of_raw(call: Called, raw: Raw) -> object:
    """A method of bytes."""
    method = call.name.rpartition(".")[2]
    if method == "decode":
        return call.run.decoded(raw, call.span)
    if method in ("strip", "rstrip"):
        text = call.run.decoded(raw, call.span)
        return of_text(call, text) if isinstance(text, str) else text
    return Unknown(call.span)


def formatted(call: Called, text: str) -> object:
    """`text.format(…)` with fields that are a name or a number and have no format of their own."""
    found: list[str] = []
    number = 0
    at = 0
    for field in re.finditer(r"\{\{|\}\}|\{(\w*)\}|[{}]", text):
        found.append(text[at : field.start()])
        at = field.end()
        if field[0] in ("{{", "}}"):
            found.append(field[0][0])
            continue
        if field[1] is None:
            return Unknown(call.span)
        name = field[1]
        if not name:
            name, number = str(number), number + 1
        index = natural(name)
        if index is not None:
            if index >= len(call.given):
                return Unknown(call.span)
            found.append(call.run.text(call.given[index], call.span))
        elif name in call.named:
            found.append(call.run.text(call.named[name], call.span))
        else:
            return Unknown(call.span)
    return "".join([*found, text[at:]])


def percent(run: Running, text: str, values: object, span: Span) -> object:
    """`text % values` with `%s` and `%d`."""
    items = list(values) if isinstance(values, tuple) else [values]
    found: list[str] = []
    at = 0
    for field in re.finditer(r"%(?:\((\w+)\))?(.)", text):
        found.append(text[at : field.start()])
        at = field.end()
        if field[2] == "%":
            found.append("%")
        elif field[2] not in "sd":
            return Unknown(span)
        elif field[1] is not None and isinstance(values, dict) and field[1] in values:
            found.append(run.text(values[field[1]], span))
        elif field[1] is None and items:
            found.append(run.text(items.pop(0), span))
        else:
            return Unknown(span)
    return "".join([*found, text[at:]])


def dedented(text: str) -> str:
    """`textwrap.dedent`: blanks are never part of what is not known."""
    return textwrap.dedent(text)


def compared(operator: str, left: object, right: object, span: Span) -> object:
    """`left operator right` of two values without a symbol in them."""
    match operator:
        case "==" | "is":
            return left == right
        case "!=" | "is not":
            return left != right
        case "in" | "not in" if isinstance(right, list | tuple | set | dict | str):
            if isinstance(right, str) and not isinstance(left, str):
                return Unknown(span)
            return (left in right) == (operator == "in")
        case _ if operator in _ORDERED and isinstance(left, int | float) and isinstance(right, int | float):
            return _ORDERED[operator](left, right)
        case _:
            return Unknown(span)


__all__ = ["compared", "dedented", "formatted", "of_bytes", "of_raw", "of_text", "percent", "pieces", "whole_words"]
