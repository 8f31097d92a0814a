"""Each sample and each case that converts: git takes the patch on a fresh clone, and a second run changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from case_table import Case, all_cases, copy_repo

from migrator.checkout import load
from migrator.migration.convert import convert_with_trace
from migrator.migration.result import Converted, NotApplicable
from migrator.report import patch
from migrator.repository.apart import settled
from migrator.repository.files import Migration, migration
from migrator.repository.inputs import Given
from migrator.writing import write_changes

SAMPLES = Path(__file__).parents[2] / "samples"


class Sample(Case):
    """A sample as a case: it is the repository itself."""

    @property
    def repo(self) -> Path:
        return self.folder


def samples() -> list[Case]:
    """The samples with a script, or a target, that is migrated."""
    return [
        Sample(f"sample-{place.name}", place, "it is shown to users",
               script="build.sh" if (place / "build.sh").exists() else "Makefile:image")
        for place in sorted(SAMPLES.iterdir()) if (place / "build.sh").exists() or (place / "Makefile").exists()
    ]  # fmt: skip


# What `convert` does only when it is asked to, `migrate` does not do.
PLAIN = [case for case in all_cases() if case.status == "converted" and not (case.export or case.runtimes)]
# Every case with `make test-cases`; otherwise each sample, and the same few cases.
CHOSEN = samples() + (PLAIN if os.environ.get("MIGRATOR_EVERY_CASE") else PLAIN[4::19])


def git(root: Path, *words: str, text: bytes | None = None) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false")
    done = subprocess.run(["git", *who, *words], cwd=root, input=text, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def state(root: Path) -> dict[bytes, tuple[str, bytes]]:
    """What stands in a folder beside git's own: links, and files with their bytes and whether they are programs."""
    found = {}
    for path in root.rglob("*"):
        key = path.relative_to(root)
        if key.parts[0] != ".git" and path.is_symlink():
            found[bytes(key)] = ("link", bytes(path.readlink()))
        elif key.parts[0] != ".git" and path.is_file():
            found[bytes(key)] = ("program" if path.stat().st_mode & 0o100 else "file", path.read_bytes())
    return found


def migrated(case: Case, root: Path) -> Migration | None:
    project, given = load(root), Given(case.args, case.env)
    result, trace = convert_with_trace(project, case.script, case.args, case.env)
    if not isinstance(result, Converted):
        assert isinstance(result, NotApplicable), result
        return None
    assert trace is not None
    return migration(project, *settled(project, result, trace, given), given=given)


@pytest.mark.parametrize("case", CHOSEN, ids=lambda case: case.name)
def test_git_takes_the_patch_on_a_fresh_clone_and_a_second_run_changes_nothing(case: Case, tmp_path: Path) -> None:
    root = copy_repo(case, tmp_path)
    git(root, "init", "-q")
    git(root, "add", "-A", "-f")
    git(root, "commit", "-q", "-m", "before")
    git(tmp_path, "clone", "-q", str(root), "clone")
    whole = migrated(case, root)
    assert whole is not None
    found = patch.render(load(root), whole.files)
    git(tmp_path / "clone", "apply", "-", text=found.encode("utf-8", "surrogateescape"))
    write_changes(root, {change.path: change.content for change in whole.files})
    assert state(root) == state(tmp_path / "clone")
    for committed in (False, True):
        if committed:
            git(root, "add", "-A", "-f")
            git(root, "commit", "-q", "-m", "after")
        if not (root / case.file).exists():  # nothing of the old way is left
            return
        again = migrated(case, root)
        assert again is None or patch.would_change(load(root), again.files) == ()


def test_a_change_that_a_second_run_would_make_is_seen(tmp_path: Path) -> None:
    case = next(case for case in PLAIN if case.name == "ci-circle")
    root = copy_repo(case, tmp_path)
    result, trace = convert_with_trace(load(root), case.script)
    assert isinstance(result, Converted)
    assert trace is not None
    found = migration(load(root), result, trace)  # in the place of a Dockerfile that the job still builds
    write_changes(root, {change.path: change.content for change in found.files})
    again = migrated(case, root)
    assert again is not None
    assert patch.would_change(load(root), again.files) != ()


def test_a_dockerfile_that_git_was_not_told_of_counts_unless_it_is_ignored(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "build.sh").write_text("docker build -t a .\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    for name in ("Dockerfile", "sub/Dockerfile", "sub/Dockerfile.old", "notes"):
        (tmp_path / name).write_text("FROM scratch\n")
    assert set(load(tmp_path).files) == {"sub/build.sh", "Dockerfile", "sub/Dockerfile"}
    assert set(load(tmp_path / "sub").files) == {"build.sh", "Dockerfile"}
    (tmp_path / ".gitignore").write_text("/sub/Dockerfile\n")
    assert set(load(tmp_path).files) == {"sub/build.sh", "Dockerfile"}
    assert set(load(tmp_path / "sub").files) == {"build.sh"}
