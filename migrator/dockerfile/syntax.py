"""The Dockerfile's tree: frozen nodes with exact spans into the text as it is written.

Grammar follows the Dockerfile reference of BuildKit's front end 1.7, and `semantics` measured on real engines.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrator.diagnostics import Diagnostic
    from migrator.source import Source, Span


@dataclass(frozen=True)
class Directive:
    """A parser directive at the head of the file, such as `# syntax=…`; the name is in lower case."""

    span: Span
    name: str
    value: str


@dataclass(frozen=True)
class Flag:
    """`--name` or `--name=value` in front of an instruction's arguments; value is None without `=`."""

    span: Span
    name: str
    value: str | None


@dataclass(frozen=True)
class Argument:
    """One argument: `text` with continuations, quotes and JSON escapes resolved, variables *not* expanded.

    For the shell form of RUN, CMD, ENTRYPOINT and HEALTHCHECK the whole command is one argument.
    `span` covers it as written (inside the JSON form: with its quotes).
    """

    span: Span
    text: str


@dataclass(frozen=True)
class HereDocument:
    """A here-document of RUN, COPY or ADD; `expand` is False for a quoted delimiter."""

    span: Span
    delimiter: str
    body: str
    expand: bool


@dataclass(frozen=True)
class Instruction:
    """One instruction with its continuations and here-documents; `keyword` is in upper case.

    `span` runs from the keyword to the end of the last line of the instruction, without the final line end.
    `keyword_span` covers the keyword. `value` is everything behind keyword and flags with continuations
    joined, as the engine's parser hands it on. `json` says that the arguments were a JSON array.
    `inner` is what ONBUILD wraps.
    """

    span: Span
    keyword_span: Span
    keyword: str
    flags: tuple[Flag, ...]
    arguments: tuple[Argument, ...]
    value: str
    json: bool = False
    documents: tuple[HereDocument, ...] = ()
    inner: Instruction | None = None

    @property
    def text(self) -> str:
        """What a RUN runs, its here-documents with it; of any other instruction its value."""
        bodies = (document.body for document in self.documents) if self.keyword == "RUN" else ()
        return "\n".join((self.value, *bodies))

    def flag(self, name: str) -> str | None:
        """The value of a flag (the empty text for one without value), or None when it is not there."""
        for flag in self.flags:
            if flag.name == name:
                return flag.value or ""
        return None


@dataclass(frozen=True)
class Stage:
    """FROM and what follows it. `image` is unexpanded; `name` is in lower case, or None."""

    index: int
    name: str | None
    image: str
    platform: str | None
    origin: Instruction
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True)
class Dockerfile:
    """A whole file. `preamble` is the ARGs before the first FROM; instructions are in the order of the text."""

    source: Source
    escape: str
    directives: tuple[Directive, ...]
    preamble: tuple[Instruction, ...]
    stages: tuple[Stage, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    @cached_property
    def instructions(self) -> tuple[Instruction, ...]:
        """Every instruction in order: preamble, then each FROM and its stage."""
        found = list(self.preamble)
        for stage in self.stages:
            found.append(stage.origin)
            found.extend(stage.instructions)
        return tuple(found)
