"""Dockerfiles and their trees, one text file a case under tests/fragments/dockerfile.

A file is the Dockerfile to the byte, then a line end, `=== tree ===`, and the tree. `--update` rewrites the trees.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from dockerfile_dump import dump

from migrator.dockerfile.parse import parse
from migrator.source import Source

FOLDER = Path(__file__).parents[1] / "fragments" / "dockerfile"
SEPARATOR = "\n=== tree ===\n"
CASES = sorted(FOLDER.glob("*.txt"))


def test_there_are_cases() -> None:
    assert len(CASES) > 20


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_fragment(path: Path, request: pytest.FixtureRequest) -> None:
    text, _, expected = path.read_bytes().decode().partition(SEPARATOR)
    found = dump(parse(Source("Dockerfile", text)))
    if request.config.getoption("--update"):
        path.write_bytes(f"{text}{SEPARATOR}{found}".encode())
    else:
        assert found == expected
