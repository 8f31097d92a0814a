"""The lesson as Markdown (GitHub's flavour), for a README or for slides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.report.lesson.catalogue import catalogue
from migrator.report.lesson.mermaid import mermaid
from migrator.report.lesson.model import Fate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from migrator.report.lesson.catalogue import Catalogue
    from migrator.report.lesson.model import Lesson, Panel, Row, Said, Value

_TICKS = re.compile("`+")


def render(lesson: Lesson, language: str = "en") -> str:
    """The text in a language; whatever the repository holds stands in code, where nothing has a meaning."""
    return "\n".join(_Writer(lesson, catalogue(language)).lines()) + "\n"


def inline(text: str) -> str:
    """`text` as code within a line, with a fence that is not in it (https://spec.commonmark.org/0.31.2/#code-spans)."""
    ticks = _fence(text, 1)
    blank = " " if text.startswith("`") or text.endswith("`") or (text.strip() and text[0] == text[-1] == " ") else ""
    return f"{ticks}{blank}{text}{blank}{ticks}" if text else ""


def _cell(text: str) -> str:
    """The same in a cell of a table, where a bar is a bar only behind a backslash, within code as well."""
    return inline(text).replace("|", "\\|")


def _fence(text: str, least: int) -> str:
    longest = max((len(found) for found in _TICKS.findall(text)), default=0)
    return "`" * max(least, longest + 1)


def _block(text: str, language: str = "") -> Iterator[str]:
    fence = _fence(text, 3)
    yield f"{fence}{language}"
    yield text.rstrip("\n")
    yield fence
    yield ""


class _Writer:
    """One lesson in one language."""

    def __init__(self, lesson: Lesson, words: Catalogue) -> None:
        self.lesson, self.words = lesson, words

    def say(self, sentence: Said, *, cell: bool = False) -> str:
        """A sentence with its code set as code."""
        code = _cell if cell else inline
        return "".join(code(run.text) if run.code else run.text for run in self.words.runs(sentence))

    def ui(self, key: str, **values: Value) -> str:
        """A sentence by its key."""
        return self.say(self.lesson.said(key, **values))

    def lines(self) -> Iterator[str]:
        """The whole text, line by line."""
        yield from (f"# {self.ui('page.heading', script=self.lesson.script)}", "", self.ui("page.lede"), "")
        yield from self.summary()
        yield from self.pictures()
        yield from self.sides()
        yield from self.steps()
        yield from self.numbers()
        yield from self.questions()

    def summary(self) -> Iterator[str]:
        """What there was and what there is."""
        before, after = self.lesson.summary[:5], self.lesson.summary[5:]
        yield f"| {self.say(before[0])} | {self.say(after[0])} |"
        yield "|---|---|"
        for one, other in zip(before[1:], after[1:], strict=True):
            yield f"| {self.say(one)} | {self.say(other)} |"
        yield ""

    def pictures(self) -> Iterator[str]:
        """The pictures as Mermaid, which GitHub and most slides draw."""
        yield from (f"## {self.ui('flow.heading')}", "", self.ui("flow.lede"), "")
        for flow in self.lesson.flows:
            yield from (f"### {self.say(flow.title)}", "")
            yield from _block(mermaid(flow, self.words), "mermaid")

    def sides(self) -> Iterator[str]:
        """Every line of both sides with what is said about it."""
        yield from (f"## {self.ui('lines.heading')}", "", f"### {self.ui('lines.before')}", "")
        for panel in self.lesson.before:
            yield from self.panel(panel, self.ui("lines.where"))
        yield from (f"### {self.ui('lines.after')}", "")
        yield from _block("\n".join(line.text for line in self.lesson.after.lines), "dockerfile")
        yield from self.panel(self.lesson.after, self.ui("lines.origin"))
        yield from (f"{self.ui('lines.command')}:", "")
        yield from _block("\n".join(self.lesson.commands), "sh")

    def panel(self, panel: Panel, title: str) -> Iterator[str]:
        """A file as a table; empty lines are left out."""
        yield from (f"**{inline(panel.title)}**: {self.say(panel.role)}", "")
        yield f"| {self.ui('lines.line')} | {self.ui('lines.code')} | {title} |"
        yield "|--:|---|---|"
        for line in panel.lines:
            if line.fate is not Fate.BLANK:
                yield f"| {line.number} | {_cell(line.text)} | {self.say(line.note, cell=True)} |"
        yield ""

    def steps(self) -> Iterator[str]:
        """One heading for each thought."""
        yield from (f"## {self.ui('steps.heading')}", "")
        for number, step in enumerate(self.lesson.steps, 1):
            yield from (f"### {number}. {self.say(step.title)}", "")
            for sentence in step.text:
                yield from (self.say(sentence), "")
            if step.command:
                yield from _block(step.command, "sh")
            for title, ids in (("steps.before", step.before), ("steps.after", step.after)):
                if ids:
                    yield from (f"{self.ui(title)}:", "")
                    yield from _block("\n".join(self.excerpt(ids)))

    def excerpt(self, ids: Iterable[str]) -> Iterator[str]:
        """Lines with the file that they are in."""
        found = [self.lesson.lines[one] for one in ids]
        places = [f"{panel.title}:{line.number}" for panel, line in found]
        column = max(map(len, places))
        for place, (_, line) in zip(places, found, strict=True):
            yield f"{place:<{column}}  {line.text.strip()}"

    def numbers(self) -> Iterator[str]:
        """The table of numbers."""
        table = self.lesson.numbers
        yield from (f"## {self.ui('numbers.heading')}", "", self.say(table.source), "")
        for title, rows in (("numbers.counted", table.counted), ("numbers.measures", table.measured)):
            yield from self.table(self.ui(title), rows)

    def table(self, title: str, rows: Iterable[Row]) -> Iterator[str]:
        """Some rows of it under a heading of their own."""
        yield f"| {title} | {self.ui('numbers.before')} | {self.ui('numbers.after')} |"
        yield "|---|---|---|"
        for row in rows:
            cells = (self.say(sentence, cell=True) for sentence in (row.label, row.before, row.after))
            yield f"| {' | '.join(cells)} |"
        yield ""

    def questions(self) -> Iterator[str]:
        """The questions; an answer is folded where the reader's program can fold."""
        yield from (f"## {self.ui('questions.heading')}", "", self.ui("questions.lede"), "")
        for number, one in enumerate(self.lesson.questions, 1):
            yield from (f"{number}. {self.say(one.question)}", "")
            yield f"   <details><summary>{self.ui('questions.answer')}</summary>"
            yield from ("", f"   {self.say(one.answer)}", "", "   </details>", "")
