"""Prints what reading an image costs by each way that there is, and what a comparison costs beside the tools for it.

Wall seconds, since half of the work is the engine's: each the median of three rounds in a process of its own, with warm
caches, all in one run. The images are made of random bytes with a fixed seed, so they are the same on each machine.
"""

from __future__ import annotations

import io
import json
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.checkout import load
from migrator.engine import process
from migrator.engine.docker import find_docker
from migrator.migration.convert import convert_with_trace
from migrator.migration.result import Converted
from migrator.verify.archive import read_archive, read_layer
from migrator.verify.arms import VerifyOptions
from migrator.verify.reading import from_disk
from migrator.verify.snapshot import of_archive, take_pair
from migrator.verify.verdict import Verification
from migrator.verify.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.engine.docker import Docker

ROUNDS = 3
PREFIX = "migrator-bench"
SAMPLES = Path(__file__).resolve().parent.parent / "samples"
BY_HAND = """set -e
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
{client} save {image} | tar -C "$work" -x
mkdir "$work/root"
for layer in $(find "$work" -maxdepth 3 -type f -size +1k); do tar -C "$work/root" -xf "$layer" 2>/dev/null || :; done
find "$work/root" -type f -print0 | xargs -0 sha256sum | sort | sha256sum
"""
DIFFOSCOPE = """set -e
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
{client} save -o "$work/a.tar" {one}
{client} save -o "$work/b.tar" {other}
{diffoscope} --text /dev/null "$work/a.tar" "$work/b.tar" || [ $? = 1 ]
"""


@dataclass(frozen=True)
class Size:
    """An image to be made: so many files of so many bytes."""

    name: str
    files: int
    each: int

    @property
    def large(self) -> bool:
        """Whether the slowest ways are left out: what they cost shows on the others."""
        return self.files > 10_000

    @property
    def images(self) -> tuple[str, str]:
        """The names of the pair that stands on it."""
        return f"{PREFIX}/{self.name}-legacy:1", f"{PREFIX}/{self.name}-new:1"


SIZES = (Size("5mb", 400, 12_500), Size("150mb", 6_900, 21_700), Size("800mb", 13_400, 60_000))


def make(engine: Docker, size: Size, folder: Path) -> None:
    """The pair of a size: one layer of random files below, one small file above."""
    seeded = random.Random(size.name)  # noqa: S311 - the same bytes each time
    archive = folder / "files.tar"
    with tarfile.open(archive, "w") as tar:
        for number in range(size.files):
            entry = tarfile.TarInfo(f"files/{number // 100:03}/{number:05}")
            entry.size, entry.mtime = size.each, 1_000_000_000
            tar.addfile(entry, io.BytesIO(seeded.randbytes(size.each)))
    base = f"{PREFIX}/{size.name}-base:1"
    if not engine.ask("import", str(archive), base, timeout=600).ok:
        sys.exit(f"the import of {base} failed")
    archive.unlink()
    for image in size.images:
        (folder / "app").write_text("the same in both\n", encoding="utf-8")
        (folder / "Dockerfile").write_text(f"FROM {base}\nCOPY app /app\n", encoding="utf-8")
        if not engine.build(["--no-cache", "-t", image, "."], str(folder)):
            sys.exit(f"the build of {image} failed")


def archive(engine: Docker, image: str) -> None:
    """`docker save`, streamed, every file hashed."""
    with engine.save(image) as source:
        of_archive(read_archive(source))


def export(engine: Docker, image: str) -> None:
    """`docker export` of a created container, streamed, every file hashed: merged, but without the configuration."""
    container = f"{PREFIX}-export"
    engine.must("create", "--name", container, image, "/never-started")
    try:
        with process.stream([engine.client, "export", container], engine.environment) as opened:
            read_layer(opened.stdout)
    finally:
        engine.remove(engine.named(container))


def disk(engine: Docker, image: str) -> None:
    """The layers' folders, every file hashed."""
    found = engine.on_disk(image)
    if found is None:
        sys.exit("the layers are not on this disk, or not ours to read")
    of_archive(from_disk(found))


def pair(engine: Docker, image: str) -> None:
    """What verify does with the two images of a size."""
    take_pair(engine, image, image.replace("-legacy", "-new"))


WAYS = {"archive": archive, "export": export, "disk": disk, "pair": pair}


def measured(words: list[str]) -> tuple[float, float]:
    """(seconds, peak MB) of one of WAYS, in a process of its own."""
    argv = [sys.executable, __file__, *words]
    found = [json.loads(subprocess.run(argv, check=True, capture_output=True).stdout) for _ in range(ROUNDS)]  # noqa: S603
    return statistics.median(one[0] for one in found), max(one[1] for one in found)


def timed(script: str, rounds: int = ROUNDS) -> float:
    """Median seconds of a shell script."""
    times = []
    for _ in range(rounds):
        began = time.monotonic()
        subprocess.run(["/bin/sh", "-c", script], check=True, capture_output=True)  # noqa: S603 (our own script)
        times.append(time.monotonic() - began)
    return statistics.median(times)


def table(engine: Docker, size: Size) -> None:
    """One row for each way."""
    one, other = size.images
    base, held = measured(["pair", one])
    rows = [("the two images of a pair, as verify reads them", base, held)]
    for name, title in (
        ("disk", "one image, from its layers on disk"),
        ("archive", "one image, `docker save` streamed"),
        ("export", "one image, `docker export` streamed"),
    ):
        if name != "export" or not size.large:
            rows.append((title, *measured([name, one])))
    rows.append(("one image, `docker save` to nothing", timed(f"{engine.client} save {one} >/dev/null"), 0.0))
    by_hand = timed(BY_HAND.format(client=engine.client, image=one), 1 if size.large else ROUNDS)
    rows.append(("one image, `docker save`, `tar`, `sha256sum`", by_hand, 0.0))
    diffoscope = shutil.which("diffoscope")
    if diffoscope and not size.large:
        script = DIFFOSCOPE.format(client=engine.client, diffoscope=diffoscope, one=one, other=other)
        rows.append(("the pair, `diffoscope` of both archives", timed(script, 1), 0.0))
    for title, seconds, memory in rows:
        peak = f"{memory:.0f} MB" if memory else ""
        print(f"| {size.name} | {title} | {seconds:.2f} s | {peak} | {seconds / base:.1f} |", flush=True)


def beside(engine: Docker, size: Size) -> Iterator[tuple[str, str, float, float]]:
    """What verify does with a pair, beside each of what a person would do: both names, both seconds."""
    one, other = size.images
    ours, _ = measured(["pair", one])
    by_hand = sum(timed(BY_HAND.format(client=engine.client, image=image), 1) for image in (one, other))
    yield "a pair of 150 MB", "`docker save`, `tar`, `sha256sum` of both", ours, by_hand
    diffoscope = shutil.which("diffoscope")
    if diffoscope:
        script = DIFFOSCOPE.format(client=engine.client, diffoscope=diffoscope, one=one, other=other)
        yield "the same", "`diffoscope` of both archives", ours, timed(script, 1)


@dataclass(frozen=True)
class Spent:
    """Wall seconds of a verification: both builds, comparing the images, and the rest until the verdict."""

    builds: float
    comparing: float
    rest: float


def spent(engine: Docker, sample: Path) -> Spent | str:
    """What verifying a sample takes; a word where it was not verified."""
    project = load(sample)
    conversion, trace = convert_with_trace(project)
    if not isinstance(conversion, Converted):
        return "declined"
    at: dict[str, float] = {}

    def say(text: str) -> None:
        at.setdefault(text, time.monotonic())

    outcome = verify(project, conversion, VerifyOptions(say=say, beside=False), engine, sample, trace)
    if not isinstance(outcome, Verification):
        return str(outcome.verdict)
    builds = at["reading the artifacts in their stages"] - at["building the legacy way"]
    rest = time.monotonic() - at["compared"] + at["comparing"] - at["reading the artifacts in their stages"]
    return Spent(builds, at["compared"] - at["comparing"], rest)


def share(engine: Docker, sample: Path) -> None:
    """One row: what both builds of a sample take, what comparing the images takes, and the rest until the verdict."""
    found = spent(engine, sample)
    if isinstance(found, str):
        print(f"| {sample.name} | {found} | | | |", flush=True)
        return
    of_builds = f"{found.comparing / found.builds:.1%}"
    print(
        f"| {sample.name} | {found.builds:.1f} s | {found.comparing:.2f} s | {of_builds} | {found.rest:.1f} s |",
        flush=True,
    )


def shares(engine: Docker) -> None:
    """The table of the samples."""
    print("| sample | both builds | comparing | share | stages and tidying up |\n|---|---|---|---|---|")
    for sample in sorted(path for path in SAMPLES.iterdir() if path.is_dir()):
        share(engine, sample)


def main() -> None:
    """The whole table, or one measurement of it for the process that asks."""
    engine = find_docker()
    if len(sys.argv) > 2:
        began = time.monotonic()
        WAYS[sys.argv[1]](engine, sys.argv[2])
        seconds = time.monotonic() - began
        print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
        return
    if sys.argv[1:] == ["samples"]:
        shares(engine)
        return
    print(f"{engine.title}\n\n| size | what | seconds | peak | beside the pair |\n|---|---|---|---|---|")
    engine.remove(engine.named(PREFIX))
    try:
        for size in SIZES:
            with tempfile.TemporaryDirectory() as folder:
                make(engine, size, Path(folder))
            table(engine, size)
            engine.remove(engine.named(PREFIX))
    finally:
        engine.remove(engine.named(PREFIX))
    print()
    shares(engine)


if __name__ == "__main__":
    main()
