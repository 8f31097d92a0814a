"""Every case of the table that converts: what is left of its script is shell, and there is nothing left to convert."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from repository import is_shell

sys.path.insert(0, str(Path(__file__).parents[1]))

from case_table import Case, all_cases, copy_repo

from migrator.checkout import load
from migrator.migration.convert import convert, convert_with_trace
from migrator.migration.result import Converted, Declined, NotApplicable
from migrator.report.patch import would_change
from migrator.repository.apart import settled
from migrator.repository.files import Migration, migration
from migrator.repository.inputs import Given
from migrator.writing import write_changes

if TYPE_CHECKING:
    from collections.abc import Iterator

SHELL = [case for case in all_cases() if case.status == "converted" and not case.script.endswith(".py")]
# What `convert` does only when it is asked to, `migrate` does not do.
CASES = [case for case in SHELL if case.is_script and not (case.stays or case.export or case.runtimes or case.caches)]
# What the first takes out is for no image: the script wants the file itself. In the second a pipe of two tars hides
# that what is taken out is for the image alone, so the way to it is left in place.
TAKES_OUT = {"ignore-excludes-artifact", "tar-of-private-folder"}
OLD_WORDS = ("docker create", "docker cp ")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_nothing_of_the_old_way_is_left(case: Case, tmp_path: Path) -> None:
    root = copy_repo(case, tmp_path)
    project = load(root)
    result, trace = convert_with_trace(project, case.script, case.args, case.env)
    assert isinstance(result, Converted)
    assert trace is not None
    whole = migration(project, result, trace)
    assert whole.left.complete, whole.tasks
    texts = {change.path: change.content for change in whole.files if change.path in whole.left.texts}
    for name, text in texts.items():
        if text is not None:
            assert is_shell(text)
            assert list(passing_lines(text)) == [] or case.name in TAKES_OUT, name
    write_changes(root, {change.path: change.content for change in whole.files})
    if (root / case.script).exists():
        again = convert(load(root), case.script, case.args, case.env)
        assert not isinstance(again, Converted | Declined), again


@pytest.mark.parametrize("case", [case for case in SHELL if case.stays], ids=lambda case: case.name)
def test_a_script_that_stays_still_builds_in_the_old_way(case: Case, tmp_path: Path) -> None:
    root = copy_repo(case, tmp_path)
    before = (root / case.script).read_text()
    engine_lines = [line for line in before.splitlines() if line.startswith(("docker create", "docker run", "id="))]
    _, whole = migrated(case, root)
    write_changes(root, {change.path: change.content for change in whole.files})
    if not whole.left.complete:
        assert {task.code for task in whole.tasks} == {"MG501"}
        assert (root / case.script).read_text() == before
    assert set(engine_lines) <= set((root / case.script).read_text().splitlines())
    assert engine_lines
    assert case.engine  # the images that it gives then are compared with those of before


# Programs, and parts of other files: where they are not cut, they stay, and their builds are told.
OTHERS = [
    case for case in all_cases()
    if case.status == "converted" and (case.script.endswith(".py") or not case.is_script)
    and not (case.export or case.runtimes or case.caches)
]  # fmt: skip


def migrated(case: Case, root: Path) -> tuple[Converted, Migration]:
    """What the command makes of a case that stands in a folder."""
    project, given = load(root), Given(case.args, case.env)
    result, trace = convert_with_trace(project, case.script, case.args, case.env)
    assert isinstance(result, Converted)
    assert trace is not None
    result, trace = settled(project, result, trace, given)
    return result, migration(project, result, trace, given=given)


@pytest.mark.parametrize("case", OTHERS, ids=lambda case: case.name)
def test_what_is_not_cut_stays_and_is_told(case: Case, tmp_path: Path) -> None:
    root = copy_repo(case, tmp_path)
    result, whole = migrated(case, root)
    if not whole.left.complete:
        assert {change.path for change in whole.files} == {change.path for change in result.files}
        assert {task.code for task in whole.tasks} == {"MG571" if ".py" in case.script else "MG547"}
        assert all(task.span is not None and task.span.file in load(root).files for task in whole.tasks)
    write_changes(root, {change.path: change.content for change in whole.files})
    again, trace = convert_with_trace(load(root), case.script, case.args, case.env)
    if isinstance(again, Converted):  # it still builds in the old way: the new file is the same
        assert trace is not None
        assert would_change(load(root), migrated(case, root)[1].files) == ()
    else:
        assert isinstance(again, NotApplicable), again


def passing_lines(text: str) -> Iterator[str]:
    """Lines that run a command of the old way; what a script only prints does not count."""
    for line in text.splitlines():
        words = line.strip()
        if any(word in words for word in OLD_WORDS) and not words.startswith(("#", "echo", "printf")):
            yield line
