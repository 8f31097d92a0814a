from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.dockerfile.edit import apply, complete
from migrator.dockerfile.evaluate import stage_scope
from migrator.dockerfile.parse import parse
from migrator.dockerfile.uses import uses
from migrator.dockerfile.words import KEYWORDS
from migrator.source import Source

if TYPE_CHECKING:
    from migrator.dockerfile.syntax import Dockerfile, Instruction

PIECES = st.sampled_from(
    [
        *sorted(KEYWORDS),
        *("from", "run ", "COPY ", "FROM a AS b", "RUN <<E", "<<-'E'", "E", "\tE", "--from=b", "--mount=type=x"),
        *(
            "\n",
            "\n\n",
            "\r\n",
            "\\\n",
            "`\n",
            "\\ \n",
            "\\",
            "`",
            "# x",
            "# escape=`\n",
            "# syntax=y\n",
            "#",
            "\ufeff",
        ),
        *(
            " ",
            "\t",
            "\x0b",
            "\xa0",
            "\x1c",
            "\x85",
            "'",
            '"',
            "$X",
            "${X:-y}",
            "${",
            "}",
            "a=b",
            "[",
            '["a", "b"]',
            "]",
        ),
        *("\0", "é", "\U00100000", "\\u0041", ",", "word"),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join))


def tree_of(text: str) -> Dockerfile:
    return parse(Source("Dockerfile", text))


def every(tree: Dockerfile) -> list[Instruction]:
    found = list(tree.instructions)
    return found + [instruction.inner for instruction in found if instruction.inner is not None]


@settings(max_examples=400)
@given(TEXTS)
def test_any_text_parses_and_every_span_is_true(text: str) -> None:
    tree = tree_of(text)
    position = 0
    for instruction in tree.instructions:
        assert position <= instruction.span.start < instruction.span.end
        position = instruction.span.end
        following = text[position : position + 2]
        assert not following or following.startswith("\n") or following == "\r\n" or "\r" in following
    for instruction in every(tree):
        parts = [instruction.keyword_span, *(flag.span for flag in instruction.flags)]
        parts += [argument.span for argument in instruction.arguments]
        place = instruction.span.start
        for part in parts:
            assert place <= part.start <= part.end <= instruction.span.end
            place = part.end
        keyword = re.sub(r"\\\s*\n(\s*#.*\n|\s*\n)*|`\s*\n(\s*#.*\n|\s*\n)*", "", instruction.keyword_span.text)
        assert keyword.upper().startswith(instruction.keyword[:1])
        for name, span in uses(tree, instruction):
            assert span.text.startswith(name[:1])
    for found in tree.diagnostics:
        assert found.span is not None
        assert 0 <= found.span.start <= found.span.end <= len(text)


@given(TEXTS)
def test_what_is_between_instructions_is_blank_or_comment(text: str) -> None:
    tree = tree_of(text)
    if not tree.instructions:
        return
    position = 0
    gaps = []
    for instruction in tree.instructions:
        gaps.append(text[position : instruction.span.start])
        position = instruction.span.end
    for gap in [*gaps, text[position:]]:
        for line in gap.split("\n"):
            stripped = line.strip("\ufeff \t\r\x0b\x0c\x85\xa0\u2028\u2029\\`")
            assert not stripped or stripped.startswith("#")


@given(TEXTS)
def test_no_edit_changes_nothing(text: str) -> None:
    assert apply(Source("Dockerfile", text), []) == text


WORDS = st.text(alphabet="abcxyz/.$_-{}=:", min_size=1, max_size=8)
LINE_ENDS = st.sampled_from(["\n", "\r\n"])
GAPS = st.sampled_from([" ", "  ", "\t", " \\\n  ", " \\\n# note\n ", " \\ \n\\\n"])


@st.composite
def instructions(draw: st.DrawFn) -> tuple[str, str, list[str]]:
    """A keyword with plain words as the engine sees them, and the same as text with gaps of many kinds."""
    keyword = draw(st.sampled_from(["COPY", "ADD", "EXPOSE", "VOLUME", "copy"]))
    words = draw(st.lists(WORDS.filter(lambda word: not word.startswith("--")), min_size=2, max_size=4))
    text = keyword
    for word in words:
        text += draw(GAPS) + word
    return text, keyword.upper(), words


@given(st.lists(instructions(), max_size=6), LINE_ENDS, st.booleans())
def test_words_come_out_as_they_went_in(items: list[tuple[str, str, list[str]]], line_end: str, final: bool) -> None:  # noqa: FBT001  (hypothesis passes by position)
    text = line_end.join(["FROM base", *(text.replace("\n", line_end) for text, _, _ in items)])
    tree = tree_of(text + line_end * final)
    found = tree.stages[0].instructions
    assert [(each.keyword, [word.text for word in each.arguments]) for each in found] == [
        (keyword, words) for _, keyword, words in items
    ]
    assert apply(tree.source, []) == tree.source.text


@given(TEXTS)
def test_a_completed_text_keeps_its_instructions_and_lets_none_be_swallowed(text: str) -> None:
    tree = tree_of(text)
    if any(found.code == "MG205" for found in tree.diagnostics) or "\0" in text:
        return
    completed = complete(tree)
    assert not completed.startswith("\ufeff") or text.startswith("\ufeff\ufeff")
    before = [(each.keyword, each.value) for each in tree.instructions]
    followed = tree_of(completed + "FROM appended\n")
    after = [(each.keyword, each.value) for each in followed.instructions]
    assert after[-1] == ("FROM", "appended")
    if not text.startswith("\ufeff\ufeff"):
        assert after[:-1] == before


@pytest.mark.parametrize(
    "text",
    [
        "ONBUILD " * 5000 + "RUN x",
        "FROM a\nENV A=" + "${A:-" * 5000 + "}" * 5000,
        "FROM a\nRUN <<A " + "${A:-" * 5000,
        "FROM a\nCOPY " + "[" * 100000,
        "FROM a\nCMD " + '"' * 100001,
        "FROM a\n" + "RUN \\\n" * 5000,
        "FROM a0 AS a0\n" + "".join(f"FROM a{number} AS a{number + 1}\n" for number in range(1000)),
    ],
    ids=["onbuild", "braces", "document", "brackets", "quotes", "continuations", "stages"],
)
def test_depth_is_no_trouble(text: str) -> None:
    tree = tree_of(text)
    for stage in tree.stages[-1:]:
        assert stage_scope(tree, stage.index).end.workdir == "/"


def test_flag_lookup() -> None:
    (copy,) = tree_of("FROM a\nCOPY --from=b --link x y\n").stages[0].instructions
    assert copy.flag("from") == "b"
    assert copy.flag("link") == ""
    assert copy.flag("chown") is None


def test_the_order_of_all_instructions() -> None:
    tree = tree_of("ARG A\nFROM a\nRUN x\nFROM b\nRUN y\n")
    assert [each.value for each in tree.instructions] == ["A", "a", "x", "b", "y"]
