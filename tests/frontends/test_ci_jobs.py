"""Jobs of CI files as shell text: what they run (by a real bash, with a docker that only notes), where it stands."""

from __future__ import annotations

import re
import subprocess
import textwrap
from typing import TYPE_CHECKING

import pytest

from migrator.frontends.read import read
from migrator.project import Project
from migrator.source import Derived

if TYPE_CHECKING:
    from pathlib import Path

    from migrator.frontends.program import Program

GITHUB, GITLAB, TRAVIS, CIRCLE = ".github/workflows/ci.yml", ".gitlab-ci.yml", ".travis.yml", ".circleci/config.yml"
HEAD = "jobs:\n  build:\n    runs-on: ubuntu-latest\n"
CHECKOUT = "      - uses: actions/checkout@v4\n"


def github(steps: str, before: str = "", job: str = "") -> str:
    listed = textwrap.indent(textwrap.dedent(steps).strip("\n"), "      ")
    return f"{before}{HEAD}{textwrap.indent(textwrap.dedent(job), '    ')}    steps:\n{CHECKOUT}{listed}\n"


def circle(steps: str, job: str = "", before: str = "") -> str:
    listed = textwrap.indent(textwrap.dedent(steps).strip("\n"), "      ")
    return f"{before}jobs:\n  build:\n    machine: true\n{job}    steps:\n      - checkout\n{listed}\n"


def job(path: str, text: str, *args: str, part: str = "build", env: dict[str, str] | None = None) -> Program:
    project = Project.of({path: text, "app/Dockerfile": "FROM alpine\n", "more.yml": "x: 1\n"})
    return read(project, f"{path}:{part}" if part else path, args, env or {})


def ran(program: Program, tmp_path: Path, code: int = 0, **environment: str) -> list[str]:
    """What a real bash hands to docker when it runs the text."""
    assert [one.code for one in program.diagnostics if one.severity == "error"] == []
    (tmp_path / "bin").mkdir(exist_ok=True)
    (tmp_path / "repo" / "app").mkdir(parents=True, exist_ok=True)
    log = tmp_path / "log"
    log.write_text("")
    stub = tmp_path / "bin" / "docker"
    stub.write_text(f'#!/bin/sh\nprintf "%s" "${{PWD##*/}}" >> {log}\nprintf " [%s]" "$@" >> {log}\necho >> {log}\n')
    stub.chmod(0o755)
    path = f"{tmp_path}/bin:/usr/bin:/bin"
    done = subprocess.run(
        ["bash", "-c", program.source.text], cwd=tmp_path / "repo", env={"PATH": path, **environment}, check=False
    )
    assert done.returncode == code
    return log.read_text().splitlines()


def refusal(program: Program) -> tuple[str, int, str]:
    assert program.source.text == ""
    (found,) = program.diagnostics
    assert found.span is not None
    return found.code, found.span.line, found.message


def test_github_runs_each_step_in_a_shell_of_its_own(tmp_path: Path) -> None:
    text = github("""
        - run: |
            cd app
            LOCAL=1
            docker a
        - run: docker b "$LOCAL"
        - working-directory: app
          env: {NAME: 'x y$z'}
          run: docker c "$NAME"
        - run: docker d "${NAME-none}"
    """)
    assert ran(job(GITHUB, text), tmp_path) == ["app [a]", "repo [b] []", "app [c] [x y$z]", "repo [d] [none]"]


@pytest.mark.parametrize(
    ("shell", "calls", "code"),
    [
        ("", ["repo [piped]", "repo [next]"], 0),
        ("\n  shell: bash", [], 1),
        ("\n  shell: sh", ["repo [piped]", "repo [next]"], 0),
    ],
)
def test_github_shell_decides_about_pipes(shell: str, calls: list[str], code: int, tmp_path: Path) -> None:
    text = github(f"- run: |\n    false | true\n    docker piped{shell}\n- run: docker next")
    assert ran(job(GITHUB, text), tmp_path, code) == calls


def test_github_failure_ends_the_job_unless_the_step_says_otherwise(tmp_path: Path) -> None:
    steps = (
        "- run: |\n    false\n    docker a\n  continue-on-error: true\n- run: docker b\n- run: false\n- run: docker c"
    )
    assert ran(job(GITHUB, github(steps)), tmp_path, 1) == ["repo [b]"]


def test_github_values_go_from_the_file_to_the_step(tmp_path: Path) -> None:
    before = "env:\n  A: top\n  B: ${{ github.sha }}\ndefaults:\n  run:\n    working-directory: app\n"
    own = "env:\n  A: job\nstrategy:\n  matrix:\n    base: ['3.1']\n"
    steps = """
        - run: docker ${{ matrix.base }} ${{ env.A }} '${{ env.B }}' "$B" 'it''s ${{ github.ref_name }}'
          env:
            A: step
    """
    program = job(GITHUB, github(steps, before, own))
    expected = ["app [3.1] [step] [abc] [abc] [its main]"]
    assert ran(program, tmp_path, GITHUB_SHA="abc", GITHUB_REF_NAME="main") == expected
    assert program.diagnostics == ()


def test_github_matrix_of_several_values_has_to_be_given(tmp_path: Path) -> None:
    own = "strategy:\n  matrix:\n    base: [a, b]\n"
    text = github("- run: docker build ${{ matrix.base }}", job=own)
    assert refusal(job(GITHUB, text))[:2] == ("MG541", 9)
    assert ran(job(GITHUB, text, "matrix.base=b"), tmp_path) == ["repo [build] [b]"]
    assert ran(job(GITHUB, github("- run: docker build", job=own)), tmp_path) == ["repo [build]"]


def test_github_names_what_only_the_service_knows(tmp_path: Path) -> None:
    program = job(GITHUB, github("- run: docker build -t ${{ vars.REGISTRY }}/a:${{ hashFiles('x') }} ."))
    assert [(one.code, one.span.line if one.span else 0) for one in program.diagnostics] == [("MG548", 6)] * 2
    assert "VARS_REGISTRY" in program.diagnostics[0].message
    found = ran(
        program,
        tmp_path,
        VARS_REGISTRY="host",
        **{re.findall(r"\w*EXPRESSION\w*", program.diagnostics[1].message)[0]: "1"},
    )
    assert found == ["repo [build] [-t] [host/a:1] [.]"]


@pytest.mark.parametrize(
    ("condition", "environment", "calls"),
    [
        ("always()", {}, 1),
        ("failure()", {}, 0),
        ("${{ github.ref == 'refs/heads/main' }}", {"GITHUB_REF": "refs/heads/main"}, 1),
        ("github.ref == 'refs/heads/main' && github.event_name != 'push'", {"GITHUB_REF": "refs/heads/main"}, 1),
        ("github.ref == 'refs/heads/main'", {}, 0),
        ("startsWith(github.ref, 'refs/tags/')", {"GITHUB_REF": "refs/tags/v1"}, 1),
        ("contains(github.ref, 'x')", {}, 0),
    ],
)
def test_github_conditions(condition: str, environment: dict[str, str], calls: int, tmp_path: Path) -> None:
    text = github(f'- if: "{condition}"\n  run: docker push')
    assert len(ran(job(GITHUB, text), tmp_path, **environment)) == calls


def test_github_build_action_is_a_docker_build(tmp_path: Path) -> None:
    steps = """
        - uses: docker/build-push-action@v6
          with:
            context: ./app
            push: true
            target: prod
            build-args: |
              A=1,2
              B=${{ github.sha }}
            tags: a:1,b:2
    """
    expected = "repo [build] [--target] [prod] [--build-arg] [A=1,2] [--build-arg] [B=x y] [--tag] [a:1] [--tag] [b:2]"
    expected += " [--file] [./app/Dockerfile] [./app]"
    assert ran(job(GITHUB, github(steps)), tmp_path, GITHUB_SHA="x y") == [expected]


def test_github_variables_that_a_step_hands_on(tmp_path: Path) -> None:
    steps = """
        - run: |
            V=$(echo 1)
            echo "TAG=v$V" >> $GITHUB_ENV
        - run: docker build -t a:$TAG -t b:${{ env.TAG }} .
    """
    assert ran(job(GITHUB, github(steps)), tmp_path) == ["repo [build] [-t] [a:v1] [-t] [b:v1] [.]"]


@pytest.mark.parametrize(
    ("steps", "code", "line"),
    [
        ("- uses: acme/prepare@v1\n- run: docker a", "MG549", 6),
        ("- uses: ./tools/action\n- run: docker a", "MG549", 6),
        ("- uses: actions/download-artifact@v4\n- run: docker a", "MG549", 6),
        ("- uses: actions/checkout@v4\n  with:\n    path: other\n- run: docker a", "MG545", 8),
        ("- run: docker a\n- run: x\n  shell: pwsh", "MG545", 8),
        ("- uses: docker/build-push-action@v6\n  with:\n    tags: a", "MG545", 6),
        ("- uses: docker/build-push-action@v6\n  with:\n    context: .\n    secrets: a", "MG545", 9),
        ("- uses: docker/build-push-action@v6\n  with:\n    context: https://host/a.git", "MG545", 8),
        ("- run: cd app; echo A=1 >> $GITHUB_ENV\n- run: docker $A", "MG545", 6),
        ("- run: |\n    LOCAL=1\n    echo A=1 >> $GITHUB_ENV\n- run: docker $A $LOCAL", "MG545", 8),
        ("- run: |\n    cat <<'END'\n    ${{ github.sha }}\n    END", "MG541", 8),
    ],
)
def test_github_refuses_what_it_cannot_follow(steps: str, code: str, line: int) -> None:
    assert refusal(job(GITHUB, github(steps)))[:2] == (code, line)


def test_github_steps_after_the_last_command_do_not_matter(tmp_path: Path) -> None:
    assert ran(job(GITHUB, github("- run: docker a\n- uses: acme/tell@v1")), tmp_path) == ["repo [a]"]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (HEAD + "    container: golang\n    steps:\n" + CHECKOUT, "MG545", 4),
        (HEAD.replace("ubuntu", "windows") + "    steps:\n" + CHECKOUT, "MG545", 3),
        (HEAD + "    steps:\n      - run: docker a\n", "MG545", 3),
        ("jobs:\n  build:\n    uses: ./other.yml\n", "MG545", 3),
        ("jobs:\n  other: {}\n", "MG540", 1),
        ("jobs: [\n", "MG540", 2),
        (github("- run: docker a", "env:\n  V: 1.10\n"), "MG541", 2),
    ],
)
def test_github_refuses_jobs(text: str, code: str, line: int) -> None:
    assert refusal(job(GITHUB, text))[:2] == (code, line)


def test_gitlab_runs_one_shell_with_errexit_and_pipefail(tmp_path: Path) -> None:
    text = """\
        variables: {GLOBAL: "g$B", B: b, SAME: top}
        before_script:
          - cd app
          - docker before
        .base: &base
          variables: {SAME: base}
          after_script: [docker after, "false", docker never]
        build:
          <<: *base
          variables: {SAME: "job $$ $CI_COMMIT_SHA"}
          script:
            - docker one "$GLOBAL" "$SAME"
            - |
              docker two
              docker three
            - false | true
            - docker never
    """
    text = textwrap.dedent(text)
    ends = text.replace("    - false | true\n", "")
    first = ["app [before]", "app [one] [gb] [job $ abc]", "app [two]", "app [three]"]
    assert ran(job(GITLAB, text), tmp_path, 1, CI_COMMIT_SHA="abc") == first
    assert ran(job(GITLAB, ends), tmp_path, CI_COMMIT_SHA="abc") == [*first, "app [never]", "app [after]"]


def test_gitlab_extends_and_references(tmp_path: Path) -> None:
    text = """\
        .a: {script: [docker a], variables: {X: "1", Y: "1"}}
        .b: {before_script: [docker b $X $Y]}
        build:
          extends: [.a, .b]
          variables: {Y: "2"}
          script: [!reference [.a, script], docker own]
    """
    assert ran(job(GITLAB, textwrap.dedent(text)), tmp_path) == ["repo [b] [1] [2]", "repo [a]", "repo [own]"]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("include: https://host/x.yml\nbuild: {script: [docker a]}\n", "MG545", 1),
        ("build: {extends: .none, script: [docker a]}\n", "MG540", 1),
        ("one:\n  stage: .pre\n  artifacts:\n    paths: [out]\nbuild: {script: [docker a]}\n", "MG545", 4),
        ("build:\n  parallel:\n    matrix:\n      - V: [1, 2]\n  script: [docker $V]\n", "MG541", 4),
        ("build:\n  script: [!reference [.none, script]]\n", "MG540", 2),
        ("build: {trigger: x}\n", "MG545", 1),
    ],
)
def test_gitlab_refuses_what_it_cannot_follow(text: str, code: str, line: int) -> None:
    assert refusal(job(GITLAB, text))[:2] == (code, line)


def test_gitlab_job_without_dependencies_gets_no_artifacts(tmp_path: Path) -> None:
    text = "one: {stage: .pre, artifacts: {paths: [out]}}\nbuild: {script: [docker a], dependencies: []}\n"
    assert ran(job(GITLAB, text), tmp_path) == ["repo [a]"]


def test_travis_runs_commands_one_by_one(tmp_path: Path) -> None:
    text = """\
        language: minimal
        env:
          global:
            - A=1 B="x y"
            - secure: abc
        before_install: cd app
        script:
          - false | true; false; docker a "$A" "$B"
          - docker b
        after_success: [docker c, "false", docker d]
        deploy: {provider: script, script: docker deploy, on: {tags: true}}
    """
    expected = ["app [a] [1] [x y]", "app [b]", "app [c]", "app [d]"]
    text = textwrap.dedent(text)
    assert ran(job(TRAVIS, text, part=""), tmp_path) == expected
    assert ran(job(TRAVIS, text, part=""), tmp_path, CONDITION_11="1") == [*expected, "app [deploy]"]
    failing = text.replace("before_install: cd app", "install: 'true && false'")
    assert ran(job(TRAVIS, failing, part=""), tmp_path, 1) == []


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("script: docker $V\nenv:\n  - V=1\n  - V=2\n", "MG541", 3),
        ("script: docker a\njobs:\n  include: []\n", "MG545", 3),
        ("language: go\n", "MG545", 1),
        ("script: docker a\nos: osx\n", "MG545", 2),
    ],
)
def test_travis_refuses_what_it_cannot_follow(text: str, code: str, line: int) -> None:
    assert refusal(job(TRAVIS, text, part=""))[:2] == (code, line)


def test_travis_runs_what_the_language_installs() -> None:
    project = Project.of({TRAVIS: "language: node_js\nscript: docker build .\n", "package.json": "{}"})
    assert "npm install" in read(project, TRAVIS, (), {}).source.text


def test_circle_runs_each_step_in_a_shell_with_pipefail(tmp_path: Path) -> None:
    before = "commands:\n  image:\n    parameters:\n      name: {default: none, type: string}\n    steps:\n"
    before += "      - run: docker build << parameters.name >>\n"
    steps = """
        - setup_remote_docker
        - run: {name: first, command: cd app; docker a, environment: {V: $x}}
        - run: docker b "<< pipeline.number >>"
        - run: {command: 'docker c "$V"', working_directory: app}
        - image: {name: x}
        - image
        - run: {command: docker d, when: on_fail}
        - run: false | docker e
        - run: docker f
    """
    text = circle(steps, "    environment: {V: job}\n", before)
    assert ran(job(CIRCLE, text), tmp_path, 1, PIPELINE_NUMBER="7") == [
        "app [a]",
        "repo [b] [7]",
        "app [c] [job]",
        "repo [build] [x]",
        "repo [build] [none]",
        "repo [e]",
    ]


@pytest.mark.parametrize(
    ("steps", "code", "line"),
    [
        ("- attach_workspace: {at: .}\n- run: docker a", "MG549", 6),
        ("- docker/build: {image: x}\n- run: docker a", "MG549", 6),
        ("- run: echo 'export A=1' >> $BASH_ENV\n- run: docker $A", "MG545", 6),
        ("- run: docker << parameters.x >>", "MG541", 6),
        ("- run: {command: docker a, background: true}", "MG545", 6),
        ("- run: {command: docker a, shell: python}", "MG545", 6),
    ],
)
def test_circle_refuses_what_it_cannot_follow(steps: str, code: str, line: int) -> None:
    assert refusal(job(CIRCLE, circle(steps)))[:2] == (code, line)


STYLES = [
    "run: |\n    docker a  'x'\n      docker b\n\n    # c\n    docker d\n",
    "run: |-\n    docker a\n\n\n    docker b\n",
    "run: >-\n    docker a\n    b c\n\n    docker d\n",
    'run: "docker a \\"b\\" c"\n',
    "run: 'docker ''a'' b'\n",
    "run: docker a b\n    c  d\n",
]


@pytest.mark.parametrize("crlf", [False, True])
@pytest.mark.parametrize("style", STYLES)
def test_places_are_those_of_the_file(style: str, crlf: bool) -> None:  # noqa: FBT001
    text = github("- " + style)
    source = job(GITHUB, text.replace("\n", "\r\n") if crlf else text).source
    assert isinstance(source, Derived)
    exact = 0
    for piece, behind in zip(source.pieces, [*source.pieces[1:], None], strict=True):
        made = source.text[piece.start : behind.start if behind else None]
        if piece.exact:
            assert piece.origin.text == made
            exact += len(made)
    assert exact >= len("docker a")
    for word in ("docker d", "docker b"):
        if word in source.text and word in text:
            at = source.text.index(word)
            assert source.span(at, at + len(word)).line == text[: text.index(word)].count("\n") + 1
