"""Each case of the table that an engine can run is built both ways, and the images must be the same."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from case_arms import Arms
from case_table import PODMAN, Case, all_cases, convert_folder, copy_repo
from conftest import FIXTURES

from migrator.migration.result import Converted

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Engine

pytestmark = pytest.mark.engine

BUILT = [(case, name) for case in all_cases() if case.engine for name in case.engines if name not in PODMAN]
# All of them take an hour (`make test-cases`); every run builds one in seven, the same ones each time.
CHOSEN = BUILT if os.environ.get("MIGRATOR_EVERY_CASE") else BUILT[::7]


@pytest.mark.parametrize(("case", "builder"), CHOSEN, ids=lambda value: value if isinstance(value, str) else value.name)
def test_both_arms_give_the_same_image(
    case: Case, builder: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    engine: Engine = request.getfixturevalue(FIXTURES[builder])
    result = convert_folder(case, copy_repo(case, tmp_path))
    assert isinstance(result, Converted)
    assert case.targets, "a case without targets compares nothing"
    arms = Arms(case, engine.with_images("alpine:latest"), tmp_path)
    assert arms.differences(result) == []


FAULTS = {
    "the owner": ("--chown=0:0 ", "", "/out/tool: owner"),
    "the content": ("echo tool", "echo lool", "/out/tool: content"),
    "the mode": ("chmod 0750", "chmod 0700", "/out/tool: mode"),
    "the configuration": ('CMD ["/out/tool"]', 'CMD ["/out/other"]', "config.Cmd"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str, engine: Engine, tmp_path: Path) -> None:
    case = next(case for case in all_cases() if case.name == "teeth")
    result = convert_folder(case, copy_repo(case, tmp_path))
    assert isinstance(result, Converted)
    right, wrong, shown = FAULTS[fault]
    assert right in result.dockerfile
    text = result.dockerfile.replace(right, wrong)
    files = tuple(replace(change, content=text) for change in result.files)
    broken = replace(result, dockerfile=text, files=files)
    found = Arms(case, engine.with_images("alpine:latest"), tmp_path).differences(broken)
    assert any(shown in line for line in found), found
