"""The option tables against a real docker client, which needs no engine to print its help or to refuse an option."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess

import pytest

from migrator.dockercli.options import DOCKER

CLIENT = os.environ.get("MIGRATOR_DOCKER") or shutil.which("docker")
NEEDS_CLIENT = pytest.mark.skipif(CLIENT is None, reason="no docker client on this machine")
LISTED = re.compile(r"^  (?:-(?P<short>\w), |    )--(?P<name>[\w-]+)(?: (?P<kind>[\w-]+))?(?:  |$)", re.MULTILINE)
REFUSALS = ("unknown flag", "unknown shorthand flag", "invalid argument", "flag needs an argument")
# What no help text lists because the client hides or has dropped it, each with its reason.
HIDDEN = {
    "create": {"net", "net-alias", "dns-opt"},  # aliases
    "run": {"net", "net-alias", "dns-opt"},
    "build": {"rm", "force-rm", "compress", "squash", "isolation", "memory", "memory-swap", "cpu-shares"},  # buildx
}


def client(*words: str, classic: bool = False) -> str:
    assert CLIENT is not None
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"} if classic else {**os.environ}
    done = subprocess.run([CLIENT, *words], capture_output=True, text=True, check=False, env=environment, timeout=30)
    return done.stdout + done.stderr


@functools.cache
def listed(verb: str) -> dict[str, tuple[str | None, bool]]:
    """Long name to (short letter, takes a value), as the client's help has them; empty when it has no such command."""
    texts = [client(*verb.split(), "--help")]
    if verb == "build":
        texts.append(client("build", "--help", classic=True))
    parts = [text.partition("\nOptions:")[2] for text in texts if f"docker {verb}" in text or verb == "build"]
    return {
        match["name"]: (match["short"], match["kind"] is not None)
        for part in parts
        for match in LISTED.finditer(part)
        if match["name"] != "help"
    }


@NEEDS_CLIENT
@pytest.mark.parametrize("verb", [verb for verb in DOCKER if not verb.startswith("compose")])
def test_every_listed_option_is_in_the_table(verb: str) -> None:
    ours = {name: (spec.short, spec.takes_value) for name, spec in DOCKER[verb].items()}
    theirs = listed(verb)
    assert {name: ours.get(name) for name in theirs} == theirs


@NEEDS_CLIENT
@pytest.mark.parametrize("verb", sorted(HIDDEN))
def test_hidden_options_are_what_the_table_says(verb: str) -> None:
    for name in sorted(HIDDEN[verb]):
        spec = DOCKER[verb][name]
        answer = client(verb, f"--{name}" if spec.takes_value else f"--{name}=neither")
        if "unknown flag" in answer and verb == "build":
            answer = client(verb, f"--{name}" if spec.takes_value else f"--{name}=neither", classic=True)
        expected = "flag needs an argument" if spec.takes_value else "invalid argument"
        assert expected in answer, (name, answer)


@NEEDS_CLIENT
def test_the_help_reader_reads_help() -> None:
    """Without this, a client whose help looks different would make the test above say yes to everything."""
    assert listed("create")["name"] == (None, True)
    assert listed("create")["volume"] == ("v", True)
    assert listed("cp")["follow-link"] == ("L", False)
    assert len(listed("run")) > len(listed("rm")) > 0


@NEEDS_CLIENT
@pytest.mark.parametrize(
    ("line", "accepted"),
    [
        ("create --name c", True),  # accepted here means: the client complains about the operands only
        ("create -itv /a:/b", True),
        ("create -v=/a:/b", True),
        ("create --rm=true", True),
        ("create --rm=maybe", False),
        ("cp -aL", True),
        ("cp -aX", False),
        ("rm -fv", True),
        ("tag -f", False),
        ("save -o", False),
        ("save -of.tar", True),
        ("commit -mx -p=false", True),
        ("commit --message", False),
    ],
)
def test_the_client_reads_options_as_we_do(line: str, *, accepted: bool) -> None:
    answer = client(*line.split())
    assert ("requires" in answer) == accepted, answer
    assert any(refusal in answer for refusal in REFUSALS) == (not accepted), answer
