"""The scan of bytes says no only where the converter has nothing to say either."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from case_table import CASES
from made_repositories import BUILD, PATTERN, PLAIN, write

from migrator.checkout import load
from migrator.errors import UsageError
from migrator.migration.convert import convert
from migrator.migration.result import NotApplicable
from migrator.organisation.scan import folder_may_hold

if TYPE_CHECKING:
    from pathlib import Path

REPOSITORIES = sorted(path / "repo" for path in CASES.iterdir() if (path / "repo").is_dir())


@pytest.mark.parametrize("repo", REPOSITORIES, ids=lambda repo: repo.parent.name)
def test_no_case_is_lost(repo: Path) -> None:
    if folder_may_hold(str(repo)):
        return
    try:
        assert isinstance(convert(load(repo)), NotApplicable)
    except UsageError as error:
        pytest.fail(error.message)


def test_what_no_engine_is_named_in_is_passed_over(tmp_path: Path) -> None:
    assert not folder_may_hold(str(write(tmp_path, PLAIN)))
    assert not folder_may_hold(str(write(tmp_path, {"build.sh": "docker build -t app .\ndocker push app\n"})))
    assert folder_may_hold(str(write(tmp_path, {"other.sh": BUILD})))


@pytest.mark.parametrize(
    "files",
    [
        {"run": BUILD},
        {"ci/Makefile": "image:\n\tdocker build -t a .\n\tdocker cp c:/a a\n"},
        {"rules.mk": "image:\n\tdocker build -t a .\n\tdocker cp c:/a a\n"},
        {"build.py": "import subprocess\nsubprocess.run(['docker', 'build', '.'])\nsubprocess.run(['docker', 'cp'])\n"},
        {".gitlab-ci.yml": "a:\n  script:\n    - docker build .\n    - docker cp a b\n"},
        {"build.PS1": "docker build .\ndocker cp a b\n"},
        {"build.sh": "docker build .\n. ./more.inc\n", "more.inc": "take_out x\n"},
        {"build.sh": "if true; then . more; fi\ndocker build .\n", "more.inc": "take_out x\n"},
        {"build.sh": "docker build . && source ./more.inc\n", "more.inc": "take_out x\n"},
        {"Makefile": "include more.inc\nall: ; docker build .\n", "more.inc": "take:\n"},
        {"env.sh": "E=docker\n", "build.sh": ". ./env.sh\n$E build .\n$E cp a b\n"},
    ],
)
def test_every_kind_of_script_is_looked_at(files: dict[str, str], tmp_path: Path) -> None:
    assert folder_may_hold(str(write(tmp_path, files)))


def test_a_dockerfile_is_no_script(tmp_path: Path) -> None:
    files = {"push.sh": "docker build -t app .\n", "Dockerfile": "FROM a\nCOPY . .\nRUN docker cp\n"}
    assert not folder_may_hold(str(write(tmp_path, files)))


def test_an_executable_of_any_name_is_looked_at(tmp_path: Path) -> None:
    place = write(tmp_path, {"make.image": BUILD}) / "make.image"
    assert not folder_may_hold(str(tmp_path))
    place.chmod(0o755)
    assert folder_may_hold(str(tmp_path))


def test_a_link_is_read_inside_of_the_repository_only(tmp_path: Path) -> None:
    write(tmp_path, {"outside.txt": BUILD, "in/real.txt": BUILD, "out/x": "x"})
    (tmp_path / "in/build.sh").symlink_to("real.txt")
    (tmp_path / "out/build.sh").symlink_to("../outside.txt")
    (tmp_path / "out/loop.sh").symlink_to("loop.sh")
    (tmp_path / "out/gone.sh").symlink_to("gone")
    assert folder_may_hold(str(tmp_path / "in"))
    assert not folder_may_hold(str(tmp_path / "out"))


def test_pipes_huge_files_and_binaries_are_not_read(tmp_path: Path) -> None:
    write(tmp_path, PLAIN)
    os.mkfifo(tmp_path / "pipe.sh")
    with (tmp_path / "huge.sh").open("wb") as huge:
        huge.write(BUILD.encode())
        huge.truncate(2 << 30)
    (tmp_path / "program").write_bytes(b"\x7fELF\0" + BUILD.encode())
    assert not folder_may_hold(str(tmp_path))


def test_what_stands_far_behind_in_a_script_is_seen(tmp_path: Path) -> None:
    assert folder_may_hold(str(write(tmp_path, {"build.sh": "# comment\n" * 300_000 + PATTERN["build.sh"]})))


@pytest.mark.parametrize("name", [".gitlab-ci.yml", ".travis.yml", ".github/workflows/x.yaml", ".circleci/config.yml"])
def test_ci_files_are_looked_at(name: str, tmp_path: Path) -> None:
    assert folder_may_hold(str(write(tmp_path, {name: BUILD})))
