"""The output folder: one line for each answer, the files of each repository, lists and sums.

All of it is written from the journal, so that what was lost with a process is there again after the next run.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from migrator.batch.task import NOTHING_TO_DO, STATES, SUCCESSFUL, slug
from migrator.organisation.audit import Audited, Finding, Saving
from migrator.organisation.totals import Totals
from migrator.report.audit import summary
from migrator.report.display import visible
from migrator.rules import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from migrator.batch.journal import Journal
    from migrator.batch.task import Row

SUMMARY = "migrator/batch-summary/1"
RESULTS = "results.jsonl"
_BLOCK = 1 << 16


def catch_up(journal: Journal, folder: Path) -> None:
    """Makes results.jsonl what the journal has: a line that was cut off is taken away, lines that are missing added."""
    path = folder / RESULTS
    with path.open("a+b") as file:
        last = _last_line(file.fileno())
        lines = [f"{line}\n".encode("ascii") for line in journal.lines(last)]
        file.write(b"".join(lines))


def _last_line(number: int) -> int:
    """The number of the last whole line; cuts off what stands behind it."""
    end = os.fstat(number).st_size
    tail = b""
    place = end
    while place > 0 and tail.count(b"\n") < 2:  # the end of the last whole line, and of the one before
        start = max(place - _BLOCK, 0)
        tail = os.pread(number, place - start, start) + tail
        place = start
    whole = tail.rpartition(b"\n")
    os.truncate(number, end - len(whole[2]))
    line = whole[0].rpartition(b"\n")[2]
    return int(json.loads(line)["number"]) if line else 0


def append(folder: Path, lines: Iterable[str]) -> None:
    """Adds lines that the journal has."""
    with (folder / RESULTS).open("ab") as file:
        file.write("".join(f"{line}\n" for line in lines).encode("ascii"))


def keep_files(folder: Path, path: str, files: Mapping[str, bytes]) -> str | None:
    """Puts the files of a repository into its folder, in place of those of an earlier answer; the folder's name."""
    name = f"repositories/{slug(path)}"
    place = folder / name
    shutil.rmtree(place, ignore_errors=True)
    for file, data in files.items():
        target = place / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return name if files else None


def keep_patch(folder: Path, path: str, patch: bytes) -> None:
    """Puts the patch of a repository where the user wants all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{slug(path)}.patch"
    new = target.with_suffix(".new")
    new.write_bytes(patch)
    new.replace(target)


def finish(journal: Journal, folder: Path) -> Row:
    """Writes the lists and the sums; what summary.json has."""
    totals, states, seconds = Totals(), Counter[str](), 0.0
    lists = {group: (folder / group / "repos.txt") for group in ("successful", "failed", "not-applicable")}
    for path in lists.values():
        path.parent.mkdir(exist_ok=True)
    opened = {group: path.with_suffix(".new").open("wb") for group, path in lists.items()}
    try:
        for row in journal.latest():
            states[row["state"]] += 1
            seconds += row.get("seconds") or 0.0
            totals.add(_audited(row))
            opened[_group(row["state"])].write(os.fsencode(row["repository"]) + b"\n")
    finally:
        for file in opened.values():
            file.close()
    for path in lists.values():
        path.with_suffix(".new").replace(path)
    sources = journal.count()
    found = {
        "schema": SUMMARY,
        "sources": sources,
        "open": sources - states.total(),
        "states": {state: states[state] for state in STATES},
        "groups": {group: sum(count for state, count in states.items() if _group(state) == group) for group in lists},
        "seconds": round(seconds, 3),
        "audit": summary(totals),
    }
    _write(folder / "summary.json", json.dumps(found, indent=2) + "\n")
    _write(folder / "summary.md", markdown(found))
    from migrator.batch.page import page  # noqa: PLC0415 - the template library, once at the end

    _write(folder / "summary.html", page(journal.latest(), folder, summary(totals)))
    return found


def _group(state: str) -> str:
    if state in SUCCESSFUL:
        return "successful"
    return "not-applicable" if state in NOTHING_TO_DO else "failed"


def _write(path: Path, text: str) -> None:
    new = path.with_name(f"{path.name}.new")
    with suppress(FileNotFoundError):
        new.unlink()
    new.write_text(text, encoding="utf-8", errors="surrogateescape")
    new.replace(path)


def _audited(row: Row) -> Audited:
    """The answer again that a row was written from."""
    findings = tuple(
        Finding(
            one["code"], CATALOGUE[one["code"]].name if one["code"] in CATALOGUE else "", one["severity"],
            one["message"], one["advice"], one["file"], one["line"],
        )
        for one in row["findings"]
    )  # fmt: skip
    constructs = tuple(row["constructs"].items())
    return Audited(
        row["repository"], row["status"], row["script"], row["reason"] or "", findings, constructs,
        row["calls"], row["commands"], Saving(**row["saving"]),
    )  # fmt: skip


def markdown(found: Row) -> str:
    """The sums for people."""
    lines = ["# Batch", "", f"{found['sources']} sources, {found['open']} of them still open.", ""]
    lines += ["| state | repositories |", "|---|---:|"]
    lines += [f"| {state} | {count} |" for state, count in found["states"].items() if count]
    lines += [f"| **all** | {sum(found['states'].values())} |", ""]
    for title, key in (("What stands in the way", "reasons"), ("To look at where converted", "tasks")):
        kinds = found["audit"][key]
        if kinds:
            lines += [f"## {title}", "", "| code | what | repositories | for example |", "|---|---|---:|---|"]
            lines += [
                f"| {kind['code']} | {kind['name']} | {kind['repositories']} | {_cell(kind['example'])} |"
                for kind in kinds
            ]
            lines.append("")
    return "\n".join(lines)


def _cell(example: Row | None) -> str:
    if example is None:
        return ""
    text = f"{example['repository']}: {example['message']}"
    return visible(text).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
