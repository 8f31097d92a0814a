"""The lesson of a split: every line told and tied on many Dockerfiles, in both languages, with measures and without."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from lesson_inputs import ROOT
from test_lesson_data import faults
from test_lesson_page import Page

from migrator.checkout import load
from migrator.cli import main
from migrator.project import Project
from migrator.report.lesson import html, markdown
from migrator.report.lesson.model import Fate, Lesson
from migrator.report.lesson.splitting import lesson
from migrator.report.verification import size
from migrator.split.result import Split
from migrator.split.split import Wanted, propose

if TYPE_CHECKING:
    from pathlib import Path

CASES = ROOT / "tests/split/cases"
NAMES = sorted(path.parent.name for path in CASES.glob("*/expected.same"))
SAMPLE = ROOT / "samples/fat-go"
MEASURED = json.loads((ROOT / "docs/lessons/fat-go.verdict.json").read_text(encoding="utf-8"))
HOSTILE = """\
FROM golang:1.13
# </script><script>alert(1)</script> \x1b]0;t\x07
WORKDIR /src
COPY ["main.go", "odd `name` <b>", "./"]
LABEL note="</pre><svg onload=alert(3)> {name} | `x`"
RUN CGO_ENABLED=0 go build -o '/a<b>`pp' main.go
CMD ["/a<b>`pp"]
"""


def taught(project: Project, measured: dict[str, Any] | None = None) -> Lesson:
    found = propose(project, "Dockerfile", Wanted(), "")
    assert isinstance(found, Split), found.diagnostics
    return lesson(found, measured)


@pytest.mark.parametrize("name", NAMES)
def test_every_line_is_told_and_tied(name: str) -> None:
    found = taught(load(CASES / name / "context"))
    assert list(faults(found)) == []
    new = [line.text for line in found.after.lines]
    assert new == (CASES / name / "expected.same").read_text(encoding="utf-8").rstrip("\n").split("\n")
    assert all(line.ties or line.fate in {Fate.BLANK, Fate.NEW} for line in found.after.lines)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("measured", [None, MEASURED], ids=["open", "measured"])
def test_the_page_stands_alone(language: str, measured: dict[str, Any] | None) -> None:
    page = Page(html.render(taught(load(SAMPLE), measured), language))
    assert page.faults == []
    text = markdown.render(taught(load(SAMPLE), measured), language)
    for shown in ("346MB", "123MB", "1.81MB") if measured else ():
        assert shown in text
    for word in ("the script", "脚本"):
        assert word not in text.replace("构建者模式的脚本", "").replace("In the script of", "")


def test_a_refused_rung_is_told() -> None:
    text = markdown.render(taught(load(SAMPLE), MEASURED), "en")
    assert "`--runtime slim` is not proved, so it is not offered" in text


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("go-static", "split-base"),
        ("go-tutorial", "split-base"),
        ("toolchain-copied", "split-compiler"),
        ("node-server", ""),
    ],
)
def test_the_question_about_the_compiler_is_asked_by_where_it_comes_from(name: str, asked: str) -> None:
    keys = [one.question.key for one in taught(load(CASES / name / "context")).questions]
    assert [key for key in keys if key in {"question.split-base", "question.split-compiler"}] == (
        [f"question.{asked}"] if asked else []
    )


def test_what_a_dockerfile_may_not_do_to_the_page() -> None:
    found = taught(Project.of({"Dockerfile": HOSTILE, "main.go": "package main\n", "odd `name` <b>": ""}))
    assert list(faults(found)) == []
    assert all(line.text.isprintable() for panel in (*found.before, found.after) for line in panel.lines)
    text = html.render(found, "en")
    assert Page(text).faults == []
    assert "<svg onload" not in text
    assert "<script>alert" not in text


def test_the_how_to_shows_what_was_measured() -> None:
    """The table of the tutorial case in the documentation has the sizes of the kept document."""
    page = (ROOT / "docs/how-to/split-a-fat-dockerfile.md").read_text(encoding="utf-8")
    before, same = (one["size"] for one in MEASURED["sizes"])
    scratch = next(one["size"] for one in MEASURED["rungs"] if one["runtime"] == "scratch")
    for count in (before, same, scratch):
        share = f" {100 * count / before:.1f} %" if count != before else ""
        assert re.search(rf"{re.escape(size(count))}\s*{re.escape(share)}", page)


def lessons(*words: object) -> Result:
    return CliRunner().invoke(main, ["lesson", *map(str, words)])


def test_the_command(tmp_path: Path) -> None:
    verdict = ROOT / "docs/lessons/fat-go.verdict.json"
    done = lessons(SAMPLE, "--split", "same", "--verdict", verdict, "-o", tmp_path / "page.html")
    assert (done.exit_code, done.output) == (0, "")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == html.render(taught(load(SAMPLE), MEASURED), "en")
    refused = lessons(CASES / "starts-go-run/context", "--split", "same")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "MG702" in refused.stderr
    other = lessons(SAMPLE, "--split", "same", "--verdict", ROOT / "docs/lessons/http-server.verdict.json")
    assert other.exit_code == 2
    assert "is not of a split" in other.stderr


def test_without_an_engine_it_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    done = lessons(SAMPLE, "--split", "same", "--verify", "--format", "markdown")
    assert done.exit_code == 0
    assert "not measured" in done.stderr
    assert "| not measured | not measured |" in done.stdout
