"""The same of finding what is meant, of bake files, and of what is said beside a conversion."""

from __future__ import annotations

import pytest

from migrator.errors import UsageError
from migrator.migration.bake import with_bake
from migrator.migration.convert import convert
from migrator.migration.result import Conversion, Converted, Declined, NotApplicable
from migrator.project import Project

BUILDER = "FROM alpine\nRUN mkdir -p /out/lib && echo a > /out/app && echo b > /out/lib/b\n"
RUNTIME = "FROM alpine\nCOPY app /x/app\n"
OUT = "set -e\ndocker build -f Dockerfile.build -t b .\ndocker create --name c b\ndocker cp c:/out/app app\n"
END = "docker build -t app .\n"
USUAL = {"Dockerfile.build": BUILDER, "Dockerfile": RUNTIME}


def found(files: dict[str, str]) -> Conversion:
    """The conversion of whatever is meant in a repository of these files and the two Dockerfiles."""
    return convert(Project.of({**USUAL, **files}))


def codes_of(result: Conversion) -> list[str]:
    return [one.code for one in result.diagnostics]


# --- which script, or part ---------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [END, "docker build -t app --frobnicate .\n"], ids=["converted", "declined"])
def test_two_scripts_that_do_it_are_one_too_many(end: str) -> None:
    with pytest.raises(UsageError, match=r"several scripts could be meant: a\.sh, b\.sh"):
        found({"a.sh": OUT + end, "b.sh": OUT + end.replace("-t app", "-t other")})


def test_of_two_scripts_the_one_that_calls_the_other_is_meant() -> None:
    result = found({"build.sh": OUT + END, "release.sh": "set -e\n./build.sh\ndocker push app\n"})
    assert (type(result), result.script) == (Converted, "release.sh")


def test_a_program_is_found_where_no_script_does_it() -> None:
    commands = [line for line in (OUT + END).splitlines() if line.startswith("docker")]
    lines = [f"subprocess.run({command!r}, shell=True, check=True)\n" for command in commands]
    result = found({"build.py": "import subprocess\n" + "".join(lines)})
    assert (type(result), result.script) == (Converted, "build.py")


def test_a_program_that_builds_without_docker_is_none() -> None:
    result = found({"setup.py": "build = 1\n"})
    assert isinstance(result, NotApplicable)
    assert (result.script, result.reason) == (
        None,
        "nothing in the repository passes files from one image to another",
    )


JOB = "on: push\njobs:\n  a:\n    runs-on: windows-latest\n    steps:\n      - run: |\n          docker build -t b .\n"


def test_a_part_that_cannot_be_read_is_told_where_it_takes_something_out() -> None:
    path = ".github/workflows/a.yml"
    result = found({path: f"{JOB}          docker cp c:/x .\n"})
    assert isinstance(result, Declined)
    assert (result.script, codes_of(result)) == (f"{path}:a", ["MG545"])
    assert isinstance(found({path: JOB}), NotApplicable)


# --- what is assumed ---------------------------------------------------------------------------------------


# As the manuals of the services name them.
CHECKOUTS = """
    WORKSPACE TRAVIS_BUILD_DIR GITHUB_WORKSPACE CI_PROJECT_DIR BUILD_SOURCESDIRECTORY BUILD_REPOSITORY_LOCALPATH
    SYSTEM_DEFAULTWORKINGDIRECTORY BITBUCKET_CLONE_DIR DRONE_WORKSPACE SEMAPHORE_PROJECT_DIR APPVEYOR_BUILD_FOLDER
    BUILDKITE_BUILD_CHECKOUT_PATH CODEBUILD_SRC_DIR WERCKER_SOURCE_DIR SHIPPABLE_BUILD_DIR SNAP_WORKING_DIR
    bamboo_build_working_directory
    """.split()


@pytest.mark.parametrize("name", CHECKOUTS)
def test_a_variable_of_a_ci_service_is_the_folder_of_the_checkout(name: str) -> None:
    result = found({"build.sh": OUT.replace("/app app", f'/app "${name}/app"') + END})
    assert isinstance(result, Converted)
    assert result.checkouts == (name,)


def test_nothing_is_assumed_for_a_script_that_is_not_the_pattern_either_way() -> None:
    result = found({"build.sh": 'set -e\ndocker create --name c alpine\ndocker cp c:/x "${D:-y}"\n'})
    assert isinstance(result, NotApplicable)
    assert codes_of(result) == ["MG319"]


def test_a_default_of_an_argument_of_the_script_is_not_that_of_a_variable() -> None:
    script = OUT.replace("-f Dockerfile.build", '-f "${1:-Dockerfile.build}" --frobnicate') + END
    result = found({"build.sh": script})
    assert isinstance(result, Declined)
    assert codes_of(result) == ["MG132", "MG129"]


# --- what is said beside it --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("removal", "warned"),
    [
        ("rm -rf lib", False),
        ("git clean -fdx", False),
        ('if [ -n "$X" ]; then mv lib old; fi', False),
        ("rm -rf other", True),
        ("touch lib.done", True),
    ],
)
def test_a_folder_that_is_left_for_a_second_run_is_told(removal: str, *, warned: bool) -> None:
    files = {
        "Dockerfile.build": "FROM alpine\nWORKDIR /out/lib\nRUN echo b > b\n",
        "Dockerfile": "FROM alpine\nCOPY lib /x\n",
        "build.sh": f"{OUT.replace('/out/app app', '/out/lib lib')}docker rm c\n{END}{removal}\n",
    }
    result = found(files)
    assert isinstance(result, Converted)
    second = [(one.span.line if one.span else 0) for one in result.diagnostics if one.code == "MG284"]
    assert second == ([4] if warned else [])


# --- bake files --------------------------------------------------------------------------------------------


def bake_of(end: str, more: dict[str, str] | None = None) -> str:
    project = Project.of({**USUAL, "build.sh": OUT + end, **(more or {})})
    result = with_bake(project, convert(project))
    assert isinstance(result, Converted), result
    return next(one.content or "" for one in result.files if one.path == "docker-bake.hcl")


def test_an_image_for_the_engine_is_one_in_the_bake_file() -> None:
    assert '  output     = ["type=docker"]\n' in bake_of("docker buildx build --load -t app .\n")


def test_a_stage_with_a_dot_in_its_name_has_a_target_without_one() -> None:
    end = "docker build -t app:1.0 .\ndocker build -t app:2.0 -f Other .\n"
    text = bake_of(end, {"Other": "FROM alpine\nCOPY app /y/app\n"})
    assert 'targets = ["app-1_0", "app-2_0"]' in text
    assert 'target "app-1_0" {' in text
    assert '  target     = "app-1.0"\n' in text


def test_layers_of_old_builds_are_no_cache_of_the_bake_file() -> None:
    assert "cache" not in bake_of("docker buildx build --cache-from a --cache-to b --no-cache-filter c -t app .\n")
