"""The findings of an audit as SARIF 2.1.0: one run for all sources, each finding at its file in its source."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from migrator.report import sarif
from migrator.rules import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migrator.organisation.audit import Audited, Finding

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def render(answers: Iterable[Audited], version: str) -> str:
    """The log as JSON text, with its findings in the order of the answers."""
    found = [(one, finding) for one in answers for finding in one.findings]
    codes = sorted({finding.code for _, finding in found})
    numbers = {code: number for number, code in enumerate(codes)}
    results = [_result(one, finding, numbers[finding.code]) for one, finding in found]
    return json.dumps(sarif.log([CATALOGUE[code] for code in codes], results, version), indent=2) + "\n"


def _result(one: Audited, finding: Finding, number: int) -> dict[str, Any]:
    text = f"{finding.message}\n{finding.advice}" if finding.advice else finding.message
    return {
        "ruleId": finding.code,
        "ruleIndex": number,
        "level": finding.severity,
        "message": {"text": text},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(one.path, finding.file or one.script)},
                    "region": {"startLine": finding.line or 1},
                }
            }
        ],
        "properties": {"repository": sarif.uri(one.path)},
    }


def _uri(source: str, file: str | None) -> str:
    """A file of a source: relative as the source was named, absolute as an address of the file."""
    if _ADDRESS.match(source):
        return f"{source.rstrip('/')}/{quote(os.fsencode(file))}" if file else source
    path = os.path.normpath(os.path.join(source, file or ""))  # noqa: PTH118 - bytes may be odd
    return f"file://{sarif.uri(path)}" if path.startswith("/") else sarif.uri(path)
