"""What verify holds against the trace: no false alarm on a sample, and a true one for what is planted.

That there is none over the whole table is held where the table is run.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from oracle_bash import run_bash
from oracle_rows import Row
from test_oracle import calls_of, run_ours

from migrator.checkout import load
from migrator.migration.convert import convert_with_trace
from migrator.verify.agreement import NEVER, Disagreement, disagreements
from migrator.verify.calls import RecordedCall

SAMPLES = Path(__file__).parents[2] / "samples"


def found_in(ours: Row, real: Row, scratch: Path) -> tuple[Disagreement, ...]:
    """The disagreements between what we read in one script and what bash does with another."""
    recorded = run_bash(real, scratch)
    return disagreements(run_ours(ours), calls_of(recorded), recorded.root, cut_short=recorded.status != 0)


# What make runs is held in test_make.
@pytest.mark.parametrize("name", sorted(path.parent.name for path in SAMPLES.glob("*/build.sh")))
def test_no_false_alarm_on_a_sample(name: str, tmp_path: Path) -> None:
    project = load(SAMPLES / name)
    conversion, outcome = convert_with_trace(project)
    assert outcome is not None
    assert conversion.script is not None
    files = {path: project.text(path) or "" for path in project.files}
    makefile, _, target = conversion.script.partition(":")
    script, place = (f"{shutil.which('make')} {target}\n", "run-make.sh") if target else (files[makefile], makefile)
    recorded = run_bash(Row(name, script, place, files=files), tmp_path)
    assert recorded.calls
    assert disagreements(outcome, calls_of(recorded), recorded.root) == ()


PATTERN = """docker build -t b -f Dockerfile.build .
id=$(docker create b)
docker cp $id:/out/app ./app
docker rm $id
docker build -t app .
"""
# what is planted in the script that runs, and both sides of the one disagreement that must come of it
PLANTED = [
    ("another tag", ("-t app .", "-t app:2 ."), "docker build -t app:2 .", "docker build -t app ."),
    ("another recipe", ("Dockerfile.build", "Dockerfile.in"), "docker build -t b -f Dockerfile.in .",
     "docker build -t b -f Dockerfile.build ."),
    ("another path", ("/out/app", "/out/other"), "docker cp {id}:/out/other ./app", "docker cp <{id}>:/out/app ./app"),
    ("another folder", ("docker build -t app .", "cd src; docker build -t app ."), "docker build -t app . (in src)",
     "docker build -t app ."),
    ("another image", ("docker create b", "docker create alpine"), "docker create alpine", "docker create b"),
    ("an argument more", ("-t app .", "-t app --build-arg A=1 ."), "docker build -t app --build-arg A=1 .",
     "docker build -t app ."),
    ("a call more", ("docker build -t app .", "docker run b make\ndocker build -t app ."), "docker run b make", NEVER),
    ("a commit more", ("docker rm", "docker commit $id c\ndocker rm"), "docker commit {id} c", NEVER),
    ("a call less", ("docker build -t app .", "true"), NEVER, "docker build -t app ."),
    ("a copy less", ("docker cp $id:/out/app ./app", "touch app"), NEVER, "docker cp <{id}>:/out/app ./app"),
    ("a push more", ("docker build -t app .", "docker build -t app .; docker push app"), "docker push app", NEVER),
]  # fmt: skip


@pytest.mark.parametrize(("change", "made", "read"), [row[1:] for row in PLANTED], ids=[row[0] for row in PLANTED])
def test_a_planted_misreading_is_told_with_both_sides(
    change: tuple[str, str], made: str, read: str, tmp_path: Path
) -> None:
    ours, real = Row("ours", PATTERN), Row("real", PATTERN.replace(*change))
    assert real.script != ours.script
    (one,) = found_in(ours, real, tmp_path)
    made_pattern, read_pattern = (text.split("{id}") for text in (made, read))
    for text, pieces in ((one.made, made_pattern), (one.read, read_pattern)):
        shown = text or NEVER
        assert shown.startswith(pieces[0]), shown
        assert shown.endswith(pieces[-1]), shown
    assert one.difference.set_aside is False
    assert one.diagnostic.code == one.difference.cause == "MG440"
    if read != NEVER:
        assert one.place.startswith("build.sh:")


def test_one_id_stands_for_one_thing() -> None:
    """Two containers: that the script copies out of the other one is seen, although both have an id."""
    ours = run_ours(Row("ours", "a=$(docker create x)\nb=$(docker create y)\ndocker cp $a:/f f\n"))
    ids = ["a1" * 32, "b2" * 32]
    made = [
        RecordedCall("docker", ("create", name), "/repo", "create", 0, refused=False, seconds=0.1, printed=printed)
        for name, printed in zip("xy", ids, strict=True)
    ]
    for taken, count in ((ids[0], 0), (ids[1], 1)):
        copied = RecordedCall("docker", ("cp", f"{taken}:/f", "f"), "/repo", "cp", 0, refused=False, seconds=0.1)
        calls = [replace(call, began=float(number)) for number, call in enumerate((*made, copied))]
        found = disagreements(ours, calls, Path("/repo"))
        assert len(found) == count
        assert all(one.place == "build.sh:3" for one in found)


def test_another_order_is_seen(tmp_path: Path) -> None:
    script = "docker build -t a .\ndocker build -t b .\n"
    real = Row("real", "docker build -t b .\ndocker build -t a .\n")
    assert found_in(Row("ours", script), real, tmp_path)


def test_side_by_side_the_order_is_left_to_chance() -> None:
    ours = run_ours(Row("ours", "docker build -t a . & docker build -t b . & wait\n"))
    root = Path("/repo")
    both = [
        RecordedCall("docker", ("build", "-t", name, "."), "/repo", "build", 0, refused=False, seconds=5.0, began=1.0)
        for name in "ba"
    ]
    assert disagreements(ours, both, root) == ()
    assert disagreements(ours, both[:1], root)


def test_what_a_script_that_gave_up_did_not_come_to_is_not_held_against_it() -> None:
    ours = run_ours(Row("ours", "docker build -t a .\ndocker build -t b .\n"))
    call = RecordedCall("docker", ("build", "-t", "a", "."), "/repo", "build", 1, refused=False, seconds=1.0)
    assert disagreements(ours, [call], Path("/repo"), cut_short=True) == ()
    assert disagreements(ours, [call], Path("/repo"))


def test_a_call_that_depends_on_what_we_cannot_know_may_be_made_or_not(tmp_path: Path) -> None:
    script = (
        'docker build -t a .\n[ "${PUSH:-no}" = no ] || docker push a\nif [ -n "$T" ]; then docker run --rm a t; fi\n'
    )
    row = Row("row", script)
    assert found_in(row, row, tmp_path / "neither") == ()
    assert found_in(row, replace(row, hidden_env={"PUSH": "yes", "T": "yes"}), tmp_path / "both") == ()
    planted = replace(row, script=script.replace("push a", "push b"), hidden_env={"PUSH": "yes"})
    (one,) = found_in(row, planted, tmp_path / "planted")
    assert one.made == "docker push b"


def test_a_folder_that_stands_in_for_the_temporary_one_is_it() -> None:
    ours = run_ours(Row("ours", "d=$(mktemp -d)\ndocker build -t a $d\n"))
    words = ("build", "-t", "a", "/scratch/tmp/tmp.aB3")
    call = RecordedCall("docker", words, "/repo", "build", 0, refused=False, seconds=1.0)
    assert disagreements(ours, [call], Path("/repo"), temporary=Path("/scratch/tmp")) == ()
    assert disagreements(ours, [call], Path("/repo"))
