"""The page of a batch: every source with the state that it ended in, its verdict, its diff and its tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.batch.task import NOTHING_TO_DO, STATES, SUCCESSFUL
from migrator.report.overview import html

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from migrator.batch.task import Row

_MEANINGS = {
    "converted": "one Dockerfile would do the same; not proved",
    "verified": "built both ways, and the images are the same",
    "migrated": "proved, and written",
    "not-applicable": "nothing to migrate",
    "declined": "it is the pattern, and something cannot be carried over safely",
    "different": "the images are not the same",
    "not-repeatable": "the old way does not give the same image twice",
    "old-build-failed": "the old way does not build any more",
    "new-build-failed": "the old way builds and the new one does not",
    "timeout": "it took too long",
    "over-limit": "it took more memory or disk than it may",
    "not-run": "nothing could be built here",
    "failed": "it could not be read, or met a bug of ours",
}
# These are no answers about the repository.
_TROUBLE = frozenset({"failed", "new-build-failed", "timeout", "over-limit", "not-run"})
KINDS: dict[str, html.Kind] = {
    state: html.Kind(
        "converted" if state in SUCCESSFUL
        else "not-applicable" if state in NOTHING_TO_DO
        else "failed" if state in _TROUBLE
        else "declined",
        _MEANINGS[state],
    )
    for state in STATES
}  # fmt: skip


def page(rows: Iterable[Row], folder: Path, audit: Row) -> str:
    """The page for the latest row of each source and what they add up to; the diffs are in the output folder."""
    return html.render("What a batch came to", audit, _shown(rows, folder), KINDS)


def _shown(rows: Iterable[Row], folder: Path) -> Iterator[Row]:
    for row in rows:
        patch = folder / row["folder"] / "change.patch" if row["folder"] else None
        text = patch.read_text(encoding="utf-8", errors="surrogateescape") if patch and patch.is_file() else ""
        proof = {"verdict": row["verdict"]} if row["verdict"] else {}
        took = {"seconds": round(row["seconds"], 1)} if proof and row["seconds"] else {}
        yield {**row, "status": row["state"], "patch": text, "verdict": proof | took}
