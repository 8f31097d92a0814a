"""Repositories for the lessons: the samples of the project, and one whose author means no good."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from migrator import checkout
from migrator.migration.convert import convert
from migrator.migration.result import Converted
from migrator.project import Project
from migrator.report.lesson.compose import lesson

if TYPE_CHECKING:
    from migrator.report.lesson.model import Lesson

ROOT = Path(__file__).parents[2]
SAMPLES = sorted(
    path.name for path in (ROOT / "samples").iterdir() if path.is_dir() and not path.name.startswith("fat-")
)

HOSTILE_SCRIPT = """#!/bin/sh
# </script><script>alert("comment")</script> <!-- \x1b]0;title\x07 \u202emoc.live
echo '<img src=x onerror=alert(1)>' "a|b" '`whoami`' '{{ 7 * 7 }}' '{name}'
docker build -t app:build -f 'Dockerfile.<b>' .
docker create --name "one" app:build
docker cp one:/src/app.bin app.bin
docker rm one   # </code></li></ol>
docker build -t app:latest .
"""
HOSTILE_BUILD = "FROM golang:1.13\n# ```\nRUN echo '<script>alert(2)</script>' > /src/app.bin\n"
HOSTILE_RUNTIME = 'FROM alpine:latest\nLABEL note="</pre><svg onload=alert(3)> &lt; | `x`"\nCOPY app.bin /usr/bin/\n'
HOSTILE = {"build.sh": HOSTILE_SCRIPT, "Dockerfile.<b>": HOSTILE_BUILD, "Dockerfile": HOSTILE_RUNTIME}

VERDICT = {
    "schema": "migrator/verification/1",
    "verdict": "identical",
    "engine": "docker 26.1.5",
    "builder": "buildkit",
    "artifacts": [
        {
            "path": "/root/http-server",
            "stage": "builder",
            "legacy_sha256": "ab" * 32,
            "new_sha256": "ab" * 32,
            "extracted_sha256": "ab" * 32,
            "stage_sha256": "ab" * 32,
            "match": True,
        }
    ],
    "differences": [],
    "images": {
        "legacy": {"size": 8_700_000, "layers": 3, "seconds": 61.2},
        "new": {"size": 8_700_000, "layers": 3, "seconds": 50.0},
        "builders": [{"name": "http-server:build", "size": 389_000_000, "layers": 9, "seconds": 40.0}],
        "targets": [
            {
                "name": "http-server:latest",
                "legacy": {"name": "http-server:latest", "size": 8_700_000, "layers": 3, "seconds": 1.0},
                "new": {"name": "http-server:latest", "size": 8_600_000, "layers": 2, "seconds": 50.0},
            }
        ],
    },
    "compared": 12,
    "diagnostics": [],
}


def lesson_of(project: Project, verification: dict[str, object] | None = None) -> Lesson:
    """The lesson of a project that converts without parameters."""
    conversion = convert(project)
    assert isinstance(conversion, Converted), conversion
    return lesson(project, conversion, verification=verification)


@lru_cache(maxsize=32)
def sample(name: str) -> Lesson:
    """The lesson of a sample."""
    return lesson_of(checkout.load(ROOT / "samples" / name))


@lru_cache(maxsize=1)
def hostile() -> Lesson:
    """The lesson of a repository that tries to act on whoever reads about it."""
    return lesson_of(Project.of(HOSTILE))
