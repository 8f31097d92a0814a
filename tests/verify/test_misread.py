"""A script that does something else than we read in it, with a real engine: no verdict that anybody could rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from verify_bench import REPOSITORY, SCRIPT, prove

from migrator.cli.verify import exit_code
from migrator.interpret.run import run
from migrator.project import Project
from migrator.verify.verdict import Verdict, Verification

if TYPE_CHECKING:
    from conftest import Engine

    from migrator.interpret.run import Outcome

pytestmark = pytest.mark.engine


def read(script: str) -> Outcome:
    """What we read in a script."""
    return run(Project.of({**REPOSITORY, "build.sh": script}, "ferry"), "build.sh")


def test_what_the_script_does_is_what_we_read(each_engine: Engine) -> None:
    outcome = prove(each_engine, trace=read(SCRIPT))
    assert outcome.verdict is Verdict.IDENTICAL
    assert exit_code(outcome) == 0


def test_equal_images_do_not_make_up_for_a_misreading(engine: Engine) -> None:
    misread = SCRIPT.replace("docker cp ferry-extract:/out/ferry", "docker cp ferry-extract:/opt/ferry")
    outcome = prove(engine, trace=read(misread))
    assert isinstance(outcome, Verification)
    assert outcome.verdict is Verdict.DIFFERENT
    (one,) = [difference for difference in outcome.differences if not difference.set_aside]
    assert (one.aspect, one.path, one.cause) == ("call", "build.sh:5", "MG440")
    assert one.legacy == "docker cp ferry-extract:/out/ferry ./ferry"
    assert one.new == "docker cp ferry-extract:/opt/ferry ./ferry"
    assert [found.code for found in outcome.diagnostics if found.severity == "error"] == ["MG440"]
    assert exit_code(outcome) == 3


def test_a_misreading_is_told_where_nothing_can_be_compared(engine: Engine) -> None:
    renamed = {**REPOSITORY, "build.sh": SCRIPT.replace("ferry:latest", "ferry:other")}
    outcome = prove(engine, renamed, trace=read(SCRIPT))
    assert outcome.verdict is Verdict.LEGACY_BUILD_FAILED
    assert [found.code for found in outcome.diagnostics] == ["MG440", "MG430"]
