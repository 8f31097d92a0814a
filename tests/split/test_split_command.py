"""`migrator split` as people call it: what goes to stdout, what to stderr, and with which code it ends."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from migrator.cli import main

ROOT = Path(__file__).parents[2]
CASES = Path(__file__).parent / "cases"
GIT = shutil.which("git") or "git"
SCHEMA = json.loads((ROOT / "docs/reference/schemas/split-1.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _without_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.chdir(ROOT)


def split(*words: object) -> Result:
    return CliRunner().invoke(main, ["split", *map(str, words)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CASES / "go-static" / "context", tmp_path / "context"))


def test_a_proposal_says_that_it_is_one(folder: Path) -> None:
    done = split("--no-verify", folder)
    assert done.exit_code == 0
    assert done.stdout == (CASES / "go-static" / "expected.same").read_text(encoding="utf-8")
    assert "MG716" in done.stderr
    assert "A PROPOSAL: nothing was built, and nothing of this is proved" in done.stderr
    assert "A PROPOSAL" in split("--no-verify", "-q", folder).stderr


def test_without_an_engine_the_code_tells_the_proposal_from_a_proof(folder: Path) -> None:
    done = split(folder)
    assert done.exit_code == 2
    assert done.stdout == split("--no-verify", folder).stdout
    assert "no container engine" in done.stderr
    for words in (("--in-place",), ("--all-rungs",)):
        assert split(*words, folder).exit_code == 2
    assert (folder / "Dockerfile").read_text(encoding="utf-8").count("FROM") == 1


@pytest.mark.parametrize(("case", "status", "code"), [("go-static", "proposed", 0), ("multi-stage", "declined", 1)])
def test_json_fits_its_schema(case: str, status: str, code: int) -> None:
    done = split("--no-verify", "--format", "json", CASES / case / "context")
    assert (done.exit_code, done.stderr) == (code, "")
    told = json.loads(done.stdout)
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(told)] == []
    assert told["status"] == status


def test_a_refusal_names_the_place_and_what_to_do() -> None:
    done = split("--no-verify", CASES / "starts-go-run" / "context")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "Dockerfile:5:1: error MG702" in done.stderr
    assert "go build -o" in done.stderr


def test_the_ways_to_write(folder: Path) -> None:
    wanted = (CASES / "go-static" / "expected.scratch").read_text(encoding="utf-8")
    words = ("--no-verify", "--runtime", "scratch")
    assert split(*words, "-o", folder / "Dockerfile.new", folder / "Dockerfile").stdout == ""
    assert (folder / "Dockerfile.new").read_text(encoding="utf-8") == wanted
    (folder / "Dockerfile.new").unlink()
    assert split(*words, "--check", folder).exit_code == 1
    patch = split(*words, "--diff", folder).stdout
    subprocess.run([GIT, "apply", "-"], cwd=folder, input=patch, text=True, check=True)
    assert (folder / "Dockerfile").read_text(encoding="utf-8") == wanted
    again = split(*words, folder)
    assert again.exit_code == 1
    assert "MG700" in again.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--in-place", "--no-verify"), "does not go with --no-verify"),
        (("--diff", "-o", "x"), "ask for different things"),
        (("--check", "-o", "x"), "--check writes nothing"),
        (("nowhere",), "there is no nowhere"),
        (("--context", "samples", "tests/split/cases/go-static/context/Dockerfile"), "is not in samples"),
    ],
)
def test_what_cannot_be_asked(words: tuple[str, ...], told: str) -> None:
    done = split(*words)
    assert done.exit_code == 2
    assert told in done.stderr


def test_another_context(folder: Path) -> None:
    shutil.move(folder / "Dockerfile", folder.parent / "moved")
    (folder / "docker").mkdir()
    shutil.move(folder.parent / "moved", folder / "docker" / "Dockerfile")
    done = split("--no-verify", "--context", folder, folder / "docker" / "Dockerfile")
    assert done.stdout == (CASES / "go-static" / "expected.same").read_text(encoding="utf-8")
