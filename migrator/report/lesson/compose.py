"""A conversion to its lesson, as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrator.report.display import visible
from migrator.report.lesson import flows
from migrator.report.lesson.facts import gather
from migrator.report.lesson.model import Lesson, said
from migrator.report.lesson.numbers import numbers
from migrator.report.lesson.sides import panels
from migrator.report.lesson.steps import questions, shown_command, steps

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrator.migration.result import Converted
    from migrator.project import Project
    from migrator.report.lesson.facts import Facts
    from migrator.report.lesson.model import Said
    from migrator.report.lesson.numbers import Document


def lesson(
    project: Project,
    conversion: Converted,
    args: tuple[str, ...] = (),
    env: Mapping[str, str] | None = None,
    verification: Document | None = None,
) -> Lesson:
    """The lesson of a conversion that was made with `args` and `env`.

    `verification` is the document of `migrator verify --format json`; without it the measures stay open.
    """
    facts = gather(project, conversion, args, env or {})
    before, after = panels(facts)
    commands = tuple(dict.fromkeys(target.command for target in conversion.targets))
    return Lesson(
        script=visible(conversion.script),
        dockerfile=facts.shown(conversion.dockerfile_path),
        before=before,
        after=after,
        commands=tuple(shown_command((command,)) for command in commands),
        summary=_summary(facts, len(commands)),
        flows=(flows.before(facts), flows.after(facts)),
        steps=steps(facts, before, after),
        numbers=numbers(facts, verification),
        questions=questions(facts),
    )


def _summary(facts: Facts, builds: int) -> tuple[Said, ...]:
    """The whole in one glance: what there was, what there is."""
    files = len({carry.host for carry in facts.carries})
    return (
        said("summary.before"),
        said("summary.commands", count=len(facts.world.calls)),
        said("summary.dockerfiles", count=len(facts.recipes)),
        said("summary.containers", count=facts.containers),
        said("summary.files", count=files),
        said("summary.after"),
        said("summary.commands", count=builds),
        said("summary.dockerfiles", count=1),
        said("summary.containers", count=0),
        said("summary.files", count=0),
    )
