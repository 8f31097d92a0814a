"""The programs that the new image lacks, held against whatever may start them: scripts, health checks, programs."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.split.programs import programs
from migrator.split.result import Check
from migrator.verify.entry import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.split.image import Look
    from migrator.split.plan import Plan

_WORD = re.compile(r"[\w.+-]+")
_LARGEST_SCRIPT = 1 << 20
_SHOWN = 3


def programs_there(plan: Plan, before: Look, after: Look) -> Iterator[Check]:
    """Whether nothing that runs in the image names a program that only the original has."""
    gone = lost_programs(before, after)
    if not gone:
        return
    for who, text in _texts(plan, before):
        used = sorted(set(_WORD.findall(text)) & gone)
        yield Check(f"the programs that {who} names", not used, f"no {', '.join(used)}" if used else "all there")
    for program in programs(plan, before):
        sign = program.signs.starts
        if sign is not None:
            some = ", ".join(sorted(gone)[:_SHOWN])
            detail = f"it can start others ({sign}), and {len(gone)} are gone, such as {some}"
            yield Check(f"the programs that {program.path} may start", passed=False, detail=detail)


def lost_programs(before: Look, after: Look) -> set[str]:
    """The names of the programs of one image that no folder of programs of the other has."""
    return _names(before) - _names(after)


def _names(look: Look) -> set[str]:
    return {
        posixpath.basename(path)
        for path, entry in look.files.items()
        if posixpath.basename(posixpath.dirname(path)) in {"bin", "sbin"}
        and (entry.kind is Kind.LINK or (entry.kind is Kind.FILE and entry.mode & 0o111))
    }


def _texts(plan: Plan, before: Look) -> Iterator[tuple[str, str]]:
    """What a shell or the engine reads: the command, the health check, and the scripts that the command names."""
    own = {posixpath.basename(artifact.path) for artifact in plan.artifacts}
    for keyword in ("ENTRYPOINT", "CMD", "HEALTHCHECK"):
        instruction = plan.fat.last(keyword)
        if instruction is not None:
            yield keyword, " ".join(word for word in _WORD.findall(instruction.value) if word not in own)
    paths = {
        statement.path(word) for statement in plan.runs.commands for word in statement.words if word and "/" in word
    }
    for path in sorted(path for path in paths if path is not None):
        entry = before.file(path)
        data = before.read(path).get(path, b"") if entry is not None and entry.size < _LARGEST_SCRIPT else b""
        if data.startswith(b"#!"):
            yield path, data.decode("utf-8", "replace")
