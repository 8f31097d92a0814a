"""A short, seeded part of `make fuzz`: no random repository becomes another image, and one that did would be seen."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "engine"), str(HERE.parent / "oracle")]

from fuzz_calls import Search, search  # noqa: E402  # the folders above hold them
from fuzz_judge import compared, judge, shrunk, tell  # noqa: E402
from fuzz_repo import Repo  # noqa: E402
from fuzz_script import compose  # noqa: E402
from fuzz_tree import Tree  # noqa: E402

from migrator.migration.result import Converted  # noqa: E402

if TYPE_CHECKING:
    from conftest import Engine

    from migrator.project import Project

SECONDS = 70
SEEDS = range(40)
FORESEEN = 100


def test_the_same_seed_gives_the_same_repository() -> None:
    assert [compose(seed) for seed in SEEDS] == [compose(seed) for seed in SEEDS]
    assert len({compose(seed).script for seed in SEEDS}) == len(SEEDS)


def test_most_of_what_is_composed_converts_and_nothing_crashes() -> None:
    told = [tell(compose(seed)) for seed in range(200)]
    assert [item for item in told if getattr(item, "kind", None) == "crash"] == []
    assert sum(isinstance(item, Converted) for item in told) > 100


def test_bash_makes_the_calls_and_leaves_the_files_that_we_foresee() -> None:
    tally = search(iter(range(FORESEEN)), time.time() + SECONDS)
    assert tally.bad == []
    assert tally.kinds["equal"] > sum(tally.kinds.values()) * 0.7, tally


@pytest.mark.engine
def test_no_random_repository_becomes_another_image(engine: Engine) -> None:
    ready = engine.with_images("alpine:latest")
    end = time.monotonic() + SECONDS
    counts: dict[str, int] = {}
    for seed in SEEDS:
        if time.monotonic() > end:
            break
        verdict = judge(compose(seed), ready)
        assert not verdict.is_bad, f"seed {seed}: {verdict.kind}\n{verdict.detail}\n{verdict.dockerfile}"
        counts[verdict.kind] = counts.get(verdict.kind, 0) + 1
    assert counts.get("equal", 0) >= 3, counts


SMALL = Repo(
    (
        "set -e",
        "echo noise",
        "docker build -f Dockerfile.build -t b .",
        "docker create --name c1 b",
        "docker cp c1:/app app",
        "docker build -t r .",
    ),
    {
        "README.md": "text\n",
        "Dockerfile.build": "FROM alpine:latest\nLABEL a=b\nRUN echo one > /app && chown 7:7 /app\n",
        "Dockerfile": "FROM alpine:latest\nLABEL c=d\nCOPY app /app\n",
    },
    ("r",),
)


@dataclass(frozen=True)
class Misread(Repo):
    """A repository of which another script is read than the one that runs."""

    read: tuple[str, ...] = ()

    def project(self) -> Project:
        return Repo(self.read, self.texts, self.targets).project()


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("docker cp c1:/app app", "bash did"),
        ("rm README.md", "README.md is not there"),
        ("touch new", "new is there"),
        ("chmod +x README.md", "README.md is not the checkout's"),
    ],
)
def test_a_script_that_is_misread_is_seen(line: str, shown: str) -> None:
    held = {"b": Tree({"app": "file"})}
    searching = Search()
    try:
        same = Misread(SMALL.statements, SMALL.texts, ("r",), trees=held, read=SMALL.statements)
        assert searching.judge(same) == ("equal", "")
        more = (*SMALL.statements[:5], line, *SMALL.statements[5:])
        kind, detail = searching.judge(Misread(more, SMALL.texts, ("r",), trees=held, read=SMALL.statements))
        assert kind == "DIFFERENT", detail
        assert shown in detail
    finally:
        searching.close()


@pytest.mark.engine
def test_a_wrong_conversion_is_seen(engine: Engine) -> None:
    ready = engine.with_images("alpine:latest")
    told = tell(SMALL)
    assert isinstance(told, Converted)
    assert compared(SMALL, told, ready).kind == "equal"
    text = told.dockerfile.replace(" --chown=0:0", "")
    assert text != told.dockerfile
    files = tuple(replace(change, content=text) for change in told.files)
    found = compared(SMALL, replace(told, dockerfile=text, files=files), ready)
    assert found.kind == "WRONG"
    assert found.detail == "r: /app: owner 0:0 → 7:7"
    careless = replace(SMALL, statements=("false # which nobody asks about", *SMALL.statements[1:]))
    assert compared(careless, told, ready).kind == "equal"
    assert compared(careless, replace(told, dockerfile=text, files=files), ready).kind == "call-failed"


@pytest.mark.engine
def test_what_is_found_is_made_smaller(engine: Engine) -> None:
    failing = SMALL.texts["Dockerfile"] + "RUN exit 3\n"  # which nobody can foresee without an engine
    broken = replace(SMALL, texts={**SMALL.texts, "Dockerfile": failing})
    ready = engine.with_images("alpine:latest")
    first = judge(broken, ready)
    assert first.kind == "legacy-failed"
    small, verdict = shrunk(broken, ready, first, most=60)
    assert verdict.kind == "legacy-failed"
    assert "README.md" not in small.texts
    assert len(small.statements) < len(broken.statements)
