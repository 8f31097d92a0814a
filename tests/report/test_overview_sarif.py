"""An audit as SARIF: each finding at its file in its source."""

from __future__ import annotations

import json

import jsonschema
from made_overviews import some
from sarif_schema import faults
from test_sarif_schema import LOG

from migrator.organisation.audit import Audited, Finding
from migrator.report.overview.sarif import render

X = Finding("MG304", "x", "error", "no", "", "b dir/x.sh", 3)


def places(*answers: Audited) -> list[str]:
    results = json.loads(render(answers, "1"))["runs"][0]["results"]
    return [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results]


def test_every_finding_is_there_with_its_rule_and_its_place() -> None:
    log = json.loads(render(some(), "0.1.0"))
    assert faults(log) == []
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == ["MG304", "MG310"]
    assert [(rules[one["ruleIndex"]], one["level"], one["properties"]["repository"]) for one in run["results"]] == [
        ("MG310", "warning", "/srv/src/web/blog"),
        ("MG304", "error", "/srv/src/web/old/wiki"),
        ("MG304", "error", "/srv/src/data/etl"),
        ("MG304", "error", "/srv/src/broken"),
    ]
    for one in run["results"]:
        one.pop("properties")
    jsonschema.Draft202012Validator(LOG).validate(log)


def test_a_place_is_where_the_source_is() -> None:
    assert places(
        Audited("team/one", "declined", findings=(X,)),
        Audited("./a\udcff", "declined", findings=(X,)),
        Audited("/srv/two", "declined", findings=(X,)),
        Audited("https://git.example.com/three.git", "declined", findings=(X,)),
    ) == [
        "team/one/b%20dir/x.sh",
        "a%FF/b%20dir/x.sh",
        "file:///srv/two/b%20dir/x.sh",
        "https://git.example.com/three.git/b%20dir/x.sh",
    ]
