"""Nothing that a repository holds may act on the reader's terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.report.display import Palette, visible, width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, ünïcode, 漢字", "plain text, ünïcode, 漢字"),
        ("a\tb", "a    b"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\rb\nc\0", "a\\x0db\\x0ac\\x00"),
        ("\x9b31m", "\\x9b31m"),
        ("right\u202eleft", "right\\u202eleft"),
        ("a\u2028b", "a\\u2028b"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\udcff", "\\xff"),
        ("\U00100000", "\\U00100000"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(alphabet=st.characters(codec=None), max_size=40))
def test_any_text_comes_out_printable_and_encodable(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    shown.encode("utf-8")


def test_wide_characters_take_two_columns_and_marks_none() -> None:
    assert width("ab") == 2
    assert width("漢字") == 4
    assert width("e\u0301") == 1


def test_a_palette_without_colour_adds_nothing() -> None:
    assert Palette().paint("x", "1") == "x"
    assert Palette(colour=True).paint("x", "1") == "\x1b[1mx\x1b[0m"
