"""`.migrator.toml`: what it may say, and that nothing in it makes more run or hides what it sets aside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from migrator.cli.building import Request, engine_options
from migrator.cli.configuration import KEYS, NAME, NOT_HERE, Configuration, read
from migrator.cli.convert import convert
from migrator.cli.lesson import lesson
from migrator.cli.migrate import migrate
from migrator.cli.subject import configured
from migrator.cli.verify import verify
from migrator.errors import UsageError
from migrator.project import Project

WHOLE = """script = "ci/build.sh"
arg = ["1.2", "x"]
strict = true
ignore = ["/app/info.txt", "/var/*"]
ignore-mtime = true
[env]
REGISTRY = "example.com"
"""
SCRIPT = """docker build -t app:build -f Dockerfile.build .
docker create --name app-extract app:build
docker cp app-extract:/out/app ./app
docker build -t "app:${1:-none}-${FLAVOUR:-plain}" .
"""
FILES = {
    "build.sh": SCRIPT,
    "other.sh": SCRIPT.replace("app:${1", "other:${1"),
    "Dockerfile.build": "FROM alpine:latest\nRUN mkdir /out && echo 1 > /out/app\n",
    "Dockerfile": "FROM alpine:latest\nCOPY app /app\nRUN cat /proc/sys/kernel/random/uuid > /once\n",
}


def config(text: str) -> Configuration:
    return read(Project.of({NAME: text}))


def request(**given: object) -> Request:
    fields: dict[str, object] = {
        "script": None, "args": (), "env": {}, "builder": "auto", "reuse_cache": False, "keep": False,
        "timeout": 1.0, "quiet": False, "verbose": False,
    }  # fmt: skip
    return Request(**(fields | given))  # type: ignore[arg-type]  # as click gives them


def repository(root: Path, text: str, files: dict[str, str] = FILES) -> Path:
    root.mkdir()
    for name, content in {**files, NAME: text}.items():
        (root / name).write_text(content)
    return root


def test_every_key_is_read() -> None:
    found = config(WHOLE)
    assert (found.script, found.args, dict(found.env)) == ("ci/build.sh", ("1.2", "x"), {"REGISTRY": "example.com"})
    assert (found.strict, found.ignore, found.ignore_mtime) == (True, ("/app/info.txt", "/var/*"), True)
    assert found.aside == ("--ignore /app/info.txt", "--ignore /var/*", "--ignore-mtime")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('\nscrpit = "build.sh"\n', ".migrator.toml:2: there is no scrpit"),
        ('smoke = "rm -rf /"\n', ".migrator.toml:1: smoke is for the command line only"),
        ('\n\nlegacy = "script"\n', ".migrator.toml:3: legacy is for the command line only"),
        ("strict = 1\n", ".migrator.toml:1: strict must be true or false"),
        ('ignore = "/x"\n', ".migrator.toml:1: ignore must be a list of texts"),
        ("arg = [1]\n", ".migrator.toml:1: arg must be a list of texts"),
        ("[env]\nX = 1\n", ".migrator.toml:1: env must be a table of texts"),
        ('[env]\nLD_PRELOAD = "./evil.so"\n', "LD_PRELOAD decides what programs of your machine do"),
        ('[env]\nPATH = "."\n', "PATH decides what programs of your machine do"),
        ('[env]\n"A B" = "."\n', "A B is not the name of a variable"),
        ('"\\u001b[2J" = 1\n', "there is no \\\\x1b"),
        ("script = \n", "is not TOML"),
        ("\0", "is not text"),
    ],
)
def test_what_is_wrong_in_it_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(UsageError) as raised:
        config(text)
    assert told.replace("\\\\", "\\") in raised.value.message
    assert "\x1b" not in raised.value.message


def test_every_option_is_either_for_the_file_or_said_not_to_be() -> None:
    # A new option is decided upon here: what is forgotten would be called unknown.
    options = {
        parameter.opts[0].lstrip("-")
        for command in (verify, engine_options(click.command()(lambda: None)))
        for parameter in command.params
        if isinstance(parameter, click.Option)
    }
    plain = {"no-config", "quiet", "verbose", "q", "v"}
    assert options - plain - set(KEYS) <= NOT_HERE
    assert not set(KEYS) & NOT_HERE


def test_the_command_line_comes_first(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", WHOLE.replace("ci/build.sh", "other.sh"))
    subject, made = configured(str(root), request())
    assert (subject.script, made.script, made.args, made.env) == (
        "other.sh", "other.sh", ("1.2", "x"), {"REGISTRY": "example.com"},
    )  # fmt: skip
    assert (made.strict, made.ignore, made.ignore_mtime) == (True, ("/app/info.txt", "/var/*"), True)
    subject, made = configured(str(root), request(script="build.sh", args=("2",), env={"REGISTRY": "here"}))
    assert (subject.script, made.args, made.env) == ("build.sh", ("2",), {"REGISTRY": "here"})
    subject, made = configured(str(root), request(config=False))
    assert (subject.script, made.args, made.ignore) == (None, (), ())


def test_all_commands_that_read_a_script_have_the_switch() -> None:
    for command in (convert, verify, migrate, lesson):
        assert "--no-config" in {word for parameter in command.params for word in parameter.opts}


def migrator(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "migrator", *map(str, words)],
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def test_convert_takes_the_script_and_its_arguments_from_it(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", 'script = "other.sh"\narg = ["1.2"]\nenv = { FLAVOUR = "dark" }\n')
    done = migrator("convert", root, "--format", "json")
    found = json.loads(done.stdout)
    assert (found["script"], found["targets"][0]["tags"]) == ("other.sh", ["other:1.2-dark"])
    both = migrator("convert", root, "--no-config")
    assert both.returncode == 2
    assert "several scripts" in both.stderr
    (root / NAME).write_text("unknown = 1\n")
    wrong = migrator("convert", root)
    assert wrong.returncode == 2
    assert f"{NAME}:1: there is no unknown" in wrong.stderr


def test_one_that_git_does_not_track_is_told(tmp_path: Path) -> None:
    root = repository(tmp_path / "r", 'script = "other.sh"\n')
    subprocess.run(["git", "-C", str(root), "init", "-q"], check=True)
    subprocess.run(["git", "-C", str(root), "add", "build.sh", "Dockerfile", "Dockerfile.build"], check=True)
    done = migrator("convert", root, "--format", "json")
    assert json.loads(done.stdout)["script"] == "build.sh"
    assert f"{NAME} is not tracked by git" in done.stderr
