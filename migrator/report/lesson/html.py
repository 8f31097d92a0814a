"""The lesson as one page of HTML that needs nothing beside it.

Jinja escapes every value that is put into the page. The page carries a policy under which a browser runs our own
script and style sheet and nothing else, so that what should ever slip through still could not act.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from migrator.report.lesson.catalogue import catalogue
from migrator.report.lesson.mermaid import mermaid
from migrator.report.lesson.model import said
from migrator.report.lesson.picture import fitting, picture

if TYPE_CHECKING:
    from migrator.report.lesson.catalogue import Catalogue, Run
    from migrator.report.lesson.model import Lesson, Line, Said, Value

_CODE = Markup("<code>{}</code>")
_SHORT = Markup('<code class="short">{}</code>')
# As much as the narrowest screen shows in one line of a paragraph; what is longer may be broken.
_MOST = 26


def render(lesson: Lesson, language: str = "en") -> str:
    """The page in a language, the same bytes for the same lesson on every machine."""
    words = catalogue(language)
    style, script = _asset("lesson.css"), _asset("lesson.js")
    page = _environment().get_template("lesson.html")
    return page.render(
        lesson=lesson,
        t=lambda sentence: _set(words, sentence),
        ui=lambda key, **values: _set(words, said(key, **values)),
        plain=lambda key, **values: words.text(said(key, **values)),
        describe=words.text,
        fitting=fitting,
        pictures=[(picture(flow), mermaid(flow, words)) for flow in lesson.flows],
        place=lambda line_id: _place(lesson, line_id),
        sign=_sign,
        halves=(lesson.summary[:5], lesson.summary[5:]),
        style=Markup(style),  # noqa: S704 - a file of ours
        script=Markup(script),  # noqa: S704 - a file of ours
        policy=_policy(style, script),
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@lru_cache(maxsize=8)
def _asset(name: str) -> str:
    return (files("migrator.report.lesson") / "page" / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """A content security policy (https://www.w3.org/TR/CSP3/) that lets in these two texts by their hashes."""
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
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
