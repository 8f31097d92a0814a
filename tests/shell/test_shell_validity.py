"""What `bash -n` takes has no opaque statement here, and what it refuses has one: a table of constructs, both ways."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from shell_dump import opaques

from migrator.shell.parse import parse
from migrator.source import Source

TABLE = Path(__file__).with_name("constructs.txt").read_text(encoding="utf-8").split("\n----\n")

# Where we differ on purpose: the construct, and why.
DIVERGENCES = {
    "coproc": "bash wants a command behind it; here it is a command name then, which does no harm",
}


def bash_takes(script: str) -> bool:
    done = subprocess.run(["bash", "-O", "extglob", "-n"], input=script, text=True, capture_output=True, check=False)
    return done.returncode == 0


def followed(script: str) -> bool:
    return all(node.reason == "coproc" for node in opaques(parse(Source("x", script))))


def test_the_table_has_both_kinds() -> None:
    verdicts = [bash_takes(script) for script in TABLE]
    assert verdicts.count(True) > 300
    assert verdicts.count(False) > 50


@pytest.mark.parametrize("script", TABLE)
def test_validity(script: str) -> None:
    if script in DIVERGENCES:
        assert followed(script) is not bash_takes(script), "no divergence any more"
    else:
        assert followed(script) is bash_takes(script)


def test_every_refusal_says_where() -> None:
    for text in TABLE:
        script = parse(Source("x", text))
        if not followed(text):
            found = [one for one in script.diagnostics if one.code in {"MG101", "MG104"}]
            assert found, text
            assert all(one.span is not None and one.span.source.text == text for one in found)
