"""`.migrator.toml`: what a repository says of its script, by the names of the options.

The file comes with the repository, which may be anybody's: it can say how its own script is called, and what is set
aside (which the verdict then names), and nothing that would make more run, for longer, or elsewhere.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.errors import UsageError
from migrator.report.display import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.project import Project

NAME = ".migrator.toml"
KEYS: Mapping[str, tuple[type, str]] = {
    "script": (str, "a text"),
    "arg": (list, "a list of texts"),
    "env": (dict, "a table of texts"),
    "strict": (bool, "true or false"),
    "ignore": (list, "a list of texts"),
    "ignore-mtime": (bool, "true or false"),
}
# Options that are for the person at the command line: each would run more, for longer, elsewhere, or prove less.
NOT_HERE = frozenset(
    "against builder cache-mounts config disk dockerfile engine explain-difference export format jobs keep legacy"
    " network output repair report-dir reuse-cache runtime side-by-side smoke timeout verdict verify".split()
)
# What decides what programs of the host load or reach.
_DANGEROUS = re.compile(r"(LD_|DYLD_|PYTHON|DOCKER_|BUILDX_|BASH_)|(PATH|HOME|ENV|IFS|TMPDIR|SHELLOPTS|PS4)$")


@dataclass(frozen=True)
class Configuration:
    """What the file says."""

    script: str | None = None
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    strict: bool = False
    ignore: tuple[str, ...] = ()
    ignore_mtime: bool = False

    @property
    def aside(self) -> tuple[str, ...]:
        """What it sets aside, as the options that would."""
        return (*(f"--ignore {glob}" for glob in self.ignore), *(["--ignore-mtime"] if self.ignore_mtime else []))


def read(project: Project) -> Configuration:
    """The configuration of a repository that has one; raises UsageError with the place of what is wrong in it."""
    text = project.text(NAME)
    if text is None:
        raise UsageError(f"{NAME} is not text", "It is TOML; --no-config leaves it unread.")
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{NAME} is not TOML: {visible(str(error))}", "--no-config leaves it unread.") from error
    for key, value in raw.items():
        _check(text, key, value)
    return Configuration(
        raw.get("script"),
        tuple(raw.get("arg", ())),
        raw.get("env", {}),
        raw.get("strict", False),
        tuple(raw.get("ignore", ())),
        raw.get("ignore-mtime", False),
    )


def _check(text: str, key: str, value: object) -> None:
    if key in NOT_HERE:
        raise UsageError(
            f"{_place(text, key)}: {key} is for the command line only",
            "A repository does not decide what runs on your machine. --no-config leaves the file unread.",
        )
    if key not in KEYS:
        raise UsageError(f"{_place(text, key)}: there is no {visible(key)}", f"There are: {', '.join(KEYS)}.")
    kind, told = KEYS[key]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if not isinstance(value, kind) or not all(isinstance(part, str) for part in parts):
        raise UsageError(f"{_place(text, key)}: {key} must be {told}")
    for name in value if isinstance(value, dict) else ():
        if not (name.isidentifier() and name.isascii()):
            raise UsageError(f"{_place(text, key)}: {visible(name)} is not the name of a variable")
        if _DANGEROUS.match(name):
            raise UsageError(
                f"{_place(text, key)}: {name} decides what programs of your machine do, so it is for --env only"
            )


def _place(text: str, key: str) -> str:
    """The file, and the line on which a key stands where that is plain to see."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"""\s*\[*\s*["']?{re.escape(key)}["']?\s*[=.\]]""", line):
            return f"{NAME}:{number}"
    return NAME
