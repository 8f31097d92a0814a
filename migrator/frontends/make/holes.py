"""What is not known while a Makefile is read: one character each, in the middle of text that is known."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrator.diagnostics import Diagnostic
    from migrator.frontends.program import Chunk
    from migrator.source import Span

FIRST = 0xF0000
LAST = 0xFFFFD
HOLE = re.compile(f"[{chr(FIRST)}-{chr(LAST)}]")

# Commands that print names of files that are there.
LISTS_FILES = re.compile(r"(find|ls|git ls-files)\b[^|;&<>`]*(2>\s*/dev/null)?$")
_ASKS = frozenset(
    "git go date uname find ls cat which command echo printf pwd id whoami hostname basename dirname grep egrep head"
    " tail wc cut tr sort uniq nproc getconf arch type test npm cargo expr true awk jq docker".split()
)


def only_asks(command: str) -> bool:
    """Whether a command certainly changes nothing, so that it need not run where nobody reads what it prints."""
    if re.search(r"[`{}]|\$\(", command) or ">" in re.sub(r"[12]?>\s*/dev/null|2>&1", "", command):
        return False
    commands = [part.split() for part in re.split(r"[|;&]+", re.sub(r"2>&1", "", command)) if part.strip()]
    if any(words[0] in ("docker", "git", "go", "npm", "cargo", "find", "command", "awk") for words in commands):
        return all(not words[0:1] or _is_question(words) for words in commands)
    return all(words[0] in _ASKS for words in commands)


def _is_question(words: list[str]) -> bool:
    verbs = {
        "git": ("describe", "rev-parse", "log", "rev-list", "status", "show", "ls-files", "diff", "symbolic-ref"),
        "go": ("env", "version", "list"),
        "docker": ("images", "ps", "inspect", "version", "info"),
        "npm": ("-v", "--version"),
        "cargo": ("--version", "-V"),
        "command": ("-v", "-V"),
    }  # fmt: skip
    if words[0] == "find":
        return not {"-delete", "-exec", "-execdir", "-ok", "-fprint"} & set(words)
    if words[0] == "awk":
        return "system" not in " ".join(words)
    if words[0] in verbs:
        rest = [word for word in words[1:] if not word.startswith("-") or word in verbs[words[0]]]
        return bool(rest) and rest[0] in verbs[words[0]]
    return words[0] in _ASKS


@dataclass(frozen=True)
class Hole:
    """Something that only the run knows. `variable` is the shell variable that holds it then.

    Without a `variable` nothing can yield it, and `reason` says why. `environment` is the environment variable that
    decides it, where one does. A `path` is the name of a folder. `command` is what prints it.
    """

    variable: str | None
    span: Span
    reason: str = ""
    environment: str | None = None
    path: bool = False
    command: str = ""


@dataclass
class Holes:
    """The holes of one Makefile, by their characters."""

    found: list[Hole] = field(default_factory=list)

    def add(self, hole: Hole) -> str:
        """The character that stands for a hole."""
        self.found.append(hole)
        return chr(FIRST + len(self.found) - 1)

    def __getitem__(self, character: str) -> Hole:
        return self.found[ord(character) - FIRST]

    def in_text(self, text: str) -> list[Hole]:
        """The holes of a text, in order."""
        return [self[character] for character in HOLE.findall(text)]


class AssumeError(Exception):
    """The text of a Makefile itself hangs on an environment variable: start again with it taken as not set."""

    def __init__(self, name: str, span: Span) -> None:
        super().__init__(name)
        self.name, self.span = name, span


class UndecidedError(Exception):
    """The text of a Makefile hangs on what a command prints: both ways have to be written out."""

    def __init__(self, test: list[Chunk], span: Span) -> None:
        super().__init__()
        self.test, self.span = test, span


class MakeStopsError(Exception):
    """make ends here with an error, before it runs what follows."""

    def __init__(self, span: Span) -> None:
        super().__init__()
        self.span = span


class TroubleError(Exception):
    """The Makefile cannot be followed, and why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


class Quotes:
    """Follows shell text character by character and knows which quotes are open."""

    def __init__(self) -> None:
        self._open = [""]
        self._escaped = False
        self._before = "\n"

    @property
    def single(self) -> bool:
        """Whether the next character stands between single quotes."""
        return self._open[-1] == "'"

    def feed(self, character: str) -> None:
        """Takes one character in."""
        top, before, self._before = self._open[-1], self._before, character
        if top in ("'", "#"):
            if character == ("'" if top == "'" else "\n"):
                self._open.pop()
        elif self._escaped:
            self._escaped = False
        elif character == "\\":
            self._escaped = True
        elif character == top and top in ('"', "`"):
            self._open.pop()
        elif top == '"':
            if character == "`" or (character == "(" and before == "$"):
                self._open.append(character)
        elif character == ")" and top == "(":
            self._open.pop()
        elif character in "'\"`(" or (character == "#" and before in " \t\n;"):
            self._open.append(character)
