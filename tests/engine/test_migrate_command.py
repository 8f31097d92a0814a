"""`migrator migrate` as a user starts it: the whole repository, once, and nothing the second time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conftest import Engine

pytestmark = pytest.mark.engine

FILES = {
    "Dockerfile.build": "FROM alpine\nRUN mkdir /out && echo hello > /out/app\n",
    "Dockerfile": 'FROM alpine\nCOPY app /usr/bin/app\nCMD ["cat", "/usr/bin/app"]\n',
    "build.sh": "#!/bin/sh\nset -e\ndocker build -t app:build -f Dockerfile.build .\ndocker create --name x app:build\n"
    "docker cp x:/out/app app\ndocker rm x\ndocker build -t app .\nrm app\n",
    "Makefile": "image:\n\t./build.sh\n",
    "README.md": "Run `build.sh`.\n",
    ".gitignore": "/app\n",
}


def repository(root: Path, files: Mapping[str, str] = FILES) -> Path:
    root.mkdir()
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    (root / "build.sh").chmod(0o755)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "-q", "-m", "before")
    return root


def git(root: Path, *words: str, text: str | None = None) -> str:
    done = subprocess.run(["git", "-C", str(root), *words], input=text, capture_output=True, text=True, check=True)
    return done.stdout


def migrate(engine: Engine, root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**engine.env, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "migrator", "migrate", *words, str(root)]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def state(root: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in root.iterdir() if path.is_file()}


def test_everything_changes_once_and_nothing_twice(engine: Engine, tmp_path: Path) -> None:
    root = repository(tmp_path / "one")
    done = migrate(engine.with_images("alpine:latest"), root)
    assert done.returncode == 0, done.stderr
    assert set(state(root)) == {"Dockerfile", "Makefile", "README.md", ".gitignore"}
    assert state(root)["Makefile"] == "image:\n\tdocker build -t app .\n"
    assert state(root)[".gitignore"] == ""
    assert "README.md:1:6: warning MG504" in done.stderr
    assert "removed build.sh\n" in done.stderr
    before = state(root)
    again = migrate(engine, root)
    assert again.returncode == 0, again.stderr
    assert "nothing to migrate" in again.stderr
    assert state(root) == before


def test_the_patch_does_the_same_in_a_fresh_clone(engine: Engine, tmp_path: Path) -> None:
    root = repository(tmp_path / "one")
    done = migrate(engine.with_images("alpine:latest"), root, "--diff")
    assert done.returncode == 0, done.stderr
    assert git(root, "status", "--porcelain") == ""
    git(tmp_path, "clone", "-q", str(root), str(tmp_path / "clone"))
    git(tmp_path / "clone", "apply", "-", text=done.stdout)
    assert migrate(engine, root).returncode == 0
    assert state(tmp_path / "clone") == state(root)


def test_a_branch_gets_it_all_and_the_work_tree_nothing(engine: Engine, tmp_path: Path) -> None:
    root = repository(tmp_path / "one")
    git(root, "config", "user.name", "a")
    git(root, "config", "user.email", "a@example.org")
    before = state(root)
    body = tmp_path / "pr.md"
    done = migrate(engine.with_images("alpine:latest"), root, "--branch", "multi-stage", "--pr-body", str(body))
    assert done.returncode == 0, done.stderr
    assert "committed" in done.stderr
    assert state(root) == before
    assert git(root, "status", "--porcelain") == ""
    message = git(root, "log", "-1", "--format=%B", "multi-stage")
    for text in (message, body.read_text(encoding="utf-8")):
        assert "identical" in text
        assert "docker build -t app ." in text
        assert "layers" in text
        assert "seconds" in text
        assert "README.md:1" in text
    git(tmp_path, "clone", "-q", "-b", "multi-stage", str(root), str(tmp_path / "clone"))
    assert set(state(tmp_path / "clone")) == {"Dockerfile", "Makefile", "README.md", ".gitignore"}
    again = migrate(engine, root, "--branch", "multi-stage")
    assert again.returncode == 2
    assert "already" in again.stderr
    git(root, "checkout", "-q", "multi-stage")
    last = migrate(engine, root, "--branch", "another")
    assert last.returncode == 0
    assert git(root, "branch", "--list", "another") == ""


def test_old_files_stay_when_asked_for(engine: Engine, tmp_path: Path) -> None:
    root = repository(tmp_path / "one")
    done = migrate(engine.with_images("alpine:latest"), root, "--keep-old", "--in-place")
    assert done.returncode == 0, done.stderr
    assert state(root)["build.sh"] == "#!/bin/sh\nset -e\ndocker build -t app .\n"
    assert os.access(root / "build.sh", os.X_OK)
    assert state(root)["Dockerfile.build"] == FILES["Dockerfile.build"]


def test_contradictory_options_are_refused(engine: Engine, tmp_path: Path) -> None:
    done = migrate(engine, repository(tmp_path / "one"), "--diff", "--in-place")
    assert done.returncode == 2
    assert "--in-place" in done.stderr
