"""The containers of our client for buildah against those of a real docker: same commands, output, code and files."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from test_buildah_copies import tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Engine

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not os.environ.get("MIGRATOR_PODMAN"), reason="buildah is tested by make test-buildah"),
]

IMAGE = "migrator-test-runs/one:1"
RECIPE = r"""FROM alpine:latest
RUN mkdir -p /work /kept && echo kept > /kept/a && chmod 0711 /kept && echo 'x:x:5:6::/home:/bin/sh' >> /etc/passwd \
 && printf '#!/bin/sh\necho entry "$@"\n' > /entry && chmod 755 /entry && echo plain > /plain && mkdir -p /made/by \
 && ln -s by /made/link
ENV COLOUR=red
WORKDIR /work
VOLUME /kept /fresh
CMD ["sh", "-c", "echo the command; exit 3"]
"""
# Each is a script of its own, with `d` for the client and `i` for the image; `c` is a container's name.
ROWS = {
    "command": "d run --rm $i",
    "streams": "d run --rm $i sh -c 'echo out; echo err >&2; exit 7'",
    "errors-kept": "d run --rm $i sh -c 'echo last >&2; exit 1' 2>err; cat err",
    "no-newline": "d run --rm $i sh -c 'printf end >&2; exit 1' 2>err; cat err",
    "no-input": "echo given | d run --rm $i cat",
    "input": "echo given | d run --rm -i $i cat",
    "loop": "printf '1\\n2\\n' | while read n; do d run --rm $i echo $n; done",
    "folder": "d run --rm -w /made $i pwd; d run --rm -w /not/there $i sh -c 'pwd; stat -c \"%a %u\" /not/there .'",
    "environment": "export B=2; d run --rm -e A=1 -e B -e NONE -e COLOUR=blue $i env | grep -v HOSTNAME | sort",
    "environment-file": (
        "printf '# no\\nA=1\\n\\nB=two words\\n' >f; d run --rm --env-file f -e A=3 $i sh -c 'echo $A $B'"
    ),
    "proxy": "http_proxy=http://x d run --rm $i sh -c 'echo [$http_proxy]'",
    "user": "d run --rm -u 5:6 $i id; d run --rm -u 5 $i sh -c 'id -u; id -g; echo $HOME'; d run --rm -u x $i id -u",
    "entrypoint": (
        "d run --rm --entrypoint /entry $i a b; d run --rm --entrypoint '' $i echo c; d run --rm --entrypoint /entry $i"
    ),
    "no-such-program": "d run --rm $i nothing-there",
    "no-such-path": "d run --rm $i /nothing/there",
    "no-program": "d run --rm $i /plain",
    "a-folder": "d run --rm $i /made",
    "killed": "d run --rm $i sh -c 'kill -9 $$'",
    "bytes": "d run --rm $i cat /bin/busybox | sha256sum",
    "hostname": "d run --rm --hostname here $i hostname; d run --rm --network none $i ls /sys/class/net",
    "bind": (
        "mkdir s; echo 1 >s/a; d run --rm -v $PWD/s:/s $i sh -c 'cat /s/a; echo 2 >/s/b; chmod 640 /s/b; "
        "chown 5:6 /s/b'; ls s"
    ),
    "bind-relative": "mkdir s; echo 1 >s/a; d run --rm -v ./s:/s $i cat /s/a",
    "bind-absent": "d run --rm -v $PWD/new/er:/s $i sh -c 'echo 1 >/s/a'",
    "bind-read-only": "mkdir s; d run --rm -v $PWD/s:/s:ro $i touch /s/a",
    "bind-file": "echo 1 >f; d run --rm -v $PWD/f:/work/f $i sh -c 'cat f; echo 2 >f'",
    "mount": "mkdir s; d run --rm --mount type=bind,source=$PWD/s,target=/s $i touch /s/a",
    "mount-absent": "d run --rm --mount type=bind,source=$PWD/s,target=/s $i touch /s/a",
    "in-memory": "d run --rm --tmpfs /mem $i sh -c 'echo 1 >/mem/a; stat -c %a /mem; ls /mem'",
    "copied-after": (
        "d run --name $c $i sh -c 'mkdir /d; echo x >/d/a; chmod 700 /d; exit 2'; echo $?; d cp $c:/d out; d "
        "wait $c; d rm $c"
    ),
    "copied-by-two": (
        "d run --name $c $i sh -c 'echo x >/work/a'; d cp $c:/work - | tar -t; d cp $c:/work/. out; d rm $c"
    ),
    "in-and-run": "echo y >f; d create --name $c $i cat /work/f >/dev/null; d cp f $c:/work/; d start -a $c; d rm $c",
    "started": (
        "d create --name $c $i sh -c 'echo n >>/work/n; cat /work/n' >/dev/null; d start -a $c; d start -a "
        "$c; d cp $c:/work/n n"
    ),
    "volume": (
        "d run --name $c $i sh -c 'ls /kept; echo b >/kept/b; echo c >/fresh/c'; d cp $c:/kept kept; d cp "
        "$c:/fresh fresh; d rm -v $c"
    ),
    "volume-created": "d create --name $c $i >/dev/null; d cp $c:/kept kept; d cp $c:/kept/a a; d rm $c",
    "volume-nameless": "d run --name $c -v /made/by $i sh -c 'echo b >/made/by/b'; d cp $c:/made made; d rm -v $c",
    "bind-copied": (
        "mkdir s; echo 1 >s/a; d create --name $c -v $PWD/s:/s $i >/dev/null; d cp $c:/s out; d cp $c:/s/a a; d rm $c"
    ),
    "link-copied": "d create --name $c $i >/dev/null; d cp $c:/made/link/. out; d rm $c",
    "export": (
        "d create --name $c alpine:latest >/dev/null; d export $c | tar -tv | grep -E "
        "'(dockerenv|(dev|proc|sys)/.*|/(hosts|hostname|resolv.conf|mtab.*))$' | awk '{print $1, $2, $6, $7, "
        "$8}' | sort; d rm $c"
    ),
    "state": (
        "d run --name $c $i; d inspect -f '{{.State.ExitCode}} {{.State.Status}} {{.Name}} "
        "{{.Config.Image}}' $c; d rm $c"
    ),
    "list": (
        "d create --name $c $i >/dev/null; d ps -aq --filter name=$c | wc -l; d ps -q --filter name=$c; d ps "
        "-a --filter name=^/$c\\$ --format '{{.Names}}'"
    ),
    "name-taken": "d create --name $c $i >/dev/null; d create --name $c $i; echo $?; d run --name $c $i; echo $?",
    "absent": (
        "d rm nobody; echo $?; d rm -f nobody; echo $?; d cp nobody:/x y; echo $?; d inspect nobody; echo "
        "$?; d start -a nobody; echo $?"
    ),
    "absent-image": (
        "d create --pull never nobody/nothing:1; echo $?; d run --pull never nobody/nothing:1; echo $?; d "
        "rmi nobody/nothing:1; echo $?"
    ),
    "images": (
        "d tag $i migrator-test-runs/two:2; d images -q migrator-test-runs/two | wc -l; d rmi "
        "migrator-test-runs/two:2 >/dev/null; echo $?"
    ),
    "image": (
        "d image inspect -f '{{json .Config.Cmd}} {{.Config.WorkingDir}} {{index .RepoTags 0}} {{.Os}} {{len "
        ".RootFS.Layers}}' $i | sed s,localhost/,,"
    ),
    "waiting": (
        "d run -d --name $c $i sleep 60 >id; wc -c <id; rm id; d cp $c:/plain p; "
        "d ps -q --filter name=$c | wc -l; d rm -f $c"
    ),
    "waiting-in-vain": "id=$(d run -d --name $c $i no/sleep 60); echo $? ${#id}",
    "waiting-removed": (
        "d run -d --rm --name $c $i sleep 60 >/dev/null; d rm $c; echo $?; d kill $c; d ps -aq --filter name=$c"
    ),
    "renamed": "d create --name $c $i >/dev/null; d rename $c $c-2; d cp $c-2:/plain p; d rm $c-2",
}


@pytest.fixture(scope="module")
def clients(engine: Engine, buildah_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """A docker and ours, as programs, with the same image."""
    folder = tmp_path_factory.mktemp("runs")
    (folder / "Dockerfile").write_text(RECIPE, encoding="utf-8")
    archive = str(folder / "image.tar")
    found = []
    try:
        engine.with_images("alpine:latest").docker("build", "-t", IMAGE, str(folder))
        engine.docker("save", "-o", archive, IMAGE)
        buildah_engine.docker("load", "-i", archive)
        for one in (engine, buildah_engine):
            place = folder / one.program
            settings = [f"{name}={value}" for name, value in one.env.items() if name in {"PATH", "DOCKER_HOST"}]
            words = one.words or (str(shutil.which("docker", path=one.env["PATH"])),)
            place.write_text(f'#!/bin/sh\nexec env {shlex.join([*settings, *words])} "$@"\n', encoding="utf-8")
            place.chmod(0o755)
            found.append(str(place))
        yield found
    finally:
        for one in (engine, buildah_engine):
            one.docker("rmi", "-f", IMAGE, check=False)


@pytest.mark.parametrize("name", ROWS)
def test_a_container_does_what_docker_s_does(name: str, clients: list[str], tmp_path: Path) -> None:
    found = []
    for number, client in enumerate(clients):
        folder = tmp_path / str(number)
        folder.mkdir()
        text = f'd() {{ {client} "$@"; }}; i={IMAGE}; c=migrator-test-runs\n{ROWS[name]}\n'
        try:
            done = subprocess.run(
                ["sh", "-c", text], cwd=folder, capture_output=True, text=True, check=False, timeout=60
            )
        finally:
            subprocess.run([client, "rm", "-f", "migrator-test-runs"], capture_output=True, check=False)
        assert "buildah has no" not in done.stderr
        found.append((done.returncode, done.stdout, tree(folder)))
    assert found[1] == found[0]
