from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.dockerfile.copy import as_copy
from migrator.dockerfile.edit import Edit, apply, complete, copy_line, json_form, literal, source_word
from migrator.dockerfile.evaluate import expand
from migrator.dockerfile.globs import glob_matcher
from migrator.dockerfile.parse import parse
from migrator.errors import InternalError
from migrator.source import Source

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Engine

ODD_NAMES = (
    "plain",
    "two words",
    " leading",
    "trailing ",
    "$HOME",
    "${X}",
    "it's",
    'say "x"',
    "a[0].txt",
    "[",
    "star*",
    "what?",
    "back\\slash",
    "back\\",
    "-dash",
    "--from=x",
    "<<EOF",
    "#hash",
    "`tick`",
    "a,b",
    "é日",
    "c:d",
    "[x",
    "tab\tx",
)


def test_edits_are_cuts_of_the_true_text() -> None:
    source = Source("Dockerfile", "FROM a\r\n# kept\r\nRUN x \\\r\n  y\r\n")
    tree = parse(source)
    run = tree.stages[0].instructions[0]
    edited = apply(source, [Edit(run.span, "RUN z"), Edit(tree.stages[0].origin.arguments[0].span, "b")])
    assert edited == "FROM b\r\n# kept\r\nRUN z\r\n"


def test_insertions_at_one_place_keep_their_order() -> None:
    source = Source("f", "ab")
    at = source.span(1, 1)
    assert apply(source, [Edit(at, "1"), Edit(at, "2")]) == "a12b"


def test_overlapping_edits_are_a_bug() -> None:
    source = Source("f", "abcd")
    with pytest.raises(InternalError):
        apply(source, [Edit(source.span(0, 2), "x"), Edit(source.span(1, 3), "y")])
    with pytest.raises(InternalError):
        apply(source, [Edit(Source("g", "abcd").span(0, 1), "x")])


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (copy_line(["a", "b"], "c/"), "COPY a b c/"),
        (copy_line(["/o/app"], "app", from_="builder", chown="0:0"), "COPY --from=builder --chown=0:0 /o/app app"),
        (copy_line(["a"], "b", chmod="0755", keyword="ADD"), "ADD --chmod=0755 a b"),
        (copy_line(["a b"], "/x"), 'COPY ["a b", "/x"]'),
        (copy_line(["--x"], "/x"), 'COPY ["--x", "/x"]'),
        (copy_line(["[x"], "/x"), 'COPY ["[x", "/x"]'),
        (copy_line(["é ü"], "/x", from_="s"), 'COPY --from=s ["é ü", "/x"]'),
    ],
)
def test_copy_line(line: str, expected: str) -> None:
    assert line == expected


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        ("FROM a\n", "FROM a\n"),
        ("FROM a", "FROM a\n"),
        ("\ufeffFROM a\n", "FROM a\n"),
        ("FROM a\nRUN x \\\n", "FROM a\nRUN x\n"),
        ("FROM a\nRUN x \\", "FROM a\nRUN x\n"),
        ("FROM a\nRUN x \\\n# why\n\n", "FROM a\nRUN x\n# why\n\n"),
        ("FROM a\nRUN x \\\n\\\n", "FROM a\nRUN x\n\n"),
        ("# escape=`\nFROM a\nRUN x `", "# escape=`\nFROM a\nRUN x\n"),
        ("FROM a\r\nRUN x \\\r\n", "FROM a\r\nRUN x\r\n"),
        ("", ""),
    ],
)
def test_complete(text: str, completed: str) -> None:
    assert complete(parse(Source("Dockerfile", text))) == completed


PATHS = st.text(min_size=1).filter(lambda path: not set(path) & set("\n\r\0\x85\u2028\u2029"))


@given(st.lists(PATHS, min_size=1, max_size=3), PATHS)
def test_a_built_line_says_what_was_meant(sources: list[str], destination: str) -> None:
    line = copy_line([source_word(source) for source in sources], literal(destination), from_="s")
    copy = as_copy(parse(Source("Dockerfile", f"FROM a\n{line}\n")).stages[0].instructions[0])
    assert copy is not None
    assert copy.documents == ()
    assert copy.from_ == "s"
    assert expand(copy.destination.text, {}.get) == destination
    for source, word in zip(sources, copy.sources, strict=True):
        matches = glob_matcher(expand(word.text, {}.get))
        assert matches is not None
        assert matches(source)


@pytest.mark.engine
@pytest.mark.parametrize("folder", ["context", "stage"])
def test_the_engine_copies_exactly_the_odd_names(each_engine: Engine, tmp_path: Path, folder: str) -> None:
    for number, name in enumerate(ODD_NAMES):
        (tmp_path / name).write_text(f"{number}")
    lines = ["FROM scratch AS s", "COPY . /", "FROM scratch"] if folder == "stage" else ["FROM scratch"]
    origin = "s" if folder == "stage" else None
    for number, name in enumerate(ODD_NAMES):
        word = source_word(f"/{name}" if folder == "stage" else name)
        lines.append(copy_line([word], literal(f"/out/{number}"), from_=origin))
    lines.append(copy_line([source_word("plain")], literal("/odd $X/it's [x]\\y")))
    lines.append('CMD ["x"]')
    (tmp_path / "Dockerfile").write_text("\n".join(lines) + "\n")
    image = each_engine.docker("build", "-q", str(tmp_path)).stdout.strip().splitlines()[-1]
    container = each_engine.docker("create", image).stdout.strip()
    each_engine.docker("cp", f"{container}:/", str(tmp_path / "copied"))
    each_engine.docker("rm", container)
    for number, name in enumerate(ODD_NAMES):
        assert (tmp_path / "copied" / "out" / f"{number}").read_text() == f"{number}", name
    assert (tmp_path / "copied" / "odd $X" / "it's [x]\\y").read_text() == "0"


def test_json_form_is_read_back() -> None:
    words = ['a "b"', "c\\d", "é", "$X"]
    run = parse(Source("Dockerfile", f"FROM a\nRUN {json_form(words)}\n")).stages[0].instructions[0]
    assert run.json
    assert [argument.text for argument in run.arguments] == words
