"""What an engine says of advice: sizes with each piece of it, and the proof of the patch."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from migrator.advise.measure import Measured, failures, measured, verified
from migrator.engine.find import find_engine
from migrator.report.advice import Told
from migrator.split.bench import Bench
from migrator.split.result import Proof
from migrator.verify.scratch import interruptible, scratch

if TYPE_CHECKING:
    from migrator.advise.advise import Advised
    from migrator.cli.advise import Request
    from migrator.project import Project


def engine_says(request: Request, project: Project, found: Advised) -> Told:
    """The advice with what was measured and proved; raises EngineError where no engine answers."""
    engine = find_engine(request.engine, None if request.builder == "auto" else request.builder)  # type: ignore[arg-type]  # click chose
    talks = request.verbose or (sys.stderr.isatty() and not request.quiet)
    told = Told(found)
    with interruptible(), scratch(engine) as place:
        say = _say if talks else _silent
        path = found.recipe.path
        bench = Bench(engine, place, project, path, request.args, request.timeout or None, say)
        bench.prepare()
        if request.measure:
            sizes = measured(found, bench)
            if not isinstance(sizes, Measured):
                return replace(told, found=sizes)
            told = replace(told, measured=sizes)
        if request.verify and found.changes:
            proof = verified(found, bench, request.smoke)
            if not isinstance(proof, Proof):
                return replace(told, found=proof)
            told = replace(told, proof=proof, found=failures(found, proof))
    return told


def _say(text: str) -> None:
    click.echo(f"migrator: {text}", err=True)


def _silent(_: str) -> None:
    pass
