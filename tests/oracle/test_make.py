"""Real make is the oracle: each Makefile of the table is run by it and read by us, and both must do the same."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from oracle_bash import SECONDS, Recorded, calls_in, environment_of, lay_out
from oracle_compare import differences
from oracle_rows import HERE, Row

from migrator.interpret.run import Outcome, run
from migrator.project import Project

if TYPE_CHECKING:
    from pathlib import Path

MAKE = shutil.which("make") or ""
pytestmark = pytest.mark.skipif(not MAKE, reason="there is no make here")


@dataclass(frozen=True)
class Made:
    """A row, and the target that make is asked for; the empty text is the default one."""

    row: Row
    target: str


def makefiles() -> list[Made]:
    found = []
    for path in sorted((HERE / "makefiles").glob("*.toml")):
        for raw in tomllib.loads(path.read_text(encoding="utf-8"))["row"]:
            target = raw.pop("target", "images" if "\nimages:" in raw["makefile"] else "image")
            script = raw.pop("makefile")
            args = tuple(raw.pop("args", ()))
            found.append(Made(Row(script=script, path="Makefile", args=args, **raw), target))
    return found


ROWS = makefiles()


def run_make(made: Made, scratch: Path) -> Recorded:
    """What happens when make makes the target in the row's repository below `scratch`."""
    root, state = scratch / "repo", scratch / "state"
    environment = environment_of(made.row, scratch)
    lay_out(made.row, root)
    done = subprocess.run(
        [MAKE, *made.row.args, *([made.target] if made.target else [])],
        cwd=root,
        env={**environment, "PWD": str(root)},  # as every shell exports it
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        umask=0o022,
        timeout=SECONDS,
        check=False,
    )
    return Recorded(tuple(calls_in(state)), root, done.returncode, done.stdout.decode(errors="replace"))


def run_ours(made: Made) -> Outcome:
    """The abstract run of the same."""
    name = f"Makefile:{made.target}" if made.target else "Makefile"
    return run(Project.of(made.row.texts), name, made.row.args, made.row.env)


@pytest.mark.parametrize("made", ROWS, ids=lambda made: made.row.name)
def test_we_do_what_make_does(made: Made, tmp_path: Path) -> None:
    row = made.row
    recorded = run_make(made, tmp_path)
    assert recorded.status == row.status, recorded.output
    outcome = run_ours(made)
    found = [differences(row, outcome, world, recorded) for world in outcome.worlds]
    if row.differs:
        assert all(found), f"the row is equal by now, and need not say: {row.differs}"
        return
    assert recorded.calls, recorded.output
    best = min(found, key=len)
    assert not best, "\n".join([*best, *(d.message for d in outcome.diagnostics), outcome.script.source.text])
    if not row.branches:
        assert len(found) == 1, f"{len(found)} worlds where nothing is unknown: {outcome.script.source.text}"


def test_the_table_is_large_and_its_names_are_unique() -> None:
    names = [made.row.name for made in ROWS]
    assert len(names) >= 80
    assert len(set(names)) == len(names)


PLANTED = [
    ("docker build -t a .", "docker build -t b ."),
    ("docker build -t a .\n\tdocker push a", "docker build -t a ."),
    ("cd src; docker build -t a .", "cd src\n\tdocker build -t a ."),
    ("docker build -t a .; echo 1 > f", "docker build -t a .; echo 2 > f"),
]


@pytest.mark.parametrize(("real", "ours"), PLANTED)
def test_a_wrong_reading_is_seen(real: str, ours: str, tmp_path: Path) -> None:
    one, other = (Made(Row("planted", f"image:\n\t{text}\n", "Makefile"), "image") for text in (real, ours))
    recorded = run_make(one, tmp_path)
    outcome = run_ours(other)
    assert all(differences(other.row, outcome, world, recorded) for world in outcome.worlds)
