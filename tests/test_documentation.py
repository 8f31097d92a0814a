"""What the documents say is true: links lead somewhere, options exist, shown output is the real output."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from test_structure import ORDER

from migrator.cli import main
from migrator.report.pages import page
from migrator.rules import CATALOGUE

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
SECTIONS = ["What it means", "Why it matters", "What to do", "Before", "After"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def dead_links(path: Path) -> list[str]:
    targets = LINK.findall(path.read_text(encoding="utf-8"))
    return [target for target in targets if "://" not in target and not (path.parent / target).exists()]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    assert dead_links(path) == []


def test_a_dead_link_is_seen(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("[x](b.md) [y](a.md#part) [z](https://example.com/)")
    assert dead_links(tmp_path / "a.md") == ["b.md"]


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_each_page_has_its_sections_in_order(code: str) -> None:
    text = page(code)
    assert text is not None
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == SECTIONS
    assert text.startswith(f"# {code}: {CATALOGUE[code].name.replace('-', ' ')}\n")
    assert f"\nSeverity: {CATALOGUE[code].severity}\n" in text
    assert all(part.strip() for part in re.split(r"^## .*$", text, flags=re.MULTILINE))


def test_the_index_has_every_code() -> None:
    index = (DOCS / "reference" / "rules" / "index.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| \[(MG\d+)\]\((?:MG\d+)\.md\)", index, re.MULTILINE) == sorted(CATALOGUE)
    for rule in CATALOGUE.values():
        assert f"| {rule.severity} | {rule.name.replace('-', ' ')} |" in index


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_line_that_is_shown_is_one(path: Path) -> None:
    """Each `migrator …` in a shell block names a command that there is, with options that it has."""
    for line in "".join(blocks(path.read_text(encoding="utf-8"), "sh")).splitlines():
        found = re.search(r"\bmigrator ([a-z]+)(.*)", line.partition("#")[0])
        if found is None:
            continue
        command = main.get_command(click.Context(main), found[1])
        assert command is not None, line
        known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        for option in re.findall(r"(?<=\s)(--?[a-z][a-z-]*)", re.split(r"[|>]", found[2])[0]):
            assert option in known, line


@pytest.mark.parametrize("name", main.list_commands(click.Context(main)))
def test_the_reference_has_every_option(name: str) -> None:
    reference = (DOCS / "reference" / "cli.md").read_text(encoding="utf-8")
    command = main.get_command(click.Context(main), name)
    assert command is not None
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert any(option in reference for option in parameter.opts), parameter.name


def test_the_readme_shows_the_sample_as_it_is() -> None:
    assert (ROOT / "samples" / "http-server" / "build.sh").read_text(encoding="utf-8") in blocks(README, "sh")


def test_the_readme_shows_what_convert_prints() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "migrator", "convert", "samples/http-server"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout in blocks(README, "dockerfile")


def test_the_contributor_finds_every_folder() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    folders = [path.parent.name for path in (ROOT / "migrator").glob("*/__init__.py")]
    assert len(folders) > 15
    assert [name for name in folders if f"`migrator/{name}/`" not in text] == []


def test_the_order_of_imports_is_the_one_that_is_held() -> None:
    text = (DOCS / "explanation" / "how-it-works.md").read_text(encoding="utf-8")
    shown = re.search(r"`(source, errors [^`]*)`", text)
    assert shown is not None
    assert " ".join(shown[1].split()) == " < ".join(", ".join(names) for names in ORDER)
