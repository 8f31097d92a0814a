"""Command lines and what they mean, one row each."""

from __future__ import annotations

import pytest

from migrator.dockercli.options import Effect
from migrator.dockercli.parse import Call, parse

# line | verb | options | operands
ROWS = """
docker build .                                    | build  |                                   | .
docker build -t app:build . -f Dockerfile.build   | build  | tag=app:build file=Dockerfile.build | .
docker build -tapp -f=x/D --build-arg A=1 --build-arg=B=2 - | build | tag=app file=x/D build-arg=A=1 build-arg=B=2 | -
docker build --no-cache --rm=false -q .           | build  | no-cache rm=false quiet           | .
docker build -t -x .                              | build  | tag=-x                            | .
docker build -t app -- -dir                       | build  | tag=app                           | -dir
docker image build --tag app .                    | build  | tag=app                           | .
docker builder build --tag app .                  | build  | tag=app                           | .
docker buildx build --load --platform=linux/arm64 . | build | load platform=linux/arm64        | .
docker buildx --builder b b -t app .              | build  | tag=app                           | .
docker buildx bake -f bake.hcl app                | buildx bake | file=bake.hcl                | app
podman build --layers --format docker -t app .    | build  | layers format=docker tag=app      | .
buildah bud -t app .                              | build  | tag=app                           | .
buildah run c -- make -j                          | buildah run |                              | c make -j
nerdctl build -t app .                            | build  | tag=app                           | .
docker.exe build .                                | build  |                                   | .
/usr/bin/docker build .                           | build  |                                   | .
docker create --name c app                        | create | name=c                            | app
docker container create --cidfile cid app ls --name x | create | cidfile=cid                   | app ls --name x
docker run --rm -itv /a:/b app cat -v /x          | run    | rm interactive tty volume=/a:/b   | app cat -v /x
docker run --net=host -e X -eY=1 -- app -x        | run    | network=host env=X env=Y=1        | app -x
docker run -it=false app                          | run    | interactive tty=false             | app
docker run -- app                                 | run    |                                   | app
docker exec -u 0 c sh -c id                       | exec   | user=0                            | c sh -c id
docker cp -L c:/x .                               | cp     | follow-link                       | c:/x .
docker cp c:/x - -a                               | cp     | archive                           | c:/x -
docker container cp c:/x y                        | cp     |                                   | c:/x y
docker commit -m msg --change=CMD c app:new       | commit | message=msg change=CMD            | c app:new
docker export -o f.tar c                          | export | output=f.tar                      | c
docker import - app:flat                          | import |                                   | - app:flat
docker save -of.tar app                           | save   | output=f.tar                      | app
docker load -i f.tar                              | load   | input=f.tar                       |
docker rm -fv a b                                 | rm     | force volumes                     | a b
docker rm a -f                                    | rm     | force                             | a
docker container rm a                             | rm     |                                   | a
docker image rm app                               | rmi    |                                   | app
docker rmi -f app                                 | rmi    | force                             | app
docker stop -t 0 c                                | stop   | time=0                            | c
docker stop --timeout 0 c                         | stop   | time=0                            | c
docker ps -lq                                     | ps     | latest quiet                      |
docker container ls -aqf name=c                   | ps     | all quiet filter=name=c           |
docker image ls -q app                            | images | quiet                             | app
docker image inspect -f {{.Id}} app               | inspect | format={{.Id}}                   | app
docker volume create --driver local data          | volume create | driver=local               | data
docker volume create --name data                  | volume create |                            | data
docker volume create --name=old -d local --name data | volume create | driver=local            | data
docker volume create --name old data              | volume create | name=old                   | data
docker run --name c app --name d                  | run    | name=c                            | app --name d
docker network create net                         | network create |                           | net
docker login -u me --password-stdin reg.example   | login  | username=me password-stdin        | reg.example
docker compose -f a.yml build --pull web          | compose build | pull                       | web
docker-compose -f a.yml build --build-arg X=1 web | compose build | build-arg=X=1              | web
docker -H tcp://h --debug tag a b                 | tag    |                                   | a b
docker scan --x app                               | scan   |                                   | --x app
docker buildx imagetools create -t a b            | buildx imagetools |                        | create -t a b
docker                                            |        |                                   |
"""


def call_of(line: str) -> Call:
    call = parse(line.split())
    assert call is not None
    return call


@pytest.mark.parametrize("row", ROWS.strip().splitlines())
def test_parse(row: str) -> None:
    line, verb, options, operands = (part.strip() for part in row.split("|"))
    call = call_of(line)
    written = [option.name if option.value is None else f"{option.name}={option.value}" for option in call.options]
    assert (call.verb, written, list(call.operands)) == (verb, options.split(), operands.split())
    assert (call.unknown, call.missing) == ((), ())
    assert call.words == tuple(line.split())


@pytest.mark.parametrize(
    "line",
    ["", "make build", "./docker build .", "scripts/docker build", "dockerize x", "docker-machine ls", "sudo docker"],
)
def test_other_programs_are_no_calls(line: str) -> None:
    assert parse(line.split()) is None


def test_unknown_options_are_named_and_not_guessed() -> None:
    call = call_of("docker build --frobnicate=1 --quux -zx -t app .")
    assert call.unknown == ("--frobnicate", "--quux", "-z")
    assert call.value("tag") == "app"


def test_an_option_of_another_command_is_unknown() -> None:
    call = call_of("docker tag -f a b")
    assert call.unknown == ("-f",)


def test_missing_value() -> None:
    call = call_of("docker build . --tag")
    assert call.missing == ("--tag",)
    assert not call.has("tag")


def test_has_and_values() -> None:
    call = call_of("docker build --pull --pull=false -t a --tag=b --rm=true --no-cache=0 .")
    assert (call.has("pull"), call.has("rm"), call.has("no-cache"), call.has("quiet")) == (False, True, False, False)
    assert (call.value("tag"), call.values("tag"), call.value("file"), call.values("file")) == (
        "b",
        ("a", "b"),
        None,
        (),
    )


def test_indexes_point_at_the_option_words() -> None:
    call = call_of("docker -D run -it -v /a:/b --name=c app")
    assert [(option.name, option.index) for option in (*call.extra, *call.options)] == [
        ("debug", 1),
        ("interactive", 3),
        ("tty", 3),
        ("volume", 4),
        ("name", 6),
    ]


def test_unknown_values_are_ordinary_characters() -> None:
    symbol = chr(0x100001)
    call = parse(["docker", "build", f"--tag={symbol}:x", "-f", symbol, f"{symbol}/sub"])
    assert call is not None
    assert (call.value("tag"), call.value("file"), call.operands) == (f"{symbol}:x", symbol, (f"{symbol}/sub",))


def test_groups_and_builders_are_remembered() -> None:
    image = call_of("docker image inspect x")
    buildx = call_of("docker buildx build .")
    assert (image.group, image.buildx, buildx.group, buildx.buildx) == ("image", False, "buildx", True)


@pytest.mark.parametrize(
    ("option", "effect"),
    [
        ("--label=a=b", Effect.CONFIG),
        ("--build-arg=a=b", Effect.CONTENT),
        ("--cache-from=x", Effect.NONE),
        ("--compress", Effect.NONE),
        ("--squash", Effect.UNKNOWN),
        ("--secret=id=x", Effect.UNKNOWN),
        ("--iidfile=x", Effect.RESULT),
        ("--tag=x", Effect.NAME),
    ],
)
def test_effects_of_build_options(option: str, effect: Effect) -> None:
    call = parse(["docker", "build", option, "."])
    assert call is not None
    assert [found.effect for found in call.options] == [effect]
