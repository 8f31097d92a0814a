"""The engine's own linter, `docker build --check`, has nothing new to say; older engines do not have it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from case_table import all_cases, apply_conversion, convert_folder, copy_repo

from migrator.migration.result import Converted

if TYPE_CHECKING:
    from pathlib import Path

    from case_table import Case
    from conftest import Engine

pytestmark = pytest.mark.engine
CASES = [case for case in all_cases() if case.engine][::10]


@pytest.fixture(scope="module")
def checking_engine(engine: Engine) -> Engine:
    if "--check" not in engine.docker("build", "--help").stdout:
        pytest.skip(f"the docker build of this engine ({engine.version}) has no --check: it came with buildx 0.15")
    return engine


def _rules(engine: Engine, folder: Path, file: str) -> list[str]:
    done = engine.docker("build", "--check", "-f", file, ".", cwd=folder, check=False)
    return sorted(re.findall(r"^WARNING: (\w+)", done.stdout + done.stderr, re.MULTILINE))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_engines_linter_finds_nothing_new(case: Case, checking_engine: Engine, tmp_path: Path) -> None:
    root = copy_repo(case, tmp_path)
    result = convert_folder(case, root)
    assert isinstance(result, Converted)
    names = {stage.file for stage in result.stages if stage.file is not None and (root / stage.file).is_file()}
    old = {rule for name in names for rule in _rules(checking_engine, root, name)}
    apply_conversion(result, root)
    assert set(_rules(checking_engine, root, result.dockerfile_path)) <= old
