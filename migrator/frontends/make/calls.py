"""Calls of make in a recipe: found in its shell text, and replaced by what they come to."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.frontends.make.holes import TroubleError
from migrator.frontends.program import Chunk, origin_at, part_of
from migrator.rules import inputs as rules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from migrator.source import Span

# At the place of a command, with assignments before it; its words go on to the end of the command.
_CALL = re.compile(
    r"(?P<before>^|&&|\|\||[;{(\n]|\b(?:then|do|else)\b)[ \t]*(?P<call>(?:\w+=[^\s;&|]*[ \t]+)*make(?![\w./-])"
    r"(?P<words>(?:\\\n|[^;&|()\n#<>\d]|\d(?!>))*))(?P<redirects>(?:[12]?>&?[ \t]*[\w./]+[ \t]*)*)"
)
_ANY_CALL = re.compile(r"(?:^|[;&|({\n!]|\b(?:then|do|else|if|while|env|time|exec|sudo)\b)[ \t]*make(?![\w./:=-])")
_AFTER = re.compile(r"[ \t]*(?:\Z|\n|;|#|\))")
_QUIET = re.compile(
    r"-[skwB]+|--(silent|quiet|no-print-directory|print-directory|keep-going|warn-undefined-variables)|-j\d*|--jobs(=\d+)?"
)


@dataclass(frozen=True)
class MakeCall:
    """One call of make: the folder it changes to, its Makefile, its goals, and what it is given.

    `moved` is the folder that the shell has changed to before it.
    """

    moved: str = ""
    folder: str = ""
    file: str | None = None
    goals: tuple[str, ...] = ()
    overrides: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


def follow_calls(chunks: list[Chunk], below: Callable[[MakeCall, Span], list[Chunk]]) -> list[Chunk]:
    """The shell text with each call of make replaced by what `below` says that it comes to."""
    text = "".join(chunk.text for chunk in chunks)
    if "make" not in text:
        return chunks
    found: list[Chunk] = []
    at = 0
    left = text
    for call in _CALL.finditer(text):
        start, end = call.start("call"), call.end()
        span = origin_at(chunks, start)
        if not _AFTER.match(text, end):
            raise TroubleError(rules.RECURSION.at(span, reason="what comes after it depends on how it ends"))
        found += [*part_of(chunks, at, start), Chunk("( set -e\n", span)]
        found += below(_read(call["call"], _folder_before(text[:start], span), span), span)
        found.append(Chunk(f"){call['redirects']}", span))
        at = end
        left = left[:start] + " " * (end - start) + left[end:]
    missed = _ANY_CALL.search(left)
    if missed is not None:
        raise TroubleError(rules.RECURSION.at(origin_at(chunks, missed.start()), reason="it stands in a condition"))
    return [*found, *part_of(chunks, at, len(text))]


def _folder_before(text: str, span: Span) -> str:
    """The folder that the line has changed to before the call."""
    moves = re.findall(r"(?:^|[;&|({\n])[ \t]*(cd|pushd)[ \t]+([^\s;&|]+)", text)
    if not moves:
        return ""
    (_, found), *more = moves
    folder = str(found)
    if (
        more
        or set(folder) & set("$`*?~\"'")
        or folder.startswith("/")
        or not re.fullmatch(r"[ \t]*cd[ \t]+\S+[ \t]*(&&|;)[ \t]*", text)
    ):
        raise TroubleError(rules.RECURSION.at(span, reason="the folder that it runs in is not plain"))
    return folder


def _read(call: str, folder: str, span: Span) -> MakeCall:
    try:
        words = shlex.split(call.replace("\\\n", " "))
    except ValueError as error:
        raise TroubleError(rules.RECURSION.at(span, reason="its words cannot be told apart")) from error
    if set(call) & set("$`*?["):
        raise TroubleError(rules.RECURSION.at(span, reason="its words are known only when it runs"))
    environment: dict[str, str] = {}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        environment[name] = value
    rest = iter(words[1:])
    inner, file = "", None
    goals: list[str] = []
    overrides: dict[str, str] = {}
    for word in rest:
        if word in ("-C", "--directory"):
            inner = next(rest, "")
        elif word.startswith(("-C", "--directory=")):
            inner = word.removeprefix("--directory=").removeprefix("-C")
        elif word in ("-f", "--file", "--makefile"):
            file = next(rest, "")
        elif re.match(r"[A-Za-z_]\w*:?=", word):
            name, _, value = word.partition("=")
            overrides[name.rstrip(":")] = value
        elif not word.startswith("-"):
            goals.append(word)
        elif not _QUIET.fullmatch(word) or "k" in word or "B" in word:
            raise TroubleError(rules.RECURSION.at(span, reason=f"its option {word} is not known"))
    return MakeCall(folder, inner, file, tuple(goals), overrides, environment)
