"""Real Python is the oracle: each program of the table is run by it and by us, and both must do the same."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from oracle_bash import run_bash
from oracle_compare import differences
from oracle_rows import HERE, Row
from test_oracle import run_ours

from migrator.diagnostics import Severity

if TYPE_CHECKING:
    from pathlib import Path


def rows() -> list[Row]:
    """All rows, named after their file and themselves."""
    found = []
    for path in sorted((HERE / "programs").glob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["row"]:
            values = {**entry, "name": f"{path.stem}: {entry['name']}", "args": tuple(entry.get("args", ()))}
            found.append(program(Row(path="build.py", **values)))
    return found


def program(row: Row) -> Row:
    return replace(row, path="build.py")


ROWS = rows()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_we_do_what_python_does(row: Row, tmp_path: Path) -> None:
    recorded = run_bash(row, tmp_path)
    assert recorded.status == row.status, recorded.output
    assert recorded.calls, "a row without docker calls shows nothing"
    outcome = run_ours(row)
    found = [differences(row, outcome, world, recorded) for world in outcome.worlds]
    best = min(found, key=len)
    assert not best, "\n".join(best)
    assert not any(one.severity is Severity.ERROR for one in outcome.diagnostics), outcome.diagnostics
    if not row.branches:
        assert len(found) == 1, f"{len(found)} worlds where nothing is unknown: {outcome.worlds[-1].choices}"


# What is not followed: it must be said, or everything of the checkout must count as changed afterwards.
NOT_FOLLOWED = {
    "a package": "import fabric\nfabric.build('b')\n",
    "a class with a base that is not known": "import x\nclass A(x.B):\n    def go(self): open('VERSION', 'w').close()\n"
    "A().go()\n",
    "a class with a metaclass": "class A(metaclass=type):\n    def go(self): open('VERSION', 'w').close()\nA().go()\n",
    "a class with two bases": "class B:\n    def go(self): open('VERSION', 'w').close()\nclass C: pass\n"
    "class A(C, B): pass\nA().go()\n",
    "attributes by name": "class A:\n    def __getattr__(self, name): open('VERSION', 'w').close()\nA().go\n",
    "an object that is empty": "import os\nclass A:\n    def __bool__(self): return False\n"
    "if not A():\n    os.remove('VERSION')\n",
    "a decorated class": "import x\n@x.y\nclass A:\n    def go(self): open('VERSION', 'w').close()\nA().go()\n",
    "a setter": "class A:\n    @property\n    def v(self): return 1\n    @v.setter\n    def v(self, to):\n"
    "        open('VERSION', 'w').close()\nA().v = 2\n",
    "an object that is changed elsewhere": "import x\nclass A:\n    v = 1\na = A()\nx.change(a)\n",
    "the dictionary of an object": "class A:\n    v = 1\na = A()\na.__dict__.update(v=2)\n",
    "an enumeration": "import enum, os\nclass A(enum.Enum):\n    V = 'VERSION'\nos.remove(A.V.value)\n",
    "a method given away": "import x\nclass A:\n    def go(self): open('VERSION', 'w').close()\nx.start(A().go)\n",
    "an exception that is not known": "import os, x\ny = x.kinds()\ntry:\n    raise ValueError\nexcept y:\n"
    "    os.remove('VERSION')\n",
    "exec": "exec(\"open('VERSION', 'w').close()\")\n",
    "a decorator": "import functools\n@functools.cache\ndef f(): open('VERSION', 'w').close()\nf()\n",
    "a loop over what is not known": "import os\nfor name in os.listdir('.'):\n    os.remove('VERSION')\n    break\n",
    "a generator": "def f():\n    yield open('VERSION', 'w').close()\nlist(f())\n",
    "match": "match 1:\n    case 1: open('VERSION', 'w').close()\n",
    "an environment of its own": "import subprocess\nsubprocess.run(['./x.sh'], env={'A': '1'})\n",
    "a lambda": "(lambda: open('VERSION', 'w').close())()\n",
    "walrus": "import os\nif (n := os.remove('VERSION')): pass\n",
    "an operator": "import os\nnot os.remove('VERSION') and [os.remove(n) for n in os.listdir('conf')]\n",
    "conversion": "import os\nx = f'{os.remove(\"VERSION\")!r}'\n",
    "a chain": "import os\n0 < len(os.getcwd()) < 1 or os.remove('VERSION')\n",
    "partial": "import functools, os\nf = functools.partial(os.remove, 'VERSION')\nf()\n",
    "a lambda that is handed on": "import os\nlist(map(lambda n: os.remove(n), ['VERSION']))\n",
    "a set of several": "import os\nfor n in {n for n in ['VERSION', 'README.md']}:\n    os.remove(n)\n    break\n",
    "map": "import os\nlist(map(os.remove, ['VERSION']))\n",
    "getattr": "import os\ngetattr(os, 'remove')('VERSION')\n",
    "a list that is changed elsewhere": "import x\nwords = []\nx.add(words)\n",
    "a value that may be several words": "import os, subprocess\n"
    "subprocess.run(f'{os.environ[\"TOOL\"]} VERSION'.split())\n",
    "del": "import os\ndel os.environ['PATH']\n",
}
# What is run by way of a library of its own: no docker command is seen, which must not be taken for nothing to do.
STARTERS = {
    "sh": "from sh import docker\ndef image():\n    docker.create('b')\n",
    "plumbum": "from plumbum.cmd import docker\ndef image():\n    docker['cp', 'c:/app', 'app']()\n",
    "invoke": "from invoke import task\n@task\ndef image(c):\n    c.run('docker cp c:/a a')\n"
    "print(__name__ == '__main__')\n",
    "fabric": "from fabric import task\n@task\ndef image(c):\n    c.local('docker create b')\n"
    "print(__name__ == '__main__')\n",
    "nox": "import nox\n@nox.session\ndef image(session):\n    session.run('docker', 'create', 'b')\n",
}


@pytest.mark.parametrize("name", STARTERS)
def test_a_library_that_starts_programs_is_said(name: str) -> None:
    outcome = run_ours(program(Row(name, STARTERS[name])))
    found = [one for one in outcome.diagnostics if one.severity is Severity.ERROR]
    assert [one.code for one in found] == ["MG583"]
    assert found[0].span is not None
    assert "docker" in found[0].span.text
    plain = STARTERS[name].replace("create", "tag").replace("cp", "tag")
    assert not any(one.severity is Severity.ERROR for one in run_ours(program(Row(name, plain))).diagnostics)


BUILD = "import subprocess\nsubprocess.run(['docker', 'build', '-t', 'b', '.'])\n"


@pytest.mark.parametrize("name", NOT_FOLLOWED)
def test_what_is_not_followed_is_not_passed_over(name: str) -> None:
    row = program(Row(name, NOT_FOLLOWED[name] + BUILD, files={"x.sh": "#!/bin/sh\nrm VERSION\n"}))
    outcome = run_ours(row)
    said = any(one.severity is Severity.ERROR for one in outcome.diagnostics)
    plain = run_ours(program(Row(name, BUILD, files={"x.sh": "#!/bin/sh\nrm VERSION\n"})))
    place = f"{outcome.root}/VERSION"
    before = plain.worlds[0].workspace.find(f"{plain.root}/VERSION")
    assert before is not None
    assert said or all(type(world.workspace.find(place)) is not type(before) for world in outcome.worlds)


PLANTED = [
    ("run(['docker', 'build', '.'])", "run(['docker', 'build', 'src'])"),
    ("run(['docker', 'build', '.'], cwd='src')", "run(['docker', 'build', '.'])"),
    (
        "run(['docker', 'build', '.'])\nopen('a', 'w').write('x')",
        "run(['docker', 'build', '.'])\nopen('a', 'w').write('y')",
    ),
    ("run(['docker', 'build', '.'])\nos.mkdir('a')", "run(['docker', 'build', '.'])\nos.mkdir('b')"),
    ("run(['docker', 'build', '.'])\nsys.exit(1)", "run(['docker', 'build', '.'])"),
]


@pytest.mark.parametrize(("real", "claimed"), PLANTED)
def test_a_planted_difference_is_seen(real: str, claimed: str, tmp_path: Path) -> None:
    head = "import os, sys\nfrom subprocess import run\n"
    recorded = run_bash(program(Row("real", f"{head}{real}\n")), tmp_path)
    ours = program(Row("claimed", f"{head}{claimed}\n"))
    outcome = run_ours(ours)
    assert all(differences(ours, outcome, world, recorded) for world in outcome.worlds)
