from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from dockerfile_expansion_rows import ROWS, VARIABLES
from hypothesis import given
from hypothesis import strategies as st

from migrator.dockerfile.edit import literal
from migrator.dockerfile.expand import (
    ExpansionError,
    examined_variables,
    expand,
    fault,
    references,
    variables_in,
)

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Engine

OPAQUE = "\U00100000"


@pytest.mark.parametrize(("text", "expected"), ROWS)
def test_rows(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(ExpansionError):
            expand(text, VARIABLES.get)
    else:
        assert expand(text, VARIABLES.get) == expected


@pytest.mark.engine
def test_the_engine_expands_every_row_to_the_same(engine: Engine, tmp_path: Path) -> None:
    """ENV in its old form takes the rest of the line, and the image records what came of it."""
    rows = [(text, expected) for text, expected in ROWS if expected is not None]
    assert len(rows) > 80
    variables = " ".join(f"{name}={json.dumps(value)}" for name, value in VARIABLES.items())
    labels = "\n".join(f"ENV ROW{number:03}=[]\nENV ROW{number:03} [{text}]" for number, (text, _) in enumerate(rows))
    (tmp_path / "Dockerfile").write_text(f"FROM scratch\nENV {variables}\n{labels}\nCMD x\n")
    image = engine.docker("build", "-q", str(tmp_path)).stdout.strip()
    found = json.loads(engine.docker("inspect", image, "--format", "{{json .Config.Env}}").stdout)
    values = dict(entry.split("=", 1) for entry in found)
    for number, (text, expected) in enumerate(rows):
        assert values[f"ROW{number:03}"] == f"[{expected}]", text


@pytest.mark.engine
@pytest.mark.parametrize("text", [text for text, expected in ROWS if expected is None])
def test_the_engine_refuses_what_we_refuse(engine: Engine, tmp_path: Path, text: str) -> None:
    variables = " ".join(f"{name}={json.dumps(value)}" for name, value in VARIABLES.items())
    (tmp_path / "Dockerfile").write_text(f"FROM scratch\nENV {variables}\nENV ROW {text}\nCMD x\n")
    assert engine.docker("build", "-q", str(tmp_path), check=False).returncode != 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"C:\dir\$X", r"C:\dir\v"),
        ("`$X", "$X"),
        ('"`$X"', "$X"),
        ('"a`b"', "a`b"),
        ("a`\\b", "a\\b"),
        (r"${X#\v}", None),
    ],
)
def test_backquote_as_escape(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(ExpansionError):
            expand(text, {"X": "v"}.get, "`")
    else:
        assert expand(text, {"X": "v"}.get, "`") == expected


def test_quotes_are_text_in_a_here_document() -> None:
    assert expand("say \"$X\" 'n' \\$X", {"X": "v"}.get, quotes=False) == "say \"v\" 'n' $X"


def test_values_are_not_expanded_again() -> None:
    assert expand("$A", {"A": "$B \\x 'q'", "B": "b"}.get) == "$B \\x 'q'"


def test_a_value_that_is_not_known_passes_through() -> None:
    assert expand("/opt/$V/${V}x", {"V": f"a{OPAQUE}"}.get) == f"/opt/a{OPAQUE}/a{OPAQUE}x"
    assert expand(f"${OPAQUE}", {}.get) == f"${OPAQUE}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$A/${B}/c", [("A", 1, 2), ("B", 5, 6)]),
        ("${A:-${B:-$C}}", [("A", 2, 3), ("B", 7, 8), ("C", 11, 12)]),
        ("'$A' \"$B\" \\$C", [("B", 7, 8)]),
        ("${A/$B/$C}", [("A", 2, 3), ("B", 5, 6), ("C", 8, 9)]),
        ("$1 $$ $@ $A", [("A", 10, 11)]),
        ("$A ${B", [("A", 1, 2), ("B", 5, 6)]),
        ("${A#$B}${C?}", [("A", 2, 3), ("B", 5, 6), ("C", 9, 10)]),
    ],
)
def test_references(text: str, found: list[tuple[str, int, int]]) -> None:
    assert list(references(text)) == found
    assert all(text[start:end] == name for name, start, end in found)


def test_variables_and_those_whose_value_decides() -> None:
    assert variables_in("$A ${B:-$C} $A ${D%.*}") == ("A", "B", "C", "D")
    assert examined_variables("$A ${B:-$C} ${E} ${D%.*} ${F/a/b}") == ("B", "D", "F")


def test_fault_says_why_and_does_not_depend_on_values() -> None:
    assert fault("${X:?}") is None
    assert fault("it's") == "a single quote is not closed"
    assert fault('"') == "a double quote is not closed"
    assert fault("${X^}") == "unsupported modifier '^' in substitution"


@given(st.text())
def test_any_text_is_expanded_or_refused(text: str) -> None:
    try:
        expand(text, {"a": "b"}.get)
    except ExpansionError:
        assert fault(text) is not None or "?" in text


@given(st.text(), st.sampled_from("\\`"))
def test_a_literal_expands_to_itself(text: str, escape: str) -> None:
    assert expand(literal(text, escape), lambda _: "wrong", escape) == text


@given(st.text(alphabet="$X{}ab_:-+/#%'\"\\ "))
def test_references_stand_where_they_say(text: str) -> None:
    for name, start, end in references(text):
        assert text[start:end] == name
        assert "$" in text[:start]
