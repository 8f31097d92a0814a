"""The story of a script: what it does to the world, step by step, what became of each step, and what stopped it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from migrator.diagnostics import Severity
from migrator.migration.result import Converted, Declined
from migrator.report.display import BOLD, FAINT, PLAIN, RED, Palette, visible
from migrator.report.kinds import told_world
from migrator.report.lesson.facts import Facts
from migrator.report.lesson.script import docker_fate, tell
from migrator.report.story.names import Names, source
from migrator.report.story.stops import stops
from migrator.report.story.telling import Item, Telling, folded, matters
from migrator.report.story.tree import tree
from migrator.shell.syntax import Function

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.diagnostics import Diagnostic
    from migrator.interpret.run import Outcome, World
    from migrator.migration.result import Conversion
    from migrator.project import Project
    from migrator.report.lesson.script import Told
    from migrator.source import Span

MOST = 300  # a script of thousands of steps is told in part: nobody reads on


@dataclass(frozen=True)
class Line:
    """One numbered line: where it stands, what happens, what became of it, and the errors that stopped it."""

    file: str
    line: int
    end_line: int
    text: str
    depth: int
    now: str | None
    stops: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class Story:
    """All lines in the order of the run; `left_out` is how many more there are."""

    lines: tuple[Line, ...]
    left_out: int = 0


def story(project: Project, conversion: Conversion, outcome: Outcome | None) -> Story:
    """What the script does, up to what stopped the conversion; no line where there is no script."""
    if outcome is None:
        return Story(())
    world = told_world(outcome)
    names = Names(outcome)
    items = folded([*Telling(names).all(tree(world).steps, 0), *_not_reached(outcome, world)])
    if not items and isinstance(conversion, Declined):  # the input gave no commands at all
        items = [Item(found.span, found.message) for found in conversion.diagnostics[:1] if found.span is not None]
    places = _Places(project, outcome, world)
    spans = [places.of(item.span) for item in items]
    stopped = stops(conversion, items, spans)
    error = next((one for one in conversion.diagnostics if one.severity is Severity.ERROR and one.span), None)
    if isinstance(conversion, Declined) and not stopped and error is not None and error.span is not None:
        # What stopped it is no step of the run, such as a call in a class of Python.
        items, spans = [*items, Item(error.span, error.message)], [*spans, places.of(error.span)]
        stopped = stops(conversion, items, spans)
    fates = _Fates.of(project, conversion, outcome, world)
    lines = [
        Line(span.file, span.line, span.source.position(max(span.start, span.end - 1))[0], visible(item.text),
             item.depth, fates.now(item) if fates else None, stopped.get(number, ()))
        for number, (item, span) in enumerate(zip(items, spans, strict=True))
    ]  # fmt: skip
    if stopped:
        lines = lines[: max(stopped) + 1]
    return Story(tuple(lines[:MOST]), max(0, len(lines) - MOST))


class _Places:
    """Where things stand in files of the repository: text that a command or a trap runs stands where that is."""

    def __init__(self, project: Project, outcome: Outcome, world: World) -> None:
        self._files = project.files
        self._last = outcome.script.source.span(0, 0).original
        self._traps = {item.words[1]: item.span for item in world.ran if item.words[:1] == ("trap",) and item.words[1:]}

    def of(self, span: Span) -> Span:
        """The place to show for a span."""
        if span.file in self._files:
            self._last = span.original
        elif span.file == "trap":
            return self._traps.get(span.source.text, self._last).original
        return self._last


def _not_reached(outcome: Outcome, world: World) -> Iterator[Item]:
    """The statements of the script itself behind its end, and the functions that nothing calls."""
    called = {item.words[0] for item in world.ran if item.words}
    ran = [item.span for item in world.ran if item.span.source == outcome.script.source]
    body = outcome.script.body.commands
    last = max((span.start for span in ran), default=0)
    behind = [one for one in body if not isinstance(one, Function) and one.span.start > last and matters(one)]
    if behind and world.stopped is not None:
        span = behind[0].span.to(behind[-1].span)
        yield Item(span, f"not reached: the script gives up at {source(world.stopped)}")
    elif behind:
        yield Item(behind[0].span.to(behind[-1].span), "not reached: the script ends before it")
    for one in body:
        if isinstance(one, Function) and one.name not in called and matters(one):
            yield Item(one.span, f"never called: the function {one.name}")


@dataclass(frozen=True)
class _Fates:
    """What became of the steps of a script that was converted, as the lesson tells it too."""

    facts: Facts
    told: dict[int, Told]

    @classmethod
    def of(cls, project: Project, conversion: Conversion, outcome: Outcome, world: World) -> _Fates | None:
        if not isinstance(conversion, Converted):
            return None
        facts = Facts(project, conversion, outcome, world)
        return cls(facts, tell(facts))

    def now(self, item: Item) -> str | None:
        """Where the new file has what an item did, in a few words; None where there is nothing to say."""
        own = item.span.file == self.facts.script.name
        told = self.told.get(item.span.line) if own else None
        if item.docker is not None and (told is None or told.note.key != "fate.lifted"):
            told = docker_fate(self.facts, item.docker, item.ran.effects if item.ran else None)
        elif item.docker is None and not item.work:
            return None
        if told is None or item.header or (item.docker is not None and told.note.key == "fate.host"):
            return None  # of what leaves a container and no stage takes, nobody knows whether it is wanted
        return _now(told)


_GONE = {
    "fate.create",
    "fate.detached",
    "fate.run",
    "fate.cleanup",
    "fate.commit",
    "fate.host",
    "fate.host-cleanup",
    "fate.look",
}
_YOURS = {"fate.yours", "fate.push", "fate.build-other"}


def _now(told: Told) -> str | None:
    values = dict(told.note.values)
    match told.note.key:
        case "fate.build-stage":
            return f"stage {values['stage']}, from line {values['lines']} on"
        case "fate.build-target":
            return f"stage {values['stage']}, from line {values['lines']} on: the image to keep"
        case "fate.build-stages" | "fate.build-several":
            return f"stages {values['stage']}"
        case "fate.carried-out" | "fate.lifted":
            return f"{'line' if values['count'] == 1 else 'lines'} {values['lines']}"
        case "fate.tag":
            return "`-t` of the build command"
        case "fate.writes-recipe":
            return "a part of the new file"
        case key if key in _GONE:
            return "not needed any more"
        case key if key in _YOURS:
            return "stays with you"
        case _:
            return None


# --- rendering --------------------------------------------------------------------------------------------------------

TITLE = "What the script does"
_WIDTH = 110
_LEAST = 40


def render(told: Story, palette: Palette = PLAIN) -> str:
    """The story as a numbered list; the empty text when there is nothing to tell."""
    if not told.lines:
        return ""
    places = [_place(line) for line in told.lines]
    column = max(len(visible(place)) for place in places)
    texts = [palette.paint(TITLE, BOLD)]
    for number, (line, place) in enumerate(zip(told.lines, places, strict=True), 1):
        head = f"{number:>4}  {visible(place):<{column}}  {'  ' * line.depth}"
        blanks = " " * len(head)
        body = _wrapped(line.text, _WIDTH - len(head))
        texts += [f"{head if first else blanks}{text}" for first, text in zip(_first(body), body, strict=True)]
        texts += [f"{blanks}{palette.paint(f'-> {visible(line.now)}', FAINT)}"] if line.now else []
        for one in line.stops:
            first, *rest = _wrapped(f"stopped here: {one.code} {visible(one.message)}", _WIDTH - len(head))
            texts += [f"{blanks}{palette.paint(first, RED)}", *(f"{blanks}{text}" for text in rest)]
    if told.left_out:
        texts.append(f"      … and {told.left_out} more steps")
    return "\n".join(texts) + "\n"


def _wrapped(text: str, room: int) -> list[str]:
    return textwrap.wrap(text, max(_LEAST, room), break_long_words=False, break_on_hyphens=False) or [""]


def _first(body: list[str]) -> list[bool]:
    return [number == 0 for number in range(len(body))]


def _place(line: Line) -> str:
    return f"{line.file}:{line.line}" + (f"-{line.end_line}" if line.end_line > line.line else "")


def document(told: Story) -> list[dict[str, Any]]:
    """The story for the JSON document of a conversion."""
    return [
        {
            "number": number,
            "file": line.file,
            "line": line.line,
            "end_line": line.end_line,
            "text": line.text,
            "depth": line.depth,
            "now": line.now,
            "stopped_by": [one.code for one in line.stops],
        }
        for number, line in enumerate(told.lines, 1)
    ]


__all__ = ["Line", "Story", "document", "render", "story"]
