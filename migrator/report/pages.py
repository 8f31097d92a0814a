"""The page of each diagnostic code: docs/reference/rules, which an installed package carries with it."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_CODE = re.compile(r"MG\d{3}")
_MEANING = re.compile(r"^## What it means\n+(.*?)(?=\n## |\Z)", re.MULTILINE | re.DOTALL)


def page(code: str) -> str | None:
    """The page of a code as Markdown, or None when there is none."""
    if _CODE.fullmatch(code) is None:
        return None
    for folder in _folders():
        place = folder / f"{code}.md"
        if place.is_file():
            return place.read_text(encoding="utf-8")
    return None


def meaning(code: str) -> str | None:
    """The section of a code's page that says what it means."""
    found = _MEANING.search(page(code) or "")
    return found[1].strip() if found else None


def _folders() -> tuple[Traversable, ...]:
    """Where the pages are: in the installed package (the wheel puts them there), else in the source tree."""
    return (files("migrator") / "pages", Path(__file__).parents[2] / "docs" / "reference" / "rules")
