"""A repository in, one multi-stage Dockerfile out, or the reason why not."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.diagnostics import Severity
from migrator.dockerfile.parse import parse as parse_dockerfile
from migrator.errors import InternalError, UsageError
from migrator.frontends.read import front_end_in, named
from migrator.interpret.run import run
from migrator.migration.added import with_wishes
from migrator.migration.defaults import deciding, meets_by_default
from migrator.migration.describe import artifacts, stages, targets
from migrator.migration.floor import floor_of, with_comment
from migrator.migration.graph import builds
from migrator.migration.parts import chosen, part_names
from migrator.migration.plan import Plan, Refused, plan
from migrator.migration.result import (
    Converted,
    Declined,
    FileChange,
    LineOrigin,
    NotApplicable,
)  # fmt: skip
from migrator.migration.wishes import NONE, Wishes
from migrator.rules import plan as rules
from migrator.rules import script as script_rules
from migrator.rules.inputs import UNREADABLE
from migrator.rules.python import DOCKER_SDK, LIBRARY, LIBRARY_CALL, NOT_PYTHON
from migrator.rules.script import RUN_BEYOND_BUILD
from migrator.source import Source
from migrator.trace.effects import ImageBuilt
from migrator.trace.images import Extended
from migrator.trace.render import legible
from migrator.trace.sameness import Prints

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.diagnostics import Diagnostic
    from migrator.interpret.fork import Choice
    from migrator.interpret.run import Outcome, World
    from migrator.migration.result import Conversion
    from migrator.migration.tracked import Line
    from migrator.project import Project

_SCRIPT = re.compile(r"\.(sh|bash|ksh|zsh)$")


def candidates(project: Project) -> list[str]:
    """The files of a repository that may be its build script: shell text that builds an image and takes files out."""
    found: list[str] = []
    others: list[str] = []
    for path in sorted(project.files):
        base = path.rsplit("/", 1)[-1]
        if not (_SCRIPT.search(base) or "." not in base or project.files[path] == "executable"):
            continue
        text = project.text(path) or ""
        if _SCRIPT.search(base) or re.match(r"#!.*\b(ba|da|k|z|a)?sh\b", text):
            (found if re.search(r"\b(docker|podman|nerdctl|buildah)\b", text) else others).append(path)
    callers = [path for path in others if any(_names(project.text(path) or "", name) for name in found)]
    return sorted(found + callers)


def programs(project: Project) -> list[str]:
    """The Python programs of a repository that may be its build script: they start builds and take files out."""
    found = []
    for path in sorted(project.files):
        if not path.endswith(".py") or re.search(r"(^|/)(tests?|node_modules|vendor|site-packages)/|(^|/)test_", path):
            continue
        text = project.text(path) or ""
        if front_end_in(project, path) is not None:
            continue  # it is no program: one of its tasks is
        if re.search(r"\b(docker|podman|nerdctl)\b", text) and re.search(r"\bbuild\b", text):
            found.append(path)
    return found


def convert(
    project: Project,
    script: str | None = None,
    args: tuple[str, ...] = (),
    env: Mapping[str, str] | None = None,
    wishes: Wishes = NONE,
) -> Conversion:
    """Converts one script of a repository; without a name the script is found by what it does.

    Raises UsageError when there is no such script, or when several do the same kind of work.
    """
    return convert_with_trace(project, script, args, env, wishes)[0]


def convert_with_trace(
    project: Project,
    script: str | None = None,
    args: tuple[str, ...] = (),
    env: Mapping[str, str] | None = None,
    wishes: Wishes = NONE,
) -> tuple[Conversion, Outcome | None]:
    """The same with what the script does when it is called in the way that the result is for; None without a script."""
    if script is None:
        return _find(project, args, env or {}, wishes)
    if named(project, script, env) is None and script not in project.files:
        raise UsageError(
            f"there is no script {script} in the repository", "Name a file of the repository with --script."
        )
    whole = script in project.files and front_end_in(project, script) is not None
    part = _find_part(project, args, env or {}, wishes, script) if whole else None
    return part or _convert(project, script, args, env or {}, wishes)


def _find(
    project: Project, args: tuple[str, ...], env: Mapping[str, str], wishes: Wishes
) -> tuple[Conversion, Outcome | None]:
    names = candidates(project)
    results = {name: _convert(project, name, args, env, wishes) for name in names}
    if all(isinstance(result, NotApplicable) for result, _ in results.values()):
        # Only where no shell script does it: a program beside one is more often something else.
        more = {name: _convert(project, name, args, env, wishes) for name in programs(project)}
        results |= {name: one for name, one in more.items() if not _is_unread(one[0])}
        names = list(results)
    converted = [name for name, (result, _) in results.items() if isinstance(result, Converted)]
    declined = [name for name, (result, _) in results.items() if isinstance(result, Declined)]
    for found in (converted, declined):
        distinct = _called_once([name for name in found if not project.is_inner(name)] or found, project)
        if len(distinct) > 1:
            shown = ", ".join(distinct)
            raise UsageError(f"several scripts could be meant: {shown}", "Name one with --script FILE.")
        if distinct:
            return results[distinct[0]]
    part = _find_part(project, args, env, wishes)
    if part is not None:
        return part
    if names:
        return results[names[0]]
    return NotApplicable(None, "nothing in the repository passes files from one image to another"), None


def _find_part(
    project: Project, args: tuple[str, ...], env: Mapping[str, str], wishes: Wishes, only: str | None = None
) -> tuple[Conversion, Outcome | None] | None:
    """The target of a Makefile (or the like) that is the pattern, of all files or of one; None when none is."""
    for texts in part_names(project, args, env, only):
        parts = {name: _convert(project, name, args, env, wishes) for name in texts}
        part = chosen({name: result for name, (result, _) in parts.items()}, texts)
        if part is not None:
            return parts[part]
    return None


def _is_unread(result: Conversion) -> bool:
    return any(found.rule is NOT_PYTHON for found in result.diagnostics) if isinstance(result, Declined) else False


def _called_once(names: list[str], project: Project) -> list[str]:
    """The scripts that no other of them calls: a script that another one runs or sources is part of that one."""
    called = set()
    for name in names:
        text = project.text(name) or ""
        called |= {other for other in names if other != name and _names(text, other)}
    kept = [name for name in names if name not in called]
    return kept or names


def _names(text: str, script: str) -> bool:
    """Whether a text names a script by the last part of its path."""
    return re.search(rf"(?<![\w.-]){re.escape(script.rsplit('/', 1)[-1])}\b", text) is not None


def _convert(
    project: Project, script: str, args: tuple[str, ...], env: Mapping[str, str], wishes: Wishes
) -> tuple[Conversion, Outcome | None]:
    """Tries the ways in which the script may be called: parameters open or none, from the root or its own folder."""
    part = named(project, script, env)
    folder = script.rsplit("/", 1)[0] if "/" in script and part is None else ""
    given: list[tuple[str, ...] | None] = [args] if args or part is not None else [None, ()]
    first: tuple[Conversion, Outcome | None] | None = None
    called = False
    for place in ["", folder] if folder else [""]:
        for words in given:
            outcome = with_wishes(project, run(project, script, words, env, place), wishes)
            called = called or any(world.calls for world in outcome.worlds)
            result = _in_words(_finish(project, outcome, wishes), outcome)
            if not isinstance(result, Converted) or meets_by_default(outcome):
                result, outcome = _by_defaults(project, (result, outcome), words, env, wishes)
            if isinstance(result, Converted):
                return _with_assumptions(
                    result, outcome, place, open_failed=words == () and part is None and not args
                ), outcome
            better = first is not None and _is_lost(first[0]) and not _is_lost(result)
            if first is None or better or (isinstance(first[0], NotApplicable) and isinstance(result, Declined)):
                first = result, outcome
            if isinstance(result, NotApplicable):
                break
        if first is not None and isinstance(first[0], NotApplicable) and called:
            break  # a script that gives up before it calls docker may want to be called from its folder
    return first if first is not None else (NotApplicable(script, "the script is empty"), None)


def _by_defaults(
    project: Project,
    before: tuple[Conversion, Outcome],
    words: tuple[str, ...] | None,
    env: Mapping[str, str],
    wishes: Wishes,
) -> tuple[Conversion, Outcome]:
    """The same with the variables that choose what a build reads at their defaults, where that converts."""
    chosen = deciding(before[1], env)
    if not chosen:
        return before
    script, folder = before[1].script.source.name, before[1].folder
    known = {**env, **chosen.values}
    outcome = with_wishes(project, run(project, script, words, known, folder), wishes)
    result = _finish(project, outcome, wishes)
    result = _in_words(replace(result, diagnostics=(*result.diagnostics, *chosen.told)), outcome)
    worse = isinstance(result, Declined) or (isinstance(before[0], NotApplicable) and not isinstance(result, Converted))
    if worse and not isinstance(before[0], Converted):  # one that leaves out what is there by default is none
        return before
    return replace(result, checkouts=chosen.checkouts) if isinstance(result, Converted) else result, outcome


def _in_words(result: Conversion, outcome: Outcome) -> Conversion:
    """The result with no sign in its messages that only the run understands."""

    def told(text: str) -> str:
        return legible(text.replace(outcome.root + "/", "").replace(outcome.root, "$PWD"), outcome.symbols)

    found = tuple(replace(one, message=told(one.message), advice=told(one.advice)) for one in result.diagnostics)
    if isinstance(result, NotApplicable):
        return replace(result, reason=told(result.reason), diagnostics=found)
    return replace(result, diagnostics=found)


# Findings with which the rest of a script, whatever it does, was not looked at.
_NOT_FOLLOWED = {
    LIBRARY,
    LIBRARY_CALL,
    script_rules.TOO_LONG,
    script_rules.TOO_MUCH,
    script_rules.TOO_DEEP,
    script_rules.TOO_MANY_PATHS,
}

# Signs that a script was run from a folder that it does not expect: what it names is not there.
_LOST = {script_rules.DOCKERFILE_MISSING, script_rules.CONTEXT_MISSING, script_rules.CONTEXT_OUTSIDE}


def _is_lost(result: Conversion) -> bool:
    return isinstance(result, Declined) and any(found.rule in _LOST for found in result.diagnostics)


def _takes_out(found: Diagnostic) -> bool:
    """Whether a program takes files out of a container in a way that is not followed."""
    words = r"get_archive|export|volumes=|mounts=|copy"
    return found.rule is DOCKER_SDK and found.span is not None and re.search(words, found.span.text) is not None


def _with_assumptions(result: Converted, outcome: Outcome, place: str, *, open_failed: bool) -> Converted:
    """The result, saying under which way of calling the script it holds."""
    span = outcome.script.source.span(0, len(outcome.script.source.line_text(1)))
    notes = [rules.ARGUMENTS_ASSUMED.at(span)] if open_failed else []
    if place:
        notes.append(rules.FOLDER_ASSUMED.at(span, folder=place))
    return replace(result, diagnostics=(*result.diagnostics, *notes))


def _finish(project: Project, outcome: Outcome, wishes: Wishes) -> Conversion:
    script = outcome.script.source.name
    # What a container did with the machine's help matters where a build reads it, and there the plan refuses.
    errors = [d for d in outcome.diagnostics if d.severity is Severity.ERROR and d.rule is not RUN_BEYOND_BUILD]
    plans = [(world, plan(project, outcome, world, wishes)) for world in distinct(outcome.worlds)]
    made = [(world, item) for world, item in plans if isinstance(item, Plan)]
    refused = [(world, item) for world, item in plans if isinstance(item, Refused)]
    if not made and not any(item.reason is None for _, item in refused):
        matters = any(world.calls for world in outcome.worlds) or any(
            d.rule is NOT_PYTHON or d.rule in UNREADABLE or d.rule in _NOT_FOLLOWED or _takes_out(d) for d in errors
        )
        if errors and matters:
            return Declined(script, outcome.diagnostics)
        return NotApplicable(script, refused[0][1].reason or "", (*outcome.diagnostics, *refused[0][1].diagnostics))
    left_out = [world for world, item in refused if made and _may_leave_out(world, item, made[0][0])]
    refused = [(world, item) for world, item in refused if world not in left_out]
    problems = [d for _, item in refused if item.reason is None for d in item.diagnostics]
    if errors or problems:
        if errors:  # of a script that was not read to its end nobody can say what it does not build
            problems = [d for d in problems if d.rule is not rules.BUILT_ELSEWHERE]
        return Declined(script, tuple(dict.fromkeys((*errors, *_beyond(outcome), *problems, *outcome.diagnostics))))
    texts = {(tuple(line.text for line in item.lines), item.commands) for _, item in made}
    plain = _fewest_names(made) if len(texts) > 1 else None
    if plain is not None and not refused:
        choice = next((_parting(world, plain[0]) for world, item in made if item is not plain[1]), None)
        found = [rules.NAME_CONDITIONAL.at(choice.span if choice else None)]
        result = _converted(outcome, *plain)
        return replace(result, diagnostics=(*result.diagnostics, *found))
    if len(texts) > 1 or refused:
        choice = next((w.choices[-1] for w in outcome.worlds if w.choices), None)
        return Declined(script, (rules.WORLDS_DIFFER.at(choice.span if choice else None), *outcome.diagnostics))
    result = _converted(outcome, *made[0])
    choices = dict.fromkeys(_parting(world, made[0][0]) for world in left_out)
    notes = [rules.WAY_LEFT_OUT.at(choice.span) for choice in choices if choice is not None]
    return replace(result, diagnostics=(*result.diagnostics, *notes[:1]))


def _fewest_names(made: list[tuple[World, Plan]]) -> tuple[World, Plan] | None:
    """The way that names its images with the fewest names, when the ways differ in nothing but further names."""
    if len({(tuple(line.text for line in item.lines), item.nameless) for _, item in made}) > 1:
        return None
    for world, item in made:
        if all(
            set(mine.tags) <= set(theirs.tags) and mine.tags
            for _, other in made
            for mine, theirs in zip(item.wanted, other.wanted, strict=True)
        ):
            return world, item
    return None


def _beyond(outcome: Outcome) -> list[Diagnostic]:
    return [d for d in outcome.diagnostics if d.rule is RUN_BEYOND_BUILD]


# A build that cannot succeed on a clean checkout: a way that comes to one gives no image to keep.
_FAILS = (rules.COPY_SOURCE_MISSING, rules.COPY_PATTERN_EMPTY, rules.SCRIPT_NOT_FINISHED)


def _may_leave_out(world: World, item: Refused, full: World) -> bool:
    """Whether one way through a script makes nothing that the way with everything in it does not make as well."""
    if item.reason is None or item.fails:
        return all(diagnostic.rule in _FAILS for diagnostic in (*item.diagnostics, *item.fails))
    prints = Prints()
    whole = {prints.image(built) for built in builds(full)}
    return all(prints.image(built) in whole for built in builds(world))


def _parting(world: World, full: World) -> Choice | None:
    """The choice at which two ways through a script part."""
    pairs = zip(world.choices, full.choices, strict=False)
    return next((one for one, other in pairs if one.taken != other.taken), None)


def distinct(worlds: tuple[World, ...]) -> list[World]:
    """Worlds whose builds and calls are the same count once."""
    prints = Prints()
    found: dict[tuple[object, ...], World] = {}
    for world in worlds:
        calls = tuple((call.words, call.cwd) for call in world.calls)
        key = (calls, tuple(prints.image(built) for built in builds(world)), world.stopped is None)
        found.setdefault(key, world)
    return list(found.values())


def _converted(outcome: Outcome, world: World, made: Plan) -> Converted:
    script = outcome.script.source.name
    bare = _text(made.lines)
    floor = floor_of(bare, made.commands)
    made = replace(made, lines=with_comment(made.lines, floor))
    text = _text(made.lines)
    if text != bare:
        floor = floor_of(text, made.commands)
    again = parse_dockerfile(Source(made.path, text))
    bad = [d for d in again.diagnostics if d.severity is Severity.ERROR]
    if bad or len(again.stages) < 2:
        detail = bad[0].message if bad else "it has one stage"
        raise InternalError(f"the Dockerfile for {script} does not read back: {detail}")
    files = [FileChange(made.path, "write", text)]
    if made.context.ignore is not None:
        files.append(FileChange(made.context.ignore_path, "write", made.context.ignore))
    return Converted(
        script=script,
        dockerfile=text,
        dockerfile_path=made.path,
        stages=stages(made, outcome.symbols),
        targets=targets(made, outcome.symbols),
        artifacts=artifacts(outcome, world, made, text),
        lines=tuple(LineOrigin(n, line.file, line.line, line.rule) for n, line in enumerate(made.lines, 1)),
        files=tuple(files),
        floor=floor,
        diagnostics=_diagnostics(outcome, made),
    )


def _text(lines: tuple[Line, ...]) -> str:
    return "\n".join(line.text for line in lines).rstrip("\n") + "\n"


def _diagnostics(outcome: Outcome, made: Plan) -> tuple[Diagnostic, ...]:
    """What the reader of a conversion should know; of a cache, whether it is kept."""
    kept = {rules.CACHE_DROPPED.at(span, target=target): (span, target) for span, target in made.caches}
    found = [d for d in (*outcome.diagnostics, *made.diagnostics) if d.rule is not RUN_BEYOND_BUILD]
    told = [rules.CACHE_KEPT.at(kept[d][0], target=kept[d][1]) if d in kept else d for d in found]
    return tuple(dict.fromkeys(told))


__all__ = ["Extended", "ImageBuilt", "candidates", "convert", "convert_with_trace", "distinct"]
