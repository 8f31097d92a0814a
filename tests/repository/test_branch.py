"""A branch gets the changes, and nothing else of the repository changes."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from migrator.errors import UsageError
from migrator.repository import branch

if TYPE_CHECKING:
    from pathlib import Path


def git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *words], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def root(tmp_path: Path) -> Path:
    place = tmp_path / "repo"
    (place / "sub").mkdir(parents=True)
    (place / "build.sh").write_text("#!/bin/sh\n", encoding="utf-8")
    (place / "build.sh").chmod(0o755)
    (place / "sub" / "Dockerfile").write_text("FROM alpine\r\n", encoding="utf-8")
    (place / "old").write_text("old\n", encoding="utf-8")
    git(place, "init", "-q", "-b", "main")
    git(place, "config", "user.name", "a")
    git(place, "config", "user.email", "a@example.org")
    git(place, "add", "-A")
    git(place, "commit", "-q", "-m", "before")
    return place


def state(root: Path) -> tuple[str, ...]:
    files = [f"{path}:{path.stat().st_mode:o}:{path.read_bytes()!r}" for path in sorted(root.rglob("*"))
             if path.is_file() and ".git" not in path.parts]  # fmt: skip
    told = [git(root, "status", "--porcelain"), git(root, "symbolic-ref", "HEAD"), git(root, "diff", "--cached")]
    return (*files, *told, git(root, "rev-parse", "HEAD"))


def test_the_branch_has_the_changes_and_the_work_tree_none(root: Path) -> None:
    (root / "untracked").write_text("mine\n", encoding="utf-8")
    before = state(root)
    made = branch.prepare(root, "feature/one")
    changes = {"build.sh": "#!/bin/sh\necho\n", "new/Dockerfile": "FROM é\n", "old": None}
    commit = branch.commit(made, changes, "Title\n\nbody\n")
    assert commit is not None
    assert state(root) == before
    assert git(root, "log", "--format=%B", "-1", "feature/one").strip() == "Title\n\nbody"
    assert git(root, "rev-parse", "feature/one^") == git(root, "rev-parse", "main")
    assert git(root, "show", "feature/one:build.sh") == "#!/bin/sh\necho\n"
    assert git(root, "show", "feature/one:new/Dockerfile") == "FROM é\n"
    assert git(root, "ls-tree", "-r", "feature/one", "build.sh").startswith("100755")
    names = git(root, "diff", "--name-status", "main", "feature/one").split()
    assert names == ["M", "build.sh", "A", "new/Dockerfile", "D", "old"]


def test_a_folder_of_a_repository_changes_below_itself(root: Path) -> None:
    made = branch.prepare(root / "sub", "b")
    assert branch.commit(made, {"Dockerfile": "FROM scratch\n", "x": "x"}, "t") is not None
    names = git(root, "diff", "--name-status", "main", "b").split()
    assert names == ["M", "sub/Dockerfile", "A", "sub/x"]


def test_nothing_to_change_makes_no_branch(root: Path) -> None:
    made = branch.prepare(root, "b")
    assert branch.commit(made, {"build.sh": "#!/bin/sh\n"}, "t") is None
    assert git(root, "branch", "--list", "b") == ""


def test_a_branch_that_came_meanwhile_is_not_overwritten(root: Path) -> None:
    made = branch.prepare(root, "b")
    git(root, "branch", "b")
    with pytest.raises(UsageError):
        branch.commit(made, {"old": None}, "t")
    assert git(root, "rev-parse", "b") == git(root, "rev-parse", "main")


def test_what_stands_in_the_way_is_said_before_anything_is_done(root: Path, tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    with pytest.raises(UsageError, match="in no git repository"):
        branch.prepare(tmp_path / "plain", "b")
    with pytest.raises(UsageError, match="already"):
        branch.prepare(root, "main")
    with pytest.raises(UsageError, match="no branch named"):
        branch.prepare(root, "a..b")
    (root / "old").write_text("changed\n", encoding="utf-8")
    with pytest.raises(UsageError, match="not committed"):
        branch.prepare(root, "b")
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "-q")
    with pytest.raises(UsageError, match="no commit"):
        branch.prepare(empty, "b")


def test_without_an_identity_git_says_so(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(root, "config", "--unset", "user.name")
    git(root, "config", "--unset", "user.email")
    git(root, "config", "user.useConfigOnly", "true")
    for name in [key for key in os.environ if key.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    monkeypatch.delenv("EMAIL", raising=False)
    with pytest.raises(UsageError, match="commit-tree"):
        branch.commit(branch.prepare(root, "b"), {"old": None}, "t")
    assert git(root, "branch", "--list", "b") == ""
