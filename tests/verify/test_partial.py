"""What is compared without the layers that two images share: equal above them must mean equal with them."""

from __future__ import annotations

import posixpath
import random
from typing import TYPE_CHECKING

import pytest
from verify_bench import BUILDER, NEW, REPOSITORY, RUNTIME, converted, prove

from migrator.verify.archive import Layer
from migrator.verify.entry import Entry, Kind
from migrator.verify.snapshot import is_known, merge
from migrator.verify.verdict import Verdict, Verification

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Engine

FOLDER, FILE = Entry(Kind.FOLDER, 0o755), Entry(Kind.FILE, content="1")
NAMES = ["/a", "/a/a", "/a/a/a", "/b"]
BELOW = [
    Layer({"/a": FOLDER, "/a/a": FOLDER, "/a/a/a": FILE, "/b": FILE}, frozenset(), frozenset()),
    Layer({"/a": FILE, "/b": FOLDER}, frozenset(), frozenset()),
    Layer({}, frozenset(), frozenset()),
]
STACKS = 3000


def layer(entries: dict[str, Entry], removed: str = "", opaque: str = "") -> Layer:
    return Layer(entries, frozenset(removed.split()), frozenset(opaque.split()))


def any_layer(chance: random.Random) -> Layer:
    """A layer such as an engine writes: folders around what is in it, a few names removed, a few folders opaque."""
    kinds = [FOLDER, FOLDER, FILE, Entry(Kind.LINK, link="x"), Entry(Kind.HARD_LINK, link="/b")]
    entries = {path: chance.choice(kinds) for path in chance.sample(NAMES, chance.randint(0, 2))}
    for path in list(entries):
        for parent in (posixpath.dirname(path), posixpath.dirname(posixpath.dirname(path))):
            if parent != "/" and entries.get(parent, FILE).kind is not Kind.FOLDER:
                entries[parent] = FOLDER
    if entries.get("/b", FOLDER).kind is not Kind.FILE:
        entries = {path: entry for path, entry in entries.items() if entry.kind is not Kind.HARD_LINK}
    folders = [path for path, entry in entries.items() if entry.kind is Kind.FOLDER]
    removed = chance.sample(NAMES, chance.choice([0, 0, 1]))
    opaque = [path for path in folders if chance.random() < 0.15]
    return Layer(dict(sorted(entries.items())), frozenset(removed), frozenset(opaque))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/here", True),
        ("/folder", True),
        ("/empty", False),
        ("/gone", True),
        ("/gone/wheels/x.whl", True),
        ("/gonemore", False),
        ("/below", False),
    ],
)
def test_what_the_upper_layers_say_of_a_path(path: str, *, expected: bool) -> None:
    files = {"/here": FILE, "/folder": FOLDER, "/folder/x": FILE, "/empty": FOLDER, "/gone": Entry(Kind.WHITEOUT)}
    assert is_known(path, files) is expected


def merged(*layers: Layer | None) -> frozenset[tuple[str, Entry]]:
    return frozenset(merge(layers)[0].items())


def test_equal_without_the_shared_layers_is_equal_with_them() -> None:
    chance = random.Random(5)  # noqa: S311 - any stacks, but the same ones each time
    known: dict[frozenset[tuple[str, Entry]], tuple[list[Layer], list[object]]] = {}
    met = 0
    for _ in range(STACKS):
        stack = [any_layer(chance) for _ in range(chance.randint(1, 3))]
        whole: list[object] = [merged(below, *stack) for below in BELOW]
        before = known.setdefault(merged(None, *stack), (stack, whole))
        met += before[0] is not stack
        assert before[1] == whole, (before[0], stack)
    assert met > STACKS / 2


@pytest.mark.parametrize(
    "stack",
    [
        [layer({}, removed="/a"), layer({"/a": FOLDER})],
        [layer({"/a": FILE}), layer({"/a": FOLDER})],
        [layer({"/a": FOLDER}, opaque="/a")],
        [layer({"/a": FOLDER}, removed="/a")],
    ],
    ids=["removed, then made", "a file, then a folder", "opaque", "removed and made at once"],
)
def test_a_folder_that_hides_what_is_below_is_not_one_that_does_not(stack: list[Layer]) -> None:
    assert merged(BELOW[0], *stack) == {("/a", FOLDER), ("/b", FILE)}
    assert merged(None, *stack) != merged(None, layer({"/a": FOLDER}))


@pytest.mark.engine
def test_a_folder_of_the_base_that_was_removed_and_made_again_in_the_next_layer_is_seen(
    each_engine: Engine, tmp_path: Path
) -> None:
    """overlayfs leaves no mark on such a folder: the layers above the base look as if it had only been touched."""
    base = "migrator-test-partial:1"
    (tmp_path / "Dockerfile").write_text("FROM alpine:latest\nRUN mkdir /kept && echo > /kept/file\n", encoding="utf-8")
    each_engine.docker("build", "-q", "-t", base, str(tmp_path))
    try:
        runtime = RUNTIME.replace("alpine:latest", base)
        repository = {**REPOSITORY, "Dockerfile": f"{runtime}RUN rm -r /kept\nRUN mkdir /kept\n"}
        new = NEW.removeprefix(BUILDER.replace("latest", "latest AS builder")).replace("alpine:latest", base)
        new = f"{BUILDER.replace('latest', 'latest AS builder')}{new}RUN chmod 700 /kept && chmod 755 /kept\n"
        outcome = prove(each_engine, repository, converted(new))
    finally:
        each_engine.docker("rmi", "-f", base)
    assert isinstance(outcome, Verification), outcome
    assert outcome.verdict is Verdict.DIFFERENT
    assert {(one.aspect, one.path) for one in outcome.differences if not one.set_aside} == {("extra", "/kept/file")}
