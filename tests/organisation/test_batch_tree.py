"""A batch over every sample and case of this tree, with real verification: what is converted is proved."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from batches import adds_up, command, environment, states
from case_table import all_cases, copy_repo

if TYPE_CHECKING:
    from conftest import Engine

pytestmark = pytest.mark.engine

SAMPLES = Path(__file__).parents[2] / "samples"
BASES = (
    *("alpine:latest", "busybox:latest", "golang:1.13", "gcc:12", "openjdk:17", "node:20", "nginx:alpine"),
    *("python:3.11-slim", "debian:bookworm-slim"),
)


@pytest.mark.skipif("MIGRATOR_WHOLE_TREE" not in os.environ, reason="make test-batch: an hour")
def test_every_sample_and_case_is_proved_declined_or_not_the_pattern(engine: Engine, tmp_path: Path) -> None:
    engine.with_images(*BASES)
    top, out = tmp_path / "org", Path(os.environ["MIGRATOR_WHOLE_TREE"])
    top.mkdir()
    samples = [
        folder for folder in sorted(SAMPLES.iterdir()) if list(folder.glob("*.sh")) or (folder / "Makefile").exists()
    ]
    sources = [Path(shutil.copytree(folder, top / f"sample-{folder.name}", symlinks=True)) for folder in samples]
    sources += [copy_repo(case, top) for case in all_cases()]
    # Programs of the cases import packages, which the Python of the tests has.
    more = {**engine.env, "PATH": os.pathsep.join((str(Path(sys.executable).parent), engine.env["PATH"]))}
    # Without a terminal the progress is lines, and it is of interest for an hour.
    done = subprocess.run(
        command(*sources, "-o", out, "--do", "verify", "--jobs", 1),
        env=environment(tmp_path / "tmp", more), stdout=sys.stdout, stderr=sys.stderr, check=False,
    )  # fmt: skip
    assert done.returncode in {0, 1}  # 1: some are declined
    adds_up(out, len(sources))
    found = states(out)
    assert {found[f"sample-{folder.name}"] for folder in samples} == {"verified"}
    given = {case.name for case in all_cases() if case.args or case.env}
    assert {name for name, state in found.items() if state == "old-build-failed"} <= given
    assert set(found.values()) <= {"verified", "declined", "not-applicable", "old-build-failed"}
    for case in all_cases():
        if case.engine and case.status == "converted" and found[case.name] != "verified":
            assert case.name in given or case.script != "build.sh" or case.export or case.runtimes, case.name
    assert json.loads((out / "summary.json").read_bytes())["open"] == 0
