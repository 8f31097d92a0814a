"""The files that a script leaves on the host, and those that the exporting build leaves: the same, modes and all."""

from __future__ import annotations

import fnmatch
import hashlib
import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from case_arms import Arms, _Cleaned
from case_table import Case, all_cases, apply_conversion, convert_folder, copy_repo

from migrator.migration.result import Converted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conftest import Engine

pytestmark = pytest.mark.engine

CASES = [case for case in all_cases() if case.export and case.status == "converted"]


class ExportArms(Arms):
    """The old script, and the commands of the conversion, each in a copy of the repository of its own."""

    def host_differences(self, result: Converted) -> list[str]:
        """What is on the host afterwards in one way and not in the other; owners are the caller's in both."""
        aside = (*self.case.set_aside, *(change.path for change in result.files))
        started = _tree(copy_repo(self.case, self._folder("started")), aside)
        found = []
        for number, extra in enumerate(({}, *self.case.variants)):
            env = {**self.case.env, **extra}
            before, after = _tree(self._old(number, env), aside), _tree(self._new_host(number, env, result), aside)
            assert before != started, "the script leaves nothing, so nothing is compared"
            found += [
                f"{path}: {before.get(path)} became {after.get(path)} {extra or ''}"
                for path in sorted({*before, *after})
                if before.get(path) != after.get(path)
            ]
        return found

    def _old(self, number: int, env: Mapping[str, str]) -> Path:
        root = copy_repo(self.case, self._folder(f"old-{number}"))
        with _Cleaned(self.engine):
            self._bash(root, [self.case.script, *self.case.args], env)
        return root

    def _new_host(self, number: int, env: Mapping[str, str], result: Converted) -> Path:
        root = copy_repo(self.case, self._folder(f"new-{number}"))
        apply_conversion(result, root)
        with _Cleaned(self.engine):
            for target in result.targets:
                words = ["-ec", target.command, self.case.script, *self.case.args]
                self._bash(root, words, {**env, "CASE_ONLY_BUILDS": "yes"})
        return root


def _tree(root: Path, aside: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Every path below a folder with its type, mode, owner and content."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if any(fnmatch.fnmatch(name, pattern) for pattern in aside):
            continue
        entry = path.lstat()
        content = ""
        if path.is_symlink():
            content = str(path.readlink())
        elif path.is_file():
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        found[name] = (stat.filemode(entry.st_mode), f"{entry.st_uid}:{entry.st_gid}", content)
    return found


def _converted(case: Case, tmp_path: Path) -> Converted:
    result = convert_folder(case, copy_repo(case, tmp_path))
    assert isinstance(result, Converted)
    return result


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_same_files_are_left_on_the_host(case: Case, engine: Engine, tmp_path: Path) -> None:
    arms = ExportArms(case, engine.with_images("alpine:latest"), tmp_path)
    assert arms.host_differences(_converted(case, tmp_path)) == []


FAULTS = {
    "the content": ("echo app", "echo map"),
    "the mode of a file": ("chmod 700", "chmod 755"),
    "the mode of a folder": ("chmod 750", "chmod 755"),
    "a name": ("/manual", "/docs"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str, engine: Engine, tmp_path: Path) -> None:
    case = next(case for case in CASES if case.name == "export-release-tree")
    result = _converted(case, tmp_path)
    right, wrong = FAULTS[fault]
    assert right in result.dockerfile
    text = result.dockerfile.replace(right, wrong)
    broken = replace(result, dockerfile=text, files=tuple(replace(change, content=text) for change in result.files))
    assert ExportArms(case, engine.with_images("alpine:latest"), tmp_path).host_differences(broken)
