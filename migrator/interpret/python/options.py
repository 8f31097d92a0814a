"""`argparse`: a parser of the program is a real one, as long as all that it is told is known.

https://docs.python.org/3/library/argparse.html
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from migrator.interpret.python.values import Dotted, PathText, PythonError, Unknown, is_plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.interpret.python.called import Called

_TYPES = {"str": str, "int": int, "float": float, "pathlib.Path": PathText}
_TELLING = frozenset(("help", "metavar", "description", "prog", "epilog", "usage", "formatter_class", "allow_abbrev"))
_TAKEN = frozenset(("action", "default", "dest", "nargs", "choices", "required", "const", "type", "help", "metavar"))


class _Parser(argparse.ArgumentParser):
    """A parser that says nothing and ends nothing."""

    def error(self, message: str) -> NoReturn:
        _ = message
        raise PythonError("SystemExit", 2)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        _ = message
        raise PythonError("SystemExit", status)

    def _print_message(self, message: str, file: object = None) -> None:
        """Print nothing."""


@dataclass(eq=False)
class Parser:
    """An `ArgumentParser`; `real` is None when something that it was told is not known."""

    real: Any = field(default_factory=lambda: _Parser(prog="program"))
    names: list[str] = field(default_factory=list)
    known: bool = True


@dataclass(frozen=True, eq=False)
class Parsed:
    """What `parse_args` gives: the value of each name."""

    values: dict[str, object]


def parser(_: Called) -> object:
    """`argparse.ArgumentParser(…)`."""
    return Parser()


def of_parser(call: Called, owner: Parser) -> object:
    """A method of a parser."""
    method = call.name.rpartition(".")[2]
    if method == "add_argument":
        _add(call, owner)
        return Unknown(call.span, pure=True)
    if method in ("add_argument_group", "add_mutually_exclusive_group"):
        return Parser(owner.real, owner.names, owner.known)
    if method in ("parse_args", "parse_known_args") and call.only("args") and len(call.given) < 2:
        found = _parsed(call, owner)
        return (found, Unknown(call.span, pure=True)) if method == "parse_known_args" else found
    if method == "error":
        raise PythonError("SystemExit", 2)
    if method not in ("print_help", "print_usage", "format_help"):
        owner.known = False
    return Unknown(call.span, pure=True)


def _add(call: Called, owner: Parser) -> None:
    named = {name: value for name, value in call.named.items() if name not in ("help", "metavar")}
    kind = named.get("type")
    if isinstance(kind, Dotted) and kind.name in _TYPES:
        named["type"] = _TYPES[kind.name]
    elif kind is not None:
        owner.known = False
    rest = {name: value for name, value in named.items() if name not in ("type", "default")}
    if not is_plain(list(call.given)) or not is_plain(rest) or not set(call.named) <= _TAKEN:
        owner.known = False
        return
    try:
        action = owner.real.add_argument(*call.given, **named)
    except (TypeError, ValueError, argparse.ArgumentError):
        raise PythonError("ValueError") from None
    owner.names.append(action.dest)


def _parsed(call: Called, owner: Parser) -> object:
    if not owner.known:
        return Unknown(call.span, pure=True)
    given = call.value(0, "args")
    words = call.run.arguments(1, call.span) if given is None else given
    if not isinstance(words, list) or not is_plain(words):
        return Parsed({name: Unknown(call.span, pure=True) for name in owner.names})
    return Parsed(dict(vars(owner.real.parse_args(_texts(words)))))


def _texts(words: Sequence[object]) -> list[str]:
    return [word if isinstance(word, str) else "" for word in words]


__all__ = ["Parsed", "Parser", "of_parser", "parser"]
