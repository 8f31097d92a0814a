"""The bake file of a conversion: its text, and what it refuses to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from migrator.checkout import load
from migrator.cli import main
from migrator.migration.bake import with_bake
from migrator.migration.convert import convert
from migrator.migration.result import Converted, Declined
from migrator.project import Project

if TYPE_CHECKING:
    from pathlib import Path

BUILD = "FROM alpine\nRUN echo tool > /tool\n"
RUNTIME = "FROM alpine\nARG A\nARG B\nCOPY tool /tool\n"


def files(build: str, more: dict[str, str] | None = None) -> dict[str, str]:
    script = f"""#!/bin/sh
docker build -t b -f Dockerfile.build .
docker create --name e b
docker cp e:/tool tool
docker rm e
{build}
"""
    return {"build.sh": script, "Dockerfile.build": BUILD, "Dockerfile": RUNTIME, **(more or {})}


def baked(build: str, more: dict[str, str] | None = None) -> Converted | Declined:
    project = Project.of(files(build, more))
    found = with_bake(project, convert(project))
    assert isinstance(found, Converted | Declined)
    return found


def text(build: str) -> str:
    found = baked(build)
    assert isinstance(found, Converted)
    return next(change.content or "" for change in found.files if change.path == "docker-bake.hcl")


def test_a_target_has_all_that_the_command_has() -> None:
    found = text("docker build --label a=b --build-arg A=1 --no-cache -t app:1 -t app:2 .")
    assert (
        found
        == """\
group "default" {
  targets = ["runtime"]
}

target "runtime" {
  context    = "."
  dockerfile = "Dockerfile"
  target     = "runtime"
  args       = {
    "A" = "1"
  }
  labels     = {
    "a" = "b"
  }
  tags       = ["app:1", "app:2"]
  no-cache   = true
}
"""
    )


def test_parameters_become_variables() -> None:
    found = text('docker build -t "app:${TAG:-latest}" --build-arg A="${A-x}" --build-arg B="$B" .')
    for name, default in (("TAG", "latest"), ("A", "x"), ("B", "")):
        assert f'variable "{name}" {{\n  default = "{default}"\n}}' in found
    assert 'tags       = ["app:${TAG != "" ? TAG : "latest"}"]' in found
    assert '"A" = "${A}"' in found
    assert '"B" = "${B}"' in found


def test_a_variable_with_two_defaults_has_none_of_its_own() -> None:
    found = text('docker build -t "app:${TAG:-latest}" --build-arg A="${TAG-x}" .')
    assert 'variable "TAG" {\n  default = null\n}' in found
    assert '${TAG != null && TAG != "" ? TAG : "latest"}' in found
    assert '"A" = "${TAG != null ? TAG : "x"}"' in found


def test_signs_of_hcl_mean_themselves() -> None:
    found = text("""docker build -t app --build-arg A='${x} %{y} "q" \\' .""")
    assert '"A" = "$${x} %%{y} \\"q\\" \\\\"' in found


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        ('docker build -t "app:$(git describe)" .', "known only when it runs"),
        ('docker build -t "app:${TAG#v}" .', "more than a variable"),
        ("DOCKER_BUILDKIT=0 docker build -t app .", "classic"),
        ("docker build --add-host a:1.2.3.4 -t app .", "--add-host"),
    ],
)
def test_what_has_no_equal_is_declined(build: str, reason: str) -> None:
    found = baked(build)
    assert isinstance(found, Declined)
    assert (found.diagnostics[0].code, reason in found.diagnostics[0].message) == ("MG397", True)


def test_a_bake_file_that_is_there_is_not_lost() -> None:
    found = baked("docker build -t app .", {"docker-bake.hcl": "x"})
    assert isinstance(found, Declined)
    assert found.diagnostics[0].code == "MG398"
    again = baked("docker build -t app .", {"docker-bake.hcl": text("docker build -t app .")})
    assert isinstance(again, Converted)


def test_the_command_line_prints_or_writes_it(tmp_path: Path) -> None:
    for name, content in files("docker build -t app .").items():
        (tmp_path / name).write_text(content)
    run = CliRunner().invoke
    printed = run(main, ["convert", str(tmp_path), "--bake"])
    assert printed.exit_code == 0
    assert printed.stdout == text("docker build -t app .")
    assert "write Dockerfile" in printed.stderr
    assert "+++ b/docker-bake.hcl" in run(main, ["convert", str(tmp_path), "--bake", "--diff"]).stdout
    assert run(main, ["convert", str(tmp_path), "--bake", "--in-place"]).exit_code == 0
    assert (tmp_path / "docker-bake.hcl").read_text() == printed.stdout
    assert (tmp_path / "Dockerfile").read_text().count("FROM") == 2
    assert "docker-bake.hcl" in load(tmp_path).files
