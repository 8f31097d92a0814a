"""ARG, ENV, WORKDIR and USER: what we say of an image must be what the engine makes, on each builder."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from migrator.dockerfile.assignments import pairs
from migrator.dockerfile.evaluate import (
    BaseImage,
    Build,
    declared_args,
    environments,
    expand,
    global_args,
    global_scope,
    image_of,
    parent_stage,
    resolve,
    run_variables,
    stage_scope,
    users,
    workdirs,
)
from migrator.dockerfile.parse import parse
from migrator.source import Source

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Engine

    from migrator.dockerfile.syntax import Dockerfile

# Both builders set a PATH on an image that starts from nothing.
SCRATCH = BaseImage({"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"})

# A Dockerfile and the build arguments that it is given. LABEL shows what an expansion sees where it stands.
FILES: dict[str, tuple[str, dict[str, str]]] = {
    "plain": (
        "FROM scratch\nARG A=1\nENV B=$A-2 C=$B\nLABEL a=$A b=$B c=[$C]\nENV C=$B\nLABEL d=$C\n",
        {},
    ),
    "given": (
        "FROM scratch\nARG A=1\nARG B\nLABEL a=$A b=$B c=[$C]\nARG A=3\nLABEL d=$A\n",
        {"A": "x", "B": "y", "C": "z"},
    ),
    "global-seen-when-redeclared": (
        (
            "ARG G=glob\nARG H=$G-x\nFROM scratch\nLABEL a=[$G]\n"
            "ARG G\nLABEL b=$G\nARG G=own\nLABEL c=$G\nARG H\nLABEL d=$H\n"
        ),
        {},
    ),
    "global-given": ("ARG G=glob\nARG H=$G-x\nFROM scratch\nARG G\nARG H\nLABEL b=$G d=$H\n", {"G": "cli"}),
    "global-without-value": ("ARG G\nFROM scratch\nARG G\nLABEL b=[$G]\nARG G=d\nLABEL e=$G\n", {}),
    "env-after-arg": ("FROM scratch\nARG X=arg\nENV X=env\nLABEL a=$X\n", {"X": "cli"}),
    "arg-after-env": ("FROM scratch\nENV X=env\nARG X=arg\nLABEL a=$X\nARG X\nLABEL b=$X\n", {}),
    "arg-after-env-given": ("FROM scratch\nENV X=env\nARG X\nLABEL a=$X\nARG X=\nLABEL b=[$X]\n", {"X": "cli"}),
    "bare-arg-after-default": ("FROM scratch\nARG A=def\nARG A\nLABEL a=[$A]\n", {}),
    "several-in-one-arg": ("FROM scratch\nARG P=1 Q=$P-q\nLABEL a=$Q\n", {}),
    "several-in-one-env": ("FROM scratch\nENV A=old\nENV A=new B=$A\nLABEL a=$A b=$B\n", {}),
    "inherited": (
        (
            "FROM scratch AS base\nENV E=base\nARG A=lost\nWORKDIR /w\nUSER u\n"
            "FROM base\nLABEL e=$E a=[$A]\nARG A\nLABEL b=[$A]\n"
        ),
        {},
    ),
    "inherited-twice": (
        (
            "FROM scratch AS one\nENV E=1\nARG A=1\nFROM one AS two\nENV F=$E-2\nARG A\nENV G=[$A]\n"
            "FROM two\nLABEL f=$F g=$G a=[$A]\n"
        ),
        {},
    ),
    "arg-in-base-then-env": ("FROM scratch AS b\nARG A=1\nFROM b\nENV A=${A:-none}\nLABEL a=$A\n", {"A": "cli"}),
    "workdirs": (
        "FROM scratch\nWORKDIR a/./b\nENV D=c\nWORKDIR $D/../d\nWORKDIR /x//y/\nWORKDIR ..\nWORKDIR ${D}\n",
        {},
    ),
    "users": ("FROM scratch\nARG U=me\nUSER $U:grp\nLABEL a=x\n", {}),
    "proxies": (
        "FROM scratch\nLABEL a=[$HTTP_PROXY]\nARG HTTP_PROXY\nLABEL b=[$HTTP_PROXY]\n",
        {"HTTP_PROXY": "http://p"},
    ),
    "old-env": ('FROM scratch\nARG A=1\nENV X  the $A "and  more" \nLABEL a="$X"\n', {}),
    "names-are-expanded": ("FROM scratch\nARG A=N\nENV ${A}1=v\nLABEL a=$N1\n", {}),
    "quotes": ('FROM scratch\nENV A=\'$B\' B="q u" C=a\\ b\nLABEL a="$A" b="$B" c="$C"\n', {}),
    "from-variable": ("ARG S=ba\nFROM scratch AS base\nENV A=1\nFROM ${S}se\nLABEL a=$A\n", {}),
    "later-stage-of-a-name-is-not-the-base": ("FROM scratch AS a\nENV A=1\nFROM a AS c\nLABEL a=$A\n", {}),
}

# What the classic builder of 20.10 does not have.
BUILDKIT_FILES: dict[str, tuple[str, dict[str, str]]] = {
    "platform": (
        (
            "FROM scratch\nLABEL a=[$TARGETARCH]\nARG TARGETPLATFORM\nARG TARGETOS\nARG TARGETARCH\nARG TARGETVARIANT\n"
            "ARG BUILDPLATFORM\nLABEL b=$TARGETPLATFORM/$TARGETOS/$TARGETARCH/[$TARGETVARIANT]/$BUILDPLATFORM\n"
        ),
        {},
    ),
    # 20.10's classic builder refuses ${G-…} without a colon.
    "unset-global": ("ARG G\nFROM scratch\nARG G\nLABEL c=${G-unset}\n", {}),
    "platform-given": ("FROM scratch\nARG TARGETARCH\nLABEL b=$TARGETARCH\n", {"TARGETARCH": "mine"}),
    "platform-redeclared": ("ARG TARGETARCH\nFROM scratch\nARG TARGETARCH\nLABEL b=[$TARGETARCH]\n", {}),
}


def tree_of(text: str) -> Dockerfile:
    return parse(Source("Dockerfile", text))


def image_config(tree: Dockerfile, build: Build) -> dict[str, object]:
    """Env, labels, folder and user of the last stage's image, by our own reading."""
    labels: dict[str, str] = {}
    stage = tree.stages[-1]
    scope = stage_scope(tree, stage.index, build)
    for instruction, state in zip(stage.instructions, scope.states, strict=True):
        visible = dict(state.variables)
        if build.classic:
            visible = {**{name: value for name, value in build.args.items() if "PROXY" in name}, **visible}
        if instruction.keyword == "LABEL":
            for pair in pairs(instruction):
                labels[pair.name] = expand(pair.value or "", visible.get)
    end = scope.end
    return {"Env": dict(end.env), "Labels": labels, "WorkingDir": end.workdir, "User": end.user}


def built_config(engine: Engine, folder: Path, text: str, given: dict[str, str]) -> dict[str, object]:
    (folder / "Dockerfile").write_text(f"{text}CMD x\n")
    arguments = [part for name, value in given.items() for part in ("--build-arg", f"{name}={value}")]
    image = engine.docker("build", "-q", *arguments, str(folder)).stdout.strip().splitlines()[-1]
    config = json.loads(engine.docker("inspect", image, "--format", "{{json .Config}}").stdout)
    return {
        "Env": dict(entry.split("=", 1) for entry in config["Env"] or ()),
        "Labels": config["Labels"] or {},
        "WorkingDir": config["WorkingDir"] or "/",
        "User": config["User"],
    }


@pytest.mark.engine
@pytest.mark.parametrize("name", FILES)
def test_each_builder_makes_what_we_say(each_engine: Engine, tmp_path: Path, name: str) -> None:
    text, given = FILES[name]
    build = Build(given, lambda _: SCRATCH, classic=each_engine.builder == "classic")
    assert image_config(tree_of(text), build) == built_config(each_engine, tmp_path, text, given)


@pytest.mark.engine
@pytest.mark.parametrize("name", BUILDKIT_FILES)
def test_buildkit_makes_what_we_say(engine: Engine, tmp_path: Path, name: str) -> None:
    text, given = BUILDKIT_FILES[name]
    platform = engine.docker("version", "--format", "{{.Server.Os}}/{{.Server.Arch}}").stdout.strip()
    build = Build(given, lambda _: SCRATCH, platform=platform)
    assert image_config(tree_of(text), build) == built_config(engine, tmp_path, text, given)


def test_the_two_builders_differ_where_it_is_said() -> None:
    tree = tree_of(FILES["arg-after-env"][0])
    build = Build()
    assert stage_scope(tree, 0, build).end.variables["X"] == "arg"
    assert stage_scope(tree, 0, replace(build, classic=True)).end.variables["X"] == "env"


def test_states_stand_in_front_of_their_instruction() -> None:
    tree = tree_of("FROM a\nARG A=1\nENV B=$A\nWORKDIR /x\nUSER u\nRUN y\n")
    assert environments(tree, 0, {}, {"P": "p"}) == (
        {"P": "p"},
        {"P": "p", "A": "1"},
        *[{"P": "p", "A": "1", "B": "1"}] * 3,
    )
    assert workdirs(tree, 0, {}, BaseImage(workdir="/w")) == ("/w", "/w", "/w", "/x", "/x")
    assert users(tree, 0, {}) == ("", "", "", "", "u")


def test_base_images_are_asked_for_by_their_expanded_name() -> None:
    tree = tree_of("ARG V=3\nFROM alpine:$V AS a\nRUN x\nFROM a\nRUN y\n")
    bases = {"alpine:3": BaseImage({"FROM_BASE": "yes"}, "/base", "root")}
    scope = stage_scope(tree, 1, Build(base=bases.__getitem__))
    assert scope.states[0].env == {"FROM_BASE": "yes"}
    assert (scope.end.workdir, scope.end.user) == ("/base", "root")


def test_images_and_parents() -> None:
    tree = tree_of("ARG V=3\nFROM alpine:$V AS Base\nFROM base AS two\nFROM ${V\n")
    scope = global_scope(tree, Build())
    assert [image_of(stage, scope) for stage in tree.stages] == ["alpine:3", "base", "${V"]
    assert [parent_stage(tree, stage, scope) for stage in tree.stages] == [None, tree.stages[0], None]


def test_an_image_named_like_a_later_stage_is_an_image() -> None:
    tree = tree_of("FROM b AS a\nFROM x AS b\n")
    assert parent_stage(tree, tree.stages[0], {}) is None


def test_declarations_have_their_places() -> None:
    tree = tree_of('ARG G=1\nFROM a\nARG A B="x y"\nENV C=1\n')
    (outer,) = global_args(tree)
    assert (outer.name, outer.value, outer.span.text) == ("G", "1", "G=1")
    found = [(pair.name, pair.value, pair.span.text) for pair in declared_args(tree.stages[0])]
    assert found == [("A", None, "A"), ("B", '"x y"', 'B="x y"')]


def test_a_run_sees_proxies_without_arg() -> None:
    build = Build({"http_proxy": "p", "UNDECLARED": "u"})
    scope = stage_scope(tree_of("FROM a\nARG A=1\nARG B\nRUN x\n"), 0, build)
    assert run_variables(scope.end, build) == {"http_proxy": "p", "A": "1"}


def test_a_value_that_cannot_be_expanded_is_not_there() -> None:
    scope = stage_scope(tree_of("FROM a\nARG A=${X:?gone}\nENV B=${Y\nRUN x\n"), 0)
    assert scope.end.variables == {"A": None, "B": ""}


@pytest.mark.parametrize(
    ("folder", "path", "resolved"),
    [
        ("/", "a", "/a"),
        ("/w", "a/../b/./c", "/w/b/c"),
        ("/w", "/a//b/", "/a/b"),
        ("/w", "//a", "/a"),
        ("/", "../../a", "/a"),
        ("/w", "", "/w"),
        ("/w", ".", "/w"),
        ("/w", "/", "/"),
    ],
)
def test_resolve(folder: str, path: str, resolved: str) -> None:
    assert resolve(folder, path) == resolved
