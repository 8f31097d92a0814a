"""Lines that call a script which goes: what they become, and those for which it stays."""

from __future__ import annotations

import pytest
from repository import contents, migrated

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
        ('sh """\n  set -e\n  ./build.sh\n"""\n', 'sh """\n  set -e\n  @\n"""\n'),
        ("sh(script: '''\n  ./build.sh\n''')\n", "sh(script: '''\n  @\n''')\n"),
    ],
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
