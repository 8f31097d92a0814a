"""Both ways at once: only where neither disturbs the other, and nothing of it stays when one of them ends it."""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from verify_bench import BUILDER, NEW, REPOSITORY, converted, project_of, prove

from migrator.verify.arms import Bench, VerifyOptions
from migrator.verify.beside import are_beside
from migrator.verify.scratch import Scratch
from migrator.verify.verdict import NotVerified, Verdict, Verification

if TYPE_CHECKING:
    from conftest import Engine

UUID = "cat /proc/sys/kernel/random/uuid > /out/ferry"


def spans(folder: Path, way: str) -> list[tuple[float, float]]:
    """When each build of a way began and ended."""
    calls = [json.loads(line) for line in (folder / f"{way}.calls.jsonl").read_text(encoding="ascii").splitlines()]
    return [(one["began"], one["began"] + one["seconds"]) for one in calls if one["command"] == "build"]


def at_once(folder: Path) -> bool:
    return any(one[0] < other[1] and other[0] < one[1]
               for one in spans(folder, "legacy") for other in spans(folder, "new"))  # fmt: skip


def slowed(what: str = "echo timetable > /out/ferry", seconds: int = 4) -> tuple[dict[str, str], str]:
    """The repository and the new Dockerfile with a builder that takes its time."""
    slow = f"sleep {seconds}; mkdir /out && "
    builder = BUILDER.replace("mkdir /out && ", slow).replace("echo timetable > /out/ferry", what)
    new = NEW.replace(BUILDER.partition("\n")[2], builder.partition("\n")[2])
    return {**REPOSITORY, "Dockerfile.build": builder}, new


@pytest.mark.engine
def test_both_ways_run_at_once_where_the_builder_keeps_them_apart(each_engine: Engine, tmp_path: Path) -> None:
    # Only where both begin together must each last until the other has begun.
    repository, new = slowed(seconds=4 if each_engine.builder == "buildah" else 1)
    before = each_engine.holdings()
    options = VerifyOptions(timeout=300, records=tmp_path)
    outcome = prove(each_engine, repository, converted(new), options)
    assert isinstance(outcome, Verification), outcome
    assert outcome.verdict is Verdict.IDENTICAL
    apart = each_engine.builder == "buildah" and each_engine.interface.processors() > 1
    assert at_once(tmp_path) == apart
    assert ("MG483" in [found.code for found in outcome.diagnostics]) == apart
    assert each_engine.holdings() == before


@pytest.mark.engine
def test_what_is_not_repeated_is_seen_at_once_as_well(each_engine: Engine) -> None:
    repository, new = slowed(UUID, 4 if each_engine.builder == "buildah" else 0)
    assert prove(each_engine, repository, converted(new)).verdict is Verdict.NONDETERMINISTIC


@pytest.mark.engine
@pytest.mark.skipif("MIGRATOR_EVERY_CASE" not in os.environ, reason="make test-cases")
def test_buildkit_runs_once_what_two_builds_come_to_together(engine: Engine, tmp_path: Path) -> None:
    """Why it is not so by itself there: the same repository repeats nothing, and looks as if it did."""
    repository, new = slowed(UUID)
    options = VerifyOptions(timeout=300, records=tmp_path, beside=True)
    outcome = prove(engine, repository, converted(new), options)
    assert outcome.verdict is Verdict.IDENTICAL
    assert at_once(tmp_path)
    assert "MG484" in [found.code for found in outcome.diagnostics]


@pytest.mark.engine
def test_an_old_way_that_fails_ends_the_new_one(engine: Engine) -> None:
    before = engine.holdings()
    began = time.monotonic()
    new = NEW.replace("/out/ferry\n", "/out/ferry\nRUN sleep 200\n", 1)
    broken = {**REPOSITORY, "Dockerfile.build": BUILDER + "RUN exit 7\n"}
    outcome = prove(engine, broken, converted(new), VerifyOptions(timeout=300, beside=True))
    assert isinstance(outcome, NotVerified)
    assert outcome.verdict is Verdict.LEGACY_BUILD_FAILED
    assert time.monotonic() - began < 100
    assert engine.holdings() == before


def bench(command: str = "docker build .", builder: str = "buildah", count: int = 2, **options: Any) -> Bench:  # noqa: ANN401 - fields of many types
    made = converted()
    made = replace(made, targets=(replace(made.targets[0], command=command),))
    engine: Any = SimpleNamespace(builder=builder, processors=lambda: count)
    return Bench(engine, Scratch("x", Path()), project_of({}), None, made, VerifyOptions(**options))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, True),
        ({"builder": "classic"}, False),
        ({"builder": "classic", "reuse_cache": True}, False),
        ({"builder": "classic", "beside": True}, True),
        ({"builder": "buildkit"}, False),
        ({"builder": "buildkit", "reuse_cache": True}, True),
        ({"builder": "buildkit", "beside": True}, True),
        ({"count": 1}, False),
        ({"count": 1, "beside": True}, True),
        ({"beside": False}, False),
        ({"beside": True, "against": "app:1"}, False),
        ({"beside": True, "command": 'docker build --build-arg HERE="$PWD" .'}, False),
        ({"command": "docker build --build-arg HERE=$(pwd) ."}, False),
    ],
)
def test_when_both_run_at_once(given: dict[str, Any], *, expected: bool) -> None:
    assert are_beside(bench(**given)) == expected


@pytest.mark.engine
def test_a_base_that_is_missing_is_asked_for_once(engine: Engine, tmp_path: Path) -> None:
    """There is nobody to pull it from here: who asks is what counts."""
    client = shutil.which("docker", path=engine.env["PATH"])
    wrapper, log = tmp_path / "docker", tmp_path / "log"
    wrapper.write_text(f'#!/bin/sh\necho "$*" >> {log}\nexec {client} "$@"\n', encoding="utf-8")
    wrapper.chmod(0o755)
    env = {**engine.env, "PATH": f"{tmp_path}{os.pathsep}{engine.env['PATH']}"}
    base = "localhost:1/migrator-test-nobody:1"
    repository = {name: text.replace("alpine:latest", base) for name, text in REPOSITORY.items()}
    made = converted(NEW.replace("alpine:latest", base))
    made = replace(made, stages=tuple(replace(stage, base=base) for stage in made.stages))
    outcome = prove(replace(engine, env=env), repository, made)
    assert outcome.verdict is Verdict.LEGACY_BUILD_FAILED
    pulls = [line for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("pull ")]
    assert pulls == [f"pull -q {base}"]
