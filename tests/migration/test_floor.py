"""The oldest Docker that a result needs, and the comment that says so."""

from __future__ import annotations

import pytest

from migrator.dockerfile.parse import parse
from migrator.migration.convert import convert
from migrator.migration.floor import comment_of, floor_of, without_comment
from migrator.migration.result import Converted
from migrator.project import Project
from migrator.source import Source

SCRIPT = (
    "docker build -t b -f Dockerfile.build .\ndocker create --name c b\ndocker cp c:/app app\ndocker build -t app .\n"
)


def _converted(builder: str, runtime: str, script: str = SCRIPT) -> Converted:
    result = convert(Project.of({"Dockerfile.build": builder, "Dockerfile": runtime, "build.sh": script}), "build.sh")
    assert isinstance(result, Converted), result
    return result


@pytest.mark.parametrize(
    ("line", "docker", "buildkit", "syntax"),
    [
        ("COPY --from=0 /a /b", "17.05", False, None),
        ("COPY --from=0 --chown=0:0 /a /b", "17.09", False, None),
        ("RUN --mount=type=cache,target=/c true", "20.10", True, "1.2"),
        ("RUN --network=none true", "23.0", True, "1.3"),
        ("COPY --chmod=0755 --from=0 /a /b", "20.10", True, "1.2"),
        ("COPY --link --from=0 /a /b", "23.0", True, "1.4"),
        ("RUN <<EOF\ntrue\nEOF", "23.0", True, "1.4"),
        ("ONBUILD RUN --mount=type=tmpfs,target=/c true", "20.10", True, "1.2"),
        ("ADD --checksum=sha256:00 https://example.com/a /a", "25.0", True, "1.6"),
        ("WORKDIR /${A#/}", "26.0", True, "1.7"),
        ("RUN echo ${A#/}", "17.05", False, None),
        ("WORKDIR /${A:-/}", "17.05", False, None),
        ("COPY --exclude=*.c a /a", "29.1", True, "1.19"),
    ],
)
def test_what_a_line_needs(line: str, docker: str, buildkit: bool, syntax: str | None) -> None:  # noqa: FBT001 — a row
    text = f"FROM alpine AS builder\nFROM alpine\n{line}\n"
    floor = floor_of(text, ["docker build -t app ."])
    assert (floor.docker, floor.buildkit, floor.syntax) == (docker, buildkit, syntax)
    assert floor.needs[0].docker == "17.05"
    assert docker == "17.05" or floor.needs[-1].line == 3


def test_a_front_end_of_its_own_makes_the_engine_older() -> None:
    text = "# syntax=docker/dockerfile:1.4\nFROM alpine AS builder\nFROM alpine\nRUN <<EOF\ntrue\nEOF\n"
    floor = floor_of(text, ["docker build -t app ."])
    assert (floor.docker, floor.buildkit, floor.syntax) == ("18.09", True, "1.4")


def test_a_command_may_need_more_than_the_file() -> None:
    text = "FROM alpine AS builder\nFROM alpine\n"
    assert floor_of(text, ["docker build --secret id=a,src=b -t app ."]).docker == "18.09"
    assert floor_of(text, ["docker buildx build -t app ."]).docker == "19.03"
    assert floor_of(text, ["docker build --label secret=1 -t app ."]).docker == "17.05"


def test_a_plain_conversion_has_no_comment() -> None:
    result = _converted("FROM alpine\nRUN echo > /app\n", "FROM alpine\nCOPY app /\n")
    assert result.floor.docker == "17.09"
    assert comment_of(result.floor) is None
    assert "#" not in result.dockerfile
    assert without_comment(result) is result


HEADS = {"nothing": "", "directive": "# check=skip=all\n", "argument": "ARG BASE=alpine\n"}


@pytest.mark.parametrize("head", HEADS)
def test_the_comment_can_be_taken_away_and_every_number_follows(head: str) -> None:
    runtime = f"{HEADS[head]}FROM alpine\nCOPY --link app /\n"
    with_it = _converted("FROM alpine\nRUN echo > /app\n", runtime)
    without = without_comment(with_it)
    assert "# Needs Docker 23.0 or later with BuildKit: COPY --link\n" in with_it.dockerfile
    assert "Needs" not in without.dockerfile
    assert not without.dockerfile.startswith("\n")
    for result in (with_it, without):
        lines = result.dockerfile.splitlines()
        assert [line.number for line in result.lines] == list(range(1, len(lines) + 1))
        assert result.files[0].content == result.dockerfile
        (artifact,) = result.artifacts
        assert all(lines[user.line - 1].startswith("COPY --link --from=") for user in artifact.consumers)
        assert all(lines[(need.line or 0) - 1].startswith(("FROM", "COPY")) for need in result.floor.needs)
        assert len(parse(Source("Dockerfile", result.dockerfile)).directives) == (head == "directive")
    assert with_it.floor.docker == without.floor.docker
    kept = [(line.file, line.line, line.rule) for line in with_it.lines if line.rule != "MG290"]
    assert [item for item in kept if item[0]] == [
        (line.file, line.line, line.rule) for line in without.lines if line.file
    ]
