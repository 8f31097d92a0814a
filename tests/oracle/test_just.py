"""Real just is the oracle: each justfile of the table is run by it and read by us, and both must do the same."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from oracle_bash import SECONDS, Recorded, calls_in, environment_of, lay_out
from oracle_compare import differences
from oracle_rows import HERE, Row

from migrator.interpret.run import Outcome, run
from migrator.project import Project

JUST = shutil.which("just", path=str(Path(sys.executable).parent)) or shutil.which("just") or ""
RAW = tomllib.loads((HERE / "justfiles.toml").read_text(encoding="utf-8"))["row"]


def row_of(raw: dict[str, object]) -> tuple[Row, str]:
    values = dict(raw)
    target, script = str(values.pop("target", "")), str(values.pop("justfile"))
    values.pop("no_calls", None)
    args = tuple(values.pop("args", ()))  # type: ignore[arg-type]
    return Row(script=script, path="justfile", args=args, **values), target  # type: ignore[arg-type]


def run_ours(row: Row, target: str) -> Outcome:
    name = f"justfile:{target}" if target else "justfile"
    return run(Project.of(row.texts), name, row.args, row.env)


@pytest.mark.skipif(not JUST, reason="there is no just here")
@pytest.mark.parametrize("raw", RAW, ids=lambda raw: str(raw["name"]))
def test_we_do_what_just_does(raw: dict[str, object], tmp_path: Path) -> None:
    row, target = row_of(raw)
    root, state = tmp_path / "repo", tmp_path / "state"
    environment = environment_of(row, tmp_path)
    lay_out(row, root)
    recipe = target or next(line.split(":")[0].split()[0] for line in row.script.splitlines() if line[:1].isalpha()
                            and ":=" not in line)  # fmt: skip
    first = [word for word in row.args if "=" in word]
    rest = [word for word in row.args if "=" not in word]
    done = subprocess.run(
        [JUST, *first, recipe, *rest],
        cwd=root,
        env={**environment, "PWD": str(root)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=SECONDS,
        check=False,
    )
    recorded = Recorded(tuple(calls_in(state)), root, done.returncode, done.stdout.decode(errors="replace"))
    assert recorded.status == row.status, recorded.output
    outcome = run_ours(row, target)
    assert recorded.calls or "no_calls" in raw, recorded.output
    found = [differences(row, outcome, world, recorded) for world in outcome.worlds]
    best = min(found, key=len)
    assert not best, "\n".join([*best, *(one.message for one in outcome.diagnostics), outcome.script.source.text])
    assert not outcome.diagnostics or all(one.code != "MG545" for one in outcome.diagnostics)


REFUSED = {
    "a setting": "set dotenv-load\nimage:\n    docker build .\n",
    "an import": "import 'other.just'\nimage:\n    docker build .\n",
    "a module": "mod other\nimage:\n    docker build .\n",
    "an attribute": "[no-cd]\nimage:\n    docker build .\n",
    "another language": "image:\n    #!/usr/bin/env python3\n    print()\n",
    "another shell": "set shell := ['pwsh', '-c']\nimage:\n    docker build .\n",
    "a function": "x := sha256_file('a')\nimage:\n    docker build -t {{x}} .\n",
    "a condition on what is not known": (
        "x := env('X', '')\ny := if x == 'a' { 'b' } else { 'c' }\nimage:\n    docker build -t {{y}} .\n"
    ),
    "a command that changes something": "x := `touch y`\nimage:\n    docker build .\n",
    "a command among the recipe's": "image:\n    docker build -t {{`cat x`}} .\n",
    "a parameter without a value": "image tag:\n    docker build -t {{tag}} .\n",
    "a recipe that is not there": "image: missing\n    docker build .\n",
    "too many arguments": "image: (b 'x')\n    docker build .\nb:\n    docker pull x\n",
    "a text of several lines": "x := '''\n a\n'''\nimage:\n    docker build .\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_followed_is_said(name: str) -> None:
    outcome = run(Project.of({"justfile": REFUSED[name], "Dockerfile": "FROM scratch\n"}), "justfile:image", ())
    assert outcome.worlds[0].calls == ()
    assert {one.code for one in outcome.diagnostics} & {"MG540", "MG541", "MG542", "MG545"}
    assert all(one.span is not None and one.span.file == "justfile" for one in outcome.diagnostics)
