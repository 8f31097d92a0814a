"""Diagnostics as text: place, message, source line, caret."""

from __future__ import annotations

import pytest

from migrator.diagnostics import Diagnostic, Rule, Severity
from migrator.report.display import Palette, width
from migrator.report.findings import headline, render
from migrator.source import Source

RULE = Rule("MG104", "made-up-name", Severity.WARNING, "image name depends on {name}", "give {name} a default")


def found(text: str, start: int, end: int, rule: Rule = RULE, file: str = "build.sh") -> Diagnostic:
    return rule.at(Source(file, text).span(start, end), name="$1")


def test_the_form_of_a_finding() -> None:
    text = "#!/bin/sh\n\ndocker build -t $1 .\n"
    start = text.index("$1")
    assert render([found(text, start, start + 2)]) == (
        "build.sh:3:17: warning MG104: image name depends on $1\n"
        "    docker build -t $1 .\n"
        "                    ^~\n"
        "    help: give $1 a default\n"
    )


def test_without_a_place_there_is_no_line() -> None:
    assert render([RULE.at(None, name="x")], advice=False) == "warning MG104: image name depends on x\n"


def test_a_span_over_several_lines_is_marked_to_the_end_of_the_first() -> None:
    assert render([found("abc def\nghi\n", 4, 10)], advice=False).splitlines()[1:] == ["    abc def", "        ^~~"]


def test_an_empty_span_at_the_very_end_still_has_a_caret() -> None:
    assert render([found("abc\n", 4, 4)], advice=False).splitlines()[2] == "    ^"


@pytest.mark.parametrize("before", ["", "\t", "\t\t", "漢字 ", "e\u0301", "\x1b[2J", "\u202e"])
def test_the_caret_stands_under_the_first_character(before: str) -> None:
    text = f"{before}X rest\n"
    _, line, caret = render([found(text, len(before), len(before) + 1)], advice=False).splitlines()
    assert width(caret) - 1 == width(line[: line.index("X")])


@pytest.mark.parametrize("position", [0, 50, 5_000, 99_999])
def test_a_very_long_line_is_shown_around_the_caret(position: int) -> None:
    text = "a" * position + "X" + "b" * (100_000 - position - 1)
    _, line, caret = render([found(text, position, position + 1)], advice=False).splitlines()
    assert len(line) < 130
    assert line[caret.index("^")] == "X"


def test_control_characters_of_a_repository_never_reach_the_terminal() -> None:
    text = "echo \x1b]0;title\x07\n"
    shown = render([found(text, 5, 9, file="bad\x1b[2J.sh")])
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "bad\\x1b[2J.sh:1:6:" in shown


def test_a_finding_stays_on_one_line() -> None:
    assert "\n" not in headline(RULE.at(None, name="a\nb"))


def test_colour_marks_and_changes_no_word() -> None:
    finding = found("docker\n", 0, 6)
    coloured = render([finding], Palette(colour=True))
    assert "\x1b[1;33mwarning\x1b[0m" in coloured
    for code in ("\x1b[1;33m", "\x1b[1m", "\x1b[0m"):
        coloured = coloured.replace(code, "")
    assert coloured == render([finding])
