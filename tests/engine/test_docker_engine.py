"""Docker as it is found, asked and tidied up after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from migrator.engine.client import last_line, plain
from migrator.engine.docker import find_docker, reach
from migrator.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Engine


def test_no_client_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="there is no `docker` on the PATH") as found:
        find_docker(environment={"PATH": str(tmp_path)})
    assert found.value.exit_code == 2
    assert "Install Docker" in (found.value.advice or "")


def test_something_else_by_the_name_of_docker_is_said(tmp_path: Path) -> None:
    (tmp_path / "docker").write_text("#!/bin/sh\necho I am a whale >&2; exit 1\n")
    (tmp_path / "docker").chmod(0o755)
    with pytest.raises(EngineError, match="is not a Docker client that works: I am a whale"):
        find_docker(environment={"PATH": str(tmp_path)})


@pytest.mark.parametrize(
    ("version", "expected"), [("26.1.5+dfsg1", "26.1.5"), ("20.10.24", "20.10.24"), ("28.0.0~rc1", "28.0.0")]
)
def test_a_version_without_what_a_distribution_added(version: str, expected: str) -> None:
    assert plain(version) == expected


def test_only_what_reaches_the_engine_is_passed_on() -> None:
    given = {"DOCKER_HOST": "unix:///x", "AWS_KEY": "s", "DOCKER_AUTH_CONFIG": "s", "HOME": "/h", "PATH": "/p"}
    assert reach(given) == {"DOCKER_HOST": "unix:///x", "DOCKER_CONFIG": "/h/.docker", "HOME": "/h", "PATH": "/p"}
    assert reach({**given, "DOCKER_CONFIG": "/c"})["DOCKER_CONFIG"] == "/c"


def test_the_line_that_says_why() -> None:
    assert last_line("a\n b \n\n") == "b"
    assert last_line("") == "it gave no reason"


@pytest.mark.engine
def test_a_client_without_an_engine_is_said(engine: Engine) -> None:
    with pytest.raises(EngineError, match=r"the docker client .* is there, but no engine answers") as found:
        find_docker(environment={**engine.env, "DOCKER_HOST": "unix:///nonexistent/docker.sock"})
    assert "DOCKER_HOST" in (found.value.advice or "")


@pytest.mark.engine
def test_the_engine_that_answers_is_found_with_its_builder(each_engine: Engine) -> None:
    found = find_docker(environment=each_engine.env)
    assert found.builder == each_engine.builder
    assert found.title == f"docker {plain(each_engine.version)}"
    assert found.answers()
    assert find_docker("classic", each_engine.env).builder == "classic"


@pytest.mark.engine
def test_buildkit_without_its_plugin_is_not_promised(engine: Engine, tmp_path: Path) -> None:
    bare = {**engine.env, "DOCKER_CONFIG": str(tmp_path), "HOME": str(tmp_path)}
    bare.pop("DOCKER_BUILDKIT")
    if find_docker(environment=bare).buildx:
        pytest.skip("the plugin is installed for the whole machine")
    assert find_docker(environment=bare).builder == "classic"
    with pytest.raises(EngineError, match="no buildx plugin"):
        find_docker("buildkit", bare)


@pytest.mark.engine
def test_everything_with_a_name_is_found_and_removed_and_twice_is_no_trouble(each_engine: Engine) -> None:
    docker = each_engine.interface
    prefix = "migrator-test-things-"
    each_engine.docker("create", "--name", f"{prefix}c", "-v", f"{prefix}v:/v", "alpine:latest", "true")
    each_engine.docker("tag", "alpine:latest", f"{prefix}i/x:1")
    each_engine.docker("network", "create", f"{prefix}n")
    things = docker.named(prefix)
    assert [thing.kind for thing in things] == ["container", "image", "volume", "network"]
    docker.remove(things)
    assert docker.named(prefix) == ()
    docker.remove(things)
    assert docker.image("alpine:latest") is not None
