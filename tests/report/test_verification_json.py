"""`verify --format json`: the contract, held by its published schema."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from migrator.report.verification import document, render_json
from migrator.rules.verification import LEGACY_FAILED, TIME
from migrator.verify.verdict import (
    ArtifactCheck,
    Difference,
    ImageFacts,
    NotVerified,
    Verdict,
    Verification,
    Weighed,
)

SCHEMAS = Path(__file__).parents[2] / "docs" / "reference" / "schemas"
SCHEMA = json.loads((SCHEMAS / "verification-1.json").read_text(encoding="utf-8"))
DIGEST = "0f" * 32
FACTS = ImageFacts("app:latest", 13_000_000, 3, 1.5)
VERIFIED = Verification(
    verdict=Verdict.EQUIVALENT,
    engine="docker 26.1.5",
    builder="buildkit",
    artifacts=(ArtifactCheck("/usr/bin/app", "builder", DIGEST, None, DIGEST, DIGEST),),
    differences=(Difference("mtime", "/usr/bin", "1", "2", TIME.code, set_aside=True, image="app:latest"),),
    images=Weighed((FACTS,), (FACTS,), (dataclasses.replace(FACTS, name="app:build"),), 3.0, 2.0),
    diagnostics=(TIME.at(None, count=1),),
    compared=42,
)
FAILED = NotVerified(
    Verdict.LEGACY_BUILD_FAILED, "docker 26.1.5", "classic", (LEGACY_FAILED.at(None, reason="exit code 2"),), ("end",)
)


def errors(value: object) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(value)]


@pytest.mark.parametrize("outcome", [VERIFIED, FAILED], ids=lambda value: type(value).__name__)
def test_every_outcome_fits_the_schema(outcome: Verification | NotVerified) -> None:
    assert errors(json.loads(render_json(outcome))) == []


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_is_in_the_schema(verdict: Verdict) -> None:
    assert str(verdict) in SCHEMA["properties"]["verdict"]["enum"]


def test_the_schema_names_no_verdict_that_there_is_not() -> None:
    assert set(SCHEMA["properties"]["verdict"]["enum"]) == {str(verdict) for verdict in Verdict}


@pytest.mark.parametrize(
    "damage",
    [
        {"verdict": "fine"},
        {"schema": "migrator/verification/2"},
        {"images": None},
        {"surprise": 1},
        {"log": []},
        {"compared": -1},
        {"artifacts": [{"path": "/x", "match": True}]},
        {
            "differences": [
                {"aspect": "mode", "path": "/x", "legacy": "1", "new": "2", "cause": "MG1", "set_aside": False}
            ]
        },
    ],
    ids=str,
)
def test_the_schema_has_teeth(damage: dict[str, object]) -> None:
    assert errors(document(VERIFIED) | damage)
