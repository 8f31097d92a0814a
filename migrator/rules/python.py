"""MG58x: what a Python program does that stops us."""

from __future__ import annotations

from migrator.diagnostics import Rule, Severity

__all__ = ["Rule", "Severity"]
NOT_PYTHON = Rule(
    "MG580",
    "not-python",
    Severity.ERROR,
    "this is no Python that can be read: {reason}",
    "Check the file with `python3 -m py_compile`.",
)
STATEMENT = Rule(
    "MG581",
    "python-statement-not-followed",
    Severity.ERROR,
    "this part of the program is not followed: {reason}",
    "Write it in a plainer way, or move it behind the last build.",
)
DOCKER_SDK = Rule(
    "MG551",
    "docker-sdk",
    Severity.ERROR,
    "this call of the Docker SDK for Python is not followed: {call}: {reason}",
    'Run docker in its place, which does the same and is followed: subprocess.run(["docker", …], check=True).',
)
LOOP = Rule(
    "MG582",
    "python-loop-over-unknown",
    Severity.ERROR,
    "how often this loop runs is only known when the program runs",
    "Write the list out, or give its values with --arg or --env.",
)
LIBRARY_CALL = Rule(
    "MG590",
    "python-library-call",
    Severity.ERROR,
    "this call of {library} is not followed: {call}: {reason}",
    'Run docker by subprocess, which is followed: subprocess.run(["docker", …], check=True).',
)
LIBRARY = Rule(
    "MG583",
    "python-library-not-followed",
    Severity.ERROR,
    "this takes something out of a container by way of {library}, which is not followed",
    'Run docker by subprocess, which is followed: subprocess.run(["docker", …], check=True).',
)
