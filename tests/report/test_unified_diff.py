"""The unified diff: git itself applies it, and the result is the new content byte for byte."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.checkout import load
from migrator.migration.result import FileChange
from migrator.project import Project
from migrator.report.patch import render, would_change

if TYPE_CHECKING:
    from pathlib import Path


def apply(folder: Path, changes: tuple[FileChange, ...]) -> str:
    patch = render(load(folder), changes)
    data = patch.encode("utf-8", "surrogateescape")
    subprocess.run(["git", "apply", "--whitespace=nowarn", "-"], cwd=folder, input=data, check=True)
    return patch


def write(path: str, content: str) -> FileChange:
    return FileChange(path, "write", content)


def delete(path: str) -> FileChange:
    return FileChange(path, "delete", None)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "repo"
    place.mkdir()
    return place


def test_the_form_of_a_patch() -> None:
    project = Project.of({"Dockerfile": "FROM alpine\nCOPY app /", "old": "x\n"})
    assert render(project, (write("Dockerfile", "FROM alpine AS runtime\nCOPY app /\n"), delete("old"))) == (
        "diff --git a/Dockerfile b/Dockerfile\n"
        "--- a/Dockerfile\n"
        "+++ b/Dockerfile\n"
        "@@ -1,2 +1,2 @@\n"
        "-FROM alpine\n"
        "-COPY app /\n"
        "\\ No newline at end of file\n"
        "+FROM alpine AS runtime\n"
        "+COPY app /\n"
        "diff --git a/old b/old\n"
        "deleted file mode 100644\n"
        "--- a/old\n"
        "+++ /dev/null\n"
        "@@ -1 +0,0 @@\n"
        "-x\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb", "a\nb\n"),
        ("a\nb\n", "a\nb"),
        ("a\r\nb\r\n", "a\r\nc\r\n"),
        ("a\x0cb\x85c\u2028d\n", "a\x0cb\x85c\u2028e\n"),
        ("", "now there is text\n"),
        ("gone\n", ""),
        ("a\n" * 500, "a\n" * 250 + "b\n" + "a\n" * 250),
        ("x\udcff\n", "y\udcff\n"),
        ("- looks\n-- like\n--- a/patch\n", "+++ b/patch\n@@ -1 +1 @@\n"),
    ],
)
def test_git_applies_it(folder: Path, before: str, after: str) -> None:
    (folder / "file").write_bytes(before.encode("utf-8", "surrogateescape"))
    apply(folder, (write("file", after),))
    assert (folder / "file").read_bytes() == after.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize(
    "name",
    [
        "plain",
        "with blank",
        "sub/dir/file",
        "tab\there",
        'quo"te',
        "back\\slash",
        "ünï",
        "new\nline",
        "\udcff\x7f",
        "a b",
    ],
)
def test_git_understands_every_name(folder: Path, name: str) -> None:
    apply(folder, (write(name, "one\n"),))
    assert (folder / name).read_text() == "one\n"
    apply(folder, (write(name, "two\n"),))
    assert (folder / name).read_text() == "two\n"
    apply(folder, (delete(name),))
    assert not (folder / name).exists()


def test_an_executable_stays_one_and_can_be_deleted(folder: Path) -> None:
    script = folder / "build.sh"
    script.write_text("one\n")
    script.chmod(0o755)
    apply(folder, (write("build.sh", "two\n"),))
    assert script.stat().st_mode & 0o777 == 0o755
    assert "deleted file mode 100755" in apply(folder, (delete("build.sh"),))


def test_a_link_is_written_through_and_deleted_as_itself(folder: Path) -> None:
    (folder / "docker").mkdir()
    (folder / "docker" / "Dockerfile").write_text("one\n")
    (folder / "Dockerfile").symlink_to("docker/Dockerfile")
    apply(folder, (write("Dockerfile", "two\n"),))
    assert (folder / "Dockerfile").is_symlink()
    assert (folder / "docker" / "Dockerfile").read_text() == "two\n"
    apply(folder, (delete("Dockerfile"),))
    assert not (folder / "Dockerfile").is_symlink()
    assert (folder / "docker" / "Dockerfile").exists()


def test_empty_files_come_and_go(folder: Path) -> None:
    apply(folder, (write("empty", ""),))
    assert (folder / "empty").read_bytes() == b""
    apply(folder, (delete("empty"),))
    assert not (folder / "empty").exists()


def test_what_is_as_it_should_be_is_not_in_the_patch() -> None:
    project = Project.of({"a": "same\n", "b": "old\n"})
    changes = (write("a", "same\n"), write("b", "new\n"), delete("never-there"))
    assert would_change(project, changes) == ("b",)
    assert render(project, changes[:1]) == ""


LINES = st.lists(st.sampled_from(["a", "b", "", " ", "\\", "-", "+", "@@"]), max_size=12).map("\n".join)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(before=LINES, after=LINES)
def test_any_two_texts(folder: Path, before: str, after: str) -> None:
    if before == after:
        return
    (folder / "file").write_text(before)
    apply(folder, (write("file", after),))
    assert (folder / "file").read_text() == after
