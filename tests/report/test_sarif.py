"""SARIF: what code-scanning services need of it."""

from __future__ import annotations

import json

from made_conversions import CONVERTED, DECLINED, ERROR

from migrator.report.sarif import document, render
from migrator.source import Source


def test_the_head_of_the_log() -> None:
    log = json.loads(render(CONVERTED.diagnostics, "0.1.0", "build.sh"))
    assert log["version"] == "2.1.0"
    driver = log["runs"][0]["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("migrator", "0.1.0")


def test_each_result_points_at_its_rule_and_its_place() -> None:
    log = document((*CONVERTED.diagnostics, *DECLINED.diagnostics), "0.1.0", "build.sh")
    (only,) = log["runs"]
    rules = only["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["MG104", "MG150"]
    for result in only["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
    first, second, third = only["results"]
    assert (first["level"], third["level"]) == ("warning", "error")
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "build.sh", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 4, "startColumn": 1, "endLine": 4, "endColumn": 27},
    }
    assert second["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}


def test_a_path_is_a_uri() -> None:
    finding = ERROR.at(Source("my folder/50%\udcff.sh", "x").whole, name="x")
    (only,) = document([finding], "1", "x")["runs"]
    location = only["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "my%20folder/50%25%FF.sh"


def test_nothing_found_is_an_empty_run() -> None:
    (only,) = document([], "1", "x")["runs"]
    assert only["results"] == []
    assert only["tool"]["driver"]["rules"] == []
