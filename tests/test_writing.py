"""Writing: all or nothing, modes kept, never out of the repository."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from migrator.errors import ProjectError
from migrator.writing import write_changes, write_file


def tree(folder: Path) -> dict[str, tuple[int, str | bytes]]:
    """Every path below `folder` with its mode and content: what must be the same when nothing was written."""
    found: dict[str, tuple[int, str | bytes]] = {}
    for path in sorted(folder.rglob("*")):
        name, mode = str(path.relative_to(folder)), stat.S_IMODE(path.lstat().st_mode)
        if path.is_symlink():
            found[name] = (mode, str(path.readlink()))
        else:
            found[name] = (mode, path.read_bytes() if path.is_file() else "folder")
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "repo"
    (place / "docker").mkdir(parents=True)
    (place / "Dockerfile").write_text("old")
    (place / "build.sh").write_text("script")
    (place / "build.sh").chmod(0o751)
    (place / "docker" / "real").write_text("real")
    (place / "link").symlink_to("docker/real")
    return place


def test_files_are_written_made_and_deleted(folder: Path) -> None:
    write_changes(folder, {"Dockerfile": "new\r\n", "a/b/new": "x", "build.sh": None, "never-there": None})
    assert {name: content for name, (_, content) in tree(folder).items()} == {
        "Dockerfile": b"new\r\n",
        "a": "folder",
        "a/b": "folder",
        "a/b/new": b"x",
        "docker": "folder",
        "docker/real": b"real",
        "link": "docker/real",
    }


def test_modes_stay_and_new_files_follow_the_umask(folder: Path) -> None:
    before = os.umask(0o027)
    try:
        write_changes(folder, {"build.sh": "new", "fresh": "x"})
    finally:
        os.umask(before)
    assert stat.S_IMODE((folder / "build.sh").stat().st_mode) == 0o751
    assert stat.S_IMODE((folder / "fresh").stat().st_mode) == 0o640


def test_a_link_is_written_through_and_deleted_as_itself(folder: Path) -> None:
    write_changes(folder, {"link": "new"})
    assert (folder / "link").is_symlink()
    assert (folder / "docker" / "real").read_text() == "new"
    write_changes(folder, {"link": None})
    assert not (folder / "link").is_symlink()
    assert (folder / "docker" / "real").read_text() == "new"


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "escape/outside", "cut", "."])
def test_nothing_is_written_outside(folder: Path, name: str) -> None:
    (folder / "escape").symlink_to("..")
    (folder / "cut").symlink_to("/etc/outside")
    before = tree(folder.parent)
    with pytest.raises(ProjectError):
        write_changes(folder, {"Dockerfile": "new", name: "x"})
    assert tree(folder.parent) == before
    assert not Path("/etc/outside").exists()


@pytest.mark.parametrize(
    "impossible", ["docker", "build.sh/x", "n" * 300, "docker/" + "n" * 300], ids=["folder", "below", "long", "deep"]
)
@pytest.mark.parametrize("first", [True, False])
def test_one_that_cannot_be_written_leaves_all_as_they_were(folder: Path, impossible: str, *, first: bool) -> None:
    before = tree(folder)
    changes: list[tuple[str, str | None]] = [("Dockerfile", "new"), ("made/up/file", "x"), ("build.sh", None)]
    changes.insert(0 if first else 3, (impossible, "x"))
    with pytest.raises(ProjectError, match="cannot write"):
        write_changes(folder, dict(changes))
    assert tree(folder) == before


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", [0, 1, 2])
def test_a_failure_between_two_files_puts_the_first_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, step: int
) -> None:
    before = tree(folder)
    exchange, steps = Path.replace, iter(range(100))

    def fail(self: Path, target: Path) -> Path:
        if str(self).endswith(".new") and next(steps) == step:
            raise error
        return exchange(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises((ProjectError, KeyboardInterrupt)):
        write_changes(folder, {"Dockerfile": "new", "build.sh": "new", "fresh/file": "x"})
    assert tree(folder) == before


def test_a_disk_that_is_full_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tree(folder)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ProjectError, match="No space left"):
        write_changes(folder, {"Dockerfile": "new", "fresh": "x"})
    assert tree(folder) == before


def test_a_single_file(tmp_path: Path) -> None:
    write_file(tmp_path / "out", "FROM alpine\n")
    write_file(tmp_path / "out", "FROM scratch\n")
    assert tree(tmp_path)["out"][1] == b"FROM scratch\n"
    with pytest.raises(ProjectError):
        write_file(tmp_path / "out" / "below", "x")
