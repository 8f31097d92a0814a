"""Who else uses what the old script left on the host: told with file and line, and nobody else."""

from __future__ import annotations

import pytest
from repository import migrated

SCRIPT = """\
#!/bin/sh
set -e
docker build -t app:build -f Dockerfile.build .
docker create --name x app:build
mkdir -p dist
docker cp x:/out/app dist/tool
docker rm x
docker build -t tool .
"""
FILES = {
    "Dockerfile.build": "FROM alpine\nRUN mkdir /out && echo hello > /out/app\n",
    "Dockerfile": "FROM alpine\nCOPY dist/tool /usr/bin/app\n",
}
# The file, its text, and the lines that must be told of.
USERS = [
    ("deploy.sh", "./build.sh\nscp dist/tool server:\n", [2]),
    ("test/run.sh", "cd ..\n./dist/tool --version | grep hello\n", [2]),
    ("Makefile", "deploy:\n\ttar -czf release.tgz dist\n", [2]),
    ("Makefile", "clean:\n\trm -rf dist dist/tool\nrun:\n\t@echo dist/tool\n\tdocker run tool\n", []),
    (
        ".github/workflows/ci.yml",
        "steps:\n  - uses: actions/upload-artifact@v4\n    with:\n      path: dist/tool\n",
        [4],
    ),
    (".gitlab-ci.yml", "job:\n  artifacts:\n    paths:\n      - dist/\n      - other\n", [4]),
    ("deploy.py", "import shutil\nshutil.copy('dist/tool', '/srv')\n", [2]),
    ("notes.py", "# dist/tool is made by build.sh\nprint('x')\n", []),
    ("compose.yml", "services:\n  tool:\n    image: tool\n    volumes: ['./dist/tool:/x']\n", [4]),
    ("compose.yml", "services:\n  dist:\n    image: dist\n", []),
    ("README.md", "The program is in dist/tool.\n", []),
    ("src/distance.sh", "echo distance/tool; redist/tool x\n", []),
]


@pytest.mark.parametrize(("path", "text", "lines"), USERS)
def test_who_uses_it_is_told(path: str, text: str, lines: list[int]) -> None:
    found = migrated(SCRIPT, {**FILES, path: text})
    told = [(task.span.file, task.span.line) for task in found.tasks if task.code == "MG555" and task.span]
    assert told == [(path, line) for line in lines]


@pytest.mark.parametrize(
    "more",
    [
        "rm -r dist\n",  # then nobody had it
        "scp dist/tool backup:\n",  # then the script goes on making it
    ],
)
def test_nobody_is_told_where_nothing_is_lost(more: str) -> None:
    found = migrated(SCRIPT + more, {**FILES, "deploy.sh": "scp dist/tool server:\n"})
    assert [task for task in found.tasks if task.code == "MG555"] == []


@pytest.mark.parametrize(
    ("text", "told"), [("scp tool server:\n", [1]), ("make tool\n", []), ("docker push tool\n", [])]
)
def test_a_plain_word_is_a_file_where_files_stand(text: str, told: list[int]) -> None:
    script, dockerfile = SCRIPT.replace("dist/", ""), FILES["Dockerfile"].replace("dist/", "")
    found = migrated(script, {**FILES, "Dockerfile": dockerfile, "deploy.sh": text})
    assert [task.span.line for task in found.tasks if task.code == "MG555" and task.span] == told
