"""A Makefile and a target to one shell text."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from migrator.errors import UsageError
from migrator.frontends.make.evaluation import Evaluation, Setting
from migrator.frontends.make.goals import Goals
from migrator.frontends.make.holes import AssumeError, MakeStopsError, TroubleError, UndecidedError
from migrator.frontends.make.reader import Reader
from migrator.frontends.make.recipes import Recipes
from migrator.frontends.program import Chunk, Composer, Program
from migrator.rules import inputs as rules
from migrator.source import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.diagnostics import Diagnostic
    from migrator.frontends.make.calls import MakeCall
    from migrator.project import Project
    from migrator.source import Span

MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_OVERRIDE = re.compile(r"([A-Za-z_][\w.-]*):{0,3}=(.*)", re.DOTALL)
_DEEPEST = 8


def is_makefile(path: str) -> bool:
    """Whether make reads a file of this name, by itself or with `-f`."""
    name = posixpath.basename(path)
    return name in MAKEFILES or name.endswith(".mk") or re.match(r"[Mm]akefile\.(?!am$|in$)", name) is not None


def targets(project: Project, path: str, env: Mapping[str, str]) -> list[str]:
    """The targets of a Makefile, the default one first; none when it cannot be read."""
    try:
        return _first_goals(project, path, env)
    except TroubleError:
        return []


def _first_goals(project: Project, path: str, env: Mapping[str, str]) -> list[str]:
    setting = Setting(project, posixpath.dirname(path), env, {})
    while True:
        reader = Reader(Evaluation(setting))
        try:
            reader.read(Source(path, project.text(path) or ""))
        except AssumeError as assume:
            setting = replace(setting, assumed=setting.assumed | {assume.name})
        except UndecidedError:
            setting = replace(setting, decisions=(*setting.decisions, True))
        except MakeStopsError:
            return []
        else:
            first = [name for name in (_default(reader),) if name]
            return list(dict.fromkeys([*first, *reader.tables.goals()]))


def program(project: Project, path: str, target: str | None, args: tuple[str, ...], env: Mapping[str, str]) -> Program:
    """What `make target` runs, as `args` (`NAME=VALUE`, further targets) and `env` have it."""
    overrides = {found[1]: found[2] for found in map(_OVERRIDE.fullmatch, args) if found is not None}
    goals = [target] if target else []
    goals += [word for word in args if not _OVERRIDE.fullmatch(word)]
    if any(goal.startswith("-") for goal in goals):
        raise UsageError("a Makefile's --arg is NAME=VALUE or a further target, no option of make")
    setting = Setting(project, posixpath.dirname(path), env, overrides)
    notes: list[Diagnostic] = []
    name = ":".join([path, *([target] if target else [])])
    while True:
        try:
            chunks, shell = _way(setting, path, tuple(goals), setting.folder)
        except AssumeError as assume:
            setting = replace(setting, assumed=setting.assumed | {assume.name})
            notes.append(rules.ENVIRONMENT_ASSUMED.at(assume.span, name=assume.name))
        except TroubleError as trouble:
            return Program(Source(name, ""), (), (trouble.diagnostic, *notes))
        else:
            whole = Composer([Chunk(f"#!{shell}\n", Source(path, project.text(path) or "").span(0, 0)), *chunks])
            return Program(whole.source(name), (), tuple(notes))


def _way(
    setting: Setting, path: str, goals: tuple[str, ...], move: str, skip: int = 0, depth: int = 0
) -> tuple[list[Chunk], str]:
    """The shell text, and the shell; both ways where it hangs on something that only the run knows."""
    evaluation = Evaluation(setting)
    chunks = evaluation.composer.chunks
    text = setting.project.text(path)
    source = Source(path, text or "")
    start = source.span(0, len(source.line_text(1)))
    if text is None:
        raise TroubleError(rules.NOT_READABLE.at(None, reason=f"{path} is no text file of the repository"))
    evaluation.composer.add("set -e\n", start)
    if move:
        evaluation.composer.extend([Chunk(f'{setting.names}_0="$PWD"\n', start, unless_read=f"{setting.names}_0")])
        evaluation.composer.add(f"cd '{move}'\n", start)
    try:
        _carry_out(evaluation, source, goals, depth)
    except MakeStopsError as stop:
        evaluation.composer.add("exit 2\n", stop.span)
    except UndecidedError as open_way:
        span, done = open_way.span, len(chunks)
        ways = [
            _way(replace(setting, decisions=(*setting.decisions, way)), path, goals, move, done, depth)[0]
            for way in (True, False)
        ]
        chunks += [Chunk("if ", span), *open_way.test, Chunk("; then\n:\n", span), *ways[0], Chunk("else\n:\n", span)]
        chunks += [*ways[1], Chunk("fi\n", span)]
    shell = evaluation.variables["SHELL"].text.strip()
    return chunks[skip:], shell


def _carry_out(evaluation: Evaluation, source: Source, goals: tuple[str, ...], depth: int) -> None:
    reader = Reader(evaluation)
    reader.read(source)
    recipes = Recipes(reader, lambda call, span: _below(reader, source, call, span, depth))
    span = source.span(0, len(source.line_text(1)))
    for name in _exported(reader):
        evaluation.composer.extend(recipes.export(name, span))
    for name in _handed_on(reader):
        exported = recipes.export(name, span)
        if exported:
            test = f'if [ -n "${{{name}+x}}" ]; then '
            evaluation.composer.extend([Chunk(test, span), *exported, Chunk("fi\n", span)])
    wanted = goals or tuple(name for name in (_default(reader),) if name)
    if not wanted:
        raise TroubleError(rules.NOT_READABLE.at(span, reason="it has no target"))
    order = Goals(reader, recipes)
    for goal in wanted:
        order.make(goal, span)


def _default(reader: Reader) -> str | None:
    set_name = next((name[len("default:") :] for name in reader.tables.special if name.startswith("default:")), None)
    return set_name or next(iter(reader.tables.goals()), None)


def _exported(reader: Reader) -> list[str]:
    """The variables that recipes get in their environment whatever it held before."""
    evaluation, tables = reader.evaluation, reader.tables
    names = set(tables.exported) | set(evaluation.setting.overrides)
    names |= {name for name in evaluation.setting.environment if name in evaluation.variables}
    if tables.exports_all:
        names |= {name for name, found in evaluation.variables.items() if found.origin in ("file", "override")}
    return sorted(names - {"MAKEFILE_LIST", "SHELL"})


def _handed_on(reader: Reader) -> list[str]:
    """Variables of the file that a recipe reads as the shell's: they get there if the environment has that name too."""
    evaluation = reader.evaluation
    text = "\n".join(line.text for rule in reader.tables.rules for line in rule.recipe)
    read = set(re.findall(r"\$\$\{?([A-Za-z_]\w*)", text)) - set(_exported(reader)) - {"SHELL"}
    assigned = set(re.findall(r"\b([A-Za-z_]\w*)=|\b(?:for|read)[ \t]+([A-Za-z_]\w*)", text))
    own = {name for pair in assigned for name in pair}
    variables = evaluation.variables
    return sorted(
        name
        for name in read - own
        if name in variables and variables[name].origin in ("file", "override") and not variables[name].conditional
    )


def _below(reader: Reader, source: Source, call: MakeCall, span: Span, depth: int) -> list[Chunk]:
    """What a call of make in a recipe comes to."""
    if depth >= _DEEPEST:
        raise TroubleError(rules.RECURSION.at(span, reason="it calls itself without end"))
    evaluation = reader.evaluation
    outer = evaluation.setting
    folder = evaluation.in_project(posixpath.join(call.moved, call.folder))
    files = outer.project.files
    there = [name for name in MAKEFILES if posixpath.join(folder, name) in files]
    names = [call.file] if call.file else there
    if not folder and not call.file and posixpath.dirname(source.name) == "":
        names = [source.name]
    if not names:
        raise TroubleError(rules.RECURSION.at(span, reason=f"there is no Makefile in {folder or 'the folder'}"))
    environment = {**outer.environment, **call.environment}
    open_names: set[str] = set(outer.set_there)
    for name in _exported(reader):
        value = reader.expander.variable(name, span)
        if evaluation.holes.in_text(value):
            open_names.add(name)
            environment.pop(name, None)
        else:
            environment[name] = value
    prefix = f"{outer.names}_{len(evaluation.holes.found)}_{len(evaluation.composer.chunks)}"
    setting = Setting(
        outer.project, folder, environment, {**outer.overrides, **call.overrides}, outer.assumed,
        set_there=frozenset(open_names), names=prefix, ignores=outer.ignores or reader.tables.ignores_all,
    )  # fmt: skip
    path = posixpath.normpath(posixpath.join(folder, names[0]))
    return _way(setting, path, call.goals, call.folder, depth=depth + 1)[0]
