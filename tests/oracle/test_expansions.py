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
from migrator.trace.render import inside_quotes, renderable

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Word:
    """One row: a word, what is run before it, and why it may differ."""

    group: str
    setup: str
    word: str
    differs: str
    hidden: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.group}: {self.word}"


def words() -> list[Word]:
    table = tomllib.loads((HERE / "expansions.toml").read_text(encoding="utf-8"))
    return [
        Word(
            group["name"],
            group["setup"],
            line,
            group.get("differs", {}).get(line, ""),
            tuple(group.get("hidden", {}).items()),
        )
        for group in table["group"]
        for line in group["words"].strip("\n").split("\n")
    ]


WORDS = words()
BARE = {"PATH": "/usr/bin:/bin", "HOME": "/home/user", "LC_ALL": "C.UTF-8"}


def bash(row: Word, folder: Path) -> list[str]:
    (folder / "build.sh").write_text(f"{row.setup}\nprintf '%s\\0' x {row.word}\n", encoding="utf-8")
    done = subprocess.run(["bash", "./build.sh"], cwd=folder, capture_output=True, env=BARE, check=True)
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


def evaluated(texts: list[str], hidden: dict[str, str], folder: Path) -> list[str]:
    """What bash makes of such texts when the hidden values are in its environment."""
    line = " ".join(f'"{text}"' for text in texts)
    (folder / "ours.sh").write_text(f"printf '%s\\0' x {line}\n", encoding="utf-8")
    done = subprocess.run(["bash", "ours.sh"], cwd=folder, capture_output=True, env={**BARE, **hidden}, check=True)
    return done.stdout.decode().split("\0")[1:-1]


@pytest.mark.parametrize("row", [row for row in WORDS if row.hidden], ids=str)
def test_a_word_of_unknown_values_yields_what_bash_makes_of_it(row: Word, tmp_path: Path) -> None:
    """The values come from the environment, which we do not see: what we carry over as bash text must give the same."""
    hidden = dict(row.hidden)
    setup = ";".join(part for part in row.setup.split(";") if part.split("=")[0].strip() not in hidden)
    (tmp_path / "build.sh").write_text(f"{setup}\nprintf '%s\\0' x {row.word}\n", encoding="utf-8")
    real = (
        subprocess.run(["bash", "./build.sh"], cwd=tmp_path, capture_output=True, env={**BARE, **hidden}, check=True)
        .stdout.decode()
        .split("\0")[1:-1]
    )
    script = f"#!/bin/bash\n{setup}\ndocker tag {row.word}\n"
    outcome = run(Project.of({"build.sh": script}), "build.sh", (), {"HOME": "/home/user"})
    answers = []
    for world in outcome.worlds:
        words = [word for call in world.calls for word in call.words[2:]]
        if not all(renderable(word, outcome.symbols) for word in words):
            return  # we say that it is not known
        texts = [inside_quotes(word, outcome.symbols) for word in words]
        answers.append(" ".join(evaluated(texts, hidden, tmp_path)).split())
    assert " ".join(real).split() in answers


def test_the_table_is_large() -> None:
    assert len(WORDS) >= 150
