"""What one reading of a Makefile knows: its variables, what only the run knows, and the shell text so far."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from migrator.frontends.make.holes import (
    HOLE,
    AssumeError,
    Hole,
    Holes,
    Quotes,
    TroubleError,
    UndecidedError,
    only_asks,
)
from migrator.frontends.program import Chunk, Composer, in_double_quotes
from migrator.rules import inputs as rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from migrator.diagnostics import Diagnostic
    from migrator.project import Project
    from migrator.source import Span

Origin = Literal["default", "environment", "file", "command line", "override", "automatic"]
MOST_DECISIONS = 4
# Variables that make defines itself; the first names of the manual's "Variables Used by Implicit Rules".
BUILT_IN = {
    "AR": "ar", "AS": "as", "CC": "cc", "CXX": "g++", "FC": "f77", "LD": "ld", "LEX": "lex", "YACC": "yacc",
    "RM": "rm -f", "CPP": "$(CC) -E", "ARFLAGS": "-rv", "MAKE": "make", "MAKEFLAGS": "", "MFLAGS": "",
    "SHELL": "/bin/sh", ".SHELLFLAGS": "-c", "MAKELEVEL": "0", "SUFFIX": "", ".LIBPATTERNS": "lib%.so lib%.a",
}  # fmt: skip


@dataclass(frozen=True)
class Variable:
    """A variable of make. A simple one holds its value, any other one the text that is expanded at each use.

    With `conditional` (`?=`) the environment's value takes its place where there is one.
    """

    text: str
    simple: bool = False
    origin: Origin = "file"
    conditional: bool = False


_DEFAULTS = {name: Variable(text, origin="default") for name, text in BUILT_IN.items()}


@dataclass(frozen=True)
class Setting:
    """How make is called: from which folder, with which environment and `NAME=VALUE` arguments.

    `assumed` are the environment variables that are taken as not set; `decisions` say which way each condition goes
    that only the run knows. `set_there` are environment variables that are set, to something that is not known. `names`
    begins the names of our shell variables. With `ignores` failures are ignored: a make above, whose `.IGNORE` is for
    everything, hands that on.
    """

    project: Project
    folder: str
    environment: Mapping[str, str]
    overrides: Mapping[str, str]
    assumed: frozenset[str] = frozenset()
    decisions: tuple[bool, ...] = ()
    set_there: frozenset[str] = frozenset()
    names: str = "made"
    ignores: bool = False


@dataclass
class Evaluation:
    """One reading under way; `composer` holds the shell text so far."""

    setting: Setting
    holes: Holes = field(default_factory=Holes)
    composer: Composer = field(default_factory=Composer)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    variables: dict[str, Variable] = field(default_factory=dict)
    scopes: list[dict[str, Variable]] = field(default_factory=list)
    captured: dict[str, str] = field(default_factory=dict)
    decided: int = 0
    ran: bool = False

    def __post_init__(self) -> None:
        given = self.setting
        self.variables |= _DEFAULTS
        self.variables |= {
            name: Variable(text, simple=True, origin="environment")
            for name, text in given.environment.items()
            if name != "SHELL"
        }
        self.variables |= {name: Variable(text, origin="command line") for name, text in given.overrides.items()}

    # --- variables ------------------------------------------------------------------------------------------------

    def find(self, name: str) -> Variable | None:
        """The variable of that name as the innermost scope has it."""
        found = self.variables.get(name)
        if found is not None and found.origin == "command line":
            automatic = next((s[name] for s in self.scopes if name in s and s[name].origin == "automatic"), None)
            return automatic or found
        return next((scope[name] for scope in reversed(self.scopes) if name in scope), found)

    def in_project(self, path: str) -> str:
        """A path of the Makefile's folder as a path from the repository's root."""
        joined = posixpath.normpath(posixpath.join(self.setting.folder, path))
        return "" if joined == "." else joined

    def exists(self, path: str) -> bool:
        """Whether the checkout has a file or folder there."""
        place = self.in_project(path)
        return place in self.setting.project.files or place in self.setting.project.folders

    # --- what is not known ----------------------------------------------------------------------------------------

    def unknown(self, reason: str, span: Span) -> str:
        """A hole that nothing can fill."""
        return self.holes.add(Hole(None, span, reason))

    def capture(self, expression: str, span: Span, environment: str | None = None) -> str:
        """A hole whose value is that of a parameter expansion of the shell; the same one is taken once."""
        if expression not in self.captured:
            name = f"{self.setting.names}_{len(self.holes.found) + 1}"
            self.composer.extend([Chunk(f"{name}={expression}\n", span, unless_read=name)])
            self.captured[expression] = self.holes.add(Hole(name, span, "", environment))
        return self.captured[expression]

    def capture_output(self, command: list[Chunk], span: Span) -> str:
        """A hole whose value is what a command prints here and now. That it fails is nothing to make."""
        name = f"{self.setting.names}_{len(self.holes.found) + 1}"
        text = "".join(chunk.text for chunk in command)
        chunks = [Chunk(f"set +e; {name}=$(", span), *command, Chunk("\n); set -e\n", span)]
        self.composer.extend(chunk._replace(unless_read=name if only_asks(text) else "") for chunk in chunks)
        return self.holes.add(Hole(name, span, command=text))

    def assume(self, name: str, span: Span) -> Exception:
        """What to raise where the text itself hangs on an environment variable."""
        if name in self.setting.set_there:
            return TroubleError(rules.NOT_KNOWN_WHEN_READ.at(span, what=name, reason="another Makefile sets it"))
        return AssumeError(name, span)

    def here(self, span: Span, *, caller: bool = False) -> str:
        """A hole for the folder that make runs in, or for the one that make was called in."""
        if caller and self.setting.folder:
            key = "caller"
            if key not in self.captured:
                self.captured[key] = self.holes.add(Hole(f"{self.setting.names}_0", span, path=True))
            return self.captured[key]
        if "here" not in self.captured:
            character = self.capture('"$PWD"', span)
            self.holes.found[-1] = replace(self.holes[character], path=True)
            self.captured["here"] = character
        return self.captured["here"]

    def from_environment(self, name: str, default: str, span: Span) -> str:
        """The value of an environment variable, or a default that holds nothing which the shell would read again."""
        if name in self.setting.assumed:
            return default
        if set(HOLE.sub("", default)) & set("\"'\\$`;&|<>()#*?[~{}\n"):
            raise self.assume(name, span)
        expression = f"${{{name}-" + "".join(self.named(character, span) for character in default) + "}"
        return self.capture(f'"{expression}"', span, name)

    def named(self, character: str, span: Span) -> str:
        """A character, or for a hole the shell variable that holds its value."""
        if not HOLE.match(character):
            return character
        hole = self.holes[character]
        if hole.variable is None:
            raise TroubleError(rules.NOT_KNOWN_WHEN_READ.at(span, what=hole.span.text or "this", reason=hole.reason))
        return f"${{{hole.variable}}}"

    def known(self, text: str, span: Span, *, paths: bool = False) -> str | None:
        """The text when all of it is known, None when only the run knows; what the environment decides is assumed.

        With `paths` the name of a folder counts as known where more of the path stands behind it.
        """
        holes = self.holes.in_text(text)
        if paths and all(hole.path for hole in holes) and not re.search(f"{HOLE.pattern}(?!/)", text):
            return text
        for hole in holes:
            if hole.environment is not None:
                raise self.assume(hole.environment, span)
        return None if holes else text

    def demand(self, text: str, span: Span, what: str) -> str:
        """The text, all of which must be known; raises TroubleError otherwise."""
        found = self.known(text, span)
        if found is None:
            reason = next((hole.reason for hole in self.holes.in_text(text) if hole.reason), "a command prints it")
            raise TroubleError(rules.NOT_KNOWN_WHEN_READ.at(span, what=what, reason=reason))
        return found

    def decide(self, left: str, right: str, span: Span) -> bool:
        """Whether two texts are equal; where only the run knows, the way that was decided on."""
        if left == right:
            return True
        if self.known(left, span) is not None and self.known(right, span) is not None:
            return False
        if self.decided < len(self.setting.decisions):
            self.decided += 1
            return self.setting.decisions[self.decided - 1]
        if len(self.setting.decisions) >= MOST_DECISIONS:
            raise TroubleError(
                rules.NOT_KNOWN_WHEN_READ.at(span, what="this condition", reason="too many such conditions before it")
            )
        words = [f'"{self.quoted(text, span)}"' for text in (left, right)]
        raise UndecidedError([Chunk(f"[ {words[0]} = {words[1]} ]", span)], span)

    def quoted(self, text: str, span: Span) -> str:
        """Text with holes as it stands between double quotes."""
        return "".join(
            self.named(character, span) if HOLE.match(character) else in_double_quotes(character) for character in text
        )

    def shell(self, chunks: Iterable[Chunk]) -> list[Chunk]:
        """Shell text whose holes are filled by the variables that hold them, in the quotes that they stand in."""
        given = list(chunks)
        if not any(HOLE.search(chunk.text) for chunk in given):
            return given
        quotes = Quotes()
        found: list[Chunk] = []
        for chunk in given:
            pieces: list[str] = []
            for character in chunk.text:
                name = self.named(character, chunk.origin)
                if name is not character and quotes.single:
                    name = f"'\"{name}\"'"
                pieces.append(name)
                quotes.feed(character)
            text = "".join(pieces)
            found.append(Chunk(text, chunk.origin, chunk.exact and text == chunk.text))
        return found

    def assign(self, name: str, variable: Variable, *, override: bool = False) -> None:
        """Sets a variable of the file, unless the command line has the last word."""
        scope = self.scopes[-1] if self.scopes else self.variables
        before = self.variables.get(name)
        if before is not None and before.origin == "command line" and not override:
            return
        scope[name] = replace(variable, origin="override" if override else variable.origin)
