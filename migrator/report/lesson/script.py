"""The script's lines: what each did, and where that went."""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING

from migrator.report.kinds import CLEANERS, LOOKS, Kind, kind_of
from migrator.report.lesson.facts import lines_of
from migrator.report.lesson.model import Fate, Said, said
from migrator.rules import plan as rules
from migrator.shell.syntax import Function, Opaque, Simple
from migrator.trace.effects import CarriedOut, HostWork, ImageBuilt, ImageTagged, Unmodelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.migration.result import Artifact
    from migrator.report.lesson.facts import Facts
    from migrator.source import Span
    from migrator.trace.effects import DockerCall, Effect

_SOURCES = frozenset({".", "source"})
_BUILDS = frozenset(
    {"fate.build-several", "fate.build-stage", "fate.build-stages", "fate.build-target", "fate.build-other"}
)
_NOTES = {
    Kind.SETTINGS: "fate.settings",
    Kind.FOLDER: "fate.folder",
    Kind.VARIABLE: "fate.variable",
    Kind.TEST: "fate.structure",
    Kind.REMOVES: "fate.host-cleanup",
    Kind.HOST: "fate.host",
}


@dataclass(frozen=True)
class Told:
    """What is said about a line of the script; `weight` decides between several commands of one line."""

    weight: int
    fate: Fate
    note: Said
    rights: tuple[int, ...] = ()
    rule: str | None = None


_STRUCTURE = Told(0, Fate.GONE, said("fate.structure"))
_WORK = Told(2, Fate.GONE, said("fate.host"))
_MINE = Told(2, Fate.YOURS, said("fate.yours"))


def tell(facts: Facts) -> dict[int, Told]:
    """What is said about each line of the script that holds a command or a part of one; by its number from 1."""
    found: dict[int, Told] = {}
    for span in () if facts.is_part else _compounds(facts):
        _put(found, span, _STRUCTURE)
    values: list[Span] = []
    for command in commands_in(facts.outcome.script.body):
        if not command.words:
            values.append(command.span)
        # What gives a part's lines their shell is in no line of the file.
        if command.span.file != facts.script.name or (facts.is_part and _sets_up(command)):
            continue
        told = _plain(facts, command)
        # `TAG=$(git describe)` asks for a value; the value is followed, so nothing of it stays behind.
        if told.fate is Fate.YOURS and any(_within(command.span, span) for span in values):
            continue
        _put(found, command.span, told)
        for redirect in command.redirects:
            if redirect.document is not None:
                _put(found, _with_end(redirect.document.span), told)
    for call in facts.world.calls:
        if call.span.file == facts.script.name:
            _put(found, call.span, docker_fate(facts, call))
    for effect in () if facts.is_part else facts.world.effects:
        # A program's lines are no commands of a shell; what they did is known from their effects alone.
        if isinstance(effect, HostWork | Unmodelled) and effect.span.file == facts.script.name:
            told = _MINE if isinstance(effect, Unmodelled) else _WORK
            for line in lines_of(effect.span):
                found.setdefault(line, told)
    return _lifted(facts, found)


def _sets_up(command: Simple) -> bool:
    return not command.words or command.words[0].literal in {"set", "cd"}


def _with_end(document: Span) -> Span:
    """A here-document with the line that ends it."""
    text = document.source.text
    behind = text.find("\n", document.end)
    return document.source.span(document.start, len(text) if behind < 0 else behind).original


def commands_in(node: object) -> Iterator[Simple]:
    """Every simple command below a node of the shell's tree, the outer ones first."""
    if isinstance(node, Simple):
        yield node
    if is_dataclass(node):
        for field in fields(node):
            value = getattr(node, field.name)
            for below in value if isinstance(value, tuple) else (value,):
                for one in below if isinstance(below, tuple) else (below,):
                    if is_dataclass(one) and field.name not in {"span", "source"}:
                        yield from commands_in(one)


def _compounds(facts: Facts) -> Iterator[Span]:
    """Loops, conditions, functions and what could not be read: every line of theirs is at least their structure."""
    for command in facts.outcome.script.body.commands:
        if not isinstance(command, Simple):
            yield command.span
        if isinstance(command, Function | Opaque):
            yield command.span


def _put(found: dict[int, Told], span: Span, told: Told) -> None:
    for line in lines_of(span):
        known = found.get(line)
        # Of two docker commands on one line the first to end up in the new file is told; both are tied.
        if known is None or told.weight > known.weight:
            found[line] = told
        elif told.weight == known.weight and told.rights:
            rights = tuple(sorted({*known.rights, *told.rights}))
            note = told.note if told.note.key == known.note.key and len(rights) == 1 else _several(known, told, rights)
            found[line] = Told(known.weight, known.fate, note, rights, known.rule)


def _several(known: Told, told: Told, rights: tuple[int, ...]) -> Said:
    if known.note == told.note:
        return known.note
    return said("fate.several", lines=numbers(rights), count=len(rights))


def numbers(lines: tuple[int, ...]) -> str:
    """Line numbers for a reader, runs of them joined: `3, 5-7`."""
    parts: list[list[int]] = []
    for line in sorted(lines):
        if parts and line == parts[-1][-1] + 1:
            parts[-1].append(line)
        else:
            parts.append([line])
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)


def _lifted(facts: Facts, found: dict[int, Told]) -> dict[int, Told]:
    """The same, saying of lines that the new file names as an origin which of its lines those are."""
    rights: dict[int, list[int]] = {}
    for origin in facts.conversion.lines:
        if origin.file == facts.script.name and origin.line is not None:
            rights.setdefault(origin.line, []).append(origin.number)
    for line, numbers_ in rights.items():
        known = found.get(line, _STRUCTURE)
        # A build that is also told to be a stage keeps its own words.
        if known.note.key in _BUILDS:
            continue
        stage = facts.stage_at(numbers_[0])
        lines = tuple(sorted({*known.rights, *numbers_}))
        note = said(
            "fate.lifted",
            lines=numbers(tuple(numbers_)),
            count=len(numbers_),
            stage=(stage.name if stage else None) or "",
        )
        for each in _statement(facts, line):
            found[each] = Told(9, Fate.MOVED, note, lines, rules.STEP_LIFTED.code)
    return found


def _statement(facts: Facts, line: int) -> range:
    """The lines of the command that begins at a line."""
    calls = [call.span for call in facts.world.calls if call.span.line == line]
    simple = [command.span for command in commands_in(facts.outcome.script.body) if command.span.line == line]
    return max((lines_of(span) for span in (*calls, *simple)), key=len, default=range(line, line + 1))


def _plain(facts: Facts, command: Simple) -> Told:
    """A command that is not docker's, or one of docker's that the run did not come to."""
    kind = kind_of(command)
    if kind is Kind.DOCKER:
        return Told(3, Fate.GONE, said("fate.not-taken"))
    if not command.words:
        return Told(1, Fate.GONE, said("fate.variable"))
    if any(redirect.target and redirect.target.literal in facts.recipes for redirect in command.redirects):
        return Told(3, Fate.MOVED, said("fate.writes-recipe"))
    if kind is Kind.TALK:
        writes = any(redirect.operator in {">", ">>"} for redirect in command.redirects)
        return Told(2, Fate.GONE, said("fate.host" if writes else "fate.talk"))
    if kind in _NOTES:
        return Told(2, Fate.GONE, said(_NOTES[kind]))
    name = command.words[0].literal or ""
    if name in _SOURCES:
        return Told(1, Fate.GONE, said("fate.sourced"))
    if any(isinstance(one, Function) and one.name == name for one in facts.outcome.script.body.commands):
        return Told(1, Fate.GONE, said("fate.call", name=name))
    return _MINE


def docker_fate(facts: Facts, call: DockerCall, effects: tuple[Effect, ...] | None = None) -> Told:
    """What became of one call of docker: of all its rounds, or of the one that had these `effects`."""
    verb = call.call.verb
    if verb == "build":
        return _build(facts, call, facts.world.effects if effects is None else effects)
    if verb in {"cp", "export", "save"}:
        return _copy(facts, call, effects)
    if verb in {"create", "run"}:
        return _container(facts, call)
    if verb in CLEANERS:
        return Told(4, Fate.GONE, said("fate.cleanup"))
    if verb in LOOKS:
        return Told(4, Fate.GONE, said("fate.look"))
    if verb == "commit" and any(
        isinstance(effect, ImageTagged) and effect.span == call.span and facts.stage_behind(effect.image)
        for effect in facts.world.effects
    ):
        return Told(4, Fate.GONE, said("fate.commit"))
    if verb == "tag":
        return Told(4, Fate.MOVED, said("fate.tag"))
    return Told(4, Fate.YOURS, said("fate.push" if verb == "push" else "fate.yours"))


def _build(facts: Facts, call: DockerCall, effects: tuple[Effect, ...]) -> Told:
    stages = [
        stage
        for effect in effects
        if isinstance(effect, ImageBuilt) and effect.span == call.span
        for stage in [facts.stage_of_image.get(effect.image)]
        if stage is not None
    ]
    if not stages:
        return Told(5, Fate.YOURS, said("fate.build-other"))
    rights = tuple(stage.origin.span.line for stage in facts.emitted.stages if stage.name in stages)
    kept = [stage for stage in stages if stage in facts.target_stages]
    if kept and len(stages) > 1:
        shown = ", ".join(stages)
        note = said("fate.build-several", stage=shown, lines=numbers(rights), count=len(rights))
        return Told(5, Fate.MOVED, note, rights)
    if kept:
        return Told(
            5, Fate.MOVED, said("fate.build-target", stage=stages[-1], lines=numbers(rights), count=len(rights)), rights
        )
    key = "fate.build-stage" if len(stages) == 1 else "fate.build-stages"
    return Told(5, Fate.MOVED, said(key, stage=", ".join(stages), lines=numbers(rights), count=len(rights)), rights)


def _copy(facts: Facts, call: DockerCall, effects: tuple[Effect, ...] | None) -> Told:
    """A copy out of a container is tied to what takes the file in now; one into a container is lifted elsewhere."""
    spans = [artifact for artifact in facts.conversion.artifacts if _same(artifact.span, call.span)]
    if effects is not None:
        spans = [one for one in facts.conversion.artifacts if _out_of(facts, one, effects)]
    rights = {consumer.line for artifact in spans for consumer in artifact.consumers}
    if not rights:
        out = facts.carried_out if effects is None else [one for one in effects if isinstance(one, CarriedOut)]
        behind = {facts.stage_behind(effect.image) for effect in out if _same(effect.span, call.span)}
        rights = {carry.line for carry in facts.carries if facts.roots.get(carry.stage) in behind}
    ordered = tuple(sorted(rights))
    if ordered:
        return Told(5, Fate.MOVED, said("fate.carried-out", lines=numbers(ordered), count=len(ordered)), ordered)
    return Told(4, Fate.GONE, said("fate.host"))


def _out_of(facts: Facts, artifact: Artifact, effects: tuple[Effect, ...]) -> bool:
    """Whether an artifact was among what these effects carried out of a container."""
    for effect in effects:
        if isinstance(effect, CarriedOut) and facts.roots.get(artifact.stage) == facts.stage_behind(effect.image):
            place = facts.shown(effect.path)
            if f"{artifact.workspace_path}/".startswith(f"{place}/") or place == facts.outcome.root:
                return True
    return False


def _container(facts: Facts, call: DockerCall) -> Told:
    """A container that is only there to be copied from, or one whose output is what the script is after."""
    stage = facts.stage_named(call.call.operands[0]) if call.call.operands else None
    handed = {facts.stage_behind(effect.image) for effect in facts.carried_out}
    if call.call.verb == "run" and not call.call.has("detach") and stage is not None and stage not in handed:
        rights = tuple(sorted({carry.line for carry in facts.carries if facts.roots.get(carry.stage) == stage}))
        if rights:
            return Told(5, Fate.MOVED, said("fate.carried-out", lines=numbers(rights), count=len(rights)), rights)
    key = "fate.create" if call.call.verb == "create" else "fate.run"
    if call.call.has("detach"):
        key = "fate.detached"
    return Told(4, Fate.GONE, said(key))


def _within(one: Span, other: Span) -> bool:
    return one.file == other.file and other.start <= one.start and one.end <= other.end


def _same(one: Span | None, other: Span) -> bool:
    return one is not None and (one.file, one.start) == (other.file, other.start)
