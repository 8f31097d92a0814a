"""Callers of a script, run for real before and after: what they do with docker is what the leftover script says.

A `docker` that writes down its calls stands in front. After the migration the caller must make the same calls as
before, with those of the old script in one piece replaced by those of the new one, from the same folder.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from repository import contents, migrated
from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

DOCKER = """#!/bin/sh
printf '%s|%s\\n' "$(pwd -P)" "$*" >> "$CALLS"
case $1 in
  create) echo c0ffee ;;
  cp) case $3 in -) ;; *) echo hello > "$3" ;; esac ;;
esac
"""
FILES = {
    "Dockerfile.build": "FROM alpine\nRUN mkdir /out && echo hello > /out/app\n",
    "Dockerfile": "FROM alpine\nCOPY app /usr/bin/app\n",
    "sub/here": "",
}
GOES = """#!/bin/sh
set -e
cd "$(dirname "$0")"
docker build -t b -f Dockerfile.build .
id=$(docker create b)
docker cp $id:/out/app app
docker rm $id
docker build -t app .
rm app
"""
SCRIPTS = {"the script goes": GOES, "the script stays": f"{GOES}docker tag app app:${{TAG:-dev}}\ndocker push app\n"}
TOOLS = Path(sys.executable).parent


@dataclass(frozen=True)
class Caller:
    """A file that calls the script, and the commands that whoever reads such a file runs."""

    path: str
    text: str
    commands: Callable[[str], Iterator[list[str]]]
    folder: str = "."


def program(*words: str) -> Callable[[str], Iterator[list[str]]]:
    return lambda _text: iter([list(words)])


def steps(*keys: str) -> Callable[[str], Iterator[list[str]]]:
    """Every text, or list of texts, under one of the keys, each by `bash -e` as CI services do."""

    def of(value: object) -> Iterator[list[str]]:
        if isinstance(value, list):
            for one in value:
                yield from of(one)
        if not isinstance(value, dict):
            return
        for key, inner in value.items():
            lines = inner if isinstance(inner, list) else [inner]
            if key in keys and all(isinstance(line, str) for line in lines):
                yield ["bash", "-e", "-c", "\n".join(lines)]
            else:
                yield from of(inner)

    return lambda text: of(YAML(typ="safe").load(text))


def scripts_of_npm(text: str) -> Iterator[list[str]]:
    """`npm run release`: by `sh -c` in the folder of the package."""
    yield ["sh", "-c", json.loads(text)["scripts"]["release"]]


def tasks_of_code(text: str) -> Iterator[list[str]]:
    for task in json.loads(text)["tasks"]:
        yield ["sh", "-c", task["command"]]


def hooks(text: str) -> Iterator[list[str]]:
    for repository in YAML(typ="safe").load(text)["repos"]:
        for hook in repository["hooks"]:
            yield shlex.split(hook["entry"])


def steps_of_jenkins(text: str) -> Iterator[list[str]]:
    for found in re.finditer(r"(?s)\bsh\s*\(?(?:'''(.*?)'''|'([^'\n]*)')", text):
        yield ["sh", "-e", "-c", found[1] or found[2]]


CALLERS = {
    "a script": Caller("release.sh", './build.sh && docker push app:"$1"\n', program("bash", "release.sh", "1.2")),
    "a script that goes to its folder": Caller(
        "release.sh",
        '#!/bin/bash\nset -eu\ncd "$(dirname "$0")"\nchmod +x build.sh\nsh build.sh   # it\ndocker images\n',
        program("bash", "../release.sh"), "sub",
    ),
    "a script that asks whether it worked": Caller(
        "release.sh", "if ./build.sh; then\n  docker push app\nelse\n  exit 1\nfi\n", program("bash", "release.sh"),
    ),
    "make": Caller(
        "Makefile", "push: image\n\tdocker push app\nimage:\n\t@./build.sh\n", program("make", "push"),
    ),
    "just": Caller(
        "justfile", "push: image\n    docker push app\nimage:\n    @./build.sh\n", program(str(TOOLS / "just"), "push"),
    ),
    "npm": Caller(
        "package.json", '{"scripts": {\n  "release": "./build.sh && docker push app"\n}}\n', scripts_of_npm,
    ),
    "an editor": Caller(
        ".vscode/tasks.json",
        '{"tasks": [\n  {\n    "type": "shell",\n    "command": "./build.sh",\n    "group": "build"\n  }\n]}\n',
        tasks_of_code,
    ),
    "pre-commit": Caller(
        ".pre-commit-config.yaml",
        "repos:\n- repo: local\n  hooks:\n  - id: x\n    name: x\n    pass_filenames: false\n    entry: ./build.sh\n"
        "    language: script\n",
        hooks,
    ),
    "subprocess": Caller(
        "build.py",
        "import subprocess\n\nsubprocess.run(['docker', 'pull', 'alpine'], check=True)\n"
        "subprocess.run(\n    ['./build.sh'],  # it\n    check=True,\n)\n",
        program(sys.executable, "-B", "build.py"),
    ),
    "subprocess by a path": Caller(
        "tools/build.py",
        "import subprocess\nfrom pathlib import Path\n\nROOT = Path(__file__).resolve().parent.parent\n"
        "subprocess.check_call(['bash', 'build.sh'], cwd=ROOT)\n",
        program(sys.executable, "-B", "../tools/build.py"), "sub",
    ),
    "os.system": Caller(
        "build.py", "import os\nif os.system('./build.sh && docker push app'):\n    raise SystemExit(1)\n",
        program(sys.executable, "-B", "build.py"),
    ),
    "Invoke": Caller(
        "tasks.py", "from invoke import task\n\n\n@task\ndef image(c):\n    c.run('./build.sh')\n",
        program(sys.executable, "-B", "-m", "invoke", "image"),
    ),
    "sh": Caller("build.py", "import sh\nsh.bash('build.sh')\n", program(sys.executable, "-B", "build.py")),
    "plumbum": Caller(
        "build.py", "from plumbum import FG, local\nlocal['./build.sh'] & FG\nlocal['./build.sh']()\n",
        program(sys.executable, "-B", "build.py"),
    ),
    "GitHub Actions": Caller(
        ".github/workflows/ci.yml",
        "on: push\njobs:\n  image:\n    steps:\n    - run: chmod +x ./build.sh\n    - run: |\n        docker login\n"
        "        ./build.sh # image\n    - name: push\n      run: docker push app\n",
        steps("run"),
    ),
    "GitLab": Caller(
        ".gitlab-ci.yml",
        "image:\n  before_script:\n    - docker login\n  script:\n    - ./build.sh   # it\n    - docker push app\n",
        steps("before_script", "script"),
    ),
    "Travis": Caller(".travis.yml", "script:\n  - chmod +x build.sh\n  - ./build.sh\n", steps("script")),
    "CircleCI": Caller(
        ".circleci/config.yml",
        "version: 2.1\njobs:\n  image:\n    steps:\n      - checkout\n      - run: ./build.sh\n      - run:\n"
        "          name: push\n          command: docker push app\n",
        steps("run", "command"),
    ),
    "Azure": Caller(
        "azure-pipelines.yml", "steps:\n- script: ./build.sh\n  displayName: image\n- bash: docker push app\n",
        steps("script", "bash"),
    ),
    "Jenkins": Caller(
        "Jenkinsfile",
        "pipeline { stages { stage('x') { steps {\n  sh './build.sh'\n  sh '''\n    set -e\n    ./build.sh\n"
        "    docker push app\n  '''\n} } } }\n",
        steps_of_jenkins,
    ),
    "Drone": Caller(
        ".drone.yml", "steps:\n- name: x\n  commands:\n  - ./build.sh\n  - docker push app\n", steps("commands"),
    ),
    "Bitbucket": Caller(
        "bitbucket-pipelines.yml", "pipelines:\n  default:\n  - step:\n      script:\n        - ./build.sh\n",
        steps("script"),
    ),
    "Taskfile": Caller(
        "Taskfile.yml", "tasks:\n  image:\n    cmds:\n      - ./build.sh && docker push app\n", steps("cmds"),
    ),
}  # fmt: skip


def calls(files: Mapping[str, str | None], root: Path, commands: list[list[str]], folder: str = ".") -> list[str]:
    """What docker is called with while the commands run, each call behind its folder."""
    programs, log, place = root / "programs", root / "calls", root / "repo"
    programs.mkdir(parents=True)
    (programs / "docker").write_text(DOCKER)
    (programs / "docker").chmod(0o755)
    for name, text in files.items():
        if text is not None:
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            path.chmod(0o755 if name.endswith(".sh") else 0o644)
    env = {**os.environ, "PATH": f"{programs}:{TOOLS}:{os.environ['PATH']}", "CALLS": str(log)}
    assert commands
    for words in commands:
        done = subprocess.run(
            words, cwd=place / folder, env=env, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, (words, done.stdout + done.stderr)
    found = log.read_text().splitlines() if log.exists() else []
    shutil.rmtree(root)
    return [line.replace(str(place.resolve()), "", 1) for line in found]


@cache
def after(script: str, path: str, text: str) -> dict[str, str | None]:
    """The whole repository when it is migrated."""
    return {**FILES, "build.sh": script, path: text, **contents(migrated(script, {**FILES, path: text}))}


def replaced(found: list[str], old: list[str], new: list[str]) -> list[str]:
    """A list with each run of `old` replaced by `new`."""
    result: list[str] = []
    at = 0
    while at < len(found):
        if found[at : at + len(old)] == old:
            result += new
            at += len(old)
        else:
            result.append(found[at])
            at += 1
    return result


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("name", CALLERS)
def test_a_caller_does_after_the_migration_what_the_new_build_says(name: str, script: str, tmp_path: Path) -> None:
    caller, text = CALLERS[name], SCRIPTS[script]
    files = {**FILES, "build.sh": text, caller.path: caller.text}
    new = after(text, caller.path, caller.text)
    old_calls = calls(files, tmp_path / "script", [["sh", "build.sh"]])
    new_text = new["build.sh"]
    assert (new_text is None) == (script == "the script goes"), new_text
    lines = ["sh", "-c", "docker build -t app ."] if new_text is None else ["sh", "build.sh"]
    new_calls = calls(new, tmp_path / "leftover", [lines])
    assert [line for line in old_calls if "create" in line]
    assert not [line for line in new_calls if "create" in line]
    before = calls(files, tmp_path / "before", list(caller.commands(caller.text)), caller.folder)
    expected = replaced(before, old_calls, new_calls)
    assert expected != before
    changed = new[caller.path]
    assert changed is not None
    assert calls(new, tmp_path / "after", list(caller.commands(changed)), caller.folder) == expected


def test_a_caller_that_is_left_as_it_was_would_be_seen(tmp_path: Path) -> None:
    caller = CALLERS["a script"]
    new = {**after(GOES, caller.path, caller.text), caller.path: caller.text}
    with pytest.raises(AssertionError, match=r"build\.sh"):
        calls(new, tmp_path / "after", list(caller.commands(caller.text)))
    lost = replaced(["/|a", "/|b", "/|c"], ["/|b", "/|c"], ["/|d"])
    assert lost == ["/|a", "/|d"]
