"""The old way replayed from our trace: the same verdicts without running the script, and nothing that is a guess."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from verify_bench import REPOSITORY, RUNTIME

from migrator.interpret.run import run
from migrator.migration.convert import convert_with_trace
from migrator.migration.result import Converted
from migrator.project import Kind, Project
from migrator.verify.arms import VerifyOptions, check_out
from migrator.verify.recorder.session import Session
from migrator.verify.replay.disk import Disk
from migrator.verify.replay.replay import Stage, replay
from migrator.verify.replay.values import NotReplayedError, Values
from migrator.verify.verdict import Legacy, Verdict
from migrator.verify.verify import verify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conftest import Engine

    from migrator.verify.verdict import NotVerified, Verification

# What a replay has to do by itself: ids, an output in a file, files that are copied, moved, written, removed.
BUSY = """#!/bin/bash
set -euo pipefail
TAG=${TAG:-1.0}
docker build -q -t ferry:build -f Dockerfile.build . > build.log
id=$(docker create ferry:build)
docker cp "$id:/out" ./out
docker rm "$id" > /dev/null
docker run --rm ferry:build cat /out/lib/times > times.txt
mkdir -p dist/bin
cp -r out/lib dist/lib
mv out/ferry dist/bin/
printf 'version=%s\\n' "$TAG" > dist/version
chmod 600 dist/version
rm -rf README.md
docker build -t "ferry:$TAG" .
touch {evidence}
"""
BUILDER = """FROM alpine:latest
RUN mkdir -p /out/lib && echo ferry > /out/ferry && chmod 755 /out/ferry
RUN echo nine > /out/lib/times && chmod 640 /out/lib/times && ln -s times /out/lib/today
"""
FINAL = "FROM alpine:latest\nCOPY dist /ferry/\nCOPY times.txt /times\n"
BUSY_REPOSITORY = {"build.sh": BUSY, "Dockerfile.build": BUILDER, "Dockerfile": FINAL, "README.md": "read me\n",
                   ".dockerignore": "build.log\n"}  # fmt: skip


def proved(engine: Engine, files: Mapping[str, str]) -> Verification | NotVerified:
    """What verifying a repository's own conversion gives."""
    project = Project.of(files, "ferry")
    conversion, trace = convert_with_trace(project, "build.sh", (), {})
    assert isinstance(conversion, Converted), conversion
    options = VerifyOptions(timeout=300, replay=True, reuse_cache=True)
    return verify(project, conversion, options, engine.interface, trace=trace)


@pytest.mark.engine
def test_a_script_is_replayed_without_being_run(engine: Engine, tmp_path: Path) -> None:
    before = engine.holdings()
    evidence = tmp_path / "evidence"
    files = {**BUSY_REPOSITORY, "build.sh": BUSY.replace("{evidence}", str(evidence))}
    replayed = proved(engine, files)
    assert replayed.verdict is Verdict.IDENTICAL, replayed
    assert replayed.legacy is Legacy.REPLAY
    assert not evidence.exists()
    assert "MG470" in {found.code for found in replayed.diagnostics}
    assert engine.holdings() <= before


@pytest.mark.engine
def test_a_script_that_cannot_be_replayed_is_not_run_instead(engine: Engine, tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    script = BUSY.replace("{evidence}", str(evidence)).replace("docker create", "docker create -v /etc:/e")
    outcome = proved(engine, {**BUSY_REPOSITORY, "build.sh": script})
    assert outcome.verdict is Verdict.NOT_RUN
    assert [found.code for found in outcome.diagnostics] == ["MG471"]
    assert not evidence.exists()


@pytest.mark.engine
def test_a_replay_finds_what_is_different(engine: Engine, tmp_path: Path) -> None:
    root = tmp_path / "ferry"
    root.mkdir()
    for name, text in REPOSITORY.items():
        (root / name).write_text(text)
    # What the repository's own file sets aside is named, also where it meets nothing.
    (root / ".migrator.toml").write_text('ignore = ["/root/nothing"]\n')
    mine = tmp_path / "mine"
    mine.write_text("FROM alpine:latest AS builder\nRUN mkdir /out && echo late > /out/ferry && chmod 755 /out/ferry\n"
                    + RUNTIME.replace("COPY ferry", "COPY --from=builder /out/ferry"))  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "migrator", "verify", str(root), "--legacy", "replay", "--dockerfile", str(mine),
         "--explain-difference", "/root/ferry", "--reuse-cache", "--format", "json"],
        env={**engine.env, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert (found["verdict"], found["legacy"]) == ("different", "replay")
    assert [one["aspect"] for one in found["differences"] if not one["set_aside"]] == ["content"]
    assert any(one["code"] == "MG473" and "--ignore /root/nothing" in one["message"] for one in found["diagnostics"])
    assert found["explanation"]["lines"][-2:] == ["-timetable", "+late"]


SCRIPTS = {
    "a folder of the machine as context": ("docker build -t x /", "/ is not in the repository"),
    "a Dockerfile of the machine": ("docker build -f /etc/hostname .", "/etc/hostname is not in the repository"),
    "a Dockerfile over a link": ("docker build -f leads/hostname .", "is not in the repository"),
    "a secret of the user's": ("docker build --secret id=a,src=/root/.ssh/id .", "--secret"),
    "the network of the machine": ("docker build --network host .", "--network host"),
    "a mount of the machine": ("docker run -v /etc:/etc alpine", "/etc is not in the repository"),
    "the engine's socket": ("docker run -v /var/run/docker.sock:/s alpine", "is not in the repository"),
    "a mount in other words": ("docker run --mount type=bind,source=/etc,target=/x alpine", "/etc is not in"),
    "all rights": ("docker run --privileged alpine", "--privileged"),
    "a device": ("docker create --device /dev/sda alpine", "--device"),
    "another engine": ("docker -H tcp://192.0.2.1 build .", "--host"),
    "a volume that is more than a volume": ("docker volume create -o device=/etc -o type=none v", "volume create"),
    "a copy out of the repository": ("docker cp c:/x /etc/x", "/etc/x is not in the repository"),
    "a copy over a link": ("docker cp c:/x leads/x", "is not in the repository"),
    "a program by a variable": ("export LD_PRELOAD=./evil.so; docker build --build-arg LD_PRELOAD .", "LD_PRELOAD"),
    "what a program prints": ("docker build -t a:$(./version.sh) .", "known only when the script runs"),
    "a condition of the run": (
        "if ping -c 1 x; then docker build -t a .; else docker build -t b .; fi",
        "which way",
    ),
    "a call on a condition": ("if make; then docker build -t a .; else docker build -t b .; fi", "on a condition"),
    "what a program makes": ("make all; docker build .", "may have changed it"),
    "what goes through a tool in a pipe": ("tar c src | gzip > out.gz; docker build .", "out.gz"),
    "an archive in a pipe": ("tar c src | docker build -", "what is piped into"),
}


def stage_of(project: Project, tmp_path: Path) -> Stage:
    """A place to replay in, in which no call gets as far as the engine."""
    root = tmp_path / "work"
    check_out(project, root)
    (tmp_path / "tmp").mkdir()
    session = Session("test", ("/nonexistent",), {}, str(tmp_path), str(root))
    names = ("HOME", "TMPDIR", "LANG", "TERM", "USER")
    return Stage(project, session, root, tmp_path / "tmp", dict.fromkeys(names, str(tmp_path)))


@pytest.mark.parametrize("name", SCRIPTS)
def test_what_is_not_known_or_reaches_out_is_declined(name: str, tmp_path: Path) -> None:
    script, told = SCRIPTS[name]
    plain = Project.of({"build.sh": f"#!/bin/bash\n{script}\n", "Dockerfile": "FROM alpine\n", "src/a": "a\n"}, "ferry")
    project = Project("ferry", {**plain.files, "leads": Kind.LINK}, plain.reader, {"leads": "/etc"})
    outcome = run(project, "build.sh", (), {}, closed=True)
    with pytest.raises(NotReplayedError, match=re.escape(told)) as raised:
        replay(outcome, stage_of(project, tmp_path))
    assert raised.value.span is not None
    assert raised.value.span.line == 2


HOST_WORK = """mkdir -p a/b/c empty
echo "text $((1 + 2))" > a/b/text
printf '#!/bin/sh\\n' > a/run
chmod 755 a/run
cp README.md a/b/c/
cp -r src a/copied
mv src/one lib
ln -s ../README.md a/link
rm -r docs
sed -i s/north/south/ conf/harbour
cat conf/harbour > both
mv a/b a/renamed
"""
FILES = {"README.md": "read\n", "src/one": "1\n", "src/deep/two": "2\n", "docs/x": "x\n", "conf/harbour": "north\n"}


def listed(root: Path) -> dict[str, tuple[object, ...]]:
    """Every path below a folder with its kind, its mode and its content."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(root.rglob("*")):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if path.is_symlink():
            found[str(path.relative_to(root))] = ("link", str(path.readlink()))
        else:
            found[str(path.relative_to(root))] = ("file", mode, path.read_bytes()) if path.is_file() else ("dir", mode)
    return found


def test_files_are_brought_to_what_the_real_shell_makes_of_them(tmp_path: Path) -> None:
    project = Project.of({**FILES, "build.sh": HOST_WORK}, "ferry")
    for name in ("shell", "ours"):
        check_out(project, tmp_path / name)
    subprocess.run(["bash", "-ec", HOST_WORK], cwd=tmp_path / "shell", check=True, umask=0o022)
    outcome = run(project, "build.sh", (), {}, closed=True)
    (world,) = outcome.worlds
    values = Values(outcome.symbols, tmp_path / "ours", tmp_path, {})
    disk = Disk(project, values, (tmp_path / "ours", tmp_path / "ours"))
    disk.bring(world.ran[0].before.workspace, world.workspace, None)
    assert listed(tmp_path / "ours") == listed(tmp_path / "shell")
    assert (tmp_path / "ours" / "a" / "renamed" / "text").read_text() == "text 3\n"


@pytest.mark.parametrize(
    ("text", "value"),
    [("$TAG", ""), ("${TAG:-1.0}", "1.0"), ("${GIVEN:-1.0}", "here"), ("$(id -u)-${1:-none}", f"{os.getuid()}-arg")],
)
def test_a_variable_that_is_not_given_is_not_set(text: str, value: str, tmp_path: Path) -> None:
    project = Project.of({"build.sh": f'docker build -t "x{text}" .\n', "Dockerfile": "FROM alpine\n"}, "ferry")
    outcome = run(project, "build.sh", ("arg",), {"GIVEN": "here"}, closed=True)
    ((call,),) = [world.calls for world in outcome.worlds]
    assert Values(outcome.symbols, tmp_path, tmp_path, {}).text(call.words[3], None) == f"x{value}"
