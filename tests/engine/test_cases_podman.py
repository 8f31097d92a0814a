"""The cases that name podman and buildah are built both ways on each, and the images must be the same."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from case_arms import Arms
from case_table import PODMAN, Case, all_cases, convert_folder, copy_repo

from migrator.migration.result import Converted

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Engine

pytestmark = pytest.mark.engine

# Half an hour's work, for `make test-podman` alone.
CASES = all_cases() if os.environ.get("MIGRATOR_PODMAN") else []
NAMED = [(case, name) for case in CASES if case.engine for name in case.engines if name in PODMAN]


def test_podman_builds_as_many_as_when_a_third_of_the_table_was_chosen() -> None:
    assert sum("podman" in case.engines for case in all_cases() if case.engine) >= 78


def test_what_differs_on_one_of_them_has_its_reason() -> None:
    for case in all_cases():
        for engine, places in case.only.items():
            assert engine in case.engines, case.name
            assert all(": " in place and len(reason) > 20 for place, reason in places.items()), case.name


@pytest.mark.parametrize(("case", "builder"), NAMED, ids=lambda value: value if isinstance(value, str) else value.name)
def test_both_arms_give_the_same_image_on_podman(
    case: Case, builder: str, tmp_path: Path, podman_engine: Engine
) -> None:
    engine = replace(podman_engine, name=builder)
    result = convert_folder(case, copy_repo(case, tmp_path))
    assert isinstance(result, Converted)
    assert case.targets, "a case without targets compares nothing"
    arms = Arms(case, engine.with_images("alpine:latest"), tmp_path)
    known = [f": {place} " for place in case.only.get(builder, {})]
    found = arms.differences(result)
    assert [line for line in found if not any(place in line for place in known)] == []
    assert [place for place in known if not any(place in line for line in found)] == [], "it does not differ any more"
