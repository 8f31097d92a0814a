"""SARIF against its schema, and against the part of it that code scanning reads: what must be there, what may.

SARIF 2.1.0, sections 3.13 to 3.30: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json

import jsonschema
import pytest
from made_conversions import CONVERTED, DECLINED
from sarif_schema import faults

from migrator.diagnostics import Diagnostic
from migrator.report.sarif import render
from migrator.rules import CATALOGUE


def closed(required: list[str], **properties: object) -> dict[str, object]:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


TEXT = {"type": "string", "minLength": 1}
NUMBER = {"type": "integer", "minimum": 1}
MESSAGE = closed(["text"], text=TEXT, markdown=TEXT)
LEVEL = {"enum": ["none", "note", "warning", "error"]}
ARTIFACT = closed(["uri"], uri={"type": "string", "format": "uri-reference", "pattern": r"^(?!/)[!-~]+$"},
                  uriBaseId=TEXT)  # fmt: skip
REGION = closed(["startLine"], startLine=NUMBER, startColumn=NUMBER, endLine=NUMBER, endColumn=NUMBER,
                snippet=closed([], text={"type": "string"}))  # fmt: skip
LOCATION = closed(["physicalLocation"], physicalLocation=closed(["artifactLocation"], artifactLocation=ARTIFACT,
                                                                region=REGION))  # fmt: skip
RESULT = closed(["ruleId", "message", "locations"], ruleId=TEXT, ruleIndex={"type": "integer", "minimum": 0},
                level=LEVEL, message=MESSAGE, locations={"type": "array", "minItems": 1, "items": LOCATION},
                partialFingerprints={"type": "object", "additionalProperties": TEXT})  # fmt: skip
RULE = closed(["id"], id=TEXT, name={"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9-]*$"}, shortDescription=MESSAGE,
              fullDescription=MESSAGE, help=MESSAGE, helpUri={"type": "string", "format": "uri"},
              defaultConfiguration=closed([], level=LEVEL), properties={"type": "object"})  # fmt: skip
DRIVER = closed(["name", "rules"], name=TEXT, version=TEXT, semanticVersion=TEXT, informationUri=TEXT,
                rules={"type": "array", "items": RULE, "uniqueItems": True})  # fmt: skip
RUN = closed(["tool", "results"], tool=closed(["driver"], driver=DRIVER), results={"type": "array", "items": RESULT},
             columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]}, originalUriBaseIds={"type": "object"},
             invocations={"type": "array"})  # fmt: skip
LOG = closed(["version", "runs"], version={"const": "2.1.0"}, runs={"type": "array", "items": RUN, "minItems": 1},
             **{"$schema": {"type": "string", "format": "uri"}})  # fmt: skip


def diagnostics() -> list[tuple[Diagnostic, ...]]:
    every = tuple(Diagnostic(rule, None, rule.message, rule.advice) for rule in CATALOGUE.values())
    return [CONVERTED.diagnostics, DECLINED.diagnostics, (), every]


@pytest.mark.parametrize("found", diagnostics(), ids=["converted", "declined", "nothing", "every rule"])
def test_the_log_is_what_the_schema_wants(found: tuple[Diagnostic, ...]) -> None:
    log = json.loads(render(found, "0.1.0", "build.sh"))
    assert faults(log) == []
    jsonschema.Draft7Validator(LOG).validate(log)
    (run,) = log["runs"]
    ids = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(ids[result["ruleIndex"]] == result["ruleId"] for result in run["results"])


@pytest.mark.parametrize("fault", ["version", "level", "line", "uri", "extra"])
def test_a_planted_fault_is_seen(fault: str) -> None:
    log = json.loads(render(CONVERTED.diagnostics, "0.1.0", "build.sh"))
    result = log["runs"][0]["results"][0]
    place = result["locations"][0]["physicalLocation"]
    match fault:
        case "version":
            log["version"] = "2.0.0"
        case "level":
            result["level"] = "fatal"
        case "line":
            place["region"]["startLine"] = 0
        case "uri":
            place["artifactLocation"]["uri"] = "/a b"
        case _:
            result["rule"] = "x"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(LOG).validate(log)


@pytest.mark.parametrize("fault", ["version", "level", "line", "message", "place", "extra"])
def test_the_schema_as_it_is_published_sees_a_fault(fault: str) -> None:
    log = json.loads(render(CONVERTED.diagnostics, "0.1.0", "build.sh"))
    assert faults(log) == []
    result = log["runs"][0]["results"][0]
    match fault:
        case "version":
            log["version"] = "2.0.0"
        case "level":
            result["level"] = "fatal"
        case "line":
            result["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
        case "message":
            del result["message"]
        case "place":
            result["locations"] = result["locations"][0]
        case _:
            result["rule"] = "x"
    assert faults(log)
