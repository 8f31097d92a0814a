"""`migrator batch`: one state for every source, kept, gone on with, and not done again while nothing has changed."""

from __future__ import annotations

import json
import os
import random
import re
import shlex
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from batches import adds_up, command, environment, lines, run, states
from made_repositories import BUILD, DECLINED, PATTERN, PLAIN, bare, checkout, write
from ruamel.yaml import YAML

from migrator.batch import output
from migrator.batch.journal import Journal
from migrator.batch.matrix import workflow
from migrator.batch.task import STATES, Orders, of_shard, slug
from migrator.cli.batch import STATES as RETRIED
from migrator.errors import UsageError
from migrator.organisation.places import Kind, Place


@pytest.fixture(scope="module")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a source of every kind."""
    top = tmp_path_factory.mktemp("org")
    checkout(top / "a-converts", PATTERN)
    bare(top / "b-bare.git", PATTERN, top.parent / f"{top.name}-work")
    checkout(top / "c-declined", DECLINED)
    checkout(top / "d-plain", PLAIN)
    (checkout(top / "e-broken", PATTERN) / ".git/index").write_bytes(b"DIRC" + b"\0" * 40)
    write(top, {"g-several/.git/x": "", "g-several/a/build.sh": BUILD, "g-several/b/build.sh": BUILD})
    for name in "ab":
        write(top / "g-several" / name, PATTERN)
    os.makedirs(os.fsencode(top) + b"/h-\xff/.git")  # noqa: PTH103 - bytes
    return top


@pytest.fixture(scope="module")
def first(organisation: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of a first run."""
    folder = tmp_path_factory.mktemp("first")
    address = f"file://{organisation}/b-bare.git"
    run(organisation, address, "-o", folder / "out", code=1, temporary=folder / "tmp")
    return folder / "out"


def test_every_source_has_the_state_that_it_is(first: Path) -> None:
    assert states(first) == {
        "a-converts": "converted",
        "b-bare.git": "converted",
        "c-declined": "declined",
        "d-plain": "not-applicable",
        "e-broken": "failed",
        "g-several": "declined",
        "h-\udcff": "not-applicable",
    }
    assert adds_up(first, 8)["groups"] == {"successful": 3, "failed": 3, "not-applicable": 2}
    codes = {Path(line["repository"]).name: [one["code"] for one in line["findings"]] for line in lines(first)}
    assert codes["e-broken"] == ["MG601"]
    assert codes["g-several"] == ["MG600"]


def test_a_repository_has_its_patch_and_git_takes_it(first: Path, organisation: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    subprocess.run(["git", "clone", "-q", organisation / "a-converts", work], check=True)
    folder = first / "repositories" / slug(str(organisation / "a-converts"))
    subprocess.run(["git", "apply", folder / "change.patch"], cwd=work, check=True)
    assert (work / "Dockerfile").read_bytes() == (folder / "Dockerfile").read_bytes()
    assert "FROM alpine:3.19 AS" in (work / "Dockerfile").read_text()
    status = ["git", "-C", organisation / "a-converts", "status", "--porcelain"]
    assert subprocess.run(status, capture_output=True, check=True).stdout == b""


def test_the_page_has_every_source_with_its_state_and_its_patch(first: Path, organisation: Path) -> None:
    page = (first / "summary.html").read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found
    rows = json.loads(found[1])["rows"]
    shown = Counter(row["status"] for row in rows)
    assert shown == {state: count for state, count in adds_up(first, 8)["states"].items() if count}
    (one,) = [row for row in rows if row["path"].endswith("/a-converts")]
    patch = first / "repositories" / slug(str(organisation / "a-converts")) / "change.patch"
    assert one["patch"] == patch.read_text().splitlines()


def test_what_has_not_changed_is_not_done_again(first: Path, organisation: Path, tmp_path: Path) -> None:
    before = (first / "results.jsonl").read_bytes()
    address = f"file://{organisation}/b-bare.git"
    run(organisation, address, "-o", first, code=1, temporary=tmp_path / "tmp")
    assert (first / "results.jsonl").read_bytes() == before
    adds_up(first, 8)


def test_what_has_changed_is_and_so_is_what_is_asked_for(tmp_path: Path) -> None:
    one = checkout(tmp_path / "org/one", PATTERN)
    two = checkout(tmp_path / "org/two", DECLINED)
    words = (tmp_path / "org", "-o", tmp_path / "out")
    run(*words, code=1, temporary=tmp_path / "tmp")
    # A file that is not tracked is no change, one that is read is.
    (two / "README.md").write_text("new, and not tracked")
    (one / "Dockerfile").write_text("FROM alpine:3.19\nCOPY app /bin/app\n")
    run(*words, code=1, temporary=tmp_path / "tmp")
    assert [Path(line["repository"]).name for line in lines(tmp_path / "out")[2:]] == ["one"]
    run(*words, "--retry", "declined", code=1, temporary=tmp_path / "tmp")
    assert [Path(line["repository"]).name for line in lines(tmp_path / "out")[3:]] == ["two"]
    run(*words, "--no-cache", code=1, temporary=tmp_path / "tmp")
    assert len(lines(tmp_path / "out")) == 6
    assert adds_up(tmp_path / "out", 2)["states"]["converted"] == 1


def test_a_part_at_a_time_comes_to_the_same(organisation: Path, tmp_path: Path) -> None:
    out, words = tmp_path / "out", (organisation, "-o", tmp_path / "out")
    run(*words, "--limit", 3, code=1, temporary=tmp_path / "tmp")
    assert adds_up(out, 7)["open"] == 4
    for part in (1, 2):
        run(*words, "--shard", f"{part}/2", code=1, temporary=tmp_path / "tmp")
    assert adds_up(out, 7)["open"] == 0
    assert len(lines(out)) == 7


def test_the_shards_are_the_whole_and_no_source_is_in_two() -> None:
    paths = [f"/src/{number}" for number in range(1000)]
    parts = [[path for path in paths if of_shard(path, (part, 7))] for part in range(1, 8)]
    assert sorted(path for part in parts for path in part) == sorted(paths)
    assert min(map(len, parts)) > 100


def test_fail_fast_stops_and_the_next_run_goes_on(tmp_path: Path) -> None:
    checkout(tmp_path / "org/a", DECLINED)
    checkout(tmp_path / "org/b", PATTERN)
    words = (tmp_path / "org", "-o", tmp_path / "out", "--jobs", 1)
    done = run(*words, "--fail-fast", code=1, temporary=tmp_path / "tmp")
    assert "stopping at the first that fails" in done.stderr
    assert states(tmp_path / "out") == {"a": "declined"}
    run(*words, code=1, temporary=tmp_path / "tmp")
    assert states(tmp_path / "out") == {"a": "declined", "b": "converted"}


def test_one_output_folder_holds_one_kind_of_batch(first: Path, organisation: Path, tmp_path: Path) -> None:
    with Journal(first, Orders("convert")):
        done = run(organisation, "-o", first, code=2, temporary=tmp_path / "tmp")
    assert "another batch works in" in done.stderr

    with pytest.raises(UsageError, match="told to do something else"):
        Journal(first, Orders("verify"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--do", "migrate"], "--do migrate wants one of"),
        (["--in-place"], "--do migrate wants one of"),
        (["--do", "migrate", "--in-place", "--branch", "x"], "--do migrate wants one of"),
        (["--network", "none"], "--network is for builds"),
        (["--shard", "3/2"], "is not I/N"),
        (["--shard", "0/2"], "is not I/N"),
    ],
)
def test_what_cannot_be_is_said(words: list[str], said: str, tmp_path: Path) -> None:
    assert said in run(tmp_path, "-o", tmp_path / "out", *words, code=2, temporary=tmp_path / "tmp").stderr


def test_every_state_that_is_no_success_can_be_retried() -> None:
    assert list(RETRIED) == [
        state for state in STATES if state not in {"converted", "verified", "migrated", "not-applicable"}
    ]


def test_the_workflow_does_what_the_command_does_in_parts(tmp_path: Path) -> None:
    words = ("--from", "a b/urls.txt", "--do", "verify", "--timeout", "900", "--network", "none")
    done = run(*words, "--github-matrix", "256", temporary=tmp_path / "tmp")
    found = YAML(typ="safe").load(done.stdout)
    job = found["jobs"]["part"]
    assert job["strategy"]["matrix"]["part"] == list(range(1, 257))
    (step,) = [step["run"] for step in job["steps"] if "migrator batch" in step.get("run", "")]
    assert shlex.split(step)[: len(words) + 2] == ["migrator", "batch", *words]
    assert '--shard "$PART/256"' in step
    subprocess.run(["bash", "-n", "-c", step], check=True)
    run(*words, "--github-matrix", "257", code=2, temporary=tmp_path / "tmp")
    run("--from", "-", "--github-matrix", "2", code=2, temporary=tmp_path / "tmp")


def test_an_expression_in_a_name_is_not_one_for_the_workflow() -> None:
    text = workflow(["migrator", "batch", "a${{ secrets.X }}"], 2)
    assert "${{ secrets" not in text
    (line,) = [line.strip() for line in text.splitlines() if "migrator batch a" in line or "migrator batch '" in line]
    command = line.partition(" --shard")[0].replace("migrator batch", "printf %s")
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout == "a${{ secrets.X }}"


# --- what interrupts a run ------------------------------------------------------------------------------------------


def many(top: Path, count: int) -> Path:
    """So many repositories, every third of which converts."""
    for number in range(count):
        files = PATTERN | {"x": str(number)} if number % 3 == 0 else PLAIN
        write(top / f"r{number:03}", files | {".git/HEAD": "ref: refs/heads/main\n"})
    return top


def killed(words: list[object], out: Path, temporary: Path, chance: random.Random) -> int:
    """Starts a batch and kills it some answers and some moments later; its exit code."""
    written = out / "results.jsonl"
    enough = (written.read_bytes().count(b"\n") if written.exists() else 0) + chance.randrange(4)
    with subprocess.Popen(
        command(*words), env=environment(temporary), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while process.poll() is None:
            if written.exists() and written.read_bytes().count(b"\n") >= enough:
                time.sleep(chance.uniform(0, 0.2))
                process.kill()
                break
            time.sleep(0.01)
    return process.returncode


KILLS = 20 if os.environ.get("MIGRATOR_EVERY_FAULT") else 3


def test_kills_at_random_moments_lose_nothing_and_do_nothing_twice(tmp_path: Path) -> None:
    count = 6 * KILLS
    words: list[object] = [many(tmp_path / "org", count), "-o", tmp_path / "out"]
    chance = random.Random(0)  # noqa: S311 - the same moments each time
    codes = [killed(words, tmp_path / "out", tmp_path / "tmp", chance) for _ in range(KILLS)]
    assert codes.count(-signal.SIGKILL) > KILLS // 2
    run(*words, temporary=tmp_path / "tmp")
    summary = adds_up(tmp_path / "out", count)
    assert summary["states"]["converted"] == count // 3
    assert summary["states"]["not-applicable"] == count - count // 3
    # One answer for each source: nothing was done twice in the journal.
    assert len(lines(tmp_path / "out")) == count
    # What it worked with is gone.
    assert [path for path in (tmp_path / "tmp").rglob("*") if path.is_file() and path.suffix != ".lock"] == []


def test_ctrl_c_finishes_what_is_under_way(tmp_path: Path) -> None:
    words: list[object] = [many(tmp_path / "org", 24), "-o", tmp_path / "out"]
    process = subprocess.Popen(
        command(*words), env=environment(tmp_path / "tmp"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    told: list[str] = []
    with process:
        assert process.stderr is not None
        for line in process.stderr:
            told.append(line)
            if "] converted" in line and not any("stopping" in one for one in told):
                process.send_signal(signal.SIGINT)
    assert process.returncode == 130, told
    assert any("stopping: " in line for line in told)
    left = adds_up(tmp_path / "out", 24)
    assert 0 < left["open"] < 24
    run(*words, temporary=tmp_path / "tmp")
    assert adds_up(tmp_path / "out", 24)["open"] == 0
    assert len(lines(tmp_path / "out")) == 24


def test_a_line_that_was_cut_off_is_written_again(first: Path) -> None:
    whole = (first / "results.jsonl").read_bytes()
    for cut in (len(whole) - 10, whole.index(b"\n") + 5, 3, 0):
        (first / "results.jsonl").write_bytes(whole[:cut])
        with Journal(first, Orders("convert")) as journal:
            output.catch_up(journal, first)
        assert (first / "results.jsonl").read_bytes() == whole


def test_a_clock_that_goes_back_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def line(name: str, state: str) -> dict[str, Any]:
        return {"repository": f"/src/{name}", "state": state, "finished": time.time()}

    with Journal(tmp_path / "out", Orders("convert")) as journal:
        journal.begin([Place("/src/a", Kind.CHECKOUT)])
        journal.add([(line("a", "timeout"), "checkout", None)])
        monkeypatch.setattr(time, "time", lambda: 0.0)
        journal.add([(line("a", "converted"), "checkout", None)])
        assert [source.state for source in journal.sources()] == ["converted"]
        assert [row["state"] for row in journal.latest()] == ["converted"]


def test_a_journal_that_cannot_be_written_ends_the_run_and_the_next_goes_on(tmp_path: Path) -> None:
    """On a disk of its own that is full: a folder in the memory with room for little more than the journal."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=192k", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no right to mount a file system")
    try:
        words = (many(tmp_path / "org", 120), "-o", disk / "out")
        done = run(*words, code=2, temporary=tmp_path / "tmp")
        assert "Make room" in done.stderr
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        run(*words, temporary=tmp_path / "tmp")
        summary = adds_up(disk / "out", 120)
        assert summary["states"]["converted"] == 40
        assert len(lines(disk / "out")) == 120
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def test_the_journal_says_it_waits_for_the_disk_where_that_matters(tmp_path: Path) -> None:
    with Journal(tmp_path / "out", Orders("convert")) as journal:
        row = {"repository": "/src/a", "state": "converted"}
        base = vars(journal)["_base"]
        for sure, level in ((True, 2), (False, 1)):
            journal.add([(row, "checkout", None)], sure=sure)
            assert base.execute("PRAGMA synchronous").fetchone() == (level,)
        assert base.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert json.loads((tmp_path / "out/journal.lock").read_bytes() or b"null") is None
