"""The lesson as one page of HTML that needs nothing beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from migrator.report import standalone
from migrator.report.lesson.catalogue import catalogue
from migrator.report.lesson.mermaid import mermaid
from migrator.report.lesson.picture import fitting, picture

if TYPE_CHECKING:
    from migrator.report.lesson.catalogue import Catalogue, Run
    from migrator.report.lesson.model import Lesson, Line, Said, Value

_PACKAGE = "migrator.report.lesson"
_CODE = Markup("<code>{}</code>")
_SHORT = Markup('<code class="short">{}</code>')
# As much as the narrowest screen shows in one line of a paragraph; what is longer may be broken.
_MOST = 26


def render(lesson: Lesson, language: str = "en") -> str:
    """The page in a language, the same bytes for the same lesson on every machine."""
    words = catalogue(language)
    style, script = (standalone.asset(_PACKAGE, name) for name in ("lesson.css", "lesson.js"))
    page = standalone.environment(_PACKAGE).get_template("lesson.html")
    return page.render(
        lesson=lesson,
        t=lambda sentence: _set(words, sentence),
        ui=lambda key, **values: _set(words, lesson.said(key, **values)),
        plain=lambda key, **values: words.text(lesson.said(key, **values)),
        describe=words.text,
        fitting=fitting,
        pictures=[(picture(flow), mermaid(flow, words)) for flow in lesson.flows],
        place=lambda line_id: _place(lesson, line_id),
        sign=_sign,
        halves=(lesson.summary[:5], lesson.summary[5:]),
        style=standalone.own(style),
        script=standalone.own(script),
        policy=standalone.policy(style, script),
    )


def _set(words: Catalogue, sentence: Said) -> Markup:
    return Markup("").join(_run(run) for run in words.runs(sentence))


def _run(run: Run) -> Markup:
    if not run.code:
        return escape(run.text)
    return (_SHORT if len(run.text) <= _MOST else _CODE).format(run.text)


def _place(lesson: Lesson, line_id: str) -> dict[str, Value]:
    """What names a line: its file and its number."""
    panel, line = lesson.lines[line_id]
    return {"file": panel.title, "number": line.number}


def _sign(line: Line) -> str:
    """What stands behind an old line: the numbers of its new lines, as far as there is room."""
    numbers = [tie.lstrip("z") for tie in line.ties]
    if not numbers:
        return ""
    return f"→ {numbers[0]}" if len(numbers) == 1 else f"→ {numbers[0]}…{numbers[-1]}"
