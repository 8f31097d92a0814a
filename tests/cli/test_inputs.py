"""Inputs that are no shell script, from the outside: how they are named, found, and what is said about them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result

from migrator.cli import main

if TYPE_CHECKING:
    from pathlib import Path

BUILD = "FROM alpine\nRUN echo tool > /tool\n"
RUNTIME = "FROM alpine\nCOPY tool /tool\n"
MAKEFILE = """TAG ?= latest
help:
\t@echo "make image"
image: tool
\tdocker build -t app:$(TAG) .
tool:
\tdocker build -t app-build -f Dockerfile.build .
\tdocker create --name extract app-build
\tdocker cp extract:/tool $@
\tdocker rm extract
push: image
\tdocker push app:$(TAG)
lint:
\tdocker run --rm -v $(CURDIR):/src linter
"""


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "Makefile").write_text(MAKEFILE)
    (folder / "Dockerfile.build").write_text(BUILD)
    (folder / "Dockerfile").write_text(RUNTIME)
    return folder


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [*map(str, words)])


def document(*words: str | Path) -> dict[str, Any]:
    return dict(json.loads(run("convert", *words, "--format", "json").stdout))


@pytest.mark.parametrize("name", ["Makefile:image", "Makefile", ""])
def test_a_target_is_named_or_found(repo: Path, name: str) -> None:
    found = document(f"{repo}/{name}" if name else repo)
    assert (found["status"], found["script"]) == ("converted", "Makefile:image")
    assert [target["command"] for target in found["targets"]] == ['docker build -t "app:${TAG-latest}" .']


def test_script_names_a_target_too(repo: Path) -> None:
    assert document(repo, "--script", "Makefile:image")["script"] == "Makefile:image"
    assert document(repo, "--script", "./Makefile:push")["script"] == "Makefile:push"


def test_arguments_are_those_of_make(repo: Path) -> None:
    found = document(repo / "Makefile:image", "--arg", "TAG=3")
    assert found["targets"][0]["tags"] == ["app:3"]
    assert run("convert", f"{repo}/Makefile:image", "--arg=-k").exit_code == 2


def test_places_are_those_of_the_makefile(repo: Path) -> None:
    artifact = document(repo)["artifacts"][0]
    assert (artifact["span"]["file"], artifact["span"]["line"]) == ("Makefile", 9)
    text = MAKEFILE.splitlines()[8]
    assert text[artifact["span"]["column"] - 1 : artifact["span"]["end_column"] - 1] == "docker cp extract:/tool $@"


def test_a_finding_shows_the_line_of_the_makefile(repo: Path) -> None:
    (repo / "Makefile").write_text(MAKEFILE.replace("image: tool", "image: tool missing"))
    done = run("convert", f"{repo}/Makefile:image")
    assert done.exit_code == 1
    assert "Makefile:4:1: error MG542: nothing in the repository makes missing" in done.stderr
    assert "    image: tool missing\n" in done.stderr


def test_a_target_that_is_not_there(repo: Path) -> None:
    done = run("convert", f"{repo}/Makefile:immage")
    assert done.exit_code == 1
    assert "MG542" in done.stderr


def test_a_script_that_is_the_pattern_comes_first(repo: Path) -> None:
    recipe = "\n".join(line.strip() for line in MAKEFILE.splitlines() if line.startswith("\tdocker "))
    lines = [line.replace("$@", "tool").replace("$(TAG)", "sh") for line in recipe.splitlines()]
    (repo / "build.sh").write_text("#!/bin/sh\n" + "\n".join([*lines[1:5], lines[0]]) + "\n")
    assert document(repo)["script"] == "build.sh"


def test_several_targets_that_make_different_images(repo: Path) -> None:
    other = MAKEFILE.replace("image: tool", "other: tool").replace("app:$(TAG)", "app-other")
    (repo / "other.mk").write_text(other)
    done = run("convert", repo)
    assert done.exit_code == 2
    assert "Makefile:image, other.mk:other" in done.stderr


def test_the_target_that_makes_everything_is_meant(repo: Path) -> None:
    more = "all: image second\nsecond: tool\n\tdocker build -t second .\n"
    (repo / "Makefile").write_text(MAKEFILE + more)
    assert document(repo)["script"] == "Makefile:all"


def test_a_target_that_cannot_be_followed_is_not_passed_over(repo: Path) -> None:
    (repo / "Makefile").write_text(MAKEFILE.replace("image: tool", "image: tool missing").replace("help:", "image2:"))
    found = document(repo)
    assert found["status"] == "declined"


@pytest.mark.parametrize("name", ["build.ps1", "build.cmd", "make.BAT"])
def test_scripts_of_other_shells_are_declined_at_their_build(repo: Path, name: str) -> None:
    (repo / "Makefile").unlink()
    text = "docker.exe build -t b -f Dockerfile.build .\r\ndocker create --name e b\r\ndocker cp e:/tool tool\r\n"
    (repo / name).write_text(f"echo on\r\n{text}docker build -t app .\r\n")
    for place in (repo, repo / name):
        found = document(place)
        assert (found["status"], found["script"]) == ("declined", name)
        assert [(one["code"], one["span"]["line"]) for one in found["diagnostics"]] == [("MG545", 2)]


def test_a_repository_without_the_pattern(repo: Path) -> None:
    (repo / "Makefile").write_text("image:\n\tdocker build -t app .\nrun:\n\tdocker run app\n")
    assert document(repo)["status"] == "not-applicable"


WORKFLOW = """jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: |
          docker build -t app-build -f Dockerfile.build .
          docker create --name extract app-build
          docker cp extract:/tool tool
      - uses: docker/build-push-action@v6
        with: {context: ., tags: "app:${{ inputs.tag }}"}
  lint:
    runs-on: ubuntu-latest
    steps: [{run: make lint}]
"""


@pytest.fixture
def workflow(repo: Path) -> Path:
    file = repo / ".github" / "workflows" / "x.yml"
    file.parent.mkdir(parents=True)
    file.write_text(WORKFLOW)
    return file


def test_a_job_is_named_or_found(repo: Path, workflow: Path) -> None:
    assert document(repo)["script"] == "Makefile:image", "what a developer runs comes first"
    (repo / "Makefile").unlink()
    for place in (repo, workflow, f"{workflow}:image"):
        found = document(place)
        assert (found["status"], found["script"]) == ("converted", ".github/workflows/x.yml:image")
        assert [target["command"] for target in found["targets"]] == ['docker build -t "app:$INPUTS_TAG" .']
        assert [(one["code"], one["span"]["line"]) for one in found["diagnostics"] if one["code"] == "MG548"] == [
            ("MG548", 11)
        ]
        artifact = found["artifacts"][0]["span"]
        assert (artifact["file"], artifact["line"], artifact["column"]) == (".github/workflows/x.yml", 9, 11)


def test_arguments_of_a_job_are_values_of_expressions(workflow: Path) -> None:
    found = document(f"{workflow}:image", "--arg", "inputs.tag=3")
    assert found["targets"][0]["tags"] == ["app:3"]
    assert run("convert", f"{workflow}:image", "--arg", "3").exit_code == 2
    assert run("convert", f"{workflow}:other").exit_code == 1


def test_a_job_that_cannot_be_followed_is_not_passed_over(repo: Path, workflow: Path) -> None:
    (repo / "Makefile").unlink()
    workflow.write_text(WORKFLOW.replace("      - run", "      - uses: acme/prepare@v1\n      - run", 1))
    found = document(repo)
    assert (found["status"], found["diagnostics"][0]["code"]) == ("declined", "MG549")
    workflow.write_text(WORKFLOW.replace("make lint", "docker run lint").replace("docker c", "docker p"))
    assert document(repo)["status"] == "not-applicable"
