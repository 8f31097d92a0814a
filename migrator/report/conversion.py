"""A conversion as a document: what `convert --format json` prints.

Its shape is the contract `migrator/conversion/1`, published as docs/reference/schemas/conversion-1.json.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from migrator.migration.result import Artifact, Conversion, Converted, Declined, FileChange, NotApplicable

if TYPE_CHECKING:
    from migrator.diagnostics import Diagnostic
    from migrator.migration.result import Floor, LineOrigin
    from migrator.report.story.story import Story
    from migrator.source import Span

SCHEMA = "migrator/conversion/1"

Document = dict[str, Any]


def document(conversion: Conversion) -> Document:
    """The conversion as plain lists, mappings, texts and numbers, ready for any JSON writer."""
    match conversion:
        case Converted():
            return _head("converted", conversion.script) | {
                "dockerfile": conversion.dockerfile,
                "stages": [
                    {"name": stage.name, "base": stage.base, "file": stage.file, "image": stage.image}
                    for stage in conversion.stages
                ],
                "targets": [
                    {"stage": target.stage, "tags": list(target.tags), "command": target.command}
                    for target in conversion.targets
                ],
                "artifacts": [_artifact(artifact) for artifact in conversion.artifacts],
                "lines": [_line(line) for line in conversion.lines],
                "files": [_file(change) for change in conversion.files],
                "floor": _floor(conversion.floor),
                "diagnostics": findings(conversion.diagnostics),
            }
        case Declined():
            return _head("declined", conversion.script) | {"diagnostics": findings(conversion.diagnostics)}
        case NotApplicable():
            return _head("not-applicable", conversion.script) | {
                "reason": conversion.reason,
                "diagnostics": findings(conversion.diagnostics),
            }


def render(conversion: Conversion, told: Story | None = None) -> str:
    """The document as JSON text, the same bytes for the same conversion on every machine; `told` goes in as `story`."""
    return json.dumps(document(conversion) | ({} if told is None else _story(told)), indent=2) + "\n"


def _story(told: Story) -> Document:
    from migrator.report.story import story  # noqa: PLC0415 - loaded where one was asked for

    return {"story": story.document(told)}


def findings(diagnostics: tuple[Diagnostic, ...]) -> list[Document]:
    """Diagnostics as they stand in every JSON report of ours."""
    return [
        {
            "code": diagnostic.code,
            "severity": str(diagnostic.severity),
            "message": diagnostic.message,
            "advice": diagnostic.advice,
            "span": place(diagnostic.span),
        }
        for diagnostic in diagnostics
    ]


def place(span: Span | None) -> Document | None:
    """A span as file, lines and columns, all counted from 1; the end is just behind the last character."""
    if span is None:
        return None
    return {
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _head(status: str, script: str | None) -> Document:
    return {"schema": SCHEMA, "status": status, "script": script}


def _artifact(artifact: Artifact) -> Document:
    return {
        "stage": artifact.stage,
        "path": artifact.path,
        "workspace_path": artifact.workspace_path,
        "consumers": [
            {"stage": consumer.stage, "line": consumer.line, "destination": consumer.destination}
            for consumer in artifact.consumers
        ],
        "span": place(artifact.span),
    }


def _line(line: LineOrigin) -> Document:
    origin = None if line.file is None else {"file": line.file, "line": line.line}
    return {"number": line.number, "origin": origin, "rule": line.rule}


def _floor(floor: Floor) -> Document:
    needs = [
        {"what": need.what, "line": need.line, "docker": need.docker, "syntax": need.syntax} for need in floor.needs
    ]
    return {"docker": floor.docker, "buildkit": floor.buildkit, "syntax": floor.syntax, "needs": needs}


def _file(change: FileChange) -> Document:
    entry: Document = {"path": change.path, "action": change.action}
    if change.content is not None:
        entry["content"] = change.content
    return entry
