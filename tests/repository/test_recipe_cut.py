"""A justfile and a package.json after a migration: what is left, and that real just does what it did before."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from repository import contents
from test_makefile_cut import DOCKER

from migrator.migration.convert import convert_with_trace
from migrator.migration.result import Converted, NotApplicable
from migrator.project import Project
from migrator.repository.files import migration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.repository.files import Migration

FILES = {
    "Dockerfile.build": "FROM alpine\nARG KIND\nRUN mkdir /out && echo hello $KIND > /out/app\n",
    "Dockerfile": "FROM alpine\nCOPY app /usr/bin/app\n",
}
CASES = tomllib.loads((Path(__file__).parent / "recipes.toml").read_text(encoding="utf-8"))["case"]
JUST = [case for case in CASES if "after" in case and case["path"] == "justfile"]


def migrated(case: Mapping[str, str], files: Mapping[str, str] | None = None) -> Migration:
    project = Project.of({**FILES, **(files or {}), case["path"]: case["before"]})
    conversion, outcome = convert_with_trace(project, f"{case['path']}:image")
    assert isinstance(conversion, Converted), conversion
    assert outcome is not None
    return migration(project, conversion, outcome)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_is_left(case: dict[str, str]) -> None:
    found = migrated(case)
    assert contents(found).get(case["path"], case["before"]) == case.get("after", case["before"])
    tasks = [(task.code, task.span.file) for task in found.tasks if task.span]
    assert (("MG547", case["path"]) in tasks) == ("after" not in case)
    assert ("Dockerfile.build" in contents(found)) == ("after" in case)


@pytest.mark.parametrize("case", [case for case in CASES if "after" in case], ids=lambda case: case["name"])
def test_a_second_run_finds_nothing_to_do(case: dict[str, str]) -> None:
    texts = {path: text for path, text in contents(migrated(case)).items() if text is not None}
    project = Project.of({**FILES, case["path"]: case["before"], **texts})
    assert isinstance(convert_with_trace(project, f"{case['path']}:image")[0], NotApplicable)


@pytest.mark.parametrize("case", JUST, ids=lambda case: case["name"])
def test_real_just_builds_the_new_way_and_nothing_else(case: dict[str, str], tmp_path: Path) -> None:
    just = shutil.which("just", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if just is None:
        pytest.skip("rust-just, of requirements-dev.txt, is not here")
    before = calls(just, {**FILES, "justfile": case["before"]}, tmp_path / "before")
    after = calls(just, {**FILES, "justfile": case["before"], **contents(migrated(case))}, tmp_path / "after")
    passing = ("docker create", "docker cp", "docker rm", "docker start")
    builds = [line for line in before if not line.startswith(passing) and "Dockerfile.build" not in line]
    assert [line.replace(" --build-arg KIND=small", "") for line in after] == builds


def calls(just: str, files: Mapping[str, str | None], root: Path) -> list[str]:
    programs = root / "programs"
    programs.mkdir(parents=True)
    (programs / "docker").write_text(DOCKER)
    (programs / "docker").chmod(0o755)
    for name, text in files.items():
        if text is not None:
            (root / name).write_text(text)
    log = root / "calls"
    env = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "CALLS": str(log)}
    done = subprocess.run([just, "image"], cwd=root, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return log.read_text().splitlines()


@pytest.mark.parametrize("name", ["ci.yml", "README.md", "release.sh"])
def test_a_recipe_that_somebody_else_runs_by_its_name_is_not_taken_away(name: str) -> None:
    plain = next(case for case in CASES if case["name"] == "parameters of the recipes that go")
    case = {**plain, "before": plain["before"].replace("builder image:", "builder image='build':")}
    assert "Dockerfile.build" in contents(migrated(case))
    found = migrated(case, {name: "x:\n  script:\n    - just builder\n"})
    assert "justfile" not in contents(found)
    assert "MG547" in {task.code for task in found.tasks}


def test_a_script_of_npm_that_somebody_else_runs_is_not_taken_away() -> None:
    case = next(case for case in CASES if case["name"] == "scripts of npm that call each other")
    found = migrated(case, {"ci.yml": "x:\n  script:\n    - npm run extract\n"})
    assert "package.json" not in contents(found)
    assert "MG547" in {task.code for task in found.tasks}
