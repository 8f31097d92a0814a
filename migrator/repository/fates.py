"""What becomes of each statement of a script when some of its commands go: it stays, goes, or is cut at its members."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.repository.edits import Edit
from migrator.shell import syntax
from migrator.shell.walk import commands_in, leaves

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.repository.decide import Decision
    from migrator.shell.syntax import Command, Script
    from migrator.source import Span

_TESTS = frozenset("test [ true false :".split())
# What a script only says, or how it gives up, when something has failed.
_HARMLESS = frozenset("echo printf exit return true false : break continue test [ cat sleep date log".split())
# What changes nothing but the shell that it runs in.
_INNER = frozenset("cd pushd popd set shopt local declare typeset export readonly unset shift return umask".split())


@dataclass
class Fates:
    """The fate of every statement; `functions` are the definitions by name, `scripts` the files that are run."""

    decision: Decision
    functions: dict[str, syntax.Function] = field(default_factory=dict)
    scripts: Mapping[str, Script] = field(default_factory=dict)
    gone_functions: set[str] = field(default_factory=set)
    gone_scripts: set[str] = field(default_factory=set)
    extra: set[Span] = field(default_factory=set)

    # --- whole statements -------------------------------------------------------------------------------------------

    def goes(self, node: Command) -> bool:
        """Whether nothing is left of a statement."""
        match node:
            case syntax.Simple() | syntax.Test():
                return self._simple_goes(node)
            case syntax.Sequence():
                return bool(node.commands) and all(self.gone_in(node))
            case syntax.Pipeline():
                return self._pipeline_goes(node)
            case syntax.AndOr():
                left = self.members_left(node)
                return len(left) < len(flat(node)) and all(self._is_test(member) for member in left)
            case syntax.Background():
                return self.goes(node.command)
            case syntax.Group():
                return self.goes(node.body)
            case syntax.Subshell():
                return self._some_goes(node) and self._all_left(node.body, _INNER)
            case syntax.If():
                return self._if_goes(node)
            case syntax.While():
                return self._loop_goes(node)
            case syntax.For() | syntax.ArithmeticFor():
                return self.goes(node.body)
            case syntax.Case():
                bodies = [item.body for item in node.items if item.body.commands]
                return bool(bodies) and all(self.goes(body) for body in bodies)
            case syntax.Function():
                return node.name in self.gone_functions
            case _:
                return False

    def gone_in(self, node: syntax.Sequence) -> list[bool]:
        """For each command of a sequence whether it goes; one that asks how the one before went goes with it."""
        found: list[bool] = []
        for command in node.commands:
            asks = bool(found) and found[-1] and re.search(r"\$\?", command.span.text) is not None
            found.append(self.goes(command) or (asks and self._is_harmless(command)))
        return found

    def _simple_goes(self, node: syntax.Simple | syntax.Test) -> bool:
        if node.span in self.extra:
            return True
        if isinstance(node, syntax.Simple) and node.words:
            words = [word.literal for word in node.words]
            if words[0] in self.gone_functions or (
                words[0] == "trap" and words[1:2] and words[1] in self.gone_functions
            ):
                return True
        called = self.decision.called.get(node.span)
        if called and called <= self.gone_scripts:
            return True
        return node.span in self.decision.gone and not self._has_build(node)

    def _has_build(self, node: Command) -> bool:
        return any(leaf.span in self.decision.builds and leaf.span not in self.extra for leaf in commands_in(node))

    def _pipeline_goes(self, node: syntax.Pipeline) -> bool:
        if self._has_build(node) or not any(self.goes(command) for command in node.commands):
            return False
        return all(self.goes(command) or self._is_idle(command) for command in node.commands)

    def _if_goes(self, node: syntax.If) -> bool:
        bodies = [body for _, body in node.branches] + ([node.otherwise] if node.otherwise is not None else [])
        conditions = [condition for condition, _ in node.branches]
        if all(self.goes(body) for body in bodies) and all(self._is_quiet(one) for one in conditions):
            return True
        asked = [condition for condition in conditions if self.goes(condition)]
        return bool(asked) and all(self.goes(body) or self._is_harmless(body) for body in bodies)

    def _loop_goes(self, node: syntax.While) -> bool:
        """Whether a loop goes: with its body, or because it only tried again what goes."""
        if node.until and self.goes(node.condition) and self._is_harmless(node.body):
            return True
        return self.goes(node.body) and self._is_quiet(node.condition)

    def _some_goes(self, node: Command) -> bool:
        return any(self._simple_goes(leaf) for leaf in leaves(node))

    # --- lists ------------------------------------------------------------------------------------------------------

    def members_left(self, node: syntax.AndOr) -> list[Command]:
        """The members of an and-or list that are left: what goes is taken to succeed."""
        left: list[Command] = []
        went = False
        for operator, member in flat(node):
            if operator == "||" and went and (self.goes(member) or self._is_harmless(member)):
                continue
            went = self.goes(member)
            if not went:
                left.append(member)
        return left

    # --- kinds of commands ------------------------------------------------------------------------------------------

    def _name(self, leaf: syntax.Simple | syntax.Test) -> str:
        if isinstance(leaf, syntax.Test):
            return "test"
        return (leaf.words[0].literal or "?") if leaf.words else "local"

    def _is_test(self, node: Command) -> bool:
        if isinstance(node, syntax.ArithmeticCommand):
            return True
        found = list(leaves(node))
        return bool(found) and all(self._name(leaf) in _TESTS for leaf in found) and not self._has_build(node)

    def _is_idle(self, node: Command) -> bool:
        """Whether every command in a statement ran without changing anything, or did not run."""
        return all(leaf.span not in self.decision.busy or self._simple_goes(leaf) for leaf in leaves(node))

    def _is_quiet(self, node: Command) -> bool:
        """Whether a condition may go: it asks, and neither says nor changes anything."""
        return self.goes(node) or (
            self._is_idle(node)
            and not self._has_build(node)
            and all(self._name(leaf) not in ("echo", "printf", "cd") for leaf in leaves(node))
        )

    def _is_harmless(self, node: Command, depth: int = 0) -> bool:
        """Whether a statement only says something or gives up."""
        for leaf in leaves(node):
            name = self._name(leaf)
            if self._simple_goes(leaf) or name in _HARMLESS or (name in _INNER and leaf.span not in self.decision.busy):
                continue
            called = self.functions.get(name)
            if called is None or depth > len(self.functions) or not self._is_harmless(called.body, depth + 1):
                return False
        return not self._has_build(node)

    def _all_left(self, node: syntax.Sequence, names: frozenset[str]) -> bool:
        """Whether what is left of a body are only commands of these names, and assignments."""
        left = [leaf for leaf in leaves(node) if not self._simple_goes(leaf)]
        return not self._has_build(node) and all(
            self._name(leaf) in names and leaf.span not in self.decision.busy for leaf in left
        )

    def find_gone_functions(self, hollow: set[str]) -> None:
        """Adds the functions of which nothing is left, until there are no more; `hollow` ones stay to be called."""
        for _ in range(len(self.functions) + 1):
            more = {
                name for name, function in self.functions.items()
                if name not in self.gone_functions and name not in hollow and self._some_goes(function.body)
                and self._body_empty(function)
            }  # fmt: skip
            if not more:
                return
            self.gone_functions |= more

    def find_gone_scripts(self, main: str) -> None:
        """Adds the other scripts of which nothing is left that does anything."""
        for name, script in self.scripts.items():
            if name != main and self._some_goes(script.body) and self._is_bare(script.body):
                self.gone_scripts.add(name)

    def _is_bare(self, body: syntax.Sequence) -> bool:
        left = [command for command, gone in zip(body.commands, self.gone_in(body), strict=True) if not gone]
        return all(self._all_left(syntax.Sequence(body.span, (command,)), _INNER) for command in left)

    def _body_empty(self, function: syntax.Function) -> bool:
        body = function.body.body if isinstance(function.body, syntax.Group | syntax.Subshell) else None
        if body is None:
            return self.goes(function.body)
        left = [command for command, gone in zip(body.commands, self.gone_in(body), strict=True) if not gone]
        return all(self._goes_with_call(leaf) for command in left for leaf in leaves(command)) and not any(
            self._has_build(command) for command in left
        )

    def _goes_with_call(self, leaf: syntax.Simple | syntax.Test) -> bool:
        """Whether a command in a function means nothing without the rest: it prepares, or tells the arguments."""
        name = self._name(leaf)
        says_arguments = name in ("echo", "printf") and re.search(r"\$\{?[@*1-9]", leaf.span.text) is not None
        idle = leaf.span not in self.decision.busy
        prepares = (name == "mkdir" and idle) or name in (
            "local",
            "declare",
            "typeset",
            "shift",
            "return",
            "set",
            "readonly",
        )
        return self._simple_goes(leaf) or prepares or says_arguments


def flat(node: syntax.AndOr) -> list[tuple[str, Command]]:
    """The members of an and-or list, each with the operator in front of it; the first has none."""
    if isinstance(node.left, syntax.AndOr):
        return [*flat(node.left), (node.operator, node.right)]
    return [("", node.left), (node.operator, node.right)]


__all__ = ["Edit", "Fates", "flat"]
