"""Every sample through the command line: the contract holds, and all ways to get the result agree."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from migrator.cli import main

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "reference" / "schemas" / "conversion-1.json").read_text(encoding="utf-8"))
SAMPLES = sorted(path for path in (ROOT / "samples").iterdir() if path.is_dir())


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_json_patch_and_in_place_agree(sample: Path, tmp_path: Path) -> None:
    patched, written = tmp_path / "patched", tmp_path / "written"
    for copy in (patched, written):
        shutil.copytree(sample, copy, symlinks=True)
    runner = CliRunner()
    as_json = runner.invoke(main, ["convert", "--format", "json", str(sample)])
    found = json.loads(as_json.stdout)
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(found)] == []
    assert as_json.exit_code == (1 if found["status"] == "declined" else 0)
    patch = runner.invoke(main, ["convert", "--diff", str(patched)])
    in_place = runner.invoke(main, ["convert", "--in-place", str(written)])
    assert patch.exit_code == in_place.exit_code == as_json.exit_code
    if found["status"] == "converted":
        subprocess.run(["git", "apply", "-"], cwd=patched, input=patch.stdout, text=True, check=True)
        for change in found["files"]:
            content = change.get("content")
            assert ((written / change["path"]).read_text() if content is not None else None) == content
    assert contents(patched) == contents(written)


def test_there_are_samples() -> None:
    assert {"http-server", "c-tools"} <= {path.name for path in SAMPLES}
