"""Small Dockerfiles thrown together: what is not touched stays as it is, what is written reads back, once is enough."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.diagnostics import Severity
from migrator.dockerfile.parse import parse
from migrator.migration.convert import convert
from migrator.migration.result import Converted, Declined, NotApplicable
from migrator.project import Project
from migrator.source import Source

COMMON = (
    'ENV A=1 B="two words"', "env C $A", "ARG V", "ARG V=1", "LABEL l=$V", "WORKDIR /w", "USER 5", "USER root",
    "# a comment", "", "RUN echo $V \\\n  && true", "RUN echo \\\n# inside\n  two", "run  true", "EXPOSE 80 81/udp",
    'RUN ["/bin/sh", "-c", "true"]', 'SHELL ["/bin/sh", "-ec"]', "HEALTHCHECK CMD true", "STOPSIGNAL 9",
    "COPY kept /kept", 'COPY ["kept", "/a b/"]', "COPY conf/ /conf/", "ADD kept /added/", "RUN <<EOF\ntrue\nEOF",
    "COPY . /all", "COPY conf/*.ini kept /mixed/", "ONBUILD RUN true", 'CMD ["x"]', "ENTRYPOINT x $A",
)  # fmt: skip
TAKING = (
    "COPY app /x", "COPY app /x/", "COPY --chown=5:6 app kept /y/", 'copy ["app", "/z/a b"]', "COPY a* /g/",
    "COPY app $B/", "ADD app /added/app", "COPY ./app app", "COPY --chmod=0755 app /m", "COPY kept app /both/",
)  # fmt: skip
HEADS = ("", "# escape=\\\n", "# syntax=docker/dockerfile:1.7\n", "ARG BASE=alpine\n", "# check=skip=all\n\n")
FROMS = ("FROM alpine", "from alpine", "FROM alpine AS one", "FROM alpine AS builder\nRUN true\nFROM alpine")
ENDS = ("\n", "", "\r\n", "\n\n\n", " \\\n")
SCRIPT = (
    "set -e\ndocker build -t b -f Dockerfile.build .\ndocker create --name c b\ndocker cp c:/out/app app\n"
    "docker rm c\ndocker build -t app .\n"
)
lines = st.lists(st.sampled_from(COMMON), max_size=5)


@st.composite
def pairs(draw: st.DrawFn) -> dict[str, str]:
    head, start, end = (st.sampled_from(choices) for choices in (HEADS, FROMS, ENDS))
    builder = [draw(start), *draw(lines), "RUN mkdir -p /out && echo > /out/app"]
    runtime = [draw(start), *draw(lines), draw(st.sampled_from(TAKING)), *draw(lines)]
    breaks = draw(st.sampled_from(("\n", "\n", "\r\n")))
    texts = {
        "Dockerfile.build": draw(head) + "\n".join(builder) + draw(end),
        "Dockerfile": (draw(head) + "\n".join(runtime)).replace("\n", breaks) + draw(end),
    }
    return {**texts, "build.sh": SCRIPT, "kept": "kept\n", "conf/a.ini": "a\n"}


@settings(max_examples=150, deadline=None, derandomize=True)
@given(pairs())
def test_a_pair_becomes_one_file_that_reads_back(texts: dict[str, str]) -> None:
    result = convert(Project.of(texts), "build.sh")
    if isinstance(result, Declined):  # a pair may be beyond one file; never without a place
        errors = [found for found in result.diagnostics if found.severity is Severity.ERROR]
        assert errors
        assert errors[0].span is not None
        return
    assert isinstance(result, Converted)
    _reads_back(result)
    _keeps_what_it_does_not_touch(result, texts)
    assert convert(Project.of(texts), "build.sh") == result
    commands = "".join(f"{target.command}\n" for target in result.targets)
    changed = {change.path: change.content for change in result.files if change.content is not None}
    again = convert(Project.of({**texts, **changed, "build.sh": commands}), "build.sh")
    assert isinstance(again, NotApplicable), again


def _reads_back(result: Converted) -> None:
    again = parse(Source(result.dockerfile_path, result.dockerfile))
    assert [found for found in again.diagnostics if found.severity is Severity.ERROR] == []
    assert len(again.stages) >= 2
    names = [stage.name for stage in again.stages if stage.name]
    assert len(names) == len(set(names))
    assert any(instruction.flag("from") for instruction in again.instructions)


def _keeps_what_it_does_not_touch(result: Converted, texts: dict[str, str]) -> None:
    written = result.dockerfile.split("\n")
    for line in result.lines:
        if line.file is None or line.line is None or line.rule is not None:
            continue
        old = texts[line.file].replace("\r\n", "\n").split("\n")[line.line - 1]
        assert written[line.number - 1].rstrip("\r") == old, line


FRONT_ENDS = [
    ("docker/dockerfile:1.2", "docker/dockerfile:1.4", "docker/dockerfile:1.4"),
    ("docker/dockerfile:1.4", "docker/dockerfile:1.2", "docker/dockerfile:1.4"),
    ("docker/dockerfile:1.10", "docker/dockerfile:1.9", "docker/dockerfile:1.10"),
    ("docker/dockerfile:1", "docker/dockerfile:1.9", "docker/dockerfile:1"),
    ("docker/dockerfile:1.4", "docker/dockerfile:1.4.1", "docker/dockerfile:1.4"),
    ("docker/dockerfile:1.4", "", "docker/dockerfile:1.4"),
    ("", "example/other:2", "example/other:2"),
    ("docker/dockerfile:1.4", "example/other:2", None),
    ("docker/dockerfile:1-labs", "docker/dockerfile:1.4", None),
]


@pytest.mark.parametrize(("builder", "runtime", "expected"), FRONT_ENDS)
def test_the_newest_front_end_is_taken(builder: str, runtime: str, expected: str | None) -> None:
    def head(value: str) -> str:
        return f"# syntax={value}\n" if value else ""

    texts = {
        "Dockerfile.build": f"{head(builder)}FROM alpine\nRUN echo > /out/app\n",
        "Dockerfile": f"{head(runtime)}FROM alpine\nCOPY app /\n",
        "build.sh": SCRIPT,
    }
    result = convert(Project.of(texts), "build.sh")
    if expected is None:
        assert isinstance(result, Declined)
        assert "MG291" in {found.code for found in result.diagnostics}
        return
    assert isinstance(result, Converted)
    assert result.dockerfile.startswith(f"# syntax={expected}\n")
    assert result.dockerfile.count("syntax=") == 1


@pytest.mark.parametrize(
    ("builder", "runtime", "kept"),
    [
        ("skip=all", "", "skip=all"), ("", "skip=JSONArgsRecommended", "skip=JSONArgsRecommended"),
        ("error=true", "error=true", "error=true"), ("error=true", "", None), ("", "skip=all;error=true", None),
    ],
)  # fmt: skip
def test_findings_are_errors_only_where_both_files_say_so(builder: str, runtime: str, kept: str | None) -> None:
    texts = {
        "Dockerfile.build": (f"# check={builder}\n" if builder else "") + "FROM alpine\nRUN echo > /out/app\n",
        "Dockerfile": (f"# check={runtime}\n" if runtime else "") + "FROM alpine\nCOPY app /\n",
        "build.sh": SCRIPT,
    }
    result = convert(Project.of(texts), "build.sh")
    assert isinstance(result, Converted)
    found = {one.value for one in parse(Source("Dockerfile", result.dockerfile)).directives if one.name == "check"}
    assert found == ({kept} if kept else set())
