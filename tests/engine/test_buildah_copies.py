"""The copies of our client for buildah against those of a real docker and podman: the same words, the same trees."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import subprocess
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Engine

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not os.environ.get("MIGRATOR_PODMAN"), reason="buildah is tested by make test-buildah"),
]

REFUSED = 125
NAME = "migrator-test-copies"
IMAGE = f"{NAME}/tree:1"
RECIPE = r"""FROM alpine:latest
RUN mkdir -p /o/d/sub /o/empty /o/kept /t/there /t/file.d && cd /o && echo one > f && chmod 0640 f && chown 7:8 f \
 && echo suid > suid && chmod 4755 suid && chmod 0700 empty && chmod 1777 kept && chown 5:6 d && chmod 0750 d \
 && echo x > d/x && echo y > d/sub/y && chmod 0600 d/sub/y && ln -s x d/near && ln -s /o/f d/absolute \
 && ln -s f link && ln -s nowhere dangling && ln -s d dirlink && ln -s /o/d absdir && ln d/x d/hard \
 && echo b > 'a[0].txt' && echo c > 'with space' && echo e > 'zwölf' && mkdir -p way \
 && ln -s ../../etc/passwd way/out && mkfifo d/pipe && touch -d @1000000000 f \
 && echo old > /t/old && chmod 0604 /t/old && ln -s there /t/tolink && ln -s absent /t/broken && mkdir -p /t/there/d \
 && echo z > /t/there/d/z && chmod 0711 /t/there/d && ln -s /o/d/sub /o/deep
WORKDIR /o
CMD ["true"]
"""
# What stands on this machine before a copy.
HOST = r"""mkdir -p there/d local/sub && chmod 0701 there && chmod 0705 there/d && echo mine > there/mine
echo was > file && chmod 0604 file; ln -s there tolink; ln -s file tofile; ln -s absent broken; echo f > x
echo in > local/in; chmod 0751 local; echo s > local/sub/s; chmod 4711 local/sub/s; chown 21:22 local/in
ln -s in local/link; ln local/in local/hard; ln -s local locallink; mkdir empty; chmod 0710 empty; mkfifo local/pipe
"""
OUT = [
    ("/o/f", "new"), ("/o/f", "there"), ("/o/f", "there/"), ("/o/f", "there/."), ("/o/f", "file"), ("/o/f", "new/"),
    ("/o/f", "absent/f"), ("/o/f", "tolink"), ("/o/f", "tofile"), ("/o/f", "broken"), ("/o/f", "."), ("/o/f/", "new"),
    ("/o/f/.", "new"), ("/o/f", "./file"), ("o/f", "new"), ("/o/../o/./f", "new"), ("/o/f", "file/"), ("/o/d", "new"),
    ("/o/d", "there"), ("/o/d", "there/"), ("/o/d", "file"), ("/o/d/", "new"), ("/o/d/", "there"), ("/o/d/.", "new"),
    ("/o/d/.", "there"), ("/o/d/.", "there/d"), ("/o/d", "tolink"), ("/o/d/.", "tolink"), ("/o/d", "."),
    ("/o/d/.", "."), ("/o/d", "broken"), ("/o/d", "absent/x"), ("/o/d", "there/d"), ("/o/d/.", "file"),
    ("/o/.", "new"), ("/o/.", "there"), ("/o", "new"), ("/o", "."), ("/o/link", "new"), ("/o/link", "file"),
    ("/o/link", "there"), ("/o/dangling", "new"), ("/o/dirlink", "new"), ("/o/dirlink/", "new"),
    ("/o/dirlink/.", "new"), ("/o/dirlink", "there"), ("/o/dirlink/x", "new"), ("/o/absdir/x", "new"),
    ("/o/absdir/.", "new"), ("/o/suid", "new"), ("/o/empty", "new"), ("/o/empty", "empty"), ("/o/empty/.", "there"),
    ("/o/kept", "new"), ("/o/a[0].txt", "new"), ("/o/with space", "new"), ("/o/zwölf", "."), ("/o/way", "new"),
    ("/o/way/out", "new"), ("/o/absent", "new"), ("/o/d/absent/x", "new"), ("/o/deep/y", "new"), ("/o/deep", "new"),
    ("/o/*.txt", "new"), ("/o/d/pipe", "new"), ("/o/f", "there/f"), ("/o/f", "there/d"), ("/o/d/sub", "there/d/sub"),
    ("/o/kept/", "kept"), ("f", "new"), ("-L /o/link", "new"), ("-L /o/link", "there"), ("-L /o/dirlink", "new"),
    ("-L /o/dirlink", "there"), ("-L /o/dirlink/.", "there"), ("-L /o/absdir", "new"), ("-L /o/d", "new"),
    ("-L /o/deep/y", "new"), ("-L /o/dangling", "new"), ("-a /o/f", "new"), ("-a /o/d", "new"), ("/etc", "new"),
    ("/etc/.", "there"), ("/.", "new"), ("/", "new"), ("/dev", "new"),
]  # fmt: skip
STREAMS = [
    "/o/f", "/o/d", "/o/d/.", "/o/d/", "/o/link", "/o/dirlink", "/o/dirlink/", "/o/.", "/o", "/o/absent",
    "-L /o/dirlink",
]  # fmt: skip
IN = [
    ("x", "/t/new"), ("x", "/t/"), ("x", "/t"), ("x", "/t/there"), ("x", "/t/old"), ("x", "/t/tolink"),
    ("x", "/t/broken"), ("x", "/t/absent/x"), ("x", "/t/new/"), ("x", "/t/there/d"), ("x", "/t/file.d"),
    ("x", "t/relative"), ("./x", "/t/there/."), ("local", "/t/new"), ("local", "/t/there"), ("local", "/t/old"),
    ("local/.", "/t/there"), ("local/.", "/t/new"), ("local/", "/t/there"), ("local", "/t/tolink"),
    ("local/.", "/t/tolink"), ("local", "/t/absent/x"), ("there/d", "/t/there"), ("there/.", "/t/there"),
    ("locallink", "/t/new"), ("locallink/", "/t/new"), ("locallink/.", "/t/new"), ("locallink/", "/t/there"),
    ("tofile", "/t/new"), ("broken", "/t/new"), ("absent", "/t/new"), ("empty", "/t/new"), ("empty/.", "/t/there"),
    ("local/in", "/t/there/d"), ("-L locallink", "/t/new"), ("-L tofile", "/t/new"), ("-L tofile", "/t"),
    ("-L local", "/t/new"), ("-L locallink/.", "/t/there"), ("-a local", "/t/new"), ("-a x", "/t/new"),
    ("local/sub/s", "/t/s"), (".", "/t/all"),
]  # fmt: skip
# Where podman's own `cp` is another: it follows links and has no -L, takes patterns, begins at the WORKDIR, replaces a
# link that it copies onto, and has no files of docker's. Where a test asks for podman, these are rows that it must not
# do as we do. Its streams have neither owners nor docker's names, and do not tell what came into a container.
PODMAN_DIFFERS = frozenset(
    {
        "/o/f tofile", "/o/f broken", "/o/f/ new", "/o/f/. new", "o/f new", "/o/d broken", "/o/. there",
        "/o/link new", "/o/link file", "/o/link there", "/o/dangling new", "/o/dirlink new", "/o/dirlink there",
        "/o/a[0].txt new", "/o/way new", "/o/way/out new", "/o/deep new", "f new", "-L /o/link new",
        "-L /o/link there", "-L /o/dirlink new", "-L /o/dirlink there", "-L /o/dirlink/. there", "-L /o/absdir new",
        "-L /o/d new", "-L /o/deep/y new", "/etc new", "/etc/. there", "/. new", "/ new", "/dev new",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Client:
    """One client, and the container that it reads from."""

    engine: Engine
    container: str

    def cp(self, words: list[str], folder: Path, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
        """What `cp` with these words leaves, begun in a folder."""
        started = self.engine.words or (self.engine.program,)
        done = subprocess.run(
            [*started, "cp", *words],
            env=dict(self.engine.env),
            cwd=folder,
            input=data,
            capture_output=True,
            check=False,
            timeout=120,
        )
        assert self.engine.program != "buildah" or done.returncode != REFUSED, done.stderr
        return done

    def target(self, name: str) -> Client:
        """The same with a container of its own, to copy into."""
        self.engine.docker("create", "--name", name, IMAGE)
        return Client(self.engine, name)


@pytest.fixture(scope="module", params=["buildkit", "podman"])
def clients(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Client, Client]]:
    """A real client and ours, each with a container of the same image."""
    name = {"buildkit": "engine", "podman": "podman_engine"}[request.param]
    recipe = tmp_path_factory.mktemp("tree")
    (recipe / "Dockerfile").write_text(RECIPE, encoding="utf-8")
    real: Engine = request.getfixturevalue(name).with_images("alpine:latest")
    ours: Engine = request.getfixturevalue("buildah_engine")
    archive = str(recipe / "image.tar")
    try:
        real.docker("build", "-t", IMAGE, str(recipe))
        real.docker("save", "-o", archive, IMAGE)
        if real.program == "docker":
            ours.docker("load", "-i", archive)
        for engine in (real, ours):
            engine.docker("create", "--name", f"{NAME}-{engine.program}", IMAGE)
        yield Client(real, f"{NAME}-{real.program}"), Client(ours, f"{NAME}-{ours.program}")
    finally:
        for engine in (real, ours):
            engine.docker("rm", "-f", f"{NAME}-{engine.program}", check=False)
        for engine in (real, ours):
            engine.docker("rmi", "-f", IMAGE, check=False)


def known(client: Client, row: str) -> bool:
    """Whether podman is known to do a row otherwise than docker."""
    return client.engine.program == "podman" and row in PODMAN_DIFFERS


@pytest.mark.parametrize(("source", "target"), OUT, ids=lambda value: value)
def test_a_copy_out_of_a_container(source: str, target: str, clients: tuple[Client, Client], tmp_path: Path) -> None:
    found = []
    for number, client in enumerate(clients):
        folder = tmp_path / str(number)
        prepare(folder)
        *options, path = source.split(" ", 1) if source.startswith("-") else [source]
        done = client.cp([*options, f"{client.container}:{path}", target], folder)
        seen = tree(folder)
        if path in {"/", "/."}:
            seen.pop("new", None)  # where no layer has it, the root's mode is the storage's own: 0555 with podman's
        found.append((done.returncode, seen))
    held(clients, f"{source} {target}", found)


@pytest.mark.parametrize("clients", ["buildkit"], indirect=True)
@pytest.mark.parametrize("source", STREAMS)
def test_a_stream_out_of_a_container(source: str, clients: tuple[Client, Client], tmp_path: Path) -> None:
    found = []
    for client in clients:
        *options, path = source.split(" ", 1) if source.startswith("-") else [source]
        done = client.cp([*options, f"{client.container}:{path}", "-"], tmp_path)
        found.append((done.returncode, members(done.stdout)))
    held(clients, f"{source} -", found)


@pytest.mark.parametrize("clients", ["buildkit"], indirect=True)
@pytest.mark.parametrize(("source", "target"), IN, ids=lambda value: value)
def test_a_copy_into_a_container(source: str, target: str, clients: tuple[Client, Client], tmp_path: Path) -> None:
    found = []
    for number, client in enumerate(clients):
        folder = tmp_path / str(number)
        prepare(folder)
        made = client.target(f"{NAME}-in-{number}")
        try:
            *options, path = source.split(" ", 1) if source.startswith("-") else [source]
            done = client.cp([*options, path, f"{made.container}:{target}"], folder)
            found.append((done.returncode, members(client.cp([f"{made.container}:/t", "-"], folder).stdout)))
        finally:
            client.engine.docker("rm", "-f", made.container)
    held(clients, f"{source} in {target}", found)


@pytest.mark.parametrize("clients", ["buildkit"], indirect=True)
@pytest.mark.parametrize(
    ("target", "options"),
    [("/t", ""), ("/t/there", ""), ("/t/old", ""), ("/t/absent", ""), ("/t/tolink", ""), ("/t", "-a")],
)
def test_a_stream_into_a_container(target: str, options: str, clients: tuple[Client, Client], tmp_path: Path) -> None:
    prepare(tmp_path / "given")
    data = subprocess.run(
        ["tar", "-c", "-z", "local", "there"], cwd=tmp_path / "given", capture_output=True, check=True
    ).stdout
    found = []
    for number, client in enumerate(clients):
        made = client.target(f"{NAME}-in-{number}")
        try:
            done = client.cp([*options.split(), "-", f"{made.container}:{target}"], tmp_path, data)
            found.append((done.returncode, members(client.cp([f"{made.container}:/t", "-"], tmp_path).stdout)))
        finally:
            client.engine.docker("rm", "-f", made.container)
    held(clients, f"- in {target}", found)


def held(clients: tuple[Client, Client], row: str, found: list[tuple[int, dict[str, str]]]) -> None:
    """Both did the same, but for what podman is known to do otherwise; whether they failed, not with which number."""
    (one, theirs), (other, ours) = found
    same = (bool(one), theirs) == (bool(other), ours)
    if known(clients[0], row):
        assert not same, "podman does not differ any more"
        return
    assert bool(other) == bool(one)
    assert ours == theirs


def prepare(folder: Path) -> None:
    """A folder with what the copies of a row find there."""
    folder.mkdir()
    subprocess.run(["sh", "-ec", HOST], cwd=folder, check=True)


def tree(folder: Path) -> dict[str, str]:
    """Every path below a folder, with its kind, mode, owner and content; names of one file are told as such."""
    found, first = {}, {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        name = os.fsencode(path.relative_to(folder)).decode("utf-8", "backslashreplace")
        what = f"{stat.filemode(status.st_mode)} {status.st_uid}:{status.st_gid}"
        if path.is_symlink():
            what += f" -> {path.readlink()}"
        elif path.is_file():
            what += f" {hashlib.sha256(path.read_bytes()).hexdigest()[:12]} {first.setdefault(status.st_ino, name)}"
        found[name] = what
    return found


def members(data: bytes) -> dict[str, str]:
    """The same of a tar archive, in its order."""
    if not data:
        return {}
    found: dict[str, str] = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for number, entry in enumerate(archive):
            file = archive.extractfile(entry) if entry.isreg() else None
            digest = hashlib.sha256(file.read()).hexdigest()[:12] if file else ""
            what = f"{entry.type!r} {entry.mode:o} {entry.uid}:{entry.gid} {entry.linkname} {digest}"
            found[f"{number} {entry.name}"] = what
    return found
