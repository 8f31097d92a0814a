"""A build that is part of another file, such as a target of a Makefile, rewritten there as a script is."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from migrator.frontends import just
from migrator.frontends.ci.services import is_ci_file
from migrator.frontends.just import is_justfile
from migrator.frontends.make.follow import is_makefile
from migrator.frontends.package import is_package
from migrator.frontends.read import read
from migrator.interpret.run import run
from migrator.migration.convert import convert_with_trace
from migrator.migration.result import Converted, NotApplicable
from migrator.project import Kind, Project
from migrator.repository import justfile, makefile, package, workflow
from migrator.repository.derived import CannotMapError, Mapping
from migrator.repository.leftover import Leftover, leftover
from migrator.repository.mentions import texts_of
from migrator.repository.uses import is_used
from migrator.source import Derived
from migrator.trace.symbols import is_symbol

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrator.diagnostics import Diagnostic
    from migrator.frontends.read import Named
    from migrator.interpret.run import Outcome
    from migrator.repository.edits import Edit

_AS_SCRIPT = "migrator-recipe.sh"


@dataclass(frozen=True)
class Given:
    """How the part was called."""

    args: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)


NOTHING_GIVEN = Given()


def rewritten(project: Project, part: Named, conversion: Converted, outcome: Outcome, given: Given) -> Leftover | None:
    """The file with the build cut out of it, as what is left of a script; None where that is not certain to be right.

    What it comes to is read again: it has to run the same commands as the shell text that was cut.
    """
    kind = _kind_of(part.path)
    if kind is None or part.path in project.links or _AS_SCRIPT in project.files:
        return None
    try:
        work = _Part(project, part, conversion, given, kind)
        mapping, cut = work.cut(outcome)
        edits = mapping.edits(cut.edits[_AS_SCRIPT])
        work.check_others(mapping, edits)
        text, stamps = kind.tidied(project, part.path, edits)
        if kind.one_by_one:
            _check_unused(text, conversion)
    except CannotMapError:
        return None
    after = _changed(project, {**{change.path: change.content for change in conversion.files}, part.path: text})
    if cut.again is None or not _same(cut.again, run(after, part.name, given.args, given.env), stamps):
        return None
    if not isinstance(convert_with_trace(after, part.name, given.args, given.env)[0], NotApplicable):
        return None
    return Leftover({part.path: text}, _tasks(cut, mapping), recipes=_named_in(text, conversion), again=cut.again)


def _tasks(cut: Leftover, mapping: Mapping) -> tuple[Diagnostic, ...]:
    return tuple(
        replace(task, span=mapping.source.span(task.span.start, task.span.end)) if task.span is not None else task
        for task in cut.tasks
    )


@dataclass(frozen=True)
class _Kind:
    """How one kind of file is cut: shell text as it has to stand there, and the text once the cuts are made.

    `fixed` says whether a value that is filled in means the same elsewhere in the file, `calls` is who runs a part by
    its name. With `one_by_one` a line belongs to one part, and what is passed on may be used by another one.
    """

    escaped: Callable[[str], str]
    tidied: Callable[[Project, str, list[Edit]], tuple[str, int]]
    fixed: Callable[[Project, str], Callable[[str], bool]] = lambda _project, _path: lambda _: True
    calls: str = ""
    one_by_one: bool = True


_MAKE = _Kind(
    makefile.escaped, lambda project, path, edits: makefile.tidied(project.text(path) or "", edits),
    lambda _project, _path: makefile.is_fixed, "make", one_by_one=False,
)  # fmt: skip
_CI = _Kind(str, lambda project, path, edits: (workflow.tidied(project, path, edits), 0))
_JUST = _Kind(
    justfile.escaped, lambda project, path, edits: (justfile.tidied(project, path, edits), 0), justfile.fixed, "just"
)
_PACKAGE = _Kind(
    package.escaped, lambda project, path, edits: (package.tidied(project, path, edits), 0), calls="npm|yarn|pnpm"
)


def _kind_of(path: str) -> _Kind | None:
    asked = ((is_makefile, _MAKE), (is_justfile, _JUST), (is_package, _PACKAGE), (is_ci_file, _CI))
    return next((kind for reads, kind in asked if reads(path)), None)


@dataclass
class _Part:
    project: Project
    part: Named
    conversion: Converted
    given: Given
    kind: _Kind

    def cut(self, outcome: Outcome) -> tuple[Mapping, Leftover]:
        """The shell text of a part and what is left of it as a script; raises CannotMapError."""
        source = outcome.script.source
        if not isinstance(source, Derived):
            raise CannotMapError
        as_script = _changed(self.project, {_AS_SCRIPT: source.text})
        made, trace = convert_with_trace(as_script, _AS_SCRIPT, (), self.given.env)
        if not isinstance(made, Converted) or trace is None or made.dockerfile != self.conversion.dockerfile:
            raise CannotMapError
        cut = leftover(as_script, made, trace)
        if not cut.complete or set(cut.texts) - {_AS_SCRIPT} or _AS_SCRIPT not in cut.edits:
            raise CannotMapError
        return self._mapping(source), cut

    def _mapping(self, source: Derived) -> Mapping:
        return Mapping(source, self.part.path, self.kind.escaped, self.kind.fixed(self.project, self.part.path))

    def check_others(self, mapping: Mapping, edits: list[Edit]) -> None:
        """Raises CannotMapError when another target, that this one does not need, runs a line that changes."""
        changed = {place for edit in edits for place in range(edit.start, max(edit.end, edit.start + 1))}
        for target in self.part.front_end.parts(self.project, self.part.path, self.given.env):
            if target == self.part.part:
                continue
            args = (*self.given.args, *_needed(self.project, self.part.path, target))
            program = read(self.project, f"{self.part.path}:{target}", args, self.given.env)
            if not isinstance(program.source, Derived):
                raise CannotMapError
            other = self._mapping(program.source)
            if not changed & other.lines():
                _check_unused(program.source.text, self.conversion)
                continue
            if not self.kind.calls:
                raise CannotMapError
            if other.lines() <= mapping.lines():
                self._check_unnamed(target)
                continue
            _, cut = self.cut(run(self.project, f"{self.part.path}:{target}", args, self.given.env))
            if other.edits(cut.edits[_AS_SCRIPT]) != edits:
                raise CannotMapError

    def _check_unnamed(self, target: str) -> None:
        """A target that only passes something on may go, unless something else of the repository makes it."""
        pattern = rf"\b(?:{self.kind.calls})\b[^\n]*(?<![\w./-]){re.escape(target)}(?![\w./-])"
        for source, _ in texts_of(self.project, frozenset({self.part.path})):
            if re.search(pattern, source.text):
                raise CannotMapError


def _needed(project: Project, path: str, part: str) -> tuple[str, ...]:
    """Arguments for a recipe that cannot be read without; what they are does not matter to the lines that it has."""
    return just.needed(project, path, part) if is_justfile(path) else ()


def _check_unused(text: str, conversion: Converted) -> None:
    """Raises CannotMapError when a text still names what is passed on: an action that keeps it, say."""
    paths = [artifact.workspace_path.strip("/") for artifact in conversion.artifacts]
    if is_used(text, {name for path in paths for name in (path, posixpath.basename(path))}):
        raise CannotMapError


def _changed(project: Project, texts: dict[str, str | None]) -> Project:
    files = {**project.files, **{path: project.files.get(path, Kind.FILE) for path in texts}}

    def reader(path: str) -> bytes:
        text = texts.get(path)
        return project.read(path) if text is None else text.encode("utf-8", "surrogateescape")

    return Project(project.name, files, reader, project.links)


def _same(one: Outcome, other: Outcome, stamps: int) -> bool:
    """Whether two runs run the same commands, each way through them, that many less which only mark what is done."""
    if len(one.worlds) != len(other.worlds):
        return False
    for index in range(len(one.worlds)):
        old, new = _commands(one, index), _commands(other, index)
        less = [words for words in old if words in new or words[1] not in ("touch", "mkdir")] if stamps else old
        if less != new or len(old) - len(less) > stamps:
            return False
    return True


def _commands(outcome: Outcome, index: int) -> list[tuple[str, ...]]:
    def shown(word: str) -> str:
        return "".join(_plain(outcome.symbols[c].shell or "?") if is_symbol(c) else c for c in word)

    return [
        (shown(item.before.cwd), *map(shown, item.words))
        for item in outcome.worlds[index].ran
        if item.words and item.words[0] not in ("set", "export")
    ]


def _plain(shell: str) -> str:
    """A variable that has a default, as the default: while a path hung on it, it was taken as not set (MG546)."""
    found = re.fullmatch(r"\$\{\w+:?-([^${}`\\\"]*)\}", shell)
    return shell if found is None else found[1]


def _named_in(text: str, conversion: Converted) -> frozenset[str]:
    """The old Dockerfiles that the file still names."""
    old = {stage.file for stage in conversion.stages if stage.file is not None}
    return frozenset(
        path for path in old if re.search(rf"(?<![\w-]){re.escape(path.rpartition('/')[2])}(?![\w-])", text)
    )


__all__ = ["NOTHING_GIVEN", "Given", "rewritten"]
