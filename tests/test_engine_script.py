"""scripts/engine: which engine it takes, which source it derives, and what it may never touch."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "scripts" / "engine"


def function(call: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """One call of a function of scripts/engine.d, in a shell that has loaded all of them."""
    folder = ROOT / "scripts" / "engine.d"
    setup = f"""set -euo pipefail
      here={ROOT / "scripts"}; repository={ROOT}; CACHE={tmp_path}/cache; STATE={tmp_path}/state; RUN={tmp_path}/run
      say() {{ echo "$*" >&2; }}; die() {{ say "$*"; exit 2; }}
      for part in packages daemon images; do . {folder}/$part.sh; done
      """
    return subprocess.run(["bash", "-c", setup + call], capture_output=True, text=True, check=False, timeout=60)


REST = "URIs: http://mirror.test/debian\nSuites: {}\nComponents: main contrib\nSigned-By:{}\n"
INLINE_KEY = "\n -----BEGIN\n .\n abc"
SECURITY = "Types: deb\nURIs: http://s.test/\nSuites: bookworm-security\nComponents: main\n\n"
ENTRIES = {
    "deb822": (
        "debian.sources",
        "Types: deb\n# a note\n" + REST.format("bookworm bookworm-updates", " /k.gpg"),
        "Types: deb\n" + REST.format("trixie", " /k.gpg"),
    ),
    "deb822, second paragraph, with sources, inline key": (
        "debian.sources",
        SECURITY + "Types: deb deb-src\n" + REST.format("bookworm", INLINE_KEY),
        "Types: deb\n" + REST.format("trixie", INLINE_KEY),
    ),
    "deb822, disabled": (
        "a.sources",
        "Enabled: no\nTypes: deb\nURIs: http://m.test\nSuites: bookworm\nComponents: main\n",
        "",
    ),
    "deb822, sources only": (
        "a.sources",
        "Types: deb-src\nURIs: http://m.test\nSuites: bookworm\nComponents: main\n",
        "",
    ),
    "one line": (
        "a.list",
        "# x\ndeb http://m.test/debian bookworm main contrib\n",
        "deb http://m.test/debian trixie main contrib\n",
    ),
    "one line, options": (
        "a.list",
        "deb [arch=amd64 signed-by=/k.gpg] http://m.test/debian stable main\n",
        "deb [arch=amd64 signed-by=/k.gpg] http://m.test/debian trixie main\n",
    ),
    "one line, security only": ("a.list", "deb http://m.test/security bookworm-security main\n", ""),
    "another vendor's": ("a.list", "deb http://m.test/tool tool-bookworm main\n", ""),
}


@pytest.mark.parametrize(("name", "text", "expected"), ENTRIES.values(), ids=ENTRIES.keys())
def test_source_entry_keeps_everything_but_its_suite(name: str, text: str, expected: str, tmp_path: Path) -> None:
    folder = tmp_path / "apt" / "sources.list.d"
    folder.mkdir(parents=True)
    (folder / name).write_text(text)
    done = function(f"own_source_entry trixie {tmp_path}/apt bookworm", tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == expected.strip()


@pytest.mark.parametrize(
    ("image", "recipe"),
    [
        ("alpine", "busybox"),
        ("alpine:3.9", "busybox"),
        ("library/busybox:latest", "busybox"),
        ("golang:1.13@sha256:00", "golang"),
        ("debian:bookworm-slim", "debian"),
    ],
)
def test_stand_in_is_chosen_by_the_repository(image: str, recipe: str, tmp_path: Path) -> None:
    assert function(f"recipe_of {image}", tmp_path).stdout == f"{recipe}\n"


def test_there_is_no_stand_in_for_an_unknown_name(tmp_path: Path) -> None:
    assert function("recipe_of notalpine:latest", tmp_path).returncode == 1


def test_ends_its_own_process_and_no_other(tmp_path: Path) -> None:
    own = subprocess.Popen(["bash", "-c", "exec -a 'daemon --in /mine/x' sleep 60"])
    other = subprocess.Popen(["sleep", "60"])
    try:
        for name, process in (("own", own), ("other", other)):
            (tmp_path / name).write_text(str(process.pid))
            wait_for_command(process.pid, b"sleep" if process is other else b"daemon")
        # Reaps our child while the script waits for it to be gone.
        for name in ("own", "other"):
            ending = subprocess.Popen(["bash", "-c", ending_of(tmp_path / name, tmp_path)])
            if name == "own":
                assert own.wait(20) == -15
            assert ending.wait(20) == 0
        assert other.poll() is None
    finally:
        own.kill()
        other.kill()
        own.wait()
        other.wait()


def ending_of(pid_file: Path, tmp_path: Path) -> str:
    return (
        f"CACHE={tmp_path}/cache; . {ROOT}/scripts/engine.d/packages.sh; . {ROOT}/scripts/engine.d/daemon.sh; "
        f"end_own_process {pid_file} /mine/x"
    )


def wait_for_command(pid: int, word: bytes) -> None:
    """Waits until the started process has become what it is to be."""
    for _ in range(200):
        if word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b" ")[0]:
            return
        time.sleep(0.05)
    raise AssertionError(f"{pid} did not start")


def engine(command: str, tmp_path: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """scripts/engine with a state of its own and, first on the PATH, a docker that answers or does not."""
    cleared = {name: value for name, value in os.environ.items() if not name.startswith(("DOCKER_", "MIGRATOR_"))}
    own = {"PATH": f"{tmp_path}:{cleared['PATH']}", "MIGRATOR_ENGINE_STATE": f"{tmp_path}/state"}
    return subprocess.run(
        [SCRIPT, *command.split()],
        env={**cleared, **own, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def docker(tmp_path: Path, body: str) -> None:
    path = tmp_path / "docker"
    path.write_text(f'#!/bin/sh\necho "$*" >>{tmp_path}/calls\n{body}\n')
    path.chmod(0o755)


def test_engine_that_answers_is_used_as_it_is(tmp_path: Path) -> None:
    docker(tmp_path, "case $1 in version) echo 99.1;; image) [ $3 = here ];; pull) [ $3 = pulled ];; esac")
    up = engine("up here pulled", tmp_path)
    assert (up.returncode, up.stdout) == (0, "")
    assert "99.1" in up.stderr
    assert engine("status", tmp_path).stdout == "your engine: Docker 99.1\n"
    assert "export" not in engine("env", tmp_path).stdout
    assert engine("env --classic", tmp_path).stdout.splitlines()[-1] == "export DOCKER_BUILDKIT=0"
    assert engine("down", tmp_path).returncode == 0
    calls = (tmp_path / "calls").read_text().splitlines()
    assert {call.split()[0] for call in calls} == {"version", "image", "pull"}
    assert [call for call in calls if call.startswith("pull")] == ["pull -q pulled"]


def test_users_engine_never_gets_a_stand_in(tmp_path: Path) -> None:
    docker(tmp_path, "[ $1 = version ] && echo 99.1")
    done = engine("up alpine:latest", tmp_path, MIGRATOR_ENGINE="user")
    assert done.returncode == 2
    assert "alpine:latest is not in your engine" in done.stderr
    assert "import" not in (tmp_path / "calls").read_text()


def test_client_without_server_is_no_engine(tmp_path: Path) -> None:
    docker(tmp_path, "echo 'Cannot connect' >&2; exit 1")
    assert engine("status", tmp_path).returncode == 1
    done = engine("up", tmp_path, MIGRATOR_ENGINE="user")
    assert (done.returncode, done.stderr) == (
        2,
        "engine: MIGRATOR_ENGINE=user, but no Docker engine answers (docker version)\n",
    )


def test_env_says_when_nothing_is_up(tmp_path: Path) -> None:
    docker(tmp_path, "exit 1")
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "mode").write_text("private\n")
    done = engine("env", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "scripts/engine up" in done.stderr


@pytest.mark.parametrize("command", ["", "start", "up --fast", "images"])
def test_wrong_use_is_said(command: str, tmp_path: Path) -> None:
    docker(tmp_path, "exit 1")
    done = engine(command, tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "scripts/engine" in done.stderr
