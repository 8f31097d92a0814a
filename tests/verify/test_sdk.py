"""A program that uses the Docker SDK is run with what stands in for it: private names, real images, and our calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from verify_bench import REPOSITORY

from migrator.migration.convert import convert_with_trace
from migrator.migration.result import Converted
from migrator.project import Project
from migrator.verify.arms import VerifyOptions
from migrator.verify.verdict import NotVerified, Verdict, Verification
from migrator.verify.verify import verify

if TYPE_CHECKING:
    from conftest import Engine

pytestmark = pytest.mark.engine
PROGRAM = """#!/usr/bin/env python3
import io, tarfile
import docker
client = docker.from_env()
{before}
image, log = client.images.build(path=".", dockerfile="Dockerfile.build", tag="ferry:build")
container = client.containers.create(image.id)
bits, stat = container.get_archive("/out/ferry")
tarfile.open(fileobj=io.BytesIO(b"".join(bits))).extractall(".")
container.remove()
client.images.build(path=".", tag="ferry:latest")
"""


def project(before: str) -> Project:
    files = {**REPOSITORY, "build.py": PROGRAM.format(before=before)}
    del files["build.sh"]
    return Project.of(files, "ferry")


def proved(engine: Engine, read: str = "", runs: str | None = None) -> Verification | NotVerified:
    """What verifying gives where `read` was read in the program, and `runs` is what it does."""
    conversion, trace = convert_with_trace(project(read), "build.py", (), {})
    assert isinstance(conversion, Converted), conversion
    real = project(read if runs is None else runs)
    return verify(real, conversion, VerifyOptions(timeout=300, reuse_cache=True), engine.interface, trace=trace)


def test_the_program_runs_and_both_images_are_the_same(engine: Engine) -> None:
    before = engine.holdings()
    found = proved(engine)
    assert found.verdict is Verdict.IDENTICAL, found
    assert engine.holdings() == before


def test_a_call_that_was_not_read_is_seen(engine: Engine) -> None:
    hidden = "client.images.build(path='.', dockerfile='Dockerfile.build', tag='ferry:hidden')"
    found = proved(engine, "print('nothing')", hidden)
    assert found.verdict is not Verdict.IDENTICAL
    assert "MG440" in [one.code for one in found.diagnostics]


def test_what_does_not_stand_in_ends_the_program(engine: Engine) -> None:
    found = proved(engine, "client.networks")
    assert isinstance(found, NotVerified)
    assert found.verdict is Verdict.LEGACY_BUILD_FAILED
    assert any("networks" in line for line in found.log)
