"""What a repository's process may do, and what is left of it; and repositories that are odd on the disk."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import signal
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from batches import adds_up, lines, run, states
from made_repositories import PATTERN, checkout, write

from migrator.batch import guard
from migrator.batch.images import bases
from migrator.batch.journal import Journal
from migrator.batch.task import Orders, Task, slug
from migrator.engine import process
from migrator.engine.strays import end_strays, strays
from migrator.migration.convert import convert
from migrator.migration.result import Converted
from migrator.project import Project

SLEEPS = "sleep 12345"


def started(what: str, folder: Path, watch: guard.Watch | None = None) -> process.Finished:
    how = process.How(cwd=folder, env={"TMPDIR": str(folder)}, stdin=b"", watch=watch)
    return process.apart("hostile", [what], how)


def watched(folder: Path, seconds: float = 60.0, disk: int = 1 << 30) -> guard.Watch:
    return guard.Watch(Task("/x", "folder", "", "b", Orders("verify", seconds=seconds, disk=disk)), folder)


def sleepers() -> str:
    return subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(("what", "code"), [("say", 0), ("fail", 7), ("kill", -signal.SIGKILL)])
def test_a_process_of_its_own_tells_how_it_ended(what: str, code: int, tmp_path: Path) -> None:
    done = started(what, tmp_path)
    assert (done.code, done.timed_out) == (code, False)
    assert done.stdout == f"doing {what}\n".encode()
    assert list(tmp_path.iterdir()) == []


def test_one_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GRACE", 0.5)
    for seconds in (1, 10, 100):  # until it has begun, on a machine that has other things to do
        watch = watched(tmp_path, seconds=seconds)
        done = started("hang", tmp_path, watch)
        if b"deaf" in done.stdout:
            break
    assert done.timed_out
    assert done.code == -signal.SIGKILL
    assert watch.state == "timeout"


def test_one_that_forks_is_ended_with_all_that_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "PROCESSES", 20)
    watch = watched(tmp_path)
    started("fork", tmp_path, watch)
    assert watch.state == "over-limit"
    assert watch.values == {"what": "processes"}
    assert watch.rule is not None
    assert watch.rule.code == "MG606"
    # They had sessions of their own, so ending the group left them alone.
    assert len(strays(str(tmp_path))) > 20
    assert SLEEPS in sleepers()
    assert end_strays(str(tmp_path), 30)
    assert SLEEPS not in sleepers()


def test_one_that_fills_the_disk_is_ended(tmp_path: Path) -> None:
    watch = watched(tmp_path, disk=8 << 20)
    started("fill", tmp_path, watch)
    assert watch.values == {"what": "disk space"}
    assert guard.used(tmp_path, 1 << 40) < 1 << 30


def test_what_outlives_its_process_is_found(tmp_path: Path) -> None:
    started("leave", tmp_path)
    assert strays(str(tmp_path))
    assert end_strays(str(tmp_path), 30)
    assert strays(str(tmp_path)) == []


def test_time_that_is_over_is_told_and_can_be_given(tmp_path: Path) -> None:
    place = checkout(tmp_path / "org/a", PATTERN)
    words = (tmp_path / "org", "-o", tmp_path / "out")
    with Journal(tmp_path / "out", Orders("convert")) as journal:
        folder = tmp_path / "tmp" / f"migrator-batch-{os.getuid()}" / journal.batch / slug(str(place))
    folder.mkdir(parents=True)
    with (folder / "lock").open("wb") as held:
        # As if another process were at work in there: it waits, and not for ever.
        fcntl.flock(held, fcntl.LOCK_EX)
        run(*words, "--timeout", 1, code=1, temporary=tmp_path / "tmp")
    assert states(tmp_path / "out") == {"a": "timeout"}
    assert [one["code"] for one in lines(tmp_path / "out")[0]["findings"]] == ["MG608"]
    run(*words, "--retry", "timeout", temporary=tmp_path / "tmp")
    assert states(tmp_path / "out") == {"a": "converted"}
    adds_up(tmp_path / "out", 1)


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Task:
    """The conversion of one repository, in this process's hands, with its folders below tmp_path."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return Task(str(checkout(tmp_path / "org/a", PATTERN)), "checkout", "", "b", Orders("convert"))


def test_one_that_is_killed_has_an_answer_that_says_so(task: Task) -> None:
    folder = guard.base(task.batch) / task.name
    folder.mkdir()
    with (folder / "lock").open("wb") as held, ThreadPoolExecutor(1) as threads:
        fcntl.flock(held, fcntl.LOCK_EX)
        future = threads.submit(guard.perform, task)
        end = time.monotonic() + 60
        while not (waiting := [one.pid for one in multiprocessing.active_children()]) and time.monotonic() < end:
            time.sleep(0.05)
        os.kill(waiting[0] or 0, signal.SIGKILL)
        done = future.result()
    assert done.row["state"] == "failed"
    assert [found["code"] for found in done.row["findings"]] == ["MG604"]


def codes(done: guard.Done) -> list[str]:
    return [found["code"] for found in done.row["findings"]]


def test_without_an_engine_nothing_is_verified_and_that_is_said(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "ENGINE_SECONDS", 0.0)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tempfile.gettempdir()}/nobody.sock")
    monkeypatch.setenv("PATH", "/nonexistent")
    done = guard.perform(replace(task, orders=Orders("verify")))
    assert (done.row["state"], codes(done)) == ("not-run", ["MG605"])


def test_without_room_nothing_is_built(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "ROOM_SECONDS", 0.0)
    done = guard.perform(replace(task, orders=Orders("verify", free=1 << 60)))
    assert (done.row["state"], codes(done)) == ("not-run", ["MG609"])
    assert "MB are free" in done.row["findings"][0]["message"]


def test_an_answer_that_nobody_heard_of_is_taken_while_the_content_is_the_same(task: Task) -> None:
    assert guard.perform(task).row["state"] == "converted"
    answer = guard.base(task.batch) / task.name / guard.ANSWER
    # As if it had been written by a process that went on to write into the repository.
    answer.write_text(answer.read_text().replace('"state": "converted"', '"state": "migrated"'))
    assert guard.perform(task).row["state"] == "migrated"
    assert guard.perform(replace(task, orders=Orders("convert", version="2"))).row["state"] == "converted"
    answer.write_text(answer.read_text().replace('"state": "converted"', '"state": "migrated"'))
    (Path(task.path) / "Dockerfile").write_text("FROM alpine:3.19\nCOPY app /bin/app\n")
    assert guard.perform(replace(task, orders=Orders("convert", version="2"))).row["state"] == "converted"


def test_base_images_are_what_no_stage_is() -> None:
    project = Project.of(PATTERN | {"Dockerfile": "ARG V=1\nFROM alpine:$V\nFROM scratch\nCOPY app /\n"})
    result = convert(project)
    assert isinstance(result, Converted)
    assert bases(result) == ("alpine:3.19",)


FILES = 1_000_000 if os.environ.get("MIGRATOR_EVERY_FAULT") else 5_000


def test_repositories_that_are_odd_on_the_disk_have_their_answers(tmp_path: Path) -> None:
    top = tmp_path / "org"
    many = write(top / "a-many", PATTERN | {".git/HEAD": ""})
    for folder in range(FILES // 1000):
        (many / f"d{folder}").mkdir()
        for number in range(1000):
            os.close(os.open(f"{many}/d{folder}/{number}", os.O_CREAT))
    with (checkout(top / "b-large", PATTERN) / "large.sh").open("wb") as file:
        file.truncate(2 << 30)
    cyclic = checkout(top / "c-cyclic", PATTERN)
    (cyclic / "loop").symlink_to(".")
    (cyclic / "more.sh").symlink_to("more.sh")
    checkout(top / "d-locked", PATTERN)
    write(top / "d-locked", {"closed/x.sh": "docker cp"})
    (top / "d-locked/closed").chmod(0)
    os.rename(checkout(top / "e", PATTERN), os.fsencode(top) + b"/e-\xff")  # noqa: PTH104 - bytes
    pipe = checkout(top / "f-pipe", PATTERN)
    os.mkfifo(pipe / "wait.sh")
    try:
        run(top, "-o", tmp_path / "out", "--timeout", 600, temporary=tmp_path / "tmp")
    finally:
        (top / "d-locked/closed").chmod(0o755)
    assert set(states(tmp_path / "out").values()) == {"converted"}
    assert adds_up(tmp_path / "out", 6)["groups"]["successful"] == 6
