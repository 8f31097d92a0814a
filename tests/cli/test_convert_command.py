"""`migrator convert` from the outside: where things are read from, what goes where, and with which exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from migrator.cli import main

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "reference" / "schemas" / "conversion-1.json").read_text(encoding="utf-8"))

SCRIPT = """#!/bin/sh
set -e
docker build -t shop:build -f Dockerfile.build .
docker create --name one shop:build
docker cp one:/src/shop shop
docker rm one
docker build -t "shop:${TAG:-latest}" .
rm shop
"""
BUILD = "FROM golang:1.13\nWORKDIR /src\nCOPY main.go .\nRUN go build -o shop .\n"
RUNTIME = 'FROM alpine:latest\nCOPY shop /usr/bin/shop\nCMD ["shop"]\n'
EXPECTED = """FROM golang:1.13 AS builder
WORKDIR /src
COPY main.go .
RUN go build -o shop .

FROM alpine:latest AS runtime
COPY --from=builder --chown=0:0 /src/shop /usr/bin/shop
CMD ["shop"]
"""


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "build.sh").write_text(SCRIPT)
    (folder / "build.sh").chmod(0o755)
    (folder / "Dockerfile.build").write_text(BUILD)
    (folder / "Dockerfile").write_text(RUNTIME)
    (folder / "main.go").write_text("package main\n")
    return folder


def convert(*words: str | Path) -> Result:
    return CliRunner().invoke(main, ["convert", *map(str, words)])


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git/" not in f"{path}/"
    }


# --- what goes where --------------------------------------------------------------------------------------------


def test_the_dockerfile_is_on_stdout_and_nothing_is_written(repo: Path) -> None:
    before = contents(repo)
    result = convert(repo)
    assert (result.exit_code, result.stdout) == (0, EXPECTED)
    assert "build.sh -> Dockerfile: 2 stages (builder, runtime)" in result.stderr
    assert contents(repo) == before


def test_the_current_folder_is_the_default(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo)
    assert convert().stdout == EXPECTED


def test_a_script_stands_for_its_repository(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert convert(repo / "build.sh").stdout == EXPECTED
    (repo / "sub").mkdir()
    monkeypatch.chdir(repo / "sub")
    assert convert("../build.sh").stdout == EXPECTED


@pytest.mark.parametrize("name", ["build.sh", "./build.sh", "sub/../build.sh", "absolute"])
def test_the_script_may_be_named_in_any_way(repo: Path, name: str) -> None:
    assert convert(repo, "--script", repo / "build.sh" if name == "absolute" else name).stdout == EXPECTED


def test_into_a_file(repo: Path, tmp_path: Path) -> None:
    result = convert(repo, "-o", tmp_path / "out")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (tmp_path / "out").read_text() == EXPECTED


def test_a_hyphen_is_stdout(repo: Path) -> None:
    assert convert(repo, "-o", "-").stdout == EXPECTED


def test_in_place_writes_what_the_json_says(repo: Path) -> None:
    files = json.loads(convert(repo, "--format", "json").stdout)["files"]
    expected = contents(repo)
    for change in files:
        if change["action"] == "delete":
            del expected[change["path"]]
        else:
            expected[change["path"]] = change["content"].encode()
    result = convert(repo, "--in-place")
    assert (result.exit_code, result.stdout) == (0, "")
    assert contents(repo) == expected
    assert expected["Dockerfile"] == EXPECTED.encode()
    assert "wrote Dockerfile\n" in result.stderr


def test_the_patch_does_what_in_place_does(repo: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    subprocess.run(["cp", "-a", repo, other], check=True)
    patch = convert(repo, "--diff")
    assert patch.exit_code == 0
    subprocess.run(["git", "apply", "-"], cwd=other, input=patch.stdout, text=True, check=True)
    convert(repo, "--in-place")
    assert contents(other) == contents(repo)


def test_check_writes_nothing_and_says_what_would_change(repo: Path) -> None:
    before = contents(repo)
    result = convert(repo, "--check")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "would change: Dockerfile" in result.stderr
    assert contents(repo) == before


def test_check_and_diff_go_together(repo: Path) -> None:
    result = convert(repo, "--check", "--diff")
    assert result.exit_code == 1
    assert result.stdout == convert(repo, "--diff").stdout != ""


def test_json_fits_its_schema_and_stderr_is_silent(repo: Path) -> None:
    result = convert(repo, "--format", "json")
    found = json.loads(result.stdout)
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(found)] == []
    assert (result.exit_code, result.stderr) == (0, "")
    assert found["status"] == "converted"
    assert found["dockerfile"] == EXPECTED
    assert found["targets"][0]["command"]


def test_sarif_is_a_log(repo: Path) -> None:
    result = convert(repo, "--format", "sarif")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["version"] == "2.1.0"


def test_explain_tells_the_story_on_stderr(repo: Path) -> None:
    result = convert(repo, "--explain")
    assert result.stdout == EXPECTED
    assert "Where each line comes from" in result.stderr


def test_quiet_is_quiet(repo: Path) -> None:
    assert convert(repo, "--quiet").stderr == ""


def test_the_same_bytes_every_time(repo: Path) -> None:
    assert convert(repo, "--format", "json").stdout_bytes == convert(repo, "--format", "json").stdout_bytes


def test_no_colour_where_nobody_sees_it(repo: Path) -> None:
    assert "\x1b" not in convert(repo, "--explain").output


# --- bad input --------------------------------------------------------------------------------------------------


def test_nothing_to_migrate_is_fine(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing here")
    result = convert(tmp_path)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "nothing to migrate" in result.stderr
    found = json.loads(convert(tmp_path, "--format", "json").stdout)
    assert found["status"] == "not-applicable"
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(found)] == []


def test_several_candidates_are_named(repo: Path) -> None:
    (repo / "release.sh").write_text(SCRIPT.replace("shop:", "store:"))
    result = convert(repo)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "build.sh" in result.stderr
    assert "release.sh" in result.stderr
    assert "--script" in result.stderr


@pytest.mark.parametrize(
    "junk", [b"\x7fELF\x02\x01\0\0" * 99, b"\xff\xfe#\0!\0", b"\0"], ids=["program", "utf-16", "nul"]
)
def test_a_script_that_is_not_text_is_refused(repo: Path, junk: bytes) -> None:
    (repo / "build.sh").write_bytes(junk)
    result = convert(repo, "--script", "build.sh")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "build.sh is not text" in result.stderr


def test_a_dockerfile_that_is_missing_is_said_where_it_is_used(repo: Path) -> None:
    (repo / "Dockerfile.build").unlink()
    result = convert(repo)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "build.sh:3:" in result.stderr
    assert "Dockerfile.build" in result.stderr
    assert "declined" in result.stderr
    found = json.loads(convert(repo, "--format", "json").stdout)
    assert found["status"] == "declined"
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(found)] == []


def test_a_refusal_writes_nothing(repo: Path, tmp_path: Path) -> None:
    (repo / "Dockerfile.build").unlink()
    before = contents(repo)
    for words in (["--in-place"], ["-o", str(tmp_path / "out")], ["--diff"]):
        assert convert(repo, *words).exit_code == 1
    assert contents(repo) == before
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", b"\x7fELF\0\0", b"\xff\xfeF\0R\0"], ids=["empty", "program", "utf-16"])
def test_a_dockerfile_that_is_none_is_refused(repo: Path, content: bytes) -> None:
    (repo / "Dockerfile.build").write_bytes(content)
    result = convert(repo)
    assert (result.exit_code, result.stdout) == (1, "")


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    result = convert(tmp_path / "nowhere")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "nowhere" in result.stderr


def test_a_script_that_does_not_exist(repo: Path) -> None:
    result = convert(repo, "--script", "bulid.sh")
    assert result.exit_code == 2
    assert "bulid.sh" in result.stderr


@pytest.mark.parametrize("name", ["loop", "../outside.sh", "/etc/hostname"])
def test_a_script_that_cannot_be_read(repo: Path, name: str) -> None:
    (repo / "loop").symlink_to("loop")
    (repo.parent / "outside.sh").write_text(SCRIPT)
    result = convert(repo, "--script", name)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "bug" not in result.stderr


def test_links_that_go_in_circles_do_no_harm(repo: Path) -> None:
    (repo / "loop").symlink_to("loop")
    (repo / "again").symlink_to(".")
    assert convert(repo).stdout == EXPECTED


def test_a_huge_file_beside_the_script_is_not_read(repo: Path) -> None:
    for name in ("video.bin", "video", "video.sh"):
        with (repo / name).open("wb") as file:
            file.truncate(1 << 40)
    assert convert(repo).stdout == EXPECTED


def test_a_script_that_git_does_not_track_is_told_from_one_that_is_not_there(repo: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=repo, check=True)
    subprocess.run(["git", "add", "Dockerfile"], cwd=repo, check=True)
    result = convert(repo, "--script", "build.sh")
    assert result.exit_code == 2
    assert "not tracked by git" in result.stderr
    assert "git add build.sh" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["-o", "x", "--diff"],
        ["-o", "x", "--in-place"],
        ["--diff", "--in-place"],
        ["--diff", "--format", "json"],
        ["-o", "x", "--format", "sarif"],
        ["--check", "--in-place"],
        ["--check", "-o", "x"],
        ["--format", "yaml"],
        ["--env", "1X=2"],
        ["--env", "=2"],
        ["--env", "SURELY_NOT_SET_HERE"],
    ],
)
def test_options_that_contradict_one_another(repo: Path, words: list[str]) -> None:
    before = contents(repo)
    result = convert(repo, *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert contents(repo) == before


def test_a_script_and_another_script(repo: Path) -> None:
    assert convert(repo / "build.sh", "--script", "build.sh").exit_code == 2


def test_a_read_only_repository_is_left_as_it_was(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(repo)

    def refuse(*_args: object, **_more: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    result = convert(repo, "--in-place")
    assert result.exit_code == 2
    assert "Read-only file system" in result.stderr
    assert contents(repo) == before


def test_a_full_disk_behind_stdout(repo: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "migrator", "convert", repo], stdout=full, stderr=subprocess.PIPE, text=True,
            check=False, env=os.environ | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    assert done.returncode == 2
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


# --- what the script is told ------------------------------------------------------------------------------------


def test_an_environment_variable_is_given_or_stays_a_parameter(repo: Path) -> None:
    free = json.loads(convert(repo, "--format", "json").stdout)["targets"]
    assert "TAG" in free[0]["command"]
    given = json.loads(convert(repo, "--format", "json", "--env", "TAG=1.2").stdout)["targets"]
    assert given[0]["tags"] == ["shop:1.2"]


def test_a_variable_without_value_takes_the_one_that_it_has_here(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAG", "3.4")
    here = json.loads(convert(repo, "--format", "json", "--env", "TAG").stdout)
    assert here["targets"][0]["tags"] == ["shop:3.4"]
    assert json.loads(convert(repo, "--format", "json").stdout)["targets"][0]["tags"] != ["shop:3.4"]


def test_arguments_keep_their_order(repo: Path) -> None:
    (repo / "build.sh").write_text(SCRIPT.replace("${TAG:-latest}", "$1-$2"))
    found = json.loads(convert(repo, "--format", "json", "--arg", "1.2", "--arg=-x").stdout)
    assert found["targets"][0]["tags"] == ["shop:1.2--x"]


def test_the_files_for_the_host_are_a_target_when_asked_for(repo: Path) -> None:
    (repo / "build.sh").write_text(SCRIPT.split('docker build -t "shop:$', maxsplit=1)[0])
    (repo / "Dockerfile").unlink()
    plain = convert(repo)
    assert plain.exit_code == 0
    assert plain.stdout == ""
    assert "migrator convert --export" in plain.stderr
    result = convert(repo, "--export", "--format", "json")
    assert result.exit_code == 0, result.stderr
    data = json.loads(result.stdout)
    Draft202012Validator(SCHEMA).validate(data)
    assert data["dockerfile"].endswith("FROM scratch AS artifacts\nCOPY --from=builder /src/shop /shop\n")
    command = "docker build --target artifacts --output . ."
    assert data["targets"] == [{"stage": "artifacts", "tags": [], "command": command}]


def test_a_build_that_stands_in_no_script_is_named(repo: Path) -> None:
    (repo / "build.sh").write_text(SCRIPT.split('docker build -t "shop:$', maxsplit=1)[0])
    refused = convert(repo)
    assert refused.exit_code == 1
    assert "MG348" in refused.stderr
    assert "--runtime Dockerfile" in refused.stderr
    result = convert(repo, "--runtime", "Dockerfile:.:registry.example:5000/shop:2", "--format", "json")
    assert result.exit_code == 0, result.stderr
    data = json.loads(result.stdout)
    assert data["dockerfile"] == EXPECTED
    assert data["targets"][0]["command"] == "docker build -t registry.example:5000/shop:2 ."


@pytest.mark.parametrize("value", ["Dockerfile.none", ":.", "Dockerfile:missing", "Dockerfile:../outside"])
def test_a_runtime_that_is_not_there_is_wrong_usage(repo: Path, value: str) -> None:
    assert convert(repo, "--runtime", value).exit_code == 2
