"""Each folder of cases is a context with its Dockerfile: what is proposed for it, or why it is declined.

`case.toml` lists rungs with the status and the codes of the findings, their lines, and what one of them says; where a
Dockerfile is proposed, it stands in `expected.<rung>` beside it, and `--update` writes it anew.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from migrator.checkout import load
from migrator.dockerfile.parse import parse
from migrator.source import Source
from migrator.split.result import Split
from migrator.split.split import Wanted, propose

CASES = Path(__file__).parent / "cases"
ROWS = [
    (folder, row)
    for folder in sorted(CASES.iterdir())
    for row in tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))["rung"]
]


@pytest.mark.parametrize(("folder", "row"), ROWS, ids=[f"{folder.name}-{row['runtime']}" for folder, row in ROWS])
def test_proposal(folder: Path, row: dict[str, Any], request: pytest.FixtureRequest) -> None:
    project = load(folder / "context")
    wanted = Wanted(row["runtime"], row.get("args", {}))
    outcome = propose(project, row.get("file", "Dockerfile"), wanted, "a test")
    assert str(outcome.status) == row["status"], outcome.diagnostics
    assert [one.code for one in outcome.diagnostics] == row["codes"]
    assert propose(project, row.get("file", "Dockerfile"), wanted, "a test") == outcome
    for one in outcome.diagnostics:
        assert one.span is not None
        assert one.span.line == row.get("lines", {}).get(one.code, row.get("line", one.span.line)), one
    assert row.get("says", "") in "\n".join(one.message for one in outcome.diagnostics)
    if not isinstance(outcome, Split):
        return
    expected = folder / f"expected.{row['runtime']}"
    if request.config.getoption("--update"):
        expected.write_text(outcome.dockerfile, encoding="utf-8")
    assert outcome.dockerfile == expected.read_text(encoding="utf-8")
    stages = parse(Source("Dockerfile", outcome.dockerfile)).stages
    assert [stage.name for stage in stages] == row.get("stages", ["builder", "runtime"])


def test_every_expectation_belongs_to_a_row() -> None:
    wanted = {folder / f"expected.{row['runtime']}" for folder, row in ROWS if row["status"] == "proposed"}
    assert set(CASES.glob("*/expected.*")) == wanted
