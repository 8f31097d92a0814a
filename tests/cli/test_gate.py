"""The gate: the pre-commit hook and the steps of the GitHub Action, run as those who use them run them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases"
HOOK = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
ACTION = (ROOT / "action.yml").read_text(encoding="utf-8")


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """A folder with `migrator` where the action installs it."""
    program = tmp_path / "runner" / "migrator" / "bin" / "migrator"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m migrator "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return tmp_path


def repository(place: Path, case: str) -> Path:
    shutil.copytree(CASES / case / "repo", place)
    return place


def step(name: str) -> str:
    """The shell text of a step of the action."""
    found = re.search(rf"- name: {name}\n(?:      .*\n)*?      run: (.*)\n((?:        .*\n)*)", ACTION)
    assert found is not None
    if found[1] == "|":
        return dedent(found[2])
    return found[1][1:-1] if found[1].startswith("'") else found[1]


def run(text: str, temporary: Path, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    program = temporary / "runner" / "migrator" / "bin"
    given = {"PATH": f"{program}:{os.environ['PATH']}", "RUNNER_TEMP": str(temporary / "runner"), **env}
    words = ["bash", "-eo", "pipefail", "-c", text]
    return subprocess.run(words, cwd=folder, env=given, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("case", "code"), [("run-cat-redirect", 1), ("decline-git-clone", 1), ("none-single-build", 0)]
)
def test_the_hook_stops_a_commit_while_there_is_something_to_do(case: str, code: int, temporary: Path) -> None:
    entry = re.search(r"entry: (.*)", HOOK)
    assert entry is not None
    root = repository(temporary / "repo", case)
    before = sorted(path.name for path in root.rglob("*"))
    assert run(entry[1], temporary, root).returncode == code
    assert sorted(path.name for path in root.rglob("*")) == before


def test_the_hook_looks_at_what_can_change_the_answer() -> None:
    files = re.search(r"files: (.*)", HOOK)
    assert files is not None
    for name in ("Dockerfile", "ci/Dockerfile.build", "app.dockerfile", "build.sh", "ci/build.py", ".dockerignore"):
        assert re.search(files[1], name), name
    for name in ("README.md", "main.c", "myDockerfile.txt"):
        assert not re.search(files[1], name), name


@pytest.mark.parametrize(
    ("case", "code"), [("run-cat-redirect", 1), ("decline-git-clone", 1), ("none-single-build", 0)]
)
def test_the_action_writes_findings_and_then_fails_or_not(case: str, code: int, temporary: Path) -> None:
    root = repository(temporary / "repo", case)
    env = {"TARGET": ".", "SCRIPT": "build.sh", "SARIF": "out.sarif"}
    assert run(step("Findings"), temporary, root, **env).returncode == 0
    log = json.loads((root / "out.sarif").read_text(encoding="utf-8"))
    assert log["version"] == "2.1.0"
    (root / "out.sarif").unlink()
    assert run(step("Check"), temporary, root, **env).returncode == code


def test_the_action_fails_when_it_is_set_up_wrong(temporary: Path) -> None:
    root = repository(temporary / "repo", "run-cat-redirect")
    env = {"TARGET": ".", "SCRIPT": "missing.sh", "SARIF": "out.sarif"}
    assert run(step("Findings"), temporary, root, **env).returncode != 0


def test_every_input_of_the_action_is_used() -> None:
    inputs = re.findall(r"^  (\w+):\n    description", ACTION.partition("\noutputs:")[0], re.MULTILINE)
    assert inputs == ["path", "script", "sarif", "check"]
    for name in inputs:
        assert f"inputs.{name}" in ACTION.partition("\nruns:")[2]
