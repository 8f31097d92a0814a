"""The thoughts of a split, one each, with the lines of this Dockerfile that show it; and the questions at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from migrator.report.display import visible
from migrator.report.lesson.model import Question, Step, said
from migrator.report.lesson.sizes import rungs
from migrator.split.bases import brings_compiler, is_plain, is_toolchain
from migrator.split.steps import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from migrator.report.lesson.model import Line, Panel
    from migrator.report.lesson.splitting import Facts

_MOST = 6


def steps(facts: Facts, before: Panel, after: Panel, measured: dict[str, Any] | None) -> tuple[Step, ...]:
    """From one image with two jobs to the three sizes and the proof."""
    artifact = facts.split.plan.artifacts[0]
    runs = facts.split.plan.runs.span.line
    path = visible(artifact.path)
    only = [line for line in before.lines if line.note.key == "split.fate-builder"]
    froms = [line for line in after.lines if line.text.upper().startswith("FROM ")]
    copies = [line for line in after.lines if line.number in facts.carried]
    builder = visible(facts.builder.name or "")
    base = visible(facts.split.plan.fat.base)
    last = visible(facts.runtime.image)
    command = "migrator split --all-rungs"
    found = [
        Step("jobs", said("split.step-jobs"), (said("split.jobs-why", base=base), said("split.jobs-but")), _ids(only)),
        Step(
            "runs",
            said("split.step-runs"),
            (said("split.runs-what", path=path), said("split.runs-made", command=artifact.made.kind)),
            (f"a{artifact.made.span.line}", f"a{runs}"),
        ),
        Step(
            "stages",
            said("split.step-stages"),
            (said("split.stages-what", name=builder), said("split.stages-last", base=last)),
            (),
            _ids(froms),
        ),
        Step(
            "carried",
            said("split.step-carried"),
            (said("split.carried-what", name=builder), said("split.carried-same")),
            (),
            _ids(copies),
        ),
        Step("sizes", said("split.step-sizes"), _sizes(measured), (), (), command),
        Step("proof", said("split.step-proof"), (said("split.proof-what"), said("split.proof-not"))),
    ]
    return tuple(found)


def _ids(lines: Iterable[Line]) -> tuple[str, ...]:
    return tuple(line.id for line in lines)[:_MOST]


def _sizes(measured: dict[str, Any] | None) -> tuple[Any, ...]:
    told = [said("split.sizes-same"), said("split.sizes-slim"), said("split.sizes-scratch")]
    refused = [rung for rung, (status, _) in rungs(measured).items() if status != "proved"]
    return (*told, *(said("split.sizes-refused", rung=rung) for rung in refused))


def questions(facts: Facts) -> tuple[Question, ...]:
    """What a learner should now be able to answer, about this Dockerfile."""
    values = {
        "name": visible(facts.builder.name or ""),
        "base": visible(facts.split.plan.fat.base),
        "path": visible(facts.split.plan.artifacts[0].path),
    }
    names = ("split-size", *_of_compiler(facts), "split-scratch", "split-change")
    return tuple(Question(said(f"question.{name}", **values), said(f"answer.{name}", **values)) for name in names)


def _of_compiler(facts: Facts) -> tuple[str, ...]:
    """The question about where the compiler is, by where it comes from; none where that is not known."""
    plan = facts.split.plan
    if brings_compiler(plan.fat.base):
        return ("split-base",)
    brought = any(is_toolchain(each.copy) for each in plan.fat.brought)
    brought = brought or any(one.role is Role.INSTALL for step in plan.steps for one in step.judged)
    return ("split-compiler",) if brought and is_plain(plan.fat.base) else ()
