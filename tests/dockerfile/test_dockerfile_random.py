"""Dockerfiles thrown together from awkward pieces: what we make of each must be what the engine makes of it."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from migrator.dockerfile.assignments import pairs
from migrator.dockerfile.check import is_usable
from migrator.dockerfile.evaluate import BaseImage, Build, expand, stage_scope
from migrator.dockerfile.parse import parse
from migrator.source import Source

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Engine

    from migrator.dockerfile.syntax import Dockerfile

SCRATCH = BaseImage({"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"})
FILES = 40

WORDS = ("a", "b", "X", "$X", "${X}", "${Y:-d}", "${X%.*}", "${X#*.}", '"q r"', "'q $X'", "é", ".", "/", "=", ",", ":")
MARKS = ('"', "'", "\\", '\\"', "\\$", "\\\\", "$", "#", "`", "[", "]", "{", "}")
GAPS = (" ", "  ", "\t", "\\\n", "\\ \n", "\\\n# c\n", "\\\n\n", "\r\n", "\\\r\n")
HEADS = (
    *(
        "ENV",
        "ENV A=",
        "ENV X=",
        "env",
        "LABEL",
        "LABEL L=",
        'LABEL K="$X" L=',
        "ARG",
        "ARG Z=",
        "WORKDIR",
        "USER",
        "VOLUME",
    ),
    *("CMD", 'CMD ["', "ENTRYPOINT [", "HEALTHCHECK CMD", "ONBUILD RUN", "MAINTAINER", 'SHELL ["a"]', "# c", ""),
    "COPY <<A /x\nb $X\nA\n#",
)


def random_file(seed: int) -> str:
    choose = random.Random(seed)  # noqa: S311  (the same files each time, nothing secret)
    text = "# escape=`\n" if choose.random() < 0.15 else ""
    text += "FROM scratch\nENV X=v1.2.3\n"
    for _ in range(choose.randint(1, 4)):
        pieces = [choose.choice(choose.choice((WORDS, WORDS, MARKS, GAPS))) for _ in range(choose.randint(0, 7))]
        text += f"{choose.choice(HEADS)} {''.join(pieces)}" + choose.choice(("\n", "\n", "\r\n"))
    return f'{text}CMD ["end"]\n' if choose.random() < 0.7 else text


def our_image(tree: Dockerfile) -> dict[str, object]:
    stage = tree.stages[-1]
    scope = stage_scope(tree, stage.index, Build(base=lambda _: SCRATCH))
    labels: dict[str, str] = {}
    for instruction, state in zip(stage.instructions, scope.states, strict=True):
        if instruction.keyword == "LABEL":
            for pair in pairs(instruction):
                name = expand(pair.name, state.variables.get, tree.escape)
                labels[name] = expand(pair.value or "", state.variables.get, tree.escape)
    return {"Env": dict(scope.end.env), "Labels": labels, "WorkingDir": scope.end.workdir, "User": scope.end.user}


def test_the_files_are_of_many_kinds() -> None:
    trees = [parse(Source("Dockerfile", random_file(seed))) for seed in range(FILES)]
    assert 5 < sum(is_usable(tree) for tree in trees) < FILES - 5
    assert len({each.keyword for tree in trees for each in tree.instructions}) > 10


@pytest.mark.engine
@pytest.mark.parametrize("seed", range(FILES))
def test_the_engine_makes_the_same(engine: Engine, tmp_path: Path, seed: int) -> None:
    text = random_file(seed)
    (tmp_path / "Dockerfile").write_bytes(text.encode())
    tree = parse(Source("Dockerfile", text))
    done = engine.docker("build", "-q", str(tmp_path), check=False)
    assert is_usable(tree) == (done.returncode == 0), (text, tree.diagnostics, done.stderr)
    if done.returncode:
        return
    config = json.loads(engine.docker("inspect", done.stdout.strip(), "--format", "{{json .Config}}").stdout)
    assert our_image(tree) == {
        "Env": dict(entry.split("=", 1) for entry in config["Env"]),
        "Labels": config["Labels"] or {},
        "WorkingDir": config["WorkingDir"] or "/",
        "User": config["User"],
    }
