"""The one job of a Travis CI file as shell text: https://docs.travis-ci.com/user/job-lifecycle/."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.frontends.ci.job import Job
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

_GIVEN = {"CI": "true", "TRAVIS": "true", "TRAVIS_BUILD_DIR": '"$PWD"'}
# A failure here ends the job. Of `script` every line runs, and one that fails makes the whole a failure: what a failed
# job leaves is nobody's image, so a first failure may end it as well.
_STRICT = ("before_install", "install", "before_script", "script")
_LENIENT = ("after_success", "after_script")
# Languages that install and test nothing by themselves, and what the others do where the file does not say.
_BARE = frozenset("generic minimal shell bash sh c cpp c++".split())
_INSTALL = {
    "node_js": "npm install",
    "java": "mvn install -DskipTests=true",
    "python": "pip install -r requirements.txt",
}


def is_file(path: str) -> bool:
    """Whether Travis takes a file of this name for its job."""
    return posixpath.basename(path) in (".travis.yml", ".travis.yaml")


def jobs(project: Project, path: str) -> dict[str, str]:
    """The one job, which has no name, with its text."""
    return {"": project.text(path) or ""}


def program(project: Project, path: str, _name: str, _given: Mapping[str, str], env: Mapping[str, str]) -> Program:
    """What the job runs; raises TroubleError when it cannot be followed."""
    top = tree(project, path)
    _refuse(top)
    out = Job(path, top.span.source.span(0, 0), _GIVEN)
    text = "\n".join(line.text for phase in (*_STRICT, *_LENIENT) for line in _lines(top, phase))
    out.composer.extend(_environment(top, text, env))
    for phase in _STRICT:
        lines = _lines(top, phase)
        if phase == "install" and top.get("install") is None:
            out.composer.extend(_usual_install(project, top))
        for line in lines:
            _add(out, line, "exit 1")
    for line in _lines(top, "after_success"):
        _add(out, line, ":")
    _deploy(out, top)
    for line in _lines(top, "after_script"):
        _add(out, line, ":")
    return out.program(env, "")


def _add(out: Job, line: Item, otherwise: str) -> None:
    out.composer.add("{\n", line.span)
    out.composer.extend(chunks_of(line))
    out.composer.add(f"\n}} || {otherwise}\n", line.span)


def _lines(top: Item, phase: str) -> list[Item]:
    """The commands of a phase; `install: skip` and its like are none."""
    found = top.get(phase)
    return [line for line in found.flat() if line.text not in ("skip", "true", "false")] if found is not None else []


def _refuse(top: Item) -> None:
    for key in ("jobs", "matrix", "stages"):
        found = top.get(key)
        if found is not None and (found.get("include") is not None or found.is_list or key == "stages"):
            raise not_followed(found, f"a file of several jobs (`{key}`)", "Give the commands a script, and name that.")
    machine = top.get("os")
    if machine is not None and machine.span.text.strip("\"'") != "linux" and "linux" not in machine.span.text:
        raise not_followed(machine, "a job that is not on Linux", "Write its commands as a shell script.")
    if top.get("script") is None:
        raise not_followed(top, "the script that the language has by itself", "Write `script:`.")
    if top.get("import") is not None:
        raise not_followed(top.get("import") or top, "a file that is imported", "Write its content here.")


def _usual_install(project: Project, top: Item) -> list[Chunk]:
    """What the language's own install phase runs, where it changes files of the repository's folder."""
    language = top.get("language")
    name = language.text if language is not None else "ruby"
    item = language or top
    needs = {"node_js": "package.json", "java": "pom.xml", "python": "requirements.txt", "ruby": "Gemfile"}
    if name in _BARE or name not in needs or needs[name] not in project.files:
        return []
    return [Chunk(f"{_INSTALL.get(name, 'bundle install')} || exit 1\n", item.span)]


def _deploy(out: Job, top: Item) -> None:
    """Scripts that deploy; whether they run hangs on the branch and the tag."""
    found = top.get("deploy")
    entries = [] if found is None else found.items() if found.is_list else [found]
    before = _lines(top, "before_deploy")
    for entry in entries:
        lines = [*before, *(entry.get("script") or entry).flat()] if entry.value("provider") == "script" else before
        if lines:
            out.composer.add(f'if [ -n "${{CONDITION_{entry.span.line}-}}" ]; then\n:\n', entry.span)
            for line in lines:
                _add(out, line, "exit 1")
            out.composer.add("fi\n", entry.span)


def _environment(top: Item, text: str, env: Mapping[str, str]) -> list[Chunk]:
    """`env:`: words of a shell that assign; rows of a matrix count where there is one."""
    found = top.get("env")
    if found is None:
        return []
    whole = found.is_map and any(found.get(key) is not None for key in ("global", "jobs", "matrix"))
    shared = found.get("global") if whole else None
    rows_item = (found.get("jobs") or found.get("matrix")) if whole else found
    chunks = [chunk for item in _entries(shared) for chunk in _export(item, env)]
    rows = [] if rows_item is None else [rows_item] if not rows_item.is_list else rows_item.items()
    if len(rows) == 1:
        return chunks + [chunk for item in _entries(rows[0]) for chunk in _export(item, env)]
    for row in rows:
        for name in re.findall(r"(\w+)=", row.text):
            if name not in env and re.search(rf"\$\{{?{name}\b", text):
                reason = "there is a job for each of several values"
                raise TroubleError(rules.NOT_KNOWN_WHEN_READ.at(row.span, what=name, reason=reason))
    return chunks


def _entries(item: Item | None) -> list[Item | tuple[Item, Item]]:
    """Texts that assign, and pairs of a name and its value; what is encrypted is left to the environment."""
    if item is None:
        return []
    if item.is_list:
        return [one for entry in item.items() for one in _entries(entry)]
    if item.is_map:
        return [(key, value) for key, value in item.pairs() if key.text != "secure" and value.is_text]
    return [item] if item.is_text else []


def _export(entry: Item | tuple[Item, Item], env: Mapping[str, str]) -> list[Chunk]:
    if isinstance(entry, tuple):
        name, value = entry
        words = [Chunk(f"{name.text}=", name.span), *chunks_of(value)]
        names = [name.text]
    else:
        words, names = chunks_of(entry), re.findall(r"(?:^|\s)(\w+)=", entry.text)
    if names and all(name in env for name in names):
        return []
    return [Chunk("export ", words[0].origin), *words, Chunk("\n", words[-1].origin)]
