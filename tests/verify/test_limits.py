"""What a verification may have of the machine: the network of its builds, the disk, and folders in containers."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from verify_bench import BUILDER, NEW, REPOSITORY, SCRIPT, converted, prove

from migrator.checkout import load
from migrator.verify.arms import VerifyOptions
from migrator.verify.quota import OverDiskError, Quota
from migrator.verify.verdict import NotVerified, Verdict, Verification
from migrator.verify.verify import verify

if TYPE_CHECKING:
    from conftest import Engine

    from migrator.verify.verdict import NotVerified as Failed

INTERFACES = BUILDER.replace("echo timetable", "ls /sys/class/net")
ALONE = hashlib.sha256(b"lo\n").hexdigest()
# Whoever is on the network of the machine sees more than himself; and the script's own network is its own.
CONTAINERS = """docker network create ferry-net
for net in host default ferry-net; do
  docker run --rm --network $net --name ferry-$net alpine:latest sh -c 'test ! -e /sys/class/net/docker0'
done
docker network rm ferry-net
"""


def on_network(engine: Engine, network: str | None, script: str = SCRIPT) -> Verification | Failed:
    repository = {**REPOSITORY, "Dockerfile.build": INTERFACES, "build.sh": script}
    new = NEW.replace(BUILDER.partition("\n")[2], INTERFACES.partition("\n")[2])
    return prove(engine, repository, converted(new), VerifyOptions(timeout=300, network=network))


@pytest.mark.engine
def test_builds_and_containers_have_no_network_where_that_is_asked_for(each_engine: Engine) -> None:
    script = SCRIPT if each_engine.builder == "buildah" else SCRIPT.replace("set -e\n", f"set -e\n{CONTAINERS}")
    outcome = on_network(each_engine, "none", script)
    assert isinstance(outcome, Verification), outcome
    assert outcome.verdict is Verdict.IDENTICAL
    (check,) = outcome.artifacts
    assert (check.extracted, check.in_stage, check.legacy, check.new) == (ALONE,) * 4
    assert "MG480" in [found.code for found in outcome.diagnostics]
    usual = on_network(each_engine, None)
    assert isinstance(usual, Verification), usual
    assert "MG480" not in [found.code for found in usual.diagnostics]
    # The podman of the tests has no network whatever is asked for.
    assert (usual.artifacts[0].new != ALONE) == (each_engine.program == "docker")


@pytest.mark.engine
def test_a_build_that_fails_without_a_network_says_that_it_had_none(engine: Engine) -> None:
    repository = {**REPOSITORY, "Dockerfile.build": BUILDER + "RUN ls /sys/class/net | grep -v lo\n"}
    outcome = prove(engine, repository, options=VerifyOptions(timeout=300, network="none"))
    assert isinstance(outcome, NotVerified)
    assert outcome.verdict is Verdict.LEGACY_BUILD_FAILED
    assert [found.code for found in outcome.diagnostics] == ["MG480", "MG430"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (VerifyOptions(), ""),
        (VerifyOptions(replay=True), "none"),
        (VerifyOptions(replay=True, network="default"), ""),
        (VerifyOptions(network="none"), "none"),
        (VerifyOptions(network="host"), "host"),
    ],
)
def test_only_a_replay_is_without_a_network_by_itself(options: VerifyOptions, expected: str) -> None:
    assert options.on_network == expected


@pytest.mark.engine
def test_a_script_that_fills_the_disk_is_ended(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "t"))
    script = 'for n in $(seq 1000); do dd if=/dev/zero of="$TMPDIR/$n" bs=1M count=4 2> /dev/null; sleep 0.1; done\n'
    outcome = prove(engine, {**REPOSITORY, "build.sh": script}, options=VerifyOptions(timeout=300, disk=24 << 20))
    assert isinstance(outcome, NotVerified)
    assert (outcome.verdict, [found.code for found in outcome.diagnostics]) == (Verdict.NOT_RUN, ["MG482"])
    assert list((tmp_path / "t").iterdir()) == []


@pytest.mark.engine
def test_a_file_of_a_terabyte_in_a_repository_is_not_even_read(engine: Engine, tmp_path: Path) -> None:
    for name, text in REPOSITORY.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with (tmp_path / "hole").open("wb") as target:
        target.truncate(1 << 40)
    project = load(tmp_path)
    outcome = verify(project, converted(), VerifyOptions(disk=1 << 30), engine.interface, tmp_path)
    assert isinstance(outcome, NotVerified)
    assert [found.code for found in outcome.diagnostics] == ["MG482"]


def test_a_quota_counts_what_lies_on_the_disk(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "file").write_bytes(bytes(100_000))
    with (tmp_path / "hole").open("wb") as target:
        target.truncate(1 << 40)
    Quota(tmp_path, 1 << 20).check()
    Quota(tmp_path, None).check()
    assert not Quota(tmp_path, 1 << 20)()
    assert Quota(tmp_path, 50_000)()
    with pytest.raises(OverDiskError):
        Quota(tmp_path, 50_000).check()


MOUNTS = {
    "build.sh": 'docker run --rm -v "$PWD":/src -w /src alpine:latest sh -c "cat note > made"\ndocker build -t app .\n',
    "Dockerfile": "FROM alpine:latest\nCOPY made /made\n",
    "note": "read me\n",
}


@pytest.mark.engine
@pytest.mark.parametrize("seen", [True, False])
def test_an_engine_that_does_not_see_our_files_is_told_of(engine: Engine, tmp_path: Path, *, seen: bool) -> None:
    """As where it runs on another machine: here it does not see what is mounted for us alone."""
    if os.geteuid() != 0:
        pytest.skip("hiding a folder from the engine needs root: make test-cases as root")
    (tmp_path / "repo").mkdir()
    for name, text in MOUNTS.items():
        (tmp_path / "repo" / name).write_text(text, encoding="utf-8")
    (tmp_path / "hidden").mkdir()
    hide = "true" if seen else f"mount -t tmpfs none '{tmp_path}/hidden'"
    command = f"{hide} && exec '{sys.executable}' -m migrator verify '{tmp_path}/repo' --format json"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", command],
        env={**engine.env, "TMPDIR": f"{tmp_path}/hidden", "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(done.stdout)
    if seen:
        assert (done.returncode, found["verdict"]) == (0, "identical"), done.stderr
        return
    assert (done.returncode, found["verdict"]) == (2, "not-run"), done.stderr
    assert [one["code"] for one in found["diagnostics"]] == ["MG481"]
    assert "another ." in found["diagnostics"][0]["message"]
    assert engine.interface.named("migrator-") == ()
