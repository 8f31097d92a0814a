"""What a script does, step by step: the words of chosen repositories, and what holds of every case's story."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from case_table import all_cases, copy_repo, leaks
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from migrator import checkout
from migrator.cli import main
from migrator.diagnostics import Severity
from migrator.migration.convert import convert_with_trace
from migrator.migration.result import Declined
from migrator.project import Project
from migrator.report import conversion as document
from migrator.report.kinds import told_world
from migrator.report.story.story import Story, render, story

if TYPE_CHECKING:
    from case_table import Case
    from click.testing import Result

ROOT = Path(__file__).parents[2]
GOLD = Path(__file__).parent / "stories"
SCHEMA = json.loads((ROOT / "docs" / "reference" / "schemas" / "conversion-1.json").read_text(encoding="utf-8"))
CASES = {case.name: case for case in all_cases()}
SAMPLES = sorted(
    path.name for path in (ROOT / "samples").iterdir() if path.is_dir() and not path.name.startswith("fat-")
)
TOLD_CASES = (
    "functions-and-wrapper",
    "sourced-env-file",
    "other-script-builds",
    "conditional-push",
    "temporary-context",
    "cidfile-iidfile",
    "exec-and-commit",
    "if-branch-on-file",
    "decline-host-make",
    "decline-date-branch",
    "decline-missing-parent",
    "decline-second-run-only",
    "none-services",
)


def told(project: Project, case: Case | None = None) -> Story:
    given = (case.script, case.args, case.env, case.wishes) if case is not None else ()
    result, outcome = convert_with_trace(project, *given)
    return story(project, result, outcome)


def script(text: str, **files: str) -> list[str]:
    """The story of a script in a repository with two Dockerfiles, each step as its line and its words."""
    files = {"Dockerfile": "FROM alpine\nCOPY app /app\n", "Dockerfile.build": "FROM golang\nRUN make\n"} | files
    found = told(Project.of({"build.sh": text, **{name.replace("__", "."): text for name, text in files.items()}}))
    return [f"{line.line} {line.text}" for line in found.lines]


def check(name: str, text: str, *, update: bool) -> None:
    place = GOLD / f"{name}.txt"
    if update:
        GOLD.mkdir(exist_ok=True)
        place.write_text(text, encoding="utf-8")
    assert text == place.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SAMPLES)
def test_the_words_for_a_sample(name: str, request: pytest.FixtureRequest) -> None:
    text = render(told(checkout.load(ROOT / "samples" / name)))
    check(name, text, update=request.config.getoption("--update"))


@pytest.mark.parametrize("name", TOLD_CASES)
def test_the_words_for_a_case(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    case = CASES[name]
    text = render(told(checkout.load(copy_repo(case, tmp_path)), case))
    check(name, text, update=request.config.getoption("--update"))


# --- what holds of every story ----------------------------------------------------------------------------------------


def loaded(name: str, root: Path) -> Project:
    return checkout.load(copy_repo(CASES[name], root))


@pytest.mark.parametrize("name", sorted(CASES))
def test_every_call_of_docker_is_told_at_its_line(name: str, tmp_path: Path) -> None:
    case, project = CASES[name], loaded(name, tmp_path)
    result, outcome = convert_with_trace(project, case.script, case.args, case.env, case.wishes)
    found = story(project, result, outcome)
    assert outcome is not None
    places = [(line.file, line.line) for line in found.lines]
    calls = [call.span for call in told_world(outcome).calls if call.span.file in project.files]
    errors = isinstance(result, Declined) and any(line.stops for line in found.lines)
    if not errors:  # else the list ends where the conversion did
        assert {(span.file, span.line) for span in calls} <= set(places)
    for line in found.lines:
        text = project.text(line.file)
        assert text is not None
        assert 1 <= line.line <= line.end_line <= text.count("\n") + 1
        assert line.text.strip()


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.status == "declined"])
def test_a_story_of_what_was_declined_ends_where_it_stopped(name: str, tmp_path: Path) -> None:
    case, project = CASES[name], loaded(name, tmp_path)
    result, outcome = convert_with_trace(project, case.script, case.args, case.env, case.wishes)
    found = story(project, result, outcome)
    assert found.lines[-1].stops
    assert {one.severity for line in found.lines for one in line.stops} == {Severity.ERROR}


@pytest.mark.parametrize("name", sorted(CASES))
def test_no_story_shows_what_only_the_program_understands(name: str, tmp_path: Path) -> None:
    case, project = CASES[name], loaded(name, tmp_path)
    result, outcome = convert_with_trace(project, case.script, case.args, case.env, case.wishes)
    found = story(project, result, outcome)
    assert [text for text in (render(found),) if leaks(text)] == []
    value = json.loads(document.render(result, found))
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(value)] == []
    assert [step["number"] for step in value["story"]] == list(range(1, len(found.lines) + 1))


@pytest.mark.parametrize("text", ["a \U00100003", "a \\U00100003", "on unknown3"])
def test_a_leak_is_seen(text: str) -> None:
    assert leaks(text)


# --- single shapes ----------------------------------------------------------------------------------------------------

BUILD = "docker build -t b -f Dockerfile.build .\n"
REST = "docker create --name x b\ndocker cp x:/app .\ndocker build -t app .\n"


def test_a_branch_that_is_not_taken_says_why() -> None:
    found = script(f"{BUILD}if [ -f gone ]; then\n  docker push b\nelse\n  docker tag b c\nfi\n{REST}")
    assert "3 skipped, as `[ -f gone ]` is not so here" in found
    assert "5 gives the image b the name c as well" in found


def test_what_a_condition_of_the_user_does_is_told_under_it() -> None:
    found = script(f'{BUILD}{REST}[ -z "$PUSH" ] || docker push app\n')
    assert found[-2:] == ['5 unless `[ -z "$PUSH" ]`, which is known when the script runs:', "5 publishes app"]


def test_the_way_out_of_an_error_is_told_in_one_line() -> None:
    found = script(f'if [ -z "$1" ]; then\n  echo usage; exit 1\nfi\n{BUILD}{REST}')
    assert found[0] == '1 gives up if `[ -z "$1" ]`; told here is what happens else'


def test_a_variable_of_the_user_is_called_a_parameter() -> None:
    found = script(f'V=${{VERSION:-1}}\nN=two\n{BUILD}{REST}docker tag app "app:$V"\n')
    assert found[0] == "1 V is ${VERSION:-1}, which is known only when the script runs: it stays a parameter"
    assert found[1] == "2 N is two"
    assert found[-1] == "7 gives the image app the name app:${VERSION:-1} as well"


def test_a_function_that_nothing_calls_is_named() -> None:
    assert script(f"clean() {{ docker rmi b; }}\n{BUILD}{REST}")[-1] == "1 never called: the function clean"


def test_what_stands_behind_the_end_is_named() -> None:
    assert script(f"{BUILD}{REST}exit 0\ndocker push app\n")[-1] == "6 not reached: the script ends before it"


def test_messages_in_a_row_are_one_step() -> None:
    assert script(f"echo a\necho b\nprintf c\n{BUILD}{REST}")[0] == "1 prints messages"


def test_a_block_that_writes_a_file_is_told() -> None:
    found = script("{\n  echo FROM alpine\n  echo COPY app /\n} > Dockerfile.two\ndocker build -f Dockerfile.two .\n")
    assert "1 the output of this goes to Dockerfile.two" in found


def test_a_trap_is_told_where_it_was_set() -> None:
    found = script(f"trap 'docker rm -f x' EXIT\n{BUILD}{REST}")
    assert found[0] == "1 keeps `docker rm -f x` to be run at the end"
    assert found[-1] == "1 removes the container x"


def test_what_is_not_understood_says_so() -> None:
    found = script(f"{BUILD}{REST}docker run --frobnicate x\nmake all\n")
    assert "5 runs `docker run --frobnicate x`; what it does is not known" in found
    assert "6 runs `make all`; what it does is not known, so any file may be another one now" in found


def test_nothing_of_the_script_can_act_on_a_terminal() -> None:
    text = f'N=$\'a\\x1b[2J\'\n{BUILD}docker create --name "$N" b\ndocker cp "$N":/app .\ndocker build -t app .\n'
    assert "\x1b" not in render(
        told(Project.of({"build.sh": text, "Dockerfile.build": "FROM a", "Dockerfile": "FROM b"}))
    )


def test_a_long_script_is_told_in_part() -> None:
    found = told(
        Project.of({"build.sh": BUILD + "docker tag b c\nmkdir a\nrmdir a\n" * 200, "Dockerfile.build": "FROM a"})
    )
    assert len(found.lines) == 300
    assert found.left_out == 301
    assert render(found).endswith("… and 301 more steps\n")


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["convert", "--explain", *words])


def test_the_command_tells_on_stderr_and_in_the_document() -> None:
    path = str(ROOT / "samples" / "http-server")
    found = run(path)
    assert found.exit_code == 0
    assert "What the script does" not in found.stdout
    assert found.stderr.index("What the script does") < found.stderr.index("The images become stages")
    found = run("--format", "json", path)
    assert found.stderr == ""
    assert json.loads(found.stdout)["story"][1]["text"].startswith("builds the image http-server:build from")
    plain = CliRunner().invoke(main, ["convert", "--format", "json", path])
    assert "story" not in json.loads(plain.stdout)


def test_the_command_tells_of_what_was_declined(tmp_path: Path) -> None:
    found = run(str(copy_repo(CASES["decline-host-make"], tmp_path)))
    assert found.exit_code == 1
    assert "stopped here: MG132" in found.stderr
