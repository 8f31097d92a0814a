"""The completion that the install page shows: every shell gets its program, which knows commands and options."""

from __future__ import annotations

import subprocess
from pathlib import Path

import click
import pytest
from click.shell_completion import get_completion_class

from migrator.cli import COMMANDS, main

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "install.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_completes_commands_and_options(shell: str) -> None:
    assert f"_MIGRATOR_COMPLETE={shell}_source migrator" in PAGE
    kind = get_completion_class(shell)
    assert kind is not None
    completion = kind(main, {}, "migrator", "_MIGRATOR_COMPLETE")
    assert [item.value for item in completion.get_completions([], "")] == list(COMMANDS)
    options = {item.value for item in completion.get_completions(["convert"], "--")}
    command = main.get_command(click.Context(main), "convert")
    assert command is not None
    assert options >= {name for one in command.params for name in one.opts if name.startswith("--")}


def test_bash_takes_what_it_is_given() -> None:
    kind = get_completion_class("bash")
    assert kind is not None
    text = kind(main, {}, "migrator", "_MIGRATOR_COMPLETE").source()
    done = subprocess.run(["bash", "-c", f"{text}\ncomplete -p migrator"], capture_output=True, text=True, check=True)
    assert done.stdout.endswith(" migrator\n")
