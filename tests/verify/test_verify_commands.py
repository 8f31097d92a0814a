"""verify, migrate and doctor as a user starts them."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from verify_bench import BUILDER, COPY, NEW, REPOSITORY, RUNTIME

from migrator.verify.archive import read_archive
from migrator.verify.snapshot import of_archive, timeless

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conftest import Engine

ROOT = str(Path(__file__).parents[2])


def repository(root: Path, files: Mapping[str, str] = REPOSITORY, *, commit: bool = True) -> Path:
    """A repository on disk, in git, as a user has it."""
    root.mkdir()
    for name, text in files.items():
        (root / name).write_text(text)
    (root / "build.sh").chmod(0o755)
    git(root, "init", "-q")
    git(root, "add", "-A")
    if commit:
        git(root, "-c", "user.name=x", "-c", "user.email=x@example.test", "commit", "-q", "-m", "x")
    return root


def git(root: Path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(root), *words], check=True, capture_output=True, text=True).stdout


def migrator(env: Mapping[str, str], *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "migrator", *map(str, words)],
        env={**env, "PYTHONPATH": ROOT, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.mark.engine
def test_verify_prints_the_table_and_ends_with_its_verdict(each_engine: Engine, tmp_path: Path) -> None:
    done = migrator(each_engine.env, "verify", repository(tmp_path / "ferry"))
    assert done.returncode == 0, done.stderr
    assert "ferry:build    legacy, builder only" in done.stdout
    assert "identical: every file and the whole configuration are the same" in done.stdout
    assert "error" not in done.stderr
    assert git(tmp_path / "ferry", "status", "--porcelain") == ""
    assert each_engine.interface.named("migrator-") == ()


@pytest.mark.engine
def test_verify_as_json_and_another_dockerfile_in_place_of_ours(engine: Engine, tmp_path: Path) -> None:
    root = repository(tmp_path / "ferry")
    mine = tmp_path / "mine"
    mine.write_text(NEW.replace("HARBOUR=north", "HARBOUR=south"))
    done = migrator(engine.env, "verify", root, "--dockerfile", mine, "--format", "json")
    assert done.returncode == 1
    said = json.loads(done.stdout)
    assert said["verdict"] == "different"
    assert [one["aspect"] for one in said["differences"] if not one["set_aside"]] == ["config.Env"]
    assert [found["code"] for found in said["diagnostics"] if found["severity"] == "error"] == ["MG419"]


@pytest.mark.engine
def test_verify_shows_the_end_of_the_log_of_a_build_that_fails(engine: Engine, tmp_path: Path) -> None:
    broken = {**REPOSITORY, "Dockerfile.build": BUILDER + "RUN echo oh dear; exit 9\n"}
    done = migrator(engine.env, "verify", repository(tmp_path / "ferry", broken))
    assert done.returncode == 1
    assert "oh dear" in done.stdout
    assert "legacy-build-failed:" in done.stdout
    assert "error MG430: the legacy build does not work" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.engine
def test_a_report_for_those_who_want_to_read_it_all(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "report"
    root = repository(tmp_path / "ferry")
    done = migrator(engine.env, "verify", root, "--report-dir", folder)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in folder.iterdir()} == {
        "Dockerfile",
        "build-commands.sh",
        "changes",
        "legacy.calls.jsonl",
        "legacy.log",
        "new.calls.jsonl",
        "new.log",
        "reproduce.sh",
        "legacy-commands.sh",
        "verification.json",
        "verification.txt",
        "verification.xml",
    }
    assert (folder / "verification.txt").read_text() == done.stdout
    calls = [json.loads(line) for line in (folder / "legacy.calls.jsonl").read_text().splitlines()]
    assert [call["command"] for call in calls] == ["build", "create", "cp", "rm", "build"]
    # Its commands do the same by hand, in copies of the repository, which stays as it is.
    before = sorted(path.name for path in root.iterdir())
    try:
        by_hand = subprocess.run(
            ["bash", folder / "reproduce.sh", root],
            env={**engine.env, "TMPDIR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        engine.docker("rmi", "-f", "ferry:latest", "ferry:build")
    assert by_hand.returncode == 0, by_hand.stderr
    place = Path(by_hand.stdout.splitlines()[-1].removeprefix("both ways are in "))
    assert {path.name for path in place.iterdir()} == {
        *("legacy", "new", "legacy-ferry_latest.tar", "new-ferry_latest.tar")
    }
    images = []
    for way in ("legacy", "new"):
        with (place / f"{way}-ferry_latest.tar").open("rb") as source:
            images.append(timeless(of_archive(read_archive(source))))
    assert images[0] == images[1]
    assert images[0]["/root/ferry"].size == len("timetable\n")
    assert sorted(path.name for path in root.iterdir()) == before


@pytest.mark.engine
def test_verify_without_an_engine(engine: Engine, tmp_path: Path) -> None:
    env = {**engine.env, "DOCKER_HOST": "unix:///nonexistent"}
    done = migrator(env, "verify", repository(tmp_path / "ferry"))
    assert done.returncode == 2
    assert done.stdout == ""
    assert "no engine answers" in done.stderr


def test_verify_without_a_client(tmp_path: Path) -> None:
    root = repository(tmp_path / "ferry")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").symlink_to(shutil.which("git") or "")
    done = migrator({"PATH": str(tmp_path / "bin")}, "verify", root)
    assert done.returncode == 2
    assert "there is no `docker` on the PATH" in done.stderr


def test_verify_of_nothing_to_migrate_needs_no_engine(tmp_path: Path) -> None:
    root = repository(tmp_path / "plain", {"build.sh": "#!/bin/sh\ndocker build -t x .\n", "Dockerfile": RUNTIME})
    done = migrator({"PATH": "/usr/bin:/bin", "DOCKER_HOST": "unix:///nonexistent"}, "verify", root)
    assert done.returncode == 0
    assert "nothing to migrate" in done.stderr


@pytest.mark.engine
def test_migrate_writes_what_is_proved_and_keeps_the_mode(engine: Engine, tmp_path: Path) -> None:
    root = repository(tmp_path / "ferry")
    (root / "Dockerfile").chmod(0o664)
    done = migrator(engine.env, "migrate", root)
    assert done.returncode == 0, done.stderr
    assert "wrote Dockerfile" in done.stderr
    assert COPY in (root / "Dockerfile").read_text()
    assert stat.S_IMODE((root / "Dockerfile").stat().st_mode) == 0o664


@pytest.mark.engine
def test_migrate_shows_a_diff_that_git_applies_and_writes_nothing(engine: Engine, tmp_path: Path) -> None:
    root = repository(tmp_path / "ferry")
    done = migrator(engine.env, "migrate", "--dry-run", root)
    assert done.returncode == 0, done.stderr
    assert git(root, "status", "--porcelain") == ""
    subprocess.run(["git", "-C", str(root), "apply", "-"], input=done.stdout, text=True, check=True)
    assert COPY in (root / "Dockerfile").read_text()


@pytest.mark.engine
def test_migrate_writes_nothing_that_is_not_proved(engine: Engine, tmp_path: Path) -> None:
    dated = {**REPOSITORY, "Dockerfile": RUNTIME + "RUN cat /proc/sys/kernel/random/uuid > /once\n"}
    root = repository(tmp_path / "ferry", dated)
    done = migrator(engine.env, "migrate", root)
    assert done.returncode == 1
    assert "nondeterministic" in done.stdout
    assert "nothing was written" in done.stderr
    assert git(root, "status", "--porcelain") == ""


@pytest.mark.engine
def test_migrate_says_that_the_work_tree_is_dirty(engine: Engine, tmp_path: Path) -> None:
    root = repository(tmp_path / "ferry")
    (root / "Dockerfile").write_text(RUNTIME + "ENV LATE=1\n")
    done = migrator(engine.env, "migrate", root)
    assert done.returncode == 0, done.stderr
    assert "not committed: Dockerfile" in done.stderr
    assert "LATE=1" in (root / "Dockerfile").read_text()


@pytest.mark.engine
def test_doctor_says_what_answers(engine: Engine, tmp_path: Path) -> None:
    done = migrator(engine.env, "doctor")
    assert done.returncode == 0, done.stderr
    assert "engine 2" in done.stdout
    assert "free" in done.stdout
    # A podman of the machine would answer as well.
    (tmp_path / "docker").symlink_to(shutil.which("docker", path=engine.env["PATH"]) or "")
    away = migrator({**engine.env, "PATH": str(tmp_path), "DOCKER_HOST": "unix:///nonexistent"}, "doctor")
    assert away.returncode == 2
    assert "no engine answers" in away.stdout


def test_doctor_without_a_client_says_what_to_install(tmp_path: Path) -> None:
    done = migrator({"PATH": str(tmp_path)}, "doctor")
    assert done.returncode == 2
    assert "Install Docker" in done.stdout
    assert "install bash" in done.stdout


@pytest.mark.engine
def test_doctor_cleans_what_was_kept(engine: Engine, tmp_path: Path) -> None:
    env = {**engine.env, "TMPDIR": str(tmp_path)}
    done = migrator(env, "verify", repository(tmp_path / "ferry"), "--keep")
    assert done.returncode == 0
    assert "keeping everything named migrator-kept-" in done.stderr
    kept = engine.interface.named("migrator-kept-")
    assert {thing.kind for thing in kept} == {"image"}
    assert list(tmp_path.glob("migrator-kept-*"))
    assert "leftovers" in migrator(env, "doctor").stdout
    assert "removed what run kept-" in migrator(env, "doctor", "--clean").stdout
    assert engine.interface.named("migrator-kept-") == ()
    assert not list(tmp_path.glob("migrator-kept-*"))
    assert "nothing is left" in migrator(env, "doctor", "--clean").stdout
