"""The overview in a real browser: filters, what each source opens to, the keyboard, and ten thousand rows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import browser
import pytest
from browser import browse, drive
from made_overviews import HOSTILE, PATCH, hostile, many, page, some

from migrator.batch.page import KINDS
from migrator.batch.task import STATES
from migrator.organisation.totals import Totals
from migrator.report import audit as report
from migrator.report.display import visible
from migrator.report.overview import html

if TYPE_CHECKING:
    from pathlib import Path

browser.skip_without_browser()

NAMES = "all('.row .name').map((x) => x.innerText)"


def test_ten_thousand_rows_open_and_nothing_is_said_on_the_console(tmp_path: Path) -> None:
    text = page(many(10_000))
    began = time.monotonic()
    dump, console = browse(tmp_path, text)
    assert time.monotonic() - began < 100
    assert console == ""
    assert "1 to 100 of 10000 sources" in dump
    assert dump.count('<details class="row') == 100


def test_filters_give_the_sources_that_they_name(tmp_path: Path) -> None:
    found = drive(
        tmp_path,
        page(many(2_000)),
        "const set = (values) => { for (const id of ['status', 'reason', 'folder', 'text']) {"
        " const field = document.getElementById(id); field.value = values[id] || '';"
        " field.dispatchEvent(new Event('input', { bubbles: true })); }"
        f" return [document.querySelector('.shown').innerText, {NAMES}.slice(0, 2), location.hash]; }};"
        "const sets = [{ status: 'declined' }, { reason: 'MG310' }, { folder: 'team-003' },"
        " { status: 'converted', reason: 'MG310', folder: 'team-003' }, { text: 'CURL repository-0012' },"
        " { status: 'declined', reason: 'MG310' }].map(set);"
        "document.querySelector('[type=reset]').click(); await later();"
        "sets.push([document.querySelector('.shown').innerText]);"
        "document.querySelector('.pick[data-pick=reason]').click();"
        "sets.push([document.querySelector('.shown').innerText, document.getElementById('reason').value]);"
        "return sets;",
    )
    assert [one[0] for one in found] == [
        "50 sources, out of 2000",
        "50 sources, out of 2000",
        "100 sources, out of 2000",
        "3 sources, out of 2000",
        "1 source, out of 2000",
        "0 sources, out of 2000",
        "1 to 100 of 2000 sources",
        "50 sources, out of 2000",
    ]
    assert found[3][1] == ["team-003/repository-00300", "team-003/repository-00340"]
    assert found[4][1] == ["team-001/repository-00120"]
    assert found[3][2] == "#?status=converted&reason=MG310&folder=team-003"
    assert found[7][1] == "MG304"


def test_an_address_that_was_kept_shows_the_same_again(tmp_path: Path) -> None:
    found = drive(tmp_path, page(some()), f"return {NAMES};", hash_="#?status=declined&folder=web")
    assert found == ["web/old/wiki"]


def test_each_source_opens_to_its_verdict_its_tasks_and_its_diff(tmp_path: Path) -> None:
    verdicts = {"/srv/src/web/blog": {"verdict": "identical", "engine": "docker 26.1.5"}}
    found = drive(
        tmp_path,
        page(some(), verdicts),
        "const open = {}; for (const row of all('.row')) { row.open = true; }; await later();"
        "for (const row of all('.row')) { const name = row.querySelector('.name').innerText;"
        " open[name] = [row.querySelector('.body').innerText,"
        " [...row.querySelectorAll('.diff span')].map((x) => [x.textContent, x.className])]; } return open;",
    )
    assert list(found) == ["web/shop", "web/blog", "data/etl", "web/old/wiki", "data/tables", "broken"]
    text, lines = found["web/blog"]
    assert "identical" in text
    assert "docker 26.1.5" in text
    assert "To do by hand\nbuild.sh:9 MG310 the push stays in the script" in text
    assert [line for line, _ in lines] == PATCH.splitlines()
    kinds = ["head", "head", "head", "hunk", "added", "added", "", "removed", "added", "removed"]
    assert [kind for _, kind in lines] == kinds
    assert "not verified" in found["web/shop"][0]
    assert "1 Dockerfile fewer, 1 image that only carried files, 1 container" in found["web/shop"][0]
    assert "build.sh:7 MG304 what curl brings cannot be known\nPin it." in found["data/etl"][0]
    assert "no file of it calls a container engine" in found["data/tables"][0]


def test_the_states_of_a_batch_are_shown_with_their_meanings(tmp_path: Path) -> None:
    rows = [report.row(one) | {"status": state} for one, state in zip(some(), STATES, strict=False)]
    totals = Totals()
    for one in some():
        totals.add(one)
    found = drive(
        tmp_path,
        html.render("A batch", report.summary(totals), rows, KINDS),
        "return [all('.sums .pick').map((x) => x.dataset.value), all('.row').map((x) => x.className),"
        " all('.row .word').map((x) => x.innerText)];",
    )
    states = list(STATES[: len(rows)])
    assert found[0] == states
    assert found[2] == states
    assert found[1] == [f"row {KINDS[state].tone}" for state in states]


def test_markup_of_a_source_is_text(tmp_path: Path) -> None:
    found = drive(
        tmp_path,
        page(hostile()),
        "for (const row of all('.row')) row.open = true; await later();"
        f"return [document.title, all('img, main script').length, {NAMES}, all('.advice')[0].textContent];",
    )
    assert found[:2] == ["An audit", 0]
    assert visible(HOSTILE) in found[2]
    assert found[3] == visible(HOSTILE)


def test_a_script_that_is_not_ours_is_kept_out(tmp_path: Path) -> None:
    text = page(some()).replace("</body>", "<script>document.title = 'taken'</script></body>")
    dump, console = browse(tmp_path, text)
    assert "Content Security Policy" in console
    assert "<title>taken" not in dump


def test_the_keyboard_is_enough(tmp_path: Path) -> None:
    found = drive(
        tmp_path,
        page(many(300)),
        "const lines = all('.row > summary'); lines[0].focus(); const at = () => lines.indexOf(document.activeElement);"
        "const way = []; for (const name of ['ArrowDown', 'ArrowDown', 'ArrowUp', 'End', 'ArrowDown', 'Home'])"
        " { key(name); way.push(at()); } document.activeElement.click(); await later();"
        "const open = document.activeElement.parentElement.open; document.querySelector('.pages .next').click();"
        "return [way, open, document.querySelector('.shown').innerText, document.activeElement.innerText,"
        " all('select, input, button, summary, a, [tabindex]').filter((x) => x.tabIndex < 0).length];",
    )
    assert found[0] == [1, 2, 1, 99, 99, 0]
    assert found[1] is True
    assert found[2] == "101 to 200 of 300 sources"
    assert "repository-" in found[3]
    assert found[4] == 0


@pytest.mark.parametrize("width", [500, 1360])
def test_nothing_is_wider_than_the_screen(width: int, tmp_path: Path) -> None:
    found = drive(
        tmp_path,
        page(some()),
        "document.body.style.width = innerWidth < 600 ? '390px' : ''; const edge = document.body.clientWidth;"
        "for (const row of all('.row')) row.open = true; await later();"
        "return all('header *, main *').filter((x) => !x.closest('.wide, .diff, .bar') &&"
        " x.getBoundingClientRect().right > edge + 1).map((x) => x.tagName + '.' + x.className);",
        width=width,
    )
    assert found == []


def test_it_prints(tmp_path: Path) -> None:
    target = tmp_path / "page.pdf"
    browse(tmp_path, page(some()), flags=(f"--print-to-pdf={target}",))
    assert target.read_bytes()[:5] == b"%PDF-"
