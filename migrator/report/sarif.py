"""Diagnostics as SARIF 2.1.0 (OASIS), in the subset that code-scanning services read."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from migrator.diagnostics import Diagnostic, Rule, Severity
from migrator.report.pages import meaning, page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrator.source import Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def document(diagnostics: Sequence[Diagnostic], version: str, fallback: str) -> dict[str, Any]:
    """The log of one run; a finding without a place of its own is put at the file `fallback`.

    Services drop a result that has no location, so every result has one.
    """
    rules = sorted({diagnostic.rule for diagnostic in diagnostics}, key=lambda rule: rule.code)
    numbers = {rule.code: number for number, rule in enumerate(rules)}
    return log(rules, [_result(diagnostic, numbers[diagnostic.code], fallback) for diagnostic in diagnostics], version)


def log(rules: Sequence[Rule], results: list[dict[str, Any]], version: str) -> dict[str, Any]:
    """The log of one run that has these results, whose rules are at the places that they name by `ruleIndex`."""
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {"name": "migrator", "semanticVersion": version, "rules": [_rule(r) for r in rules]}
                },
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }


def uri(name: str) -> str:
    """A path as a URI: a name is bytes, and a URI carries bytes, those that are not UTF-8 as they are."""
    return quote(os.fsencode(name))


def render(diagnostics: Sequence[Diagnostic], version: str, fallback: str) -> str:
    """The log as JSON text."""
    return json.dumps(document(diagnostics, version, fallback), indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    text = page(rule.code) or rule.advice
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.name.replace("-", " ").capitalize()},
        "fullDescription": {"text": meaning(rule.code) or rule.advice},
        "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": ["docker", "migration"]},
    }


def _result(diagnostic: Diagnostic, number: int, fallback: str) -> dict[str, Any]:
    text = f"{diagnostic.message}\n{diagnostic.advice}" if diagnostic.advice else diagnostic.message
    return {
        "ruleId": diagnostic.code,
        "ruleIndex": number,
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": text},
        "locations": [{"physicalLocation": _location(diagnostic.span, fallback)}],
    }


def _location(span: Span | None, fallback: str) -> dict[str, Any]:
    name = fallback if span is None else span.file
    artifact = {"uri": uri(name), "uriBaseId": "%SRCROOT%"}
    if span is None:
        return {"artifactLocation": artifact, "region": {"startLine": 1}}
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    return {"artifactLocation": artifact, "region": region}
