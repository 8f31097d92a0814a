"""Walks over Python's tree, and what the names in a file stand for."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING

from migrator.python import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator


def nodes_in(node: object) -> Iterator[object]:
    """A node and everything below it, in the order of the text."""
    if isinstance(node, tuple):
        for item in node:
            yield from nodes_in(item)
    elif is_dataclass(node):
        yield node
        for part in fields(node):
            if part.name not in ("span", "source"):
                yield from nodes_in(getattr(node, part.name))


@dataclass(frozen=True)
class Bindings:
    """What the names of a file stand for: `imports` a dotted name for each name that nothing but an import binds.

    `values` has the expression of each name that is assigned once, at the top of the file, and bound nowhere else.
    """

    imports: dict[str, str]
    values: dict[str, syntax.Expression]

    def dotted(self, node: object) -> str | None:
        """The dotted name that an expression stands for, as far as imports tell: `sp.run` is `subprocess.run`."""
        if isinstance(node, syntax.Name):
            return self.imports.get(node.name)
        if isinstance(node, syntax.Attribute):
            inner = self.dotted(node.value)
            return f"{inner}.{node.name}" if inner is not None else None
        return None


def bindings(program: syntax.Program) -> Bindings:
    """What the names of a file stand for."""
    imports: dict[str, set[str]] = {}
    bound: dict[str, int] = {}
    for node in nodes_in(program.body):
        if isinstance(node, syntax.Import):
            for name, dotted in _imported(node):
                imports.setdefault(name, set()).add(dotted)
        for name in _bound(node):
            bound[name] = bound.get(name, 0) + 1
    values = {
        name: node.value for node in program.body if isinstance(node, syntax.Assign) and node.operator is None
        for name in _bound(node) if bound[name] == 1 and name not in imports
        if len(node.targets) == 1 and isinstance(node.targets[0], syntax.Name)
    }  # fmt: skip
    plain = {name: next(iter(found)) for name, found in imports.items() if len(found) == 1 and name not in bound}
    return Bindings(plain, values)


def _imported(node: syntax.Import) -> Iterator[tuple[str, str]]:
    for module, name, alias in node.names:
        if name is not None:
            yield alias or name, f"{module}.{name}"
        elif alias is not None:
            yield alias, module
        else:
            yield module.partition(".")[0], module.partition(".")[0]


def _bound(node: object) -> Iterator[str]:
    """The names that a node binds by other means than an import."""
    match node:
        case syntax.Assign():
            for target in node.targets:
                yield from _targets(target)
        case syntax.For() | syntax.Comprehension():
            yield from _targets(node.target)
        case syntax.With():
            for _, bound in node.items:
                yield from _targets(bound)
        case syntax.Class():
            yield node.name
        case syntax.Function():
            yield node.name
            yield from (parameter.name for parameter in node.parameters)
        case syntax.Handler() if node.name is not None:
            yield node.name
        case syntax.Outer():
            yield from node.names
        case _:
            pass


def _targets(node: object) -> Iterator[str]:
    if isinstance(node, syntax.Name):
        yield node.name
    elif isinstance(node, syntax.Listing):
        for item in node.items:
            yield from _targets(item.value if isinstance(item, syntax.Starred) else item)


__all__ = ["Bindings", "bindings", "nodes_in"]
