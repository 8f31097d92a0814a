"""The last conditions and texts that could be changed unseen: each looked at for what a user would notice."""

from __future__ import annotations

import pytest

from migrator.migration.convert import convert
from migrator.migration.result import Conversion, Converted, Declined
from migrator.project import Project

BUILDER = "FROM alpine\nRUN mkdir -p /out/lib && echo a > /out/app && echo b > /out/lib/b\n"
BUILD = "docker build -f Dockerfile.build -t b .\n"
START = f"{BUILD}docker create --name c b\n"
OUT = f"{START}docker cp c:/out/app app\n"
END = "docker build -t app .\n"


def result_of(script: str, **files: str) -> Conversion:
    usual = {"Dockerfile.build": BUILDER, "Dockerfile": "FROM alpine\nCOPY app /x/app\n"}
    named = {name.replace("__", "."): text for name, text in files.items()}
    return convert(Project.of({**usual, "build.sh": f"set -e\n{script}", **named}), "build.sh")


def text_of(script: str, **files: str) -> str:
    result = result_of(script, **files)
    assert isinstance(result, Converted), result
    return result.dockerfile


def codes(result: Conversion) -> list[str]:
    return [one.code for one in result.diagnostics if one.severity == "error"]


def test_an_address_is_one_to_add_and_a_path_to_copy() -> None:
    added = text_of(OUT + END, Dockerfile="FROM alpine\nCOPY app /x/app\nADD http://example.com/x /x/\n")
    assert "ADD http://example.com/x /x/\n" in added
    copied = result_of(OUT + END, Dockerfile="FROM alpine\nCOPY app /x/app\nCOPY http://example.com/x /x/\n")
    assert isinstance(copied, Declined)
    assert codes(copied) == ["MG305"]


@pytest.mark.parametrize("pattern", ["lib/*/b", "lib/**/x/b"])
def test_a_pattern_that_no_plain_command_removes_is_declined(pattern: str) -> None:
    lines = f"{START}docker cp c:/out/lib lib\n{END}"
    result = result_of(lines, Dockerfile="FROM alpine\nCOPY lib /x/\n", __dockerignore=f"{pattern}\n")
    assert isinstance(result, Declined)
    assert codes(result) == ["MG340"]
    plain = text_of(lines, Dockerfile="FROM alpine\nCOPY lib /x/\n", __dockerignore="lib/d/b\n")
    assert "rm -rf /host-workspace/kept/files/d/b" in plain


@pytest.mark.parametrize("shell", ["sh", "bash", "ash", "dash", "/bin/bash"])
def test_several_lines_for_a_shell_stay_its_own(shell: str) -> None:
    text = text_of(
        f"{BUILD}docker run --name c b {shell} -c 'echo a\necho b > /out/app'\ndocker cp c:/out/app app\n{END}"
    )
    assert f'RUN ["{shell}", "-c", "echo a\\necho b > /out/app"]\n' in text


def test_several_lines_for_what_is_no_shell_are_declined() -> None:
    result = result_of(f"{BUILD}docker run --name c b perl -c 'echo a\necho b'\ndocker cp c:/out/app app\n{END}")
    assert codes(result) == ["MG311"]


@pytest.mark.parametrize(
    ("name", "written"), [("a.tar", "/out/a.tar"), ("my a.tar", "'/out/my a.tar'"), ("it`s.tar", "'/out/it`s.tar'")]
)
def test_an_archive_is_unpacked_under_its_own_name(name: str, written: str) -> None:
    script = f"{START}docker cp 'c:/out/{name}' x.tar\n{END}"
    text = text_of(script, Dockerfile="FROM alpine\nADD x.tar /x/\n")
    assert f"tar -xpf {written} -C " in text


def test_a_secret_says_where_it_stands() -> None:
    script = f"{OUT}docker build --build-arg API_TOKEN=s3cret -t app .\n"
    result = result_of(script, Dockerfile="FROM alpine\nARG API_TOKEN\nENV DB_PASSWORD=hunter2\nCOPY app /x/app\n")
    told = [one.message for one in result.diagnostics if "API_TOKEN" in one.message or "DB_PASSWORD" in one.message]
    assert len(told) == 2
    assert any("and a build argument can be read" in one for one in told)
    assert any("a value in ENV" in one for one in told)


def test_an_argument_that_one_build_takes_from_the_environment_stays_so_beside_others() -> None:
    script = (
        "docker build -f Dockerfile.build --build-arg V -t b .\ndocker create --name c b\ndocker cp c:/out/app app\n"
        "docker build -f Two --build-arg V=2 -t two .\ndocker build -f Three --build-arg V=3 -t three .\n"
    )
    recipe = "FROM alpine\nARG V\nRUN echo $V > /v\nCOPY app /x/app\n"
    builder = BUILDER.replace("RUN", "ARG V\nRUN echo $V > /v\nRUN", 1)
    result = result_of(script, Dockerfile__build=builder, Two=recipe, Three=recipe)
    assert isinstance(result, Converted)
    commands = {target.tags[0]: target.command for target in result.targets}
    assert "V=2" in commands["two"]
    assert "V=3" in commands["three"]
    assert all(" --build-arg V " in f"{command} " for command in commands.values())


def test_a_builder_without_a_telling_name_is_a_builder_beside_others() -> None:
    script = (
        "docker build -q -f A -t x:1 .\ndocker create --name c x:1\ndocker cp c:/out/app app\n"
        "docker build -f B -t builder .\ndocker create --name d builder\ndocker cp d:/out/lib/b b\n" + END
    )
    text = text_of(script, A=BUILDER, B=f"{BUILDER}RUN true\n", Dockerfile="FROM alpine\nCOPY app b /x/\n")
    names = [line.rpartition(" AS ")[2] for line in text.splitlines() if line.startswith("FROM ")]
    assert len(names) == len(set(names)) == 3
    assert all(names)


def test_a_folder_that_a_copy_before_made_is_one() -> None:
    text = text_of(
        f"{START}mkdir d\ndocker cp c:/out/app d/one\ncp conf d/two\n{END}",
        Dockerfile="FROM alpine\nCOPY conf /x/\nCOPY d/one d/two /x/\n", conf="c",
    )  # fmt: skip
    assert "COPY --from=builder --chown=0:0 /out/app /x/one\n" in text
