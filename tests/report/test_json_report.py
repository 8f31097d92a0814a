"""`convert --format json`: the contract, held by its published schema."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from made_conversions import CONVERTED, DECLINED, DOCKERFILE, NOTHING

from migrator.migration.result import Conversion, FileChange
from migrator.report.conversion import document, render

SCHEMAS = Path(__file__).parents[2] / "docs" / "reference" / "schemas"
SCHEMA = json.loads((SCHEMAS / "conversion-1.json").read_text(encoding="utf-8"))


def errors(value: object) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(value)]


@pytest.mark.parametrize(
    "name",
    [
        "conversion-1.json",
        "verification-1.json",
        "audit-1.json",
        "batch-1.json",
        "batch-summary-1.json",
        "split-1.json",
    ],
)
def test_each_published_schema_is_a_schema(name: str) -> None:
    schema = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("conversion", [CONVERTED, DECLINED, NOTHING], ids=lambda value: type(value).__name__)
def test_every_status_fits_the_schema(conversion: Conversion) -> None:
    assert errors(json.loads(render(conversion))) == []


def test_a_converted_script_in_full() -> None:
    found = document(CONVERTED)
    assert found["schema"] == "migrator/conversion/1"
    assert found["status"] == "converted"
    assert found["script"] == "build.sh"
    assert found["dockerfile"] == DOCKERFILE
    assert found["stages"][0] == {
        "name": "builder",
        "base": "golang:1.13",
        "file": "Dockerfile.build",
        "image": "app:build",
    }
    assert found["targets"] == [{"stage": "runtime", "tags": ["app:latest"], "command": "docker build -t app:latest ."}]
    assert found["artifacts"] == [
        {
            "stage": "builder",
            "path": "/src/app",
            "workspace_path": "app",
            "consumers": [{"stage": "runtime", "line": 7, "destination": "/usr/bin/app"}],
            "span": {"file": "build.sh", "line": 4, "column": 1, "end_line": 4, "end_column": 27},
        }
    ]
    assert found["lines"][0] == {"number": 1, "origin": {"file": "Dockerfile.build", "line": 1}, "rule": None}
    assert found["lines"][1] == {"number": 5, "origin": None, "rule": None}
    assert found["files"] == [
        {"path": "Dockerfile", "action": "write", "content": DOCKERFILE},
        {"path": "Dockerfile.build", "action": "delete"},
    ]
    assert [entry["span"] is None for entry in found["diagnostics"]] == [False, True]


def test_a_refusal_carries_no_dockerfile() -> None:
    found = document(DECLINED)
    assert found["status"] == "declined"
    assert "dockerfile" not in found
    assert found["diagnostics"][0]["severity"] == "error"


@pytest.mark.parametrize(
    "damage",
    [
        {"status": "done"},
        {"schema": "migrator/conversion/2"},
        {"dockerfile": None},
        {"surprise": 1},
        {"targets": [{"stage": "x", "tags": "a"}]},
        {"files": [{"path": "x", "action": "write"}]},
        {"files": [{"path": "x", "action": "delete", "content": ""}]},
        {"files": [{"path": "../x", "action": "delete"}]},
        {"diagnostics": [{"code": "X1", "severity": "error", "message": "", "advice": "", "span": None}]},
    ],
    ids=lambda damage: json.dumps(damage)[:40],
)
def test_the_schema_has_teeth(damage: dict[str, Any]) -> None:
    assert errors(document(CONVERTED) | damage)


def test_a_refusal_without_an_error_does_not_fit() -> None:
    assert errors(document(DECLINED) | {"diagnostics": []})


def test_odd_names_survive_json() -> None:
    odd = dataclasses.replace(CONVERTED, files=(FileChange("a\udcff\x1b.txt", "write", "x\r\n"),))
    text = render(odd)
    assert text.isascii()
    assert json.loads(text)["files"] == [{"path": "a\udcff\x1b.txt", "action": "write", "content": "x\r\n"}]


def test_the_same_conversion_gives_the_same_bytes() -> None:
    assert render(CONVERTED) == render(dataclasses.replace(CONVERTED))
