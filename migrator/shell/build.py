"""bashlex's tree of a masked statement, and the meaning of its tokens, to our tree."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from migrator.rules import script as rules
from migrator.shell.syntax import (
    AndOr,
    ArithmeticCommand,
    ArithmeticFor,
    Assignment,
    Background,
    Case,
    For,
    Function,
    Group,
    If,
    Opaque,
    Pipeline,
    Redirect,
    Select,
    Sequence,
    Simple,
    Subshell,
    Test,
    While,
    Word,
)
from migrator.shell.tokens import ForHeader, FunctionName, Keyword, LoopWord, RedirectToken

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Sequence as Nodes

    from migrator.shell.cursor import Cursor
    from migrator.shell.mask import Mask
    from migrator.shell.syntax import Command, Compound
    from migrator.shell.tokens import Token
    from migrator.source import Span

# A chain leans to the left, so that it is as deep as it is long.
MAX_CHAIN = 150


class Shape(Protocol):
    """A node of bashlex; which of these a node has depends on its kind."""

    kind: str
    pos: tuple[int, int]
    parts: Nodes[Shape]
    list: Nodes[Shape]
    redirects: Nodes[Shape]
    word: str | Nodes[Shape]
    op: str
    pipe: str


class Builder:
    """Builds the tree of one statement."""

    def __init__(self, cursor: Cursor, base: int, hidden: Mask) -> None:
        self._cursor = cursor
        self._base = base
        self._mask = hidden

    # --- lookups -------------------------------------------------------------------------------------------------

    def _token(self, node: Shape) -> Token | None:
        return self._mask.tokens.get(node.pos[0])

    def _meaning(self, node: Shape) -> object:
        token = self._token(node)
        return None if token is None else token.meaning

    def _span(self, node: Shape) -> Span:
        return self._cursor.view.span(node.pos[0] + self._base, self._end(node))

    def _end(self, node: Shape) -> int:
        return self._mask.ends.get(node.pos[1], node.pos[1]) + self._base

    def _redirects(self, nodes: Iterable[Shape]) -> tuple[Redirect, ...]:
        return self._redirects_of(self._token(node) for node in nodes)

    def _redirects_of(self, tokens: Iterable[Token | None]) -> tuple[Redirect, ...]:
        redirects: list[Redirect] = []
        for token in tokens:
            if token is not None and isinstance(token.meaning, RedirectToken):
                meaning = token.meaning
                span = self._cursor.view.span(token.start, token.end)
                target = None if meaning.document is not None else meaning.target
                redirects.append(Redirect(span, meaning.descriptor, meaning.operator, target, meaning.document))
        return tuple(redirects)

    def _loop_words(self, nodes: Iterable[Shape]) -> tuple[Word, ...]:
        meanings = [self._meaning(node) for node in nodes]
        return tuple([meaning.word for meaning in meanings if isinstance(meaning, LoopWord)])

    # --- lists ---------------------------------------------------------------------------------------------------

    def command(self, node: Shape) -> Command:
        """The tree of a node, with what a lone command need not be wrapped in left off."""
        if node.kind == "list":
            commands = self._commands(node.parts)
            return commands[0] if len(commands) == 1 else Sequence(commands[0].span.to(commands[-1].span), commands)
        if node.kind == "pipeline":
            return self._pipeline(node)
        if node.kind == "command":
            return self.simple_command(self._mask.commands[node.pos[0]])
        if node.kind == "function":
            return self._function(node)
        token = self._token(node)
        if token is not None and token.opaque is not None:
            return self._opaque(token.opaque, self._end(node))
        return self._compound(node)

    def _sequence(self, node: Shape) -> Sequence:
        commands = self._commands(node.parts if node.kind == "list" else [node])
        return Sequence(commands[0].span.to(commands[-1].span), commands)

    def _commands(self, nodes: Iterable[Shape]) -> tuple[Command, ...]:
        """The flat list of bashlex (commands and operators) by how the operators bind."""
        commands: list[Command] = []
        current: Command | None = None
        joint: str | None = None
        chain = 0
        for node in nodes:
            if node.kind != "operator":
                command = self.command(node)
                if current is None or joint is None:
                    current, chain = command, 0
                elif chain < MAX_CHAIN:
                    current, chain = AndOr(current.span.to(command.span), current, joint, command), chain + 1
                elif isinstance(current, AndOr):
                    current = self._too_long(current.span.to(command.span))
                else:
                    current = replace(current, span=current.span.to(command.span))
            elif node.op in ("&&", "||"):
                joint = node.op
            else:
                if current is not None:
                    background = node.op == "&"
                    commands.append(Background(current.span.to(self._span(node)), current) if background else current)
                current = joint = None
        return (*commands, current) if current is not None else tuple(commands)

    def _too_long(self, span: Span) -> Opaque:
        reason = f"more than {MAX_CHAIN} commands are joined by `&&` and `||`"
        self._cursor.job.findings.append(rules.TOO_DEEP.at(span, reason=reason))
        return Opaque(span, reason)

    def _pipeline(self, node: Shape) -> Command:
        """A pipeline; `! !` cancels itself out, as in bash."""
        negated = sum(part.kind == "reservedword" for part in node.parts) % 2 == 1
        commands = tuple([self.command(part) for part in node.parts if part.kind not in ("reservedword", "pipe")])
        if len(commands) == 1 and not negated:
            return commands[0]
        both = tuple([part.pipe == "|&" for part in node.parts if part.kind == "pipe"])
        first = self._span(node.parts[0]) if node.parts[0].kind == "reservedword" else commands[0].span
        return Pipeline(first.to(commands[-1].span), commands, negated, both)

    # --- commands ------------------------------------------------------------------------------------------------

    def simple_command(self, tokens: list[Token]) -> Simple | Opaque:
        """The simple command that the tokens make."""
        if tokens[0].opaque is not None:
            return self._opaque(tokens[0].opaque, tokens[-1].end)
        meanings = [token.meaning for token in tokens]
        return Simple(
            self._cursor.view.span(tokens[0].start, tokens[-1].end),
            tuple([meaning for meaning in meanings if isinstance(meaning, Assignment)]),
            tuple([meaning for meaning in meanings if isinstance(meaning, Word)]),
            self._redirects_of(tokens),
        )

    def _opaque(self, start: int, end: int) -> Opaque:
        span = self._cursor.view.span(start, end)
        self._cursor.job.findings.append(rules.COPROCESS.at(span))
        return Opaque(span, "coproc")

    def _function(self, node: Shape) -> Command:
        meaning = self._meaning(node)
        if not isinstance(meaning, FunctionName):
            raise TypeError(f"no name of a function at {node.pos}")
        return Function(self._span(node), meaning.name, self._compound(node.parts[-1]))

    def _compound(self, node: Shape) -> Compound:
        span = self._span(node)
        redirects = self._redirects(node.redirects)
        meaning = self._meaning(node)
        if isinstance(meaning, Case | Test | ArithmeticCommand):
            return replace(meaning, span=span, redirects=redirects)
        first = node.list[0]
        match first.kind if first.kind != "reservedword" else first.word:
            case "(":
                return Subshell(span, self._sequence(node.list[1]), redirects)
            case "{":
                return Group(span, self._sequence(node.list[1]), redirects)
            case "if":
                return self._if(span, first.parts, redirects)
            case "for":
                return self._for(span, first, redirects)
            case kind:
                condition, body = self._sequence(first.parts[1]), self._sequence(first.parts[3])
                return While(span, condition, body, kind == "until", redirects)

    def _if(self, span: Span, nodes: Nodes[Shape], redirects: tuple[Redirect, ...]) -> If:
        """The parts in bashlex are flat: `if C then B`, any number of `elif C then B`, `else B`, `fi`."""
        branches: list[tuple[Sequence, Sequence]] = []
        otherwise: Sequence | None = None
        parts = _flattened(nodes)
        at = 0
        while parts[at].word != "fi":
            if parts[at].word == "else":
                otherwise = self._sequence(parts[at + 1])
                at += 2
            else:
                branches.append((self._sequence(parts[at + 1]), self._sequence(parts[at + 3])))
                at += 4
        return If(span, tuple(branches), otherwise, redirects)

    def _for(self, span: Span, node: Shape, redirects: tuple[Redirect, ...]) -> For | ArithmeticFor | Select:
        parts = node.parts
        body = self._sequence(parts[-2])
        meaning = self._meaning(node)
        if isinstance(meaning, ForHeader):
            first, condition, step = meaning.parts
            return ArithmeticFor(span, first, condition, step, body, redirects)
        listed = any(part.kind == "reservedword" and part.word == "in" for part in parts)
        words = self._loop_words(part for part in parts[2:-2] if part.kind == "word") if listed else None
        name = self._loop_words(parts[1:2])[0]
        kind = Select if isinstance(meaning, Keyword) else For
        return kind(span, name.literal or name.span.text, words, body, redirects)


def _flattened(nodes: Nodes[Shape]) -> list[Shape]:
    """The parts of an `if`: from the second `elif` on, bashlex gives each as the word of a reserved word."""
    flat: list[Shape] = []
    waiting = list(reversed(nodes))
    while waiting:
        node = waiting.pop()
        if node.kind == "reservedword" and not isinstance(node.word, str):
            waiting.extend(reversed(node.word))
        else:
            flat.append(node)
    return flat
