"""Paths that a Python program makes from `__file__`, as paths from the repository's root."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from migrator.python import syntax

if TYPE_CHECKING:
    from migrator.python.walk import Bindings

_DEPTH = 12
# Functions that give back the path itself: a checkout has no links in its own folders.
_SAME = frozenset(
    ("os.path.abspath", "os.path.realpath", "os.path.normpath", "os.fspath", "pathlib.Path", "pathlib.PurePath",
     "os.path.expanduser")
)  # fmt: skip
_SAME_METHODS = frozenset(("resolve", "absolute", "expanduser", "as_posix"))


def place(node: syntax.Expression, names: Bindings, file: str, depth: int = 0) -> str | None:
    """The path from the root, normalised, that an expression yields; None where that is not known."""
    if depth > _DEPTH:
        return None

    def inner(one: syntax.Expression) -> str | None:
        return place(one, names, file, depth + 1)

    match node:
        case syntax.Name(name="__file__"):
            return file
        case syntax.Name():
            value = names.values.get(node.name)
            return inner(value) if value is not None else None
        case syntax.Attribute(name="parent"):
            return _up(inner(node.value))
        case syntax.Subscript(
            value=syntax.Attribute(name="parents", value=base), index=syntax.Constant(value=int(number))
        ):
            found = inner(base)
            for _ in range(number + 1):
                found = _up(found)
            return found
        case syntax.Operation(operator="/", left=left, right=syntax.Constant(value=str(text))):
            return _joined(inner(left), text)
        case syntax.Call():
            return _called(node, names, file, depth)
        case _:
            return None


def _called(node: syntax.Call, names: Bindings, file: str, depth: int) -> str | None:
    if any(one.star or one.keyword not in (None, "strict") for one in node.arguments):
        return None
    given = [one.value for one in node.arguments if one.keyword is None]
    dotted = names.dotted(node.function)
    if isinstance(node.function, syntax.Name) and node.function.name == "str" and len(given) == 1:
        return place(given[0], names, file, depth + 1)
    if dotted in _SAME and len(given) == 1:
        return place(given[0], names, file, depth + 1)
    if dotted == "os.path.dirname" and len(given) == 1:
        return _up(place(given[0], names, file, depth + 1))
    if dotted == "os.path.join" and given:
        found = place(given[0], names, file, depth + 1)
        for one in given[1:]:
            text = one.value if isinstance(one, syntax.Constant) else None
            found = _joined(found, text) if isinstance(text, str) else None
        return found
    if isinstance(node.function, syntax.Attribute) and dotted is None:
        base = place(node.function.value, names, file, depth + 1)
        if node.function.name in _SAME_METHODS and not given:
            return base
        if node.function.name == "joinpath" and len(given) == 1 and isinstance(given[0], syntax.Constant):
            return _joined(base, str(given[0].value))
    return None


def _up(path: str | None) -> str | None:
    """The folder above; above the root nothing is known."""
    if path in (None, "."):
        return None
    return posixpath.dirname(path or "") or "."


def _joined(path: str | None, text: str) -> str | None:
    if path is None or text.startswith("/"):
        return None
    joined = posixpath.normpath(posixpath.join(path, text))
    return None if joined.startswith("..") else joined


__all__ = ["place"]
