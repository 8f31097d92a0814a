"""What the engine would refuse in a Dockerfile that splits well: wrong counts, names, flags and substitutions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrator.diagnostics import Diagnostic, Severity
from migrator.dockerfile.expand import fault
from migrator.dockerfile.words import KEYWORDS
from migrator.rules import dockerfiles as rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.dockerfile.syntax import Dockerfile, Instruction

STAGE_NAME = re.compile(r"[a-z][a-z0-9\-_.]*")
EXPANDED = frozenset(
    {"ADD", "ARG", "COPY", "ENV", "EXPOSE", "FROM", "LABEL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
)
FLAGS = {
    "ADD": {"chown", "chmod", "link", "checksum", "keep-git-dir", "exclude", "unpack"},
    "COPY": {"from", "chown", "chmod", "link", "parents", "exclude"},
    "FROM": {"platform"},
    "HEALTHCHECK": {"interval", "timeout", "start-period", "start-interval", "retries"},
    "RUN": {"mount", "network", "security", "device"},
}
_FEWEST = dict.fromkeys(KEYWORDS - {"CMD", "ENTRYPOINT", "RUN"}, 1) | {"COPY": 2, "ADD": 2}
_JSON_EXPECTED = frozenset({"ADD", "CMD", "COPY", "ENTRYPOINT", "VOLUME"})
_NOT_DEFERRED = frozenset({"ONBUILD", "FROM", "MAINTAINER"})


def check_words(instruction: Instruction, escape: str) -> Iterator[Diagnostic]:
    """Findings about the flags of an instruction and the variables in it."""
    keyword = instruction.keyword
    for flag in instruction.flags:
        if flag.name not in FLAGS.get(keyword, ()):
            yield rules.UNKNOWN_FLAG.at(flag.span, flag=flag.name, keyword=keyword)
    if keyword not in EXPANDED:
        return
    for argument in instruction.arguments:
        reason = fault(argument.text, escape)
        if reason is not None:
            yield rules.BAD_SUBSTITUTION.at(argument.span, text=argument.text, reason=reason)


def check_arguments(instruction: Instruction) -> Iterator[Diagnostic]:
    """Findings about the number and the form of the arguments."""
    keyword, span = instruction.keyword, instruction.keyword_span
    count = len(instruction.arguments) + (instruction.inner is not None)
    if count < (1 if keyword == "RUN" and instruction.json else _FEWEST.get(keyword, 0)):
        yield rules.MISSING_ARGUMENTS.at(span, keyword=keyword)
    if keyword == "HEALTHCHECK" and count and not _is_health_check(instruction):
        yield rules.BAD_HEALTH_CHECK.at(instruction.arguments[0].span)
    if keyword == "SHELL" and count and not instruction.json:
        yield rules.SHELL_NOT_JSON.at(span)
    if instruction.inner is not None and instruction.inner.keyword in _NOT_DEFERRED:
        yield rules.BAD_TRIGGER.at(span, keyword=instruction.inner.keyword)
    if not instruction.json and instruction.value.startswith("[") and keyword in _JSON_EXPECTED:
        yield rules.BROKEN_JSON.at(instruction.arguments[0].span, keyword=keyword)


def _is_health_check(instruction: Instruction) -> bool:
    """Whether the arguments are NONE, or CMD and a command."""
    kind, *command = instruction.arguments
    return kind.text.upper() == "NONE" if not command else kind.text.upper() == "CMD"


def check_stages(tree: Dockerfile) -> Iterator[Diagnostic]:
    """Findings about the order of instructions and the names of stages."""
    for instruction in tree.preamble:
        if instruction.keyword != "ARG":
            yield rules.BEFORE_FROM.at(instruction.keyword_span, keyword=instruction.keyword)
    seen: set[str] = set()
    for stage in tree.stages:
        words = stage.origin.arguments
        if len(words) not in (0, 1, 3) or (len(words) == 3 and words[1].text.lower() != "as"):
            yield rules.BAD_FROM.at(stage.origin.span)
        if stage.name is None:
            continue
        if not STAGE_NAME.fullmatch(stage.name):
            yield rules.BAD_STAGE_NAME.at(words[2].span, name=stage.name)
        if stage.name in seen:
            yield rules.REPEATED_STAGE_NAME.at(words[2].span, name=stage.name)
        seen.add(stage.name)


def is_usable(tree: Dockerfile) -> bool:
    """Whether the engine would take the file, as far as its text tells."""
    return not any(found.severity is Severity.ERROR for found in tree.diagnostics)
