"""The site has every page, and every page of its navigation is there; `make docs` builds it and checks every link."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def pages(nav: list[Any]) -> list[str]:
    found: list[str] = []
    for entry in nav:
        for value in entry.values() if isinstance(entry, dict) else (entry,):
            found += pages(value) if isinstance(value, list) else [value]
    return found


def test_the_navigation_has_every_page_once() -> None:
    site = YAML(typ="safe").load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    there = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    rules = {name for name in there if name.startswith("reference/rules/MG")}
    assert sorted(pages(site["nav"])) == sorted(there - rules)


def test_the_site_needs_no_other_host() -> None:
    site = YAML(typ="safe").load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    assert site["theme"]["font"] is False
    assert not {"extra_css", "extra_javascript", "extra"} & site.keys()
