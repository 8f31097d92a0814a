"""The samples as repositories: complete, small, explained, and written the way that they say they are."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parent.parent / "samples"
FAT = sorted(path.name for path in SAMPLES.glob("fat-*"))
NAMES = sorted(path.name for path in SAMPLES.iterdir() if path.is_dir() and path.name not in FAT)


@pytest.mark.parametrize("name", NAMES)
def test_sample_is_explained_in_five_lines_and_its_script_runs(name: str) -> None:
    lines = (SAMPLES / name / "README.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == f"# {name}"
    assert len(lines) == 5
    assert f"`migrator verify samples/{name}`" in lines[-1]
    script = SAMPLES / name / "build.sh"
    if not (SAMPLES / name / "build.sh").exists():
        done = subprocess.run(["make", "-n", "image"], cwd=script.parent, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        return
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0


@pytest.mark.parametrize("name", FAT)
def test_a_sample_of_one_dockerfile_is_explained_in_five_lines(name: str) -> None:
    lines = (SAMPLES / name / "README.md").read_text(encoding="utf-8").splitlines()
    assert lines[0] == f"# {name}"
    assert len(lines) == 5
    assert f"`migrator split samples/{name}`" in lines[-1]
    assert not (SAMPLES / name / "build.sh").exists()


def test_canonical_dockerfiles_have_no_final_newline() -> None:
    for name in ("Dockerfile", "Dockerfile.build"):
        assert not (SAMPLES / "http-server" / name).read_bytes().endswith(b"\n")


def test_there_are_ten_shapes() -> None:
    assert len(NAMES) >= 10


def test_every_base_image_can_be_stood_in_for() -> None:
    recipes = (SAMPLES.parent / "scripts" / "engine.d" / "images.sh").read_text(encoding="utf-8")
    known = set(re.findall(r"^rootfs_(\w+)\(\)", recipes, re.MULTILINE))
    bases = {
        base
        for path in SAMPLES.rglob("Dockerfile*")
        for base in re.findall(r"^FROM (\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    script = f". {SAMPLES.parent}/scripts/engine.d/images.sh; recipe_of"
    for base in bases - {"scratch"}:
        done = subprocess.run(["bash", "-c", f"{script} {base}"], capture_output=True, text=True, check=False)
        assert done.stdout.strip() in known, base
