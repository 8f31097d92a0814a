"""What is left of a script gives the same images as the whole script did: both run for real, each on a clean engine."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from case_arms import Arms, _Cleaned
from case_table import Case, all_cases, copy_repo
from plain_snapshot import differences

from migrator.checkout import load
from migrator.migration.convert import convert_with_trace
from migrator.migration.result import Converted
from migrator.repository.files import migration
from migrator.writing import write_changes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conftest import Engine
    from plain_snapshot import Snapshot

    from migrator.repository.files import Migration

pytestmark = pytest.mark.engine

SAMPLES = Path(__file__).parents[2] / "samples"
SHELL = [case for case in all_cases() if case.engine and case.is_script and not case.script.endswith(".py")]
CASES = [case for case in SHELL if case.status == "converted" and not (case.runtimes or case.export)]
# As in test_cases_engine: `make test-cases` runs all of them, every other run the same few.
CHOSEN = CASES if os.environ.get("MIGRATOR_EVERY_CASE") else CASES[2::8]
TARGETS = {
    "add-archive": ("site",),
    "bind-mount": ("tool:latest",),
    "c-tools": ("c-tools:latest",),
    "http-server": ("http-server:latest",),
    "java-jar": ("greeter",),
    "make-targets": ("pages:1.0",),
    "node-frontend": ("frontend:latest",),
    "python-wheel": ("greet:1.0",),
    "static-scratch": ("static:1.0.0",),
    "tar-on-stdin": ("hello",),
    "two-builders": ("two-builders:latest",),
    "two-contexts": ("words",),
    "two-runtimes": ("pair-client", "pair-server"),
}


class LeftoverArms(Arms):
    """The old script in the old repository, and what is left of it in the new one."""

    def found(self) -> list[str]:
        project = load(copy_repo(self.case, self._folder("read")))
        result, trace = convert_with_trace(project, self.case.script, self.case.args, self.case.env)
        assert isinstance(result, Converted)
        assert trace is not None
        whole = migration(project, result, trace)
        assert whole.left.complete or self.case.stays, whole.tasks
        old = self._legacy(self._folder("old"), self.case.env, result)
        new = self._left(whole, result)
        found = []
        for target in self.case.targets:
            aside = (*self.case.set_aside, *self._emitted(new[target], result))
            found += [f"{target}: {line}" for line in differences(old[target], new[target], aside)]
        return found

    def _left(self, whole: Migration, result: Converted) -> Mapping[str, Snapshot]:
        folder = self._folder("left")
        root = copy_repo(self.case, folder)
        write_changes(root, {change.path: change.content for change in whole.files})
        script = root / self.case.script
        with _Cleaned(self.engine):
            if not self.case.is_script:
                self._bash(root, ["-ec", self.case.legacy], self.case.env)
            elif script.exists():
                assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
                self._bash(root, [self.case.script, *self.case.args], self.case.env)
            else:
                for command in dict.fromkeys(target.command for target in result.targets):
                    self._bash(root, ["-ec", command, self.case.script, *self.case.args], self.case.env)
            return self._snapshots(folder)


@pytest.mark.parametrize("case", CHOSEN, ids=lambda case: case.name)
def test_a_case_keeps_its_images(case: Case, engine: Engine, tmp_path: Path) -> None:
    arms = LeftoverArms(case, engine.with_images("alpine:latest"), tmp_path)
    assert arms.found() == []


# Targets of Makefiles whose recipes can be cut; where they cannot, test_makefile_cut says so.
MAKES = [case for case in all_cases() if case.name in {"make-plain", "make-file-targets", "make-in-folder"}]


@pytest.mark.parametrize(
    "case", MAKES if os.environ.get("MIGRATOR_EVERY_CASE") else MAKES[:1], ids=lambda case: case.name
)
def test_a_target_keeps_its_images(case: Case, engine: Engine, tmp_path: Path) -> None:
    arms = LeftoverArms(case, engine.with_images("alpine:latest"), tmp_path)
    assert arms.found() == []


@dataclass(frozen=True)
class Sample(Case):
    """A sample as a case: it is the repository itself."""

    @property
    def repo(self) -> Path:
        return self.folder


def bases(name: str) -> list[str]:
    texts = [path.read_text(encoding="utf-8") for path in (SAMPLES / name).rglob("*") if path.is_file()]
    pairs = [pair for text in texts for pair in re.findall(r"^FROM (\S+)|\s(golang:\S+) ", text, re.MULTILINE)]
    return sorted({base for pair in pairs for base in pair} - {"", "scratch"})


# What compiles Go or Python again shows nothing that these do not.
LIGHT = ["add-archive", "c-tools", "java-jar", "make-targets", "tar-on-stdin", "two-contexts", "two-runtimes"]


@pytest.mark.parametrize("name", sorted(TARGETS) if os.environ.get("MIGRATOR_EVERY_CASE") else LIGHT)
def test_a_sample_keeps_its_images(name: str, engine: Engine, tmp_path: Path) -> None:
    case = Sample(name=name, folder=SAMPLES / name, why="the samples must migrate", targets=TARGETS[name])
    if not (SAMPLES / name / "build.sh").exists():
        case = replace(case, script="Makefile:image", legacy="make image")
    arms = LeftoverArms(case, engine.with_images(*bases(name)), tmp_path)
    assert arms.found() == []


def test_every_sample_is_among_them() -> None:
    assert sorted(TARGETS) == sorted(
        path.name for path in SAMPLES.iterdir() if path.is_dir() and not path.name.startswith("fat-")
    )


class Spoiled(LeftoverArms):
    """The same with a fault planted in what is left: one build argument is gone."""

    def _left(self, whole: Migration, result: Converted) -> Mapping[str, Snapshot]:
        lost = '--build-arg "EXTRA=${EXTRA}" '
        files = tuple(
            replace(change, content=change.content.replace(lost, "")) if change.content else change
            for change in whole.files
        )
        assert files != whole.files
        return super()._left(replace(whole, files=files), result)


def test_an_argument_that_is_lost_is_seen(engine: Engine, tmp_path: Path) -> None:
    case = next(case for case in CASES if case.name == "env-build-arg-parameter")
    spoiled = Spoiled(case, engine.with_images("alpine:latest"), tmp_path)
    assert any("/app: content" in line for line in spoiled.found())
