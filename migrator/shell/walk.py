"""Walks over the shell's tree."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from migrator.shell.syntax import Function, Simple, Test

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
            if part.name not in ("span", "source", "diagnostics"):
                yield from nodes_in(getattr(node, part.name))


def commands_in(node: object) -> Iterator[Simple | Test]:
    """Every simple command and `[[ ]]` below a node, those in substitutions and in functions among them."""
    return (found for found in nodes_in(node) if isinstance(found, Simple | Test))


def leaves(node: object) -> Iterator[Simple | Test]:
    """The simple commands and `[[ ]]` that a statement runs itself: neither in a substitution nor in a definition."""
    if isinstance(node, tuple):
        for item in node:
            yield from leaves(item)
    elif isinstance(node, Simple | Test):
        yield node
    elif is_dataclass(node) and not isinstance(node, Function):
        for part in fields(node):
            if part.name not in ("span", "words", "subject", "redirects", "expression", "patterns"):
                yield from leaves(getattr(node, part.name))


__all__ = ["commands_in", "leaves", "nodes_in"]
