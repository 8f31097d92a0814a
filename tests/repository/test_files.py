"""The rest of the repository: what is removed, what is rewritten because it must be right, what is only told."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from repository import FILES, contents, migrated, project_of

from migrator.migration.convert import convert
from migrator.migration.result import NotApplicable
from migrator.project import Project
from migrator.report import patch

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """\
#!/bin/sh
set -e
docker build -t app:build -f Dockerfile.build .
docker create --name x app:build
docker cp x:/out/app app
docker rm x
docker build -t app .
rm app
"""
COMMAND = "docker build -t app ."

# Files that do not name anything of the old way, or only seem to: they stay as they are.
UNTOUCHED = {
    "README.md": "# app\n\nBuilt with docker.\n",
    "CHANGELOG.md": "- build.sh: faster\n",
    "rebuild.sh": "#!/bin/sh\n./rebuild.sh.bak\n",
    "Makefile": "all:\n\tcc main.c\n",
    ".gitignore": "*.o\nbuild/\n!app\n",
    "docker-compose.yml": "services:\n  app:\n    build: .\n",
    "node_modules/x/README.md": "./build.sh\n",
    "steps.sh": "# ./$1.sh\nfor step in lint; do ./check-$step.sh; rm -f $step.o; done\n",
}


@pytest.mark.parametrize("name", UNTOUCHED)
def test_a_file_that_does_not_name_the_old_way_stays(name: str) -> None:
    found = migrated(SCRIPT, {name: UNTOUCHED[name]})
    assert name not in contents(found)
    assert found.tasks == ()


def test_a_script_that_stays_is_called_as_before() -> None:
    files = {"Makefile": "image:\n\t./build.sh\n", "README.md": "Run `./build.sh`.\n"}
    found = contents(migrated(SCRIPT + "docker push app\n", files))
    assert found["build.sh"] == "#!/bin/sh\nset -e\ndocker build -t app .\ndocker push app\n"
    assert set(found) == {"Dockerfile", "Dockerfile.build", "build.sh"}


def test_old_files_go_and_the_script_with_them() -> None:
    found = contents(migrated(SCRIPT))
    assert found["Dockerfile.build"] is None
    assert found["build.sh"] is None
    assert "COPY --from=" in (found["Dockerfile"] or "")


def test_old_files_are_kept_when_asked_for() -> None:
    found = contents(migrated(SCRIPT, keep_old=True))
    assert "Dockerfile.build" not in found
    assert found["build.sh"] == f"#!/bin/sh\nset -e\n{COMMAND}\n"


CALLS = {
    "Makefile": ("image:\n\t@./build.sh\n", f"image:\n\t@{COMMAND}\n"),
    ".github/workflows/ci.yml": (
        "jobs:\n  image:\n    steps:\n      # build it\n      - run: ./build.sh   \n",
        f"jobs:\n  image:\n    steps:\n      # build it\n      - run: {COMMAND}   \n",
    ),
    ".gitlab-ci.yml": ("image:\n  script:\n    - sh build.sh\n", f"image:\n  script:\n    - {COMMAND}\n"),
    ".travis.yml": ("script: ./build.sh\n", f"script: {COMMAND}\n"),
    ".circleci/config.yml": (
        "jobs:\n  x:\n    steps:\n      - run: |\n          bash ./build.sh\n          docker push app\n",
        f"jobs:\n  x:\n    steps:\n      - run: |\n          {COMMAND}\n          docker push app\n",
    ),
    "Jenkinsfile": (
        "stage('x') { steps {\n  sh './build.sh'\n} }\n",
        f"stage('x') {{ steps {{\n  sh '{COMMAND}'\n}} }}\n",
    ),
    "package.json": (
        '{"scripts": {\n  "image": "./build.sh"\n}}\n',
        f'{{"scripts": {{\n  "image": "{COMMAND}"\n}}}}\n',
    ),
    "release.sh": ("#!/bin/sh\n./build.sh\ndocker push app\n", f"#!/bin/sh\n{COMMAND}\ndocker push app\n"),
    "README.md": ("# app\n\n```sh\n$ ./build.sh\n```\n", f"# app\n\n```sh\n$ {COMMAND}\n```\n"),
    "GNUmakefile": (
        "image: ; @true\n\t./build.sh && docker push app; echo $$HOME\n",
        f"image: ; @true\n\t{COMMAND} && docker push app; echo $$HOME\n",
    ),
    "azure-pipelines.yml": (
        "steps:\n- script: ./build.sh && docker push app\n  displayName: image\n",
        f"steps:\n- script: {COMMAND} && docker push app\n  displayName: image\n",
    ),
    "again.sh": (
        "#!/bin/sh\nif ! ./build.sh >log 2>&1; then\n  cat log\nfi\n",
        f"#!/bin/sh\nif ! {COMMAND} >log 2>&1; then\n  cat log\nfi\n",
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_line_that_is_nothing_but_the_call_becomes_the_command(name: str) -> None:
    before, after = CALLS[name]
    found = migrated(SCRIPT, {name: before})
    assert contents(found)[name] == after
    assert contents(found)["build.sh"] is None
    assert found.tasks == ()


UNCERTAIN = {
    "Makefile": "image:\n\tcd x && ./build.sh\n",
    "ci/Makefile": "image:\n\t../build.sh\n",
    ".github/workflows/ci.yml": "jobs:\n  x:\n    steps:\n      - run: ./build.sh\n        working-directory: sub\n",
    ".gitlab-ci.yml": "script:\n  - ./build.sh 1.2\n",
    "release.sh": "cd sub\n./build.sh\n",
    "deploy.py": "subprocess.run(['./build.sh'])\n",
    "Jenkinsfile": "dir('x') { sh './build.sh' }\n",
    ".travis.yml": "script: >\n  ./build.sh\n  1.2\n",
    "azure-pipelines.yml": "steps:\n- script: ./build.sh\n    1.2\n",
    "tests/run.sh": "# ./build.sh of this folder\n./build.sh\n",
    "GNUmakefile": "image:\n\techo built && \\\n\t./build.sh\n",
    "image.mk": "STEP = build\nimage:\n\t./$(STEP).sh\n",
    "all.sh": "for step in lint build; do ./$step.sh; done\n",
}


@pytest.mark.parametrize("name", UNCERTAIN)
def test_a_script_that_something_else_calls_stays_to_be_called(name: str) -> None:
    found = contents(migrated(SCRIPT, {name: UNCERTAIN[name]}))
    assert name not in found
    assert found["build.sh"] == f"#!/bin/sh\nset -e\n{COMMAND}\n"
    tasks = migrated(SCRIPT, {name: UNCERTAIN[name]}).tasks
    assert {(task.code, task.span.file) for task in tasks if task.span} == {("MG506", name)}


COMMENTS = {
    "Makefile": "# build.sh makes the image\nall:\n\tcc main.c\n",
    "lint.sh": "#!/bin/sh\n# not for build.sh\ntrue\n",
    ".gitlab-ci.yml": "# see ./build.sh\nx:\n  script: make\n",
    "Jenkinsfile": "// sh './build.sh'\nnode {}\n",
    "setup.py": "import subprocess  # as build.sh does\n",
    "tasks.py": '"""Run build.sh first."""\n',
}


@pytest.mark.parametrize("name", COMMENTS)
def test_a_comment_that_names_the_script_does_not_keep_it(name: str) -> None:
    found = migrated(SCRIPT, {name: COMMENTS[name]})
    assert contents(found)["build.sh"] is None
    assert name not in contents(found)
    assert [(task.code, task.span.file) for task in found.tasks if task.span] == [("MG504", name)]


def test_a_sentence_that_names_the_script_is_a_task() -> None:
    found = migrated(SCRIPT, {"README.md": "# app\n\nRun `build.sh` to build.\n"})
    assert contents(found)["build.sh"] is None
    assert [(task.code, task.span.file, task.span.line) for task in found.tasks if task.span] == [
        ("MG504", "README.md", 3)
    ]
    assert COMMAND in found.tasks[0].advice


def test_a_dockerfile_that_another_script_reads_is_kept_and_told() -> None:
    found = migrated(SCRIPT, {"lint.sh": "#!/bin/sh\ndocker build -f Dockerfile.build -t lint .\n"})
    assert "Dockerfile.build" not in contents(found)
    assert [(task.code, task.span.file, task.span.line) for task in found.tasks if task.span] == [
        ("MG506", "lint.sh", 2)
    ]


def test_a_sentence_that_names_an_old_dockerfile_is_a_task() -> None:
    found = migrated(SCRIPT, {"README.md": "See Dockerfile.build.\n"})
    assert contents(found)["Dockerfile.build"] is None
    assert [task.code for task in found.tasks] == ["MG505"]


def test_a_line_that_names_the_old_builder_image_is_a_task() -> None:
    found = migrated(SCRIPT, {"clean.sh": "#!/bin/sh\ndocker rmi app:build app\n"})
    assert [(task.code, task.span.line) for task in found.tasks if task.span] == [("MG505", 2)]


def test_a_script_that_the_image_takes_in_is_not_removed() -> None:
    runtime = FILES["Dockerfile"].replace("CMD", "COPY build.sh /usr/share/doc/\nCMD")
    assert contents(migrated(SCRIPT, {"Dockerfile": runtime})).get("build.sh", "") is not None


COMPOSE = """\
services:
  compiler:
    build:
      context: .  # the root
      dockerfile: Dockerfile.build
    command: make
  app:
    build: .
"""


def test_compose_gets_the_stage_as_target() -> None:
    found = contents(migrated(SCRIPT, {"docker-compose.yml": COMPOSE}))
    assert found["docker-compose.yml"] == COMPOSE.replace(
        "dockerfile: Dockerfile.build\n", "dockerfile: Dockerfile\n      target: builder\n"
    )
    assert found["Dockerfile.build"] is None


@pytest.mark.parametrize("more", ["      args:\n        X: 1\n", "      target: other\n"])
def test_compose_with_more_to_it_is_left_alone(more: str) -> None:
    text = COMPOSE.replace("    command: make\n", f"{more}    command: make\n")
    found = migrated(SCRIPT, {"docker-compose.yml": text})
    assert "docker-compose.yml" not in contents(found)
    assert "Dockerfile.build" not in contents(found)
    assert [task.code for task in found.tasks] == ["MG506"]


@pytest.mark.parametrize(
    "other", ["  two:\n    build:\n      <<: *b\n      context: ./sub\n", "  two:\n    extends:\n      service: one\n"]
)
def test_compose_whose_build_another_service_takes_over_in_part_is_left_alone(other: str) -> None:
    text = "x-b: &b\n  context: .\n  dockerfile: Dockerfile.build\nservices:\n  one:\n    build: *b\n" + other
    found = migrated(SCRIPT, {"docker-compose.yml": text, "sub/Dockerfile.build": "FROM alpine\n"})
    assert {"docker-compose.yml", "Dockerfile.build"} & set(contents(found)) == set()
    assert [task.code for task in found.tasks] == ["MG506"]


def test_the_artifact_is_not_ignored_any_more() -> None:
    found = contents(migrated(SCRIPT, {".gitignore": "# artifacts\n/app\n*.o\n"}))
    assert found[".gitignore"] == "# artifacts\n*.o\n"


def test_an_artifact_that_something_else_makes_is_still_ignored() -> None:
    found = contents(migrated(SCRIPT, {".gitignore": "/app\n", "Makefile": "app: main.c\n\tcc -o app main.c\n"}))
    assert ".gitignore" not in found


def test_a_folder_that_tools_make_of_their_own_accord_is_still_ignored() -> None:
    script = SCRIPT.replace("/out/app app", "/out dist").replace("rm app", "rm -rf dist")
    runtime = {"Dockerfile": "FROM alpine\nCOPY dist /srv\n", ".gitignore": "dist/\n"}
    assert ".gitignore" not in contents(migrated(script, runtime))
    other = {"Dockerfile": "FROM alpine\nCOPY site /srv\n", ".gitignore": "site/\n"}
    assert contents(migrated(script.replace("dist", "site"), other))[".gitignore"] == ""


def test_the_artifact_is_not_let_into_the_context_any_more() -> None:
    found = contents(migrated(SCRIPT, {".dockerignore": "*\n!main.c\n!app  \n# !app\n"}))
    assert found[".dockerignore"] == "*\n!main.c\n# !app\n"


def test_what_is_let_in_and_not_only_an_artifact_is_still_let_in() -> None:
    files = {".dockerignore": "*\n!main.c\n!app\n", "app/keep.txt": ""}
    assert ".dockerignore" not in contents(
        migrated(SCRIPT.replace("/out/app app", "/out/app app/").replace("rm app", "rm app/app"), files)
    )


# --- builds of a folder ---------------------------------------------------------------------------------------------

FOLDERS = {"run/Dockerfile": FILES["Dockerfile"], "Dockerfile": "FROM scratch\n"}
IN_FOLDER = (
    SCRIPT.replace("/out/app app", "/out/app run/app").replace("-t app .", "-t app run").replace("rm app", "rm run/app")
)
BUILDS = {
    "    build: ./run  # the image\n": "    build:\n      context: .\n      dockerfile: run/Dockerfile  # the image\n",
    '    build:   "run"\r\n': "    build:\n      context: .\n      dockerfile: run/Dockerfile\r\n",
    "    build:\n      context: run  # here\n      pull: true\n": (
        "    build:\n      context: .  # here\n      dockerfile: run/Dockerfile\n      pull: true\n"
    ),
    "    build:\n      context: run\n      dockerfile: Dockerfile\n": None,
    "    build: .\n": None,
    "    build: other\n": None,
}


@pytest.mark.parametrize("text", BUILDS)
def test_compose_builds_the_new_file_in_its_context(text: str) -> None:
    before = f"services:\n  app:\n{text}    command: app\n"
    after = BUILDS[text]
    found = contents(migrated(IN_FOLDER, {**FOLDERS, "ci/note": "", "docker-compose.yml": before}))
    assert found.get("docker-compose.yml", before) == (before if after is None else before.replace(text, after))


def test_compose_in_a_folder_finds_the_new_file_from_there() -> None:
    before = "services:\n  app:\n    build: ../run\n"
    found = contents(migrated(IN_FOLDER, {**FOLDERS, "deploy/compose.yaml": before}))
    assert found["deploy/compose.yaml"] == before.replace(
        "build: ../run\n", "build:\n      context: ..\n      dockerfile: run/Dockerfile\n"
    )


TOLD = {
    "Makefile": "image:\n\tdocker build -t app --pull run\n",
    ".gitlab-ci.yml": "x:\n  script:\n    - docker build run && docker push app\n",
    "docker-compose.yml": "services:\n  a:\n    build:\n      context: run\n      args:\n        A: 1\n",
}


@pytest.mark.parametrize("name", TOLD)
def test_another_build_of_the_folder_is_told(name: str) -> None:
    found = migrated(IN_FOLDER, {**FOLDERS, name: TOLD[name]})
    assert name not in contents(found)
    assert [(task.code, task.span.file) for task in found.tasks if task.span] == [("MG570", name)]


def test_a_build_of_another_folder_or_of_a_named_file_is_not_told() -> None:
    text = "all:\n\tdocker build .\n\tdocker build -f other/Dockerfile run\n\tdocker build -t run other\n"
    assert migrated(IN_FOLDER, {**FOLDERS, "Makefile": text}).tasks == ()


# --- the whole of it ------------------------------------------------------------------------------------------------


def test_a_second_run_finds_nothing_to_do() -> None:
    texts = {path: text for path, text in contents(migrated(SCRIPT + "docker push app\n")).items() if text is not None}
    project = project_of(SCRIPT)
    after = {path: project.text(path) or "" for path in project.files} | texts
    assert isinstance(convert(Project.of(after), "build.sh"), NotApplicable)


def test_git_takes_the_patch(tmp_path: Path) -> None:
    files = {"Makefile": CALLS["Makefile"][0], "README.md": "Run build.sh.\n", ".gitignore": "/app\n"}
    project = project_of(SCRIPT, files)
    for path in project.files:
        (tmp_path / path).write_text(project.text(path) or "", encoding="utf-8")
    (tmp_path / "build.sh").chmod(0o755)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    found = migrated(SCRIPT, files)
    text = patch.render(project, found.files)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=text, text=True, check=True)
    left = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir() if path.is_file()}
    expected = {path: project.text(path) for path in project.files} | contents(found)
    assert left == {path: content for path, content in expected.items() if content is not None}
