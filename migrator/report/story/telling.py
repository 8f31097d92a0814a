"""The walk over what ran: one item for each thing that happened, in the order of the run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrator.report.kinds import Kind, kind_of
from migrator.report.story.commands import MESSAGE, sentence, spoils
from migrator.report.story.docker import DockerWords
from migrator.report.story.names import source
from migrator.report.story.tree import inside
from migrator.shell import syntax
from migrator.shell.walk import nodes_in
from migrator.source import Derived
from migrator.trace.history import Decision
from migrator.trace.workspace import Folder, RepoFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from migrator.interpret.record import Ran
    from migrator.report.story.names import Names
    from migrator.report.story.tree import Step
    from migrator.shell.syntax import Command
    from migrator.source import Span
    from migrator.trace.effects import DockerCall


_MANY = "prints messages"


@dataclass(frozen=True)
class Item:
    """One thing that happened: where it stands in the script, in words, and how deep in what runs it.

    `quiet` items change nothing, `work` changed files of the host; `docker` is the call behind an item and `recipe`
    the Dockerfile that it builds from, if there is one. A `header` only says what runs the items under it.
    """

    span: Span
    text: str
    depth: int = 0
    quiet: bool = False
    docker: DockerCall | None = None
    ran: Ran | None = None
    recipe: str | None = None
    work: bool = False
    header: bool = False


@dataclass(frozen=True)
class _Asked:
    """A condition that cannot be known, as the script has it; `negated` for a way that is taken if it fails."""

    span: Span
    text: str
    negated: bool = False


@dataclass
class Telling:
    """Tells about one run."""

    names: Names

    def of(self, step: Step, depth: int) -> Iterator[Item]:
        """The items of one statement and all that it ran."""
        match step.node:
            case None | syntax.Simple() | syntax.Test() if step.ran is not None:
                yield from self._command(step, step.ran, depth)
            case syntax.If():
                yield from self._if(step, step.node, depth)
            case syntax.AndOr():
                yield from self._and_or(step, step.node, depth)
            case syntax.Case():
                yield from self._case(step, step.node, depth)
            case syntax.For() | syntax.ArithmeticFor() | syntax.While():
                yield from self._loop(step, step.node, depth)
            case syntax.Pipeline() if len(step.node.commands) > 1:
                yield from self._piped(step, step.node, depth)
            case syntax.Background():
                yield from self._headed(step.node.span, "in the background:", step.steps, depth)
            case syntax.Opaque():
                yield Item(step.node.span, f"{source(step.node.span)} cannot be read", depth)
            case _:
                yield from self.all(step.steps, depth)
        if step.ran is None and step.node is not None and step.changes():
            yield Item(step.node.span, f"the output of this goes to {self.names.paths(step.changes())}", depth)

    def all(self, steps: list[Step], depth: int) -> Iterator[Item]:
        """The items of some statements, one after the other."""
        for step in steps:
            yield from self.of(step, depth)

    def _headed(self, span: Span, text: str, steps: list[Step], depth: int) -> Iterator[Item]:
        """Items under a line of their own; nothing where all of them are quiet."""
        below = list(self.all(steps, depth + 1))
        if any(not item.quiet for item in below):
            yield Item(span, text, depth, header=True)
            yield from below

    # --- commands ---------------------------------------------------------------------------------------------------

    def _command(self, step: Step, ran: Ran, depth: int) -> Iterator[Item]:
        own = [below for below in step.steps if below.span is not None and inside(below.span, ran.span)]
        owned = {id(below) for below in own}
        called = [below for below in step.steps if id(below) not in owned]
        yield from (item for item in self.all(own, depth) if not item.quiet)
        if called:
            header = self._call(ran)
            yield Item(ran.span, header, depth, header=True)
            yield from self.all(called, depth + 1)
            return
        changes = () if spoils(ran) else tuple(step.changes())
        below_calls = {id(call) for one in step.steps if one.ran for call in one.ran.calls}
        calls = [call for call in ran.calls if id(call) not in below_calls]
        for call in calls:
            words = DockerWords(self.names, ran, call, changes)
            text = words.sentence() + self._redirected(call, changes)
            yield Item(call.span, text, depth, docker=call, recipe=words.recipe, ran=ran)
        if not calls:
            said = sentence(self.names, ran, changes)
            if said is not None:
                yield Item(
                    ran.span,
                    said.text,
                    depth,
                    quiet=said.quiet,
                    work=bool(changes) and not _of_repository(ran, changes),
                )

    def _call(self, ran: Ran) -> str:
        name = ran.words[0] if ran.words else ""
        if name in (".", "source"):
            return f"reads {self.names.value(ran.words[1])} as a part of this script:"
        if name == "eval":
            return f"runs the text {self.names.command(ran.words[1:])}:"
        if name == "trap":
            return "at the end, as the trap says:"
        if "/" in name or name in ("bash", "sh", "dash", "zsh", "ksh", "ash"):
            return f"runs the script {self.names.command(ran.words)}:"
        return f"calls the function {self.names.command(ran.words)}:"

    def _redirected(self, call: DockerCall, changes: tuple[str, ...]) -> str:
        """Where the output of a call goes whose own words do not tell of files."""
        told = call.call.verb in ("cp", "run", "exec", "start", "export", "save")
        return "" if told or not changes else f"; writes {self.names.paths(changes)}"

    def _piped(self, step: Step, node: syntax.Pipeline, depth: int) -> Iterator[Item]:
        found: list[Item] = []
        for command in node.commands:
            items = list(self.all(step.within(command.span), depth))
            if items and items[-1].docker is not None and command is not node.commands[-1]:
                items[-1] = replace(items[-1], text=f"{items[-1].text}; what it prints goes to the next command")
            found += items
        loud = [item for item in found if not item.quiet]
        yield from loud or found

    # --- compound commands ------------------------------------------------------------------------------------------

    def _if(self, step: Step, node: syntax.If, depth: int) -> Iterator[Item]:
        why = None
        for condition, body in node.branches:
            if why is not None:
                yield from self._skipped(body, why, depth)
                continue
            yield from self.all(step.within(condition.span), depth)
            taken = step.within(body.span)
            decision = step.decision(condition.span)
            if decision is None:
                if not taken and body.commands:
                    yield from self._skipped(body, f"{source(condition.span)} is not so here", depth)
                why = f"{source(condition.span)} is so here" if taken else None
                yield from self.all(taken, depth)
            else:
                yield from self._decided(_Asked(condition.span, source(condition.span)), decision, taken, depth)
        if node.otherwise is not None:
            if why is not None:
                yield from self._skipped(node.otherwise, why, depth)
            yield from self.all(step.within(node.otherwise.span), depth)

    def _decided(self, asked: _Asked, decision: Decision, taken: list[Step], depth: int) -> Iterator[Item]:
        """A way that depends on something that cannot be known, and what was done about it."""
        so = asked.negated != (decision is Decision.HOLDS)
        match decision:
            case Decision.SAME:
                head = f"{'unless' if asked.negated else 'only if'} {asked.text}, which is known when the script runs:"
                yield from self._headed(asked.span, head, taken, depth)
                return
            case Decision.GIVES_UP:
                word = "if" if bool(taken) == asked.negated else "unless"
                text = f"gives up {word} {asked.text}; told here is what happens else"
            case _:
                end = "so" if so else "not so"
                text = f"whether {asked.text} is known when the script runs; told here is what happens if it is {end}"
        yield Item(asked.span, text, depth)
        yield from self.all(taken, depth)

    def _and_or(self, step: Step, node: syntax.AndOr, depth: int) -> Iterator[Item]:
        yield from self.all(step.within(node.left.span), depth)
        right = step.within(node.right.span)
        decision = step.decision(node.span)
        left = source(node.left.span)
        if decision is not None:
            if matters(node.right) or (right and decision is Decision.GIVES_UP):
                asked = _Asked(node.left.span, left, negated=node.operator == "||")
                yield from self._decided(asked, decision, right, depth)
            return
        if right:
            yield from self.all(right, depth)
        else:
            why = "is not so or fails here" if node.operator == "&&" else "is so or succeeds"
            yield from self._skipped(node.right, f"{left} {why}", depth)

    def _case(self, step: Step, node: syntax.Case, depth: int) -> Iterator[Item]:
        for item in node.items:
            taken = step.within(item.body.span)
            decision = step.decision(item.span)
            if decision is None:
                yield from self.all(taken, depth)
            elif taken or matters(item.body):
                patterns = "|".join(pattern.span.text for pattern in item.patterns)
                text = f"{source(node.subject.span)} is `{patterns}`"
                yield from self._decided(_Asked(item.span, text), decision, taken, depth)

    def _loop(self, step: Step, node: syntax.For | syntax.ArithmeticFor | syntax.While, depth: int) -> Iterator[Item]:
        head = node.span.source.span(node.span.start, node.body.span.start).text
        words = head.replace("\n", " ").strip().removesuffix("do").strip().removesuffix(";")
        below = list(self._headed(node.span, f"repeats, by `{' '.join(words.split())}`:", step.steps, depth))
        yield from below
        if not step.within(node.body.span):
            yield from self._skipped(node.body, "the loop has no round here", depth)

    def _skipped(self, node: Command, why: str, depth: int) -> Iterator[Item]:
        if matters(node):
            yield Item(node.span, f"skipped, as {why}", depth)


def _of_repository(ran: Ran, changes: Sequence[str]) -> bool:
    """Whether a command changes what the repository itself has: the lesson on lines knows of passed files only."""
    found = [ran.before.workspace.find(path) for path in changes]
    return any(isinstance(node, RepoFile) or (isinstance(node, Folder) and node.origin) for node in found)


def matters(node: object) -> bool:
    """Whether a part of the script that did not run would have done more than say something or give up."""
    kinds = {kind_of(one) for one in nodes_in(node) if isinstance(one, syntax.Simple)}
    return bool(kinds & {Kind.DOCKER, Kind.HOST, Kind.REMOVES, Kind.OTHER})


def folded(items: list[Item]) -> list[Item]:
    """The items, those in a row that change nothing as one, and variables of one place in one line."""
    found: list[Item] = []
    told: set[str] = set()
    for item in items:
        last = found[-1] if found else None
        if isinstance(item.span.source, Derived) and "from here on, a" in item.text and item.text in told:
            continue  # put around a line whose failure is ignored
        told.add(item.text)
        near = last is not None and last.depth == item.depth and last.span.source == item.span.source
        spoken = last is not None and last.text in (MESSAGE, _MANY) and item.text == MESSAGE
        if last is not None and near and spoken and item.span.start >= last.span.start:
            found[-1] = replace(last, span=last.span.to(item.span), text=_MANY)
        elif last is not None and near and item == replace(last, docker=item.docker):
            continue
        else:
            found.append(item)
    return found
