"""What an engine has not got: said with its place before anything is run, or once it is met; never a difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from test_misread import read
from verify_bench import REPOSITORY, SCRIPT, prove

from migrator.verify.verdict import NotVerified, Verdict

if TYPE_CHECKING:
    from conftest import Engine

pytestmark = pytest.mark.engine

EXEC = SCRIPT.replace("docker cp", "docker exec ferry-extract true || true\ndocker cp")


def test_what_buildah_has_not_got_is_told_before_the_script_is_run(buildah_engine: Engine) -> None:
    engine = buildah_engine.with_images("alpine:latest")
    outcome = prove(engine, {**REPOSITORY, "build.sh": EXEC}, trace=read(EXEC))
    assert isinstance(outcome, NotVerified)
    assert outcome.verdict is Verdict.NOT_RUN
    (found,) = outcome.diagnostics
    assert (found.rule.code, found.span.line if found.span else 0) == ("MG474", 5)
    assert found.message == "buildah has no containers that run in the background, which the script asks for"
    assert outcome.log == ()


def test_what_only_the_run_meets_is_neither_a_difference_nor_a_failure_of_the_script(buildah_engine: Engine) -> None:
    engine = buildah_engine.with_images("alpine:latest")
    for script in (EXEC, EXEC.replace(" || true", "")):
        outcome = prove(engine, {**REPOSITORY, "build.sh": script})
        assert isinstance(outcome, NotVerified)
        assert outcome.verdict is Verdict.NOT_RUN
        assert outcome.diagnostics[-1].rule.code == "MG474"
        assert "`docker exec " in outcome.diagnostics[-1].message
    assert engine.interface.named("migrator-") == ()
