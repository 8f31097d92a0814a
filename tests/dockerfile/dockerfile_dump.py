"""A tree as text, for the eye: one line for each instruction and each of its parts, with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.dockerfile.uses import uses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.dockerfile.syntax import Dockerfile, Instruction
    from migrator.source import Span


def place(span: Span) -> str:
    return f"{span.line}:{span.column}-{span.end_line}:{span.end_column}"


def dump(tree: Dockerfile) -> str:
    return "".join(f"{line}\n" for line in lines(tree))


def lines(tree: Dockerfile) -> Iterator[str]:
    if tree.escape != "\\":
        yield f"escape {tree.escape}"
    for directive in tree.directives:
        yield f"{place(directive.span)} directive {directive.name} = {directive.value!r}"
    for instruction in tree.preamble:
        yield from instruction_lines(tree, instruction, "")
    for stage in tree.stages:
        platform = f" on {stage.platform!r}" if stage.platform is not None else ""
        yield f"stage {stage.index} {stage.name or '(no name)'}: {stage.image!r}{platform}"
        for instruction in (stage.origin, *stage.instructions):
            yield from instruction_lines(tree, instruction, "  ")
    for found in tree.diagnostics:
        where = place(found.span) if found.span else "-"
        yield f"{where} {found.severity} {found.code}: {found.message}"


def instruction_lines(tree: Dockerfile, instruction: Instruction, indent: str) -> Iterator[str]:
    form = " json" if instruction.json else ""
    yield f"{indent}{place(instruction.span)} {instruction.keyword}{form}"
    for flag in instruction.flags:
        yield f"{indent}  {place(flag.span)} --{flag.name}" + ("" if flag.value is None else f" = {flag.value!r}")
    for argument in instruction.arguments:
        yield f"{indent}  {place(argument.span)} {argument.text!r}"
    for document in instruction.documents:
        expand = "" if document.expand else " literal"
        yield f"{indent}  {place(document.span)} <<{document.delimiter}{expand} {document.body!r}"
    if instruction.inner is not None:
        yield from instruction_lines(tree, instruction.inner, f"{indent}  ")
    else:
        for use in uses(tree, instruction):
            yield f"{indent}  {place(use.span)} uses {use.name}"
