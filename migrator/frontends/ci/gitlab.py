"""A job of GitLab CI as shell text, the way a runner with a shell runs it: https://docs.gitlab.com/ci/yaml/."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.frontends.ci.job import Job, Step
from migrator.frontends.ci.texts import chunks_of
from migrator.frontends.ci.tree import not_followed, tree
from migrator.frontends.make.holes import TroubleError
from migrator.frontends.program import Chunk
from migrator.rules import inputs as rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.frontends.ci.tree import Item
    from migrator.frontends.program import Program
    from migrator.project import Project

_GLOBAL = frozenset(
    "after_script before_script cache default image include pages services spec stages types variables workflow".split()
)
_GIVEN = {"CI": "true", "GITLAB_CI": "true", "CI_PROJECT_DIR": '"$PWD"', "CI_BUILDS_DIR": '"$(dirname "$PWD")"'}
_STAGES = [".pre", "build", "test", "deploy", ".post"]
_DEEPEST = 10


def is_file(path: str) -> bool:
    """Whether GitLab takes a file of this name for its jobs."""
    return posixpath.basename(path) in (".gitlab-ci.yml", ".gitlab-ci.yaml")


def jobs(project: Project, path: str) -> dict[str, str]:
    """The jobs of a file with their text in it; none when it cannot be read."""
    try:
        top = tree(project, path)
    except TroubleError:
        return {}
    return {
        key.text: value.span.text
        for key, value in top.pairs()
        if value.is_map and key.text not in _GLOBAL and not key.text.startswith(".")
    }


def program(project: Project, path: str, name: str, _given: Mapping[str, str], env: Mapping[str, str]) -> Program:
    """What a job runs; raises TroubleError when it cannot be followed."""
    tops = _with_included(project, tree(project, path), 0)
    reading = _Reading(tops, env)
    job = reading.job(name)
    if job is None or name in _GLOBAL:
        raise TroubleError(rules.NOT_READABLE.at(tops[0].span, reason=f"there is no job {name} in it"))
    return reading.program(f"{path}:{name}", name)


def _with_included(project: Project, top: Item, depth: int) -> list[Item]:
    """A file and those that it includes, which it has the last word over."""
    found = [top]
    include = top.get("include")
    entries = [] if include is None else include.items() if include.is_list else [include]
    for entry in reversed(entries):
        local = entry.value("local") if entry.is_map else entry.text
        if entry.is_map and entry.get("template") is not None:
            continue  # GitLab's own: jobs beside these, which set nothing for all
        inside = local.lstrip("/")
        if not local or "://" in local or inside not in project.files or depth > _DEEPEST:
            raise not_followed(entry, "a file that is included from elsewhere", "Include a file of the repository.")
        found += _with_included(project, tree(project, inside), depth + 1)
    return found


@dataclass
class _Reading:
    tops: list[Item]
    environment: Mapping[str, str]
    chain: list[Item] = field(default_factory=list)

    def job(self, name: str) -> Item | None:
        """A job by its name."""
        return next((found for top in self.tops if (found := top.get(name)) is not None), None)

    def program(self, shown: str, name: str) -> Program:
        """The shell text of a job."""
        for top in self.tops:
            found = top.get(name)
            self.chain += self._ancestry(found, 0) if found is not None else []
        first = self.chain[0]
        self._refuse(name)
        out = Job(shown, first.span.source.span(first.span.start, first.span.start), _GIVEN)
        out.composer.extend(self._variables())
        lines = [*self._lines("before_script"), *self._lines("script")]
        if not lines:
            raise not_followed(first, "a job without a script", "Name a job with commands.")
        for line in lines:
            out.composer.extend(chunks_of(line))
            out.composer.add("\n", line.span)
        after = self._lines("after_script")
        if after:
            chunks = [chunk for line in after for chunk in [*chunks_of(line), Chunk("\n", line.span)]]
            # A shell of its own, whose failure the job does not see.
            out.step(Step(chunks, after[0].span, "-eo pipefail", ignored=True))
        return out.program(self.environment, "set -eo pipefail\n")

    def _ancestry(self, job: Item, depth: int) -> list[Item]:
        """A job and all that it extends, the nearest first."""
        found = [job]
        extends = job.get("extends")
        for name in reversed(extends.flat()) if extends is not None else []:
            above = self.job(name.text)
            if above is None or depth > _DEEPEST:
                raise TroubleError(rules.NOT_READABLE.at(name.span, reason=f"there is no job {name.text} to extend"))
            found += self._ancestry(above, depth + 1)
        return found

    def _find(self, key: str, *, everywhere: bool = True) -> Item | None:
        """A key of the job, of what it extends, or of all jobs."""
        own = [found for job in self.chain if (found := job.get(key)) is not None]
        default = [found for top in self.tops if (found := top.get("default", key) or top.get(key)) is not None]
        return next(iter([*own, *(default if everywhere else [])]), None)

    def _lines(self, key: str) -> list[Item]:
        found = self._find(key, everywhere=key != "script")
        return self._flat(found, 0) if found is not None else []

    def _flat(self, item: Item, depth: int) -> list[Item]:
        """The lines of a script; `!reference [job, key]` is what stands there."""
        if depth > _DEEPEST:
            raise TroubleError(rules.NOT_READABLE.at(item.span, reason="it goes round"))
        if item.tag == "!reference":
            names = [one.text for one in item.items()]
            start = self.job(names[0]) if names else None
            found = start.get(*names[1:]) if start is not None else None
            if found is None:
                raise TroubleError(rules.NOT_READABLE.at(item.span, reason="nothing stands where it refers to"))
            return self._flat(found, depth + 1)
        if item.is_list:
            return [line for one in item.items() for line in self._flat(one, depth + 1)]
        return [item] if item.is_text else []

    def _refuse(self, name: str) -> None:
        for key in ("inherit", "trigger", "run", "hooks"):
            found = self._find(key, everywhere=key == "hooks")
            if found is not None:
                raise not_followed(found, f"a job with `{key}`", "Write the job out with a script of its own.")
        for item in (self._artifacts_of(other) for other in self._before(name)):
            if item is not None:
                advice = "Make the file in the same job, or give the job `dependencies: []`."
                raise not_followed(item, "what another job hands over as artifacts", advice)

    def _artifacts_of(self, name: str) -> Item | None:
        job = self.job(name)
        chain = self._ancestry(job, 0) if job is not None else []
        found = next((one for item in chain if (one := item.get("artifacts")) is not None), None)
        return found.get("paths") if found is not None else None

    def _before(self, name: str) -> list[str]:
        """The jobs whose artifacts this one gets."""
        chosen = self._find("dependencies", everywhere=False) or self._find("needs", everywhere=False)
        if chosen is not None:
            given = [one for one in chosen.items() if one.value("artifacts") != "false"]
            return [one.value("job") if one.is_map else one.text for one in given]
        listed = next((found for top in self.tops if (found := top.get("stages")) is not None), None)
        stages = [".pre", *(one.text for one in listed.items()), ".post"] if listed is not None else _STAGES
        names = dict.fromkeys(
            key.text for top in self.tops for key, value in top.pairs()
            if value.is_map and key.text not in _GLOBAL and not key.text.startswith(".")
        )  # fmt: skip
        at = {one: self._stage(one) for one in names}
        here = stages.index(at[name]) if at.get(name) in stages else len(stages)
        return [one for one in names if at[one] in stages[:here]]

    def _stage(self, name: str) -> str:
        job = self.job(name)
        chain = self._ancestry(job, 0) if job is not None else []
        return next((found for item in chain if (found := item.value("stage"))), "test")

    # --- variables --------------------------------------------------------------------------------------------------

    def _variables(self) -> list[Chunk]:
        """The variables of the file, the job's own last; one that another needs stands before it."""
        found: dict[str, Item] = {}
        several: dict[str, Item] = {}
        for place in reversed([*self.chain, *self.tops]):
            own = place.get("variables")
            for key, value in own.pairs() if own is not None else []:
                found[key.text] = (value.get("value") or value) if value.is_map else value
        matrix = self._find("parallel", everywhere=False)
        rows = matrix.get("matrix") if matrix is not None else None
        for row in rows.items() if rows is not None else []:
            for key, value in row.pairs():
                values = value.items() if value.is_list else [value]
                single = len(values) == 1 and rows is not None and len(rows.items()) == 1
                (found if single else several)[key.text] = values[0]
        text = "\n".join(line.text for key in ("before_script", "script") for line in self._lines(key))
        for name, item in several.items():
            if name not in self.environment and re.search(rf"\$\{{?{name}\b", text):
                reason = "the matrix has several values for it"
                raise TroubleError(rules.NOT_KNOWN_WHEN_READ.at(item.span, what=name, reason=reason))
        return [_export(name, found[name]) for name in _in_order(found) if name not in self.environment]


def _in_order(found: Mapping[str, Item]) -> list[str]:
    """The names so that a variable stands behind those that its value names."""
    order: dict[str, None] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in order or name in above:
            return
        for used in re.findall(r"(?<!\$)\$\{?(\w+)", found[name].text):
            if used in found:
                visit(used, (*above, name))
        order[name] = None

    for name in found:
        visit(name, ())
    return list(order)


def _export(name: str, item: Item) -> Chunk:
    """GitLab expands `$NAME` and `${NAME}` in a value, `$$` is a dollar; nothing else means anything."""
    pieces = re.split(r"(\$\$|\$\w+|\$\{\w+\})", item.text)
    words = [_piece(piece, name) for piece in pieces]
    return Chunk(f'export {name}="{"".join(words)}"\n', item.span)


def _piece(piece: str, name: str) -> str:
    if piece == "$$":
        return "\\$"
    used = re.fullmatch(r"\$\{?(\w+)\}?", piece)
    if used is not None:
        # A variable that is not set, such as one that means itself, expands to nothing.
        return f"${{{used[1]}-}}" if used[1] != name else ""
    return re.sub(r'([\\"$`])', r"\\\1", piece)
