"""The real libraries are the oracle: Invoke, `sh`, plumbum and Fabric run each program of the tables, and so do we.

Fabric 1 wants a paramiko with known weaknesses, which has no place in the lock file: `make test-fabric` installs it on
its own. The other tests hold each of its rows against a shell script that does the same.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from oracle_bash import FABRIC, Recorded, run_bash
from oracle_compare import differences
from oracle_rows import HERE, Row
from test_oracle import project_of

from migrator.diagnostics import Severity
from migrator.interpret.run import Outcome, run

if TYPE_CHECKING:
    from pathlib import Path


PATHS = {"invoke": "tasks.py", "fabric": "fabfile.py"}


def rows() -> list[Row]:
    """All rows, named after their library and themselves."""
    found = []
    for path in sorted((HERE / "libraries").glob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["row"]:
            values = {**entry, "name": f"{path.stem}: {entry['name']}", "args": tuple(entry.get("args", ()))}
            found.append(Row(path=PATHS.get(path.stem, "build.py"), own=True, **values))
    return found


def ours(row: Row) -> Outcome:
    name = f"{row.path}:{row.task}" if row.task else row.path
    return run(project_of(row), name, None if row.hidden_args else row.args, row.env)


def errors(outcome: Outcome) -> list[str]:
    return [one.code for one in outcome.diagnostics if one.severity is Severity.ERROR]


ROWS = rows()
BY_SHELL = [row for row in ROWS if row.shell]


@pytest.mark.parametrize("row", [row for row in ROWS if not row.shell], ids=lambda row: row.name)
def test_we_do_what_the_library_does(row: Row, tmp_path: Path) -> None:
    pytest.importorskip(row.name.partition(":")[0])
    compare(row, run_bash(row, tmp_path))


@pytest.mark.parametrize("row", BY_SHELL, ids=lambda row: row.name)
def test_we_do_what_a_shell_does(row: Row, tmp_path: Path) -> None:
    program = replace(row, files={**row.files, "build.sh": row.shell})
    script = replace(
        row, path="build.sh", script=row.shell, files={**row.files, row.path: row.script}, task="", args=()
    )
    compare(program, run_bash(script, tmp_path))


@pytest.mark.skipif(not FABRIC, reason="make test-fabric runs this")
@pytest.mark.parametrize("row", BY_SHELL, ids=lambda row: row.name)
def test_we_do_what_fabric_does(row: Row, tmp_path: Path) -> None:
    compare(row, run_bash(row, tmp_path))


def compare(row: Row, recorded: Recorded) -> None:
    assert recorded.status == row.status, recorded.output
    assert recorded.calls, "a row without docker calls shows nothing"
    outcome = ours(row)
    found = [differences(row, outcome, world, recorded) for world in outcome.worlds]
    best = min(found, key=len)
    assert not best, "\n".join(best)
    assert not errors(outcome), outcome.diagnostics
    if not row.branches:
        assert len(found) == 1, f"{len(found)} worlds where nothing is unknown: {outcome.worlds[-1].choices}"


TASK = "import x\nfrom invoke import task, Context, Collection\nfrom fabric import Connection\n@task\ndef image(c):\n"
# What is not followed, in a task: it is said, with its place.
NOT_FOLLOWED = {
    "sudo": "    c.sudo('docker cp c:/a a')\n",
    "another machine": "    Connection('h').run('docker cp c:/a a')\n",
    "a file to another machine": "    Connection('h').put('a')\n",
    "settings": "    c.config.run.warn = True\n    c.run('docker cp c:/a a')\n",
    "settings of a context": "    Context(x.settings).run('docker cp c:/a a')\n",
    "a command that is not known": "    c.run(x.command())\n",
    "not waited for": "    c.run('docker build .', asynchronous=True)\n",
    "let go": "    c.run('docker build .', disown=True)\n",
    "answers": "    c.run('docker build .', watchers=[x.Responder('a', 'b')])\n",
    "another shell": "    c.run('docker build .', shell='/bin/zsh')\n",
    "an environment of its own": "    c.run('docker build .', env={'A': 'b'}, replace_env=True)\n",
    "an option that is not known": "    c.run('docker build .', force=True)\n",
    "options that are not known": "    c.run('docker build .', **x.options())\n",
    "a value that is not known": "    c.run('docker build .', dry=x.dry())\n",
    "what it prints goes elsewhere": "    c.run('docker images', out_stream=open('list', 'w'))\n",
    "a context that is given away": "    x.build(c)\n",
    "a method that is given away": "    x.build(c.run)\n",
    "a task that is given away": "    x.build(image)\n",
    "a folder that is not known": "    with c.cd(x.folder()), c.cd(x.folder()):\n        c.run('docker build .')\n",
    "the program's own namespace": "    c.run('docker build .')\nns = Collection(image)\n",
    "a decorator above": "    c.run('docker build .')\nimage = x.wrapped(image)\n",
}
KNOWN = "    c.run('docker build .', warn=True, hide=True)\n"


@pytest.mark.parametrize("name", NOT_FOLLOWED)
def test_what_is_not_followed_is_said(name: str) -> None:
    row = Row(name, TASK + NOT_FOLLOWED[name], path="tasks.py", task="image")
    assert set(errors(ours(row))) & {"MG590", "MG581"}
    assert errors(ours(Row(name, TASK + KNOWN, path="tasks.py", task="image"))) == []


PROGRAMS = "import sys, x\nimport sh\nfrom sh import docker\n"
# The same in a program that uses `sh`.
NOT_FOLLOWED_PROGRAMS = {
    "in the background": "docker.build('.', _bg=True)\n",
    "line by line": "for line in docker.build('.', _iter=True):\n    print(line)\n",
    "a function that gets the output": "docker.build('.', _out=x.show)\n",
    "an environment of its own": "docker.build('.', _env={'A': 'b'})\n",
    "another way to write options": "docker.build('.', tag='x', _long_sep=' ')\n",
    "a user": "docker.build('.', _uid=1000)\n",
    "an option that is not known": "docker.build('.', _other=1)\n",
    "options that are not known": "docker.build('.', **x.options())\n",
    "a value that is not known": "docker.build(x.folder())\n",
    "a switch that is not known": "docker.build('.', pull=x.pull())\n",
    "what a command printed as a word": "docker.tag(docker.images('-q'), 'b')\n",
    "a program for other programs": "with sh.sudo:\n    docker.build('.')\n",
    "its own module": "mine = sh(_cwd='src')\nmine.docker.build('.')\n",
    "contrib": "sh.contrib.sudo.docker.build('.')\n",
    "a folder for good": "sh.cd('src')\n",
    "a name with an underscore": "sh.docker_x.build('.')\n",
    "a program that is given away": "x.build(docker)\n",
    "a command that is given away": "x.build(docker.bake('build'))\n",
    "a command that is given away as it is": "x.build(docker.build)\n",
    "a text that is kept apart": "docker.build('.', _return_cmd=True).wait()\n",
}


@pytest.mark.parametrize("name", NOT_FOLLOWED_PROGRAMS)
def test_what_is_not_followed_of_sh_is_said(name: str) -> None:
    row = Row(name, PROGRAMS + NOT_FOLLOWED_PROGRAMS[name], path="build.py")
    assert set(errors(ours(row))) & {"MG590", "MG581"}
    assert errors(ours(Row(name, PROGRAMS + "docker.build('.')\n", path="build.py"))) == []


COMMANDS = (
    "import os, x\nimport plumbum\nfrom plumbum import local, FG, BG, TF, NOHUP, SshMachine, cli\n"
    "docker = local['docker']\n"
)
# The same in a program that uses plumbum.
NOT_FOLLOWED_COMMANDS = {
    "in the background": "docker['build', '.'] & BG\n",
    "let go": "docker['build', '.'] & NOHUP\n",
    "started by a method": "docker.popen(['build', '.'])\n",
    "as a context": "with docker.bgrun(['build', '.']) as p:\n    p.run()\n",
    "another way to run it": "docker['build', '.'] & x.how\n",
    "a command that is not known": "x.command & FG\n",
    "a pipe into what is not known": "(docker['save', 'b'] | x.command) & FG\n",
    "another machine": "SshMachine('h')['docker']('cp', 'c:/a', 'a')\n",
    "another user": "with local.as_root():\n    docker('build', '.')\n",
    "a session": "local.session().run('docker build .')\n",
    "its own path": "local.env.path.append('bin')\ndocker('build', '.')\n",
    "a variable that goes": "local.env.pop('TAG')\ndocker('build', '.')\n",
    "an environment that is not known": "docker.with_env(**x.all())('build', '.')\n",
    "an environment that is changed behind its back": "os.environ['DOCKER_BUILDKIT'] = '1'\ndocker('build', '.')\n",
    "a program that depends on the machine": "local['docker_x']('build', '.')\n",
    "one of two programs": "local.get('podman', 'docker')('build', '.')\n",
    "a program that is not known": "local[x.name()]('build', '.')\n",
    "an option that is not known": "docker('build', '.', stdin=x.file)\n",
    "a value that is not known": "docker('build', x.folder())\n",
    "values that are not known": "docker('build', *x.words())\n",
    "values that are not known, bound": "docker[x.words()] & FG\n",
    "a code that is not known": "docker('build', '.', retcode=x.code)\n",
    "a file that is not known": "(docker['images'] > x.file()) & FG\n",
    "two files": "(docker['images'] > 'a' > 'b') & FG\n",
    "errors to a file": "(docker['images'] >= 'a') & FG\n",
    "a command that is given away": "x.build(docker)\n",
    "the machine that is given away": "x.build(local)\n",
    "an application": "class Build(cli.Application):\n    def main(self):\n        docker('cp', 'c:/a', 'a')\n"
    "Build.run()\n",
    "a name of every program": "from plumbum.cmd import *\n",
}


@pytest.mark.parametrize("name", NOT_FOLLOWED_COMMANDS)
def test_what_is_not_followed_of_plumbum_is_said(name: str) -> None:
    row = Row(name, COMMANDS + NOT_FOLLOWED_COMMANDS[name], path="build.py")
    assert set(errors(ours(row))) & {"MG590", "MG581", "MG583"}
    assert errors(ours(Row(name, COMMANDS + "docker('build', '.')\n", path="build.py"))) == []


FUNCTIONS = "import x\nfrom fabric.api import *\nfrom fabric.contrib import console, files\n"
# The same in a fabfile of Fabric 1, in a function that is a task.
NOT_FOLLOWED_FUNCTIONS = {
    "another machine": "    run('docker cp c:/a a')\n",
    "another machine, as root": "    sudo('docker cp c:/a a')\n",
    "a file to another machine": "    put('a', 'a')\n",
    "a file from another machine": "    get('a', 'a')\n",
    "whether another machine has a file": "    if files.exists('a'):\n        local('docker build .')\n",
    "a question": "    if console.confirm('push?'):\n        local('docker push b')\n",
    "a command that is not known": "    local(x.command())\n",
    "another shell": "    local('docker build .', shell='/bin/zsh')\n",
    "an option that is not known": "    local('docker build .', force=True)\n",
    "options that are not known": "    local('docker build .', **x.options())\n",
    "whether it fails is not known": "    with settings(warn_only=x.warns()):\n        local('docker build .')\n",
    "settings that are not known": "    with settings(x.quiet()):\n        local('docker build .')\n",
    "its own path": "    with path('bin'):\n        local('docker build .')\n",
    "a folder that is not known": "    with lcd(x.folder()):\n        local('docker build .')\n",
    "a folder for good": "    env.lcwd = 'src'\n    local('docker build .')\n",
    "a variable that is not known": "    with shell_env(A=x.value()):\n        local('docker build .')\n",
    "on hosts that are named": "    execute(other, hosts=['a', 'b'])\n",
    "a task by its name": "    execute('other')\n",
    "a task that is given away": "    x.run(local)\n",
    "several machines": "    local('docker build .')\nenv.hosts = ['a', 'b']\n",
    "machines that are not known": "    local('docker build .')\nenv.hosts = x.hosts()\n",
    "machines by their role": "    local('docker build .')\nenv.roles = ['web']\n",
    "at the same time": "    local('docker build .')\nenv.parallel = True\n",
    "a decorator": "    local('docker build .')\nimage = hosts('a', 'b')(image)\n",
}


@pytest.mark.parametrize("name", NOT_FOLLOWED_FUNCTIONS)
def test_what_is_not_followed_of_fabric_is_said(name: str) -> None:
    head = f"{FUNCTIONS}def other():\n    pass\ndef image():\n"
    row = Row(name, head + NOT_FOLLOWED_FUNCTIONS[name], path="fabfile.py", task="image")
    assert set(errors(ours(row))) & {"MG590", "MG581"}
    assert errors(ours(Row(name, f"{head}    local('docker build .')\n", path="fabfile.py", task="image"))) == []


def test_settings_of_the_repository_are_said() -> None:
    row = Row("", TASK + KNOWN, path="tasks.py", task="image", files={"invoke.yaml": "run:\n  dry: true\n"})
    assert "MG590" in errors(ours(row))


def test_arguments_that_are_not_understood_are_said() -> None:
    for args in (("-x",), ("one",), ("--other=1",), ("--name",)):
        script = TASK.replace("(c)", "(c, name='a')") + KNOWN
        assert errors(ours(Row("", script, path="tasks.py", task="image", args=args))) == ["MG590"], args


PLANTED = [("build services/api", "build ."), ("build . && touch a", "build ."), ("tag a b", "tag a c")]


@pytest.mark.parametrize(("real", "claimed"), PLANTED)
def test_a_planted_difference_is_seen(real: str, claimed: str, tmp_path: Path) -> None:
    pytest.importorskip("invoke")
    head = "from invoke import task\n@task\ndef image(c):\n"
    row = Row("real", f"{head}    c.run('docker {real}')\n", path="tasks.py", task="image")
    recorded = run_bash(row, tmp_path)
    assert recorded.status == 0, recorded.output
    other = Row("claimed", f"{head}    c.run('docker {claimed}')\n", path="tasks.py", task="image")
    outcome = ours(other)
    assert all(differences(other, outcome, world, recorded) for world in outcome.worlds)


def test_what_is_said_of_a_command_shows_the_line_of_the_program() -> None:
    for path, head, line, task in (
        ("tasks.py", TASK, "    c.run(f'docker build --unheard {x.tag()} .')", "image"),
        (
            "build.py",
            "import subprocess, x\n\n",
            "subprocess.run(f'docker build --unheard {x.tag()} .', shell=True)",
            "",
        ),
    ):
        found = [
            one for one in ours(Row("", f"{head}{line}\n", path=path, task=task)).diagnostics if one.code != "MG123"
        ]
        assert found
        assert {one.span.shown for one in found if one.span is not None} == {line}
        assert {one.span.file for one in found if one.span is not None} == {path}
