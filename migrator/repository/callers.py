"""Lines that call a script which is gone: those that are nothing but the call become the new build command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.repository.edits import Edit
from migrator.repository.mentions import Kind

if TYPE_CHECKING:
    from migrator.repository.mentions import Mention

# What must stand around the call, per kind of file: what is in front of it on its line, and what is behind.
_AROUND: dict[Kind, tuple[str, str]] = {
    Kind.MAKEFILE: (r"\t[ \t]*[@+-]*[ \t]*", r"[ \t]*"),
    Kind.PIPELINE: (r"\s*(?:-\s+)?(?:(?:run|script|command|sh|bash)\s*:\s+)?", r"\s*"),
    Kind.SHELL: (r"[ \t]*", r"[ \t]*(?:\|\|[ \t]*exit(?:[ \t]+\d+)?[ \t]*)?"),
    Kind.DOCUMENT: (r"[ \t]*(?:\$[ \t]+)?", r"[ \t]*"),
    Kind.JENKINS: (r"\s*sh\s*\(?\s*(?P<quote>['\"])", r"(?P=quote)\s*\)?\s*;?\s*"),
    Kind.PACKAGE: (r"\s*\"[\w:-]+\"\s*:\s*\"", r"\"\s*,?\s*"),
}
# What makes the folder, in which a line runs, another one than the repository's root.
_MOVES: dict[Kind, str] = {
    Kind.MAKEFILE: r"(?m)^\.ONESHELL",
    Kind.PIPELINE: r"working[-_]directory|workingDirectory|(?m:^\s*(?:-\s+)?(?:run:\s*)?cd\s)",
    Kind.SHELL: r"(?m)\b(?:cd|pushd)\s",
    Kind.JENKINS: r"\bdir\s*\(",
    Kind.DOCUMENT: r"(?m)^\s*(?:\$\s+)?cd\s(?!.*clone)",
    Kind.PACKAGE: r"(?!)",
}


def rewritten(mention: Mention, script: str, command: str) -> Edit | None:
    """The edit that puts the command in place of the call; None where the line is more than that, or runs elsewhere.

    The command holds no `$`, and runs from the repository's root; so must the call.
    """
    around = _AROUND.get(mention.kind)
    if around is None or ("/" in mention.path and mention.kind in (Kind.MAKEFILE, Kind.PACKAGE, Kind.SHELL)):
        return None
    source = mention.span.source
    if re.search(_MOVES[mention.kind], source.text):
        return None
    call = rf"(?P<call>(?:(?:bash|sh|source|\.)[ \t]+)?(?:\./)?{re.escape(script)})"
    found = re.fullmatch(around[0] + call + around[1], mention.line)
    if found is None or not _fits(mention, command) or not _is_code(mention):
        return None
    begin = source.line_starts[mention.span.line - 1]
    return Edit(begin + found.start("call"), begin + found.end("call"), command)


def _fits(mention: Mention, command: str) -> bool:
    """Whether the command's text means itself there."""
    if mention.kind is Kind.PIPELINE:
        return re.search(r":\s|\s#|^[-?&*!|>%@`\"'{\[]", command) is None
    if mention.kind in (Kind.JENKINS, Kind.PACKAGE):
        return not set(command) & set("'\"\\")
    return True


def _is_code(mention: Mention) -> bool:
    """Whether a line of a document stands in a block of commands (https://spec.commonmark.org/0.31.2/, section 4.5)."""
    if mention.kind is not Kind.DOCUMENT:
        return True
    before = mention.span.source.text[: mention.span.start].splitlines()
    fences = [line for line in before if re.match(r" {0,3}(```|~~~)", line)]
    return len(fences) % 2 == 1
