"""A job of a GitHub Actions workflow as shell text.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from migrator.frontends.ci import actions, conditions
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

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
# Contexts that every step has in its environment too.
_NAMED = {
    f"github.{name}": f"GITHUB_{name.upper()}"
    for name in (
        "action actor base_ref event_name head_ref job ref ref_name ref_type repository repository_owner run_attempt"
        " run_id run_number server_url sha triggering_actor workflow workspace"
    ).split()
} | {f"runner.{name}": f"RUNNER_{name.upper()}" for name in ("arch", "name", "os", "temp", "tool_cache")}
_GIVEN = {
    "CI": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_WORKSPACE": '"$PWD"',
    **dict.fromkeys(("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY"), "/dev/null"),
}
# What the shells are started with; bash without a name has no pipefail.
_SHELLS = {"": "-e", "bash": "-eo pipefail", "sh": "-e", "bash -e {0}": "-e", "sh -e {0}": "-e"}


def is_workflow(path: str) -> bool:
    """Whether GitHub takes a file of this name for a workflow."""
    return re.search(r"(^|/)\.github/workflows/[^/]+\.ya?ml$", path) is not None


def jobs(project: Project, path: str) -> dict[str, str]:
    """The jobs of a workflow with their text in it; none when it cannot be read."""
    try:
        found = tree(project, path).get("jobs")
    except TroubleError:
        return {}
    return {key.text: value.span.text for key, value in found.pairs()} if found is not None else {}


def program(project: Project, path: str, name: str, given: Mapping[str, str], env: Mapping[str, str]) -> Program:
    """What a job's steps run; raises TroubleError when a step that may matter cannot be followed.

    `given` are values of expressions (`matrix.version`), `env` is the environment that the user gives.
    """
    top = tree(project, path)
    job = top.get("jobs", name)
    if job is None:
        raise TroubleError(rules.NOT_READABLE.at(top.span, reason=f"there is no job {name} in it"))
    return _Workflow(top, job, f"{path}:{name}", given, env).program()


@dataclass
class _Workflow:
    top: Item
    job: Item
    name: str
    given: Mapping[str, str]
    environment: Mapping[str, str]
    noted: bool = False

    def __post_init__(self) -> None:
        self.out = Job(self.name, self.job.span.source.span(self.job.span.start, self.job.span.start), _GIVEN)
        self.expressions = Expressions(_EXPRESSION, self._fill)

    def program(self) -> Program:
        """The shell text."""
        self._refuse_kind()
        listed = self.job.get("steps")
        steps = listed.items() if listed is not None else []
        if not any(actions.action(step) == actions.CHECKOUT for step in steps):
            raise not_followed(
                self.job, "a job without actions/checkout, which has no files,", "Check the repository out in it."
            )
        exports = [*self._variables(self.top.get("env")), *self._variables(self.job.get("env"))]
        self.out.composer.extend(exports)
        acting = [number for number, step in enumerate(steps) if self._acts(step)]
        handed = Handed([step.span.text for step in steps])
        for number, step in enumerate(steps):
            condition = conditions.shell(step.value("if"), step.get("if"), self._fill)
            if condition is None:
                continue
            if not self._acts(step):
                actions.check(step, last=number > max(acting, default=-1))
            else:
                self._add(step, number, handed, condition)
        return self.out.program(self.environment)

    def _add(self, step: Item, number: int, handed: Handed, condition: str) -> None:
        self.noted = re.search(r"\bbuild", step.span.text) is not None
        exports = tuple(self._variables(step.get("env")))
        lasts = False
        if step.get("run") is None:
            options, folder, chunks = "-e", "", actions.build(step, self.expressions)
        else:
            run = step.get("run") or step
            options, folder = self._shell(step), self._folder(step)
            lasts, chunks = handed.step(number, chunks_of(run), plain=not (exports or folder) and options == "-e")
            chunks = self.expressions.in_shell(chunks)
        ignored = step.value("continue-on-error") not in ("", "false")
        span = (step.get("run") or step.get("uses") or step).span
        span = span.source.span(step.span.start, span.start)
        self.out.step(Step(chunks, span, options, exports, folder, condition, ignored, lasts))

    @staticmethod
    def _acts(step: Item) -> bool:
        return step.get("run") is not None or actions.action(step) == actions.BUILD

    def _refuse_kind(self) -> None:
        for key in ("uses", "container"):
            found = self.job.get(key)
            if found is not None:
                advice = "Name the job whose steps build, on the machine itself."
                raise not_followed(found, f"a job with `{key}`", advice)
        machine = self.job.get("runs-on")
        if machine is not None and re.search(r"windows", machine.span.text):
            raise not_followed(machine, "a job on Windows", "Write its commands as a shell script, and convert that.")

    def _variables(self, item: Item | None) -> list[Chunk]:
        found = []
        for key, value in item.pairs() if item is not None else []:
            name = key.text
            if name in self.environment:
                continue
            word = self.expressions.in_word(value.text, value.span)
            found.append(export(name, word, value.span))
        return found

    def _default(self, step: Item, key: str) -> Item | None:
        run = ("defaults", "run", key)
        return step.get(key) or self.job.get(*run) or self.top.get(*run)

    def _shell(self, step: Item) -> str:
        found = self._default(step, "shell")
        options = _SHELLS.get(found.text if found is not None else "")
        if options is None:
            what = f"a step for {found.text if found is not None else 'another shell'}"
            raise not_followed(found or step, what, "Write the step for bash.")
        return options

    def _folder(self, step: Item) -> str:
        found = self._default(step, "working-directory")
        return self.expressions.in_word(found.text, found.span) if found is not None and found.text != "." else ""

    # --- expressions ------------------------------------------------------------------------------------------------

    def _fill(self, expression: str, span: Span) -> Filled:
        context, _, name = expression.partition(".")
        if expression in self.given:
            return self.given[expression], False
        if re.fullmatch(r"'[^']*'", expression):
            return expression[1:-1], False
        if expression in _NAMED:
            return _NAMED[expression], True
        if context == "matrix" and re.fullmatch(r"[\w-]+", name):
            return self._matrix(name, span)
        if context == "env" and re.fullmatch(r"\w+", name):
            return name, True
        return self._parameter(expression, span), True

    def _parameter(self, expression: str, span: Span) -> str:
        """The name for a value that only the service has."""
        plain = re.fullmatch(r"[A-Za-z][\w-]*(\.[\w-]+)+", expression)
        words = expression if plain else f"expression_{span.line}_{span.column}"
        name = re.sub(r"\W", "_", words).upper()
        if self.noted:
            shown = f"${{{{ {expression} }}}}"
            self.out.notes.append(rules.EXPRESSION_NAMED.at(span, expression=shown, name=name))
        return name

    def _matrix(self, name: str, span: Span) -> Filled:
        matrix = self.job.get("strategy", "matrix")
        found = []
        if matrix is not None:
            own = matrix.get(name)
            found = own.items() if own is not None else []
            extra = matrix.get("include")
            more = [value for entry in (extra.items() if extra is not None else []) if (value := entry.get(name))]
            found += [value for value in more if value.text not in {one.text for one in found}]
        if len(found) != 1 or not found[0].is_text:
            count = len(found)
            reason = f"the matrix has {count} values for it" if count else "the matrix does not say"
            raise TroubleError(rules.NOT_KNOWN_WHEN_READ.at(span, what=f"matrix.{name}", reason=reason))
        return found[0].text, False
