"""Command lines of the documents that build: the lines of each block run as they stand, one after the other, end well.

They run in a repository that they fit, with what a reader has at that place: the file that they name, a home with
sources, what the lines before them left. `make test` runs a few, `make test-cases` all of them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from dulwich import porcelain
from test_shown_commands import BUILDS, BUILDS_WITH, ROOT, SCRIPTS, every_line, left_out, write

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Engine

pytestmark = pytest.mark.engine

EVERY = os.environ.get("MIGRATOR_EVERY_CASE") == "1"
SOME = re.compile(r"--smoke|migrate --diff")
APP = "#!/bin/sh\\necho 1.2\\n"
BUILD = f"FROM alpine:latest\nWORKDIR /src\nRUN printf '{APP}' > app && chmod 755 app\n"
RUNTIME = BUILDS["Dockerfile"].replace("3.19", "latest")
FAT = 'FROM golang:1.13\nWORKDIR /src\nCOPY main.go .\nRUN CGO_ENABLED=0 go build -o /app main.go\nCMD ["/app"]\n'
GO = 'package main\n\nfunc main() { println("hello") }\n'
PROGRAM = """import argparse
import subprocess

parser = argparse.ArgumentParser()
parser.add_argument("--tag")
tag = parser.parse_args().tag
"""
EXPORTS = """#!/bin/sh
set -e
mkdir -p dist
docker build -t app:build -f Dockerfile.build .
docker create --name out app:build
docker cp out:/src/app dist/app
docker rm out
"""
# Where a line of a page ends well only behind another one that the page names beside it.
FIRST = {
    "--retry": "migrator batch ~/src -o verified --do verify",
    "--dockerfile Dockerfile.mine": "migrator convert -o Dockerfile.mine",
    "--dockerfile Dockerfile ": "migrator convert -o Dockerfile",
    "--target artifacts": "migrator convert --export --in-place",
}


def shown() -> list[tuple[str, str]]:
    """Each page with the lines of it that build, those that go on where another stopped behind that one."""
    away = left_out()
    found = [(page, line.partition("  #")[0].strip()) for page, line in every_line() if line not in away]
    chosen = [(page, line) for page, line in found if BUILDS_WITH.search(line)]
    together: dict[str, list[str]] = {}
    for page, line in chosen:
        follows = bool(together) and re.match(r"cat part-|.*--verdict", line)
        key = list(together)[-1] if follows else f"{page} {line}"
        together.setdefault(key, []).append(line)
    return [(key, "\n".join(block)) for key, block in together.items() if EVERY or SOME.search(key)]


def commit(work: Path) -> None:
    porcelain.init(str(work))
    names = [
        path.relative_to(work).as_posix() for path in work.rglob("*") if path.is_file() and ".git" not in path.parts
    ]
    porcelain.add(str(work), names)
    porcelain.commit(str(work), message=b"all", author=b"A <a@example.org>", committer=b"A <a@example.org>")


def place(folder: Path, lines: str) -> Path:
    """What the lines are run in: a repository with the old way, or with one Dockerfile that builds and runs."""
    work, home = folder / "work", folder / "home"
    old = {"build.sh": SCRIPTS["build.sh"], "Dockerfile.build": BUILD, "Dockerfile": RUNTIME}
    if re.search(r"^migrator (split|advise|lesson --split)", lines):
        old = {"Dockerfile": FAT, "main.go": GO}
    elif "Makefile" in lines:
        old = {**old, "Makefile": SCRIPTS["Makefile"]}
        del old["build.sh"]
    elif "build.py" in lines:
        steps = SCRIPTS["ci/build_image.py"].partition("\n")[2].replace("'-t', 'app', '.'", "'-t', f'app:{tag}', '.'")
        old = {"Dockerfile.build": BUILD, "Dockerfile": RUNTIME, "build.py": PROGRAM + steps}
    elif "--dockerfile Dockerfile " in lines:  # the new file stands beside those of the old way
        script = SCRIPTS["build.sh"].replace("-t app .", "-t app -f Dockerfile.run .")
        old = {"build.sh": script, "Dockerfile.build": BUILD, "Dockerfile.run": RUNTIME}
    elif "--target artifacts" in lines:
        old = {"build.sh": EXPORTS, "Dockerfile.build": BUILD}
    write(work, old)
    shutil.copytree(ROOT / "samples", work / "samples") if "samples/" in lines else None
    for script in work.rglob("*.sh"):
        script.chmod(0o755)
    commit(work)
    write(home, {".gitconfig": "[user]\nname = A\nemail = a@example.org\n"})
    write(home / "src" / "one", {"build.sh": SCRIPTS["build.sh"], "Dockerfile.build": BUILD, "Dockerfile": RUNTIME})
    (home / "src" / "one" / "build.sh").chmod(0o755)
    commit(home / "src" / "one")
    write(work, {"urls.txt": f"{home}/src/one\n"}) if "urls.txt" in lines else None
    return work


@pytest.mark.parametrize(("key", "lines"), shown(), ids=[key for key, _ in shown()])
def test_lines_that_build_end_well(key: str, lines: str, engine: Engine, tmp_path: Path) -> None:
    assert key
    images = ["golang:1.13"] if re.search("split|advise|samples/", lines) else []
    images += ["debian:bookworm-slim"] if "fat-go" in lines else []
    engine = engine.with_images("alpine:latest", *images)
    (tmp_path / "migrator").write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m migrator "$@"\n')
    (tmp_path / "migrator").chmod(0o755)
    work = place(tmp_path, lines)
    before = [first for sign, first in FIRST.items() if sign in f"{lines} "]
    env = {
        **engine.env,
        "PATH": f"{tmp_path}{os.pathsep}{engine.env['PATH']}",
        "HOME": str(tmp_path / "home"),
        "I": "1",
    }
    done = subprocess.run(
        ["bash", "-ec", "\n".join([*before, lines])],
        cwd=work, env=env, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_there_are_such_lines() -> None:
    assert len(shown()) >= (20 if EVERY else 2)
