"""What a checkout is: the files that git tracks, or all of them; and what it refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from migrator.checkout import load, root_of
from migrator.errors import ProjectError
from migrator.project import Kind

if TYPE_CHECKING:
    from pathlib import Path


def git(folder: Path, *words: str) -> None:
    identity = ("-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "protocol.file.allow=always")
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "shop"
    (place / "src").mkdir(parents=True)
    (place / "src" / "main.go").write_text("package main\n")
    (place / "build.sh").write_text("#!/bin/sh\n")
    (place / "build.sh").chmod(0o755)
    (place / "latest").symlink_to("src/main.go")
    return place


KINDS = {"build.sh": Kind.EXECUTABLE, "latest": Kind.LINK, "src/main.go": Kind.FILE}


def test_without_git_every_file_counts(folder: Path) -> None:
    project = load(folder)
    assert project.name == "shop"
    assert project.files == KINDS
    assert project.links == {"latest": "src/main.go"}
    assert project.folders == {"", "src"}
    assert project.read("src/main.go") == b"package main\n"
    assert project.text("latest") == "package main\n"


def test_with_git_only_tracked_files_count(folder: Path) -> None:
    git(folder, "init")
    git(folder, "add", ".")
    (folder / "app").write_text("left behind by an earlier run")
    assert load(folder).files == KINDS


def test_the_order_of_the_files_does_not_depend_on_the_disk(folder: Path) -> None:
    assert list(load(folder).files) == sorted(KINDS)


@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_every_version_of_the_index(folder: Path, version: str) -> None:
    git(folder, "init")
    git(folder, "config", "index.version", version)
    git(folder, "add", ".")
    if version == "3":  # git writes version 3 only where an entry has an extended flag
        (folder / "new").write_text("")
        git(folder, "add", "--intent-to-add", "new")
    assert load(folder).files == KINDS | ({"new": Kind.FILE} if version == "3" else {})


def test_a_split_index_is_read_or_refused_but_never_taken_for_less(folder: Path) -> None:
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "update-index", "--split-index")
    try:
        assert load(folder).files == KINDS
    except ProjectError as error:
        assert "index" in error.message  # noqa: PT017 - either answer is right, silence is not


def test_an_empty_index_tracks_nothing_so_every_file_counts(folder: Path) -> None:
    git(folder, "init")
    assert load(folder).files == KINDS


def test_a_folder_inside_a_work_tree(folder: Path) -> None:
    git(folder, "init")
    git(folder, "add", ".")
    (folder / "src" / "app").write_text("left behind")
    assert load(folder / "src").files == {"main.go": Kind.FILE}


def test_a_folder_that_the_work_tree_around_it_does_not_track(folder: Path) -> None:
    git(folder, "init")
    git(folder, "add", "build.sh")
    assert load(folder / "src").files == {"main.go": Kind.FILE}


def test_a_worktree_and_a_submodule_keep_their_index_elsewhere(folder: Path, tmp_path: Path) -> None:
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "first")
    git(folder, "worktree", "add", str(tmp_path / "other"))
    (tmp_path / "other" / "app").write_text("left behind")
    assert load(tmp_path / "other").files == KINDS
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init")
    git(outer, "submodule", "add", str(folder), "inner")
    (outer / "inner" / "app").write_text("left behind")
    assert set(load(outer).files) == {".gitmodules", *(f"inner/{name}" for name in KINDS)}


def test_a_tracked_file_that_is_gone_is_not_there(folder: Path) -> None:
    git(folder, "init")
    git(folder, "add", ".")
    (folder / "src" / "main.go").unlink()
    assert set(load(folder).files) == {"build.sh", "latest"}


def test_a_broken_index_is_said(folder: Path) -> None:
    git(folder, "init")
    git(folder, "add", ".")
    (folder / ".git" / "index").write_bytes(b"junk" * 10)
    with pytest.raises(ProjectError, match="git's index"):
        load(folder)


def test_cyclic_links_end_nothing(folder: Path) -> None:
    (folder / "loop").symlink_to("loop")
    (folder / "up").symlink_to("..")
    (folder / "src" / "down").symlink_to("../src")
    project = load(folder)
    assert project.files == KINDS | {"loop": Kind.LINK, "up": Kind.LINK, "src/down": Kind.LINK}
    with pytest.raises(ProjectError, match="loop"):
        project.read("loop")


@pytest.mark.parametrize("target", ["/etc/hostname", "../outside", "/dev/zero"])
def test_a_link_is_not_followed_out_of_the_repository(folder: Path, target: str) -> None:
    (folder.parent / "outside").write_text("secret")
    (folder / "build.cmd").symlink_to(target)
    project = load(folder)
    with pytest.raises(ProjectError, match="not a file of the repository"):
        project.read("build.cmd")
    assert project.text("build.cmd") is None


def test_a_link_to_a_folder_is_not_a_file(folder: Path) -> None:
    (folder / "link").symlink_to("src")
    project = load(folder)
    with pytest.raises(ProjectError, match="not a file of the repository"):
        project.read("link")
    assert project.text("link") is None


def test_pipes_and_sockets_are_no_part_of_a_checkout(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert load(folder).files == KINDS


def test_a_name_that_is_not_utf_8(folder: Path) -> None:
    with open(os.fsencode(folder) + b"/\xff.txt", "wb") as file:  # noqa: PTH123 - pathlib takes no bytes
        file.write(b"x")
    project = load(folder)
    assert project.files["\udcff.txt"] is Kind.FILE
    assert project.read("\udcff.txt") == b"x"


@pytest.mark.parametrize("place", ["nowhere", "build.sh", "loop"])
def test_what_is_not_a_folder(folder: Path, place: str) -> None:
    (folder / "loop").symlink_to("loop")
    with pytest.raises(ProjectError):
        load(folder / place)


def test_a_large_file_is_listed_without_being_read(folder: Path) -> None:
    with (folder / "huge").open("wb") as file:
        file.truncate(1 << 40)
    project = load(folder)
    assert project.files["huge"] is Kind.FILE
    assert project.text("huge") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not read")
def test_an_unreadable_folder_and_file_are_said(folder: Path) -> None:
    for place in (folder, *folder.parents[:3]):
        place.chmod(0o755)
    (folder / "build.sh").chmod(0o700)
    program = (
        "import os, sys; from pathlib import Path; from migrator.checkout import load;"
        "from migrator.errors import ProjectError; os.setuid(65534)\n"
        "try: load(Path(sys.argv[1])).read('build.sh')\n"
        "except ProjectError as error: print(error.message)"
    )

    def answer() -> str:
        return subprocess.run(
            [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True
        ).stdout

    assert "cannot read build.sh: Permission denied" in answer()
    (folder / "src").chmod(0o700)
    assert f"cannot read {folder}/src: Permission denied" in answer()


def test_the_root_of_a_script(folder: Path) -> None:
    assert root_of(folder / "src" / "x.sh") == folder / "src"
    git(folder, "init")
    assert root_of(folder / "src" / "x.sh") == folder
