"""`migrator lesson`: options, files, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from lesson_inputs import VERDICT, sample

from migrator.cli import main
from migrator.report.lesson import html, markdown

if TYPE_CHECKING:
    from click.testing import Result

SAMPLES = Path(__file__).parents[2] / "samples"
SERVER = str(SAMPLES / "http-server")


def lesson(*words: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner(env=env).invoke(main, ["lesson", *words])


def test_the_page_goes_to_stdout_and_nothing_else_does() -> None:
    result = lesson(SERVER)
    assert result.exit_code == 0
    assert result.stdout == html.render(sample("http-server"))
    assert result.stderr == ""


def test_the_page_goes_to_a_file(tmp_path: Path) -> None:
    result = lesson(SERVER, "-o", str(tmp_path / "lesson.html"), "--lang", "zh")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (tmp_path / "lesson.html").read_text(encoding="utf-8") == html.render(sample("http-server"), "zh")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_markdown(language: str) -> None:
    result = lesson(SERVER, "--format", "markdown", "--lang", language)
    assert result.stdout == markdown.render(sample("http-server"), language)


def test_measures_of_an_earlier_verification(tmp_path: Path) -> None:
    kept = tmp_path / "verdict.json"
    kept.write_text(json.dumps(VERDICT), encoding="utf-8")
    result = lesson(SERVER, "--format", "markdown", "--verdict", str(kept))
    assert result.exit_code == 0
    assert "| Size of the builder image `http-server:build` | `389MB` | none |" in result.stdout
    assert "Measured with `docker 26.1.5`, `buildkit`. Verdict: `identical`." in result.stdout


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"schema": "migrator/conversion/1", "verdict": "x"}'])
def test_what_is_no_verification_is_refused(text: str, tmp_path: Path) -> None:
    kept = tmp_path / "verdict.json"
    kept.write_text(text, encoding="utf-8")
    result = lesson(SERVER, "--verdict", str(kept))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "verdict.json" in result.stderr


def test_a_missing_verification_is_refused(tmp_path: Path) -> None:
    assert lesson(SERVER, "--verdict", str(tmp_path / "x.json")).exit_code == 2


def test_two_sources_of_measures_are_refused(tmp_path: Path) -> None:
    assert lesson(SERVER, "--verify", "--verdict", str(tmp_path / "x.json")).exit_code == 2


def test_without_an_engine_the_page_is_written_and_says_so(tmp_path: Path) -> None:
    nowhere = {"DOCKER_HOST": f"unix://{tmp_path}/none.sock"}
    result = lesson(SERVER, "--verify", env=nowhere)
    assert result.exit_code == 0
    assert result.stdout == html.render(sample("http-server"))
    assert "not measured" in result.stderr


def test_what_is_declined_has_no_lesson(tmp_path: Path) -> None:
    target = tmp_path / "lesson.html"
    result = lesson(str(SAMPLES.parent / "tests" / "cases" / "decline-curl" / "repo"), "-o", str(target))
    assert result.exit_code == 1
    assert "declined" in result.stderr
    assert not target.exists()


def test_where_there_is_nothing_to_migrate_there_is_no_lesson(tmp_path: Path) -> None:
    (tmp_path / "README").write_text("nothing")
    target = tmp_path / "lesson.html"
    result = lesson(str(tmp_path), "-o", str(target))
    assert result.exit_code == 0
    assert not target.exists()
    assert "nothing to migrate" in result.stderr


def test_parameters_of_the_script_reach_the_lesson() -> None:
    result = lesson(str(SAMPLES / "static-scratch"), "--arg", "2.5", "--format", "markdown")
    assert result.exit_code == 0
    assert "static:2.5" in result.stdout
