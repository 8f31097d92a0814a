"""The Dockerfile that is to be advised on, stage by stage, with what its RUNs do and which stages are shipped."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from migrator.diagnostics import Severity
from migrator.dockerfile.copy import as_copy
from migrator.dockerfile.evaluate import Build, global_scope, image_of, parent_stage, stage_scope
from migrator.dockerfile.parse import parse
from migrator.errors import UsageError
from migrator.source import Source
from migrator.split.bases import base_of
from migrator.split.fat import Fat, seen
from migrator.split.statements import Statement, statements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from migrator.diagnostics import Diagnostic
    from migrator.dockerfile.evaluate import State
    from migrator.dockerfile.syntax import Dockerfile, Instruction
    from migrator.project import Project

_SHELLS = frozenset(("sh", "bash", "ash", "dash"))
# Run by a shell that gets its text from elsewhere: what it does is not written here.
_READS_TEXT = frozenset((*_SHELLS, "source", ".", "eval"))
_SHOWN = 50
_SCRIPTS = 100


@dataclass(frozen=True)
class Run:
    """One RUN: where it stands, and its commands."""

    stage: int
    index: int
    instruction: Instruction
    state: State
    commands: tuple[Statement, ...]

    @property
    def text(self) -> str:
        """The instruction as it is written."""
        return self.instruction.span.text

    @property
    def plain(self) -> bool:
        """Whether it is a list of commands behind each other, so that one can be put behind them."""
        return bool(self.commands) and all(one.chained and one.words for one in self.commands)


@dataclass(frozen=True)
class Recipe:
    """A Dockerfile with its context. `parts` are its stages, `parents` the stage that each begins from, or None."""

    project: Project
    path: str
    args: Mapping[str, str]
    dockerfile: Dockerfile
    parts: tuple[Fat, ...]
    parents: tuple[int | None, ...]

    @property
    def source(self) -> Source:
        """The text of the Dockerfile."""
        return self.dockerfile.source

    @property
    def last(self) -> Fat:
        """The stage that a build without --target gives."""
        return self.parts[-1]

    @cached_property
    def shipped(self) -> tuple[int, ...]:
        """The stages whose layers the image has that a build gives: the last one, and those that it begins from."""
        found = [len(self.parts) - 1]
        while (parent := self.parents[found[-1]]) is not None:
            found.append(parent)
        return tuple(sorted(found))

    @cached_property
    def base(self) -> str:
        """The image that the shipped stages begin from."""
        return self.parts[self.shipped[0]].base

    def descendants(self, stage: int) -> tuple[int, ...]:
        """The stages that begin from a stage, directly or not."""
        found = {stage}
        for number, parent in enumerate(self.parents):
            if parent in found:
                found.add(number)
        return tuple(sorted(found - {stage}))

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """Every RUN of every stage, in order."""
        return tuple(run for number in range(len(self.parts)) for run in self._runs(number))

    def _runs(self, number: int) -> Iterator[Run]:
        fat = self.parts[number]
        for index, (one, state) in enumerate(zip(fat.instructions, fat.scope.states, strict=True)):
            if one.keyword == "RUN":
                yield Run(number, index, one, state, statements(self.dockerfile, one, state))

    def later(self, run: Run) -> tuple[Run, ...]:
        """The RUNs that see what a RUN leaves: those behind it in its stage and those of stages that begin from it."""
        below = self.descendants(run.stage)
        return tuple(
            one for one in self.runs if (one.stage == run.stage and one.index > run.index) or one.stage in below
        )

    @cached_property
    def started(self) -> str:
        """What the image starts, or has those start that begin from it, with the scripts of the context behind it."""
        kinds = {"ENTRYPOINT", "CMD", "HEALTHCHECK", "ONBUILD"}
        parts = [self.parts[number] for number in self.shipped]
        texts = [one.value for part in parts for one in part.instructions if one.keyword in kinds]
        scripts: dict[str, list[str]] = {}
        for part in parts:
            for path, source in part.landed.items():
                scripts.setdefault(posixpath.basename(path), []).append(source)
        told: set[str] = set()
        for text in texts:  # which grows by what is found
            for source in (one for name in set(re.findall(r"[\w.-]+", text)) for one in scripts.get(name, ())):
                if source not in told and len(told) < _SCRIPTS:
                    told.add(source)
                    texts.append(self.project.text(source) or "")
        return "\n".join(texts)

    def taken(self, run: Run) -> tuple[str, ...]:
        """What other stages take of the files that a RUN leaves, by COPY or as a mount; `/` where that is not known."""
        numbers = {run.stage, *self.descendants(run.stage)}
        names = {str(number) for number in numbers}
        names |= {name for number in numbers if (name := self.parts[number].stage.name)}
        found: list[str] = []
        for part in self.parts:
            for one in part.instructions:
                origins = [flag.value or "" for flag in one.flags if flag.name == "from"]
                mounted = [flag.value or "" for flag in one.flags if flag.name == "mount"]
                origins += [word.partition("=")[2] for mount in mounted for word in mount.split(",") if "from=" in word]
                if not any(origin.lower() in names or "$" in origin for origin in origins):
                    continue
                copy = as_copy(one)
                texts = [source.text for source in copy.sources] if copy is not None else ["/"]
                found += [re.split(r"[*?\[$]", posixpath.normpath(f"/{text.lstrip('/')}"))[0] or "/" for text in texts]
        return tuple(found)

    def spoken(self, run: Run) -> str | None:
        """What a RUN comes to as text, with the scripts of the context that it names; None where not all is known."""
        texts = [run.text]
        fat = self.parts[run.stage]
        for one in run.commands:
            words = one.words
            if not words and "<<" not in run.text and not run.plain:
                # A list that is more than plain is still written out; only what it starts may not be.
                words = tuple(re.findall(r"[\w./+-]+", one.text))
            reads = any(posixpath.basename(word or "") in _READS_TEXT for word in words)
            scripts = [fat.landed.get(one.path(word) or "") for word in words if word]
            known = [self.project.text(name) for name in scripts if name]
            if reads and not any(text is not None for text in known):
                return None
            texts += [text for text in known if text is not None]
        return "\n".join(texts)


def read(
    project: Project, path: str, args: Mapping[str, str], text: str | None = None
) -> Recipe | tuple[Diagnostic, ...]:
    """The Dockerfile at a path of a project, or `text` in its place; or the errors that it has."""
    known = project.text(path) if text is None else text
    if known is None:
        raise UsageError(f"there is no Dockerfile {path} in {project.name}", "Name it: migrator advise DOCKERFILE.")
    dockerfile = parse(Source(path, known))
    errors = tuple(found for found in dockerfile.diagnostics if found.severity is Severity.ERROR)
    if errors:
        return errors
    build = Build(args, base_of)
    outer = global_scope(dockerfile, build)
    files = seen(project, path)
    parts = []
    parents = []
    for stage in dockerfile.stages:
        scope = stage_scope(dockerfile, stage.index, build)
        image = image_of(stage, outer, dockerfile.escape)
        parts.append(Fat(project, path, dockerfile, scope, image, files, number=stage.index))
        parent = parent_stage(dockerfile, stage, outer)
        parents.append(None if parent is None else parent.index)
    return Recipe(project, path, args, dockerfile, tuple(parts), tuple(parents))


def is_posix(recipe: Recipe, stage: int) -> bool:
    """Whether the RUNs of a stage are read by a shell of POSIX, as without a SHELL of its own they are."""
    while True:
        for one in reversed(recipe.parts[stage].instructions):
            if one.keyword == "SHELL":
                return bool(one.arguments) and posixpath.basename(one.arguments[0].text) in _SHELLS
        parent = recipe.parents[stage]
        if parent is None:
            return not re.search(r"windows|nanoserver|servercore", recipe.parts[stage].base)
        stage = parent


def shown(statement: Statement) -> str:
    """A command as it is named in a sentence."""
    text = " ".join(statement.text.split())
    return text if len(text) < _SHOWN else f"{text[: _SHOWN - 1]}…"
