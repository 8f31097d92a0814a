"""The commands of a RUN as values: words as far as they are known, the folder each runs in, and where it stands."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from migrator.dockerfile.evaluate import resolve
from migrator.shell.parse import parse
from migrator.shell.syntax import AndOr, Literal, Parameter, Pipeline, Sequence, Simple
from migrator.source import Derived, Piece

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from migrator.dockerfile.evaluate import State
    from migrator.dockerfile.syntax import Dockerfile, Instruction
    from migrator.shell.syntax import Command, Word
    from migrator.source import Span

_PATTERN = re.compile(r"[*?\[{~]")


@dataclass(frozen=True)
class Statement:
    """One command of a RUN. A word that is not known is None; `words` is empty for what is no plain command.

    `chained` says that it stands in a list of nothing but `&&`, `;` and line ends, from which it can be taken out.
    `moved` says that a `cd` of the same RUN stands in front of it, `writes` are the files that it redirects into.
    """

    span: Span
    words: tuple[str | None, ...]
    folder: str
    variables: Mapping[str, str | None] = field(default_factory=dict, compare=False)
    chained: bool = True
    moved: bool = False
    writes: tuple[str | None, ...] = ()

    @property
    def text(self) -> str:
        """The command as it is written."""
        return self.span.text.strip()

    @property
    def program(self) -> str:
        """The name of the program without its folder; empty where it is not known."""
        return posixpath.basename(self.words[0] or "") if self.words else ""

    @property
    def operands(self) -> tuple[str | None, ...]:
        """The words behind the program."""
        return self.words[1:]

    def path(self, word: str) -> str | None:
        """The path that a word names; None for a pattern."""
        return None if _PATTERN.search(word) else resolve(self.folder, word)

    def option(self, *names: str) -> str | None:
        """The value of the last option of these names, as `-o x`, `-ox`, `--out x` or `--out=x`; None without one."""
        found = None
        words = iter(self.operands)
        for word in words:
            for name in names:
                if word == name:
                    found = next(words, None)
                elif word is not None and name.startswith("--") and word.startswith(f"{name}="):
                    found = word.partition("=")[2]
        return found


def statements(dockerfile: Dockerfile, run: Instruction, state: State) -> tuple[Statement, ...]:
    """The commands of a RUN in order; what is more than a plain list of commands is one without words."""
    if run.json:
        words = tuple(argument.text for argument in run.arguments)
        return (Statement(run.span, words, state.workdir, state.variables, chained=False),)
    if run.documents:
        return (Statement(run.span, (), state.workdir, chained=False),)
    script = parse(_source(dockerfile, run))
    if script.diagnostics:
        return (Statement(run.span, (), state.workdir, chained=False),)
    walk = _Walk(state.workdir, dict(state.variables))
    found = tuple(walk.commands(script.body))
    return found if walk.plain else tuple(replace(one, chained=False) for one in found)


def shell_statements(text: Derived, folder: str, variables: Mapping[str, str | None]) -> tuple[Statement, ...]:
    """The commands of any other shell text, such as the one of CMD."""
    script = parse(text)
    if script.diagnostics:
        return (Statement(text.whole, (), folder, chained=False),)
    walk = _Walk(folder, dict(variables))
    return tuple(walk.commands(script.body))


def _source(dockerfile: Dockerfile, run: Instruction) -> Derived:
    """The text of a RUN as the shell gets it, each line with its place."""
    if not run.arguments:
        return Derived(dockerfile.source.name, "")
    return shell_source(dockerfile, run.arguments[0].span)


def shell_source(dockerfile: Dockerfile, span: Span) -> Derived:
    """A range of a Dockerfile as shell text: without comments between its lines, and its continuations joined."""
    texts: list[str] = []
    pieces: list[Piece] = []
    at, offset = 0, span.start
    for line in span.text.splitlines(keepends=True):
        bare = line.rstrip("\r\n")
        if not (texts and (not bare.strip() or bare.lstrip().startswith("#"))):
            continued = bare.rstrip(" \t").endswith(dockerfile.escape)
            shown = bare.rstrip(" \t")[:-1] if continued else bare
            pieces.append(Piece(at, dockerfile.source.span(offset, offset + len(shown)), exact=True))
            texts.append(shown)
            at += len(shown)
        offset += len(line)
    return Derived(dockerfile.source.name, "".join(texts), (), tuple(pieces))


@dataclass
class _Walk:
    """One text, from its first command to its last."""

    folder: str
    variables: dict[str, str | None]
    plain: bool = True
    moved: bool = False

    def commands(self, command: Command | Sequence) -> Iterator[Statement]:
        match command:
            case Sequence():
                for inner in command.commands:
                    yield from self.commands(inner)
            case AndOr(operator="&&"):
                yield from self.commands(command.left)
                yield from self.commands(command.right)
            case Pipeline(commands=(Simple() as only,), negated=False):
                yield self.simple(only)
            case Simple():
                yield self.simple(command)
            case _:
                self.plain = False
                yield Statement(command.span, (), self.folder, chained=False, moved=self.moved)

    def simple(self, command: Simple) -> Statement:
        words = tuple(self.word(word) for word in command.words)
        own = {one.name: self.word(one.value) if hasattr(one.value, "parts") else None for one in command.assignments}  # type: ignore[arg-type]
        writes = tuple(self.word(one.target) for one in command.redirects if one.target and ">" in one.operator)
        made = Statement(
            command.span, words, self.folder, {**self.variables, **own}, moved=self.moved, writes=self.real(writes)
        )
        if not words:
            self.variables.update(own)
        elif words[0] == "export":
            self.export(words[1:])
        elif words[0] in {"cd", "pushd", "popd"}:
            self.moved = True
            target = words[1] if len(words) == 2 else None
            self.folder = (
                "/?" if words[0] == "popd" or target is None or target == "-" else resolve(self.folder, target)
            )
        return made

    def real(self, writes: tuple[str | None, ...]) -> tuple[str | None, ...]:
        """The files among what is redirected into: neither other descriptors nor /dev/null."""
        return tuple(one for one in writes if one is None or not (one.isdecimal() or one.startswith("/dev/")))

    def export(self, words: tuple[str | None, ...]) -> None:
        for word in words:
            if word is not None and "=" in word:
                name, _, value = word.partition("=")
                self.variables[name] = value

    def word(self, word: Word) -> str | None:
        """The text of a word; None where something in it is not known."""
        texts = []
        for part in word.parts:
            match part:
                case Literal():
                    texts.append(part.text)
                case Parameter(operator=None, argument=None, subscript=None, length=False, indirect=False):
                    value = self.variables.get(part.name)
                    if value is None:
                        return None
                    texts.append(value)
                case _:
                    return None
        return "".join(texts)
