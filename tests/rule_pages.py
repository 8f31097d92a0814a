"""The examples of the pages of diagnostics, each completed to a small repository in which it happens.

`rule_pages.toml` says what stands around an example: `<out>` is a builder of which a file is taken, `<final>` the build
that takes it in, `<example>` what the page shows under "Before". What is said of it stands on the page too.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from contextlib import chdir
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import indent
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from migrator.advise.advise import Advised, advise
from migrator.advise.hadolint import Linted
from migrator.cli import main
from migrator.migration.bake import with_bake
from migrator.migration.convert import convert_with_trace
from migrator.migration.result import Converted
from migrator.migration.wishes import Runtime, Wishes
from migrator.project import Project
from migrator.repository.files import migration
from migrator.split.split import Wanted, propose

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = Path(__file__).parents[1] / "docs" / "reference" / "rules"
OUT = """\
docker build -t app:build -f Dockerfile.build .
docker create --name one app:build
docker cp one:/src/app app
docker rm one
"""
MADE = "docker build -t app:build -f Dockerfile.build .\ndocker create --name one app:build\n"
EXTRACT = MADE.replace("one", "extract")
FINAL = "docker build -t app .\n"
BUILD = "FROM golang:1.13\nWORKDIR /src\nCOPY main.go .\nRUN go build -o /src/app .\n"
RUNTIME = "FROM alpine:3.19\nCOPY app /usr/bin/app\n"
FILES = {"Dockerfile.build": BUILD, "Dockerfile": RUNTIME, "main.go": "package main\n"}
"""What every repository has unless its row says otherwise."""
SIGNS = {"<out>": OUT, "<made>": MADE, "<extract>": EXTRACT, "<final>": FINAL}
SCRIPT = f"#!/bin/bash\n{OUT}{FINAL}"
# Where an example stands by its language, and what stands around it, unless its row says otherwise.
PLACES = {
    "sh": ("build.sh", "#!/bin/bash\n<out><example><final>"),
    "bash": ("build.sh", "#!/bin/bash\n<out><example><final>"),
    "dockerfile": ("Dockerfile.build", f"{BUILD}<example>"),
    "make": ("Makefile", "<example>"),
    "python": ("build.py", "<example>"),
    "yaml": (".github/workflows/image.yml", "<example>"),
    "markdown": ("README.md", "<example>"),
    "text": (".dockerignore", "<example>"),
}


# Codes that are said of lines of the new file, where JSON, the lesson and --explain name them; none is a message.
SILENT = ("MG321", "MG322", "MG323", "MG324", "MG325", "MG326", "MG327", "MG328", "MG290")


@dataclass(frozen=True)
class Row:
    """How the example of a page is completed; the fields are those of the table."""

    at: str = ""
    around: str = ""
    files: dict[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    script: str | None = None
    args: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    export: bool = False
    caches: bool = False
    runtimes: tuple[str, ...] = ()
    bake: bool = False
    migrate: bool = False
    split: str = ""
    advise: bool = False


@cache
def table() -> dict[str, Any]:
    """The whole table: rows by code, and under `without` the codes whose example no conversion can show, with why."""
    return tomllib.loads((Path(__file__).parent / "rule_pages.toml").read_text(encoding="utf-8"))


def without() -> dict[str, str]:
    """The codes whose example is not run here, each with the reason."""
    return {code: group["why"] for group in table()["without"] for code in group["codes"]}


def row(code: str) -> Row:
    """The row of a code; one that is not in the table is completed as its language is."""
    raw = dict(table().get("page", {}).get(code, {}))
    return Row(**{name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()})


def before(code: str) -> str:
    """What a page shows under "Before"."""
    text = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    return text.partition("\n## Before\n")[2].partition("\n## After\n")[0]


def example(code: str) -> tuple[str, str]:
    """The language of a page's first example, and its text."""
    own = before(code).partition("\nmigrator says:\n")[0]
    found = re.search(r"^```(\w*)\n(.*?)^```$", own, re.MULTILINE | re.DOTALL)
    return (found[1], found[2]) if found else ("", "")


def shown(code: str) -> str:
    """What a page says that is said of its example; empty where it says nothing."""
    found = re.search(r"^migrator says:\n\n```text\n(.*?)^```$", before(code), re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def filled(body: str, sign: str, text: str) -> str:
    """A text with something put in for a sign; where the sign is indented, so is what is put in."""
    body = re.sub(rf"^( +){sign}", lambda found: indent(text, found[1]), body, flags=re.MULTILINE)
    return body.replace(sign, text)


def repository(code: str) -> Project:
    """The repository of a page's example."""
    this, (language, text) = row(code), example(code)
    place, around = PLACES.get(language, ("build.sh", "<example>"))
    place, around = this.at or place, this.around or around
    if text.startswith("migrator "):
        place, around = "build.sh", this.around or SCRIPT
    elif this.split or this.advise:
        place, around = "Dockerfile", this.around or ("<example>" if "FROM " in text else f"{BUILD}<example>")
    elif this.at.startswith("Dockerfile") and not this.around:
        around = f"{FILES.get(this.at, RUNTIME)}<example>"
    files = {**FILES, "build.sh": SCRIPT} if not place.endswith(".py") else dict(FILES)
    files |= {place: around, **this.files}
    for name in files:
        for sign, stands_for in (*SIGNS.items(), ("<example>", text)):
            files[name] = filled(files[name], sign, stands_for)
    return Project.of({name: body for name, body in files.items() if name not in this.without})


def by_command(code: str, project: Project) -> Iterator[tuple[str, str]]:
    """What the program itself says where the example is a command line of it."""
    runner, words = CliRunner(), shlex.split(example(code)[1])[1:]
    with TemporaryDirectory() as folder, chdir(folder):
        for name in project.files:
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(project.text(name) or row(code).files.get(name, ""), encoding="utf-8")
        said = runner.invoke(main, words).stderr
    yield from re.findall(r"^(?:\S+: )?(?:error|warning|info) (MG\d+): (.*)$", said, re.MULTILINE)


@cache
def found(code: str) -> tuple[tuple[str, str], ...]:
    """Every code that is reported for a page's example, with what is said; of lines that only carry it, nothing."""
    return tuple(_found(code))


def _found(code: str) -> Iterator[tuple[str, str]]:
    this, project = row(code), repository(code)
    if example(code)[1].startswith("migrator "):
        yield from by_command(code, project)
        return
    if this.split:
        outcome = propose(project, "Dockerfile", Wanted(this.split, {}), "a test")
        yield from ((one.code, one.message) for one in outcome.diagnostics)
        return
    if this.advise:
        advised = advise(project, "Dockerfile", {}, lambda _: Linted(()))
        advice = advised.advice if isinstance(advised, Advised) else ()
        yield from ((one.diagnostic.code, one.diagnostic.message) for one in advice)
        return
    wishes = Wishes(this.export, tuple(Runtime(*text.split(":", 2)) for text in this.runtimes), this.caches)
    result, trace = convert_with_trace(project, this.script, this.args, this.env, wishes)
    if this.bake and isinstance(result, Converted):
        result = with_bake(project, result)
    yield from ((one.code, one.message) for one in result.diagnostics)
    if isinstance(result, Converted):
        yield from ((line.rule, "") for line in result.lines if line.rule)
        if this.migrate and trace is not None:
            yield from ((one.code, one.message) for one in migration(project, result, trace).tasks)
