"""`migrator rule`: the catalogue and its pages."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from migrator.cli import main
from migrator.report.pages import meaning, page
from migrator.rules import CATALOGUE


def test_the_list_has_every_code_once() -> None:
    result = CliRunner().invoke(main, ["rule"])
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.splitlines()] == sorted(CATALOGUE)


@pytest.mark.parametrize("code", ["MG101", "mg101"])
def test_a_page(code: str) -> None:
    result = CliRunner().invoke(main, ["rule", code])
    assert result.exit_code == 0
    assert result.output.startswith("# MG101")
    assert result.output == page("MG101")
    assert "## What to do" in result.output


@pytest.mark.parametrize("code", ["MG999", "../MG101", "MG101.md", "x", "", "\x1b[2J"])
def test_a_code_that_does_not_exist(code: str) -> None:
    result = CliRunner().invoke(main, ["rule", code])
    assert result.exit_code == 2
    assert "there is no diagnostic" in result.stderr
    assert "\x1b" not in result.stderr


def test_the_meaning_is_the_first_section() -> None:
    text = meaning("MG101")
    assert text
    assert "##" not in text
    assert text in (page("MG101") or "")
