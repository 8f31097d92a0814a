"""Every command line of README and docs that needs no engine is run as it stands; what is shown of its output is true.

A line of a block `sh` is run by bash in a repository that has the files which the line names, and must end well. A
block `console` shows output: what stands behind `$` is run in this project, and prints the lines below it, where a line
`…` stands for any number of lines.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted(path for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")) if path.parent.name != "rules")
STEPS = (
    "docker build -t app:build -f Dockerfile.build .",
    "docker create --name extract app:build",
    "docker cp extract:/src/app ./app",
    "docker rm -f extract",
    "docker build -t app .",
)
BUILDS = {
    "Dockerfile.build": "FROM alpine:3.19\nWORKDIR /src\nRUN echo x > app\n",
    "Dockerfile": "FROM alpine:3.19\nCOPY app /app\n",
}
LISTED = "".join(f"    - {step}\n" for step in STEPS)
SCRIPTS = {
    "build.sh": "#!/bin/sh\nset -e\n" + "".join(f"{step}\n" for step in STEPS),
    "Makefile": "image:\n" + "".join(f"\t{step}\n" for step in STEPS),
    "services/api/Makefile": "image:\n" + "".join(f"\t{step}\n" for step in STEPS),
    "ci/build_image.py": "import subprocess\n" + "".join(f"subprocess.run({s.split()!r}, check=True)\n" for s in STEPS),
    "fabfile.py": "from fabric.api import local\ndef image(tag='1', push=''):\n"
    + "".join(f"    local({s!r})\n" for s in STEPS),
    "tasks.py": "from invoke import task\n@task\ndef image(c):\n" + "".join(f"    c.run({s!r})\n" for s in STEPS),
    ".github/workflows/release.yml": "on: push\njobs:\n  image:\n    runs-on: ubuntu-latest\n    steps:\n"
    "    - uses: actions/checkout@v4\n" + "".join(f"    - run: {step}\n" for step in STEPS),
    ".gitlab-ci.yml": f"package:\n  script:\n{LISTED}",
    ".circleci/config.yml": "version: 2.1\njobs:\n  image:\n    machine: true\n    steps:\n    - checkout\n"
    + "".join(f"    - run: {step}\n" for step in STEPS),
    ".travis.yml": f"script:\n{LISTED}",
}
# What builds with an engine; engine/test_shown_commands_engine.py runs it.
BUILDS_WITH = re.compile(
    r"^migrator (verify|migrate|split(?!.*--no-verify)|batch (?!.*--github-matrix).*--do|lesson .*--verify)"
    r"|^migrator advise --(measure|verify)|^docker build --target|--verdict|^cat part-"
)
# --check says by its exit code that something would change.
TELLS = re.compile(r"--check\b")


def blocks(language: str) -> list[tuple[str, str]]:
    found = []
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        bodies = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
        found += [(path.relative_to(ROOT).as_posix(), body) for body in bodies]
    return found


def every_line() -> list[tuple[str, str]]:
    """Each page with each of its command lines; a whole script that is shown is no list of commands."""
    bodies = [(page, body) for page, body in blocks("sh") if not body.startswith("#!")]
    return [
        (page, line) for page, body in bodies for line in body.splitlines() if line.strip() and not line.startswith("#")
    ]


def left_out() -> dict[str, str]:
    """The lines that no test runs, with the reasons."""
    table = tomllib.loads(Path(__file__).with_name("shown_commands.toml").read_text(encoding="utf-8"))
    return {line: group["why"] for group in table["left_out"] for line in group["lines"]}


def lines() -> list[tuple[str, str]]:
    """Each page with each of its lines that are run here."""
    away = left_out()
    return [(page, line) for page, line in every_line() if line not in away and not BUILDS_WITH.search(line)]


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def place(folder: Path, line: str) -> Path:
    """A repository with the script that a line names, or with a build.sh; beside it a home with sources."""
    named = [name for name in SCRIPTS if re.search(rf"(?<!/){re.escape(name)}\b", line)] or ["build.sh"]
    work, home = folder / "work", folder / "home"
    for name in named:
        inside = "services/api/" if name.startswith("services/") else ""
        write(work, {name: SCRIPTS[name]} | {inside + file: text for file, text in BUILDS.items()})
    write(home / "src" / "one", {**BUILDS, "build.sh": SCRIPTS["build.sh"], ".git/HEAD": ""})
    # The list has a source of this machine; git's top level is the repository's root.
    write(work, {"urls.txt": f"{home}/src/one\n", ".git/HEAD": ""})
    (work / ".github" / "workflows").mkdir(parents=True, exist_ok=True)
    (work / "samples").symlink_to(ROOT / "samples")
    return work


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH on which `migrator` is the one of this checkout."""
    folder = tmp_path_factory.mktemp("bin")
    (folder / "migrator").write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m migrator "$@"\n')
    (folder / "migrator").chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def run(command: str, cwd: Path, tools: str, home: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PATH": tools, "HOME": str(home), "REGISTRY": "example.com", "COLUMNS": "80"}
    words = [shutil.which("bash") or "bash", "-c", f"set -o pipefail; {command}"]
    return subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize(("page", "line"), sorted(set(lines())))
def test_every_line_ends_well(page: str, line: str, tools: str, tmp_path: Path) -> None:
    done = run(line, place(tmp_path, line), tools, tmp_path / "home")
    assert done.returncode in ({0, 1} if TELLS.search(line) else {0}), f"{page}: {line}\n{done.stderr}"
    assert "Traceback" not in done.stderr


def commands(body: str) -> list[tuple[str, str]]:
    """Each command of a block with the output that is shown of it."""
    found = [part.partition("\n") for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]]
    return [(command, shown) for command, _, shown in found]


def fits(shown: str, printed: str) -> bool:
    parts = [re.escape(part) for part in re.split(r"^…\n", shown, flags=re.MULTILINE)]
    return re.fullmatch("(?s:.*?)".join(parts), printed) is not None


@pytest.mark.parametrize(("page", "body"), blocks("console"))
def test_what_is_shown_is_what_is_printed(page: str, body: str, tools: str, tmp_path: Path) -> None:
    assert commands(body), page
    for command, shown in commands(body):
        done = run(f"({command}) 2>&1", ROOT, tools, tmp_path)
        assert fits(shown, done.stdout), f"{page}: {command}\n{done.stdout}"


def test_every_line_that_is_left_out_is_there_and_has_a_reason() -> None:
    shown = {line for _, line in every_line()}
    assert [line for line in left_out() if line not in shown] == []
    assert all(len(why) > 20 for why in left_out().values())
    assert len(left_out()) < 20


def test_there_are_such_lines_and_such_blocks() -> None:
    assert len(lines()) > 30
    assert len(blocks("console")) >= 3


def test_output_that_is_not_true_is_seen() -> None:
    assert fits("a\n…\nd\n", "a\nb\nc\nd\n")
    assert fits("a\nb\n", "a\nb\n")
    assert not fits("a\n…\nd\n", "a\nb\nc\n")
    assert not fits("a\n", "a\nb\n")
