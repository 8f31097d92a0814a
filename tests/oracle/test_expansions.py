"""Words and what they expand to, in bash and here."""

from __future__ import annotations

import subprocess
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from oracle_match import Matcher
from oracle_rows import HERE

from migrator.interpret.run import run
from migrator.project import Project

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Word:
    """One row: a word, what is run before it, and why it may differ."""

    group: str
    setup: str
    word: str
    differs: str

    def __str__(self) -> str:
        return f"{self.group}: {self.word}"


def words() -> list[Word]:
    table = tomllib.loads((HERE / "expansions.toml").read_text(encoding="utf-8"))
    return [
        Word(group["name"], group["setup"], line, group.get("differs", {}).get(line, ""))
        for group in table["group"]
        for line in group["words"].strip("\n").split("\n")
    ]


WORDS = words()


def bash(row: Word, folder: Path) -> list[str]:
    (folder / "build.sh").write_text(f"{row.setup}\nprintf '%s\\0' x {row.word}\n", encoding="utf-8")
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/home/user", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(["bash", "./build.sh"], cwd=folder, capture_output=True, env=environment, check=True)
    return done.stdout.decode().split("\0")[1:-1]


@pytest.mark.parametrize("row", WORDS, ids=str)
def test_a_word_expands_as_in_bash(row: Word, tmp_path: Path) -> None:
    script = f"#!/bin/bash\n{row.setup}\ndocker tag {row.word}\n"
    outcome = run(Project.of({"build.sh": script}), "build.sh", (), {"HOME": "/home/user"})
    (world,) = outcome.worlds
    ours = [list(call.words[2:]) for call in world.calls]
    assert len(ours) == 1, ours
    real = bash(row, tmp_path)
    equal = Matcher(outcome.symbols, {}).words(ours[0], real)
    assert equal != bool(row.differs), (ours[0], real)


def test_the_table_is_large() -> None:
    assert len(WORDS) >= 150
