"""Command lines of the documents that build: each runs as it stands, in a repository that it fits, and ends well."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from test_shown_commands import BUILDS, ROOT, SCRIPTS, blocks, write

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Engine

pytestmark = pytest.mark.engine

PROVING = re.compile(r"^migrator (verify|migrate)\b")
# What names something of the reader: an image of a registry, a file or a path of their own.
THEIRS = re.compile(r"registry\.|samples/|--branch|--script|\.mine|--legacy|--explain-difference|--dockerfile|Makefile")
EVERY = os.environ.get("MIGRATOR_EVERY_CASE") == "1"
SOME = re.compile(r"--smoke|migrate --diff")


def lines() -> list[str]:
    found = {line.partition("#")[0].strip() for _, body in blocks("sh") for line in body.splitlines()}
    return sorted(
        line for line in found if PROVING.match(line) and not THEIRS.search(line) and (EVERY or SOME.search(line))
    )


@pytest.mark.parametrize("line", lines())
def test_a_line_that_builds_ends_well(line: str, engine: Engine, tmp_path: Path) -> None:
    engine = engine.with_images("alpine:latest")
    (tmp_path / "migrator").write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m migrator "$@"\n')
    (tmp_path / "migrator").chmod(0o755)
    work = tmp_path / "work"
    app = "#!/bin/sh\\necho 1.2\\n"
    build = f"FROM alpine:latest\nWORKDIR /src\nRUN printf '{app}' > app && chmod 755 app\n"
    write(work, {"build.sh": SCRIPTS["build.sh"], "Dockerfile.build": build})
    write(work, {"Dockerfile": BUILDS["Dockerfile"].replace("3.19", "latest"), ".git/HEAD": ""})
    (work / "build.sh").chmod(0o755)
    env = {**engine.env, "PATH": f"{tmp_path}{os.pathsep}{engine.env['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", line], cwd=work, env=env, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_such_lines() -> None:
    assert len(lines()) >= 2
