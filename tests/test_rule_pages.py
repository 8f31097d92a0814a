"""The example of each page of a diagnostic gives that diagnostic, and what the page says of it is what is said."""

from __future__ import annotations

import re

import pytest
from rule_pages import PAGES, SILENT, before, example, filled, found, shown, table, without

from migrator.rules import CATALOGUE

LEFT_OUT = without()
SHOWN = sorted(set(CATALOGUE) - set(LEFT_OUT))


def said(code: str) -> str:
    """What is said of a page's example: every message of its code once."""
    messages = dict.fromkeys(message for this, message in found(code) if this == code and message)
    return "".join(f"{CATALOGUE[code].severity} {code}: {message}\n" for message in messages)


def with_said(code: str, text: str) -> str:
    """A page with what is said now behind its example."""
    old = before(code)
    head = re.sub(r"\nmigrator says:\n\n```text\n.*?^```\n", "", old, flags=re.MULTILINE | re.DOTALL)
    new = f"{head.rstrip()}\n\nmigrator says:\n\n```text\n{text}```\n" if text else head
    return new if new.endswith("\n") and not text else f"{new}"


@pytest.mark.parametrize("code", SHOWN)
def test_the_example_of_a_page_gives_its_code(code: str, request: pytest.FixtureRequest) -> None:
    assert code in {this for this, _ in found(code)}, f"{example(code)[1]}gives {list(found(code))}"
    if request.config.getoption("--update"):
        path, old = PAGES / f"{code}.md", before(code)
        path.write_text(path.read_text(encoding="utf-8").replace(old, with_said(code, said(code))), encoding="utf-8")
    assert shown(code) == said(code), "run: pytest tests/test_rule_pages.py --update"


@pytest.mark.parametrize("code", SILENT)
def test_a_code_that_only_lines_carry_has_no_message(code: str) -> None:
    assert said(code) == ""


def test_only_a_code_that_lines_carry_is_silent() -> None:
    assert {code for code in SHOWN if not shown(code)} == set(SILENT)


def test_every_code_is_shown_or_left_out_for_a_reason() -> None:
    assert set(LEFT_OUT) <= set(CATALOGUE)
    assert set(table()["page"]) <= set(SHOWN)
    assert all(len(why) > 20 for why in LEFT_OUT.values())
    assert len(SHOWN) > 160


@pytest.mark.parametrize("code", sorted(LEFT_OUT))
def test_a_page_without_an_example_that_is_run_shows_no_message(code: str) -> None:
    assert shown(code) == ""


def test_what_is_put_in_is_indented_as_its_sign_is() -> None:
    assert filled("a:\n  <x>b <x>\n", "<x>", "- c\n- d\n") == "a:\n  - c\n  - d\nb - c\n- d\n\n"
