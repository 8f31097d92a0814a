"""The page in a real browser: ties, keyboard, steps, narrow screens, paper, and not a word on the console."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import browser
import pytest
from browser import browse
from lesson_inputs import hostile, sample

from migrator.report.lesson import html

if TYPE_CHECKING:
    from pathlib import Path

    from migrator.report.lesson.model import Lesson

browser.skip_without_browser()


def drive(folder: Path, lesson: Lesson, script: str, **how: Any) -> Any:  # noqa: ANN401 - whatever the driver finds
    return browser.drive(folder, html.render(lesson), script, **how)


def test_the_page_says_nothing_on_the_console_and_its_policy_lets_it_work(tmp_path: Path) -> None:
    dump, console = browse(tmp_path, html.render(hostile()))
    assert console == ""
    assert 'class="js"' in dump
    assert '<ol class="code" data-label="build.sh" role="listbox"' in dump


def test_a_script_that_is_not_ours_is_kept_out(tmp_path: Path) -> None:
    page = html.render(hostile()).replace("</body>", "<script>document.title = 'taken'</script></body>")
    dump, console = browse(tmp_path, page)
    assert "Content Security Policy" in console
    assert "<title>taken" not in dump


@pytest.mark.parametrize("name", ["http-server", "two-builders", "bind-mount"])
def test_every_line_lights_what_it_is_tied_to_and_draws_the_ties(name: str, tmp_path: Path) -> None:
    lesson = sample(name)
    found = drive(
        tmp_path,
        lesson,
        "return all('.sides .line').map((line) => { line.focus(); return [line.id, all('.line.on').map((x) => x.id),"
        "all('.line.tied').map((x) => x.id), all('.ties .on').length, document.querySelector('.about').innerText]; });",
    )
    assert len(found) == len(lesson.lines)
    for line_id, on, tied, curves, about in found:
        panel, line = lesson.lines[line_id]
        assert on == [line_id]
        assert sorted(tied) == sorted(line.ties)
        assert curves == len(line.ties)
        assert f"{panel.title}, line {line.number}" in about


def test_the_keyboard_is_enough(tmp_path: Path) -> None:
    found = drive(
        tmp_path,
        sample("http-server"),
        "const stops = all('.sides .line').filter((x) => x.tabIndex === 0).map((x) => x.id);"
        "document.getElementById('a1').focus(); const way = [];"
        "for (const name of ['ArrowDown', 'End', 'ArrowDown', 'Home', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'Enter',"
        " 'Enter']) { key(name); way.push(document.activeElement.id); }"
        "key('Escape'); return [stops, way, all('.line.on').length];",
    )
    assert found[0] == ["a1", "b1x1", "b2x1", "z1"]
    assert found[1] == ["a2", "a13", "a13", "a1", "a2", "a3", "a4", "z1", "a4"]
    assert found[2] == 0


def test_one_step_at_a_time(tmp_path: Path) -> None:
    lesson = sample("http-server")
    found = drive(
        tmp_path,
        lesson,
        "const shown = () => all('.step:not([hidden])').map((x) => x.id); const way = [shown()];"
        "const next = document.querySelector('.next'); while (!next.disabled) { next.click(); way.push(shown()); }"
        "document.querySelector('.previous').click(); way.push(shown());"
        "document.querySelector('.step:not([hidden]) .show button').click();"
        "return [way, all('.line.on').map((x) => x.id)];",
    )
    steps = [f"step-{step.id}" for step in lesson.steps]
    assert found[0] == [[step] for step in [*steps, steps[-2]]]
    assert sorted(found[1]) == sorted(lesson.steps[-2].before + lesson.steps[-2].after)


@pytest.mark.parametrize("width", [500, 1360])
def test_nothing_is_wider_than_the_screen(width: int, tmp_path: Path) -> None:
    # Headless Chromium makes no window narrower than 500; the page is put into a frame of 390 for a phone.
    found = drive(
        tmp_path,
        sample("two-builders"),
        "document.body.style.width = innerWidth < 600 ? '390px' : ''; const edge = document.body.clientWidth;"
        "return all('main *').filter((x) => !x.closest('svg, pre') && x.getBoundingClientRect().right > edge + 1)"
        ".map((x) => x.tagName + '.' + x.className);",
        width=width,
    )
    assert found == []


def test_without_scripts_every_note_and_every_step_is_there(tmp_path: Path) -> None:
    page = re.sub(r"<script>.*?</script>", "", html.render(sample("http-server")), flags=re.DOTALL)
    page = re.sub(r"<meta http-equiv.*?>\n", "", page)
    check = (
        "<script>const off = [...document.querySelectorAll('.line:not(.blank) .note, .step')]"
        ".filter((x) => !x.offsetHeight).length; document.title = 'off ' + off;</script>"
    )
    dump, _ = browse(tmp_path, page.replace("</body>", f"{check}</body>"))
    assert "<title>off 0</title>" in dump


def test_it_prints(tmp_path: Path) -> None:
    target = tmp_path / "lesson.pdf"
    browse(tmp_path, html.render(sample("http-server")), flags=(f"--print-to-pdf={target}",))
    assert target.read_bytes()[:5] == b"%PDF-"


@pytest.mark.parametrize(("flags", "moves"), [((), True), (("--force-prefers-reduced-motion",), False)])
def test_nothing_moves_for_whoever_asks_for_that(flags: tuple[str, ...], *, moves: bool, tmp_path: Path) -> None:
    found = drive(
        tmp_path,
        sample("http-server"),
        "const line = getComputedStyle(document.querySelector('.line'));"
        "return [getComputedStyle(document.documentElement).scrollBehavior, parseFloat(line.transitionDuration) > 0,"
        " all('*').filter((one) => one.tabIndex > 0).length];",
        flags=flags,
    )
    # Nothing jumps the queue of Tab either way: the order of focus is the order of the page.
    assert found == ["smooth" if moves else "auto", moves, 0]
