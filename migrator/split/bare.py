"""What a program needs that is alone in its image, seen in the original image or, without one, in the sources."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrator.rules import split as rules
from migrator.split.libraries import DEFAULT, multiarch
from migrator.split.makers.made import links_statically
from migrator.split.plan import Carried
from migrator.split.programs import Program, programs
from migrator.split.signs import CERTIFICATES, ZONES, is_program, mentioned
from migrator.split.statements import statements

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from migrator.diagnostics import Diagnostic
    from migrator.split.image import Look
    from migrator.split.plan import Plan, Rung
    from migrator.split.statements import Statement

_LIBRARIES = "Take --runtime same or slim, or link it statically (Go: CGO_ENABLED=0; C: -static)."
_LOCALES = "/usr/lib/locale"
_NETWORK = re.compile(r'"(?:net/http|crypto/tls|crypto/x509|net/smtp)(?:/[\w/]+)?"|^require\b', re.MULTILINE)


@dataclass
class Needs:
    """What is carried along, what stands in the way, and what is to be said."""

    carried: list[Carried] = field(default_factory=list)
    refusals: list[Diagnostic] = field(default_factory=list)
    notes: tuple[Diagnostic, ...] = ()


def bare_needs(plan: Plan, rung: Rung, look: Look) -> Needs:
    """What the programs of a plan need from the original image, on a base that has nothing."""
    found = Needs()
    known = programs(plan, look)
    compiled = {program.path for program in known}
    for artifact in plan.artifacts:
        if artifact.path not in compiled:
            why = "it is no program that starts by itself" if look.file(artifact.path) else "it is not in the image"
            found.refusals.append(
                rules.LIBRARIES_UNKNOWN.at(
                    plan.runs.span, program=artifact.path, why=why, advice="Take --runtime same."
                )
            )
    for program in known:
        found.refusals += _refusals(plan, rung, look, program)
        found.carried += _carried(look, program, plan.dropped)
    zones = look.real(ZONES) is not None and not any(one.path == ZONES for one in found.carried)
    if zones and rung == "scratch":
        found.notes = (rules.NO_ZONES.at(plan.fat.stage.origin.span),)
    return found


def _refusals(plan: Plan, rung: Rung, look: Look, program: Program) -> Iterator[Diagnostic]:
    span = plan.runs.span
    seen = program.signs
    if program.needs.missing:
        why = f"the image itself has no {', '.join(program.needs.missing)} where the loader looks"
        yield rules.LIBRARIES_UNKNOWN.at(span, program=program.path, why=why, advice=_LIBRARIES)
    if seen.starts:
        yield rules.STARTS_PROGRAMS.at(span, program=program.path, sign=seen.starts, runtime=rung)
    if seen.loads:
        yield rules.LOADS_LATER.at(span, program=program.path, sign=seen.loads)
    if seen.looks_up:
        yield rules.LOOKS_UP_NAMES.at(span, program=program.path, sign=seen.looks_up)
    if seen.temporary and rung == "scratch" and plan.fat.scope.end.user not in {"", "root", "0", "0:0"}:
        advice = "Take --runtime distroless, which has /tmp, or same."
        yield rules.LIBRARIES_UNKNOWN.at(
            span,
            program=program.path,
            why=f"it makes temporary files ({seen.temporary}), which needs a /tmp",
            advice=advice,
        )
    for path in mentioned(program.data, look, plan.dropped):
        if is_program(look, path) and path not in program.needs.paths and path != program.path:
            yield rules.STARTS_PROGRAMS.at(span, program=program.path, sign=path, runtime=rung)


def _carried(look: Look, program: Program, dropped: Collection[int]) -> Iterator[Carried]:
    yield from (Carried(path, f"needed by {program.path}") for path in program.needs.paths)
    usual = {*DEFAULT, *multiarch(program.needs.linkage.machine)}
    if any(posixpath.dirname(path) not in usual for _, path in program.needs.libraries):
        yield Carried("/etc/ld.so.cache", "says where the libraries are")
    for path in mentioned(program.data, look, dropped):
        if path not in program.needs.paths and path != program.path and not is_program(look, path):
            folder = look.file(path) is None
            yield Carried(path, f"named in {program.path}", folder=folder)
    if program.signs.certificates:
        present = [path for path in CERTIFICATES if look.file(path) is not None]
        yield from (Carried(path, f"CA certificates for {program.path}") for path in present[:1])
    if program.signs.zones:
        if look.real(ZONES) is not None:
            yield Carried(ZONES, f"time zones for {program.path}", folder=True)
        if look.file("/etc/localtime") is not None:
            yield Carried("/etc/localtime", f"time zone of {program.path}")
    if program.signs.locales and look.real(_LOCALES) is not None and _speaks(look):
        yield Carried(_LOCALES, f"locales for {program.path}", folder=True)


def _speaks(look: Look) -> bool:
    """Whether the image sets a language, so that a program may look for its locale."""
    return any(look.env.get(name, "C") not in {"C", "POSIX", ""} for name in ("LANG", "LC_ALL", "LC_CTYPE", "LANGUAGE"))


# --- without an engine ----------------------------------------------------------------------------------------------


def proposed_static(plan: Plan, rung: Rung) -> Iterator[Diagnostic]:
    """What stands in the way of a proposal: a program that the Dockerfile does not show to be static and alone."""
    for artifact in plan.artifacts:
        makers = [one for one in _statements(plan) if one.span == artifact.made.span]
        if not makers or not links_statically(artifact.made.language, makers[0]):
            why = "whether it is static is not written in the Dockerfile"
            advice = f"Split with an engine, which looks into the program. {_LIBRARIES}"
            yield rules.LIBRARIES_UNKNOWN.at(artifact.made.span, program=artifact.path, why=why, advice=advice)
        elif artifact.made.language == "go":
            texts = [plan.fat.project.text(file) or "" for file in plan.left if file.endswith((".go", "go.mod"))]
            if any(_NETWORK.search(text) for text in texts):
                yield rules.NEEDS_CERTIFICATES.at(artifact.made.span, who=artifact.path)
    del rung


def _statements(plan: Plan) -> Iterator[Statement]:
    for step in plan.steps:
        yield from statements(plan.fat.dockerfile, step.instruction, plan.fat.scope.states[step.index])
