"""Every option of `docker build`, on either of the two builds: carried, merged, dropped with a reason, or declined."""

from __future__ import annotations

import shlex
from collections import Counter

import pytest

from migrator.dockercli.options import BUILD
from migrator.migration.convert import convert
from migrator.migration.result import Conversion, Converted, Declined
from migrator.project import Project

CARRIED, DROPPED, TIDY, READ, DECLINED, NO_BUILD = "carried", "dropped", "tidy", "read", "declined", "no build"
# The words of each option, and what becomes of it on the builder's build and on the runtime's.
TABLE = {
    "add-host": ("--add-host db:10.0.0.1", CARRIED, CARRIED),
    "allow": ("--allow network.host", CARRIED, CARRIED),
    "annotation": ("--annotation a=b", DROPPED, CARRIED),
    "attest": ("--attest type=sbom", DROPPED, CARRIED),
    "build-arg": ("--build-arg V=1", READ, READ),
    "build-context": ("--build-context other=./other", DECLINED, DECLINED),
    "builder": ("--builder mine", DROPPED, DROPPED),
    "cache-from": ("--cache-from old:1", DROPPED, DROPPED),
    "cache-to": ("--cache-to type=inline", DROPPED, DROPPED),
    "call": ("--call=check", NO_BUILD, NO_BUILD),
    "cgroup-parent": ("--cgroup-parent /g", CARRIED, CARRIED),
    "check": ("--check", NO_BUILD, NO_BUILD),
    "compress": ("--compress", TIDY, CARRIED),
    "cpu-period": ("--cpu-period 1000", CARRIED, CARRIED),
    "cpu-quota": ("--cpu-quota 1000", CARRIED, CARRIED),
    "cpu-shares": ("--cpu-shares 2", CARRIED, CARRIED),
    "cpuset-cpus": ("--cpuset-cpus 0", CARRIED, CARRIED),
    "cpuset-mems": ("--cpuset-mems 0", CARRIED, CARRIED),
    "debug": ("--debug", DROPPED, CARRIED),
    "disable-content-trust": ("--disable-content-trust", DROPPED, CARRIED),
    "file": ("--file Dockerfile.of", READ, READ),
    "force-rm": ("--force-rm", TIDY, CARRIED),
    "iidfile": ("--iidfile id", DROPPED, DROPPED),
    "isolation": ("--isolation default", CARRIED, CARRIED),
    "label": ("--label a=b", DROPPED, CARRIED),
    "load": ("--load", DROPPED, CARRIED),
    "memory": ("--memory 1g", CARRIED, CARRIED),
    "memory-swap": ("--memory-swap 1g", CARRIED, CARRIED),
    "metadata-file": ("--metadata-file m.json", DROPPED, DROPPED),
    "network": ("--network host", CARRIED, CARRIED),
    "no-cache": ("--no-cache", CARRIED, CARRIED),
    "no-cache-filter": ("--no-cache-filter builder", DROPPED, DROPPED),
    "output": ("--output type=docker", DROPPED, DROPPED),
    "platform": ("--platform linux/arm64", DECLINED, DECLINED),
    "print": ("--print=outline", NO_BUILD, NO_BUILD),
    "progress": ("--progress plain", CARRIED, CARRIED),
    "provenance": ("--provenance false", DROPPED, CARRIED),
    "pull": ("--pull", CARRIED, CARRIED),
    "push": ("--push", DROPPED, DROPPED),
    "quiet": ("--quiet", DROPPED, DROPPED),
    "rm": ("--rm=false", TIDY, CARRIED),
    "sbom": ("--sbom true", DROPPED, CARRIED),
    "secret": ("--secret id=token,src=token.txt", CARRIED, CARRIED),
    "security-opt": ("--security-opt seccomp=unconfined", CARRIED, CARRIED),
    "shm-size": ("--shm-size 1g", CARRIED, CARRIED),
    "squash": ("--squash", DROPPED, CARRIED),
    "ssh": ("--ssh default", CARRIED, CARRIED),
    "tag": ("-t further:1", READ, CARRIED),
    "target": ("--target last", READ, READ),
    "ulimit": ("--ulimit nofile=1024", CARRIED, CARRIED),
}
PROGRAMS = ("docker build", "docker buildx build")
FILES = {
    "Dockerfile.build": "FROM alpine AS last\nARG V\nRUN echo one > /app\n",
    "Dockerfile": "FROM alpine AS last\nARG V\nRUN echo two > /own\nCOPY app /app\n",
}


def _convert(program: str, builder: str = "", runtime: str = "", **files: str) -> Conversion:
    recipe, own = ("Dockerfile.of", "Dockerfile.of") if "--file" in builder + runtime else ("Dockerfile.build", "")
    texts = {**FILES, **files}
    if "--file" in builder:
        texts[recipe] = texts.pop("Dockerfile.build")
    if "--file" in runtime:
        texts[own], recipe = texts.pop("Dockerfile"), "Dockerfile.build"
    name = "" if "--file" in builder else f"-f {recipe} "
    texts["build.sh"] = (
        f"set -e\n{program} {builder} {name}-t b .\ndocker create --name c b\ndocker cp c:/app app\n"
        f"{program} {runtime} -t app .\n"
    )
    return convert(Project.of(texts), "build.sh")


def test_the_table_has_every_option() -> None:
    assert set(TABLE) == set(BUILD)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("role", ["builder", "runtime"])
@pytest.mark.parametrize("option", TABLE)
def test_every_option_has_its_fate(option: str, role: str, program: str) -> None:
    words, on_builder, on_runtime = TABLE[option]
    fate = on_builder if role == "builder" else on_runtime
    plain = _convert(program)
    result = _convert(program, **{role: words})
    assert isinstance(plain, Converted)
    if fate == NO_BUILD:
        assert not isinstance(result, Converted) or FILES["Dockerfile.build"].splitlines()[2] not in result.dockerfile
        return
    if fate == DECLINED:
        assert isinstance(result, Declined)
        return
    assert isinstance(result, Converted), result
    added = shlex.split(words) if fate == CARRIED else []
    before, after = plain.targets[0].command, result.targets[0].command
    assert Counter(shlex.split(after)) == Counter(shlex.split(before)) + Counter(added)
    assert words in after or fate != CARRIED
    told = [found for found in result.diagnostics if found.code == "MG313"]
    assert bool(told) == (fate == DROPPED), told
    assert all(f"--{option} " in found.message and found.span is not None for found in told)


def test_platform_on_both_is_carried_once() -> None:
    words = "--platform linux/arm64"
    result = _convert("docker build", words, words)
    assert isinstance(result, Converted)
    assert result.targets[0].command.count("--platform") == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("--network host", "--network none"),
        ("--network none", ""),
        ("", "--network none"),
        ("--shm-size 1g", "--shm-size 2g"),
        ("--memory 1g", "--memory 2g"),
        ("--secret id=a,src=one", "--secret id=a,src=two"),
        ("--secret src=one,id=a", "--secret id=a,src=two"),
        ("--ssh default=one", "--ssh default=two"),
        ("--add-host db:10.0.0.1", "--add-host db:10.0.0.2"),
        ("--ulimit nofile=1", "--ulimit nofile=2"),
    ],
)
def test_values_that_do_not_agree_are_declined_by_name(one: str, other: str) -> None:
    result = _convert("docker build", one, other)
    assert isinstance(result, Declined)
    found = [item for item in result.diagnostics if item.code == "MG288"]
    assert found
    assert (one or other).split()[0] in found[0].message


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("--secret id=a,src=one", "--secret id=b,src=two", ["--secret id=a,src=one", "--secret id=b,src=two"]),
        ("--add-host a:1.1.1.1", "--add-host a:1.1.1.1", ["--add-host a:1.1.1.1"]),
        ("--no-cache", "--no-cache", ["--no-cache"]),
        ("--pull=false", "--pull=false", []),
        ("--progress plain", "--progress tty", ["--progress tty"]),
        ("--provenance=false", "--provenance=false", ["--provenance false"]),
    ],
)
def test_values_that_agree_are_merged(one: str, other: str, expected: list[str]) -> None:
    result = _convert("docker build", one, other)
    assert isinstance(result, Converted)
    command = result.targets[0].command
    assert " ".join(["docker build", *expected, "-t app ."]) == command


def test_a_network_of_a_build_that_runs_nothing_does_not_count() -> None:
    texts = {"Dockerfile": "FROM alpine\nCOPY app /app\n"}
    result = _convert("docker build", "--network none", **texts)
    assert isinstance(result, Converted)
    assert result.targets[0].command == "docker build --network none -t app ."


@pytest.mark.parametrize(
    ("builder", "runtime", "expected"),
    [
        ("DOCKER_BUILDKIT=1 docker build", "docker build", "DOCKER_BUILDKIT=1 docker build -t app ."),
        ("docker build", "DOCKER_BUILDKIT=1 docker build", "DOCKER_BUILDKIT=1 docker build -t app ."),
        ("DOCKER_BUILDKIT=0 docker build", "DOCKER_BUILDKIT=0 docker build", "DOCKER_BUILDKIT=0 docker build -t app ."),
        ("docker buildx build", "docker build", "DOCKER_BUILDKIT=1 docker build -t app ."),
        ("docker build", "docker buildx build", "docker buildx build -t app ."),
        ("DOCKER_BUILDKIT=0 docker build", "DOCKER_BUILDKIT=1 docker build", None),
        ("DOCKER_BUILDKIT=1 docker build", "DOCKER_BUILDKIT=0 docker build", None),
    ],
)
def test_the_builder_of_either_build_is_kept(builder: str, runtime: str, expected: str | None) -> None:
    script = (
        f"set -e\n{builder} -f Dockerfile.build -t b .\ndocker create --name c b\ndocker cp c:/app app\n"
        f"{runtime} -t app .\n"
    )
    result = convert(Project.of({**FILES, "build.sh": script}), "build.sh")
    if expected is None:
        assert isinstance(result, Declined)
        assert "MG288" in {found.code for found in result.diagnostics}
        return
    assert isinstance(result, Converted)
    assert result.targets[0].command == expected


def test_a_secret_of_a_folder_is_found_from_the_root() -> None:
    texts = {f"svc/{name}": text for name, text in FILES.items()}
    script = (
        "set -e\ncd svc\ndocker build --secret id=t,src=token.txt --ssh default=keys/id -f Dockerfile.build -t b .\n"
        "docker create --name c b\ndocker cp c:/app app\ndocker build -t app .\n"
    )
    result = convert(Project.of({**texts, "build.sh": script}), "build.sh")
    assert isinstance(result, Converted)
    assert "--secret id=t,src=svc/token.txt --ssh default=svc/keys/id" in result.targets[0].command


@pytest.mark.parametrize("option", ["-o out", "--output out", "--output type=local,dest=out"])
def test_files_that_a_build_puts_out_are_artifacts(option: str) -> None:
    texts = {
        "Dockerfile.build": "FROM alpine AS make\nRUN echo one > /app\nFROM scratch\nCOPY --from=make /app /bin/app\n",
        "Dockerfile": "FROM alpine\nCOPY out/bin/app /app\n",
        "build.sh": f"set -e\ndocker build {option} -f Dockerfile.build .\ndocker build -t app .\n",
    }
    result = convert(Project.of(texts), "build.sh")
    assert isinstance(result, Converted), result
    assert "/bin/app /app" in result.dockerfile
    assert [(found.path, found.workspace_path) for found in result.artifacts] == [("/bin/app", "out/bin/app")]
