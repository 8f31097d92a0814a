"""What is advised on a Dockerfile, row by row, and what the patch makes of it; what must not be patched comes first."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from migrator.advise.advise import Advised, advise
from migrator.advise.hadolint import Linted, lint
from migrator.project import Project

ROWS = tomllib.loads((Path(__file__).parent / "rows.toml").read_text(encoding="utf-8"))["row"]


def advised(dockerfile: str, files: dict[str, str], *, linted: bool = False) -> Advised:
    project = Project.of({"Dockerfile": dockerfile, **files})
    found = advise(project, "Dockerfile", {}, lint if linted else lambda _: Linted(()))
    assert isinstance(found, Advised), found
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_row(row: dict[str, Any]) -> None:
    text, files = row["dockerfile"].lstrip("\n"), row.get("files", {})
    found = advised(text, files)
    told = [(one.diagnostic.span, one.diagnostic.code) for one in found.advice]
    assert sorted(f"{span.line if span else 0} {code}" for span, code in told) == row["codes"]
    assert found.text == row.get("patched", row["dockerfile"]).lstrip("\n")
    assert found.files.get(".dockerignore") == row.get("ignore")
    again = advised(found.text, {**files, **found.files})
    assert again.changes == {}, "what is patched is not patched again"


def test_the_words_of_hadolint_take_the_place_of_ours() -> None:
    row = next(row for row in ROWS if row["name"] == "lists of apt")
    found = advised(row["dockerfile"].lstrip("\n"), {}, linted=True)
    (one,) = [one for one in found.advice if one.diagnostic.code == "DL3009"]
    assert one.origin == "hadolint"
    assert "/var/lib/apt/lists" in one.diagnostic.message
    assert one.change is not None
    assert "MG724" not in {one.diagnostic.code for one in found.advice}
    assert {"DL3008"} <= {one.diagnostic.code for one in found.advice if one.change is None}


def test_a_dockerfile_that_cannot_be_read() -> None:
    found = advise(Project.of({"Dockerfile": "RUN true\n"}), "Dockerfile", {})
    assert not isinstance(found, Advised)
    assert found
