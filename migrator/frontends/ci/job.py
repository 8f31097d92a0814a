"""What the jobs of all services have in common: steps in shells of their own, and values that the service fills in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from migrator.frontends.make.holes import Quotes, TroubleError
from migrator.frontends.program import Chunk, Composer, Program, in_double_quotes, part_of
from migrator.rules import inputs as rules
from migrator.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from migrator.diagnostics import Diagnostic
    from migrator.source import Span

Filled = tuple[str, bool]
"""What stands in for an expression: text as it is, or with True the name of the shell variable that holds it."""


@dataclass
class Expressions:
    """Fills expressions in: `pattern` finds them, `fill` says what the first group of one comes to."""

    pattern: re.Pattern[str]
    fill: Callable[[str, Span], Filled]

    def in_shell(self, chunks: list[Chunk]) -> list[Chunk]:
        """Shell text with its expressions filled in, in the quotes that they stand in."""
        text = "".join(chunk.text for chunk in chunks)
        quotes, found, at = Quotes(), [], 0
        for match in self.pattern.finditer(text):
            parts = part_of(chunks, match.start(), match.end())
            span = parts[0].origin.to(parts[-1].origin)
            value, is_name = self.fill(match[1].strip(), span)
            for character in text[at : match.start()]:
                quotes.feed(character)
            if is_name:
                self._refuse_document(text[: match.start()], span, single=quotes.single)
                value = f"'\"${{{value}}}\"'" if quotes.single else f"${{{value}}}"
            else:
                for character in value:
                    quotes.feed(character)
            found += [*part_of(chunks, at, match.start()), Chunk(value, span)]
            at = match.end()
        return [*found, *part_of(chunks, at, len(text))]

    @staticmethod
    def _refuse_document(before: str, span: Span, *, single: bool) -> None:
        """Raises TroubleError where a variable may not mean its value: a here-document may expand nothing."""
        opened = re.search(r"(?<!<)<<-?[ \t]*(['\"\\]?)\w", before)
        if opened is not None and (single or opened[1]):
            reason = "it stands in or behind a here-document in which the shell expands nothing"
            raise TroubleError(rules.NOT_KNOWN_WHEN_READ.at(span, what="the expression", reason=reason))

    def in_word(self, text: str, span: Span) -> str:
        """A plain value as one word of the shell, its expressions filled in."""
        found, at = [], 0
        for match in self.pattern.finditer(text):
            value, is_name = self.fill(match[1].strip(), span)
            found += [
                in_double_quotes(text[at : match.start()]),
                f"${{{value}}}" if is_name else in_double_quotes(value),
            ]
            at = match.end()
        return f'"{"".join([*found, in_double_quotes(text[at:])])}"'

    def plain(self, text: str, span: Span, what: str) -> str:
        """A value that has to be known now; raises TroubleError when an expression in it is not."""

        def known(match: re.Match[str]) -> str:
            value, is_name = self.fill(match[1].strip(), span)
            if is_name:
                reason = "the service fills it in when it runs"
                raise TroubleError(rules.NOT_KNOWN_WHEN_READ.at(span, what=what, reason=reason))
            return value

        return self.pattern.sub(known, text)


class Step(NamedTuple):
    """Commands for a shell of their own.

    `exports` are variables with their values as words of the shell; `folder` is such a word; `condition` is a command.
    `stays`: its variables and its folder last beyond it. `ignored`: its failure does not end the job.
    """

    chunks: list[Chunk]
    span: Span
    options: str = "-e"
    exports: tuple[Chunk, ...] = ()
    folder: str = ""
    condition: str = ""
    ignored: bool = False
    stays: bool = False


@dataclass
class Job:
    """The shell text of one job; `given` are variables that the service sets, as words of the shell."""

    name: str
    start: Span
    given: Mapping[str, str] = field(default_factory=dict)
    composer: Composer = field(default_factory=Composer)
    notes: list[Diagnostic] = field(default_factory=list)

    def step(self, step: Step) -> None:
        """Adds a step."""
        span = step.span
        before = f"if {step.condition}; then\n" if step.condition else ""
        # A shell in a `||` list would forget its own `set -e`: so the outer one lets failures pass for a while.
        before += "set +e\n" if step.ignored else ""
        self.composer.add(before + ("" if step.stays else "(\n"), span)
        self.composer.extend(step.exports)
        if step.folder:
            self.composer.add(f"cd {step.folder}\n", span)
        self.composer.add("" if step.stays else f"set {step.options}\n", span)
        self.composer.extend(step.chunks)
        after = "\n" if step.stays else "\n)\n"
        after += "set -e\n" if step.ignored else ""
        self.composer.add(after + ("fi\n" if step.condition else ""), span)

    def program(self, environment: Mapping[str, str], options: str = "set -e\n") -> Program:
        """The whole text; a variable that the service sets is set where something reads it."""
        text = "".join(chunk.text for chunk in self.composer.chunks)
        head = [Chunk("#!/bin/bash\n", self.start), Chunk(options, self.start)]
        for name, value in self.given.items():
            if name not in environment and re.search(rf"\$\{{?{name}\b", text):
                head.append(Chunk(f"export {name}={value}\n", self.start))
        whole = Composer([chunk for chunk in [*head, *self.composer.chunks] if chunk.text])
        return Program(whole.source(self.name), (), tuple(dict.fromkeys(self.notes)))


def refused(name: str, trouble: TroubleError, covers: str | None) -> Program:
    """What a job comes to that cannot be followed."""
    return Program(Source(name, ""), (), (trouble.diagnostic,), covers)
