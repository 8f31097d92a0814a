"""The catalogues of the lesson: the same keys and blanks in each language, and nothing of a repository outside code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

import pytest

from migrator.report.lesson import catalogue as module
from migrator.report.lesson.catalogue import LANGUAGES, Catalogue, Run, catalogue
from migrator.report.lesson.model import Fate, said
from migrator.report.lesson.picture import fitting

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FOLDER = Path(module.__file__).parent
# Counted or worked out by us, so that they may stand in the open.
NUMBERS = {"count", "builds", "lines", "line", "number", "seconds"}
# For titles and pictures, which know no code and escape everything.
BARE = {"page.title", "split.title", "flow.stage", "flow.arrow"}
BUILT = [
    *(f"sign.{fate}" for fate in Fate),
    *(f"split.fate-{key}" for key in ("both", "builder", "runtime")),
    *(f"split.origin-{key}" for key in ("builder", "runtime", "from-builder", "from-runtime")),
    *(f"{side}.mg{number}" for side in ("fate", "origin") for number in range(321, 329)),
]
MADE = re.compile(
    r"^(row|question|answer|role|flow|step|fate|origin|cell|numbers|summary|lines|steps|page|questions|split)\."
)


def forms(sentence: str | Mapping[str, str]) -> Iterator[str]:
    yield from (sentence,) if isinstance(sentence, str) else sentence.values()


def blanks(sentence: str | Mapping[str, str]) -> set[str]:
    return {blank for form in forms(sentence) for blank in re.findall(r"\{(\w+)\}", form)}


def open_blanks(sentences: Mapping[str, str | Mapping[str, str]]) -> Iterator[str]:
    """Blanks outside of code that a repository fills."""
    for key, sentence in sentences.items():
        for form in forms(sentence):
            outside = re.sub(r"`[^`]*`", "", form)
            if form.count("`") % 2:
                yield f"{key} opens code that it does not close"
            for blank in re.findall(r"\{(\w+)\}", outside):
                if blank not in NUMBERS and key not in BARE:
                    yield f"{key} has {{{blank}}} in the open"


def asked_for() -> set[str]:
    """Every key that the code or the template asks for in so many letters."""
    texts = [path.read_text(encoding="utf-8") for path in (*FOLDER.glob("*.py"), FOLDER / "page" / "lesson.html")]
    return {key for text in texts for key in re.findall(r"[\"']([a-z]+\.[a-z0-9-]+(?:\.[a-z0-9-]+)?)[\"']", text)}


def test_the_languages_have_the_same_sentences() -> None:
    one, *others = (catalogue(language).sentences for language in LANGUAGES)
    for other in others:
        assert list(one) == list(other)


@pytest.mark.parametrize("key", list(catalogue("en").sentences))
def test_a_sentence_has_the_same_blanks_in_each_language(key: str) -> None:
    sets = [blanks(catalogue(language).sentences[key]) for language in LANGUAGES]
    # A number may be left out where the grammar of one language has no use for it.
    assert len({frozenset(names - {"count"}) for names in sets}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_a_repository_s_stands_in_code(language: str) -> None:
    assert list(open_blanks(catalogue(language).sentences)) == []


def test_a_blank_in_the_open_is_seen() -> None:
    faults = {"a.b": "the file {name}", "a.c": {"one": "x", "other": "`{name}` and {path}"}, "a.d": "`{name}"}
    assert list(open_blanks(faults)) == [
        "a.b has {name} in the open",
        "a.c has {path} in the open",
        "a.d opens code that it does not close",
        "a.d has {name} in the open",
    ]


def test_every_key_that_is_asked_for_exists() -> None:
    sentences = catalogue("en").sentences
    assert {key for key in BUILT if key not in sentences and key != "origin.mg321"} == set()
    assert {key for key in asked_for() if MADE.match(key) and key not in sentences} == set()


def test_no_sentence_is_left_over() -> None:
    assert unused(catalogue("en").sentences, asked_for()) == set()
    assert unused({"page.heading": "", "page.gone": ""}, {"page.heading"}) == {"page.gone"}


def unused(sentences: Iterable[str], asked: set[str]) -> set[str]:
    prefixes = ("row.", "question.", "answer.", "role.", "sign.", "cell.")
    folders = {key for key in sentences if key.endswith(".heading")}
    return {key for key in sentences if key not in asked | set(BUILT) | folders and not key.startswith(prefixes)}


def test_values_cannot_begin_or_end_code() -> None:
    words = Catalogue("en", {"a": "see `{name}`, {count}", "b": {"one": "one", "other": "many"}})
    assert words.runs(said("a", name="x` <b> `{count}", count=2)) == (
        Run("see "), Run("x` <b> `{count}", code=True), Run(", 2"),
    )  # fmt: skip
    assert [words.text(said("b", count=number)) for number in (0, 1, 2)] == ["many", "one", "many"]


def test_chinese_is_set_in_chinese() -> None:
    """Each sentence that is more than code has a Chinese character; none ends in a Latin full stop."""
    for key, sentence in catalogue("zh").sentences.items():
        for form in forms(sentence):
            words = re.sub(r"`[^`]*`|\{\w+\}|docker|Dockerfile|COPY --from|--target|s\b", "", form).strip(
                " \uff0c\u3001"
            )
            assert not words or words == "-Hans" or key == "page.lang" or re.search(r"[\u4e00-\u9fff]", words), key
            assert not form.endswith("."), key


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("stage, on alpine:3.19", "stage, on alpine:3.19"),
        ("stage, on debian:bookworm-slim", "stage, on…an:bookworm-slim"),
        ("阶段、基于 alpine:3.19", "阶段、基于 alpine:3.19"),
        ("阶段、基于 debian:bookworm-slim", "阶段、基…an:bookworm-slim"),
        ("一二三四五六七八九十一二三四五", "一二三四…八九十一二三四五"),
    ],
)
def test_a_name_in_a_picture_takes_no_more_room_than_its_box_has(text: str, shown: str) -> None:
    assert fitting(text, 26) == shown
    assert sum(2 if east_asian_width(one) in "WF" else 1 for one in shown) <= 26
