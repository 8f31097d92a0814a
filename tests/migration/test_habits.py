"""Warnings about the old way of building: each where it is due, and none where it is not."""

from __future__ import annotations

import pytest

from migrator.migration.convert import convert
from migrator.migration.result import Converted
from migrator.project import Project

BUILDER = "FROM alpine:3.20\nRUN mkdir /dist && echo one > /dist/app\n"
RUNTIME = "FROM alpine:3.20\nCOPY dist /dist\n"
HEAD = "set -e\ndocker build -t b -f Dockerfile.build .\n"
SCRIPT = HEAD + "docker create --name c b\ndocker cp c:/dist dist\ndocker rm c\ndocker build -t app .\nrm -rf dist\n"


def _told(script: str = SCRIPT, builder: str = BUILDER, runtime: str = RUNTIME) -> dict[str, list[tuple[int, str]]]:
    result = convert(Project.of({"Dockerfile.build": builder, "Dockerfile": runtime, "build.sh": script}), "build.sh")
    assert isinstance(result, Converted), result
    found: dict[str, list[tuple[int, str]]] = {}
    for item in result.diagnostics:
        assert item.span is not None
        found.setdefault(item.code, []).append((item.span.line, item.message))
    return found


def test_a_tidy_script_is_left_in_peace() -> None:
    assert _told() == {}


def test_a_folder_that_stays_is_copied_into_by_the_second_run() -> None:
    ((line, message),) = _told(SCRIPT.replace("rm -rf dist\n", ""))["MG284"]
    assert line == 4
    assert "dist/dist" in message


@pytest.mark.parametrize(
    "script",
    [
        SCRIPT.replace("rm -rf dist\n", "").replace("docker cp c:/dist dist", "rm -rf dist\ndocker cp c:/dist dist"),
        SCRIPT.replace("rm -rf dist\n", "").replace(
            "docker cp c:/dist dist", "mkdir -p dist\ndocker cp c:/dist/. dist"
        ),
        SCRIPT.replace("rm -rf dist\n", "git clean -fdx\n"),
        SCRIPT.replace("rm -rf dist\n", "").replace("set -e\n", "set -e\ntrap 'rm -rf dist' EXIT\n"),
    ],
    ids=["removed before", "content", "git clean", "trap"],
)
def test_a_folder_that_is_cleared_is_not_told_of(script: str) -> None:
    assert "MG284" not in _told(script)


def test_a_file_is_only_copied_over() -> None:
    script = SCRIPT.replace("c:/dist dist", "c:/dist/app dist").replace("rm -rf dist\n", "")
    assert "MG284" not in _told(script, runtime=RUNTIME.replace("COPY dist /dist", "COPY dist /app"))


def test_a_name_that_is_taken_stops_the_second_run() -> None:
    ((line, message),) = _told(SCRIPT.replace("docker rm c\n", ""))["MG284"]
    assert line == 3
    assert "container c " in message


def test_a_container_without_a_name_is_only_left() -> None:
    script = HEAD + "id=$(docker create b)\ndocker cp $id:/dist dist\ndocker build -t app .\nrm -rf dist\n"
    found = _told(script)
    assert [line for line, _ in found["MG287"]] == [3]
    assert "MG284" not in found


@pytest.mark.parametrize(
    "ending",
    ["docker rm $id\n", "docker rm -v $(docker ps -aq)\n", "docker container prune -f\n", "docker rm -f $id || true\n"],
)
def test_a_container_that_is_removed_is_not_told_of(ending: str) -> None:
    script = HEAD + "id=$(docker create b)\ndocker cp $id:/dist dist\ndocker build -t app .\nrm -rf dist\n" + ending
    assert "MG287" not in _told(script)


@pytest.mark.parametrize("name", ["c", "other"])
def test_a_name_may_be_freed_in_front(name: str) -> None:
    script = SCRIPT.replace("docker rm c\n", "").replace("docker create", f"docker rm -f {name} || true\ndocker create")
    assert ("MG284" in _told(script)) == (name == "other")


@pytest.mark.parametrize("name", ["NPM_TOKEN", "DB_PASSWORD", "api_key", "AWS_SECRET_ACCESS_KEY", "SECRET", "GH_PASS"])
def test_what_looks_like_a_secret_is_told_of(name: str) -> None:
    script = SCRIPT.replace("-f Dockerfile.build", f"--build-arg {name}=x -f Dockerfile.build")
    assert [line for line, _ in _told(script, BUILDER + f"ARG {name}\n")["MG286"]] == [2]
    assert [line for line, _ in _told(runtime=RUNTIME + f"ENV {name}=x\n")["MG286"]] == [3]
    assert [line for line, _ in _told(builder=BUILDER + f"ARG {name}=x\n")["MG286"]] == [3]


@pytest.mark.parametrize(
    "line",
    ["ENV TOKEN_FILE=/run/t", "ENV PASSWORD=", "ARG TOKEN", "ENV TOKENIZER=x", "ENV COMPASS=n", "ENV KEY=a", "ENV A=1"],
)
def test_what_is_no_secret_is_not_told_of(line: str) -> None:
    assert "MG286" not in _told(runtime=RUNTIME + line + "\n")


@pytest.mark.parametrize(
    ("base", "floats"),
    [
        ("alpine", True), ("alpine:latest", True), ("registry.example:5000/alpine", True), ("alpine:3.20", False),
        ("registry.example:5000/alpine:3", False), (f"alpine@sha256:{'0' * 64}", False), ("scratch", False),
    ],
)  # fmt: skip
def test_a_base_without_a_version(base: str, floats: bool) -> None:  # noqa: FBT001 — a row of the table
    found = _told(runtime=RUNTIME.replace("alpine:3.20", base)).get("MG285", [])
    assert [line for line, _ in found] == ([1] if floats else [])
    assert all(base in message for _, message in found)


def test_all_bases_without_a_version_are_one_finding() -> None:
    found = _told(builder=BUILDER.replace(":3.20", ""), runtime=RUNTIME.replace("alpine:3.20", "busybox"))
    ((_, message),) = found["MG285"]
    assert "alpine, busybox" in message
