"""Every case of the table converts to the bytes that are written down, or is refused at the line that is."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from case_table import (
    Case,
    all_cases,
    apply_conversion,
    commands_of,
    convert_folder,
    copy_repo,
    leaks,
    rendered,
    status_of,
)
from sarif_schema import faults

from migrator.diagnostics import Severity
from migrator.dockerfile.parse import parse
from migrator.migration.convert import convert
from migrator.migration.result import Converted, Declined, NotApplicable
from migrator.project import Project
from migrator.report.sarif import document
from migrator.source import Source

if TYPE_CHECKING:
    from pathlib import Path

CASES = all_cases()
CONVERTED = [case for case in CASES if case.status == "converted"]
by_name = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
by_converted = pytest.mark.parametrize("case", CONVERTED, ids=lambda case: case.name)


@by_name
def test_the_case_gives_what_is_written_down(case: Case, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    result = convert_folder(case, copy_repo(case, tmp_path))
    found = rendered(result)
    assert status_of(result) == case.status, found["diagnostics.txt"]
    if request.config.getoption("--update"):
        _write(case, found)
    expected = {
        str(path.relative_to(case.expected)): path.read_bytes().decode("utf-8", "surrogateescape")
        for path in sorted(case.expected.rglob("*"))
        if path.is_file()
    }
    assert found == expected


def _write(case: Case, found: dict[str, str]) -> None:
    shutil.rmtree(case.expected, ignore_errors=True)
    for name, text in found.items():
        place = case.expected / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode("utf-8", "surrogateescape"))


@by_name
def test_the_same_case_gives_the_same_bytes_twice(case: Case, tmp_path: Path) -> None:
    root = copy_repo(case, tmp_path)
    assert rendered(convert_folder(case, root)) == rendered(convert_folder(case, root))


@by_name
def test_what_is_said_is_for_people_and_for_code_scanning(case: Case, tmp_path: Path) -> None:
    result = convert_folder(case, copy_repo(case, tmp_path))
    texts = [text for found in result.diagnostics for text in (found.message, found.advice)]
    texts += [result.reason] if isinstance(result, NotApplicable) else []
    assert [text for text in texts if leaks(text)] == []
    assert faults(document(result.diagnostics, "1.0", case.file)) == []


BUILD = "docker build -t b -f Dockerfile.build .\ndocker create --name x b\ndocker cp x:/app .\n"


@pytest.mark.parametrize(
    ("code", "script", "shown"),
    [
        ("MG311", f'{BUILD}n=$(wc -c < app)\ndocker build --build-arg "N=$((n + 1))" -t app .\n', "`n + 1`"),
        ("MG156", f"{BUILD}docker build -t app -f Dockerfile.$KIND .\n", "Dockerfile.$KIND"),
        ("MG180", f"{BUILD}docker build $(wc -c < app) -t app .\n", "`wc -c < app`"),
    ],
)
def test_what_cannot_be_known_is_told_in_the_words_of_the_script(code: str, script: str, shown: str) -> None:
    files = {"build.sh": script, "Dockerfile.build": "FROM alpine", "Dockerfile": "FROM alpine\nARG N\nCOPY app /\n"}
    result = convert(Project.of(files))
    assert isinstance(result, Declined)
    (found,) = [one for one in result.diagnostics if one.code == code]
    assert shown in found.message
    assert [one.message for one in result.diagnostics if leaks(one.message + one.advice)] == []


@by_converted
def test_what_is_emitted_is_one_multi_stage_dockerfile(case: Case, tmp_path: Path) -> None:
    result = convert_folder(case, copy_repo(case, tmp_path))
    assert isinstance(result, Converted)
    again = parse(Source(result.dockerfile_path, result.dockerfile))
    assert [item for item in again.diagnostics if item.severity is Severity.ERROR] == []
    assert len(again.stages) > 1
    names = [stage.name for stage in again.stages if stage.name is not None]
    assert len(names) == len(set(names))
    assert {target.stage for target in result.targets} <= set(names)
    assert not any("push" in command.split() for command in commands_of(result))


@by_converted
def test_a_converted_repository_has_nothing_left_to_convert(case: Case, tmp_path: Path) -> None:
    root = copy_repo(case, tmp_path)
    result = convert_folder(case, root)
    assert isinstance(result, Converted)
    apply_conversion(result, root)
    lines = ["#!/bin/bash", *commands_of(result)]
    if case.script.endswith(".py"):
        lines = ["import os", *(f"os.system({command!r})" for command in commands_of(result))]
    script = case.script if case.is_script else "new-build.sh"
    (root / script).write_text("\n".join(lines) + "\n", encoding="utf-8")
    again = convert_folder(replace(case, script=script), root)
    assert isinstance(again, NotApplicable), rendered(again)


@pytest.mark.parametrize("case", [case for case in CASES if case.status == "declined"], ids=lambda case: case.name)
def test_a_refusal_points_at_a_line(case: Case, tmp_path: Path) -> None:
    result = convert_folder(case, copy_repo(case, tmp_path))
    assert isinstance(result, Declined)
    errors = [item for item in result.diagnostics if item.severity is Severity.ERROR]
    assert errors
    assert errors[0].span is not None


def test_the_table_is_large() -> None:
    assert len(CASES) >= 80
    assert {case.status for case in CASES} == {"converted", "declined", "not-applicable"}
    assert all((case.repo / case.file).is_file() for case in CASES)


def test_a_converter_that_forgot_the_artifact_would_be_seen() -> None:
    texts = {
        "Dockerfile.build": "FROM alpine\nRUN echo one > /app\n",
        "Dockerfile": "FROM alpine\nCOPY app /app\n",
        "build.sh": "docker build -f Dockerfile.build -t b .\ndocker create --name c b\ndocker cp c:/app app\n"
        "docker build -t r .\n",
    }
    result = convert(Project.of(texts), "build.sh")
    assert isinstance(result, Converted)
    assert "COPY --from=builder" in result.dockerfile
    broken = {**texts, "build.sh": texts["build.sh"].replace("docker cp c:/app app\n", "")}
    assert not isinstance(convert(Project.of(broken), "build.sh"), Converted)
