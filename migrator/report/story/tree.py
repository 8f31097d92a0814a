"""The history of a run as a tree: what each statement ran."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from migrator.repository.changes import changed_paths
from migrator.trace.history import Began, Decided, Entered, Left

if TYPE_CHECKING:
    from migrator.interpret.record import Ran
    from migrator.interpret.run import World
    from migrator.shell.syntax import Command
    from migrator.source import Source, Span
    from migrator.trace.history import Decision
    from migrator.trace.workspace import Workspace


@dataclass
class Step:
    """A statement that ran, and what it ran; `ran` is there for a simple command. The whole run has no `node`."""

    node: Command | None = None
    ran: Ran | None = None
    steps: list[Step] = field(default_factory=list)
    decided: list[Decided] = field(default_factory=list)
    before: Workspace | None = None
    after: Workspace | None = None

    @property
    def span(self) -> Span | None:
        """Where the statement stands."""
        return self.node.span if self.node is not None else None

    def within(self, span: Span) -> list[Step]:
        """What ran of the text of `span`, which is a part of this statement."""
        starts, numbers = self._places.get(span.source, ([], []))
        near = numbers[bisect_left(starts, span.start) : bisect_right(starts, span.end)]
        steps = [self.steps[number] for number in sorted(near)]
        return [step for step in steps if step.span is not None and inside(step.span, span)]

    @cached_property
    def _places(self) -> dict[Source, tuple[list[int], list[int]]]:
        """The steps of each text by where they begin, and their numbers: a pipeline may have thousands of parts."""
        places: dict[Source, tuple[list[int], list[int]]] = {}
        spans = [(step.span, number) for number, step in enumerate(self.steps)]
        for span, number in sorted(((span, number) for span, number in spans if span), key=lambda one: one[0].start):
            starts, numbers = places.setdefault(span.source, ([], []))
            starts.append(span.start)
            numbers.append(number)
        return places

    def decision(self, span: Span) -> Decision | None:
        """What was made of the condition at `span`, if it could not be known."""
        return next((one.decision for one in self.decided if one.span == span), None)

    def changes(self) -> list[str]:
        """The host paths that this statement itself changed, and none of those that it ran."""
        if self.before is None or self.after is None:
            return []
        below = {path for step in self.steps for path in step.all_changes()}
        return [path for path in changed_paths(self.before.root, self.after.root) if path not in below]

    def all_changes(self) -> list[str]:
        """The host paths that changed while it ran."""
        if self.before is None or self.after is None:
            return []
        return changed_paths(self.before.root, self.after.root)


def inside(one: Span, other: Span) -> bool:
    """Whether a span is a part of another one."""
    return one.source == other.source and other.start <= one.start and one.end <= other.end


def tree(world: World) -> Step:
    """What happened on one way through a script."""
    ran = {item.index: item for item in (*world.ran, *world.called)}
    whole = Step()
    open_steps = [whole]
    for event in world.history:
        match event:
            case Began():
                item = ran[event.index]
                _open(open_steps, Step(item.node, item, before=item.before.workspace))
            case Entered():
                _open(open_steps, Step(event.node, before=event.workspace))
            case Left():
                open_steps.pop().after = event.workspace
            case Decided():
                open_steps[-1].decided.append(event)
    return whole


def _open(open_steps: list[Step], step: Step) -> None:
    open_steps[-1].steps.append(step)
    open_steps.append(step)
