"""Repositories in a state that nobody planned for: each has a defined answer, and nothing is lost."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from repository import contents, migrated

from migrator.checkout import load
from migrator.errors import ProjectError
from migrator.migration.convert import convert_with_trace
from migrator.migration.result import Converted
from migrator.report import patch
from migrator.repository.files import migration
from migrator.writing import write_changes

if TYPE_CHECKING:
    from migrator.repository.files import Migration

BUILDER = "FROM alpine\nRUN mkdir /out && echo hello > /out/app\n"
RUNTIME = "FROM alpine\nCOPY app /usr/bin/app\n"
SCRIPT = """\
#!/bin/sh
set -e
docker build -t app:build -f Dockerfile.build .
docker create --name x app:build
docker cp x:/out/app app
docker rm x
docker build -t app .
docker push app
"""
LEFT = "#!/bin/sh\nset -e\ndocker build -t app .\ndocker push app\n"


def git(root: Path, *words: str, text: str | None = None) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always")
    done = subprocess.run(["git", *who, *words], cwd=root, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def root(tmp_path: Path) -> Path:
    place = tmp_path / "repo"
    place.mkdir()
    for name, text in {"Dockerfile.build": BUILDER, "Dockerfile": RUNTIME, "build.sh": SCRIPT}.items():
        (place / name).write_text(text)
    (place / "build.sh").chmod(0o755)
    return place


def committed(root: Path) -> Path:
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "before")
    return root


def whole(root: Path, script: str = "build.sh") -> Migration:
    project = load(root)
    conversion, outcome = convert_with_trace(project, script)
    assert isinstance(conversion, Converted), conversion
    assert outcome is not None
    return migration(project, conversion, outcome)


def written(root: Path, script: str = "build.sh") -> dict[str, str]:
    """The files of the repository after a migration that is written in place."""
    write_changes(root, contents(whole(root, script)))
    return state(root)


def state(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): path.read_bytes().decode() for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }  # fmt: skip


def command(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`migrator` as a user starts it, where no engine answers."""
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "DOCKER_HOST": "unix:///nowhere", "PATH": "/bin"}
    whole = [sys.executable, "-m", "migrator", *words]
    return subprocess.run(whole, cwd=root, env=env, capture_output=True, text=True, check=False)


def test_without_git(root: Path) -> None:
    assert written(root) == {"Dockerfile": contents_of_new(), "build.sh": LEFT}


def contents_of_new() -> str:
    return (
        "FROM alpine AS builder\nRUN mkdir /out && echo hello > /out/app\n\n"
        "FROM alpine AS runtime\nCOPY --from=builder --chown=0:0 /out/app /usr/bin/app\n"
    )


def test_a_patch_for_a_folder_without_git_applies_to_a_copy(root: Path, tmp_path: Path) -> None:
    found = patch.render(load(root), whole(root).files)
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-a", str(root), str(copy)], check=True)
    subprocess.run(["git", "apply", "-"], cwd=copy, input=found, text=True, check=True)
    assert state(copy) == written(root)


def test_changes_that_are_not_committed_are_what_is_migrated_and_nothing_else_is_touched(root: Path) -> None:
    committed(root)
    (root / "build.sh").write_text(SCRIPT + "echo mine\n")
    (root / "notes").write_text("mine\n")
    (root / "app").write_text("left behind by an earlier run\n")
    git(root, "add", "notes")
    found = written(root)
    assert found["build.sh"] == LEFT + "echo mine\n"
    assert found["notes"] == "mine\n"
    assert found["app"] == "left behind by an earlier run\n"
    assert git(root, "diff", "--cached", "--name-only") == "notes\n"


def test_a_branch_is_refused_while_something_is_not_committed(root: Path) -> None:
    committed(root)
    (root / "build.sh").write_text(SCRIPT + "echo mine\n")
    before = state(root)
    done = command(root, "migrate", "--branch", "b")
    assert done.returncode == 2
    assert "not committed" in done.stderr
    assert state(root) == before


def test_files_that_are_read_only_keep_their_mode(root: Path) -> None:
    for name in ("build.sh", "Dockerfile", "Dockerfile.build"):
        (root / name).chmod(0o444 if name != "build.sh" else 0o555)
    committed(root)
    assert written(root) == {"Dockerfile": contents_of_new(), "build.sh": LEFT}
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in root.iterdir() if path.is_file()}
    assert modes == {"build.sh": 0o555, "Dockerfile": 0o444}


def test_line_ends_of_windows_stay(root: Path) -> None:
    files = {"Makefile": "image:\r\n\t./build.sh\r\n", ".gitignore": "/app\r\n*.o\r\n", "run.sh": "./build.sh\r\n"}
    for name, text in {**files, "Dockerfile.build": BUILDER, "Dockerfile": RUNTIME, "build.sh": SCRIPT}.items():
        (root / name).write_bytes(text.replace("\r", "").replace("\n", "\r\n").encode())
    committed(root)
    found = patch.render(load(root), whole(root).files)
    after = written(root)
    assert after["build.sh"] == LEFT.replace("\n", "\r\n")
    assert after[".gitignore"] == "*.o\r\n"
    assert after["Makefile"] == files["Makefile"]
    assert all(line.endswith("\r\n") or not line.strip() for line in after["Dockerfile"].splitlines(keepends=True))
    git(root, "checkout", "-q", ".")
    git(root, "apply", "-", text=found)
    assert state(root) == after


def test_a_script_that_is_a_link_into_another_folder_stays_and_is_told(root: Path) -> None:
    (root / "ci").mkdir()
    (root / "build.sh").rename(root / "ci" / "build.sh")
    (root / "build.sh").symlink_to("ci/build.sh")
    committed(root)
    found = whole(root)
    assert set(contents(found)) == {"Dockerfile"}  # the old Dockerfiles stay, for the script still reads them
    assert [task.code for task in found.tasks] == ["MG501"]
    assert written(root)["ci/build.sh"] == SCRIPT


def test_the_file_behind_the_link_is_rewritten_when_it_is_named(root: Path) -> None:
    (root / "ci").mkdir()
    (root / "build.sh").rename(root / "ci" / "build.sh")
    (root / "build.sh").symlink_to("ci/build.sh")
    committed(root)
    assert written(root, "ci/build.sh")["ci/build.sh"] == LEFT
    assert (root / "build.sh").is_symlink()


def test_a_script_that_is_a_link_out_of_the_repository_is_said(root: Path, tmp_path: Path) -> None:
    (root / "build.sh").rename(tmp_path / "build.sh")
    (root / "build.sh").symlink_to("../build.sh")
    committed(root)
    done = command(root, "convert", "build.sh")
    assert done.returncode == 2
    assert "leads out of the repository" in done.stderr
    assert (tmp_path / "build.sh").read_text() == SCRIPT


def test_a_link_to_a_folder_is_gone_through_and_stays(root: Path) -> None:
    (root / "real").mkdir()
    (root / "Dockerfile.build").rename(root / "real" / "Dockerfile.build")
    (root / "docker").symlink_to("real")
    (root / "build.sh").write_text(SCRIPT.replace("Dockerfile.build", "docker/Dockerfile.build"))
    committed(root)
    assert written(root) == {"Dockerfile": contents_of_new(), "build.sh": LEFT}
    assert (root / "docker").is_symlink()


# --- submodules -------------------------------------------------------------------------------------------------------


@pytest.fixture
def outer(root: Path, tmp_path: Path) -> Path:
    committed(root)
    place = tmp_path / "outer"
    place.mkdir()
    git(place, "init", "-q")
    git(place, "submodule", "add", "-q", str(root), "inner")
    git(place, "commit", "-q", "-m", "before")
    return place


def test_a_script_of_a_submodule_is_converted_in_the_submodule(outer: Path) -> None:
    done = command(outer, "convert", "--diff", "inner/build.sh")
    assert done.returncode == 0, done.stderr
    git(outer / "inner", "apply", "-", text=done.stdout)
    assert (outer / "inner" / "Dockerfile").read_text() == contents_of_new()


@pytest.mark.parametrize("words", [["migrate"], ["migrate", "--diff"], ["migrate", "--branch", "b"]])
def test_a_submodule_is_not_written_from_outside(outer: Path, words: list[str]) -> None:
    before = state(outer)
    done = command(outer, *words)
    assert done.returncode == 2
    assert "belongs to another repository" in done.stderr
    assert "inner" in done.stderr
    assert state(outer) == before
    assert git(outer, "branch", "--list", "b") == ""


def test_the_script_of_the_repository_is_meant_and_not_that_of_a_submodule(outer: Path) -> None:
    for name, text in {"Dockerfile.build": BUILDER, "Dockerfile": RUNTIME, "build.sh": SCRIPT}.items():
        (outer / name).write_text(text)
    git(outer, "add", "-A")
    inner = (outer / "inner" / "build.sh").read_text()
    done = command(outer, "convert", "--diff")
    assert done.returncode == 0, done.stderr
    assert "inner" not in done.stdout
    assert whole(outer).tasks == ()
    assert written(outer)["build.sh"] == LEFT
    assert (outer / "inner" / "build.sh").read_text() == inner


def test_nor_by_convert(outer: Path) -> None:
    before = state(outer)
    with pytest.raises(ProjectError, match="another repository"):
        write_changes(outer, {"fine": "x", "inner/Dockerfile": "x"})
    done = command(outer, "convert", "--in-place")
    assert done.returncode == 2
    assert state(outer) == before


# --- two scripts that share a Dockerfile ------------------------------------------------------------------------------

DEBUG = SCRIPT.replace("app:build", "debug:build").replace("-f Dockerfile.build", "-f Dockerfile.debug")


def test_a_script_that_passes_something_else_to_the_same_dockerfile_is_told() -> None:
    files = {"debug.sh": DEBUG.replace("-t app .", "-t app:debug ."), "Dockerfile.debug": BUILDER}
    found = migrated(SCRIPT, files)
    assert set(contents(found)) == {"Dockerfile", "Dockerfile.build", "build.sh"}
    assert [(task.code, task.span.file, task.span.line) for task in found.tasks if task.span] == [
        ("MG552", "debug.sh", 7)
    ]


def test_a_builder_that_both_use_is_kept_for_the_other_one() -> None:
    other = SCRIPT.replace("app:build", "other:build").replace("-t app .", "-t other -f Dockerfile.other .")
    found = migrated(SCRIPT, {"other.sh": other, "Dockerfile.other": RUNTIME})
    assert set(contents(found)) == {"Dockerfile", "build.sh"}
    assert [(task.code, task.span.file) for task in found.tasks if task.span] == [("MG506", "other.sh")]


def test_a_script_that_only_calls_the_migrated_one_is_not_told() -> None:
    found = migrated(SCRIPT, {"release.sh": "#!/bin/sh\n./build.sh\ndocker tag app app:1\n"})
    assert found.tasks == ()
