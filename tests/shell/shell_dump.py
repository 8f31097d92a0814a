"""Script trees as text, and walks over them."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from migrator.shell.syntax import Literal, Opaque, Word
from migrator.source import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.shell.syntax import Script


def dump(script: Script) -> str:
    lines = [f"interpreter {script.interpreter!r}"]
    for command in script.body.commands:
        _dump("", command, 0, lines)
    lines += [f"{found.code} {_place(found.span)} {found.message}" for found in script.diagnostics]
    return "\n".join(lines) + "\n"


def _place(span: Span | None) -> str:
    return "nowhere" if span is None else f"{span.line}:{span.column}-{span.end_line}:{span.end_column}"


def _literal(part: Literal) -> str:
    return f'"{part.text!r}"' if part.quoted else repr(part.text)


def _scalar(value: object) -> bool:
    return isinstance(value, (str, int)) and value is not False


def _dump(label: str, node: object, depth: int, lines: list[str]) -> None:
    head = "  " * depth + label
    if isinstance(node, Literal):
        lines.append(f"{head}{_literal(node)}")
    elif isinstance(node, Word) and all(isinstance(part, Literal) for part in node.parts):
        text = " ".join([_literal(part) for part in node.parts if isinstance(part, Literal)])
        lines.append(f"{head}Word {text}".rstrip())
    elif isinstance(node, tuple):
        lines.append(f"{head}of")
        for item in node:
            _dump("", item, depth + 1, lines)
    elif is_dataclass(node):
        values = [(field.name, getattr(node, field.name)) for field in fields(node) if field.name != "span"]
        scalars = [f"{name}={value!r}" for name, value in values if _scalar(value)]
        span = getattr(node, "span", None)
        place = [] if span is None or isinstance(node, Word) else [_place(span)]
        lines.append(head + " ".join([type(node).__name__, *place, *scalars]))
        for name, value in values:
            if isinstance(value, tuple):
                for item in value:
                    _dump(f"{name}: ", item, depth + 1, lines)
            elif value is not None and not _scalar(value) and value is not False:
                _dump(f"{name}: ", value, depth + 1, lines)
    else:
        lines.append(f"{head}{node!r}")


def children(node: object) -> Iterator[object]:
    """The nodes right below a node, through tuples."""
    if isinstance(node, tuple):
        for item in node:
            yield from children_of_value(item)
    elif is_dataclass(node) and not isinstance(node, Span):
        for field in fields(node):
            yield from children_of_value(getattr(node, field.name))


def children_of_value(value: object) -> Iterator[object]:
    if isinstance(value, tuple):
        yield from children(value)
    elif is_dataclass(value) and not isinstance(value, Span):
        yield value


def walk(node: object) -> Iterator[object]:
    """The node and everything below it."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(children(node))


def opaques(script: Script) -> list[Opaque]:
    return [node for node in walk(script.body) if isinstance(node, Opaque)]


def outline(node: object) -> object:
    """The tree without its spans, fit for comparison."""
    if isinstance(node, tuple):
        return tuple([outline(item) for item in node])
    if is_dataclass(node) and not isinstance(node, type):
        values = [(field.name, getattr(node, field.name)) for field in fields(node) if field.name != "span"]
        return type(node).__name__, tuple([(name, outline(value)) for name, value in values])
    return node
