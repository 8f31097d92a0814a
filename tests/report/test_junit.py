"""JUnit: well formed whatever an image holds, a failure for what counts and none for what does not."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from migrator.report.junit import render_junit
from migrator.rules import verification as rules
from migrator.verify.verdict import (
    ArtifactCheck,
    Difference,
    ImageFacts,
    NotVerified,
    Verdict,
    Verification,
    Weighed,
)

FACTS = (ImageFacts("app:latest", 1, 1, 1.0),)


def parsed(verdict: Verdict, *differences: Difference, artifacts: tuple[ArtifactCheck, ...] = ()) -> ET.Element:
    images = Weighed(FACTS, FACTS, (), 1.0, 2.0)
    outcome = Verification(verdict, "docker 26.1", "buildkit", artifacts, differences, images, ())
    return ET.fromstring(render_junit(outcome))  # noqa: S314 - our own text


def bad(root: ET.Element) -> list[tuple[str, str]]:
    return [(str(case.get("name")), child.tag) for case in root.iter("testcase") for child in case]


def test_what_is_set_aside_is_no_failure() -> None:
    aside = Difference("mtime", "/x", "1", "2", "MG401", set_aside=True, image="app:latest")
    root = parsed(Verdict.IDENTICAL, aside)
    assert bad(root) == []
    assert (root.get("tests"), root.get("failures"), root.get("errors"), root.get("time")) == ("2", "0", "0", "3.0")


def test_a_difference_is_a_failure_of_its_image_and_a_misreading_an_error() -> None:
    differs = Difference("mode", "/x", "0644", "0600", "MG411", image="app:latest")
    root = parsed(Verdict.DIFFERENT, differs)
    assert bad(root) == [("image app:latest is the same", "failure")]
    assert "0644" in str(next(root.iter("failure")).text)
    misread = Difference("call", "build.sh:3", "docker build x", "docker build y", "MG440")
    assert bad(parsed(Verdict.DIFFERENT, misread)) == [("the script does what was read in it", "error")]


def test_what_the_build_does_not_repeat_fails_where_nothing_else_does() -> None:
    noise = Difference("content", "/x", "a", "b", "MG403", set_aside=True, image="app:latest")
    assert bad(parsed(Verdict.NONDETERMINISTIC, noise)) == [("image app:latest is the same", "failure")]


def test_an_artifact_that_is_another_is_a_failure_of_its_own() -> None:
    root = parsed(Verdict.DIFFERENT, artifacts=(ArtifactCheck("/a", "builder", "1", "1", "1", "2"),))
    assert bad(root) == [("artifact /a", "failure")]


def test_names_that_no_xml_may_hold_are_escaped() -> None:
    hostile = Difference("content", "/\x1b[31m<&\udcff\n\x00", "\x01", "]]>", "MG410", image="app:latest")
    root = parsed(Verdict.DIFFERENT, hostile)
    assert "\\x1b" in str(next(root.iter("failure")).text)


def test_where_nothing_could_be_compared_there_is_one_error() -> None:
    found = rules.TIMEOUT.at(None, arm="legacy", seconds=5.0)
    outcome = NotVerified(Verdict.TIMEOUT, "docker 26.1", "buildkit", (found,), ("the end of the log \x07",))
    root = ET.fromstring(render_junit(outcome))  # noqa: S314 - our own text
    assert bad(root) == [("both ways are built", "error")]
    assert root.get("errors") == "1"
