"""What a modelled command is given and what it gives back."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from migrator.trace.budget import affordable
from migrator.trace.state import Channels, State, Status
from migrator.trace.streams import Content, Text
from migrator.trace.symbols import Symbol, SymbolKind, Symbols, is_known, is_symbol
from migrator.trace.workspace import RepoFile, Written

if TYPE_CHECKING:
    from migrator.diagnostics import Diagnostic
    from migrator.project import Project
    from migrator.source import Span
    from migrator.trace.budget import Budget
    from migrator.trace.state import Process
    from migrator.trace.streams import Stream


class Shell(Protocol):
    """The abstract run as a command sees it."""

    state: State
    symbols: Symbols
    project: Project
    root: str
    budget: Budget

    def call(self, words: Sequence[str], channels: Channels, span: Span) -> Status:
        """Runs a command given as words: function, built-in, modelled command, or unknown."""

    def run_text(self, name: str, text: str, channels: Channels, span: Span) -> Status:
        """Runs shell text in the current state (eval, source, trap)."""

    def run_script(self, given: Process, channels: Channels, span: Span) -> Status:
        """Runs another script of the repository, whose path is its `$0`, in a shell of its own."""

    def process(self, name: str, text: str, given: Process, channels: Channels, span: Span) -> Status:
        """Runs shell text in a shell of its own."""

    def assign(self, name: str, value: str) -> None:
        """Sets a variable."""

    def decide(self, words: Sequence[str], span: Span) -> Status:
        """The status of `test` with these words."""

    def write_file(self, path: str, stream: Stream, span: Span, *, append: bool = False) -> None:
        """Writes a stream to a host file."""

    def back_from_process(self, outer: State) -> State:
        """The outer state after a process of its own: variables as before, the world as it is now."""

    def note(self, diagnostic: Diagnostic) -> None:
        """Keeps a finding."""


@dataclass(frozen=True)
class Invocation:
    """One call of a command: its expanded words, its channels, and where it stands."""

    shell: Shell
    words: tuple[str, ...]
    channels: Channels
    span: Span

    @property
    def name(self) -> str:
        """The command's own name, without a folder."""
        return self.words[0].rsplit("/", 1)[-1]

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words behind the name."""
        return self.words[1:]

    @property
    def state(self) -> State:
        """The state that the command changes."""
        return self.shell.state

    def path(self, text: str) -> str:
        """A path argument as an absolute, normalised host path; TooMuchError where it is too long or too deep."""
        return affordable(absolute(self.state.cwd, text))

    def unknown(self, name: str = "") -> str:
        """A new unknown value that this command made."""
        return self.shell.symbols.unknown(self.span, name)

    def output(self, name: str, shell: str, *, empty: bool = False) -> str:
        """A value that bash text yields, as one character."""
        return self.shell.symbols.character(Symbol(SymbolKind.OUTPUT, name, shell, self.span, None, empty))


Command = Callable[[Invocation], Status]


def absolute(cwd: str, text: str) -> str:
    """`text` as an absolute, normalised path, seen from `cwd`; the caller's home is a place outside of everything."""
    if text == "~" or text.startswith("~/"):
        return posixpath.normpath(f"/{text}")
    joined = posixpath.normpath(posixpath.join(cwd, text))
    return "/" + joined.lstrip("/")


def split_options(words: Sequence[str], with_value: str = "", long_with_value: Sequence[str] = ()) -> Arguments:
    """Words as POSIX utilities read them: letters, long options and operands; `--` ends the options.

    `with_value` lists the letters that take a value. Options may stand behind operands, as GNU tools allow.
    """
    letters: list[tuple[str, str | None]] = []
    operands: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            operands.extend(rest)
            break
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            if not equals and name in long_with_value and rest:
                value, equals = rest.pop(0), "="
            letters.append((name, value if equals else None))
        elif word.startswith("-") and word != "-":
            _split_letters(word[1:], with_value, rest, letters)
        else:
            operands.append(word)
    return Arguments(tuple(letters), tuple(operands))


def _split_letters(text: str, with_value: str, rest: list[str], found: list[tuple[str, str | None]]) -> None:
    for index, letter in enumerate(text):
        if letter in with_value:
            value: str | None = text[index + 1 :]
            if not value:
                value = rest.pop(0) if rest else None
            found.append((letter, value))
            return
        found.append((letter, None))


@dataclass(frozen=True)
class Arguments:
    """Options (letter or long name, value) and operands of a utility."""

    options: tuple[tuple[str, str | None], ...]
    operands: tuple[str, ...]

    def has(self, *names: str) -> bool:
        """Whether one of the options is there."""
        return any(name in names for name, _ in self.options)

    def value(self, *names: str) -> str | None:
        """The last value given to one of the options."""
        found = [value for name, value in self.options if name in names]
        return found[-1] if found else None

    def only(self, *names: str) -> bool:
        """Whether no option but these is there."""
        return all(name in names for name, _ in self.options)


def text_of(shell: Shell, stream: Stream) -> str | None:
    """The text of a stream when it can be known."""
    text = None
    if isinstance(stream, Text):
        text = stream.text
    elif isinstance(stream, Content) and isinstance(stream.node, RepoFile):
        text = shell.project.text(stream.node.path)
    elif isinstance(stream, Content) and isinstance(stream.node, Written):
        text = stream.node.text
    shell.budget.spend(len(text or ""))
    return text


def file_text(shell: Shell, path: str) -> str | None:
    """The text of a host file when it can be known."""
    found = shell.state.workspace.behind(path)
    if isinstance(found, RepoFile):
        return shell.project.text(found.path)
    return found.text if isinstance(found, Written) else None


__all__ = [
    "Arguments",
    "Channels",
    "Command",
    "Invocation",
    "Shell",
    "absolute",
    "file_text",
    "is_known",
    "is_symbol",
    "split_options",
    "text_of",
]
