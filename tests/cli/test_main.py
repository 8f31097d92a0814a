"""The group: lazy start, help, version, and how every way to fail becomes an exit code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from migrator.cli import COMMANDS, LazyGroup, main, options
from migrator.errors import EngineError, InternalError, UsageError

ROOT = Path(__file__).parents[2]
HEAVY = {"libcst", "rich", "jinja2", "bashlex", "dockerfile_parse", "dulwich", "jsonschema"}


def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "migrator", *words], capture_output=True, text=True, check=False, cwd=ROOT,
        env=os.environ | more,
    )  # fmt: skip


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["audit", "--help"], ["rule"]])
def test_start_up_imports_nothing_heavy(words: list[str]) -> None:
    program = (
        "import sys; from migrator.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "finally: print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "migrator" in loaded
    assert not loaded & HEAVY
    assert words == ["rule"] or "migrator.rules" not in done.stderr.split()


def test_help_lists_what_is_installed_and_the_exit_codes() -> None:
    done = run("--help")
    assert done.returncode == 0
    for name in main.list_commands(click.Context(main)):
        assert f"  {name} " in done.stdout
        assert COMMANDS[name] in " ".join(done.stdout.split())
    assert "130  interrupted" in done.stdout


def test_a_command_without_its_module_is_neither_listed_nor_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "not_there", "Nothing.")
    runner = CliRunner()
    assert "not_there" not in runner.invoke(main, ["--help"]).output
    assert runner.invoke(main, ["not_there"]).exit_code == 2


@pytest.mark.parametrize("name", ["convert", "rule", "verify", "migrate"])
def test_every_command_that_takes_something_teaches_by_examples(name: str) -> None:
    done = run(name, "--help")
    assert done.returncode == 0, done.stderr
    assert "Examples:" in done.stdout
    assert f"migrator {name}" in done.stdout


@pytest.mark.parametrize("name", ["convert", "verify", "migrate", "doctor"])
def test_every_command_that_may_fail_says_with_which_codes(name: str) -> None:
    assert "Exit codes:" in run(name, "--help").stdout


def test_the_version_is_stated_once() -> None:
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert run("--version").stdout == f"migrator {stated}\n"


@pytest.mark.parametrize("words", [["no-such-command"], ["convert", "--no-such-option"], ["convert", "a", "b"]])
def test_wrong_usage_is_2_with_a_message_and_no_data(words: list[str]) -> None:
    done = run(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "--help" in done.stderr


class Planted(LazyGroup):
    """The real group with one command in it that ends in the way it was given."""

    def __init__(self, end: BaseException | int | None) -> None:
        super().__init__("migrator")
        self.end = end

    def get_command(self, _ctx: click.Context, _name: str) -> click.Command:
        @click.command()
        @options.verbosity
        def planted(**_given: object) -> int | None:
            if isinstance(self.end, BaseException):
                raise self.end
            return self.end

        return planted


@pytest.mark.parametrize(
    ("end", "code", "said"),
    [
        (None, 0, ""),
        (0, 0, ""),
        (1, 1, ""),
        (UsageError("no such script", "name one"), 2, "migrator: error: no such script\n  name one\n"),
        (EngineError("no engine"), 2, "migrator: error: no engine\n"),
        (PermissionError(13, "Permission denied", "x/y"), 2, "migrator: error: x/y: Permission denied\n"),
        (
            OSError(28, "No space left on device"),
            2,
            "migrator: error: No space left on device\n  Make room on the disk, then run the same command again.\n",
        ),
        (MemoryError(), 2, "migrator: error: out of memory\n"),
        (KeyboardInterrupt(), 130, "migrator: interrupted\n"),
        (click.Abort(), 130, "migrator: interrupted\n"),
    ],
)
def test_how_a_command_ends(end: BaseException | int | None, code: int, said: str) -> None:
    result = CliRunner().invoke(Planted(end), ["planted"])
    assert (result.exit_code, result.stderr, result.stdout) == (code, said, "")


@pytest.mark.parametrize("bug", [InternalError("output is not what was planned"), ValueError("oops"), RecursionError()])
def test_a_bug_of_ours_asks_to_be_reported_and_shows_its_traceback_only_when_asked(bug: Exception) -> None:
    quiet = CliRunner().invoke(Planted(bug), ["planted"])
    assert quiet.exit_code == 3
    assert "this is a bug in migrator" in quiet.stderr
    assert "report it" in quiet.stderr
    assert "Traceback" not in quiet.stderr
    loud = CliRunner().invoke(Planted(bug), ["planted", "-v"])
    assert loud.exit_code == 3
    assert "Traceback" in loud.stderr


def test_ctrl_c_is_130_without_a_traceback() -> None:
    program = (
        "import click, signal, time; from migrator.cli import LazyGroup\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background jobs begin without it
        "class Slow(LazyGroup):\n"
        "    def get_command(self, ctx, name):\n"
        "        return click.Command('slow', callback=lambda: (print('up', flush=True), time.sleep(1000)))\n"
        "Slow('migrator')(['slow'])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in said


def test_a_reader_that_goes_away_is_no_error_message() -> None:
    words = [sys.executable, "-m", "migrator", "rule", "MG101"]
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(words, stdout=write, stderr=subprocess.PIPE, text=True, check=False, cwd=ROOT)
    finally:
        os.close(write)
    assert done.stderr == ""
    assert done.returncode == 1
