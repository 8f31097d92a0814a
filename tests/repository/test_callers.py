"""Lines that call a script which goes: what they become, and those for which it stays."""

from __future__ import annotations

import pytest
from repository import contents, migrated

from migrator.project import Project
from migrator.repository.mentions import file_mentions

SCRIPT = """\
#!/bin/sh
set -e
docker build -t b -f Dockerfile.build .
id=$(docker create b)
docker cp $id:/out/app app
docker rm $id
docker build -t app .
rm app
"""
FILES = {
    "Dockerfile.build": "FROM alpine\nRUN mkdir /out && echo hello > /out/app\n",
    "Dockerfile": "FROM alpine\nCOPY app /usr/bin/app\n",
}
NEW = "docker build -t app ."
REWRITTEN = {
    ".travis.yml": [
        ("script:\n  - ./build.sh   # it\n  - x\n", "script:\n  - @   # it\n  - x\n"),
        ("script:\n  - chmod +x build.sh\n  - ./build.sh\n", "script:\n  - @\n"),
    ],
    ".github/workflows/ci.yml": [
        (
            "steps:\n  - run: chmod 755 ./build.sh\n  - run: |\n      make test\n      bash build.sh # image\n",
            "steps:\n  - run: |\n      make test\n      @ # image\n",
        ),
    ],
    "Jenkinsfile": [
        ("stage('x') { steps { sh './build.sh' } }\n", "stage('x') { steps { sh '@' } }\n"),
        ("  sh label: 'x', script: './build.sh'\n", "  sh label: 'x', script: '@'\n"),
        ('sh """\n  set -e\n  ./build.sh\n"""\n', 'sh """\n  set -e\n  @\n"""\n'),
        ("sh(script: '''\n  ./build.sh\n''')\n", "sh(script: '''\n  @\n''')\n"),
    ],
    ".drone.yml": [("steps:\n- name: x\n  commands:\n  - ./build.sh\n", "steps:\n- name: x\n  commands:\n  - @\n")],
    "bitbucket-pipelines.yml": [("- step:\n    script:\n      - ./build.sh\n", "- step:\n    script:\n      - @\n")],
    ".buildkite/pipeline.yml": [("steps:\n  - command: ./build.sh\n", "steps:\n  - command: @\n")],
    ".woodpecker/image.yaml": [("steps:\n  image:\n    commands:\n      - ./build.sh\n",
                                "steps:\n  image:\n    commands:\n      - @\n")],
    "appveyor.yml": [("build_script:\n  - sh: ./build.sh\n", "build_script:\n  - sh: @\n")],
    "buildspec.yml": [("phases:\n  build:\n    commands:\n      - ./build.sh\n",
                       "phases:\n  build:\n    commands:\n      - @\n")],
    "Taskfile.yml": [("tasks:\n  image:\n    cmds:\n      - ./build.sh && task push\n",
                      "tasks:\n  image:\n    cmds:\n      - @ && task push\n")],
    "Rakefile": [("task :image do\n  sh './build.sh'\nend\n", "task :image do\n  sh '@'\nend\n"),
                 ('  system("./build.sh")\n', '  system("@")\n')],
    ".vscode/tasks.json": [
        ('{"tasks": [\n  {\n    "type": "shell",\n    "command": "./build.sh",\n    "group": "build"\n  }\n]}\n',
         '{"tasks": [\n  {\n    "type": "shell",\n    "command": "@",\n    "group": "build"\n  }\n]}\n'),
    ],
    ".pre-commit-config.yaml": [
        ("  hooks:\n  - id: x\n    pass_filenames: false\n    entry: ./build.sh # it\n    language: script\n",
         "  hooks:\n  - id: x\n    pass_filenames: false\n    entry: @ # it\n    language: system\n"),
        ("  hooks:\n  - id: x\n    language: system\n    entry: sh build.sh\n    pass_filenames: false\n",
         "  hooks:\n  - id: x\n    language: system\n    entry: @\n    pass_filenames: false\n"),
    ],
    "package.json": [
        ('{"scripts": {\n  "release": "./build.sh && docker push app"\n}}\n',
         '{"scripts": {\n  "release": "@ && docker push app"\n}}\n'),
    ],
    "README.md": [
        ("```\n$ git clone https://example.org/x/app.git\n$ cd app\n$ ./build.sh\n```\n",
         "```\n$ git clone https://example.org/x/app.git\n$ cd app\n$ @\n```\n"),
        ("Build:\n\n    ./build.sh\n    docker run app\n", "Build:\n\n    @\n    docker run app\n"),
    ],
    "docs/build.rst": [(".. code-block:: sh\n\n   ./build.sh\n", ".. code-block:: sh\n\n   @\n"),
                       ("Do::\n\n  $ ./build.sh\n", "Do::\n\n  $ @\n")],
    "justfile": [("image:\n    @./build.sh\n", "image:\n    @@\n")],
    "release.sh": [
        ('cd "$(dirname "$0")"\n./build.sh && docker push app\n', 'cd "$(dirname "$0")"\n@ && docker push app\n'),
        ("chmod +x build.sh\n./build.sh\n", "@\n"),
    ],
}  # fmt: skip
KEPT = [
    (".github/workflows/ci.yml", "steps:\n  - name: y\n    run: chmod +x build.sh\n    id: z\n  - run: ./build.sh\n"),
    (".github/workflows/ci.yml", "steps:\n  - run: ./build.sh\n    working-directory: sub\n"),
    (".gitlab-ci.yml", "x:\n  script:\n    - chmod +x build.sh\n  after_script:\n    - ./build.sh\n"),
    ("Jenkinsfile", "sh 'FOO=1 ./build.sh'\n"),
    ("Jenkinsfile", 'sh """\n  cd sub\n  ./build.sh\n"""\n'),
    ("Jenkinsfile", 'echo """\n  ./build.sh\n"""\n'),
    ("justfile", "image:\n    cd sub\n    ./build.sh\n"),
    ("justfile", "image:\n    ./build.sh extra\n"),
    ("tools/justfile", "image:\n    ./build.sh\n"),
    ("release.sh", 'cd "$1"\n./build.sh\n'),
    ("release.sh", 'cd "$(dirname "$0")/.."\n./build.sh\n'),
    ("release.sh", 'cd "$(dirname "$0")"/sub\n./build.sh\n'),
    ("release.sh", "if true; then\n  chmod +x build.sh\nfi\n./build.sh\n"),
    ("Makefile", "B := ./build.sh\nimage:\n\t$(B)\n"),
    ("tox.ini", "[testenv:image]\ncommands = ./build.sh\n"),
    (".pre-commit-config.yaml", "  - id: x\n    entry: ./build.sh\n    language: script\n"),
    (".pre-commit-config.yaml", "- id: x\n  entry: ./build.sh\n  pass_filenames: false\n  language: docker\n"),
    (".pre-commit-config.yaml", "- entry: ./build.sh\n  args: [a]\n  pass_filenames: false\n  language: script\n"),
    (".vscode/tasks.json", '{"tasks": [\n{\n"type": "process",\n"command": "./build.sh"\n}\n]}\n'),
    (".vscode/tasks.json", '{"tasks": [\n{\n"type": "shell",\n"command": "./build.sh",\n"args": ["x"]\n}\n]}\n'),
    (".vscode/tasks.json", '[\n{\n"type": "shell",\n"options": {"cwd": "x"},\n"command": "./build.sh"\n}\n]\n'),
    ("Taskfile.yml", "tasks:\n  image:\n    dir: sub\n    cmds:\n      - ./build.sh\n"),
    ("sub/Taskfile.yml", "tasks:\n  image:\n    cmds:\n      - ../build.sh\n"),
    ("Rakefile", "task :image do\n  Dir.chdir('x') do\n    sh './build.sh'\n  end\nend\n"),
    ("package.json", '{"config": {\n  "image": "./build.sh"\n}}\n'),
    ("package.json", '{"scripts": {\n  "image": "cd x && ./build.sh"\n}}\n'),
    ("release.sh", 'ROOT=$(git rev-parse --show-toplevel)\n"$ROOT/build.sh"\n'),
    ("release.sh", "$ROOT/build.sh\n"),
    ("bin/release", "#!/bin/sh\n../build.sh\n"),
    ("app.service", "[Service]\nExecStartPre=/srv/app/build.sh\n"),
    ("Vagrantfile", 'config.vm.provision "shell", inline: "/vagrant/build.sh"\n'),
    ("Procfile", "web: ./build.sh && run\n"),
    ("CMakeLists.txt", "add_custom_target(image COMMAND ./build.sh)\n"),
    ("noxfile.py", "def image(session):\n    session.run('./build.sh', external=True)\n"),
    ("pyproject.toml", "[tool.poe.tasks]\nimage = './build.sh'\n"),
    (".teamcity/settings.kts", 'script { scriptContent = "./build.sh" }\n'),
    ("deploy.yml", "- hosts: all\n  tasks:\n  - command: ./build.sh\n"),
    ("Dockerfile.ci", "FROM docker\nCOPY . .\nRUN ./build.sh\n"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "before", "after"), [(p, *pair) for p, pairs in REWRITTEN.items() for pair in pairs])
def test_a_call_becomes_the_new_command(path: str, before: str, after: str) -> None:
    found = contents(migrated(SCRIPT, {**FILES, path: before}))
    head, _, tail = after.rpartition("@")
    assert found[path] == f"{head}{NEW}{tail}"
    assert found["build.sh"] is None


@pytest.mark.parametrize(("path", "text"), KEPT)
def test_the_script_stays_for_a_call_that_cannot_be_changed(path: str, text: str) -> None:
    whole = migrated(SCRIPT, {**FILES, path: text})
    found = contents(whole)
    assert path not in found
    assert found["build.sh"] == f"#!/bin/sh\nset -e\n{NEW}\n"
    assert {(task.code, task.span.file) for task in whole.tasks if task.span} == {("MG506", path)}


# --- names that may be another file's ---------------------------------------------------------------------------------

OTHERS = {
    "another of that name": {"ci/build.sh": "#!/bin/sh\ntrue\n", "Makefile": "x:\n\t./ci/build.sh\n"},
    "another, from the folder beside": {"ci/build.sh": "true\n", "tools/x.sh": "../ci/build.sh\n"},
    "another, behind a variable": {"ci/build.sh": "true\n", "x.sh": '"$ROOT/ci/build.sh"\n'},
    "one of somebody else": {"x.sh": "curl -s https://example.org/x/build.sh | sh\n"},
    "one of another project": {"x.sh": "sh vendored/thing/rebuild.sh\n"},
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_file_of_the_same_name_is_not_meant(name: str) -> None:
    whole = migrated(SCRIPT, {**FILES, **OTHERS[name]})
    assert contents(whole)["build.sh"] is None
    assert whole.tasks == ()


def test_a_script_of_a_folder_is_found_where_its_name_is_not_the_only_one() -> None:
    files = {**FILES, "sub/build.sh": SCRIPT, "other/build.sh": "true\n", "run.sh": "cd sub && ./build.sh\n"}
    found = {mention.path for mention in file_mentions(Project.of(files), "sub/build.sh")}
    assert found == {"run.sh"}


def test_the_word_dockerfile_means_no_file_of_a_folder_where_there_are_several() -> None:
    files = {"a/Dockerfile": "FROM x\n", "b/Dockerfile": "FROM x\n", "README.md": "Write a Dockerfile.\n"}
    assert list(file_mentions(Project.of(files), "a/Dockerfile")) == []
    named = {**files, "x.sh": 'docker build -f "$PWD/a/Dockerfile" .\n', "b/x.sh": "docker build -f ../a/Dockerfile\n"}
    assert {mention.path for mention in file_mentions(Project.of(named), "a/Dockerfile")} == {"x.sh", "b/x.sh"}


LISTS = {
    "CODEOWNERS": "/build.sh @ops\n",
    ".gitattributes": "build.sh text eol=lf\n",
    ".editorconfig": "[build.sh]\nindent_size = 4\n",
    "renovate.json": '{"docker": {"fileMatch": ["Dockerfile.build"]}}\n',
}


@pytest.mark.parametrize("path", LISTS)
def test_what_only_lists_files_keeps_none_and_is_told(path: str) -> None:
    whole = migrated(SCRIPT, {**FILES, path: LISTS[path]})
    found = contents(whole)
    assert (found["build.sh"], found["Dockerfile.build"], path in found) == (None, None, False)
    assert {(task.code, task.span.file) for task in whole.tasks if task.span} == {("MG505", path)}


def test_entries_of_files_that_go_leave_the_ignore_file() -> None:
    text = ".git\n/build.sh\nDockerfile*\n!Dockerfile.build  \nDockerfile.build.old\n"
    whole = migrated(SCRIPT, {**FILES, ".dockerignore": text, "sub/.dockerignore": "build.sh\n"})
    found = contents(whole)
    assert found[".dockerignore"] == ".git\nDockerfile*\nDockerfile.build.old\n"
    assert "sub/.dockerignore" not in found
    assert whole.tasks == ()
