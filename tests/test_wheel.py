"""The wheel: the same bytes each time, with the information about types and all that the tool reads."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def built(place: Path, epoch: str = "1700000000") -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place],
        cwd=ROOT, check=True, capture_output=True, env={**os.environ, "SOURCE_DATE_EPOCH": epoch},
    )  # fmt: skip
    (wheel,) = place.glob("*.whl")
    return wheel


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("wheel"))


def test_two_builds_give_the_same_bytes(wheel: Path, tmp_path: Path) -> None:
    assert digest(built(tmp_path / "again")) == digest(wheel)
    assert digest(built(tmp_path / "later", "1800000000")) != digest(wheel)  # or nothing of this would be seen


def test_the_wheel_holds_types_pages_and_every_module(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert "migrator/py.typed" in names
    assert "migrator/pages/MG104.md" in names
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "migrator").rglob("*.py")}
    assert modules - names == set()
    assert [name for name in names if name.startswith("tests/") or "__pycache__" in name] == []


def test_the_versions_of_python_that_are_named_begin_with_the_one_that_is_required() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = [text.rsplit(" :: ", 1)[1] for text in project["classifiers"] if "Python :: 3." in text]
    assert project["requires-python"] == f">={named[0]}"
    assert named == ["3.11", "3.12", "3.13"]
