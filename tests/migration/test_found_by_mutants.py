"""Wrong conversions that were found on the way from a mutant that no test saw to a test."""

from __future__ import annotations

import pytest

from migrator.migration.convert import convert
from migrator.migration.result import Conversion, Converted, Declined
from migrator.project import Project

BUILDER = "FROM alpine\nRUN mkdir -p /out/lib && echo a > /out/app && echo b > /out/lib/b\n"
START = "set -e\ndocker build -f Dockerfile.build -t b .\ndocker create --name c b\n"
END = "docker build -t app .\n"
FOLDER = "FROM alpine\nCOPY d /x/\n"


def result_of(script: str, files: dict[str, str] | None = None) -> Conversion:
    usual = {"Dockerfile.build": BUILDER, "Dockerfile": FOLDER, "conf": "x"}
    return convert(Project.of({**usual, "build.sh": script, **(files or {})}), "build.sh")


@pytest.mark.parametrize(
    ("work", "line"),
    [
        ('mkdir -p "${D:-d}" d\ncp conf "${D:-d}/conf"\ndocker cp c:/out/app d/app\n', "COPY conf /x/\n"),
        (
            'mkdir d\ndocker cp c:/out/app d/app\ndocker cp c:/out/lib/b "${D:-d}/b"\n',
            "COPY --from=builder --chown=0:0 /out/lib/b /x/b\n",
        ),
    ],
)
@pytest.mark.parametrize("end", [END, f"{END}rm -rf d\n"])
def test_what_goes_by_default_into_a_folder_that_a_build_takes_is_in_the_image(work: str, line: str, end: str) -> None:
    result = result_of(START + work + end)
    assert isinstance(result, Converted)
    assert line in result.dockerfile
    assert "MG190" in {one.code for one in result.diagnostics}


def test_a_folder_that_no_default_names_is_left_to_the_user() -> None:
    result = result_of(f'{START}mkdir -p "${{D:-e}}" d\ncp conf "${{D:-e}}/conf"\ndocker cp c:/out/app d/app\n{END}')
    assert isinstance(result, Converted)
    assert "conf" not in result.dockerfile
    assert "MG190" not in {one.code for one in result.diagnostics}


TOOLS = "docker build -f Dockerfile.tools -t tools .\n"
LINKED = "mkdir d\ndocker cp c:/app d/app\nln -s app d/cur\n"
BARE = {"Dockerfile.build": "FROM scratch\nCOPY conf /app\n", "Dockerfile.tools": "FROM alpine\nRUN true\n"}


def test_an_image_of_the_script_lends_its_shell_only_where_it_stays() -> None:
    script = START.replace("set -e\n", f"set -e\n{TOOLS}") + LINKED + END
    kept = result_of(script, {**BARE, "Dockerfile": "FROM scratch\nCOPY d /x/\n"})
    assert isinstance(kept, Converted)
    assert "FROM tools AS workspace\n" in kept.dockerfile
    gone = result_of(f"{script}docker rmi tools\n", {**BARE, "Dockerfile": "FROM scratch\nCOPY d /x/\n"})
    assert isinstance(gone, Declined)
    assert [one.code for one in gone.diagnostics if one.severity == "error"] == ["MG318"]
    own = result_of(f"{script}docker rmi tools\n", {**BARE, "Dockerfile": "FROM a\nUSER 0\nRUN true\nCOPY d /x/\n"})
    assert [one.code for one in own.diagnostics if one.severity == "error"] == ["MG318"]  # `a` may have another user
    other = result_of(f"{script}docker rmi tools\n", {**BARE, "Dockerfile": "FROM alpine\nRUN true\nCOPY d /x/\n"})
    assert isinstance(other, Converted)
    assert "FROM alpine AS source\n" in other.dockerfile
