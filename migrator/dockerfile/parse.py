"""A Dockerfile's text to its frozen tree. The only door to dockerfile-parse, which splits the masked text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from dockerfile_parse import DockerfileParser

from migrator.dockerfile.check import check_arguments, check_stages, check_words
from migrator.dockerfile.lines import Layout, Logical, lay_out
from migrator.dockerfile.syntax import Dockerfile, Instruction, Stage
from migrator.dockerfile.words import (
    KEYWORDS,
    Arguments,
    AssignmentError,
    NotStringsError,
    argument,
    split_arguments,
    split_flags,
)
from migrator.errors import InternalError
from migrator.rules import dockerfiles as rules
from migrator.rules.script import TOO_MUCH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.diagnostics import Diagnostic
    from migrator.dockerfile.joined import Joined
    from migrator.source import Source

_COMMENT = "COMMENT"
# A Dockerfile of a thousand lines is a long one. Each character is kept with its place, and each line is told of.
MOST_LINES = 50_000
MOST_CHARACTERS = 1 << 21


@dataclass(frozen=True)
class _Region:
    """What dockerfile-parse says of one instruction: its keyword and its lines, counted from 0."""

    keyword: str
    first: int
    last: int


@lru_cache(maxsize=256)
def parse(source: Source) -> Dockerfile:
    """The tree of a Dockerfile; what is wrong with the text is in its diagnostics, and nothing is raised.

    An argument's `text` is what the engine's parser hands on, fit for `expand`: in the shell forms its own quotes and
    escapes are still in it, because the engine resolves them while it expands.
    """
    if "\0" in source.text:
        return Dockerfile(source, "\\", (), (), (), (rules.NOT_TEXT.at(source.whole, file=source.name),))
    endless = _endless(source)
    if endless is not None:
        return Dockerfile(source, "\\", (), (), (), (endless,))
    layout = lay_out(source)
    builder = _Builder(layout)
    instructions = tuple(builder.instructions())
    preamble, stages = builder.stages(instructions)
    diagnostics = [*layout.diagnostics, *builder.diagnostics]
    if not instructions:
        diagnostics.append(rules.EMPTY_DOCKERFILE.at(source.whole, file=source.name))
    elif not stages:
        diagnostics.append(rules.NO_STAGE.at(source.whole, file=source.name))
    tree = Dockerfile(source, layout.escape, layout.directives, preamble, stages)
    diagnostics += check_stages(tree)
    diagnostics.sort(key=lambda found: found.span.start if found.span else 0)
    return replace(tree, diagnostics=tuple(diagnostics))


def _endless(source: Source) -> Diagnostic | None:
    """Why a text is too long to be taken apart; where that shows is where it goes on."""
    if len(source.text) > MOST_CHARACTERS:
        reason = f"{source.name} has more than {MOST_CHARACTERS >> 20} million characters"
        return TOO_MUCH.at(source.span(MOST_CHARACTERS, MOST_CHARACTERS + 1), reason=reason)
    if source.text.count("\n") > MOST_LINES:
        start = source.line_starts[MOST_LINES]
        return TOO_MUCH.at(source.span(start, start), reason=f"{source.name} has more than {MOST_LINES:,} lines")
    return None


def _regions(layout: Layout) -> Iterator[_Region]:
    """The instructions of the masked text, by dockerfile-parse."""
    parser = DockerfileParser(fileobj=BytesIO(layout.masked.encode("ascii")))
    for item in parser.structure:
        if item["instruction"] != _COMMENT:
            yield _Region(item["instruction"], item["startline"], item["endline"])


class _Builder:
    """Turns logical lines into instructions, and collects what is wrong with them."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.diagnostics: list[Diagnostic] = []

    def instructions(self) -> Iterator[Instruction]:
        """Every instruction of the file, in order."""
        regions = list(_regions(self.layout))
        if [region.first for region in regions] != [logical.first for logical in self.layout.logical]:
            raise InternalError("the two readings of a Dockerfile do not agree on where its instructions begin")
        for region, logical in zip(regions, self.layout.logical, strict=True):
            yield self.instruction(logical.joined, region.keyword, logical)

    def instruction(self, text: Joined, keyword: str, logical: Logical, *, deferred: bool = False) -> Instruction:
        """One instruction; of ONBUILD also the one inside, which the engine does not let be an ONBUILD again."""
        text = text.strip()
        head, rest = text.halves()
        flags, rest = split_flags(rest)
        inner = None
        # What is no keyword reached dockerfile-parse with its odd characters masked.
        keyword = keyword if keyword in KEYWORDS else head.text.upper()
        arguments: Arguments | None = Arguments(())
        if keyword == "ONBUILD" and rest.text and not deferred:
            inner = self.instruction(rest, rest.halves()[0].text.upper(), logical, deferred=True)
        elif keyword in KEYWORDS:
            arguments = self.arguments(keyword, rest)
        else:
            self.diagnostics.append(rules.UNKNOWN_INSTRUCTION.at(head.span(0, len(head.text)), keyword=head.text))
        start = text.span(0, len(text.text)).start
        instruction = Instruction(
            span=text.source.span(start, self.end(logical)),
            keyword_span=head.span(0, len(head.text)),
            keyword=keyword,
            flags=flags,
            arguments=(argument(rest),) if arguments is None else arguments.items,
            value=rest.text,
            json=arguments is not None and arguments.json,
            documents=logical.documents,
            inner=inner,
        )
        if arguments is not None:
            self.diagnostics += check_arguments(instruction)
        self.diagnostics += check_words(instruction, self.layout.escape)
        return instruction

    def end(self, logical: Logical) -> int:
        """Offset of the end of an instruction's last line, without the line end."""
        source = logical.joined.source
        start, following = source.line_starts[logical.last], logical.last + 1
        end = source.line_starts[following] - 1 if following < len(source.line_starts) else len(source.text)
        return start + len(source.text[start:end].rstrip("\r"))

    def arguments(self, keyword: str, text: Joined) -> Arguments | None:
        """The arguments, or None when the engine would refuse the text."""
        try:
            found = split_arguments(keyword, text, self.layout.escape)
        except NotStringsError:
            self.diagnostics.append(rules.NOT_STRINGS.at(text.span(0, len(text.text)), keyword=keyword))
        except AssignmentError as error:
            span = text.span(0, len(text.text))
            self.diagnostics.append(rules.BAD_ASSIGNMENT.at(span, keyword=keyword, word=str(error)))
        else:
            if found.dropped is not None:
                span = found.dropped.span(0, len(found.dropped.text))
                self.diagnostics.append(rules.TEXT_BEHIND_JSON.at(span, keyword=keyword))
            return found
        return None

    def stages(self, instructions: tuple[Instruction, ...]) -> tuple[tuple[Instruction, ...], tuple[Stage, ...]]:
        """What stands before the first FROM, and the stages."""
        preamble: list[Instruction] = []
        stages: list[tuple[Instruction, list[Instruction]]] = []
        for instruction in instructions:
            if instruction.keyword == "FROM":
                stages.append((instruction, []))
            elif stages:
                stages[-1][1].append(instruction)
            else:
                preamble.append(instruction)
        return tuple(preamble), tuple(_stage(index, origin, tuple(body)) for index, (origin, body) in enumerate(stages))


def _stage(index: int, origin: Instruction, body: tuple[Instruction, ...]) -> Stage:
    """A stage; a FROM that the engine would refuse gives one without a name."""
    words = [argument.text for argument in origin.arguments]
    name = words[2].lower() if len(words) == 3 and words[1].lower() == "as" else None
    return Stage(index, name, words[0] if words else "", origin.flag("platform"), origin, body)
