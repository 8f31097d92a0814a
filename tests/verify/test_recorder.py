"""What the recorder does to a command line, and what it gives back."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.verify.recorder.build import rewrite
from migrator.verify.recorder.line import parse
from migrator.verify.recorder.main import git_command
from migrator.verify.recorder.session import Session, is_id

if TYPE_CHECKING:
    from pathlib import Path


def session(folder: str = "/nonexistent", **changes: object) -> Session:
    fields: dict[str, object] = {"run": "r1", "client": ("docker",), "environment": {}, "folder": folder, "root": "/w"}
    return Session(**(fields | changes))  # type: ignore[arg-type]  # one mapping of many types


@pytest.mark.parametrize(
    ("given", "argv"),
    [
        ("build -t a .", "build --tag=a ."),
        ("build . -f D -t a", "build --file=D --tag=a ."),
        ("build -qta .", "build --quiet --tag=a ."),
        ("build -t=a -fD .", "build --tag=a --file=D ."),
        ("image build --no-cache=false -t a .", "build --no-cache=false --tag=a ."),
        ("buildx build --load -t a .", "buildx build --load --tag=a ."),
        ("-H tcp://x:1 --config /c -D build .", "build ."),
        ("--context=x container create -it img sh -c -x", "create --interactive --tty img sh -c -x"),
        ("run --rm img --flag -t", "run --rm img --flag -t"),
        ("run -v/a:/b -e A=1 img", "run --volume=/a:/b --env=A=1 img"),
        ("exec -w /tmp c ls -l", "exec --workdir=/tmp c ls -l"),
        ("cp -L c:/a -", "cp --follow-link c:/a -"),
        ("cp - c:/a", "cp - c:/a"),
        ("container rm -fv a b", "rm --force --volumes a b"),
        ("rm -- -odd", "rm -- -odd"),
        ("volume create v", "volume create v"),
        ("volume create --name v --label a=b", "volume create --label=a=b v"),
        ("build --brand-new=1 .", "build --brand-new=1 ."),
        ("stop -t 0 c", "stop --time=0 c"),
        ("image ls -q", "images --quiet"),
    ],
)
def test_a_line_is_taken_apart_and_put_together(given: str, argv: str) -> None:
    assert parse(shlex.split(given)).argv == shlex.split(argv)


def test_options_are_found_changed_and_dropped() -> None:
    line = parse(shlex.split("build -t a --tag b --no-cache=false --pull -f X ."))
    assert line.values("tag") == ["a", "b"]
    assert line.value("file") == "X"
    assert line.has("pull")
    assert not line.has("no-cache")
    changed = line.without("no-cache", "pull").mapped("tag", str.upper).with_option("no-cache")
    assert changed.argv == shlex.split("build --tag=A --tag=B --file=X --no-cache .")


# --- names -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "private"),
    [
        ("foo", "migrator-r1/foo:latest"),
        ("foo:1", "migrator-r1/foo:1"),
        ("docker.io/library/foo:1", "migrator-r1/foo:1"),
        ("a/b/c:x", "migrator-r1/a/b/c:x"),
        ("reg.example.test:5000/a/b:1", "migrator-r1/reg.example.test__p5000/a/b:1"),
    ],
)
def test_a_private_name_is_the_name_under_a_prefix(name: str, private: str) -> None:
    assert session().private_image(name) == private


PARTS = st.from_regex(r"[a-z0-9]+([._-][a-z0-9]+)?", fullmatch=True)
HOSTS = st.from_regex(r"[a-z]+\.[a-z]+(:[0-9]{1,4})?", fullmatch=True)


@given(st.lists(PARTS, min_size=1, max_size=3), st.none() | HOSTS, PARTS, st.sampled_from(["", "naming to ", "x\n"]))
def test_the_script_sees_its_own_names_again(parts: list[str], host: str | None, tag: str, before: str) -> None:
    name = "/".join([*([host] if host else []), *parts]) + f":{tag}"
    run = session()
    assert run.public(f"{before}{run.private_image(name)} done") == f"{before}{name} done"
    assert run.public(f"{before}docker.io/{run.private_image(name)}\n") == f"{before}{name}\n"


def test_containers_are_the_script_s_own_in_what_it_reads() -> None:
    run = session()
    assert run.public(f"No such container: {run.thing('box')}") == "No such container: box"
    assert run.thing(run.thing("box")) == run.thing("box")
    assert run.thing("/box") == run.thing("box")


def test_only_what_is_made_or_hidden_is_private(tmp_path: Path) -> None:
    run = session(str(tmp_path), hidden=("stale:latest",))
    assert run.image("foo") == "foo"
    assert run.image("stale") == "migrator-r1/stale:latest"
    run.mark_made("docker.io/library/foo")
    assert run.image("foo:latest") == "migrator-r1/foo:latest"
    assert run.image("foo:2") == "foo:2"
    assert run.image("foo@sha256:" + "a" * 64) == "foo@sha256:" + "a" * 64
    assert run.made() == ("foo:latest",)


def test_a_session_survives_being_written(tmp_path: Path) -> None:
    run = session(str(tmp_path), hidden=("a:1",), watched=("x/y",), environment={"DOCKER_HOST": "unix:///x"})
    assert Session.load(str(run.save())) == run


@pytest.mark.parametrize(
    ("word", "expected"), [("a" * 12, True), ("sha256:" + "b" * 64, True), ("cafe", False), ("x" * 12, False)]
)
def test_what_can_be_an_id(word: str, expected: bool) -> None:  # noqa: FBT001 - a row
    assert is_id(word) is expected


# --- bases that the script made --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "args", "expected"),
    [
        ("FROM foo:1\n", [], "FROM P/foo:1\n"),
        ("from --platform=linux/amd64 foo:1 as x\nFROM x\n", [], "from --platform=linux/amd64 P/foo:1 as x\nFROM x\n"),
        ("FROM alpine\nCOPY --from=foo:1 /a /b\n", [], "FROM alpine\nCOPY --from=P/foo:1 /a /b\n"),
        ("ARG B=foo\nARG V=1\nFROM ${B}:$V\n", [], "ARG B=foo\nARG V=1\nFROM P/foo:1\n"),
        ("ARG B\nFROM $B\n", ["B=foo:1"], "ARG B\nFROM P/foo:1\n"),
        ("ARG B\nFROM ${B:-foo:1}\n", [], "ARG B\nFROM P/foo:1\n"),
        ("FROM other AS foo:1\n", [], "FROM other AS foo:1\n"),
        ("FROM alpine AS bar\nFROM bar\n", [], "FROM alpine AS bar\nFROM bar\n"),
        ("# FROM foo:1\nFROM alpine\n", [], "# FROM foo:1\nFROM alpine\n"),
    ],
)
def test_a_base_that_the_script_made_is_called_by_its_private_name(
    tmp_path: Path, text: str, args: list[str], expected: str
) -> None:
    run = session(str(tmp_path))
    run.mark_made("foo:1")
    run.mark_made("bar")
    assert rewrite(run, text, args) == expected.replace("P/", "migrator-r1/")


@pytest.mark.parametrize(
    ("words", "expected"),
    [("push", "push"), ("-C x push", "push"), ("-c a=b --no-pager log", "log"), ("commit -m push", "commit"), ("", "")],
)
def test_the_command_of_git(words: str, expected: str) -> None:
    assert git_command(words.split()) == expected
