"""The last stage on each rung: the same base, its smaller relative, or nothing but the program and what it needs."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migrator.rules import split as rules
from migrator.split.bare import bare_needs, proposed_static
from migrator.split.bases import UNKNOWN, slim_relative
from migrator.split.makers.interpreted import LANGUAGES
from migrator.split.packages import CERTIFICATES, ZONES, installation
from migrator.split.plan import Carried
from migrator.split.programs import programs
from migrator.split.steps import Role
from migrator.split.write import Runtime

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrator.diagnostics import Diagnostic
    from migrator.split.image import Look
    from migrator.split.plan import Plan, Rung
    from migrator.split.statements import Statement
    from migrator.split.steps import Judged, Step

DISTROLESS = "gcr.io/distroless/static-debian12"
_SCRIPTS = (".py", ".js", ".mjs", ".cjs", ".ts", ".sh")
_CALLS = re.compile(r"\b(?:subprocess|child_process|execa|shelljs|pexpect)\b|\bos\.(?:system|popen|exec\w+|spawn\w+)")
_USERS = frozenset("useradd adduser groupadd addgroup usermod groupmod".split())


@dataclass(frozen=True)
class Chosen:
    """A rung that can be written: the plan as it is for it, its last stage, and what is to be said."""

    plan: Plan
    runtime: Runtime
    notes: tuple[Diagnostic, ...] = ()


def choose(plan: Plan, rung: Rung, look: Look | None) -> Chosen | tuple[Diagnostic, ...]:
    """The last stage on a rung; `look` is the original image, where it was built. Or why that rung cannot be."""
    if rung == "same":
        return Chosen(plan, Runtime())
    if rung == "slim":
        return _slim(plan, look)
    return _bare(plan, rung, look)


def _slim(plan: Plan, look: Look | None) -> Chosen | tuple[Diagnostic, ...]:
    image = plan.fat.base
    span = plan.fat.stage.origin.span
    if plan.fat.stage.origin.flags:
        return (rules.NO_RELATIVE.at(span, image=image, why=" for another platform"),)
    relative = slim_relative(image, look.release if look is not None else None)
    if relative is None:
        why = "" if look is not None else " (with an engine the image itself is asked for its release)"
        return (rules.NO_RELATIVE.at(span, image=image, why=why),)
    found = [
        rules.STARTS_PROGRAMS.at(plan.runs.span, program=one.path, sign=one.signs.starts, runtime=relative[0])
        for one in (programs(plan, look) if look is not None else ())
        if one.signs.starts is not None
    ]
    found += _calls(plan, relative[0])
    return tuple(found) or Chosen(plan, Runtime(relative[0], before=_settings(plan, look)))


def _calls(plan: Plan, runtime: str) -> Iterator[Diagnostic]:
    """Sources of an interpreted program that start other programs."""
    if not any(artifact.made.language in LANGUAGES for artifact in plan.artifacts):
        return
    for file in dict.fromkeys(plan.fat.landed.values()):
        sign = _CALLS.search(plan.fat.project.text(file) or "") if file.endswith(_SCRIPTS) else None
        if sign is not None:
            yield rules.STARTS_PROGRAMS.at(plan.runs.span, program=file, sign=sign[0], runtime=runtime)


def _settings(plan: Plan, look: Look | None) -> tuple[str, ...]:
    """What the original takes from its base and another base may not have: the folder that it starts in."""
    fat = plan.fat
    for index, instruction in enumerate(fat.instructions):
        if instruction.keyword == "WORKDIR" and instruction.value.lstrip("\"'").startswith("/"):
            return ()
        if instruction.keyword in {"COPY", "ADD", "RUN", "WORKDIR"} and index not in plan.dropped:
            break
    begin = fat.scope.states[0].workdir if fat.scope.states else "/"
    if look is not None and fat.last("WORKDIR") is None:
        begin = look.config.get("WorkingDir") or "/"
    return (f"WORKDIR {begin}",) if begin not in {"/", UNKNOWN} else ()


# --- nothing but the program ----------------------------------------------------------------------------------------


def _bare(plan: Plan, rung: Rung, look: Look | None) -> Chosen | tuple[Diagnostic, ...]:
    if plan.fat.stage.origin.flags:
        why = " for another platform"
        return (rules.NO_RELATIVE.at(plan.fat.stage.origin.span, image=plan.fat.base, why=why),)
    found = [*_shells(plan, rung), *_foreign(plan, rung)]
    whole, without, carried, refused = _set_up(plan, rung)
    found += refused
    if found:
        return tuple(found)
    user = plan.fat.scope.end.user
    users = _by_name(user) or any(_is_user_step(step) for step in plan.steps if step.index in without)
    if users:
        carried += [Carried("/etc/passwd", "users"), Carried("/etc/group", "users")]
    if look is None:
        notes: tuple[Diagnostic, ...] = ()
        found += proposed_static(plan, rung)
        wanted = {name for step in plan.steps for name in _installed(step)}
        if CERTIFICATES in wanted:
            carried.append(Carried("/etc/ssl/certs/ca-certificates.crt", "the package ca-certificates"))
        if ZONES in wanted:
            carried.append(Carried("/usr/share/zoneinfo", "the package tzdata", folder=True))
    else:
        needs = bare_needs(plan, rung, look)
        found += needs.refusals
        carried += needs.carried
        notes = needs.notes
        if users and look.file("/etc/passwd") is None:
            span = (plan.fat.last("USER") or plan.fat.stage.origin).span
            found.append(rules.USER_BY_NAME.at(span, user=user, runtime=rung))
        carried = [one for one in carried if one.folder or look.file(one.path) is not None or one.path in look.files]
    if found:
        return tuple(found)
    before = (*_temporary(rung, look, plan), *_settings(plan, look))
    base = "scratch" if rung == "scratch" else DISTROLESS
    runtime = Runtime(base, frozenset(without), before, tuple(carried))
    return Chosen(replace(plan, end=whole, at=max(whole, plan.at)), runtime, notes)


def _shells(plan: Plan, rung: Rung) -> Iterator[Diagnostic]:
    """What the image says about itself that only a shell can do."""
    if plan.runs.by_shell:
        yield rules.NEEDS_SHELL.at(plan.runs.span, command=plan.runs.text, what="a shell", runtime=rung)
    check = plan.fat.last("HEALTHCHECK")
    if check is not None and [one.text.upper() for one in check.arguments[:1]] != ["NONE"]:
        words = [one.text for one in check.arguments[1:]]
        own = {artifact.path for artifact in plan.artifacts}
        if not check.json or not words or posixpath.join(plan.fat.workdir, words[0]) not in own:
            shown = " ".join(check.span.text.split())
            yield rules.NEEDS_SHELL.at(check.span, command=shown, what="a shell or another program", runtime=rung)


def _foreign(plan: Plan, rung: Rung) -> Iterator[Diagnostic]:
    """A command whose program is not what was built, such as `java -jar app.jar`."""
    own = {artifact.path for artifact in plan.artifacts}
    for statement in plan.runs.commands if not plan.runs.by_shell else ():
        first = statement.words[0] if statement.words else None
        if first is None:
            continue
        places = [posixpath.normpath(posixpath.join(plan.fat.workdir, first))]
        if "/" not in first:
            places = [posixpath.join(folder, first) for folder in (statement.variables.get("PATH") or "").split(":")]
        if not own & set(places):
            what = f"the program {first} of its base"
            yield rules.NEEDS_SHELL.at(plan.runs.span, command=plan.runs.text, what=what, runtime=rung)


def _set_up(plan: Plan, rung: Rung) -> tuple[int, list[int], list[Carried], list[Diagnostic]]:
    """What the kept RUNs come to without a shell: the builder does them, and what they make is carried along."""
    end = plan.end
    without: list[int] = []
    carried: list[Carried] = []
    refused: list[Diagnostic] = []
    for step in plan.steps:
        if step.index in plan.dropped:
            continue
        without.append(step.index)
        end = max(end, step.index)
        for one in step.judged:
            paths = _carried_by(one)
            if paths is None:
                refused.append(rules.NEEDS_SETUP.at(one.statement.span, runtime=rung))
                break
            carried += paths
    return end, without, carried, refused


def _carried_by(judged: Judged) -> list[Carried] | None:
    """What is carried along for a statement of the running image's set-up; None where that is not known."""
    statement = judged.statement
    if judged.role is not Role.KEEP or statement.program in _USERS or statement.program == "update-ca-certificates":
        return []
    found = installation(statement)
    if found is not None:
        return [] if set(found.runtime) <= {CERTIFICATES, ZONES} else None
    if statement.program == "mkdir" and not statement.writes:
        return _folders(statement)
    return None


def _folders(statement: Statement) -> list[Carried] | None:
    words = [word for word in statement.operands if word is None or not word.startswith("-")]
    paths = [statement.path(word) if word is not None else None for word in words]
    if None in paths or statement.option("-m", "--mode"):
        return None
    return [Carried(path, "mkdir", folder=True) for path in paths if path is not None]


def _is_user_step(step: Step) -> bool:
    return any(one.statement.program in _USERS for one in step.judged)


def _installed(step: Step) -> tuple[str, ...]:
    found = (installation(one.statement) for one in step.judged)
    return tuple(name for one in found if one is not None for name in one.runtime)


def _by_name(user: str) -> bool:
    name, _, group = user.partition(":")
    return any(part and not part.isdecimal() and part != "root" for part in (name, group))


def _temporary(rung: Rung, look: Look | None, plan: Plan) -> tuple[str, ...]:
    """A folder for temporary files, for a program that can make some: as root it only has to be there."""
    if rung != "scratch" or look is None or "/tmp" not in look.files:
        return ()
    return ("WORKDIR /tmp", "WORKDIR /") if any(one.signs.temporary for one in programs(plan, look)) else ()
