"""Small repositories in memory, and what becomes of their scripts."""

from __future__ import annotations

import subprocess
from textwrap import dedent
from typing import TYPE_CHECKING

from migrator.migration.convert import convert_with_trace
from migrator.migration.result import Converted
from migrator.project import Project
from migrator.repository.files import migration
from migrator.repository.leftover import leftover

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.repository.files import Migration
    from migrator.repository.leftover import Leftover

BUILDER = (
    "FROM alpine AS compile\nCOPY main.c /src/\nRUN mkdir /out && cp /src/main.c /out/app && cp /src/main.c /out/lib\n"
)
RUNTIME = 'FROM alpine\nCOPY app /usr/bin/app\nCMD ["app"]\n'
FILES = {"Dockerfile.build": BUILDER, "Dockerfile": RUNTIME, "main.c": "int main;\n"}


def project_of(script: str, files: Mapping[str, str] | None = None) -> Project:
    return Project.of({**FILES, "build.sh": dedent(script), **(files or {})})


def left_of(script: str, files: Mapping[str, str] | None = None, args: tuple[str, ...] = ()) -> Leftover:
    project = project_of(script, files)
    conversion, trace = convert_with_trace(project, "build.sh", args)
    assert isinstance(conversion, Converted), conversion
    assert trace is not None
    found = leftover(project, conversion, trace)
    for name, text in found.texts.items():
        if text is not None:
            assert is_shell(text), f"{name} is no shell any more:\n{text}"
    return found


def left_text(script: str, files: Mapping[str, str] | None = None, args: tuple[str, ...] = ()) -> str:
    """The new text of the script; of one that may go, what it would still hold."""
    found = left_of(script, files, args)
    assert found.complete, found.tasks
    text = found.texts.get("build.sh", dedent(script))
    return found.bare["build.sh"] if text is None else text


def migrated(script: str, files: Mapping[str, str] | None = None, *, keep_old: bool = False) -> Migration:
    project = project_of(script, files)
    conversion, trace = convert_with_trace(project, "build.sh")
    assert isinstance(conversion, Converted), conversion
    assert trace is not None
    return migration(project, conversion, trace, keep_old=keep_old)


def contents(found: Migration) -> dict[str, str | None]:
    return {change.path: change.content for change in found.files}


def is_shell(text: str) -> bool:
    return subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False).returncode == 0
