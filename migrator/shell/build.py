"""bashlex's tree of a masked statement, and the meaning of its tokens, to our tree."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from migrator.rules import script as rules
from migrator.shell.mask import anchor
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
from migrator.shell.tokens import ForHeader, FunctionName, Keyword, RedirectToken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migrator.shell.cursor import Cursor
    from migrator.shell.syntax import Command, Compound
    from migrator.shell.tokens import Statement, Token
    from migrator.source import Span

# A chain leans to the left, so that it is as deep as it is long.
MAX_CHAIN = 150


class Shape(Protocol):
    """A node of bashlex; which of these a node has depends on its kind."""

    kind: str
    pos: tuple[int, int]
    parts: list[Shape]
    list: list[Shape]
    redirects: list[Shape]
    word: str
    op: str
    pipe: str


class Builder:
    """Builds the tree of one statement."""

    def __init__(self, cursor: Cursor, statement: Statement) -> None:
        self._cursor = cursor
        self._base = statement.tokens[0].start
        self._tokens = {anchor(token): token for token in statement.tokens}

    # --- lookups -------------------------------------------------------------------------------------------------

    def _token(self, node: Shape) -> Token | None:
        return self._tokens.get(node.pos[0] + self._base)

    def _meaning(self, node: Shape) -> object:
        token = self._token(node)
        return None if token is None else token.meaning

    def _span(self, node: Shape) -> Span:
        return self._cursor.view.span(node.pos[0] + self._base, node.pos[1] + self._base)

    def _redirects(self, nodes: Iterable[Shape]) -> tuple[Redirect, ...]:
        return tuple([self._redirect(node) for node in nodes])

    def _redirect(self, node: Shape) -> Redirect:
        token = self._token(node)
        if token is None or not isinstance(token.meaning, RedirectToken):
            raise TypeError(f"no redirection at {node.pos}")
        meaning = token.meaning
        span = self._cursor.view.span(token.start, token.end)
        target = None if meaning.document is not None else meaning.target
        return Redirect(span, meaning.descriptor, meaning.operator, target, meaning.document)

    def _words(self, nodes: Iterable[Shape]) -> tuple[Word, ...]:
        meanings = [self._meaning(node) for node in nodes]
        return tuple([meaning for meaning in meanings if isinstance(meaning, Word)])

    # --- lists ---------------------------------------------------------------------------------------------------

    def command(self, node: Shape) -> Command:
        """The tree of a node, with what a lone command need not be wrapped in left off."""
        if node.kind == "list":
            commands = self._commands(node.parts)
            return commands[0] if len(commands) == 1 else Sequence(self._span(node), commands)
        token = self._token(node)
        if token is not None and token.opaque is not None and node.kind != "pipeline":
            span = self._cursor.view.span(token.opaque, node.pos[1] + self._base)
            self._cursor.job.findings.append(rules.COPROCESS.at(span))
            return Opaque(span, "coproc")
        match node.kind:
            case "pipeline":
                return self._pipeline(node)
            case "function":
                return self._function(node)
            case "compound":
                return self._compound(node)
            case _:
                return self._simple(node)

    def _sequence(self, node: Shape) -> Sequence:
        commands = self._commands(node.parts if node.kind == "list" else [node])
        return Sequence(commands[0].span.to(commands[-1].span), commands)

    def _commands(self, nodes: Iterable[Shape]) -> tuple[Command, ...]:
        """bashlex's flat list of commands and operators, by how the operators bind."""
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
                else:
                    current = self._too_long(current.span.to(command.span))
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
        return Pipeline(self._span(node), commands, negated, both)

    # --- commands ------------------------------------------------------------------------------------------------

    def _simple(self, node: Shape) -> Simple:
        tokens = [token for part in node.parts if (token := self._token(part)) is not None]
        meanings = [token.meaning for token in tokens]
        return Simple(
            self._cursor.view.span(tokens[0].start, tokens[-1].end),
            tuple([meaning for meaning in meanings if isinstance(meaning, Assignment)]),
            tuple([meaning for meaning in meanings if isinstance(meaning, Word)]),
            self._redirects(part for part in node.parts if part.kind == "redirect"),
        )

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

    def _if(self, span: Span, parts: list[Shape], redirects: tuple[Redirect, ...]) -> If:
        """bashlex's parts are flat: `if C then B`, any number of `elif C then B`, `else B`, `fi`."""
        branches: list[tuple[Sequence, Sequence]] = []
        otherwise: Sequence | None = None
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
        words = self._words(part for part in parts[2:-2] if part.kind == "word") if listed else None
        name = self._words(parts[1:2])[0]
        kind = Select if isinstance(meaning, Keyword) else For
        return kind(span, name.literal or name.span.text, words, body, redirects)
