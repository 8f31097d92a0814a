"""Files of CI services after a migration: commands are cut out, comments and all other lines stay."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from repository import contents

from migrator.migration.convert import convert_with_trace
from migrator.migration.result import Converted, NotApplicable
from migrator.project import Project
from migrator.repository.files import migration

if TYPE_CHECKING:
    from migrator.repository.files import Migration

FILES = {
    "Dockerfile.build": "FROM alpine\nARG KIND\nRUN mkdir /out && echo hello $KIND > /out/prog\n",
    "Dockerfile": "FROM alpine\nCOPY prog /usr/bin/prog\n",
}
CASES = tomllib.loads((Path(__file__).parent / "workflows.toml").read_text(encoding="utf-8"))["case"]


def migrated(case: dict[str, str]) -> Migration:
    project = Project.of({**FILES, case["path"]: case["before"]})
    conversion, outcome = convert_with_trace(project, f"{case['path']}:container")
    assert isinstance(conversion, Converted), conversion
    assert outcome is not None
    return migration(project, conversion, outcome)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_is_left(case: dict[str, str]) -> None:
    found = migrated(case)
    assert contents(found).get(case["path"], case["before"]) == case.get("after", case["before"])
    assert ("MG547" in {task.code for task in found.tasks}) == ("after" not in case)
    assert ("Dockerfile.build" in contents(found)) == ("after" in case)


@pytest.mark.parametrize("case", [case for case in CASES if "after" in case], ids=lambda case: case["name"])
def test_a_second_run_finds_nothing_to_do(case: dict[str, str]) -> None:
    texts = {path: text for path, text in contents(migrated(case)).items() if text is not None}
    project = Project.of({**FILES, case["path"]: case["before"], **texts})
    assert isinstance(convert_with_trace(project, f"{case['path']}:container")[0], NotApplicable)
