"""The lessons in the documentation are what `migrator lesson` writes now."""

from __future__ import annotations

import json

import pytest
from lesson_inputs import ROOT, SAMPLES, lesson_of

from migrator import checkout
from migrator.report.lesson import html
from migrator.report.lesson.splitting import lesson as lesson_of_split
from migrator.split.result import Split
from migrator.split.split import Wanted, propose

FOLDER = ROOT / "docs" / "lessons"
MOST = 100_000
PAGES = [(name, "en") for name in SAMPLES] + [("http-server", "zh")]


@pytest.mark.parametrize(("name", "language"), PAGES)
def test_the_page_is_current_and_small(name: str, language: str, request: pytest.FixtureRequest) -> None:
    verdict = FOLDER / f"{name}.verdict.json"
    measured = json.loads(verdict.read_text(encoding="utf-8")) if verdict.exists() else None
    text = html.render(lesson_of(checkout.load(ROOT / "samples" / name), measured), language)
    path = FOLDER / f"{name}{'' if language == 'en' else f'.{language}'}.html"
    if request.config.getoption("--update"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, "run: pytest tests/report/test_lesson_docs.py --update"
    assert len(text.encode()) < MOST


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_of_a_split_is_current(language: str, request: pytest.FixtureRequest) -> None:
    measured = json.loads((FOLDER / "fat-go.verdict.json").read_text(encoding="utf-8"))
    found = propose(checkout.load(ROOT / "samples/fat-go"), "Dockerfile", Wanted(), "")
    assert isinstance(found, Split)
    text = html.render(lesson_of_split(found, measured), language)
    path = FOLDER / f"fat-go{'' if language == 'en' else '.zh'}.html"
    if request.config.getoption("--update"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text, "run: pytest tests/report/test_lesson_docs.py --update"


def test_the_tutorial_links_every_page() -> None:
    tutorial = (ROOT / "docs" / "tutorial" / "lesson.md").read_text(encoding="utf-8")
    assert [path.name for path in sorted(FOLDER.glob("*.html")) if f"(../lessons/{path.name})" not in tutorial] == []
