"""Real bash is the oracle: each script of the table is run by it and by us, and both must do the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from oracle_bash import Recorded, run_bash
from oracle_compare import differences
from oracle_rows import Row, rows

from migrator.interpret.run import Outcome, run
from migrator.project import Kind, Project
from migrator.verify.agreement import disagreements
from migrator.verify.calls import RecordedCall

if TYPE_CHECKING:
    from pathlib import Path

ROWS = rows()


def project_of(row: Row) -> Project:
    """The row's repository as we see it."""
    texts = row.texts
    project = Project.of(texts)
    files = {**project.files, **dict.fromkeys(row.links, Kind.LINK)}
    return Project(project.name, files, project.reader, dict(row.links))


def run_ours(row: Row) -> Outcome:
    """The abstract run of a row."""
    return run(project_of(row), row.path, None if row.hidden_args else row.args, row.env)


def calls_of(recorded: Recorded) -> list[RecordedCall]:
    """The calls as our own recorder writes them down, one after the other."""
    return [
        RecordedCall(words[0], words[1:], cwd, words[1] if len(words) > 1 else "", 0, refused=False, seconds=0.5,
                     began=float(number))
        for number, (cwd, words) in enumerate(recorded.calls)
    ]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_we_do_what_bash_does(row: Row, tmp_path: Path) -> None:
    recorded = run_bash(row, tmp_path)
    assert recorded.status == row.status, recorded.output
    assert recorded.calls, "a row without docker calls shows nothing"
    outcome = run_ours(row)
    found = [differences(row, outcome, world, recorded) for world in outcome.worlds]
    if row.differs:
        assert all(found), f"the row is equal by now, and need not say: {row.differs}"
        return
    best = min(found, key=len)
    assert not best, "\n".join(best)
    # Nor does verify, which compares the calls in its own way, raise a false alarm.
    assert disagreements(outcome, calls_of(recorded), recorded.root, cut_short=row.status != 0) == ()
    if not row.branches:
        assert len(found) == 1, f"{len(found)} worlds where nothing is unknown: {outcome.worlds[-1].choices}"


@pytest.mark.parametrize(
    "row", [row for row in ROWS if (row.args or row.env) and not row.status], ids=lambda row: row.name
)
def test_what_nobody_tells_us_is_covered_or_said(row: Row, tmp_path: Path) -> None:
    """The same script when we are told neither arguments nor environment: a world is what bash did, or we say so."""
    untold = replace(row, hidden_args=bool(row.args), env={}, hidden_env={**row.env, **row.hidden_env})
    recorded = run_bash(untold, tmp_path)
    outcome = run_ours(untold)
    found = [differences(untold, outcome, world, recorded) for world in outcome.worlds]
    assert not min(found, key=len) or outcome.diagnostics, found


def test_the_table_is_large_and_its_names_are_unique() -> None:
    names = [row.name for row in ROWS]
    assert len(names) >= 300
    assert len(set(names)) == len(names)


PLANTED = [
    ("docker build -t b .\n", "docker build -t c .\n"),
    ("docker build -t b .\n", "docker build -t b .\ndocker push b\n"),
    ("docker build -t b .\ndocker push b\n", "docker build -t b .\n"),
    ("cd src; docker build -t b .\n", "docker build -t b .\n"),
    ("docker build -t b .; echo a > f\n", "docker build -t b .; echo b > f\n"),
    ("docker build -t b .; echo a > f\n", "docker build -t b .\n"),
    ("docker build -t b .\n", "docker build -t b .; mkdir d\n"),
    ("docker build -t b .; rm VERSION\n", "docker build -t b .\n"),
    ("docker build -t b .; cp VERSION v\n", "docker build -t b .; cp README.md v\n"),
    ("docker build -t b .; touch v; chmod 600 v\n", "docker build -t b .; touch v\n"),
    ("docker build -t b .; ln -s a v\n", "docker build -t b .; ln -s b v\n"),
    ("docker create --name c b; docker cp c:/x/y v\n", "docker create --name c b; docker cp c:/z/y v\n"),
    ("docker create --name c b; docker cp c:/x/dist v\n", "docker create --name c b; mkdir v; docker cp c:/x/dist v\n"),
    ("docker build -t b .; docker run b cat /x > v\n", "docker build -t d .; docker run b cat /x > v\n"),
    ("docker build -t b .; false\n", "docker build -t b .; true\n"),
]


@pytest.mark.parametrize(("real", "claimed"), PLANTED)
def test_a_planted_difference_is_seen(real: str, claimed: str, tmp_path: Path) -> None:
    """The comparison has teeth: what bash ran is not what we ran, and that shows."""
    recorded = run_bash(Row("real", real), tmp_path)
    ours = Row("claimed", claimed)
    same_calls = Row("real", real)
    outcome = run_ours(ours)
    assert all(differences(ours, outcome, world, recorded) for world in outcome.worlds)
    truth = run_ours(same_calls)
    assert any(not differences(same_calls, truth, world, recorded) for world in truth.worlds)
