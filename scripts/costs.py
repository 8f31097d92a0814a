"""Prints where the time of convert, audit, verify's comparison and lesson goes: the largest costs of each.

`cProfile` counts every call and makes calls dear, so its times are for putting functions in an order, not for telling
how long anything takes: that is what `make bench` is for. Each piece of work is done once before it is looked at.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import pstats
import tarfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.checkout import load
from migrator.migration.convert import convert
from migrator.migration.result import Converted
from migrator.organisation.audit import audit
from migrator.organisation.places import Kind, Place
from migrator.report.lesson import html
from migrator.report.lesson.compose import lesson
from migrator.verify.archive import read_layer
from migrator.verify.compare import compare
from migrator.verify.snapshot import Snapshot, merge

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parent.parent
SAMPLES = sorted(path for path in (ROOT / "samples").iterdir() if path.is_dir() and not path.name.startswith("fat-"))
CASES = sorted((ROOT / "tests" / "cases").glob("*/repo"))
SECONDS = 60.0
FILES = 5000


def conversions() -> None:
    """Every sample, converted."""
    for sample in SAMPLES:
        convert(load(sample))


def audits() -> None:
    """Every case of the tests, as an audit takes it."""
    for case in CASES:
        audit(Place(str(case), Kind.FOLDER), SECONDS)


def layer(changed: int) -> bytes:
    """A layer of many small files, some of them with other content."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        for number in range(FILES):
            content = (b"changed" if number < changed else b"content") * 100
            member = tarfile.TarInfo(f"srv/part-{number % 50}/file-{number}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return target.getvalue()


def comparison(one: bytes, other: bytes) -> None:
    """Two layers, read and compared."""
    before, after = (Snapshot(merge([read_layer(io.BytesIO(data))])[0], {}) for data in (one, other))
    if len(compare(before, after)) != 1:
        raise SystemExit("costs: the comparison does not see the one file that differs")


def lessons() -> None:
    """The page of every sample."""
    for sample in SAMPLES:
        project = load(sample)
        result = convert(project)
        if isinstance(result, Converted):
            html.render(lesson(project, result))


def table(what: str, work: Callable[[], None], rows: int) -> None:
    """The functions that cost the most by themselves, and of those that call others the ones below which most is."""
    work()
    profile = cProfile.Profile()
    profile.runcall(work)
    stats: dict[tuple[str, int, str], tuple[int, int, float, float, object]] = vars(pstats.Stats(profile))["stats"]
    whole = sum(own for _, _, own, _, _ in stats.values())
    print(f"\n## {what}\n\n| of the time | calls | function |\n|---|---|---|")
    for (file, line, name), (_, calls, own, _, _) in sorted(stats.items(), key=lambda item: -item[1][2])[:rows]:
        place = Path(file)
        shown = place.relative_to(ROOT) if place.is_relative_to(ROOT) else place.name
        print(f"| {own / whole:.1%} | {calls:,} | {name if file == '~' else f'{shown}:{line} {name}'} |")


def main() -> None:
    """Prints a table for each piece of work."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=3, help="how many functions of each; the largest three")
    rows = parser.parse_args().rows
    table("convert", conversions, rows)
    table("audit", audits, rows)
    table("verify: two layers, read and compared", partial(comparison, layer(0), layer(1)), rows)
    table("lesson", lessons, rows)


if __name__ == "__main__":
    main()
