"""`find`: the part of it that build scripts use, over the names of the workspace that are known."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrator.commands.files import remove
from migrator.commands.numbers import natural
from migrator.commands.patterns import to_regex
from migrator.commands.text import in_any_order
from migrator.commands.transfer import may_have_bits
from migrator.commands.workshop import give_up, lift
from migrator.trace.state import FAILURE, SUCCESS, Status
from migrator.trace.streams import Opaque, Text
from migrator.trace.symbols import is_known
from migrator.trace.workspace import (
    Ambiguous,
    Carried,
    Folder,
    Link,
    Mystery,
    RepoFile,
    Written,
    known_names,
    overlays_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrator.commands.base import Command, Invocation
    from migrator.trace.workspace import Node


@dataclass(frozen=True)
class _Query:
    """What is asked: tests that must all hold, how deep, and what to do with what is found."""

    tests: tuple[tuple[str, str, bool], ...]  # name of the test, its argument, whether it is negated
    least: int = 0
    most: int = 1000
    delete: bool = False
    end: str | None = None  # what ends each printed name; None when nothing is printed
    command: tuple[str, ...] = ()
    together: bool = False


class _NotModelledError(Exception):
    """A form of find, or a folder, about which nothing is known."""


def find(call: Invocation) -> Status:
    """`find [folder…] [tests] [-delete | -exec command {} ;]`."""
    words = list(call.arguments)
    starts: list[str] = []
    while words and words[0][:1] not in ("-", "!", "("):
        starts.append(words.pop(0))
    starts = starts or ["."]
    try:
        query = _query(words)
        if query.delete:
            for start in starts:
                _delete(call, query, start, 0)
            return SUCCESS
        found = [name for start in starts for name in _walk(call, start, query)]
    except _NotModelledError:
        return _unknown(call, starts)
    status = _act(call, query, found)
    return FAILURE if any(_at(call, start) is None for start in starts) else status


def _query(words: list[str]) -> _Query:
    query, negated = _Query((), end="\n"), False
    while words:
        word = words.pop(0)
        if word in ("!", "-not"):
            negated = True
            continue
        if word in ("-exec", "-execdir"):
            query = _with_command(query, words)
        elif word in ("-delete", "-print", "-print0"):
            query = replace(query, delete=word == "-delete", end={"-print": "\n", "-print0": "\0"}.get(word))
        elif word in ("-maxdepth", "-mindepth", "-name", "-iname", "-path", "-wholename", "-type") and words:
            value = words.pop(0)
            query = _with_test(query, word, value, negated=negated)
        elif word == "-empty":
            query = _with_test(query, word, "", negated=negated)
        elif word not in ("-a", "-and", "-depth"):
            raise _NotModelledError
        negated = False
    return query


def _with_test(query: _Query, name: str, value: str, *, negated: bool) -> _Query:
    if name not in ("-maxdepth", "-mindepth"):
        return replace(query, tests=(*query.tests, (name, value, negated)))
    number = natural(value)
    if number is None:
        raise _NotModelledError
    return replace(query, most=number) if name == "-maxdepth" else replace(query, least=number)


def _with_command(query: _Query, words: list[str]) -> _Query:
    ends = [index for index, word in enumerate(words) if word in (";", "+")]
    if not ends:
        raise _NotModelledError
    command, together = tuple(words[: ends[0]]), words[ends[0]] == "+"
    del words[: ends[0] + 1]
    return replace(query, command=command, together=together, end=None)


def _walk(call: Invocation, start: str, query: _Query) -> Iterator[str]:
    node = _at(call, start)
    if node is None:
        return
    yield from _below(start, node, 0, query)


def _at(call: Invocation, name: str) -> Node | Ambiguous | None:
    """What find finds by a name: a link itself, unless a slash behind it asks for what it leads to."""
    workspace, path = call.state.workspace, call.path(name)
    if not name.endswith("/"):
        return workspace.find(path)
    return None if workspace.is_folder(path) is False else workspace.behind(path)


def _below(name: str, node: Node | Ambiguous, depth: int, query: _Query) -> Iterator[str]:
    if isinstance(node, Ambiguous | Mystery | Carried) or (isinstance(node, Folder) and overlays_of(node)):
        raise _NotModelledError
    if depth >= query.least and all(_holds(name, node, test) for test in query.tests):
        yield name
    if isinstance(node, Folder) and depth < query.most:
        for key, below in known_names(node).items():
            yield from _below(f"{name.rstrip('/')}/{key}", below, depth + 1, query)


def _delete(call: Invocation, query: _Query, name: str, depth: int) -> None:
    """Deletes from the inside out, so that a folder may have become empty when it is looked at."""
    node = _at(call, name)
    if isinstance(node, Folder) and depth < query.most:
        for key in sorted(known_names(node)):
            _delete(call, query, f"{name.rstrip('/')}/{key}", depth + 1)
    if list(_walk(call, name, replace(query, least=query.least - depth, most=0))):
        remove(replace(call, words=("rm", "-rf", name)))


def _holds(name: str, node: Node, test: tuple[str, str, bool]) -> bool:
    kind, value, negated = test
    if not is_known(value):
        raise _NotModelledError
    if kind == "-type":
        if value not in ("f", "d", "l"):
            raise _NotModelledError
        actual = "d" if isinstance(node, Folder) else "l" if isinstance(node, Link) else "f"
        return (actual == value) != negated
    if kind == "-empty":
        if isinstance(node, RepoFile):
            raise _NotModelledError
        empty = not known_names(node) if isinstance(node, Folder) else isinstance(node, Written) and not node.text
        return empty != negated
    subject = name if kind in ("-path", "-wholename") else name.rstrip("/").rsplit("/", 1)[-1]
    flags = re.DOTALL | (re.IGNORECASE if kind == "-iname" else 0)
    return bool(re.fullmatch(to_regex(value), subject, flags)) != negated


def _act(call: Invocation, query: _Query, found: list[str]) -> Status:
    if query.command and query.together:
        if found:
            words = [word for item in query.command for word in (sorted(found) if item == "{}" else [item])]
            with in_any_order(call, len(found)):
                return call.shell.call(words, call.channels, call.span)
    elif query.command:
        with in_any_order(call, len(found)):
            for name in sorted(found):
                call.shell.call([word.replace("{}", name) for word in query.command], call.channels, call.span)
    elif query.end and found:
        text = "".join(name + query.end for name in sorted(found))
        call.channels.out.append(Text(text, loose=len(found) > 1))  # the order is the file system's
    return SUCCESS


def _unknown(call: Invocation, starts: list[str]) -> Status:
    """What cannot be answered here: a question gives something unknown, a change is made in a stage."""
    places = [call.path(start) for start in starts]
    if any(call.state.workspace.exists(place) is False for place in places):
        return FAILURE
    if not {"-delete", "-exec", "-execdir", "-ok", "-fprint"} & {*call.arguments}:
        call.channels.out.append(Opaque(call.span, "what find finds"))
        return SUCCESS
    written = _written(call, places)
    if written is None:
        call.state.workspace = call.state.workspace.tainted(call.span)
        return Status(None, None, call.span)
    if not written:
        call.channels.out.append(Opaque(call.span, "what a command for each of what find finds prints"))
    elif _drops_bits(call, places):
        give_up(call, written, "cp drops the set-uid bit, and a stage's cp may keep it")
    elif not lift(replace(call, words=(call.words[0], *_portable(call.arguments))), places, written):
        give_up(call, written, "find changes what it finds there")
    return SUCCESS


# Commands that change what they are given, and those that only look at it.
_CHANGE = frozenset("rm rmdir unlink chmod touch strip gzip gunzip bzip2 xz sed dos2unix truncate".split())
_LOOK = frozenset("grep egrep fgrep test [ true echo printf cat ls file stat basename dirname head tail wc".split())


def _written(call: Invocation, places: Sequence[str]) -> tuple[str, ...] | None:
    """The paths of the host in which the commands of a find write; None where that cannot be known."""
    words = list(call.arguments)
    written = dict.fromkeys(places if "-delete" in words else ())
    if {"-execdir", "-okdir", "-ok", "-fprint", "-fprintf", "-fls"} & {*words}:
        return None
    while "-exec" in words:
        del words[: words.index("-exec") + 1]
        end = next((index for index, word in enumerate(words) if word in (";", "+")), len(words))
        name, *operands = words[:end] or [""]
        into = next((to for option, to in itertools.pairwise(operands) if option in ("-t", "--target-directory")), None)
        goes_to = into or (operands[-1] if operands else "{}")
        if name in ("cp", "mv", "ln", "install") and "{}" not in goes_to:
            written |= dict.fromkeys((call.path(goes_to), *(places if name == "mv" else ())))
        elif name in _CHANGE or name in ("cp", "mv", "ln"):
            written |= dict.fromkeys(places)
        elif name not in _LOOK:
            return None
    return tuple(written)


def _drops_bits(call: Invocation, places: Sequence[str]) -> bool:
    """Whether a cp for each of what is found drops a bit of a mode, which that of a small image keeps."""
    if not any(word in ("cp", "install") for word in call.arguments):
        return False
    nodes = [call.state.workspace.find(place) for place in places]
    return any(isinstance(node, Ambiguous) or (node is not None and may_have_bits(node)) for node in nodes)


def _portable(words: Sequence[str]) -> Iterator[str]:
    """`-delete` of files as POSIX has it, because not every image's find knows more.

    Only where what is found is a file: `-delete` also removes a folder that is empty, where `rm -f` fails.
    """
    for word in words:
        yield from ("-exec", "rm", "-f", "{}", "+") if word == "-delete" and _finds_files(words) else (word,)


def _finds_files(words: Sequence[str]) -> bool:
    """Whether the tests let files through and nothing else: by their type, or by a name that has an extension."""
    if {"!", "-not", "-o", "-or", "-empty"} & {*words}:
        return False
    asked = [(test, value) for test, value in itertools.pairwise(words) if test in ("-name", "-iname", "-type")]
    kinds = [value for test, value in asked if test == "-type"]
    return kinds == ["f"] or (not kinds and any("." in value for test, value in asked if test != "-type"))


COMMANDS: dict[str, Command] = {"find": find}
