"""What the page holds, as plain values for the script in it; every text has passed `visible`.

A row is one source as `migrator audit --format jsonl` writes it. It may hold more: `patch`, the change as a diff, and
`verdict`, a word or a mapping with such a word under the same name and further values about the proof.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from migrator.report.display import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Document = dict[str, Any]

# A longer diff is cut: whoever wants all of it asks for the one repository.
_LONGEST_PATCH = 200_000


def data(rows: Iterable[Mapping[str, Any]]) -> Document:
    """The sources by folder. What is empty is left out, so that ten thousand of them stay small."""
    kept = list(rows)
    common = _common([str(row["repository"]) for row in kept])
    folders: dict[str, int] = {}
    entries = []
    for row in kept:
        path = str(row["repository"])
        folder = posixpath.dirname(path[len(common) :])
        entries.append(_entry(row, path[len(common) :] or path, folders.setdefault(visible(folder), len(folders))))
    return {"root": visible(common), "folders": list(folders), "rows": entries}


def _common(paths: list[str]) -> str:
    """The folder that all the paths are in, with its slash; empty where there is none."""
    if not paths:
        return ""
    first, last = min(paths), max(paths)
    same = posixpath.commonprefix([first, last])
    return same[: same.rfind("/") + 1]


def _entry(row: Mapping[str, Any], path: str, folder: int) -> Document:
    entry: Document = {"path": visible(path), "folder": folder, "status": visible(str(row["status"]))}
    for name in ("script", "reason"):
        if row.get(name):
            entry[name] = visible(str(row[name]))
    findings = [_finding(found) for found in row.get("findings") or ()]
    more = {
        "left": row.get("left") or 0,
        "findings": findings,
        "calls": row.get("calls") or 0,
        "commands": row.get("commands") or 0,
        "constructs": {visible(name): count for name, count in (row.get("constructs") or {}).items()},
        "saving": {name: count for name, count in (row.get("saving") or {}).items() if count},
        "patch": _patch(str(row.get("patch") or "")),
        "verdict": _verdict(row.get("verdict")),
    }
    return entry | {name: value for name, value in more.items() if value}


def _finding(found: Mapping[str, Any]) -> Document:
    place = "" if not found.get("file") else visible(str(found["file"]))
    if place and found.get("line"):
        place += f":{found['line']}"
    entry = {"place": place, "advice": visible(str(found.get("advice") or ""))}
    return {
        "code": visible(str(found["code"])),
        "severity": visible(str(found["severity"])),
        "message": visible(str(found["message"])),
    } | {name: value for name, value in entry.items() if value}


def _patch(text: str) -> list[str]:
    lines = [visible(line) for line in text[:_LONGEST_PATCH].split("\n")]
    if len(text) > _LONGEST_PATCH:
        return [*lines[:-1], "… cut here; `migrator convert --diff` has all of it"]
    return lines[:-1] if lines and not lines[-1] else lines


def _verdict(value: object) -> Document:
    """A verdict and what is known about it, as texts."""
    if isinstance(value, str):
        return {"verdict": visible(value)} if value else {}
    if not isinstance(value, dict):
        return {}
    return {visible(str(name)): visible(str(one)) for name, one in value.items() if isinstance(one, str | int | float)}
