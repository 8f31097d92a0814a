"""A Makefile after a migration: what is left of its recipes, and that real make does with it what it did before."""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from repository import contents

from migrator.migration.convert import convert_with_trace
from migrator.migration.result import Converted, NotApplicable
from migrator.project import Project
from migrator.repository.files import migration
from migrator.repository.inputs import Given

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.repository.files import Migration

FILES = {
    "Dockerfile.build": "FROM alpine\nARG KIND\nRUN mkdir /out && echo hello > /out/app && echo $KIND > /out/lib\n",
    "Dockerfile": "FROM alpine\nCOPY out/app /usr/bin/app\n",
    "VERSION": "1.2\n",
}
CASES = tomllib.loads((Path(__file__).parent / "makefiles.toml").read_text(encoding="utf-8"))["case"]
# Says each call on a line of its own, and knows what a container would give.
DOCKER = """#!/bin/sh
echo "docker $*" >> "$CALLS"
case $1 in
  create) echo c0ffee ;;
  cp) case $3 in -) ;; *) echo hello > "$3" ;; esac ;;
esac
"""


def migrated(makefile: str, files: Mapping[str, str], args: tuple[str, ...] = (), target: str = "image") -> Migration:
    project = Project.of({**FILES, **files, "Makefile": makefile})
    conversion, outcome = convert_with_trace(project, f"Makefile:{target}", args)
    assert isinstance(conversion, Converted), conversion
    assert outcome is not None
    return migration(project, conversion, outcome, given=Given(args))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_is_left(case: dict[str, str]) -> None:
    found = migrated(case["before"], {})
    assert contents(found).get("Makefile", case["before"]) == case.get("after", case["before"])
    codes = {task.code for task in found.tasks}
    assert ("MG547" in codes) == ("after" not in case), found.tasks


@pytest.mark.parametrize("case", [case for case in CASES if "after" in case], ids=lambda case: case["name"])
def test_real_make_builds_the_new_way_and_nothing_else(case: dict[str, str], tmp_path: Path) -> None:
    if shutil.which("make") is None:
        pytest.skip("there is no make here")
    found = contents(migrated(case["before"], {}))
    before = calls({**FILES, "Makefile": case["before"]}, tmp_path / "before")
    after = calls({**FILES, "Makefile": case["before"], **found}, tmp_path / "after")
    passing = ("docker create", "docker cp", "docker rm", "docker start")
    builds = [line for line in before if not line.startswith(passing) and "Dockerfile.build" not in line]
    # The options that the one build has more, and nothing else, are new.
    assert [_without_options(line) for line in after] == [_without_options(line) for line in builds]


def _without_options(line: str) -> str:
    words = line.split(" ")
    while "--build-arg" in words:
        at = words.index("--build-arg")
        del words[at : at + 2]
    return " ".join(words)


def calls(files: Mapping[str, str | None], root: Path) -> list[str]:
    programs = root / "programs"
    programs.mkdir(parents=True)
    (programs / "docker").write_text(DOCKER)
    (programs / "docker").chmod(0o755)
    for name, text in files.items():
        if text is not None:
            (root / name).write_text(text)
    log = root / "calls"
    env = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "CALLS": str(log)}
    done = subprocess.run(["make", "image"], cwd=root, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return log.read_text().splitlines()


def test_a_second_run_finds_nothing_to_do() -> None:
    for case in CASES:
        if "after" in case:
            texts = {path: text for path, text in contents(migrated(case["before"], {})).items() if text is not None}
            project = Project.of({**FILES, "Makefile": case["before"], **texts})
            assert isinstance(convert_with_trace(project, "Makefile:image")[0], NotApplicable)


PLAIN = next(case for case in CASES if case["name"] == "targets that only pass something on go")


@pytest.mark.parametrize("name", [".gitlab-ci.yml", "README.md", "release.sh"])
def test_a_target_that_somebody_else_makes_is_not_taken_away(name: str) -> None:
    found = migrated(PLAIN["before"], {name: "x:\n  script:\n    - make artifact\n"})
    assert "Makefile" not in contents(found)
    assert "MG547" in {task.code for task in found.tasks}


def test_a_dockerfile_that_the_makefile_still_names_is_kept() -> None:
    before = PLAIN["before"] + "\nlint:\n\thadolint Dockerfile.build\n"
    found = contents(migrated(before, {}))
    assert found["Makefile"] == PLAIN["after"] + "\nlint:\n\thadolint Dockerfile.build\n"
    assert "Dockerfile.build" not in found


def test_what_else_names_the_old_way_changes_with_it() -> None:
    found = contents(migrated(PLAIN["before"], {".gitignore": "/out/app\n*.o\n"}))
    assert found[".gitignore"] == "*.o\n"
    assert found["Dockerfile.build"] is None
