"""The steps: one thought each, with the lines of this repository that show it, and the questions at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.report.display import visible
from migrator.report.lesson.model import Fate, Question, Step, said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from migrator.report.lesson.facts import Facts
    from migrator.report.lesson.model import Line, Panel, Said

_CARRIER_NOTES = ("fate.create", "fate.detached", "fate.run", "fate.cleanup")
_HOST_NOTES = ("fate.host", "fate.host-cleanup", "fate.carried-out")
_BUILDS = ("fate.build-stage", "fate.build-stages", "fate.build-several", "fate.build-target", "fate.several")
_FROM_STAGE = frozenset({"origin.mg328", "origin.mg328-owner"})
_MOST = 6


def steps(facts: Facts, before: tuple[Panel, ...], after: Panel) -> tuple[Step, ...]:
    """Every thought that this repository can show, in the order in which they build on each other."""
    script, recipes = before[0], before[1:]
    found: list[Step | None] = [
        _images(facts, script, recipes),
        _container(facts, script, after),
        _middleman(facts, script, recipes),
        _copy_from(facts, before, after),
        _names(facts, after),
        _target(facts, after),
        _one_go(facts, script),
        _cache(facts, after),
    ]
    return tuple(step for step in found if step is not None)


def _ids(lines: Iterable[Line]) -> tuple[str, ...]:
    return tuple(line.id for line in lines)[:_MOST]


def _noted(panel: Panel, *keys: str) -> Iterator[Line]:
    return (line for line in panel.lines if line.note.key in keys)


def _starts(panel: Panel, keyword: str) -> Iterator[Line]:
    return (line for line in panel.lines if line.text.lstrip().upper().startswith(keyword))


def _images(facts: Facts, script: Panel, recipes: tuple[Panel, ...]) -> Step:
    builds = _noted(script, *_BUILDS)
    lines = (*builds, *(line for panel in recipes for line in _starts(panel, "FROM ")))
    text = [said("step.images.why", count=len(facts.built)), said("step.images.but")]
    if len(facts.built) < 2:
        text = [said("step.images.one"), said("step.images.but")]
    return Step("images", said("step.images.title"), tuple(text), _ids(lines))


def _container(facts: Facts, script: Panel, after: Panel) -> Step | None:
    lifted = [line for line in script.lines if line.note.key == "fate.lifted"]
    carriers = _ids(_noted(script, *_CARRIER_NOTES))
    runs = any(call.call.verb in {"run", "exec"} for call in facts.world.calls)
    if runs and lifted:
        rights = tuple(line for line in after.lines if line.fate is Fate.MOVED)
        text = (said("step.container.works"), said("step.container.stage"))
        return Step("container", said("step.container.title-works"), text, _ids(lifted), _ids(rights))
    if not carriers:
        return None
    makers = [call.call for call in facts.world.calls if call.call.verb in {"create", "run"}]
    named = any(call.value("name") for call in makers)
    text = (said("step.container.carries"), said("step.container.clean" if named else "step.container.unnamed"))
    return Step("container", said("step.container.title"), text, carriers)


def _middleman(facts: Facts, script: Panel, recipes: tuple[Panel, ...]) -> Step | None:
    copies = [line for panel in recipes for line in panel.lines if line.note.key in {"fate.mg328", "fate.mg328-both"}]
    lines = (*_noted(script, *_HOST_NOTES), *copies)
    if not facts.carries:
        return None
    names = list(dict.fromkeys(carry.host for carry in facts.carries))
    text = (said("step.middleman.why", name=names[0], count=len(names)), said("step.middleman.but"))
    return Step("middleman", said("step.middleman.title"), text, _ids(lines))


def _copy_from(facts: Facts, before: tuple[Panel, ...], after: Panel) -> Step | None:
    rights = [line for line in after.lines if line.note.key in _FROM_STAGE]
    if not rights:
        return None
    stage = next((carry.stage for carry in facts.carries), facts.conversion.stages[0].name)
    text = [said("step.copy-from.what", stage=visible(stage)), said("step.copy-from.path")]
    if any("--chown=" in line.text for line in rights):
        text.append(said("step.copy-from.owner"))
    tied = {left for line in rights for left in line.ties}
    lefts = (line for panel in before for line in panel.lines if line.id in tied)
    return Step("copy-from", said("step.copy-from.title"), tuple(text), _ids(lefts), _ids(rights))


def _names(facts: Facts, after: Panel) -> Step:
    lines = [line for line in _starts(after, "FROM ") if " AS " in line.text.upper()]
    names = [visible(stage.name) for stage in facts.emitted.stages if stage.name]
    first = names[0] if names else "0"
    text = (said("step.names.what", name=first), said("step.names.why", name=first))
    return Step("names", said("step.names.title"), text, (), _ids(lines))


def _target(facts: Facts, after: Panel) -> Step | None:
    """Stop at a stage: the first one, which is the builder that the script had an image of."""
    first = facts.emitted.stages[0].name
    if first is None or first in facts.target_stages:
        return None
    command = f"docker build --target {first} -t {first} {_context(facts)}"
    text = (said("step.target.what", name=visible(first)), said("step.target.why"))
    lines = [line for line in _starts(after, "FROM ") if line.text.lower().endswith(f" as {first}")]
    return Step("target", said("step.target.title"), text, (), _ids(lines), visible(command))


def _context(facts: Facts) -> str:
    """How the new build command names the file and the folder that it builds from."""
    words = facts.conversion.targets[-1].command.split() if facts.conversion.targets else ["."]
    flags = [f"-f {words[at + 1]} " for at, word in enumerate(words[:-1]) if word in {"-f", "--file"}]
    return (flags[0] if flags else "") + words[-1]


def _one_go(facts: Facts, script: Panel) -> Step:
    commands = tuple(dict.fromkeys(target.command for target in facts.conversion.targets))
    builds = _noted(script, *_BUILDS, "fate.create",
                    "fate.carried-out", "fate.cleanup", "fate.lifted", "fate.host-cleanup")  # fmt: skip
    text = (
        said("step.one-go.what", count=len(facts.world.calls), builds=len(commands)),
        said("step.one-go.graph"),
        said("step.one-go.fails"),
    )
    return Step("one-go", said("step.one-go.title"), text, _ids(builds), (), shown_command(commands))


def shown_command(commands: tuple[str, ...]) -> str:
    """Commands as lines for a reader, none of which can act on anything."""
    return "\n".join(visible(line) for command in commands for line in command.split("\n"))


def _cache(facts: Facts, after: Panel) -> Step:
    lines = [line for line in _starts(after, "COPY ") if line.note.key == "origin.kept"]
    rights = [line for line in after.lines if line.note.key in _FROM_STAGE]
    text: list[Said] = [said("step.cache.builder"), said("step.cache.content"), said("step.cache.classic")]
    if any("--no-cache" in target.command for target in facts.conversion.targets):
        text.append(said("step.cache.off"))
    return Step("cache", said("step.cache.title"), tuple(text), (), _ids((*lines, *rights)))


def questions(facts: Facts) -> tuple[Question, ...]:
    """What a learner should now be able to answer, about this repository."""
    first = visible(facts.emitted.stages[0].name or "0")
    base = visible(facts.emitted.stages[0].image)
    last = visible(facts.emitted.stages[-1].image)
    names = ["compiler", "container", "owner", "number", "change", "twice"]
    if not any("--chown=" in line for line in facts.conversion.dockerfile.split("\n")):
        names.remove("owner")
    values = {"name": first, "base": base, "last": last}
    return tuple(Question(said(f"question.{name}", **values), said(f"answer.{name}", **values)) for name in names)
