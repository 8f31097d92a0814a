"""Which repositories a path means."""

from __future__ import annotations

import inspect
import io
import os
import sys
from typing import TYPE_CHECKING

import pytest
from made_repositories import PATTERN, PLAIN, bare, checkout, write

from migrator.organisation.places import Kind, Place, listed, places

if TYPE_CHECKING:
    from pathlib import Path


def found(*paths: Path | str) -> list[tuple[str, Kind]]:
    return [(place.path, place.kind) for place in places(os.fspath(path) for path in paths)]


def test_a_checkout_a_worktree_and_a_bare_repository_are_each_one(tmp_path: Path) -> None:
    one = checkout(tmp_path / "one", PATTERN)
    write(tmp_path / "tree", {".git": "gitdir: ../one/.git\n"})
    packed = bare(tmp_path / "packed.git", PATTERN, tmp_path / "work")
    assert found(one, tmp_path / "tree", packed) == [
        (str(one), Kind.CHECKOUT),
        (str(tmp_path / "tree"), Kind.CHECKOUT),
        (str(packed), Kind.BARE),
    ]


def test_a_folder_gives_all_that_it_holds_in_order_and_nothing_from_inside_of_one(tmp_path: Path) -> None:
    for name in ("b/deep/er", "a", "c"):
        (tmp_path / name / ".git").mkdir(parents=True)
    (tmp_path / "a/vendor/inner/.git").mkdir(parents=True)
    (tmp_path / "node_modules/x/.git").mkdir(parents=True)
    write(tmp_path, {"loose/build.sh": "x", ".cache/x": "x"})
    assert found(tmp_path) == [
        (str(tmp_path / "a"), Kind.CHECKOUT),
        (str(tmp_path / "b/deep/er"), Kind.CHECKOUT),
        (str(tmp_path / "c"), Kind.CHECKOUT),
        (str(tmp_path / "loose"), Kind.FOLDER),
    ]


def test_a_folder_without_any_repository_is_one_source(tmp_path: Path) -> None:
    write(tmp_path, {"src/build.sh": "x"})
    assert found(tmp_path) == [(str(tmp_path), Kind.FOLDER)]


def test_what_is_named_twice_counts_once(tmp_path: Path) -> None:
    checkout(tmp_path / "org/a", PLAIN)
    assert found(tmp_path / "org", tmp_path / "org" / "a", tmp_path / "org") == [(f"{tmp_path}/org/a", Kind.CHECKOUT)]


def test_links_are_not_followed_and_a_cycle_of_them_ends(tmp_path: Path) -> None:
    checkout(tmp_path / "org/a", PLAIN)
    (tmp_path / "org/up").symlink_to(tmp_path)
    (tmp_path / "org/a-again").symlink_to("a")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "to-org").symlink_to("org")
    assert found(tmp_path / "to-org") == [(f"{tmp_path}/to-org/a", Kind.CHECKOUT)]
    (problem,) = places([str(tmp_path / "loop")])
    assert "Too many levels of symbolic links" in problem.problem


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("nowhere", "cannot read nowhere: No such file or directory"),
        ("a\0b", "cannot read a\0b: "),  # and what this Python says of it
        ("", "cannot read : No such file or directory"),
    ],
)
def test_a_path_that_is_nothing_to_read_says_so(path: str, problem: str) -> None:
    (place,) = places([path])
    assert place.kind is Kind.NOTHING
    assert place.problem.startswith(problem)


def test_an_address_is_a_source_and_shows_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("https://bot:s3cret@example.com/a.git", "git@example.com:a/b.git", "https://bot:s3cret@example.com/a.git")
    assert list(places(asked)) == [
        Place("https://example.com/a.git", Kind.ADDRESS, address=asked[0]),
        Place("git@example.com:a/b.git", Kind.ADDRESS, address=asked[1]),
    ]
    # A folder may look like an address, and is one then.
    checkout(tmp_path / "git@example.com:a", PLAIN)
    monkeypatch.chdir(tmp_path)
    assert found("git@example.com:a") == [("git@example.com:a", Kind.CHECKOUT)]


def test_a_file_is_no_source(tmp_path: Path) -> None:
    file = write(tmp_path, PATTERN) / "build.sh"
    assert list(places([str(file)])) == [Place(str(file), Kind.NOTHING, f"{file} is a file, not a folder")]


def test_names_that_are_not_utf_8_come_through(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/r\xff"
    os.makedirs(name + b"/.git")  # noqa: PTH103 - bytes
    assert found(tmp_path) == [(os.fsdecode(name), Kind.CHECKOUT)]


def test_a_list_has_one_path_on_each_line() -> None:
    assert list(listed(io.BytesIO(b"a\n\n b c \r\nr\xff"))) == ["a", " b c ", "r\udcff"]
    assert list(listed(io.BytesIO(b""))) == []


def test_a_deep_tree_is_walked_without_recursion(tmp_path: Path) -> None:
    place = f"{tmp_path}{'/d' * 300}"
    os.makedirs(f"{place}/.git")  # noqa: PTH103 - a path for the operating system
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 60)
    try:
        assert found(tmp_path) == [(place, Kind.CHECKOUT)]
    finally:
        sys.setrecursionlimit(limit)
