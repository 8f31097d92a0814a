"""What is set aside, by real builds: by a format's rule, on request, by region; and nothing of it under --strict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from verify_bench import NEW, REPOSITORY, RUNTIME, converted, prove

from migrator.report.verification import document, render_text
from migrator.verify.arms import VerifyOptions
from migrator.verify.settle import Asides, matches
from migrator.verify.verdict import Verdict, Verification

if TYPE_CHECKING:
    from conftest import Engine

# Both are made at another second, since the two ways are built one after the other.
TAR = "RUN sleep 1; mkdir /cargo && echo %s > /cargo/box && tar -cf /cargo.tar /cargo && rm -r /cargo\n"
STAMP = "RUN sleep 1; (yes ship | head -c 9000; date +%s; yes %s | head -c 9000) > /log-book\n"


def built(engine: Engine, legacy: str, new: str, asides: Asides | None = None) -> Verification:
    options = VerifyOptions(timeout=300, asides=asides or Asides())
    outcome = prove(engine, {**REPOSITORY, "Dockerfile": RUNTIME + legacy}, converted(NEW + new), options)
    assert isinstance(outcome, Verification), outcome
    return outcome


def counted(outcome: Verification) -> set[tuple[str, str]]:
    return {(one.aspect, one.path) for one in outcome.differences if not one.set_aside}


@pytest.mark.engine
def test_what_a_format_or_the_user_sets_aside_is_told_by_name(engine: Engine) -> None:
    legacy, new = (TAR % "tea" + f"RUN echo {text} > /x\n" for text in "ab")
    outcome = built(engine, legacy, new, Asides(ignore=("/x",)))
    assert outcome.verdict is Verdict.EQUIVALENT
    spots = [one for one in outcome.differences if one.path == "/cargo.tar" and one.aspect == "content"]
    assert {(one.cause, one.set_aside) for one in spots} == {("MG453", True)}
    assert all("time of cargo" in one.legacy and one.legacy != one.new for one in spots)
    assert "set aside: /cargo.tar: time of cargo" in render_text(outcome)
    assert {"MG441", "MG453"} <= {found["code"] for found in document(outcome)["diagnostics"]}
    assert ("content", "/x", "MG441") in {(one.aspect, one.path, one.cause) for one in outcome.differences}


@pytest.mark.engine
def test_a_moment_in_a_file_is_a_region_and_a_change_beside_what_is_set_aside_is_a_difference(engine: Engine) -> None:
    same = STAMP.replace("%s; yes %s", "%s; yes sea")
    outcome = built(engine, same, same)
    assert outcome.verdict is Verdict.NONDETERMINISTIC
    (spot,) = [one for one in outcome.differences if one.path == "/log-book" and one.aspect == "content"]
    assert spot.cause == "MG403"
    assert "byte 90" in spot.legacy
    # In one image what is set aside and what stands beside it: in the archive, behind the moment, beside the pattern.
    legacy = TAR % "tea" + same + "RUN echo a > /x\n"
    new = TAR % "rum" + same.replace("yes sea", "yes tea") + "RUN echo b > /x; echo > /xy\n"
    planted = built(engine, legacy, new, Asides(ignore=("/x",)))
    assert planted.verdict is Verdict.DIFFERENT
    assert counted(planted) == {("content", "/cargo.tar"), ("content", "/log-book"), ("extra", "/xy")}


@pytest.mark.engine
def test_strict_sets_nothing_aside(engine: Engine) -> None:
    legacy, new = (f"{TAR % 'tea'}RUN echo > /x; touch -t {year}01010000 /x\n" for year in (2001, 2002))
    outcome = built(engine, legacy, new, Asides(strict=True))
    assert outcome.verdict is Verdict.DIFFERENT
    assert ("mtime", "/x") in counted(outcome)
    # That the legacy way does not repeat it either is said where the same bytes differ, and no format speaks for it.
    assert {one.cause for one in outcome.differences if one.aspect == "content"} <= {"MG403", "MG410"}


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("/app/x", "/app/x", True),
        ("/app/x", "app/x", True),
        ("/app/x", "/app", True),
        ("/app/x/y", "/app/*", True),
        ("/app/x.pyc", "*.pyc", True),
        ("/application", "/app", False),
        ("/app/x", "/APP/x", False),
    ],
)
def test_patterns(path: str, pattern: str, *, expected: bool) -> None:
    assert matches(path, pattern) is expected
