"""The edits that take what goes out of a script: whole statements, members of lists and pipelines, empty bodies."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.repository.edits import Edit
from migrator.repository.fates import Fates, flat
from migrator.shell import syntax
from migrator.shell.walk import nodes_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.shell.syntax import Command

_TIMED = re.compile(r"(?<![\w./-])time(?:[ \t]+-p)?[ \t]+\Z")  # the keyword, which is no part of the command
_BEHIND = re.compile(r"[ \t]*(?:;(?!;)|&(?!&))?[ \t\r]*(#[^\n]*)?(\n|$)")


@dataclass
class Cutter:
    """Collects the edits for one text."""

    fates: Fates
    text: str
    edits: list[Edit] = field(default_factory=list)

    def script(self, body: syntax.Sequence) -> None:
        """Cuts a whole script."""
        self._sequence(body, may_be_empty=True)

    # --- statements -------------------------------------------------------------------------------------------------

    def _sequence(self, body: syntax.Sequence, *, may_be_empty: bool = False) -> None:
        gone = self.fates.gone_in(body)
        if body.commands and all(gone) and not may_be_empty:
            first = body.commands[0]
            self.edits.append(Edit(first.span.start, first.span.end, ":"))
            self._remove_documents(first)
            for index in range(1, len(body.commands)):
                self._remove(body.commands, index)
            return
        for index, command in enumerate(body.commands):
            if gone[index]:
                self._remove(body.commands, index, leading=all(gone[self._first_on_line(body.commands, index) : index]))
            else:
                self._node(command)

    def _first_on_line(self, commands: Sequence[Command], index: int) -> int:
        """The first of the statements that stand on one line with this one, in front of it."""
        while index and "\n" not in self.text[commands[index - 1].span.end : commands[index].span.start]:
            index -= 1
        return index

    def _remove(self, commands: Sequence[Command], index: int, *, leading: bool = True) -> None:
        """Takes one statement out of a sequence, with its line when nothing else stands there."""
        span = commands[index].span
        timed = _TIMED.search(self.text[: span.start])
        start = span.start if timed is None else timed.start()
        line = self.text.rfind("\n", 0, start) + 1
        behind = _BEHIND.match(self.text, span.end)
        alone = not self.text[line:start].strip()
        if alone and behind is not None:
            self.edits.append(Edit(line, behind.end()))
        elif not leading:
            self.edits.append(Edit(commands[index - 1].span.end, span.end))
        elif index + 1 < len(commands) and "\n" not in self.text[span.end : commands[index + 1].span.start]:
            self.edits.append(Edit(start, commands[index + 1].span.start))
        else:
            self.edits.append(Edit(start, span.end))
        self._remove_documents(commands[index])

    def _remove_documents(self, command: Command) -> None:
        """Takes the bodies of here-documents out, each to the end of the line of its delimiter."""
        for node in nodes_in(command):
            if isinstance(node, syntax.HereDocument) and node.span.start >= command.span.end:
                delimiter = self.text.find("\n", node.span.end)
                end = len(self.text) if delimiter < 0 else delimiter + 1
                self.edits.append(Edit(node.span.start, end))

    def _node(self, node: Command) -> None:
        match node:
            case syntax.Sequence():
                self._sequence(node)
            case syntax.Pipeline():
                self._pipeline(node)
            case syntax.AndOr():
                self._list(node)
            case syntax.Background():
                self._node(node.command)
            case syntax.Group() | syntax.Subshell():
                self._sequence(node.body)
            case syntax.Function():
                self._node(node.body)
            case syntax.If():
                self._if(node)
            case syntax.While():
                self._sequence(node.condition)
                self._sequence(node.body)
            case syntax.For() | syntax.ArithmeticFor() | syntax.Select():
                self._sequence(node.body)
            case syntax.Case():
                for item in node.items:
                    self._sequence(item.body, may_be_empty=True)
            case syntax.Simple():
                for inner in nodes_in((node.assignments, node.words)):
                    if isinstance(inner, syntax.CommandSubstitution):
                        self._sequence(inner.body, may_be_empty=True)
            case _:
                pass

    def _if(self, node: syntax.If) -> None:
        for condition, body in node.branches:
            if self.fates.goes(condition):
                self._replace(condition, "true")
            else:
                self._sequence(condition)
            self._sequence(body)
        if node.otherwise is None:
            return
        if not self.fates.goes(node.otherwise):
            self._sequence(node.otherwise)
            return
        before = node.branches[-1][1].span.end
        keyword = re.search(r"\belse\s*(#[^\n]*\s*)*\Z", self.text[before : node.otherwise.span.start])
        if keyword is None:
            self._sequence(node.otherwise)
            return
        behind = _BEHIND.match(self.text, node.otherwise.span.end)
        end = behind.end() if behind is not None else node.otherwise.span.end
        start = before + keyword.start()
        line = self.text.rfind("\n", 0, start) + 1
        alone = not self.text[line:start].strip()
        self.edits.append(Edit(line if alone and behind is not None else start, end))
        for command in node.otherwise.commands:
            self._remove_documents(command)

    def _replace(self, node: syntax.Sequence, text: str) -> None:
        self.edits.append(Edit(node.span.start, node.span.end, text))
        for command in node.commands:
            self._remove_documents(command)

    # --- members ----------------------------------------------------------------------------------------------------

    def _pipeline(self, node: syntax.Pipeline) -> None:
        kept = [command for command in node.commands if not self.fates.goes(command)]
        for command in node.commands:
            if self.fates.goes(command):
                self._remove_documents(command)
        self._between(list(node.commands), kept)

    def _list(self, node: syntax.AndOr) -> None:
        members = flat(node)
        left = self.fates.members_left(node)
        kept: list[Command] = []
        for operator, member in members:
            if member in left:
                kept.append(member)
            elif operator == "||" and self.fates.goes(member) and kept:
                # What stands in front may fail as before, and that must go on to be no failure.
                self.edits.append(Edit(member.span.start, member.span.end, ":"))
                self._remove_documents(member)
                kept.append(member)
            else:
                self._remove_documents(member)
        self._between([member for _, member in members], kept)

    def _between(self, members: list[Command], kept: list[Command]) -> None:
        """Takes the members out that are not kept, each with the operator that joins it."""
        seen = False
        for index, member in enumerate(members):
            if any(member is one for one in kept):
                seen = True
                if not self.fates.goes(member):
                    self._node(member)
            elif seen:
                self.edits.append(Edit(members[index - 1].span.end, member.span.end))
            else:
                following = members[index + 1].span.start if index + 1 < len(members) else member.span.end
                self.edits.append(Edit(member.span.start, following))
