"""Conditions of which one half could be left out without a test that saw it (`make mutants`)."""

from __future__ import annotations

import pytest

from migrator.migration.convert import convert
from migrator.migration.result import Conversion, Converted, Declined
from migrator.project import Project

BUILDER = "FROM alpine\nRUN mkdir -p /out/lib && echo a > /out/app && echo b > /out/lib/b\n"
START = "set -e\ndocker build {} -f Dockerfile.build -t b .\ndocker create --name c b\n"


def converted(lines: str, runtime: str, option: str = "", builder: str = BUILDER) -> Conversion:
    script = f"{START.format(option)}{lines}docker build -t app .\n"
    files = {"Dockerfile.build": builder, "conf/app.conf": "port\n", "Dockerfile": runtime, "build.sh": script}
    return convert(Project.of(files), "build.sh")


def codes_of(result: Conversion) -> set[str]:
    return {item.code for item in result.diagnostics}


def test_labels_of_a_command_line_do_not_pass_from_one_stage_to_another() -> None:
    runtime = "FROM b\nCOPY app /x/\n"
    assert isinstance(converted("docker cp c:/out/app app\n", runtime), Converted)
    labelled = converted("docker cp c:/out/app app\n", runtime, "--label v=1")
    assert isinstance(labelled, Declined)
    assert "MG344" in codes_of(labelled)


@pytest.mark.parametrize(
    "before",
    [
        "mkdir -p /x/conf",
        "mkdir -p /x/conf/below",
        "chown 7 /x",
        "D=/z; chown 7 $D",
        "cd x && chmod 700 conf",
        "chmod 700 /x/conf/below",
    ],
)
def test_a_folder_that_may_be_there_with_another_owner_is_laid_out_first(before: str) -> None:
    assert "--chown=nobody /out/lib /x/conf" not in with_folder_behind(before)


@pytest.mark.parametrize("before", ["mkdir -p /elsewhere", "mkdir -p /x", "chown 7 /elsewhere"])
def test_a_folder_that_nothing_made_before_is_copied_as_it_is(before: str) -> None:
    assert "--chown=nobody /out/lib /x/conf" in with_folder_behind(before)


def with_folder_behind(before: str) -> str:
    lines = "mkdir d\ndocker cp c:/out/lib d/conf\ndocker cp c:/out/app d/app\n"
    result = converted(lines, f"FROM alpine\nRUN {before}\nCOPY --chown=nobody d /x/\n")
    assert isinstance(result, Converted)
    return result.dockerfile


def test_a_destination_that_an_engine_cannot_expand_is_declined() -> None:
    result = converted("docker cp c:/out/app app\n", "FROM alpine\nARG A=/x\nCOPY app ${A:~no}/\n")
    assert isinstance(result, Declined)
    assert "MG213" in codes_of(result)


@pytest.mark.parametrize("option", ["--ssh default", "--secret id=x,src=conf/app.conf"])
def test_a_build_that_only_buildkit_does_has_caches_where_the_script_has_volumes(option: str) -> None:
    lines = "docker run --name m -v cache:/root/.cache b sh -c 'echo x > /out/x'\ndocker cp m:/out/x x\n"
    runtime = "FROM alpine\nCOPY x /x\n"
    with_option = converted(lines, runtime, option)
    assert isinstance(with_option, Converted), codes_of(with_option)
    assert "--mount=type=cache,target=/root/.cache" in with_option.dockerfile
    without = converted(lines, runtime)
    assert isinstance(without, Converted), codes_of(without)
    assert "--mount" not in without.dockerfile


def test_a_link_out_of_an_image_is_laid_out_where_the_image_is_continued() -> None:
    builder = f"{BUILDER}RUN ln -s app /out/cur\n"
    lines = "mkdir d\ndocker cp c:/out/cur d/cur\ndocker cp c:/out/app d/app\nsed -i s/a/b/ d/app\n"
    result = converted(lines, "FROM alpine\nCOPY d /x/\n", builder=builder)
    assert isinstance(result, Converted)
    text = result.dockerfile
    assert "FROM builder AS workspace-2\nRUN mkdir -p /host-workspace-nested/ && cp -a /out/cur /host-work" in text
    assert "COPY --from=workspace-2 --chown=0:0 /host-workspace-nested/ /x/" in text
    assert "COPY --from=workspace --chown=0:0 /host-workspace/d/app /x/app" in text


@pytest.mark.parametrize(("context", "kept"), [("src=https://example.com/a.git", True), ("src=conf", False)])
def test_a_context_of_another_place_is_kept_and_a_folder_is_declined(context: str, *, kept: bool) -> None:
    builder = "FROM alpine\nCOPY --from=src . /src\nRUN mkdir -p /out && echo a > /out/app\n"
    runtime = "FROM alpine\nCOPY app /\n"
    result = converted("docker cp c:/out/app app\n", runtime, f"--build-context {context}", builder)
    assert isinstance(result, Converted) is kept
    assert ("MG289" in codes_of(result)) is not kept
    if isinstance(result, Converted):
        assert [target.command for target in result.targets] == [f"docker build --build-context {context} -t app ."]
