"""The images that the script leaves, by their names: which belong together, and what the new way does not make."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING

import pytest
from verify_bench import REPOSITORY, SCRIPT, converted, prove

from migrator.report.verification import render_text
from migrator.rules import plan
from migrator.verify.arms import VerifyOptions
from migrator.verify.names import matched
from migrator.verify.verdict import Verdict, Verification

if TYPE_CHECKING:
    from conftest import Engine

    from migrator.migration.result import Converted


@pytest.mark.parametrize(
    ("wanted", "there", "expected"),
    [
        (["a:1"], ["a:1", "b:1"], {"a:1": "a:1"}),
        (["a:17"], ["a:16"], {"a:17": "a:16"}),
        (["a:17", "a:latest"], ["a:latest", "a:16"], {"a:17": "a:16", "a:latest": "a:latest"}),
        (["r/a:17", "r/b:17"], ["r/b:16", "r/a:16"], {"r/a:17": "r/a:16", "r/b:17": "r/b:16"}),
        (["a:17", "a:18"], ["a:15", "a:16"], {"a:17": "a:15", "a:18": "a:16"}),
        # One of them is somebody else's, and nothing tells which.
        (["a:17"], ["a:15", "a:16"], {}),
        (["a:17"], ["b:17"], {}),
        (["h:5000/a:17"], ["h:5001/a:17"], {}),
    ],
)
def test_names_belong_together(wanted: list[str], there: list[str], expected: dict[str, str]) -> None:
    assert matched(wanted, there) == expected


def verified(engine: Engine, script: str, conversion: Converted) -> Verification:
    outcome = prove(
        engine, {**REPOSITORY, "build.sh": script}, conversion, VerifyOptions(timeout=300, reuse_cache=True)
    )
    assert isinstance(outcome, Verification), outcome
    return outcome


def names(outcome: Verification) -> set[tuple[str, str | None, bool]]:
    return {(one.path, one.cause, one.set_aside) for one in outcome.differences if one.aspect == "image"}


@pytest.mark.engine
def test_an_image_that_the_new_way_does_not_make_is_a_difference_and_steps_are_none(each_engine: Engine) -> None:
    """Steps are: the builder, what a container was made of, what another image stands on, a name for a base."""
    if each_engine.builder == "classic" and "MIGRATOR_EVERY_CASE" not in os.environ:
        pytest.skip("make test-cases")
    script = (
        SCRIPT + "docker tag alpine:latest ferry-base:1\n"
        "docker build -t ferry-test - < Dockerfile.build\ndocker run --rm ferry-test true\n"
        "printf 'FROM ferry-base:1\\nENV DECK=1\\nRUN echo > /step' | docker build -t ferry-step -\n"
        "printf 'FROM ferry-step\\nRUN echo > /deck' | docker build -t ferry-debug -\n"
        "docker tag ferry:latest ferry:stable\n"
    )
    outcome = verified(each_engine, script, converted())
    assert outcome.verdict is Verdict.DIFFERENT
    assert names(outcome) == {("ferry-debug:latest", "MG487", False), ("ferry:stable", "MG487", False)}
    assert "MG487" in [found.code for found in outcome.diagnostics]
    assert "ferry-debug:latest" in render_text(outcome)


@pytest.mark.engine
def test_the_name_of_an_output_is_private_and_one_that_the_new_way_does_not_make_is_a_difference(
    engine: Engine,
) -> None:
    last = "printf 'FROM alpine:latest\\nRUN echo > /deck\\n' | docker build -o type=image,name=ferry-debug -\n"
    outcome = verified(engine, SCRIPT + last, converted())
    assert names(outcome) == {("ferry-debug:latest", "MG487", False)}
    assert engine.docker("image", "inspect", "ferry-debug", check=False).returncode


@pytest.mark.engine
def test_a_name_under_a_condition_that_the_conversion_told_of_is_set_aside(engine: Engine) -> None:
    script = SCRIPT + "docker tag ferry:latest harbour.local/ferry\n"
    told = converted(diagnostics=(plan.NAME_CONDITIONAL.at(None),))
    outcome = verified(engine, script, told)
    assert outcome.verdict is Verdict.EQUIVALENT
    assert names(outcome) == {("harbour.local/ferry:latest", "MG488", True)}


@pytest.mark.engine
def test_a_name_with_the_moment_in_it_is_not_repeatable_and_a_wrong_name_is_a_difference(engine: Engine) -> None:
    script = SCRIPT.replace("-t ferry:latest", "-t ferry:$(date +%s%N)")
    template = converted(tags=("ferry:$(date +%s%N)",))
    outcome = verified(engine, script, template)
    assert outcome.verdict is Verdict.NONDETERMINISTIC
    assert names(outcome) == {("ferry", "MG403", True)}
    assert outcome.compared > 0
    (target,) = template.targets
    fixed = converted(targets=(dataclasses.replace(target, command="docker build -t ferry:new ."),))
    other = verified(engine, SCRIPT.replace("ferry:latest", "ferry:old"), fixed)
    assert other.verdict is Verdict.DIFFERENT
    assert names(other) == {("ferry", "MG489", False)}
