"""The pages that are made from the program and from the tables of the tests are what would be made now."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest
from generated_pages import commands, constructs_page, man_page, options_page

from migrator.cli.version import version

DOCS = Path(__file__).parents[1] / "docs"
PAGES = {
    "reference/options.md": options_page,
    "reference/constructs.md": constructs_page,
    "man/migrator.1": lambda: man_page(version()),
}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_current(name: str, request: pytest.FixtureRequest) -> None:
    text = PAGES[name]()
    if request.config.getoption("--update"):
        (DOCS / name).parent.mkdir(exist_ok=True)
        (DOCS / name).write_text(text, encoding="utf-8")
    assert (DOCS / name).read_text(encoding="utf-8") == text, "run: pytest tests/test_generated_pages.py --update"


def test_every_option_of_every_command_is_there() -> None:
    page, man = (DOCS / "reference/options.md").read_text(), (DOCS / "man/migrator.1").read_text()
    for name, command, ctx in commands():
        section = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert ctx.get_usage().removeprefix("Usage: ") in section
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert all(re.search(rf"{re.escape(one)}\b", section) for one in parameter.opts), (name, parameter.name)
                assert parameter.opts[0].replace("-", "\\-") in man


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff")
def test_the_man_page_is_one() -> None:
    words = ["groff", "-man", "-Tutf8", "-ww", str(DOCS / "man/migrator.1")]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "migrator audit" in done.stdout
