"""`migrator batch --dask`: a real scheduler and two real workers, one of which is killed in the middle."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from batches import adds_up, command, environment, lines, run
from made_repositories import PATTERN, write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COUNT = 16


def without_dask() -> None:
    if os.environ.get("CI", "").lower() in {"", "0", "false"}:
        pytest.importorskip("distributed", reason="pip install 'migrator[dask]'")


@contextmanager
def program(module: str, *words: str, env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *words], env=env, stdout=file, stderr=file,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def said(log: Path, pattern: str) -> str:
    """What a program says on its log, as soon as it does."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = re.search(pattern, log.read_text(errors="replace"))
        if found:
            return found[1]
        time.sleep(0.05)
    raise AssertionError(f"{log.name} did not say {pattern}: {log.read_text(errors='replace')}")


@contextmanager
def cluster(folder: Path, env: dict[str, str], *more: str) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers on this machine, as processes of their own."""
    here = ("--host", "127.0.0.1", "--no-dashboard")
    with program("dask_scheduler", *here, "--port", "0", env=env, log=folder / "scheduler") as _:
        address = said(folder / "scheduler", r"Scheduler at: +(tcp://\S+)")
        words = (address, *here, "--no-nanny", "--nthreads", "2", "--resources", "docker=2", *more)
        logs = [folder / "one", folder / "two"]
        with (
            program("dask_worker", *words, env=env, log=logs[0]) as one,
            program("dask_worker", *words, env=env, log=logs[1]) as two,
        ):
            for log in logs:
                said(log, r"Registered to: +(\S+)")
            yield address, [one, two]


def test_a_worker_that_is_killed_loses_nothing_and_nothing_is_there_twice(tmp_path: Path) -> None:
    without_dask()
    for number in range(COUNT):
        write(tmp_path / f"org/r{number:02}", PATTERN | {"x": str(number), ".git/HEAD": ""})
    env = environment(tmp_path / "tmp")
    with cluster(tmp_path, env) as (address, workers):
        words = command(tmp_path / "org", "-o", tmp_path / "out", "--dask", address)
        with subprocess.Popen(words, env=env, stderr=subprocess.PIPE, text=True) as batch:
            assert batch.stderr is not None
            told = []
            for line in batch.stderr:
                told.append(line)
                if line.startswith("migrator: [3/"):
                    workers[0].kill()
        assert batch.returncode == 0, told
        assert workers[0].poll() == -signal.SIGKILL
        assert workers[1].poll() is None
    assert adds_up(tmp_path / "out", COUNT)["states"]["converted"] == COUNT
    assert len(lines(tmp_path / "out")) == COUNT


@pytest.mark.skipif("MIGRATOR_EVERY_FAULT" not in os.environ, reason="make test-faults: it takes its time")
def test_a_cluster_that_is_not_there_is_said(tmp_path: Path) -> None:
    without_dask()
    done = run(tmp_path, "-o", tmp_path / "out", "--dask", "tcp://127.0.0.1:1", code=2, temporary=tmp_path / "tmp")
    assert "no Dask scheduler answers" in done.stderr


@pytest.mark.engine
def test_a_worker_without_an_engine_does_not_begin(tmp_path: Path) -> None:
    without_dask()
    env = environment(tmp_path / "tmp") | {"DOCKER_HOST": f"unix://{tmp_path}/none.sock"}
    words = ("tcp://127.0.0.1:1", "--no-nanny", "--no-dashboard", "--preload", "migrator.batch.preload")
    with program("dask_worker", *words, env=env, log=tmp_path / "log"):
        said(tmp_path / "log", "(no engine answers|no container engine)")
