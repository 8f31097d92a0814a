"""Scripts of PowerShell and of the Windows command interpreter: recognised, and declined with what to do instead."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from migrator.frontends.program import Program
from migrator.rules import inputs as rules
from migrator.source import Source

if TYPE_CHECKING:
    from migrator.project import Project

_LANGUAGES = {".ps1": "PowerShell", ".psm1": "PowerShell", ".bat": "a batch file", ".cmd": "a batch file"}
_BUILD = re.compile(r"\b(docker|podman|nerdctl)(\.exe)?\b[^\n]*\bbuild\b")


def language(path: str) -> str | None:
    """What a script of another shell is written in; None for every other file."""
    return _LANGUAGES.get(posixpath.splitext(path)[1].lower())


def program(project: Project, path: str) -> Program:
    """No shell text, and a finding at the first build of the script."""
    source = Source(path, project.text(path) or "")
    found = _BUILD.search(source.text)
    span = source.span(*found.span()) if found is not None else source.span(0, len(source.line_text(1)))
    advice = "Write the same commands as a shell script, convert that, and call the new build command from here."
    return Program(Source(path, ""), (), (rules.NOT_SUPPORTED.at(span, what=language(path), advice=advice),))
