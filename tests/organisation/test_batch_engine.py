"""`migrator batch` with a real engine; with MIGRATOR_EVERY_FAULT also what repositories can do to the machine."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from batches import adds_up, command, environment, lines, run, states
from engine_gate import Gate
from made_repositories import PATTERN, bare, checkout

if TYPE_CHECKING:
    from conftest import Engine

pytestmark = pytest.mark.engine

HERE = {name: text.replace("alpine:3.19", "alpine:latest") for name, text in PATTERN.items()}
OLD = HERE | {"Dockerfile.build": HERE["Dockerfile.build"] + "RUN false\n"}
every_fault = pytest.mark.skipif("MIGRATOR_EVERY_FAULT" not in os.environ, reason="make test-faults")


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", folder, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def scripted(folder: Path, line: str, **more: str) -> Path:
    """A repository whose script does something more before it builds."""
    files = HERE | {"build.sh": HERE["build.sh"].replace("set -e\n", f"set -e\n{line}\n")} | more
    return checkout(folder, files)


def test_what_is_proved_is_written_once_and_nothing_else_is(engine: Engine, tmp_path: Path) -> None:
    engine.with_images("alpine:latest")
    good = checkout(tmp_path / "org/good", HERE)
    old = checkout(tmp_path / "org/old", OLD)
    dirty = checkout(tmp_path / "org/dirty", HERE)
    (dirty / "Dockerfile").write_text(HERE["Dockerfile"] + "# mine\n")
    bare(tmp_path / "org/bare.git", HERE, tmp_path / "work")
    words = (tmp_path / "org", "-o", tmp_path / "out", "--do", "migrate", "--in-place", "--jobs", 2)
    more = {"temporary": tmp_path / "tmp", "more": engine.env}
    run(*words, code=1, **more)
    expected = {"good": "migrated", "old": "old-build-failed", "dirty": "failed", "bare.git": "failed"}
    assert states(tmp_path / "out") == expected
    assert git(good, "status", "--porcelain").split() == ["M", "Dockerfile", "D", "Dockerfile.build", "D", "build.sh"]
    assert git(old, "status", "--porcelain") == ""
    assert git(dirty, "status", "--porcelain") == "M Dockerfile"
    found = {Path(line["repository"]).name: line for line in lines(tmp_path / "out")}
    assert found["good"]["verdict"] in {"identical", "equivalent"}
    assert [one["code"] for one in found["dirty"]["findings"]][-1] == "MG607"
    # The same command again does nothing: what was written is known as well as what was read.
    before = git(good, "diff")
    run(*words, code=1, **more)
    assert len(lines(tmp_path / "out")) == 4
    assert git(good, "diff") == before
    adds_up(tmp_path / "out", 4)
    # By a patch where there is no work tree, and where nothing may be overwritten.
    words = (tmp_path / "org/bare.git", "-o", tmp_path / "out2", "--do", "migrate", "--patch-dir", tmp_path / "patches")
    run(*words, "--network", "none", **more)
    (proof,) = (tmp_path / "out2/repositories").glob("*/verification.json")
    assert "MG480" in {one["code"] for one in json.loads(proof.read_bytes())["diagnostics"]}
    (patch,) = (tmp_path / "patches").iterdir()
    git(tmp_path / "work", "apply", str(patch))
    assert (tmp_path / "work/Dockerfile").read_bytes() == (good / "Dockerfile").read_bytes()
    assert engine.docker("images", "--format", "{{.Repository}}").stdout.count("migrator-") == 0


@every_fault
def test_a_branch_is_made_once_and_the_work_tree_stays(engine: Engine, tmp_path: Path) -> None:
    engine.with_images("alpine:latest")
    good = checkout(tmp_path / "org/good", HERE)
    words = (tmp_path / "org", "-o", tmp_path / "out", "--do", "migrate", "--branch", "one")
    for _ in range(2):
        run(*words, temporary=tmp_path / "tmp", more=engine.env)
        assert git(good, "rev-list", "--count", "one") == "2"
        assert git(good, "status", "--porcelain") == ""
    assert len(lines(tmp_path / "out")) == 1


@every_fault
def test_what_a_repository_does_to_the_machine_stays_its_own(engine: Engine, tmp_path: Path) -> None:
    """One hangs, one starts processes without end, one fills the disk, one has a file that fits into no memory."""
    engine.with_images("alpine:latest")
    top = tmp_path / "org"
    checkout(top / "a-good", HERE)
    scripted(top / "b-hangs", "trap '' TERM; sleep 100000")
    fork = "while true; do setsid sh -c 'trap \"\" TERM; exec sleep 100000' & done"
    scripted(top / "c-forks", "bash ci/load.sh", **{"ci/load.sh": fork + "\n"})
    scripted(
        top / "d-fills", "bash ci/load.sh", **{"ci/load.sh": "while true; do cat /dev/zero > $TMPDIR/$RANDOM; done\n"}
    )
    with (checkout(top / "e-large", HERE) / "large").open("wb") as file:
        file.truncate(2 << 30)
    git(top / "e-large", "add", "-N", "large")
    checkout(top / "z-good", HERE)
    words = (
        top,
        "-o",
        tmp_path / "out",
        "--do",
        "verify",
        "--jobs",
        2,
        "--timeout",
        90,
        "--disk",
        300,
        "--memory",
        2000,
    )
    run(*words, code=1, temporary=tmp_path / "tmp", more=engine.env)
    found = states(tmp_path / "out")
    assert found["a-good"] == found["z-good"] == "verified"
    assert found["b-hangs"] == "timeout"
    assert found["c-forks"] in {"over-limit", "declined"}
    assert found["d-fills"] in {"over-limit", "declined"}
    assert found["e-large"] == "over-limit"
    adds_up(tmp_path / "out", 6)
    processes = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "sleep 100000" not in processes
    assert engine.docker("images", "--format", "{{.Repository}}").stdout.count("migrator-") == 0


@every_fault
def test_an_engine_that_is_started_anew_in_the_middle_costs_nothing_but_time(engine: Engine, tmp_path: Path) -> None:
    engine.with_images("alpine:latest")
    host = engine.env.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not host.startswith("unix://"):
        pytest.skip("the engine is not on this machine")
    slow = HERE | {"Dockerfile.build": HERE["Dockerfile.build"].replace("echo x", "sleep 5 && echo x")}
    for name in ("a", "b"):
        checkout(tmp_path / "org" / name, slow)
    with tempfile.TemporaryDirectory() as short:  # the path of a socket has to be
        gate = Gate(Path(short, "s"), host.removeprefix("unix://"))
        gate.open()
        words = command(tmp_path / "org", "-o", tmp_path / "out", "--do", "verify", "--jobs", 1)
        env = environment(tmp_path / "tmp", {**engine.env, "DOCKER_HOST": f"unix://{gate.here}"})
        with subprocess.Popen(words, env=env, stderr=subprocess.PIPE, text=True) as batch:
            assert gate.building.wait(60)
            time.sleep(1)
            gate.shut()
            time.sleep(8)
            gate.open()
            _, told = batch.communicate(timeout=300)
        gate.shut()
    assert states(tmp_path / "out") == {"a": "verified", "b": "verified"}, told
    assert batch.returncode == 0
    adds_up(tmp_path / "out", 2)
