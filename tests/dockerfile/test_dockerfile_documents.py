"""What opens a here-document, and under which name: each row holds in the real engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from migrator.dockerfile.documents import Opening, openings
from migrator.dockerfile.parse import parse
from migrator.source import Source

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Engine

# A logical line, and the name that ends its here-document; None where it opens none.
ROWS: tuple[tuple[str, str | None], ...] = (
    ("RUN : <<A", "A"),
    ("RUN : <<-A", "A"),
    ('RUN : <<"A"', "A"),
    ("RUN : <<-'A'", "A"),
    ('RUN : <<"A B"', "A B"),
    (r"RUN : <<A\ B", "A B"),
    (r"RUN : <<\A", "A"),
    ("RUN : 3<<A", "A"),
    ("RUN : <<A>/x", "A>/x"),
    ("RUN (: <<A)", "A)"),
    ("RUN : <<A;", "A;"),
    ("RUN : <<$A", "$A"),
    ("RUN : <<${A}", "${A}"),
    ("RUN : <<A-b", "A-b"),
    ("RUN : <<1", "1"),
    ("RUN : <<ü", "ü"),
    ('RUN : <<A"B"', "AB"),
    ("RUN : << A", None),
    ("RUN : <<- A", None),
    ("RUN :<<A", None),
    ('RUN : "x"<<A', None),
    ('RUN : "<<A"', None),
    ("RUN : <<<A", None),
    ("RUN : $((1<<A))", None),
    ('RUN : <<""', None),
    ("RUN : <<", None),
    ('RUN ["echo","<<A"]', None),
    (r"RUN : it\'s <<A", "A"),
    ("RUN : it's <<A", None),
    ("RUN : ${X:-y} <<A", "A"),
    ("RUN : ${X:?no} <<A", "A"),
    ("RUN : ${X:0:1} <<A", "A"),
    ("RUN : ${X%%/} <<A", "A"),
    ("RUN : ${X/a/b} <<A", "A"),
    ("RUN : ${X/a} <<A", None),
    ("RUN : ${X^^} <<A", None),
    ("RUN : ${#X} <<A", None),
    ("RUN : ${X=1} <<A", None),
    ("RUN : ${X <<A", None),
    ("RUN --mount=type=tmpfs,target=/t : <<A", "A"),
    ("run : <<A", "A"),
    ("ONBUILD RUN : <<A", "A"),
    ("COPY <<A /x", "A"),
    ("COPY --chmod=644 <<A /x", "A"),
    ('COPY "<<A" /x', None),
    ("COPY x<<A /x", None),
    ('COPY ["<<A","/x"]', None),
    ("ADD <<A /x", "A"),
    ("ONBUILD COPY <<A /x", "A"),
    ("CMD : <<A", None),
    ("ENV X <<A", None),
    ("ONBUILD ENV X <<A", None),
    ("LABEL x=<<A", None),
)


@pytest.mark.parametrize(("line", "delimiter"), ROWS)
def test_rows(line: str, delimiter: str | None) -> None:
    assert [opening.delimiter for opening in openings(line)] == ([] if delimiter is None else [delimiter])


@pytest.mark.engine
@pytest.mark.parametrize(("line", "delimiter"), ROWS)
def test_the_engine_agrees(engine: Engine, tmp_path: Path, line: str, delimiter: str | None) -> None:
    """Behind a here-document that is open, the engine complains of that; else of the word that is no instruction."""
    head = "FROM scratch\n"
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(f"{head}{line}\nzzz\n")
    said = engine.docker("build", "-q", str(tmp_path), check=False).stderr
    assert ("unknown instruction: zzz" in said) == (delimiter is None), said
    assert ("unterminated heredoc" in said) == (delimiter is not None), said
    if delimiter is not None:
        dockerfile.write_text(f"{head}{line}\nzzz\n{delimiter}\nyyy\n")
        said = engine.docker("build", "-q", str(tmp_path), check=False).stderr
        assert "unknown instruction: yyy" in said, said


def test_several_in_one_line() -> None:
    assert openings("RUN cat <<A <<-'B' 3<<C") == (
        Opening("A", strip_tabs=False, expand=True),
        Opening("B", strip_tabs=True, expand=False),
        Opening("C", strip_tabs=False, expand=True),
    )


def test_a_body_is_no_instruction() -> None:
    tree = parse(Source("Dockerfile", "FROM a\nRUN <<A\nFROM b\nA\nCMD x\n"))
    assert len(tree.stages) == 1
    assert [each.keyword for each in tree.stages[0].instructions] == ["RUN", "CMD"]
    assert tree.stages[0].instructions[0].span.text == "RUN <<A\nFROM b\nA"
