"""axe-core finds nothing serious in the pages that we draw and in the site, light and dark, wide and narrow."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import axe_core_python
import browser
import pytest
from lesson_inputs import sample
from made_overviews import hostile, page

from migrator.report.lesson import html

browser.skip_without_browser()

ROOT = Path(__file__).parents[2]
AXE = Path(axe_core_python.__file__).parent / "axe.min.js"
DARK = "--blink-settings=preferredColorScheme=0"
LIGHT = "--blink-settings=preferredColorScheme=1"
RUN = (
    "{before} const dark = matchMedia('(prefers-color-scheme: dark)').matches; const found = await axe.run(document);"
    "return [dark, found.passes.length, found.violations.map((one) => [one.impact, one.id, one.help,"
    " one.nodes.slice(0, 5).map((node) => node.html.slice(0, 120) + ' ' + node.failureSummary)])];"
)


def with_axe(folder: Path, text: str) -> str:
    """A page that loads axe, which is laid beside it."""
    (folder / "axe.js").write_bytes(AXE.read_bytes())
    return text.replace("</body>", '<script src="axe.js"></script></body>')


def findings(folder: Path, text: str, *, dark: bool, width: int = 1360, before: str = "") -> list[Any]:
    """What axe has to say that is serious or critical, and at least that it has looked."""
    text = with_axe(folder, text)
    how = {"width": width, "flags": (DARK if dark else LIGHT,)}
    is_dark, passes, violations = browser.drive(folder, text, RUN.replace("{before}", before), **how)
    assert is_dark == dark
    assert passes > 3
    return [one for one in violations if one[0] in {"serious", "critical"}]


@pytest.mark.parametrize(("dark", "width"), [(False, 1360), (True, 500)])
def test_the_lesson(*, dark: bool, width: int, tmp_path: Path) -> None:
    # A line that is pointed at lights up, and so do its ties and the note: those colours count as well.
    before = "document.getElementById('a1').focus(); await later();"
    text = html.render(sample("http-server"))
    assert findings(tmp_path, text, dark=dark, width=width, before=before) == []


@pytest.mark.parametrize(("dark", "width"), [(False, 1360), (True, 500)])
def test_the_report_of_many_repositories(*, dark: bool, width: int, tmp_path: Path) -> None:
    before = "document.querySelector('.row summary').click(); await later();"
    assert findings(tmp_path, page(hostile()), dark=dark, width=width, before=before) == []


def test_the_first_page_of_the_site(tmp_path: Path) -> None:
    """Only that page is built, by the settings of the site without its list of pages."""
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.md").write_bytes((ROOT / "docs" / "index.md").read_bytes())
    # In the whole site its links lead somewhere; here it stands alone.
    settings = re.sub(
        r"(?ms)^(nav|validation|strict):.*?(?=^\w)", "", (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    )
    (tmp_path / "mkdocs.yml").write_text(settings, encoding="utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(tmp_path / "site")]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    text = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert findings(tmp_path / "site", text, dark=False) == []


def test_a_page_with_faults_is_found_out(tmp_path: Path) -> None:
    pale = '<p style="color:#bbb">pale</p>' + "<p>plain</p>" * 10
    text = f'<!doctype html><html><body><img src="x.png"><button></button>{pale}</body></html>'
    found = findings(tmp_path, text, dark=False)
    assert {"image-alt", "button-name", "color-contrast", "html-has-lang"} <= {name for _, name, *_ in found}
