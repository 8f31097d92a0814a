"""A job of CircleCI as shell text: https://circleci.com/docs/configuration-reference/."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.frontends.ci.handed import Handed
from migrator.frontends.ci.job import Expressions, Filled, Job, Step
from migrator.frontends.ci.texts import chunks_of, export
from migrator.frontends.ci.tree import not_followed, tree
from migrator.frontends.make.holes import TroubleError
from migrator.rules import inputs as rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.frontends.ci.tree import Item
    from migrator.frontends.program import Chunk, Program
    from migrator.project import Project
    from migrator.source import Span

_EXPRESSION = re.compile(r"<<\s*([A-Za-z_][\w-]*\.[\w.-]+)\s*>>")
_GIVEN = {"CI": "true", "CIRCLECI": "true", "CIRCLE_WORKING_DIRECTORY": '"$PWD"', "BASH_ENV": "/dev/null"}
# They keep or restore what a first run does not have, read files only, or lend an engine.
_HARMLESS = frozenset(
    "add_ssh_keys checkout persist_to_workspace restore_cache save_cache setup_remote_docker store_artifacts"
    " store_test_results".split()
)
_SHELL = re.compile(r"(/usr)?(/bin/)?(bash|sh)(?P<options>( -[eoux]+| pipefail)*)( -c)?")
_DEEPEST = 10


def is_file(path: str) -> bool:
    """Whether CircleCI takes a file of this name for its jobs."""
    return re.search(r"(^|/)\.circleci/config\.ya?ml$", path) is not None


def jobs(project: Project, path: str) -> dict[str, str]:
    """The jobs of a file with their text in it; none when it cannot be read."""
    try:
        found = tree(project, path).get("jobs")
    except TroubleError:
        return {}
    return {key.text: value.span.text for key, value in found.pairs()} if found is not None else {}


def program(project: Project, path: str, name: str, given: Mapping[str, str], env: Mapping[str, str]) -> Program:
    """What a job's steps run; raises TroubleError when a step that may matter cannot be followed."""
    top = tree(project, path)
    job = top.get("jobs", name)
    if job is None:
        raise TroubleError(rules.NOT_READABLE.at(top.span, reason=f"there is no job {name} in it"))
    return _Config(top, job, f"{path}:{name}", given, env).program()


@dataclass
class _Run:
    """One step, and the values of the parameters where it stands."""

    kind: str
    item: Item
    parameters: Mapping[str, Item] = field(default_factory=dict)

    @property
    def command(self) -> Item | None:
        """The commands of a `run` step."""
        if self.kind != "run":
            return None
        return self.item if self.item.is_text else self.item.get("command")


@dataclass
class _Config:
    top: Item
    job: Item
    name: str
    given: Mapping[str, str]
    environment: Mapping[str, str]
    parameters: Mapping[str, Item] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.out = Job(self.name, self.job.span.source.span(self.job.span.start, self.job.span.start), _GIVEN)
        self.expressions = Expressions(_EXPRESSION, self._fill)

    def program(self) -> Program:
        """The shell text."""
        own = _defaults(self.job)
        runs = [run for step in self._listed(self.job) for run in self._expanded(step, own, 0)]
        if not any(run.kind == "checkout" for run in runs):
            raise not_followed(
                self.job, "a job without checkout, which has no files,", "Check the repository out in it."
            )
        self.parameters = own
        self.out.composer.extend([*self._executor(), *self._variables(self.job.get("environment"))])
        acting = [number for number, run in enumerate(runs) if run.command is not None]
        texts = [run.command.text if run.command is not None else "" for run in runs]
        handed = Handed(texts)
        for number, run in enumerate(runs):
            self.parameters = run.parameters
            if run.command is not None:
                self._add(run, run.command, number, handed)
            else:
                self._check(run, last=number > max(acting, default=-1))
        return self.out.program(self.environment)

    def _check(self, run: _Run, *, last: bool) -> None:
        path = run.item.get("path") if run.kind == "checkout" else None
        if path is not None and path.text not in (".", self.job.value("working_directory")):
            raise not_followed(path, "a checkout into another folder", "Check out into the working directory.")
        if run.kind not in _HARMLESS and not last:
            raise TroubleError(rules.STEP_NOT_FOLLOWED.at(run.item.span, what=run.kind))

    def _add(self, run: _Run, command: Item, number: int, handed: Handed) -> None:
        when = run.item.value("when")
        if when == "on_fail":
            return
        if run.item.value("background") == "true":
            raise not_followed(run.item, "a step in the background", "Let the step end before the next one begins.")
        exports = tuple(self._variables(run.item.get("environment")))
        options = self._options(run)
        place = run.item.get("working_directory")
        folder = self._word(place) if place is not None and place.text != "." else ""
        lasts, chunks = handed.step(number, chunks_of(command), plain=False)
        span = command.span.source.span(run.item.span.start, command.span.start)
        self.out.step(Step(self.expressions.in_shell(chunks), span, options, exports, folder, stays=lasts))

    def _options(self, run: _Run) -> str:
        shell = run.item.get("shell") or self.job.get("shell")
        if shell is None:
            return "-eo pipefail"
        found = _SHELL.fullmatch(shell.text)
        if found is None:
            raise not_followed(shell, f"a step for {shell.text}", "Write the step for bash.")
        return found["options"].strip() or "+e"

    # --- steps of others --------------------------------------------------------------------------------------------

    @staticmethod
    def _listed(item: Item) -> list[Item]:
        found = item.get("steps")
        return found.items() if found is not None else []

    def _expanded(self, step: Item, parameters: Mapping[str, Item], depth: int) -> list[_Run]:
        """A step as it is, or the steps of the command of the file that it names."""
        if step.is_text:
            kind, item = step.text, step
        else:
            pairs = step.pairs()
            if len(pairs) != 1:
                raise TroubleError(rules.NOT_READABLE.at(step.span, reason="a step has one name"))
            kind, item = pairs[0][0].text, pairs[0][1]
        command = self.top.get("commands", kind)
        if command is None:
            return [_Run(kind, item, parameters)]
        if depth > _DEEPEST:
            raise TroubleError(rules.NOT_READABLE.at(step.span, reason="the command calls itself"))
        inner = {**_defaults(command), **({key.text: value for key, value in item.pairs()} if item.is_map else {})}
        for value in inner.values():
            if value.is_text and _EXPRESSION.search(value.text):
                raise not_followed(value, "a parameter that is made of another", "Write the value out.")
        return [run for one in self._listed(command) for run in self._expanded(one, inner, depth + 1)]

    def _executor(self) -> list[Chunk]:
        """The variables of what the job runs in; a machine of the file, or its own first image."""
        named = self.job.get("executor")
        name = named.value("name") if named is not None and named.is_map else (named.text if named is not None else "")
        place = (self.top.get("executors", name) if name else None) or self.job
        for key in ("macos", "windows"):
            found = place.get(key)
            if found is not None:
                raise not_followed(found, "a job that is not on Linux", "Write its commands as a shell script.")
        images = place.get("docker")
        first = images.items()[0].get("environment") if images is not None and images.items() else None
        return [*self._variables(first), *(self._variables(place.get("environment")) if place is not self.job else [])]

    # --- values -----------------------------------------------------------------------------------------------------

    def _variables(self, item: Item | None) -> list[Chunk]:
        """Variables with their values as they are: a dollar means nothing in them."""
        pairs = item.pairs() if item is not None else []
        return [
            export(key.text, self._word(value), value.span) for key, value in pairs if key.text not in self.environment
        ]

    def _word(self, item: Item) -> str:
        return self.expressions.in_word(item.text, item.span)

    def _fill(self, expression: str, span: Span) -> Filled:
        kind, _, name = expression.partition(".")
        if expression in self.given:
            return self.given[expression], False
        if kind == "parameters" and (found := self.parameters.get(name)) is not None and found.is_text:
            return found.text, False
        if kind in ("parameters", "matrix"):
            reason = "the workflow gives it, and there is no default"
            raise TroubleError(rules.NOT_KNOWN_WHEN_READ.at(span, what=expression, reason=reason))
        variable = re.sub(r"\W", "_", expression).upper()
        self.out.notes.append(rules.EXPRESSION_NAMED.at(span, expression=f"<< {expression} >>", name=variable))
        return variable, True


def _defaults(item: Item) -> dict[str, Item]:
    found = item.get("parameters")
    pairs = found.pairs() if found is not None else []
    return {key.text: default for key, value in pairs if (default := value.get("default")) is not None}
