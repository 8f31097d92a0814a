"""Programs with the Docker SDK: what we read is what a run says to docker, through what stands in for the SDK."""

from __future__ import annotations

import inspect
import io
import os
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING

import pytest

from migrator.diagnostics import Severity
from migrator.interpret.run import run
from migrator.project import Project
from migrator.trace.symbols import is_symbol
from migrator.verify.recorder import sdk
from migrator.verify.recorder.modules import install_sdk, uses_sdk

if TYPE_CHECKING:
    from pathlib import Path

    from migrator.interpret.run import Outcome

IDENTITY = "a" * 64
HEAD = "import docker, io, os, tarfile, tempfile\nclient = docker.from_env()\n"
FILES = {"Dockerfile": "FROM alpine\nCOPY app /app\n", "d/Dockerfile.build": "FROM alpine\nRUN make\n", "x": "x\n"}
# A docker that writes down its words, and answers as the real one does.
FAKE = """#!/bin/sh
printf '%s\\036' "$@" >> {log}; printf '\\035' >> {log}
for last in "$@"; do :; done
case " $* " in
  " cp "*" - ") cat {archive} ;;
  " wait "*) echo 0 ;;
  " create "* | *inspect\\ * | " commit "* | *" -q "* | *" --detach "*) echo {identity} ;;
  " run "* | " exec "*) echo printed ;;
  " load "* | *" - "*) cat > /dev/null ;;
esac
"""

CALLS = {
    "build": "image, log = client.images.build(path='.', tag='a:1', dockerfile='d/Dockerfile.build', rm=True, "
    "pull=True)\n"
    "for line in log:\n    print(line.get('stream'))\n",
    "a build with everything": "client.images.build(path='d', tag='a', dockerfile='Dockerfile.build', nocache=True, "
    "buildargs={'A': '1', 'B': '2'}, labels={'l': 'v'}, target='t', platform='linux/amd64', cache_from=['c'], "
    "network_mode='none', extra_hosts={'h': '1.2.3.4'}, forcerm=True, quiet=False, timeout=9, shmsize=1000)\n",
    "a build without a name": "image, _ = client.images.build(path='.')\nclient.containers.create(image)\n",
    "a build of a file in memory": "client.images.build(fileobj=io.BytesIO(b'FROM alpine\\n'), tag='a')\n",
    "an id": "image, _ = client.images.build(path='.', tag='a')\nclient.containers.create(image.id, 'sh -c \"a b\"')\n",
    "the lower half": "low = docker.APIClient()\nprint([one for one in low.build(path='.', tag='a', decode=True)])\n"
    "box = low.create_container('a', command=['x', 'y'], name='n', environment=['A=1'], tty=True)\nlow.start(box)\n"
    "low.wait(box['Id'])\nbits, _ = low.get_archive(box.get('Id'), '/out/app')\nlow.commit(box, 'b', tag='1')\n"
    "low.remove_container(box, v=True, force=True)\nlow.tag('a', 'c', 'd')\nlow.remove_image('a', force=True)\n",
    "the lower half of a client": "for line in client.api.build(path='.', tag='a'):\n    print(line)\n",
    "a container": "box = client.containers.create('alpine', ['a', 'b c'], name='n', user='1', working_dir='/w', "
    "environment={'A': 'b'}, entrypoint=['e', 'f'], labels=['l'], network_mode='none', volumes_from=['o'])\n"
    "box.start()\nif box.wait()['StatusCode'] != 0:\n    raise SystemExit(1)\nprint(box.logs())\nbox.stop(timeout=1)\n"
    "box.kill()\nbox.remove(v=True, force=True)\n",
    "run": "out = client.containers.run('alpine', 'cat /x', remove=True, "
    "volumes={'/tmp/a': {'bind': '/b', 'mode': 'ro'}, 'named': {'bind': '/n'}})\n"
    "with open('made', 'wb') as made:\n    made.write(out)\n",
    "run detached": "box = client.containers.run('alpine', 'sleep 9', detach=True, name='n')\ntry:\n"
    "    code, out = box.exec_run(['make', 'it'], workdir='/w', environment={'A': 'b'}, user='u')\n"
    "finally:\n    box.stop()\n",
    "names": "box = client.containers.create('alpine', name='n')\nclient.containers.get('n').commit('r', 't', "
    "changes=['CMD a'], author='x', message='m')\nclient.images.get('r:t').tag('s', tag='u')\n"
    "client.images.push('s', tag='u')\nclient.images.pull('alpine', tag='3')\n"
    "client.images.remove('s:u', force=True)\n",
    "not there": "from docker.errors import NotFound, ImageNotFound\ntry:\n    client.containers.get('n').remove()\n"
    "except NotFound:\n    client.containers.create('alpine', name='n')\n",
    "into a container": "box = client.containers.create('alpine')\nbuffer = io.BytesIO()\n"
    "with tarfile.open(fileobj=buffer, mode='w') as archive:\n    archive.add('x', arcname='y')\nbuffer.seek(0)\n"
    "box.put_archive('/in', buffer)\n",
    "a whole image": "image = client.images.get('a') if False else client.images.build(path='.', tag='a')[0]\n"
    "with open('a.tar', 'wb') as file:\n    for chunk in image.save(named=True):\n        file.write(chunk)\n"
    "with open('a.tar', 'rb') as file:\n    client.images.load(file)\n",
}  # fmt: skip

# Ways to take the one file of an archive out; each leaves `app` in the checkout.
WAYS = {
    "in memory": "data = io.BytesIO()\nfor chunk in bits:\n    data.write(chunk)\ndata.seek(0)\n"
    "with tarfile.open(fileobj=data) as archive:\n    archive.extractall()\n",
    "joined": "tarfile.open(fileobj=io.BytesIO(b''.join(bits))).extractall('.')\n",
    "added up": "data = b''\nfor chunk in bits:\n    if chunk:\n        data += chunk\n"
    "archive = tarfile.open(fileobj=io.BytesIO(data), mode='r:')\narchive.extract('app', path='.')\narchive.close()\n",
    "a list": "tarfile.open(mode='r', fileobj=io.BytesIO(b''.join([one for one in bits]))).extractall('.')\n",
    "a file": "with open('a.tar', 'wb') as file:\n    for chunk in bits:\n        file.write(chunk)\n"
    "with tarfile.open('a.tar', 'r|*') as archive:\n    archive.extractall(path='.')\nos.remove('a.tar')\n",
    "a temporary file": "with tempfile.NamedTemporaryFile() as file:\n    for chunk in bits:\n"
    "        file.write(chunk)\n"
    "    file.flush()\n    with tarfile.open(file.name) as archive:\n        archive.extractall('.')\n",
    "a temporary folder": "import shutil\nfrom pathlib import Path\nwith tempfile.TemporaryDirectory() as folder:\n"
    "    place = Path(folder) / 'a.tar'\n    place.write_bytes(b''.join(bits))\n"
    "    tarfile.open(place).extractall(folder)\n"
    "    shutil.copy(Path(folder) / 'app', 'app')\n",
    "its content": "archive = tarfile.open(fileobj=io.BytesIO(b''.join(bits)))\nwith open('app', 'wb') as file:\n"
    "    file.write(archive.extractfile('app').read())\n",
    "its first member": "archive = tarfile.open(fileobj=io.BytesIO(b''.join(bits)))\nmember = archive.getmembers()[0]\n"
    "open(member.name, 'wb').write(archive.extractfile(member).read())\n",
    "each member": "archive = tarfile.open(fileobj=io.BytesIO(b''.join(bits)))\nfor member in archive:\n"
    "    archive.extract(member, '.')\n",
    "copied": "import shutil\narchive = tarfile.open(fileobj=io.BytesIO(b''.join(bits)))\n"
    "with open('app', 'wb') as file:\n    shutil.copyfileobj(archive.extractfile('app'), file)\n",
}  # fmt: skip
OUT = "box = client.containers.create('alpine')\nbits, stat = box.get_archive('/out/app')\n"


def read(program: str) -> tuple[Outcome, list[list[str]]]:
    """What we read in a program, with one word for every id."""
    outcome = run(Project.of({**FILES, "build.py": program}), "build.py")
    assert len(outcome.worlds) == 1, outcome.worlds[-1].choices
    words = [[shown(word, outcome) for word in call.words[1:]] for call in outcome.worlds[0].calls]
    return outcome, words


def shown(word: str, outcome: Outcome) -> str:
    word = word.replace(outcome.root, "ROOT")
    return "".join("ID" if is_symbol(character) else character for character in word)


def made(program: str, folder: Path) -> list[list[str]]:
    """What a real run of the program says to docker, through the stand-in."""
    root, log = folder / "root", folder / "log"
    for name, text in {**FILES, "build.py": program}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    with tarfile.open(folder / "archive", "w") as archive:
        member = tarfile.TarInfo("app")
        member.size = 4
        archive.addfile(member, io.BytesIO(b"app\n"))
    install_sdk(folder / "modules")
    fake = folder / "bin" / "docker"
    fake.parent.mkdir()
    fake.write_text(FAKE.format(log=log, identity=IDENTITY, archive=folder / "archive"))
    fake.chmod(0o755)
    env = {"PATH": f"{fake.parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(folder / "modules")}
    done = subprocess.run(
        [sys.executable, "-S", "build.py"], cwd=root, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = [call.split("\x1e")[:-1] for call in log.read_text().split("\x1d")[:-1]]
    real = str(root.resolve())
    return [[word.replace(IDENTITY, "ID").replace(real, "ROOT") for word in words] for words in found]


def counted(calls: list[list[str]]) -> list[list[str]]:
    """The calls but for those that ask whether something is there: we know that ourselves."""
    return [words for words in calls if words[:1] != ["image"] and words[:1] != ["container"]]


@pytest.mark.parametrize("name", CALLS)
def test_what_is_read_is_what_a_run_says(name: str, tmp_path: Path) -> None:
    program = HEAD + CALLS[name]
    outcome, words = read(program)
    assert not [one for one in outcome.diagnostics if one.severity is Severity.ERROR]
    if name == "not there":
        # In this engine everything is there.
        assert words == [["create", "--name", "n", "alpine"]]
        return
    assert words == counted(made(program, tmp_path))


@pytest.mark.parametrize("name", WAYS)
def test_what_comes_out_is_where_a_run_leaves_it(name: str, tmp_path: Path) -> None:
    program = HEAD + OUT + WAYS[name]
    outcome, words = read(program)
    assert not [one for one in outcome.diagnostics if one.severity is Severity.ERROR]
    assert words == made(program, tmp_path)
    assert (tmp_path / "root" / "app").read_text() == "app\n"
    found = outcome.worlds[0].workspace.find(f"{outcome.root}/app")
    assert getattr(found, "path", None) == "/out/app", found
    left = sorted(path.name for path in (tmp_path / "root").iterdir())
    assert left == ["Dockerfile", "app", "build.py", "d", "x"]


REFUSED = {
    "client.images.build(path='.', tag='a', container_limits={})": "container_limits",
    "client.images.build(path='.', tag='a', isolation='hyperv')": "isolation",
    "client.images.build(path='left', tag='a')": ".dockerignore leaves Dockerfile out",
    "client.images.build(path='own', tag='a')": "Dockerfile.dockerignore",
    "client.api.build(path='.', tag='a')": "nobody reads",
    "client.containers.create('a', ports={'1': 1})": "ports",
    "client.containers.create('a', volumes=['./out:/out'])": "not absolute",
    "client.containers.create('a', volumes={'/a': '/b'})": "volumes in this form",
    "client.containers.create('a', 'rm ' + os.environ['WHAT'])": "a part is not known",
    "client.containers.create('a').attach()": "attach of a container",
    "client.containers.create('a').put_archive('/x', open('x'), 1)": "its arguments",
    "client.volumes.create('a')": "no plain docker command",
}  # fmt: skip


@pytest.mark.parametrize("call", REFUSED)
def test_what_no_command_says_is_refused_at_its_line(call: str) -> None:
    files = {**FILES, "left/Dockerfile": "FROM a\n", "left/.dockerignore": "Dockerfile*\n",
             "own/Dockerfile": "FROM a\n", "own/Dockerfile.dockerignore": "x\n",
             "build.py": f"{HEAD}{call}\n"}  # fmt: skip
    outcome = run(Project.of(files), "build.py")
    found = [one for one in outcome.diagnostics if one.code == "MG551"]
    assert [(one.span.line, REFUSED[call] in one.message) for one in found if one.span] == [(3, True)], found


def test_a_tag_that_means_another_image_by_now_is_refused() -> None:
    again = "image = client.images.build(path='.', tag='a')[0]\nclient.images.build(path='d', tag='a')\n"
    outcome = run(
        Project.of({**FILES, "d/Dockerfile": "FROM b\n", "build.py": f"{HEAD}{again}image.tag('c')\n"}), "build.py"
    )
    assert [one.span.line for one in outcome.diagnostics if one.code == "MG551" and one.span] == [5]


def test_what_stands_in_has_no_name_that_the_sdk_has_not() -> None:
    docker = pytest.importorskip("docker", reason="docker is in requirements-dev.txt")
    pairs = [
        (sdk.APIClient, docker.APIClient), (sdk.DockerClient, docker.DockerClient),
        (type(sdk.from_env().images), docker.models.images.ImageCollection),
        (type(sdk.from_env().containers), docker.models.containers.ContainerCollection),
        (sdk.IMAGE, docker.models.images.Image), (sdk.CONTAINER, docker.models.containers.Container),
    ]  # fmt: skip
    for ours, theirs in pairs:
        names = [name for name, _ in inspect.getmembers(ours) if not name.startswith("_")]
        assert names
        assert [name for name in names if not hasattr(theirs, name) and name != "attrs"] == []  # set by its __init__
    for name in ("APIError", "BuildError", "ContainerError", "ImageNotFound", "NotFound"):
        theirs = [one.__name__ for one in getattr(docker.errors, name).__mro__]
        assert [one.__name__ for one in getattr(sdk, name).__mro__ if one.__name__ not in theirs] == []


def test_it_stands_in_only_where_a_program_imports_it() -> None:
    assert uses_sdk(Project.of({"a.py": "import docker\n"}))
    assert not uses_sdk(Project.of({"a.py": "import dockerfile_parse\n", "b.txt": "import docker\n"}))
