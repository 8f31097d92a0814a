"""What the tests of batches have in common: starting one, and holding its output folder against itself."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
SCHEMAS = ROOT / "docs/reference/schemas"
LINE = Draft202012Validator(json.loads((SCHEMAS / "batch-1.json").read_text(encoding="utf-8")))
SUMMARY = Draft202012Validator(json.loads((SCHEMAS / "batch-summary-1.json").read_text(encoding="utf-8")))
GROUPS = ("successful", "failed", "not-applicable")


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "migrator", "batch", *map(str, words)]


def environment(temporary: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    temporary.mkdir(exist_ok=True)
    return {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary), **(more or {})}


def run(
    *words: object, code: int = 0, temporary: Path, more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command(*words), env=environment(temporary, more), capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def lines(out: Path) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in (out / "results.jsonl").read_bytes().splitlines()]
    for line in found:
        assert list(LINE.iter_errors(line)) == []
    return found


def states(out: Path) -> dict[str, str]:
    """The state of each repository by its name."""
    return {Path(line["repository"]).name: line["state"] for line in lines(out)}


def adds_up(out: Path, sources: int) -> dict[str, Any]:
    """Holds the journal, the lines, the lists and the sums against each other; gives back the sums."""
    summary: dict[str, Any] = json.loads((out / "summary.json").read_bytes())
    assert list(SUMMARY.iter_errors(summary)) == []
    found = lines(out)
    assert [line["number"] for line in found] == list(range(1, len(found) + 1))
    last = {line["repository"]: line["state"] for line in found}
    counts = Counter(last.values())
    assert {state: count for state, count in summary["states"].items() if count} == counts
    assert summary["sources"] == sources == counts.total() + summary["open"]
    listed = {group: (out / group / "repos.txt").read_bytes().splitlines() for group in GROUPS}
    assert summary["groups"] == {group: len(paths) for group, paths in listed.items()}
    everywhere = [path for paths in listed.values() for path in paths]
    assert sorted(everywhere) == sorted(os.fsencode(path) for path in last)
    base = sqlite3.connect(out / "journal.sqlite")
    assert [line for (line,) in base.execute("SELECT row FROM answers ORDER BY number")] == (
        (out / "results.jsonl").read_text(encoding="ascii").splitlines()
    )
    base.close()
    for line in found:
        if line["folder"] is not None and line["number"] == max(
            one["number"] for one in found if one["repository"] == line["repository"]
        ):
            there = (out / line["folder"]).rglob("*")
            assert sorted(p.relative_to(out / line["folder"]).as_posix() for p in there if p.is_file()) == line["files"]
    return summary
