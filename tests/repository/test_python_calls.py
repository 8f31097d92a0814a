"""Python programs that call the script: what is rewritten runs as before, what is not certain stays and is told."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from repository import contents, migrated

from migrator.python.parse import NotPythonError, parse
from migrator.source import Source

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
WORDS = '"docker", "build", "-t", "app", "."'

BY_PATHLIB = "import subprocess\nfrom pathlib import Path\n\nROOT = Path(__file__).resolve().parent.parent\n"
BY_OS_PATH = """\
import os.path
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, '..')
"""
TASK = "from invoke import task\n\n\n@task\ndef image(c, push=False):\n    "

# Before and after; the program runs from the root, and its path is in the name.
RUN = {
    "release.py": (
        'import subprocess\n\n# the image\nsubprocess.run(["./build.sh"], check=True)  # first\n',
        f"import subprocess\n\n# the image\nsubprocess.run([{WORDS}], check=True)  # first\n",
    ),
    "alias.py": (
        "from subprocess import check_call as cc\ncc(('bash', 'build.sh',),)\n",
        "from subprocess import check_call as cc\ncc(('docker', 'build', '-t', 'app', '.',),)\n",
    ),
    "lines.py": (
        'import subprocess as sp\ncode = sp.call(\n    [\n        "sh",\n        "build.sh",\n    ],\n)\n',
        f"import subprocess as sp\ncode = sp.call(\n    [\n        {WORDS},\n    ],\n)\n",
    ),
    "shell.py": (
        "import subprocess\nsubprocess.check_output('./build.sh && echo done', shell=True, text=True)\n",
        "import subprocess\nsubprocess.check_output('docker build -t app . && echo done', shell=True, text=True)\n",
    ),
    "plain.py": (
        'import subprocess\nsubprocess.Popen("./build.sh").wait()\n',
        f"import subprocess\nsubprocess.Popen([{WORDS}]).wait()\n",
    ),
    "system.py": (
        'import os, sys\nsys.exit(os.system("bash ./build.sh"))\n',
        'import os, sys\nsys.exit(os.system("docker build -t app ."))\n',
    ),
    "split.py": (
        "import shlex, subprocess\nsubprocess.run(shlex.split('bash build.sh'), check=True)\n",
        "import shlex, subprocess\nsubprocess.run(shlex.split('docker build -t app .'), check=True)\n",
    ),
    "tools/release.py": (
        f'{BY_PATHLIB}subprocess.run([str(ROOT / "build.sh")], cwd=ROOT, check=True)\n',
        f"{BY_PATHLIB}subprocess.run([{WORDS}], cwd=ROOT, check=True)\n",
    ),
    "tools/joined.py": (
        f"{BY_OS_PATH}subprocess.call(['bash', os.path.join(ROOT, 'build.sh')], cwd=ROOT)\n",
        f"{BY_OS_PATH}subprocess.call(['docker', 'build', '-t', 'app', '.'], cwd=ROOT)\n",
    ),
    "umlaut.py": (
        "import subprocess\nprint('größer')\r\nsubprocess.run(['./build.sh'])\r\n",
        "import subprocess\nprint('größer')\r\nsubprocess.run(['docker', 'build', '-t', 'app', '.'])\r\n",
    ),
}
# The same for what needs a package that is not here.
TEXTS = {
    "tasks.py": (
        f'{TASK}c.run("./build.sh", echo=True)\n',
        f'{TASK}c.run("docker build -t app .", echo=True)\n',
    ),
    "fabfile.py": (
        'from fabric import task\n\n\n@task()\ndef image(c):\n    c.local("./build.sh")\n',
        'from fabric import task\n\n\n@task()\ndef image(c):\n    c.local("docker build -t app .")\n',
    ),
    "sh_bash.py": (
        'import sh\nsh.bash("build.sh", _fg=True)\n',
        'import sh\nsh.docker("build", "-t", "app", ".", _fg=True)\n',
    ),
    "sh_command.py": (
        'from sh import Command\nCommand("./build.sh")()\n',
        'from sh import Command\nCommand("docker")("build", "-t", "app", ".")\n',
    ),
    "plumb.py": (
        'from plumbum import local\nlocal["./build.sh"]()\n',
        'from plumbum import local\nlocal["docker"]("build", "-t", "app", ".")\n',
    ),
    "plumb_bash.py": (
        'from plumbum import local\nprint(local["bash"]("build.sh"))\n',
        'from plumbum import local\nprint(local["docker"]("build", "-t", "app", "."))\n',
    ),
    "plumb_fg.py": (
        'from plumbum import FG, local\nlocal["./build.sh"] & FG\n',
        'from plumbum import FG, local\nlocal["docker"]["build", "-t", "app", "."] & FG\n',
    ),
    "plumb_bound.py": (
        'from plumbum import FG, local\nlocal["bash"]["build.sh"] & FG(retcode=None)\n',
        'from plumbum import FG, local\nlocal["docker"]["build", "-t", "app", "."] & FG(retcode=None)\n',
    ),
    "fabfile_1.py": (
        'from fabric.api import local\n\n\ndef image():\n    print(local("./build.sh", capture=True))\n',
        'from fabric.api import local\n\n\ndef image():\n    print(local("docker build -t app .", capture=True))\n',
    ),
}
UNCERTAIN = {
    "argument": "import subprocess\nsubprocess.run(['./build.sh', '1.2'])\n",
    "more_words": "import subprocess, sys\nsubprocess.run(['./build.sh', *sys.argv])\n",
    "joined": "import subprocess, sys\nsubprocess.run(['./build.sh'] + sys.argv)\n",
    "other_folder": "import subprocess\nsubprocess.run(['./build.sh'], cwd='sub')\n",
    "unknown_folder": "import subprocess, sys\nsubprocess.run(['./build.sh'], cwd=sys.argv[1])\n",
    "moved": "import os, subprocess\nos.chdir('sub')\nsubprocess.run(['./build.sh'])\n",
    "by_path_search": "import subprocess\nsubprocess.run(['build.sh'])\n",
    "whole_path": "import subprocess\nfrom pathlib import Path\nsubprocess.run([Path(__file__).parent / 'build.sh'])\n",
    "not_subprocess": "from tools import subprocess\nsubprocess.run(['./build.sh'])\n",
    "no_import": "subprocess.run(['./build.sh'])\n",
    "rebound": "import subprocess\nsubprocess = None\nsubprocess.run(['./build.sh'])\n",
    "executable": "import subprocess\nsubprocess.run(['./build.sh'], executable='/bin/dash')\n",
    "shell_unknown": "import subprocess, sys\nsubprocess.run('./build.sh', shell=bool(sys.argv))\n",
    "shell_moves": "import os\nos.system('cd sub && ./build.sh')\n",
    "shell_argument": "import os\nos.system('./build.sh 1.2')\n",
    "format": "import os, sys\nos.system(f'./build.sh {sys.argv[1]}')\n",
    "kept_name": "import subprocess\nNAME = './build.sh'\nsubprocess.run([NAME])\n",
    "only_printed": "print('run ./build.sh')\n",
    "remote": "from fabric import task\n\n\n@task\ndef image(c):\n    c.run('./build.sh')\n",
    "remote_1": "from fabric.api import run\n\n\ndef image():\n    run('./build.sh')\n",
    "folder_1": "from fabric.api import *\n\n\ndef image():\n    with lcd('x'):\n        local('./build.sh')\n",
    "sh_folder": "import sh\nwith sh.pushd('x'):\n    sh.bash('build.sh')\n",
    "plumb_argument": "from plumbum import FG, local\nlocal['./build.sh']['x'] & FG\n",
    "plumb_kept": "from plumbum import FG, local\nbuild = local['./build.sh']\nbuild['x'] & FG\n",
    "remote_folder": f"{TASK}with c.cd('x'):\n        c.run('./build.sh')\n",
    "comment_inside": "import subprocess\nsubprocess.run(['bash',  # loud\n 'build.sh'])\n",
    "no_python": "import subprocess\nsubprocess.run(['./build.sh')\n",
}  # fmt: skip


@pytest.mark.parametrize("name", RUN)
def test_a_call_becomes_the_command_and_runs(name: str, tmp_path: Path) -> None:
    before, after = RUN[name]
    found = migrated(SCRIPT, {name: before})
    assert contents(found)[name] == after
    assert contents(found)["build.sh"] is None
    assert found.tasks == ()
    assert _ran(tmp_path / "old", {name: before, "build.sh": "#!/bin/sh\ndocker build -t app .\n"}, name) == _ran(
        tmp_path / "new", {name: after}, name
    )


def _ran(root: Path, files: dict[str, str], name: str) -> str:
    """The docker calls of a program, each with the folder that it runs in, seen from the root."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode())
        (root / path).chmod(0o755)
    docker = root / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(f'#!/bin/sh\necho "$PWD: $*" >>"{root}/calls"\n', encoding="utf-8")
    docker.chmod(0o755)
    env = {"PATH": f"{docker.parent}:{os.environ['PATH']}"}
    subprocess.run([sys.executable, name], cwd=root, env=env, check=True, capture_output=True)
    calls = (root / "calls").read_text(encoding="utf-8")
    assert calls == f"{root}: build -t app .\n"
    return calls.replace(str(root), "")


@pytest.mark.parametrize("name", TEXTS)
def test_a_call_by_a_package_becomes_the_command(name: str) -> None:
    before, after = TEXTS[name]
    found = migrated(SCRIPT, {name: before})
    assert contents(found)[name] == after
    assert contents(found)["build.sh"] is None
    compile(after, name, "exec")


@pytest.mark.parametrize("name", UNCERTAIN)
def test_what_is_not_certain_keeps_the_script_and_is_told(name: str) -> None:
    path = f"{name}.py"
    found = migrated(SCRIPT, {path: UNCERTAIN[name]})
    assert path not in contents(found)
    assert contents(found)["build.sh"] == "#!/bin/sh\nset -e\ndocker build -t app .\n"
    line = next(n for n, text in enumerate(UNCERTAIN[name].splitlines(), 1) if "build.sh" in text)
    assert [(task.code, task.span.file, task.span.line) for task in found.tasks if task.span] == [("MG506", path, line)]


def test_one_call_that_is_not_certain_keeps_all_of_them() -> None:
    files = {"a.py": RUN["release.py"][0], "b.py": UNCERTAIN["argument"]}
    found = migrated(SCRIPT, files)
    assert not contents(found).keys() & files.keys()


def test_text_that_is_no_python_is_told_with_its_line() -> None:
    with pytest.raises(NotPythonError) as caught:
        parse(Source("a.py", "x = 1\ny = (\n"))
    assert caught.value.line >= 2
