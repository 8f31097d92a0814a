"""The page: whatever the repository holds is text, nothing is fetched, and everybody can read it."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from lesson_inputs import HOSTILE, SAMPLES, hostile, sample

from migrator.report.display import visible
from migrator.report.lesson import html, markdown
from migrator.report.lesson.catalogue import LANGUAGES

VOID = {"meta", "link", "br", "img", "input", "hr", "rect", "line", "path"}
STYLE = (Path(html.__file__).parent / "page" / "lesson.css").read_text(encoding="utf-8")


class Page(HTMLParser):
    """What a browser would find: elements with their attributes, text by the element that it is in, faults."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        self.faults += [f"<{tag}> is not closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID and not (tag == "path" or self.get_starttag_text().endswith("/>")):  # type: ignore[union-attr]
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)

    def named(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


@pytest.fixture(scope="module", params=[(name, "en") for name in SAMPLES] + [("http-server", "zh")])
def page(request: pytest.FixtureRequest) -> Page:
    name, language = request.param
    return Page(html.render(sample(name), language))


def test_the_elements_nest(page: Page) -> None:
    assert page.faults == []


def test_an_element_that_does_not_nest_is_seen() -> None:
    assert Page("<p><b>x</p>").faults


def test_nothing_is_fetched(page: Page) -> None:
    for _, attributes in page.elements:
        for name in ("src", "href", "data", "action", "xlink:href", "poster", "srcset"):
            assert re.match(r"#|data:,|$", attributes.get(name, "")), attributes
    assert not re.search(r"url\((?!#)|@import", STYLE)


def test_nothing_acts_from_an_attribute(page: Page) -> None:
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag


def test_every_id_is_there_once_and_every_reference_leads_to_one(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert sorted(ids) == sorted(set(ids))
    for _, attributes in page.elements:
        wanted = [word for name in ("aria-labelledby", "aria-describedby", "data-ties", "data-lines")
                  for word in attributes.get(name, "").split()]  # fmt: skip
        wanted += [attributes["href"][1:]] if attributes.get("href", "").startswith("#") else []
        assert set(wanted) <= set(ids)


def test_there_are_landmarks_a_language_and_one_heading_of_each_rank_at_least(page: Page) -> None:
    tags = [tag for tag, _ in page.elements]
    assert all(tags.count(tag) == 1 for tag in ("header", "nav", "main", "footer", "aside", "h1"))
    assert page.named("html")[0]["lang"] in {"en", "zh-Hans"}
    ranks = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert all(later - earlier <= 1 for earlier, later in pairwise(ranks))
    assert all("aria-labelledby" in attributes for attributes in page.named("section", "article"))


def policy_of(text: str) -> str:
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert found
    return found[1].replace("&#39;", "'")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_policy_lets_in_what_is_there_and_nothing_else(language: str) -> None:
    text = html.render(hostile(), language)
    policy = policy_of(text)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        bodies = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        assert len(bodies) == 1
        digest = base64.b64encode(hashlib.sha256(bodies[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


# --- a repository that means no good ---------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_script_full_of_markup_is_shown_as_text(language: str) -> None:
    text = html.render(hostile(), language)
    assert [character for character in text if not character.isprintable() and character != "\n"] == []
    found = Page(text)
    assert found.faults == []
    honest = {tag for tag, _ in Page(html.render(sample("http-server"), language)).elements}
    assert {tag for tag, _ in found.elements} <= honest
    assert not [name for _, attributes in found.elements for name in attributes if name.startswith("on")]
    shown = code_lines(text)
    for content in HOSTILE.values():
        for line in content.splitlines():
            assert visible(line) in shown
    assert "49" not in shown


class Texts(HTMLParser):
    """The text of some markup, as a reader sees it."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.feed(markup)
        self.close()

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def code_lines(text: str) -> list[str]:
    """The text of every line of both sides."""
    bodies = re.findall(r'<code class="c">(.*?)</code><span class="w"', text, re.DOTALL)
    return ["".join(Texts(body).parts) for body in bodies]


def test_markup_that_slips_through_would_be_seen() -> None:
    text = html.render(hostile()).replace("&lt;script&gt;", "<script>")
    assert Page(text).faults or Page(text).named("script") != Page(html.render(hostile())).named("script")


def test_markdown_keeps_a_repository_in_code() -> None:
    text = markdown.render(hostile())
    assert [character for character in text if not character.isprintable() and character != "\n"] == []
    outside = outside_code(text)
    for piece in ("<script", "<img", "<svg", "</code>", "alert", "whoami", "<b>"):
        assert piece in text
        assert piece not in outside, piece


def outside_code(text: str) -> str:
    """What of some Markdown is not code, by CommonMark's rules for fences and code spans."""
    kept, fence = [], None
    for line in text.split("\n"):
        mark = re.match(r"(`{3,})(\w*)$", line)
        if fence is None and mark:
            fence = mark[1]
        elif fence is not None:
            fence = None if line == fence else fence
        else:
            kept.append(re.sub(r"(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)", "", line))
    assert fence is None
    return "\n".join(kept)


def test_code_that_is_not_fenced_is_seen() -> None:
    assert "<b>" in outside_code("a <b> `c`")
    assert "<b>" not in outside_code("a ``x ` <b>`` c")


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_table_of_the_markdown_has_as_many_cells_in_every_row(name: str, language: str) -> None:
    rows: list[int] = []
    for line in [*outside_fences(markdown.render(sample(name), language)), ""]:
        if line.startswith("|"):
            rows.append(len(re.findall(r"(?<!\\)\|", line)))
        else:
            assert len(set(rows)) <= 1
            rows = []


def outside_fences(text: str) -> list[str]:
    kept, inside = [], False
    for line in text.split("\n"):
        if line.startswith("```"):
            inside = not inside
        elif not inside:
            kept.append(line)
    return kept


# --- contrast -------------------------------------------------------------------------------------------------


def luminance(colour: str) -> float:
    """Relative luminance (https://www.w3.org/TR/WCAG22/#dfn-relative-luminance)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def palettes() -> list[dict[str, str]]:
    light, dark = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)[:2]
    return [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", text)) for text in (light, dark)]


@pytest.mark.parametrize("colours", palettes(), ids=["light", "dark"])
@pytest.mark.parametrize("text", ["ink", "quiet", "accent", "word", "remark"])
@pytest.mark.parametrize("ground", ["paper", "card", "lit", "tied"])
def test_text_stands_out_from_its_ground(colours: dict[str, str], text: str, ground: str) -> None:
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("colours", palettes(), ids=["light", "dark"])
def test_marks_stand_out(colours: dict[str, str]) -> None:
    assert contrast(colours["add-ink"], colours["add"]) >= 4.5
    assert contrast(colours["tie"], colours["paper"]) >= 3
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
