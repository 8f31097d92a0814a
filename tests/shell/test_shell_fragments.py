"""Scripts and their trees, one text file a case under tests/fragments/shell.

A file is the script to the byte, then a line end, `--- tree ---`, and the tree. `--update` rewrites the trees.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from shell_dump import dump

from migrator.shell.parse import parse
from migrator.source import Source

FOLDER = Path(__file__).parents[1] / "fragments" / "shell"
SEPARATOR = "\n--- tree ---\n"
CASES = sorted(FOLDER.glob("*.txt"))


def test_there_are_cases() -> None:
    assert len(CASES) > 40


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_fragment(path: Path, request: pytest.FixtureRequest) -> None:
    text, _, expected = path.read_bytes().decode().partition(SEPARATOR)
    found = dump(parse(Source("build.sh", text)))
    if request.config.getoption("--update"):
        path.write_bytes(f"{text}{SEPARATOR}{found}".encode())
    else:
        assert found == expected
