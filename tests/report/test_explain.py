"""The story of a conversion."""

from __future__ import annotations

import dataclasses

from made_conversions import CONVERTED

from migrator.migration.convert import convert
from migrator.migration.result import Converted, Target
from migrator.project import Project
from migrator.report.explain import render, summary


def test_the_summary() -> None:
    assert summary(CONVERTED) == (
        "build.sh -> Dockerfile: 2 stages (builder, runtime)\nbuild runtime with:\n  docker build -t app:latest .\n"
    )


def test_the_story() -> None:
    story = render(CONVERTED)
    assert "builder: on golang:1.13, was Dockerfile.build, built as app:build" in story
    assert "before: out of a container to app on the host (build.sh:4), then into the next build" in story
    assert "now: line 7 takes it straight to /usr/bin/app of runtime" in story
    assert "  7 COPY --from=builder --chown=0:0 /src/app /usr/bin/  Dockerfile:2, MG104" in story


def test_what_a_stage_of_ours_makes_was_on_the_host() -> None:
    own = tuple(dataclasses.replace(stage, file=None) for stage in CONVERTED.stages)
    story = render(dataclasses.replace(CONVERTED, stages=own))
    assert "before: app on the host (build.sh:4), and from there into the next build" in story


def test_what_a_container_printed_is_told_at_the_line_that_ran_it() -> None:
    files = {
        "build.sh": "docker build -t one -f Dockerfile.build .\ndocker run --rm one cat /app > app\ndocker build .\n",
        "Dockerfile.build": "FROM alpine\nRUN echo x > /app\n",
        "Dockerfile": "FROM alpine\nCOPY app /bin/\n",
    }
    made = convert(Project.of(files))
    assert isinstance(made, Converted)
    assert "before: out of a container to app on the host (build.sh:2), then into the next build" in render(made)


def test_a_command_cannot_act_on_the_terminal() -> None:
    evil = dataclasses.replace(CONVERTED, targets=(Target("runtime", (), "docker build \x1b[2J\n  ."),))
    assert "\x1b" not in summary(evil) + render(evil)
    assert "  docker build \\x1b[2J\n    .\n" in summary(evil)
