"""The verdicts, each brought about for real."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import subprocess
import tempfile
import uuid
from typing import TYPE_CHECKING

import pytest
from verify_bench import BUILDER, COPY, NEW, REPOSITORY, RUNTIME, SCRIPT, converted, prove

from migrator.migration.result import FileChange
from migrator.report.verification import document, render_text
from migrator.verify.arms import VerifyOptions
from migrator.verify.verdict import NotVerified, Verdict, Verification

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Engine

pytestmark = pytest.mark.engine

DATE = "RUN date +%s.%N > /built && cat /proc/sys/kernel/random/uuid >> /built\n"


@pytest.fixture(autouse=True)
def nothing_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever the verdict: afterwards the engine has what it had before, images without a name included."""
    name = "each_engine" if "each_engine" in request.fixturenames else "engine"
    used: Engine = request.getfixturevalue(name)
    before = used.holdings()
    yield
    assert used.holdings() == before
    assert used.interface.named("migrator-") == ()


def test_identical_with_every_digest_and_what_the_images_weigh(each_engine: Engine) -> None:
    outcome = prove(each_engine)
    assert isinstance(outcome, Verification)
    assert outcome.verdict is Verdict.IDENTICAL
    (check,) = outcome.artifacts
    digest = hashlib.sha256(b"timetable\n").hexdigest()
    assert (check.extracted, check.in_stage, check.legacy, check.new) == (digest,) * 4
    assert check.path == "/root/ferry"
    (builder,) = outcome.images.builders
    assert builder.name == "ferry:build"
    assert builder.size > 0
    # WORKDIR of a folder that exists is a layer for BuildKit and none for the classic builder.
    layers = 3 if each_engine.builder == "buildkit" else 2
    assert [one.layers for one in (*outcome.images.legacy, *outcome.images.new)] == [layers, layers]
    # What podman calls the size counts the history as well, which says what was copied from where.
    near = 64 if each_engine.builder == "buildah" else 0
    assert abs(outcome.images.legacy[0].size - outcome.images.new[0].size) <= near
    assert {one.aspect for one in outcome.differences} <= {"mtime"}
    text = render_text(outcome)
    assert "identical: every file" in text
    assert digest[:12] in text


def test_the_document_keeps_the_contract(engine: Engine) -> None:
    found = json.loads(json.dumps(document(prove(engine))))
    assert found["schema"] == "migrator/verification/1"
    assert found["verdict"] == "identical"
    assert found["builder"] == engine.builder
    assert found["engine"].startswith("docker ")
    assert set(found["images"]["legacy"]) == {"size", "layers", "seconds"}
    assert {"path", "legacy_sha256", "new_sha256", "extracted_sha256", "match"} <= set(found["artifacts"][0])


def test_equivalent_when_the_recipe_itself_is_in_the_image(each_engine: Engine) -> None:
    runtime = "FROM alpine:latest\nCOPY . /app/\n"
    builder = BUILDER.replace("latest", "latest AS builder")
    new = f"{builder}\nFROM alpine:latest AS runtime\nCOPY . /app/\nCOPY --from=builder --chown=0:0 /out/ferry /app/\n"
    outcome = prove(each_engine, {**REPOSITORY, "Dockerfile": runtime, "note": "x"}, converted(new))
    assert isinstance(outcome, Verification)
    assert outcome.verdict is Verdict.EQUIVALENT
    aside = {(one.aspect, one.path, one.cause) for one in outcome.differences if one.aspect != "mtime"}
    assert aside == {("content", "/app/Dockerfile", "MG402"), ("missing", "/app/Dockerfile.build", "MG402")}


def test_nondeterministic_by_path(each_engine: Engine) -> None:
    repository = {**REPOSITORY, "Dockerfile": RUNTIME + DATE}
    outcome = prove(each_engine, repository, converted(NEW + DATE))
    assert isinstance(outcome, Verification)
    assert outcome.verdict is Verdict.NONDETERMINISTIC
    assert {(one.path, one.cause) for one in outcome.differences if one.aspect != "mtime"} == {("/built", "MG403")}


def test_one_bit_beside_the_noise_is_different(each_engine: Engine) -> None:
    """`A` and `C` are one bit apart; nothing else says that something is wrong."""
    legacy, new = (f"{DATE}RUN printf {letter} > /bit\n" for letter in "AC")
    outcome = prove(each_engine, {**REPOSITORY, "Dockerfile": RUNTIME + legacy}, converted(NEW + new))
    assert isinstance(outcome, Verification)
    assert outcome.verdict is Verdict.DIFFERENT
    assert {(one.aspect, one.path) for one in outcome.differences if not one.set_aside} == {("content", "/bit")}
    assert {one.path for one in outcome.differences if one.cause == "MG403"} == {"/built"}


def test_a_quiet_build_that_fails_says_why_and_leaves_no_step(each_engine: Engine) -> None:
    script = SCRIPT.replace("docker build -t ferry:build", "id=$(docker build -q -t ferry:build").replace(
        "build .", "build .)", 1
    )
    assert prove(each_engine, {**REPOSITORY, "build.sh": script + "test ${#id} = 71\n"}).verdict is Verdict.IDENTICAL
    broken = BUILDER + "RUN echo the compiler says no; exit 7\n"
    outcome = prove(each_engine, {**REPOSITORY, "build.sh": script, "Dockerfile.build": broken})
    assert outcome.verdict is Verdict.LEGACY_BUILD_FAILED


def test_the_legacy_build_that_fails_has_its_own_verdict_and_the_end_of_its_log(each_engine: Engine) -> None:
    broken = BUILDER + "RUN echo the compiler says no; exit 7\n"
    outcome = prove(each_engine, {**REPOSITORY, "Dockerfile.build": broken})
    assert isinstance(outcome, NotVerified)
    assert outcome.verdict is Verdict.LEGACY_BUILD_FAILED
    assert any("the compiler says no" in line for line in outcome.log)
    assert not any("migrator-" in line for line in outcome.log)
    assert "docker build -t ferry:build" in outcome.diagnostics[0].message


def test_a_script_that_leaves_no_image_has_failed(engine: Engine) -> None:
    outcome = prove(engine, {**REPOSITORY, "build.sh": "docker build -t ferry:build -f Dockerfile.build .\n"})
    assert outcome.verdict is Verdict.LEGACY_BUILD_FAILED
    assert "no image ferry:latest" in outcome.diagnostics[0].message


def test_a_script_that_fails_after_its_images_are_there_is_said(engine: Engine) -> None:
    outcome = prove(engine, {**REPOSITORY, "build.sh": SCRIPT + "echo too late; exit 4\n"})
    assert outcome.verdict is Verdict.IDENTICAL
    assert "MG436" in [found.code for found in outcome.diagnostics]


def test_the_new_build_that_fails(each_engine: Engine) -> None:
    outcome = prove(each_engine, conversion=converted(NEW.replace(COPY, "COPY --from=builder /nowhere .")))
    assert isinstance(outcome, NotVerified)
    assert outcome.verdict is Verdict.NEW_BUILD_FAILED
    assert [found.code for found in outcome.diagnostics] == ["MG431"]
    assert any("nowhere" in line for line in outcome.log)


def test_out_of_time(engine: Engine) -> None:
    slow = {**REPOSITORY, "Dockerfile.build": BUILDER + "RUN sleep 60\n"}
    outcome = prove(engine, slow, options=VerifyOptions(timeout=4))
    assert outcome.verdict is Verdict.TIMEOUT
    assert outcome.diagnostics[0].code == "MG432"
    assert "4 seconds" in outcome.diagnostics[0].message


def test_a_build_that_puts_out_files_leaves_no_image_to_ask_for(engine: Engine) -> None:
    steps = (
        "docker build -o put -f Dockerfile.build .",
        "docker build --output type=tar,dest=put.tar -f Dockerfile.build .",
        "tar -xOf put.tar out/ferry | cmp - put/out/ferry",
        "cp put/out/ferry ferry",
        "docker build -t ferry:latest .",
    )
    outcome = prove(engine, {**REPOSITORY, "build.sh": "set -e\n" + "\n".join(steps) + "\n"})
    assert outcome.verdict is Verdict.IDENTICAL, outcome


def test_two_images_and_two_names(engine: Engine) -> None:
    script = SCRIPT.replace(
        "docker build -t ferry:latest .", "docker build -t ferry:latest .\ndocker tag ferry:latest ferry:1"
    )
    conversion = converted(tags=("ferry:latest", "ferry:1"))
    outcome = prove(engine, {**REPOSITORY, "build.sh": script}, conversion)
    assert outcome.verdict is Verdict.IDENTICAL
    missing = prove(engine, REPOSITORY, conversion)
    assert missing.verdict is Verdict.LEGACY_BUILD_FAILED
    assert "ferry:1" in missing.diagnostics[0].message


def test_an_image_without_a_name_is_found_by_its_place(each_engine: Engine) -> None:
    script = "docker build -q .\n"
    plain = "FROM alpine:latest\nRUN echo > /x\n"
    same = converted(plain, artifacts=(), stages=(), files=(FileChange("Dockerfile", "write", plain),))
    same = dataclasses.replace(same, targets=(dataclasses.replace(same.targets[0], tags=(), command="docker build ."),))
    repository = {"build.sh": script, "Dockerfile": plain}
    assert prove(each_engine, repository, same).verdict is Verdict.IDENTICAL
    other = plain.replace("/x", "/y")
    changed = dataclasses.replace(same, dockerfile=other, files=(FileChange("Dockerfile", "write", other),))
    assert prove(each_engine, repository, changed).verdict is Verdict.DIFFERENT


def test_a_base_that_the_script_builds_is_found_under_its_name(each_engine: Engine) -> None:
    script = "docker build -t ferry/base -f Dockerfile.base .\ndocker build -t ferry:latest .\n"
    base, last = (
        "FROM alpine:latest\nRUN echo base > /base\n",
        "ARG BASE=ferry/base\nFROM $BASE\nCOPY --from=ferry/base /base /again\n",
    )
    repository = {"build.sh": script, "Dockerfile.base": base, "Dockerfile": last}
    new = base.replace("latest", "latest AS base") + "FROM base AS runtime\nCOPY --from=base /base /again\n"
    outcome = prove(
        each_engine, repository, converted(new, artifacts=(), files=(FileChange("Dockerfile", "write", new),))
    )
    assert outcome.verdict is Verdict.IDENTICAL, outcome


def test_the_cache_is_shared_only_when_it_is_asked_for_and_that_is_said(engine: Engine) -> None:
    # Another text each time: a builder that has several results for a step may take any of them.
    dated = BUILDER + DATE.replace("/built", "/out/ferry").replace("date", f": {uuid.uuid4()}; date")
    repository = {**REPOSITORY, "Dockerfile.build": dated}
    conversion = converted(NEW.replace(BUILDER.partition("\n")[2], dated.partition("\n")[2]))
    outcome = prove(engine, repository, conversion, VerifyOptions(timeout=300, reuse_cache=True))
    assert outcome.verdict is Verdict.IDENTICAL
    assert "MG437" in [found.code for found in outcome.diagnostics]
    assert prove(engine, repository, conversion).verdict is Verdict.NONDETERMINISTIC


def test_a_disk_that_is_full_is_said_and_nothing_is_half_left(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "none", small], check=False, capture_output=True
    ).returncode:
        pytest.skip("making a small disk needs root")
    try:
        monkeypatch.setattr(tempfile, "tempdir", str(small))
        outcome = prove(engine, {**REPOSITORY, "large": "x" * (1 << 20)})
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", small], check=True)
    assert isinstance(outcome, NotVerified)
    assert outcome.verdict is Verdict.NOT_RUN
    assert [found.code for found in outcome.diagnostics] == ["MG434"]


def test_a_disk_that_is_full_in_a_build_is_not_the_build_s_fault(engine: Engine) -> None:
    full = BUILDER + "RUN echo 'write error: No space left on device' >&2; exit 1\n"
    outcome = prove(engine, {**REPOSITORY, "Dockerfile.build": full})
    assert outcome.verdict is Verdict.NOT_RUN
    assert [found.code for found in outcome.diagnostics] == ["MG434"]
