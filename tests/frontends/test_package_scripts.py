"""Scripts of package.json as shell text, run by a real bash with a docker that only notes."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from migrator.frontends.read import read
from migrator.project import Project

if TYPE_CHECKING:
    from pathlib import Path


def ran(scripts: dict[str, str], name: str, tmp_path: Path, code: int = 0) -> list[str]:
    text = json.dumps({"name": "app", "version": "1.2", "scripts": scripts}, indent=2)
    program = read(Project.of({"package.json": text}), f"package.json:{name}", (), {})
    assert program.diagnostics == ()
    shell = 'docker() { echo "$*"; }\n' + program.source.text
    done = subprocess.run(["bash", "-c", shell], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == code
    return done.stdout.splitlines()


def test_a_script_runs_with_those_around_it(tmp_path: Path) -> None:
    scripts = {
        "preimage": "docker before",
        "image": 'X=1; docker "a $X $npm_package_version" && npm run image:push',
        "postimage": "docker after $X",
        "image:push": "false; docker push",
    }
    assert ran(scripts, "image", tmp_path) == ["before", "a 1 1.2", "push", "after"]
    assert ran({**scripts, "preimage": "docker x && false"}, "image", tmp_path, 1) == ["x"]
    inner = {**scripts, "preimage:push": "false", "image": "docker a && npm run image:push && docker b"}
    assert ran(inner, "image", tmp_path, 1) == ["before", "a"]
    assert ran({**scripts, "image:push": "false"}, "image", tmp_path, 1) == ["before", "a 1 1.2"]


@pytest.mark.parametrize(
    ("script", "code"),
    [("npm run missing", "MG540"), ("npm run a || docker x", "MG545"), ("npm --silent run a", "MG545")],
)
def test_what_cannot_be_followed_is_refused(script: str, code: str) -> None:
    text = json.dumps({"scripts": {"a": "docker a", "b": script}}, indent=2)
    program = read(Project.of({"package.json": text}), "package.json:b", (), {})
    assert [(one.code, one.span.line if one.span else 0) for one in program.diagnostics] == [(code, 4)]


def test_places_are_those_of_the_file() -> None:
    text = '{\n  "scripts": {\n    "a": "docker build -t b . && docker create b"\n  }\n}\n'
    source = read(Project.of({"package.json": text}), "package.json:a", (), {}).source
    at = source.text.index("docker create")
    span = source.span(at, at + 6)
    assert (span.file, span.line, span.column) == ("package.json", 3, 34)
