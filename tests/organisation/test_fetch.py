"""Sources at an address: real git, a server that can send parts, and one that cannot; only what is read is fetched."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from made_repositories import DECLINED, PATTERN, bare

from migrator.errors import ProjectError
from migrator.organisation.audit import audit
from migrator.organisation.fetch import fetched
from migrator.organisation.places import Kind, Place, places

if TYPE_CHECKING:
    from pathlib import Path

DATA = "0123456789" * 1000


def served(folder: Path, files: dict[str, str], *, parts: bool = True) -> str:
    """The address of a bare repository with these files; `parts` is whether its server sends parts of a commit."""
    place = bare(folder / "app.git", files, folder / "work")
    if parts:
        for name in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
            subprocess.run(["git", "-C", str(place), "config", name, "true"], check=True)
    return place.as_uri()


def here(folder: Path) -> set[str]:
    """The files of the clone in a folder that have been fetched, by their content."""
    (clone,) = folder.glob("migrator-*/*")

    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", str(clone), *words], check=True, capture_output=True, text=True).stdout

    listed = git("cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)").splitlines()
    return {git("cat-file", "blob", line.split()[1]) for line in listed if line.startswith("blob")}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where clones go in a test."""
    place = tmp_path / "clones"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    return place


def test_only_what_may_matter_is_fetched_and_the_rest_when_it_is_read(folder: Path, tmp_path: Path) -> None:
    address = served(tmp_path, {**PATTERN, "data.bin": DATA, "docs/a.md": "words"})
    with fetched(address) as project:
        assert project is not None
        assert project.name == "app"
        assert sorted(project.files) == ["Dockerfile", "Dockerfile.build", "build.sh", "data.bin", "docs/a.md"]
        assert here(folder) == set(PATTERN.values())
        assert project.text("docs/a.md") == "words"
        assert here(folder) == {*PATTERN.values(), "words"}
    assert list(folder.iterdir()) == []


def test_a_server_without_parts_gives_the_same(folder: Path, tmp_path: Path) -> None:
    address = served(tmp_path, {**PATTERN, "data.bin": DATA}, parts=False)
    with fetched(address) as project:
        assert project is not None
        assert project.text("build.sh") == PATTERN["build.sh"]
        assert DATA in here(folder)


@pytest.mark.parametrize(("files", "status"), [(PATTERN, "converted"), (DECLINED, "declined")])
def test_the_answer_is_that_of_a_checkout(files: dict[str, str], status: str, folder: Path, tmp_path: Path) -> None:
    (place,) = places([served(tmp_path, files)])
    answer = audit(place, 60)
    assert answer.status == status
    assert answer == replace(audit(Place(str(tmp_path / "work"), Kind.CHECKOUT), 60), path=place.path)
    assert list(folder.iterdir()) == []


def test_what_cannot_be_cloned_is_told_without_the_secret(folder: Path) -> None:
    (place,) = places(["http://bot:s3cret@127.0.0.1:1/a.git"])
    answer = audit(place, 60)
    assert (answer.status, answer.findings[0].code) == ("failed", "MG601")
    assert "127.0.0.1" in answer.reason
    assert "s3cret" not in repr(answer)
    assert list(folder.iterdir()) == []


def test_a_repository_without_a_commit_is_nothing(folder: Path, tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "empty.git")], check=True)
    (place,) = places([(tmp_path / "empty.git").as_uri()])
    assert audit(place, 60).status == "not-applicable"
    assert list(folder.iterdir()) == []


def test_without_git_there_is_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ProjectError, match="git is not installed"), fetched("https://example.com/a.git"):
        pass


def test_the_time_of_a_clone_is_bounded(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that never answers: the clone is ended, and nothing of it stays."""
    (tmp_path / "bin").mkdir()
    slow = tmp_path / "bin" / "ssh"
    slow.write_text("#!/bin/sh\nsleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(slow))
    (place,) = places(["ssh://git@example.com/a.git"])
    answer = audit(place, 1)
    assert (answer.status, answer.findings[0].code) == ("failed", "MG603")
    assert list(folder.iterdir()) == []
