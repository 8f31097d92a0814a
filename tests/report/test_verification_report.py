"""A verification as text and as JSON."""

from __future__ import annotations

import json

import pytest

from migrator.report.verification import document, render_json, render_text, size
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

DIGEST = "0123456789abcdef" * 4
OTHER = "f" * 64


def made(*differences: Difference, verdict: Verdict = Verdict.IDENTICAL, new: str = DIGEST) -> Verification:
    return Verification(
        verdict,
        "docker 26.1.5",
        "buildkit",
        (ArtifactCheck("/root/x", "builder", DIGEST, DIGEST, DIGEST, new),),
        differences,
        Weighed(
            (ImageFacts("x:1", 13_123_456, 4, 3.24),),
            (ImageFacts("x:1", 13_123_456, 4, 2.0),),
            (ImageFacts("x:build", 819_000_000, 9, 20.0),),
            24.0,
            22.0,
        ),
        (rules.TIME.at(None, count=1),),
        10,
    )


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0B"),
        (999, "999B"),
        (1000, "1kB"),
        (1_985_667, "1.99MB"),
        (13_123_456, "13.1MB"),
        (819_000_000, "819MB"),
        (1_234_567_890, "1.23GB"),
        (999_999_999, "1000MB"),
        (5 * 10**15, "5000TB"),
    ],
)
def test_sizes_are_written_as_docker_writes_them(count: int, text: str) -> None:
    assert size(count) == text


def test_the_document_has_what_the_contract_says() -> None:
    aside = Difference("mtime", "/a", "1", "2", "MG401", set_aside=True, image="x:1")
    found = document(made(aside))
    assert found["schema"] == "migrator/verification/1"
    assert found["artifacts"] == [
        {
            "path": "/root/x",
            "stage": "builder",
            "legacy_sha256": DIGEST,
            "new_sha256": DIGEST,
            "extracted_sha256": DIGEST,
            "stage_sha256": DIGEST,
            "match": True,
        }
    ]
    assert found["differences"] == [
        {
            "aspect": "mtime",
            "path": "/a",
            "legacy": "1",
            "new": "2",
            "cause": "MG401",
            "set_aside": True,
            "image": "x:1",
        }
    ]
    assert found["images"]["legacy"] == {"size": 13_123_456, "layers": 4, "seconds": 24.0}
    assert found["images"]["new"] == {"size": 13_123_456, "layers": 4, "seconds": 22.0}
    assert found["images"]["builders"][0]["size"] == 819_000_000
    assert found["diagnostics"][0]["code"] == "MG401"


def test_an_artifact_that_does_not_match_is_said_in_both() -> None:
    outcome = made(verdict=Verdict.DIFFERENT, new=OTHER)
    assert document(outcome)["artifacts"][0]["match"] is False
    line = next(line for line in render_text(outcome).splitlines() if line.startswith("/root/x"))
    assert line.split() == ["/root/x", DIGEST[:12], DIGEST[:12], DIGEST[:12], OTHER[:12], "differs"]


def test_the_text_says_what_matters() -> None:
    text = render_text(made(Difference("mtime", "/a", "1", "2", "MG401", set_aside=True)))
    assert text.splitlines()[-3:] == [
        "set aside: mtime of 1 entry (MG401)",
        "identical: every file and the whole configuration are the same",
        "docker 26.1.5, buildkit",
    ]
    rows = [line.split() for line in text.splitlines() if line.startswith("x:")]
    assert rows == [
        ["x:build", "legacy,", "builder", "only", "819MB", "9", "20.0"],
        ["x:1", "legacy", "13.1MB", "4", "3.2"],
        ["x:1", "new", "13.1MB", "4", "2.0"],
    ]


def test_differences_are_a_table_that_ends_where_nobody_reads_on() -> None:
    many = [Difference("mode", f"/f{number}", "0644", "0600", "MG411") for number in range(50)]
    text = render_text(made(*many, verdict=Verdict.DIFFERENT))
    assert text.count("MG411") == 40
    assert "and 10 more; --format json has them all" in text


def test_names_cannot_do_harm_on_a_terminal() -> None:
    evil = Difference("content", "/a\x1b[31m\n[bold]b[/bold]", f"sha256:{DIGEST} (3 bytes)", "", "MG410")
    text = render_text(made(evil, verdict=Verdict.DIFFERENT))
    assert "\x1b" not in text
    assert "/a\\x1b[31m\\x0a[bold]b[/bold]" in text
    assert f" {DIGEST[:12]} (3 bytes) " in text


def test_colour_only_where_it_is_wanted() -> None:
    assert "\x1b[" not in render_text(made())
    assert "\x1b[" in render_text(made(), colour=True)


def test_nothing_is_compared_and_the_log_says_why() -> None:
    found = rules.LEGACY_FAILED.at(None, reason="`docker build .` ends with exit code 1")
    outcome = NotVerified(Verdict.LEGACY_BUILD_FAILED, "docker 26.1.5", "classic", (found,), ("one", "two\x07"))
    assert render_text(outcome).splitlines()[:3] == [
        "  | one",
        "  | two\\x07",
        "legacy-build-failed: the script itself does not work, so there is nothing to compare with",
    ]
    said = json.loads(render_json(outcome))
    assert (said["verdict"], said["images"], said["log"]) == ("legacy-build-failed", None, ["one", "two\x07"])


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_is_explained(verdict: Verdict) -> None:
    outcome = NotVerified(verdict, "docker 1", "classic", ())
    assert render_text(outcome).startswith(f"{verdict}: ")
